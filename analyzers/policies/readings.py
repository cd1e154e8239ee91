"""What a document said by the day: rules over its settled texts, as spells of one value.

The rules themselves are given (`evaluate`): a text in, named values with their sentences out. All texts are
read by the same version of the rules, so that a value that differs comes from the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from analyzers.policies.history import History, Step, list_alternations


@dataclass(frozen=True, slots=True)
class Said:
    """One rule's value in one text, and the sentences it stands on."""

    rule: str
    value: str
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spell:
    """A rule had one value from `since` until the day before `until` (None: still). `key`: the text in which
    it was first said so."""

    rule: str
    value: str
    since: date
    until: date | None
    key: str
    quotes: tuple[str, ...]


def read_spells(
    history: History, texts: Mapping[str, str], evaluate: Callable[[str], Iterable[Said]]
) -> tuple[Spell, ...]:
    """Per rule its values in the order they held.

    Alternations are no steps. Of two forms that are served at once, what only one of them states counts as
    stated; where both state a value and they differ, the new form's is taken."""
    read: dict[str, dict[str, Said]] = {}
    forms = [set(run.keys) for run in list_alternations(history)]
    spells: dict[str, list[Spell]] = {}
    seen: set[str] = set()
    for step in history.settled:
        if step.key not in texts:
            continue
        beside = {key for group in forms if step.key in group for key in group} & seen & texts.keys()
        for key in (step.key, *beside):
            if key not in read:
                read[key] = {said.rule: said for said in evaluate(texts[key])}
        seen.add(step.key)
        for said in read[step.key].values():
            others = (read[key][said.rule] for key in sorted(beside) if said.rule in read[key])
            chosen = said if said.quotes else next((other for other in others if other.quotes), said)
            _note(spells.setdefault(said.rule, []), chosen, step)
    return tuple(spell for held in spells.values() for spell in held)


def _note(held: list[Spell], said: Said, step: Step) -> None:
    if held and held[-1].value == said.value:
        return
    if held:
        held[-1] = replace(held[-1], until=step.day)
    held.append(Spell(said.rule, said.value, step.day, None, step.key, said.quotes))
