"""Precision and recall of entity resolution on hand-labelled pairs of real names.

    python -m tests.store.resolution_report

`labelled_pairs.tsv` served while the rules were written, `labelled_pairs_held_out.tsv` (a third, drawn by
lot) did not. Both were labelled by hand before there was a resolver: names drawn by lot from each source,
their counterparts and hard negatives found by knowing the models. Sources: arena, epoch and epoch-2024 are
boards and tables of scores, compute is a table of training runs, models.dev and openrouter are price lists,
model is models.dev's own list, hub the Hugging Face Hub. The names are looked up in the bundled world.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from store.baseline import load_bundles
from store.catalogue import load_catalogue
from store.records import Kind, Link, ModelFact, ModelRecord, SubjectRef
from store.resolution import KnownModel, Resolver

FOLDER = Path(__file__).parent
TUNED, HELD_OUT = FOLDER / "labelled_pairs.tsv", FOLDER / "labelled_pairs_held_out.tsv"


@dataclass(frozen=True, slots=True)
class Pair:
    a: SubjectRef
    b: SubjectRef
    is_same: bool
    note: str


@dataclass(frozen=True, slots=True)
class Measured:
    """`missed` and `wrong`: pairs that are the same but were not found so, and the other way round."""

    found: int
    missed: tuple[Pair, ...]
    wrong: tuple[Pair, ...]

    @property
    def precision(self) -> float:
        return self.found / (self.found + len(self.wrong))

    @property
    def recall(self) -> float:
        return self.found / (self.found + len(self.missed))


def read_pairs(path: Path) -> list[Pair]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Pair(
                name_subject(row["source_a"], row["name_a"]),
                name_subject(row["source_b"], row["name_b"]),
                {"yes": True, "no": False}[row["same"]],
                row["note"],
            )
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]


def name_subject(source: str, name: str) -> SubjectRef:
    """A name of the sample as the store would hold it."""
    if source == "hub":
        return SubjectRef("hub", Kind.HUB_MODEL, name)
    if source == "models.dev":
        return SubjectRef("models.dev", Kind.OFFER, name)
    if source == "openrouter":
        return SubjectRef("openrouter", Kind.OFFER, f"openrouter/{name}")
    boards = {"arena": ("arena", "text"), "epoch": ("epoch", "eci"), "compute": ("epoch", "compute")}
    if source in boards:
        board, prefix = boards[source]
        return SubjectRef(board, Kind.BOARD_ENTRY, f"{prefix}/{name}")
    if source in ("model", "epoch-2024"):
        return SubjectRef("claims", Kind.BOARD_ENTRY, name)
    raise ValueError(f"no source is called {source}")


@cache
def bundled_resolver() -> Resolver:
    """The resolver of the world that ships with the program."""
    catalogue = load_catalogue()
    records = [*catalogue.records(), *(r for bundle in load_bundles(catalogue) for r in bundle.records)]
    hub_names: dict[str, list[str]] = defaultdict(list)
    released: dict[str, date] = {}
    for record in records:
        if isinstance(record, Link) and record.basis == "hub_id":
            hub_names[record.model].append(record.subject.name)
        if isinstance(record, ModelFact) and record.attribute == "released_on":
            released.setdefault(record.model, date.fromisoformat(record.value))
    models = {}
    for record in records:
        if isinstance(record, ModelRecord) and record.key not in models:
            checked = catalogue.model(record.key) if catalogue.knows_model(record.key) else None
            models[record.key] = KnownModel(
                key=record.key,
                lab=record.lab,
                name=record.name,
                hub_names=tuple(hub_names[record.key]),
                aliases=catalogue.names_of(checked) if checked else (),
                released_on=released.get(record.key),
                snapshots=checked.snapshots if checked else (),
            )
    return Resolver(catalogue.words, models.values(), beyond=catalogue.resolver)


def measure(pairs: Iterable[Pair], resolver: Resolver) -> Measured:
    """Two names are found the same when they resolve to one model, or, neither being a known model's, when
    they have one canonical name."""
    found = 0
    missed, wrong = [], []
    for pair in pairs:
        is_found = resolver.identity(pair.a) == resolver.identity(pair.b)
        found += is_found and pair.is_same
        if pair.is_same and not is_found:
            missed.append(pair)
        elif is_found and not pair.is_same:
            wrong.append(pair)
    return Measured(found, tuple(missed), tuple(wrong))


def describe(label: str, pairs: Sequence[Pair], resolver: Resolver) -> list[str]:
    measured = measure(pairs, resolver)
    same = sum(pair.is_same for pair in pairs)
    heading = (
        f"{label}: {len(pairs)} pairs, {same} the same;"
        f" precision {measured.precision:.3f}, recall {measured.recall:.3f}"
    )
    lines = [heading]
    for verdict, listed in (("wrong", measured.wrong), ("missed", measured.missed)):
        for pair in listed:
            a, b = (f"{ref.source}:{ref.name} [{resolver.identity(ref)}]" for ref in (pair.a, pair.b))
            lines.append(f"  {verdict}  {a}  {b}  {pair.note}")
    return lines


def main() -> None:
    resolver = bundled_resolver()
    tuned, held_out = read_pairs(TUNED), read_pairs(HELD_OUT)
    for label, pairs in (("tuned on", tuned), ("held out", held_out), ("both", [*tuned, *held_out])):
        lines = describe(label, pairs, resolver)
        print("\n".join(lines if label != "both" else lines[:1]))  # noqa: T201 - a report on stdout


if __name__ == "__main__":
    main()
