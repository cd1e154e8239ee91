"""One model's openness as JSON, as rows and on a terminal. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from analyzers.openness.score import SUMMED
from lunchwatch.printing import printable
from store.framework import Status

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from analyzers.openness.contradictions import Contradiction
    from analyzers.openness.judging import Completeness, ModelOpenness
    from analyzers.openness.layers import Layer
    from store.catalogue import Catalogue
    from store.disclosure import Disclosure, Statement
    from store.framework import Progress

Row = tuple[str, str, str | float | None, date | None, str, str]

SIGNS: Mapping[bool | None, str] = {True: "✓ yes", False: "✗ no", None: "? unknown"}
CLASSES: Mapping[int | None, str] = {
    1: "class I, open science",
    2: "class II, open tooling",
    3: "class III, open model",
    None: "no class",
}
_ROMAN = {3: "III", 2: "II", 1: "I"}
_STATUS_SIGNS = {Status.OPEN: "✓", Status.NOT_OPEN: "✗", Status.MISSING: "–", Status.UNKNOWN: "?"}


def describe(disclosure: Disclosure, judged: ModelOpenness, catalogue: Catalogue) -> dict[str, Any]:
    """The `data` of the JSON envelope."""
    return {
        "model": disclosure.model,
        "name": disclosure.name,
        "openness": judged.layers.openness,
        "layers": {name: _describe_layer(layer) for name, layer in _layers(judged)},
        "mof": _describe_class(judged.completeness),
        "score": _describe_score(judged),
        "history": [{**_describe_statement(s), "class": _class_of(s, catalogue)} for s in judged.history],
        "contradictions": [_describe_contradiction(c) for c in judged.contradictions],
    }


def list_left_out(judged: ModelOpenness) -> list[dict[str, Any]]:
    """What the answer could not use, with counts and reasons."""
    left: list[dict[str, Any]] = []
    if judged.completeness is not None and judged.completeness.listing.unnamed:
        count = judged.completeness.listing.unnamed
        left.append({"what": "components", "count": count, "reason": "listed, but not known by name"})
    unread = [s for s in judged.history if s.attribute == "licence" and _is_unread(s, judged)]
    if unread:
        left.append(
            {"what": "licences", "count": len(unread), "reason": "a name the catalogue does not know"}
        )
    return left


def list_rows(judged: ModelOpenness) -> list[Row]:
    """The same as rows: section, name, value, day, basis, source."""
    rows: list[Row] = []
    for name, layer in _layers(judged):
        rows.append(("layer", name, _word(layer.value), layer.since, *_who(layer.statement)))
    done = judged.completeness
    if done is not None:
        rows.append(("mof", "class", _class_word(done), done.assessed_on, *_who(done.statement)))
        for mof_class, step in done.assessment.progress.items():
            rows.append(
                ("mof", f"progress {mof_class}", f"{step.included}/{step.required}", done.assessed_on, "", "")
            )
        for component, status in done.assessment.status.items():
            rows.append(("component", component, status, done.assessed_on, "", ""))
    else:
        rows.append(("mof", "class", "not assessed", None, "", ""))
    for end, value in (("value", judged.score.value), ("low", judged.score.low), ("high", judged.score.high)):
        rows.append(("score", end, value, None, "", ""))
    rows += [("history", f"{s.about} {s.attribute}", s.value, s.valid_from, *_who(s)) for s in judged.history]
    for c in judged.contradictions:
        says = f"{c.says}; trusted: {c.trusted_says or 'nobody'}"
        rows.append(("contradiction", c.statement.about, says, c.statement.valid_from, *_who(c.statement)))
    return rows


def print_openness(disclosure: Disclosure, judged: ModelOpenness, catalogue: Catalogue) -> None:
    """The view for people."""
    from rich.console import Console

    console = Console(highlight=False)
    notes = _Notes()
    title = f"{disclosure.name}   {disclosure.model}   as of {disclosure.as_of}"
    console.print(_text(title, "bold"))
    console.print(_layers_table(judged, notes))
    _print_class(console, judged.completeness, notes)
    _print_score(console, judged)
    console.print(_text("Licence history", "bold"))
    if judged.history:
        console.print(_history_table(judged.history, catalogue, notes))
    else:
        console.print("  no dated word on licence or openness\n")
    if judged.contradictions:
        console.print(_text("Who contradicts (the maker's own entry is trusted)", "bold"))
        console.print(_contradictions_table(judged.contradictions, notes))
    else:
        console.print(_text("Nobody contradicts the maker's own entry.\n"))
    for number, source in notes.sources.items():
        console.print(_text(f"[{number}] {source}", "dim"), soft_wrap=True)


# --------------------------------------------------------------------------- JSON


def _layers(judged: ModelOpenness) -> tuple[tuple[str, Layer], ...]:
    layers = judged.layers
    return ("weights", layers.weights), ("licence", layers.licence), ("science", layers.science)


def _describe_layer(layer: Layer) -> dict[str, Any]:
    told = layer.statement
    return {
        "value": layer.value,
        "since": layer.since,
        "because": layer.because,
        "evidence": told.evidence_url if told is not None else None,
        "about": told.about if told is not None else None,
        "basis": told.provenance.basis if told is not None else None,
        "source": told.provenance.source if told is not None else None,
        "run": told.provenance.run_id if told is not None else None,
    }


def _describe_class(done: Completeness | None) -> dict[str, Any]:
    if done is None:
        return {"class": None, "status": "not assessed", "progress": {}, "missing": {}, "components": {}}
    found = done.assessment
    return {
        "class": found.mof_class or ("none" if found.is_decided else None),
        "status": "assessed" if found.is_decided else "undecided",
        "progress": {
            str(mof_class): {"included": p.included, "at_most": p.at_most, "required": p.required}
            for mof_class, p in found.progress.items()
        },
        "missing": {str(mof_class): list(wanted) for mof_class, wanted in found.missing.items()},
        "components": {
            component: {"status": status, "licence": _licence(done, component)}
            for component, status in found.status.items()
        },
        "listed": done.listing.listed,
        "assessed_on": done.assessed_on,
        "evidence": done.statement.evidence_url,
        "basis": done.statement.provenance.basis,
        "source": done.statement.provenance.source,
        "run": done.statement.provenance.run_id,
    }


def _describe_score(judged: ModelOpenness) -> dict[str, Any]:
    score = judged.score
    return {
        "value": score.value,
        "low": score.low,
        "high": score.high,
        "reason": None if score.value is not None else "not enough data: parts are not known for sure",
        "parts": {name: {"low": low, "high": high} for name, (low, high) in score.parts.items()},
        "grades": {
            part: {"low": g.low, "high": g.high, "because": g.because} for part, g in score.grades.items()
        },
    }


def _describe_statement(s: Statement) -> dict[str, Any]:
    return {
        "valid_from": s.valid_from,
        "about": s.about,
        "attribute": s.attribute,
        "value": s.value,
        "evidence": s.evidence_url,
        "basis": s.provenance.basis,
        "source": s.provenance.source,
        "run": s.provenance.run_id,
    }


def _describe_contradiction(c: Contradiction) -> dict[str, Any]:
    return {
        "about": c.about,
        "says": c.says,
        "trusted_says": c.trusted_says,
        "statement": _describe_statement(c.statement),
        "trusted": _describe_statement(c.trusted) if c.trusted is not None else None,
        "others": [_describe_statement(s) for s in c.others],
    }


# --------------------------------------------------------------------------- words


def _word(value: bool | None) -> str:
    return SIGNS[value].partition(" ")[2]


def _class_word(done: Completeness) -> str:
    found = done.assessment
    if not found.is_decided:
        reached = f"{CLASSES[found.mof_class]} for sure; " if found.mof_class else ""
        return f"{reached}undecided: {done.listing.unnamed} components are not known by name"
    return CLASSES[found.mof_class]


def _who(statement: Statement | None) -> tuple[str, str]:
    if statement is None:
        return "", ""
    return str(statement.provenance.basis), statement.evidence_url or statement.provenance.source


def _licence(done: Completeness, component: Any) -> str | None:
    return done.listing.licence_of(component) if component in done.listing.own else None


def _class_of(s: Statement, catalogue: Catalogue) -> str | None:
    if s.attribute == "licence":
        return catalogue.classify_licence(s.value)
    return s.value if s.attribute == "openness" else None


def _is_unread(s: Statement, judged: ModelOpenness) -> bool:
    return f"no licence we know: {s.value}" in judged.layers.licence.because


def _spell(name: str) -> str:
    return name.replace("_", " ")


def _grade(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"


# --------------------------------------------------------------------------- terminal


class _Notes:
    """Numbers for sources, so that long addresses stand once and below."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def cite(self, statement: Statement | None) -> str:
        if statement is None:
            return ""
        basis, source = _who(statement)
        number = self._numbers.setdefault(f"{source} ({basis})", len(self._numbers) + 1)
        return f"[{number}]"

    @property
    def sources(self) -> dict[int, str]:
        return {number: source for source, number in self._numbers.items()}


def _layers_table(judged: ModelOpenness, notes: _Notes) -> Table:
    table = _table("Layer", "Open?", "Since", "Because", "")
    for name, layer in _layers(judged):
        cells = (name, SIGNS[layer.value], str(layer.since or ""), layer.because, notes.cite(layer.statement))
        table.add_row(*map(_text, cells))
    return table


def _print_class(console: Console, done: Completeness | None, notes: _Notes) -> None:
    if done is None:
        console.print(_text("Model Openness Framework   not assessed\n", "bold"))
        return
    reached = f"Model Openness Framework   {_class_word(done)}"
    console.print(_text(f"{reached}   entry of {done.assessed_on} {notes.cite(done.statement)}", "bold"))
    table = _table("Class", "Progress", "", "Lacks beyond the class below")
    below = 0
    for mof_class, step in done.assessment.progress.items():
        at_most = f", at most {step.at_most}" if step.at_most != step.included else ""
        missing = done.assessment.missing[mof_class]
        added = [_spell(c) for c in missing[below:] if done.assessment.status[c] is not Status.UNKNOWN]
        below = len(missing)
        counted = f"{step.included} of {step.required}{at_most}"
        table.add_row(_ROMAN[mof_class], _bar(step), counted, ", ".join(added))
    console.print(table)
    table = _table("Component", "Kind", "Counts?", "Licence")
    for component, status in done.assessment.status.items():
        table.add_row(
            _spell(component),
            component.kind,
            f"{_STATUS_SIGNS[status]} {status}",
            _text(_licence(done, component) or ""),
        )
    console.print(table)


def _bar(step: Progress) -> str:
    """`█` counts, `▒` may count, `░` is lacking; one sign per component."""
    lacking = step.required - step.at_most
    return "█" * step.included + "▒" * (step.at_most - step.included) + "░" * lacking


def _print_score(console: Console, judged: ModelOpenness) -> None:
    score = judged.score
    if score.value is not None:
        console.print(_text(f"Openness score   {score.value:.2f} of 100", "bold"))
    else:
        reach = f"it lies between {score.low:.1f} and {score.high:.1f} of 100"
        console.print(_text(f"Openness score   not enough data for a value; {reach}", "bold"))
    table = _table("Part, of 3", "Grade", "Because")
    for name, averaged in SUMMED.items():
        because = dict.fromkeys(score.grades[part].because for part in averaged)
        table.add_row(_spell(name), _grade(*score.parts[name]), _text("; ".join(because)))
    console.print(table)


def _history_table(history: Sequence[Statement], catalogue: Catalogue, notes: _Notes) -> Table:
    table = _table("From", "About", "What", "Value", "Class", "")
    for s in history:
        cells = (
            str(s.valid_from),
            s.about,
            _spell(s.attribute),
            s.value,
            _class_of(s, catalogue) or "",
            notes.cite(s),
        )
        table.add_row(*map(_text, cells))
    return table


def _contradictions_table(contradictions: Sequence[Contradiction], notes: _Notes) -> Table:
    table = _table("Who", "Since", "Says", "Against", "")
    for c in contradictions:
        against = f"{c.trusted.about}: {c.trusted_says}" if c.trusted is not None else "the maker is silent"
        who = c.statement.about if not c.others else ", ".join(sorted({s.about for s in c.others}))
        cells = (who, str(c.statement.valid_from), c.says, against, notes.cite(c.statement))
        table.add_row(*map(_text, cells))
    return table


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in ("", "Since", "From", "Open?", "Grade"))
    return table


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(printable(text), style=style)
