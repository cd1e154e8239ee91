"""Which served model is which entry of the capability index, by name; never a guess.

Steps: exact after normalising the spelling; else a name without a date meets the one dated snapshot of
that name; else an offer under a tested effort or thinking mode. A step that fits two different scores
fits none. A dated offer never becomes an undated entry: a later snapshot is another model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from store.records import IndexScore, Offer

_VENDOR_DOTS = re.compile(r"^(?:[a-z]+\.)+(?=[a-z])")
_ROUTE = re.compile(r":(?:thinking|extended|nitro|floor|exacto|beta)$")
_REVISION = re.compile(r"-v\d+(?::\d+)?$")
_POINT = re.compile(r"(?<=\d)[p.](?=\d)")
_DATE = re.compile(r"[-@](20\d{2})-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])$")
_SNAPSHOT = re.compile(r"-(\d{4}|(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))$")
_EFFORT = re.compile(r"(?:_(?:thinking|high|medium|low|minimal|none|xhigh|max|\d+k)|\((?:\w+)\))$")


@dataclass(frozen=True, slots=True)
class Name:
    """A spelling-free name: `stem`, the dated snapshot (None: none) and whether a mode was dropped."""

    stem: str
    snapshot: str | None
    has_mode: bool

    @property
    def exact(self) -> tuple[str, str | None]:
        return (self.stem, self.snapshot)


@dataclass(frozen=True, slots=True)
class Join:
    """An offer and the index entry it serves."""

    offer: Offer
    score: IndexScore


@dataclass(frozen=True, slots=True)
class Joined:
    """The joins, and how many offers fit no entry or more than one."""

    joins: tuple[Join, ...]
    unmatched: int
    ambiguous: int


def normalise_name(text: str) -> Name:
    """Lower case, without host paths, vendor prefixes, route tags and revisions; `.`, `_`, blanks and the
    `p` of `v3p2` as hyphens; a dated snapshot and a mode suffix set apart."""
    name = unquote(text).strip().casefold().rsplit("/", 1)[-1]
    name = _ROUTE.sub("", _VENDOR_DOTS.sub("", name))
    mode = _EFFORT.search(name)
    if mode:
        name = name[: mode.start()]
    if dated := _REVISION.search(name):
        # "-v1:0" is a host's revision only behind a date or with its colon; "deepseek-v3" is a name.
        stem = name[: dated.start()]
        if ":" in dated.group() or _DATE.search(stem):
            name = stem
    snapshot: str | None = None
    if found := _DATE.search(name):
        snapshot = "".join(found.groups())
        name = name[: found.start()]
    elif found := _SNAPSHOT.search(name):
        snapshot = found.group(1).replace("-", "")
        name = name[: found.start()]
    stem = re.sub(r"[-_\s]+", "-", _POINT.sub("-", name)).strip("-")
    return Name(stem, snapshot, mode is not None)


def join_offers(
    offers: Iterable[Offer], scores: Sequence[IndexScore], links: Mapping[str, str] | None = None
) -> Joined:
    """Join each offer to at most one index entry.

    `links` are joins known otherwise: `provider/model`, model or linked model key → index name; they come
    first. Then the offer's own name, then the key of the model that the store linked it to.
    """
    book = _Book(scores)
    known = links or {}
    joins: list[Join] = []
    unmatched = ambiguous = 0
    for offer in offers:
        found: IndexScore | str | None = None
        for name in (f"{offer.provider}/{offer.model}", offer.model, offer.linked_model):
            if name is not None and name in known:
                found = book.find(known[name])
                break
        else:
            for name in (offer.model, offer.linked_model):
                if name is not None and isinstance(found := book.find(name), IndexScore):
                    break
        if isinstance(found, IndexScore):
            joins.append(Join(offer, found))
        elif found is None:
            unmatched += 1
        else:
            ambiguous += 1
    return Joined(tuple(joins), unmatched, ambiguous)


class _Book:
    """Index entries by name; a name with two different scores is ambiguous. Of several spellings of one
    entry the plainest (no host's path, then the shortest) stands for it."""

    AMBIGUOUS = "ambiguous"

    def __init__(self, scores: Sequence[IndexScore]) -> None:
        self._exact: dict[tuple[str, str | None], dict[tuple[float, str], IndexScore]] = {}
        self._dated: dict[str, dict[tuple[float, str], IndexScore]] = {}
        for row in sorted(scores, key=lambda row: ("/" in row.model, len(row.model), row.model)):
            name = normalise_name(row.model)
            value = (row.score, row.openness.value)
            self._exact.setdefault(name.exact, {}).setdefault(value, row)
            if name.snapshot is not None:
                self._dated.setdefault(name.stem, {}).setdefault(value, row)

    def find(self, text: str) -> IndexScore | str | None:
        name = normalise_name(text)
        for rows in (
            self._exact.get(name.exact),
            self._dated.get(name.stem) if name.snapshot is None else None,
        ):
            if rows:
                return next(iter(rows.values())) if len(rows) == 1 else self.AMBIGUOUS
        return None
