"""Why an issue says what it says: one statement with its rule, numbers, arithmetic, and which evidence
rows matter most to it. The rows themselves are read by whoever holds the database."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from analyzers.findings import GRADE_WEIGHT
from analyzers.perspectives.conditions import CONDITIONS, RULES
from analyzers.weekly.evidence import quote
from reports.arithmetic import list_arithmetic
from reports.asking import Match
from reports.content import Content, EvidenceRow, FindingPart
from reports.entries import SOURCE
from reports.issue import Issue
from reports.origins import write_command
from reports.statement import Number, Statement
from store.resolution.spelling import PLAIN

LEANS_ON: Final[Mapping[str, str]] = {
    "COO-01": "lag",
    "COO-04": "developer_momentum",
    "COO-07": "approved_share",
    "SCI-02": "arena_gap",
    "SCI-03": "lag",
    "SCI-06": "lag",
    "SEC-03": "lag",
    "FIN-01": "price_ratio",
    "chart.lag": "lag",
    "quality": "lag",
    "price": "price_ratio",
    "verdict": "lag",
    "FIN-02": "break-even",
}
"""Which measure a statement restates: the rows that decide the measure are its rows too."""

_DATES: Final = ("day", "as_of", "claimed_on", "published_at", "valid_from", "started_at")


@dataclass(frozen=True, slots=True)
class RuleText:
    """The named rule behind a finding. `template_is_current`: the sentence is one of the rule's templates
    today; the rest is None where the issue, frozen by another version, or this version does not hold it."""

    id: str
    perspective: str | None
    direction: str | None
    condition: str | None
    template: str
    template_is_current: bool
    importance: float | None
    salience: float | None
    grade: str | None
    grade_weight: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`asked_numbers`: the numbers that bear what was asked for; `evidence`: which rows it stands on, in
    the issue's own order; `subjects`, `days`, `values`: what the most telling rows speak of."""

    statement: Statement
    asked_numbers: tuple[Number, ...]
    asked_words: tuple[str, ...]
    rule: RuleText | None
    arithmetic: tuple[str, ...]
    evidence: tuple[EvidenceRow, ...]
    subjects: tuple[str, ...]
    days: tuple[str, ...]


def explain(issue: Issue, match: Match) -> Explanation:
    """The explanation of a statement of the issue."""
    content, statement = issue.content, match.statement
    related = LEANS_ON.get(statement.id, statement.id)
    return Explanation(
        statement=statement,
        asked_numbers=match.numbers,
        asked_words=match.words,
        rule=describe_rule(statement.rule) if statement.rule else None,
        arithmetic=tuple(list_arithmetic(content, statement)),
        evidence=tuple(list_evidence(issue, statement.evidence)),
        subjects=_unite(
            (name for number in match.numbers for name in number.subjects),
            statement.subjects,
            _deciding(content, related),
        ),
        days=_unite((number.day for number in match.numbers if number.day), statement.days),
    )


def describe_rule(finding: FindingPart) -> RuleText:
    """The rule of a frozen finding, with what this version knows of it."""
    template, salience = finding["sentence"]["template"], finding.get("salience")
    rule = RULES.get(finding["rule"])
    weight = salience / rule.importance if salience is not None and rule is not None else None
    grade = next((key for key, w in GRADE_WEIGHT.items() if weight and abs(w - weight) < 1e-4), None)
    return RuleText(
        id=finding["rule"],
        perspective=rule.perspective.value if rule else finding.get("perspective"),
        direction=finding["direction"] or None,
        condition=CONDITIONS.get(finding["rule"]),
        template=template,
        template_is_current=rule is not None and template in rule.templates,
        importance=rule.importance if rule else None,
        salience=salience,
        grade=grade,
        grade_weight=GRADE_WEIGHT[grade] if grade else None,
    )


def list_evidence(issue: Issue, refs: Iterable[str]) -> list[EvidenceRow]:
    """The evidence rows of these ids; a source's line stands on the source's runs."""
    known = {row["id"]: row for row in issue.content["evidence"]}
    sources = {f"{SOURCE}{row['key']}": row for row in issue.content["sources"]}
    found: list[EvidenceRow] = []
    for ref in refs:
        if ref in known:
            found.append(known[ref])
        elif ref in sources:
            source = sources[ref]
            found.append(
                {
                    "id": ref,
                    "title": f"Runs of {source['key']}: what each wrote",
                    "source": "",
                    "basis": source["basis"],
                    "as_of": source["through"],
                    "rows": 0,
                    "run_ids": [],
                    "command": list_runs_command(issue.world, source["key"]),
                    "url": None,
                }
            )
    return found


def list_runs_command(world: str, collector: str) -> str:
    """The command that lists what each run of a collector wrote."""
    return write_command(
        "select run_id, collector, data_source, basis, started_at, outcome, written, skipped, error"  # noqa: S608 - text for the reader, values are quoted
        f" from v_run where world = {quote(world)} and collector = {quote(collector)}"
    )


def rank_rows(rows: Sequence[Mapping[str, Any]], explanation: Explanation) -> list[tuple[int, int]]:
    """Positions of the rows, the most telling first, each with how many of the explanation's names, days
    and values it bears. Of rows that bear as many, those of an earlier name come first, then newer ones."""
    wanted = [_spell(name) for name in explanation.subjects]
    whole = [name.casefold() for name in explanation.subjects]
    days = set(explanation.days)
    values = {number.value for number in (explanation.asked_numbers or explanation.statement.numbers)}
    ranked: list[tuple[int, int, str, int]] = []
    for position, row in enumerate(rows):
        texts = {text for value in row.values() if isinstance(value, str) for text in _spell(value)}
        named = [place for place, names in enumerate(wanted) if names & texts]
        hits = sum(3 if whole[place] in texts else 2 for place in named)
        hits += any(write_day(row.get(key)) in days for key in _DATES)
        hits += any(isinstance(value, (int, float)) and value in values for value in row.values())
        newest = max((write_day(row.get(key)) for key in _DATES), default="")
        ranked.append((hits, -min(named, default=len(wanted)), newest, position))
    ranked.sort(key=lambda item: item[:3], reverse=True)  # stable: else in the statement's own order
    return [(position, hits) for hits, _, _, position in ranked]


def write_day(value: object) -> str:
    """A row's date or moment as `YYYY-MM-DD`, "" for none: databases give texts or dates."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()[:10]
    return value[:10] if isinstance(value, str) else ""


def _deciding(content: Content, measure: str) -> list[str]:
    """The models whose rows decide a measure, as the issue's charts name them, the last first."""
    charts = {chart["id"]: chart for chart in content["charts"]}
    name, columns = {
        "lag": ("frontier", ("model",)),
        "index_gap": ("frontier", ("model",)),
        "chart.frontier": ("frontier", ("model",)),
        "arena_gap": ("gap", ("closed", "open")),
        "chart.gap": ("gap", ("closed", "open")),
        "price_ratio": ("price", ("open", "closed")),
        "chart.price": ("price", ("open", "closed")),
        "break-even": ("price", ("closed",)),
    }.get(measure, ("", ()))
    rows = charts[name]["rows"] if name in charts else []
    if measure in ("arena_gap", "chart.gap"):
        rows = rows[-1:]
    if measure == "break-even":  # the closed model at the highest level that open reaches
        rows = [row for row in rows if row.get("ratio")][-1:]
    return [str(row[column]) for row in reversed(rows) for column in columns if row.get(column)]


@functools.lru_cache(maxsize=4096)
def _spell(name: str) -> frozenset[str]:
    """A name's spellings under which a row may bear it: whole, without its path, without its punctuation."""
    plain = name.casefold()
    normal = PLAIN.read(name)
    stem = f"{normal.stem} {normal.snapshot or ''}".strip()
    return frozenset(text for text in (plain, plain.rpartition("/")[2], stem) if text)


def _unite(*lists: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for items in lists for item in items))
