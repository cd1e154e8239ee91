"""A document's history from the days on which its texts came into force: what was a change and what was not.

    first        the first text that is known
    change       a text that was not seen before
    return       a text that was seen before comes back, after more than `ALTERNATION` without it
    alternation  a text comes back within that time: the page has two forms at once (regions, tests, servers)
    extraction   a new text of the same page, made by another version of our own extraction
    unclear      page and extraction changed at once

An alternation is no change: a page that goes back and forth between two forms fifty times has changed once,
when the second form appeared. (The terms of the Llama API, November 2025 to August 2026: 96 records, 16
texts.) What is *settled* on a day is the text that came last by anything but an alternation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

StepKind = Literal["first", "change", "return", "alternation", "extraction", "unclear"]

ALTERNATION = timedelta(days=30)
"""A text that was in force within this time and comes back was never away."""


@dataclass(frozen=True, slots=True)
class Step:
    """On `day` the text `key` replaced `before`."""

    day: date
    key: str
    before: str | None
    kind: StepKind


@dataclass(frozen=True, slots=True)
class Alternation:
    """Several texts in turn: `flips` steps from `since` to `until`; `keys` in order of appearance."""

    since: date
    until: date
    keys: tuple[str, ...]
    flips: int


@dataclass(frozen=True, slots=True)
class History:
    """`steps` by day."""

    steps: tuple[Step, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The distinct texts in order of appearance."""
        return tuple(dict.fromkeys(step.key for step in self.steps))

    def count(self, kind: StepKind) -> int:
        return sum(step.kind == kind for step in self.steps)

    @property
    def settled(self) -> tuple[Step, ...]:
        """The steps that are no alternation."""
        return tuple(step for step in self.steps if step.kind != "alternation")

    def text_on(self, day: date) -> str | None:
        """The text that was in force on a day; None before the first."""
        held = [step.key for step in self.steps if step.day <= day]
        return held[-1] if held else None


def read_history(in_force: Sequence[tuple[date, str]], origins: Mapping[str, str]) -> History:
    """`in_force`: day and key, days ascending; the same key again is no step. `origins`: keys that are ours:
    `extraction` or `unclear`."""
    steps: list[Step] = []
    last_held: dict[str, date] = {}
    for day, key in in_force:
        before = steps[-1].key if steps else None
        if key == before:
            continue
        if before is not None:
            last_held[before] = day
        steps.append(Step(day, key, before, _judge(day, key, before, last_held, origins)))
    return History(tuple(steps))


def _judge(
    day: date, key: str, before: str | None, last_held: Mapping[str, date], origins: Mapping[str, str]
) -> StepKind:
    if before is None:
        return "first"
    if key in last_held:
        return "alternation" if day - last_held[key] <= ALTERNATION else "return"
    origin = origins.get(key)
    if origin == "extraction":
        return "extraction"
    return "unclear" if origin else "change"


def list_alternations(history: History) -> tuple[Alternation, ...]:
    """Runs of alternations; a run ends with the first step that is none, or with a pause."""
    found: list[list[Step]] = []
    previous: Step | None = None
    for step in history.steps:
        if step.kind == "alternation":
            is_same_run = (
                previous is not None
                and bool(found)
                and found[-1][-1] is previous
                and step.day - previous.day <= ALTERNATION
            )
            if is_same_run:
                found[-1].append(step)
            else:
                found.append([step])
        previous = step
    return tuple(_describe(run) for run in found)


def _describe(run: Sequence[Step]) -> Alternation:
    keys = dict.fromkeys(key for step in run for key in (step.before, step.key) if key is not None)
    return Alternation(run[0].day, run[-1].day, tuple(keys), len(run))


def find_counterpart(history: History, number: int, sizes: Mapping[str, int]) -> str | None:
    """With which earlier text the step's new text is to be compared: of those in force within `ALTERNATION`
    before it the one nearest in length, so that a form is compared with its own earlier form."""
    step = history.steps[number]
    if step.before is None:
        return None
    recent = {step.before} | {
        earlier.before
        for earlier in history.steps[:number]
        if earlier.before is not None and step.day - earlier.day <= ALTERNATION
    }
    recent.discard(step.key)
    if not recent:
        return step.before
    size = sizes.get(step.key, 0)
    order = {key: place for place, key in enumerate(history.texts)}
    return min(recent, key=lambda key: (abs(sizes.get(key, 0) - size), -order[key]))
