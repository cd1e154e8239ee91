"""`lunchwatch top`: subjects ranked by a metric, or models by how widely they are adopted for their size."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from lunchwatch.cli.options import as_of_option, world_option
from lunchwatch.cli.output import emit, format_options, say

if TYPE_CHECKING:
    from analyzers.momentum.adoption import Adoption, Candidate
    from store.query import StoreQuery
    from store.records import Metric, Series

RELATIVE = "ram"
DOWNLOADS = "hub.downloads.all_time"
AGES = ("7", "14", "30", "60", "90", "180", "365")
RELATIVE_COLUMNS = (
    "rank",
    "subject",
    "ram",
    "bucket",
    "downloads",
    "reference",
    "peers",
    "parameters",
    "size_basis",
    "released_on",
)


@click.command()
@click.argument("metric")
@click.option("-n", "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@click.option("--age", type=click.Choice(AGES), default=None, help="ram: days since release.  [default: 30]")
@click.option(
    "--version", type=click.Choice(["1", "2"]), default=None, help="ram: which definition.  [default: 2]"
)
@world_option
@as_of_option
@format_options
def top(
    metric: str,
    limit: int,
    age: str | None,
    version: str | None,
    world: str | None,
    as_of: date | None,
    format_: str,
) -> None:
    """Rank subjects by METRIC, such as github.stars or hub.downloads.30d.

    The last known value of each subject is ranked; `day` says when it was last seen to change, `basis`
    whether it was observed here or came bundled. Scores of a board or index compare within one publication
    only: the latest one is ranked.

    METRIC may be `ram`, the Relative Adoption Metric: downloads of a model so many days after its release
    over those of the other models of its size at the same age. Version 2 divides by the tenth, version 1 by
    the median of the ten most downloaded.
    """
    from lunchwatch.wiring import open_query
    from store.errors import Refused
    from store.records import Semantics

    if metric != RELATIVE and (age or version):
        raise Refused(f"--age and --version belong to `lunchwatch top {RELATIVE}`, not to {metric}")
    with open_query(world, as_of) as query:
        if metric == RELATIVE:
            _rank_adoption(query, limit, int(age or 30), int(version or 2), format_)
            return
        declared = query.find_metric(metric)
        known = query.list_counted_series(metric)
        short = query.list_short_publications(metric) if declared.semantics is Semantics.SCORE else {}
    published, found = find_comparable(declared, known)
    ranked = sorted(found, key=lambda s: (-s.values[-1], s.subject.name))[:limit]
    rows = [
        (rank, s.subject.name, s.values[-1], s.days[-1], str(s.provenance.basis))
        for rank, s in enumerate(ranked, 1)
    ]
    meta = {
        "metric": declared.name,
        "unit": declared.unit,
        "semantics": str(declared.semantics),
        "caveat": declared.caveat,
        "world": query.world,
        "as_of": query.as_of,
        "subjects": len(found),
        "published_on": published,
        "older_left_out": len(known) - len(found),
        "short_publications": {str(day): entries for day, entries in sorted(short.items())},
    }
    emit("lunchwatch/top@1", ("rank", "subject", "value", "day", "basis"), rows, format_, meta=meta)
    say(f"{declared.unit}, {declared.semantics}: {declared.caveat}")
    if format_ not in ("json", "jsonl") and published is not None:
        older = len(known) - len(found)
        tail = "entry that stands" if older == 1 else "entries that stand"
        left_out = f"; left out: {older} {tail} in older ones only" if older else ""
        say(f"The publication of {published}{left_out}.")
        for day in (day for day in sorted(short) if day > published):
            say(
                f"That of {day} is not taken as newer: it has {short[day]} entries, fewer than half of those"
                " of the bundled one before it."
            )


def find_comparable(metric: Metric, known: Sequence[Series]) -> tuple[date | None, list[Series]]:
    """The series whose last values may be ranked, and the day of their publication where they are scores."""
    from store.records import Semantics

    if metric.semantics is not Semantics.SCORE:
        return None, list(known)
    latest = max((series.days[-1] for series in known), default=None)
    return latest, [series for series in known if series.days[-1] == latest]


def _rank_adoption(query: StoreQuery, limit: int, age: int, version: int, format_: str) -> None:
    from analyzers.momentum.adoption import rank_adoption
    from store.measured import name_subject

    candidates = list_candidates(query)
    found = rank_adoption(candidates, query.as_of, age_days=age, version=version)
    reason = None
    if not candidates:
        reason = f"no repository has a value of {DOWNLOADS}"
    elif not found.adoptions:
        reason = f"no model has a number at {age} days"
    rows = [
        (
            rank,
            name_subject(a.candidate.series.subject),
            a.ram,
            a.bucket,
            a.downloads,
            a.reference,
            a.peers,
            a.parameters,
            a.size_basis,
            a.candidate.released_on,
        )
        for rank, a in enumerate(found.adoptions[:limit], 1)
    ]
    meta = {
        "metric": RELATIVE,
        "version": version,
        "age_days": age,
        "downloads": DOWNLOADS,
        "world": query.world,
        "as_of": query.as_of,
        "candidates": len(candidates),
        "ranked": len(found.adoptions),
        "buckets": found.buckets,
        "left_out": found.left_out,
        "reason": reason,
    }
    if format_ == "table" or (format_ == "auto" and sys.stdout.isatty()):
        _print_relative(found.adoptions[:limit])
    else:
        emit("lunchwatch/top@1", RELATIVE_COLUMNS, rows, format_, meta=meta)
    if format_ not in ("json", "jsonl"):
        if reason:
            say(f"Not enough data: {reason}.")
        else:
            against = "the tenth" if version == 2 else "the median of the ten most downloaded"
            say(
                f"Downloads {age} days after release, over those of {against} of the other models of its size"
                " at that age."
            )
        for why, count in sorted(found.left_out.items(), key=lambda item: (-item[1], item[0])):
            say(f"  left out {count}: {why}")


def _print_relative(adoptions: Sequence[Adoption]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from lunchwatch.printing import printable
    from reports.formatting import format_number

    if not adoptions:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Model", overflow="fold", min_width=20)
    for name in ("RAM", "Size, B", "Class", "Downloads", "Reference"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Released", no_wrap=True)
    for one in adoptions:
        table.add_row(
            Text(printable(one.candidate.name)),
            f"{one.ram:,.2f}",
            f"{one.parameters / 1e9:,.3g}" + ("*" if one.size_basis == "name" else ""),
            one.bucket,
            format_number(one.downloads, "count"),
            format_number(one.reference, "count"),
            str(one.candidate.released_on),
        )
    console = Console()
    console.print(table)
    if any(one.size_basis == "name" for one in adoptions):
        console.print(Text("* size as the name tells it", style="dim"))


def list_candidates(query: StoreQuery) -> list[Candidate]:
    """Every Hub repository with cumulative downloads. First-party: a model of this world is that very
    repository, and it was not made from another one by quantising, adapting or merging."""
    from analyzers.momentum.adoption import Candidate
    from store.records import Kind

    models = {m.hub_name.casefold(): m for m in query.list_models() if m.hub_name}
    facts = query.knowledge.subject_facts(Kind.HUB_MODEL, "hub")
    candidates = []
    for series in query.list_series(DOWNLOADS, Kind.HUB_MODEL):
        model = models.get(series.subject.name.casefold())
        known = {name: steps[-1].value for name, steps in facts.get(series.subject.name, {}).items()}
        stated = known.get("parameters")
        lineage = known.get("base_model", "")
        is_derived = any(part.partition(":")[0] in DERIVED for part in lineage.split(","))
        candidates.append(
            Candidate(
                series=series,
                released_on=model.released_on if model else None,
                parameters=(model.parameters if model else None) or (float(stated) if stated else None),
                is_first_party=model is not None and not is_derived,
                task=known.get("pipeline_tag"),
            )
        )
    return candidates


DERIVED = ("quantized", "adapter", "merge")
"""Relations to a base model that make a repository no model of its own; a fine-tune may be one."""
