"""Policies as commands ask for them: which there are, one's history and readings, two texts compared."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from analyzers.policies.comparison import Comparison, compare
from analyzers.policies.history import (
    Alternation,
    History,
    Step,
    find_counterpart,
    list_alternations,
    read_history,
)
from analyzers.policies.readings import Said, Spell, read_spells
from store.errors import NotFound, Refused, cut
from store.policies import Policy, list_policies, read_texts
from store.query import StoreQuery

DEPRECATIONS = "deprecations"
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Moved:
    """A step with the lines it moved against `counterpart`, the earlier text it is compared with."""

    step: Step
    counterpart: str | None
    added: int | None
    removed: int | None


@dataclass(frozen=True, slots=True)
class Overview:
    """One document in the list. `counted`: changes of which only counts of lines are known."""

    policy: Policy
    history: History
    counted: int

    @property
    def last_change(self) -> date | None:
        changes = [step.day for step in self.history.settled if step.kind in ("change", "return")]
        return max([*changes, *self.policy.counted], default=None)


@dataclass(frozen=True, slots=True)
class Account:
    """Everything about one document. `texts` by key."""

    policy: Policy
    history: History
    texts: Mapping[str, str]
    moved: tuple[Moved, ...]
    alternations: tuple[Alternation, ...]
    spells: tuple[Spell, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two texts compared: keys and the days from which they held."""

    policy: Policy
    before: str
    before_since: date
    after: str
    after_since: date
    comparison: Comparison


def history_of(policy: Policy) -> History:
    return read_history([(each.since, each.key) for each in policy.in_force], policy.origins)


def list_overviews(query: StoreQuery, text: str | None) -> list[Overview]:
    """Every document whose name contains `text`, in any case."""
    wanted = (text or "").casefold()
    return [
        Overview(policy, history_of(policy), len(policy.counted))
        for policy in list_policies(query)
        if wanted in policy.name.casefold()
    ]


def find_policy(query: StoreQuery, name: str) -> Policy:
    """The document of that name, `SERVICE/DOCUMENT` in any case, or the only one that contains it; a source
    may stand before it (`import:ChatGPT/Privacy Policy`).

    Raises NotFound with near names, Refused when several are meant.
    """
    known = list_policies(query)
    if not name.strip():
        raise Refused("a document is needed", remedy="lunchwatch policies lists them")
    source, separator, rest = name.partition(":")
    if separator and source in {each.subject.source for each in known}:
        known, name = [each for each in known if each.subject.source == source], rest
    wanted = name.casefold()
    found = [each for each in known if each.name.casefold() == wanted]
    found = found or [each for each in known if wanted in each.name.casefold()]
    if len(found) > 1:
        names = ", ".join(f"{each.subject.source}:{each.name}" for each in found[:_SHOWN])
        raise Refused(f"{cut(name)} means several documents", remedy=f"say which: {names}")
    if not found:
        near = difflib.get_close_matches(cut(name), [each.name for each in known], n=3, cutoff=0.3)
        raise NotFound(
            f"no policy is called {cut(name)}",
            remedy=f"near: {', '.join(near)}" if near else "lunchwatch policies lists them",
        )
    return found[0]


def give_account(query: StoreQuery, name: str) -> Account:
    """The history of a document, the lines each step moved, and what it said by the day."""
    policy = find_policy(query, name)
    history = history_of(policy)
    texts = read_texts(query, policy)
    return Account(
        policy=policy,
        history=history,
        texts=texts,
        moved=_list_moved(history, texts),
        alternations=list_alternations(history),
        spells=() if policy.kind == DEPRECATIONS else read_spells(history, texts, _evaluate),
    )


def _evaluate(text: str) -> Iterable[Said]:
    from collectors.policies.rules import evaluate_rules

    return [Said(reading.rule, reading.value, reading.quotes) for reading in evaluate_rules(text)]


def _list_moved(history: History, texts: Mapping[str, str]) -> tuple[Moved, ...]:
    sizes = {key: len(text) for key, text in texts.items()}
    moved = []
    for number, step in enumerate(history.steps):
        if step.kind == "alternation":
            continue
        counterpart = find_counterpart(history, number, sizes)
        if counterpart is None or counterpart not in texts or step.key not in texts:
            moved.append(Moved(step, None, None, None))
            continue
        done = compare(texts[counterpart], texts[step.key])
        moved.append(Moved(step, counterpart, done.added, done.removed))
    return tuple(moved)


def compare_days(query: StoreQuery, name: str, since: date | None, until: date | None) -> Difference:
    """The texts in force on two days; without days, the last change against what it is compared with. A
    document that never changed is compared with itself.

    Raises NotFound where a text is not known, Refused for days the wrong way round."""
    policy = find_policy(query, name)
    history = history_of(policy)
    texts = read_texts(query, policy)
    if not texts or not history.steps:
        only = ": only counts of its changes are bundled" if policy.counted else ""
        raise NotFound(f"no text of {policy.name} is known{only}", remedy="lunchwatch collect policies")
    if since is not None and until is not None and since > until:
        raise Refused(f"{since} is later than {until}", remedy="give the earlier day with --from")
    before, after = _choose(history, texts, since, until)
    if before is None or after is None:
        first = history.steps[0].day
        raise NotFound(f"no text of {policy.name} is known before {first}", remedy=f"--from {first}")
    missing = [key for key in (before, after) if key not in texts]
    if missing:
        raise NotFound(f"the text {missing[0][:8]} of {policy.name} is not kept")
    return Difference(
        policy,
        before,
        _first_day(history, before),
        after,
        _first_day(history, after),
        compare(texts[before], texts[after]),
    )


def _choose(
    history: History, texts: Mapping[str, str], since: date | None, until: date | None
) -> tuple[str | None, str | None]:
    if since is not None or until is not None:
        last = history.steps[-1].day
        return history.text_on(since or history.steps[0].day), history.text_on(until or last)
    changes = [number for number, step in enumerate(history.steps) if step.kind in ("change", "return")]
    if not changes:
        return history.steps[-1].key, history.steps[-1].key
    sizes = {key: len(text) for key, text in texts.items()}
    return find_counterpart(history, changes[-1], sizes), history.steps[changes[-1]].key


def _first_day(history: History, key: str) -> date:
    return next(step.day for step in history.steps if step.key == key)
