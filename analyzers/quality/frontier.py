"""The frontier of a class: its running maximum by release date (methodology 4).

Openness is dated: a model that was served only, and whose weights came later, is a closed entry from its
release and an open entry from the day of the weights. Example: released on 1 March at 120 points, opened on
1 June, best so far: the closed frontier rises to 120 on 1 March, the open one on 1 June.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from analyzers.analysis import FrontierPoint
from store.records import Basis, IndexScore, Model, Openness, OpenRule

CATALOGUE = "catalogue"
"""The data source whose dates were checked by hand."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A model with its score, dated by its release. `maker` is the releasing organisation."""

    day: date
    name: str
    score: float
    maker: str = ""


Steps = Sequence[tuple[date, Openness]]
"""A model's openness from each day on which it changed, oldest first (`Model.openness_steps`)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scored model that may stand on either side. `openness`: its class where `steps` say nothing yet."""

    name: str
    score: float
    released_on: date
    maker: str = ""
    openness: Openness = Openness.UNKNOWN
    steps: Steps = ()
    is_science_open: bool | None = None


@dataclass(frozen=True, slots=True)
class Sides:
    """The entries of both classes, and what stands in neither with the reason in the field's name.

    A model that was opened (or closed) after its release has an entry in both, each dated by the day from
    which it belongs there. `unassessed`: models of `unknown` whose class is known, but not whether they are
    open science."""

    open: tuple[Entry, ...]
    closed: tuple[Entry, ...]
    unknown: int
    unreleased: int
    unassessed: int = 0

    @property
    def models(self) -> int:
        return len({(entry.name, entry.score) for entry in (*self.open, *self.closed)})


def split_sides(
    scores: Iterable[IndexScore], rule: OpenRule, steps: Mapping[str, Steps] | None = None
) -> Sides:
    """Sort index scores into open and closed under `rule`.

    The index states one class per model, of the day of its publication; it counts from the model's release
    on. Where `steps` (by model key, see `dated_openness`) know the openness of each day, they count instead,
    and before their first day nothing does: a licence valid later is never applied earlier.
    """
    dated = steps or {}
    return split_candidates(
        (_read_candidate(row, dated.get(row.model_key or "", ())) for row in scores), rule
    )


def _read_candidate(row: IndexScore, steps: Steps) -> Candidate:
    return Candidate(
        row.model,
        row.score,
        row.released_on,
        row.organisation,
        Openness.UNKNOWN if steps else row.openness,
        steps,
        row.is_science_open,
    )


def dated_openness(
    scores: Iterable[IndexScore], models: Iterable[Model], rule: OpenRule
) -> tuple[dict[str, Steps], tuple[str, ...]]:
    """By model key the openness steps that may replace the index's one class, and the index's names of the
    models where they may not, because both contradict each other on the day of the publication.

    Only steps that somebody dated by hand count (the catalogue's, an import's): what a service is seen to
    say is dated by when it was seen, long after the release.
    """
    known = {
        model.key: model.openness_steps
        for model in models
        if model.openness_steps
        and (model.provenance.source == CATALOGUE or model.provenance.basis is Basis.IMPORTED)
    }
    steps: dict[str, Steps] = {}
    contradicted: list[str] = []
    for row in scores:
        own = known.get(row.model_key or "")
        if own is None or row.model_key is None:
            continue
        published = [openness for day, openness in own if day <= row.published_on]
        theirs = rule.is_open(row.openness, is_science_open=row.is_science_open)
        ours = rule.is_open(published[-1], is_science_open=row.is_science_open) if published else None
        if theirs is not None and ours is not None and theirs is not ours:
            contradicted.append(row.model)
        else:
            steps[row.model_key] = own
    return steps, tuple(contradicted)


def list_dated_otherwise(
    scores: Iterable[IndexScore], steps: Mapping[str, Steps], rule: OpenRule
) -> tuple[str, ...]:
    """The index's models that `steps` (see `dated_openness`) put on another side, or on one from another day,
    than the class that the index states: `phi-4 open from 2025-01-08`. Other sides first, then by days moved.
    """
    changed: list[tuple[bool, int, str]] = []
    for row in scores:
        own = steps.get(row.model_key or "", ())
        if not own:
            continue
        stated, dated = (side_days(_read_candidate(row, which), rule) for which in ((), own))
        if stated == dated:
            continue
        sides = [
            f"{'open' if is_open else 'closed'} from {day}"
            for is_open, day in sorted(dated.items(), key=lambda side: side[1])
        ]
        moved = max(
            (abs((dated[side] - stated[side]).days) for side in dated.keys() & stated.keys()), default=0
        )
        words = f"{row.model} {' and '.join(sides) or 'on neither side'}"
        changed.append((dated.keys() == stated.keys(), -moved, words))
    return tuple(words for _, _, words in sorted(changed))


def split_candidates(candidates: Iterable[Candidate], rule: OpenRule) -> Sides:
    """Sort candidates into open and closed under `rule`, each from the day on which it was so.

    Candidates of one maker with one score and one openness are one model seen under several names (hosts,
    thinking modes, base and chat weights share the index's row): the earliest release stands for them.
    Unknown openness is in neither class and counted; models that were never released are left out.
    """
    earliest: dict[tuple[str, float, bool], Entry] = {}
    unknown = unreleased = unassessed = 0
    for candidate in candidates:
        since = side_days(candidate, rule)
        if not since:
            is_unreleased = _openness_at_release(candidate) is Openness.UNRELEASED
            unreleased += is_unreleased
            unknown += not is_unreleased
            unassessed += not is_unreleased and _is_class_known(candidate)
        for is_open, day in since.items():
            key = (candidate.maker or candidate.name, candidate.score, is_open)
            entry = Entry(day, candidate.name, candidate.score, candidate.maker)
            known = earliest.get(key)
            if known is None or _plainness(entry) < _plainness(known):
                earliest[key] = entry
    ordered = sorted(earliest.items(), key=lambda item: (item[1].day, item[1].name))
    return Sides(
        open=tuple(entry for (_, _, is_open), entry in ordered if is_open),
        closed=tuple(entry for (_, _, is_open), entry in ordered if not is_open),
        unknown=unknown,
        unreleased=unreleased,
        unassessed=unassessed,
    )


def side_days(candidate: Candidate, rule: OpenRule) -> dict[bool, date]:
    """Per side (True open, False closed) the first day on which the candidate was on it.

    It begins on the side of its class at release and changes with each later step; a licence valid later
    is never applied earlier. Empty where nothing is known or it was never released.
    """
    since: dict[bool, date] = {}
    later = [(day, openness) for day, openness in candidate.steps if day > candidate.released_on]
    for day, openness in [(candidate.released_on, _openness_at_release(candidate)), *later]:
        is_open = rule.is_open(openness, is_science_open=candidate.is_science_open)
        if openness is not Openness.UNRELEASED and is_open is not None:
            since.setdefault(is_open, day)
    return since


def _openness_at_release(candidate: Candidate) -> Openness:
    before = [openness for day, openness in candidate.steps if day <= candidate.released_on]
    return before[-1] if before and before[-1] is not Openness.UNKNOWN else candidate.openness


def _is_class_known(candidate: Candidate) -> bool:
    classes = (_openness_at_release(candidate), *(openness for _, openness in candidate.steps))
    return any(openness not in (Openness.UNKNOWN, Openness.UNRELEASED) for openness in classes)


def _plainness(entry: Entry) -> tuple[date, bool, int, str]:
    """Earliest first; of one day the name without a host's prefix, then the shortest."""
    return (entry.day, "/" in entry.name, len(entry.name), entry.name)


def running_maximum(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries that raised the maximum, by date; of several on one day the best one stands."""
    frontier: list[Entry] = []
    for entry in sorted(entries, key=lambda item: (item.day, -item.score, item.name)):
        if frontier and entry.score <= frontier[-1].score:
            continue
        frontier.append(entry)
    return tuple(frontier)


def best_at(frontier: Sequence[Entry], day: date) -> Entry | None:
    """The frontier's entry on `day`; None before its first."""
    best = None
    for entry in frontier:
        if entry.day > day:
            break
        best = entry
    return best


def frontier_points(sides: Sides) -> tuple[FrontierPoint, ...]:
    """Both frontiers as points for the chart, by date."""
    points = [
        FrontierPoint(entry.day, entry.name, entry.score, is_open)
        for entries, is_open in ((sides.open, True), (sides.closed, False))
        for entry in running_maximum(entries)
    ]
    return tuple(sorted(points, key=lambda point: (point.day, point.is_open, point.model)))
