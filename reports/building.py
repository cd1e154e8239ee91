"""Builds an issue from an analysis: the one place where what readers will see is decided and frozen.

Foreign texts are cleaned and foreign addresses checked here; every reference to evidence is checked to
exist; every number is rounded to six significant digits. Renderers add nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

import msgspec

from analyzers.analysis import Analysis, Judgement
from analyzers.findings import SUFFIX_UNITS
from reports import sections, wording
from reports.charts.choosing import list_charts
from reports.content import (
    BannerPart,
    Content,
    HypothesisRow,
    JudgementPart,
    MeasurePart,
    PerspectivePart,
    Remembered,
    Sentence,
)
from reports.differences import list_differences
from reports.formatting import clean_text
from reports.issue import Issue, freeze_issue, hash_json, round_numbers, with_corrections
from reports.origins import list_credits, list_evidence, list_sources
from reports.phrasing import form_sentence
from reports.sections import capitalise, clean, iso
from reports.summary import make_interval, make_verdict
from store.records import Basis, DataSource, Direction, Finding, Measure, Perspective

FINDINGS_SHOWN: Final = 3


def build_issue(
    analysis: Analysis,
    *,
    week: str,
    revision: int,
    built_at: datetime,
    catalogue_sources: Mapping[str, DataSource],
    run_ids: Sequence[int],
    previous: Issue | None = None,
    units: Mapping[str, str] = SUFFIX_UNITS,
) -> Issue:
    """The issue of `week` (`2026-W47`).

    `previous` is last week's issue, or an earlier revision of the same week: then the comparison with
    the week before is kept and `corrections` says what this revision changed. `units` gives the unit of
    a finding's placeholder by its suffix.

    Raises ValueError for a finding whose template or evidence does not hold together, a week that is
    none, or a previous issue of another world or a later week.
    """
    if previous is not None and previous.world != analysis.world:
        raise ValueError(f"the previous issue is of world {previous.world!r}, not {analysis.world!r}")
    if previous is not None and previous.week > week:
        raise ValueError(f"the previous issue {previous.name} is later than {week}")
    content = _build_content(analysis, catalogue_sources, run_ids, remember(previous, week), units)
    _check_evidence(content)
    inputs = {
        "analysis": round_numbers(msgspec.to_builtins(analysis)),
        "run_ids": sorted(run_ids),
        "sources": {key: msgspec.to_builtins(source) for key, source in catalogue_sources.items()},
    }
    issue = freeze_issue(
        content,
        week=week,
        revision=revision,
        world=analysis.world,
        as_of=analysis.as_of,
        built_at=built_at,
        inputs_hash=hash_json(inputs),
    )
    if previous is not None and previous.week == week:
        return with_corrections(issue, list_differences(previous, issue))
    return issue


def remember(previous: Issue | None, week: str) -> Remembered | None:
    """What the issue of `week` compares itself with: the last issue of an earlier week."""
    if previous is None:
        return None
    if previous.week == week:
        return previous.content["compared_with"]
    verdict = previous.content["verdict"]
    return {
        "week": previous.week,
        "step": verdict["step"],
        "weeks_at_step": verdict["weeks_at_step"],
        "composite": verdict["composite"]["value"] if verdict["composite"] else None,
        "measures": {
            part["id"]: part["estimate"]["value"] for part in previous.content["measures"] if part["estimate"]
        },
        "judgements": {
            part["key"]: part["likelihood"] or part["confidence"] for part in previous.content["judgements"]
        },
    }


def _build_content(
    analysis: Analysis,
    catalogue_sources: Mapping[str, DataSource],
    run_ids: Sequence[int],
    before: Remembered | None,
    units: Mapping[str, str],
) -> Content:
    findings = {finding.id: finding for finding in analysis.findings}
    sentences = {key: form_finding(finding, units) for key, finding in findings.items()}
    bundled = {evidence.id for evidence in analysis.evidence if evidence.basis is Basis.BUNDLED}
    measures = [_make_measure(measure, bundled) for measure in analysis.measures]
    sources = list_sources(analysis, catalogue_sources)
    content: Content = {
        "open_rule": analysis.open_rule.value,
        "through": iso(analysis.through),
        "banner": _make_banner(analysis, measures),
        "compared_with": before,
        "verdict": make_verdict(analysis, measures, sentences, before),
        "judgements": [
            _make_judgement(judgement, findings, before, units) for judgement in analysis.judgements
        ],
        "measures": measures,
        "charts": list_charts(analysis),
        "movers": sections.list_movers(analysis),
        "releases": sections.list_releases(analysis),
        "releases_seen": analysis.releases_seen,
        "claims": sections.list_claims(analysis),
        "prices": sections.list_prices(analysis),
        "break_even": sections.make_break_even(analysis),
        "changes": sections.list_changes(analysis),
        "perspectives": [_make_perspective(perspective, analysis, sentences) for perspective in Perspective],
        "hypotheses": _list_hypotheses(analysis, sentences),
        "evidence": list_evidence(analysis),
        "sources": sources,
        "credits": list_credits(analysis, catalogue_sources),
        "assumptions": [clean_text(line, 300) for line in analysis.assumptions],
        "run_ids": sorted(run_ids),
        "totals": {
            "movers": len(analysis.movers),
            "releases": len(analysis.releases),
            "claims": len(analysis.claims),
            "prices": len(analysis.price_moves),
            "changes": len(analysis.changes),
        },
        "empty": {key: finish_line(analysis.empty.get(key) or text) for key, text in wording.EMPTY.items()},
        "findings": [
            {
                "rule": finding.rule,
                "sentence": sentences[finding.id],
                "direction": finding.direction.value,
                "perspective": finding.perspective.value,
                "salience": finding.salience,
            }
            for finding in analysis.findings
        ],
    }
    return cast("Content", round_numbers(content))


def form_finding(finding: Finding, units: Mapping[str, str]) -> Sentence:
    """The finding's sentence. Raises ValueError naming the rule whose template does not fit its values."""
    try:
        return form_sentence(finding.template, finding.values, finding.evidence, units=units)
    except ValueError as error:
        raise ValueError(f"rule {finding.rule}: {error}") from error


def _make_judgement(
    judgement: Judgement,
    findings: Mapping[str, Finding],
    before: Remembered | None,
    units: Mapping[str, str],
) -> JudgementPart:
    finding = findings.get(judgement.finding)
    if finding is None:
        raise ValueError(f"a key judgement names the finding {judgement.finding!r}, which does not exist")
    likelihood = judgement.likelihood.replace("_", " ") if judgement.likelihood else None
    if likelihood is not None and likelihood not in wording.LIKELIHOODS:
        raise ValueError(f"{likelihood!r} is no likelihood term of ICD 203")

    def fill(template: str) -> Sentence:
        return form_sentence(template, finding.values, finding.evidence, units=units)

    now = likelihood or judgement.confidence
    earlier = before["judgements"].get(finding.rule) if before else None
    since = (
        "first"
        if before is None
        else "new"
        if earlier is None
        else "unchanged"
        if earlier == now
        else "changed"
    )
    return {
        "key": finding.rule,
        "sentence": form_finding(finding, units),
        "likelihood": likelihood,
        "no_likelihood_because": clean(judgement.no_likelihood_because, 300),
        "confidence": judgement.confidence,
        "confidence_because": fill(judgement.confidence_because),
        "so_what": fill(judgement.so_what),
        "would_change": fill(judgement.would_change),
        "since": since,
        "since_from": earlier if since == "changed" else None,
    }


def _make_measure(measure: Measure, bundled: set[str]) -> MeasurePart:
    return {
        "id": measure.id,
        "label": clean_text(measure.label, 80),
        "unit": measure.unit,
        "estimate": make_interval(measure.estimate),
        "reason": clean(measure.reason, 300),
        "change_1w": measure.change_1w,
        "change_13w": measure.change_13w,
        "history": [(day.isoformat(), value) for day, value in measure.history],
        "moved_toward": measure.moved_toward.value,
        "grade": measure.grade,
        "is_bundled": any(ref in bundled for ref in measure.evidence),
        "evidence": list(measure.evidence),
    }


def _make_banner(analysis: Analysis, measures: Sequence[MeasurePart]) -> BannerPart:
    measured = [part for part in measures if part["estimate"]]
    bundled = [part for part in measured if part["is_bundled"]]
    days = [
        source.through
        for source in analysis.sources
        if source.basis is Basis.BUNDLED and source.through is not None
    ]
    return {
        "bundled": len(bundled),
        "measured": len(measured),
        "through": iso(max(days, default=None)),
        "is_anything_observed": any(
            source.basis is Basis.OBSERVED and source.rows > 0 for source in analysis.sources
        ),
    }


def _make_perspective(
    perspective: Perspective, analysis: Analysis, sentences: Mapping[str, Sentence]
) -> PerspectivePart:
    found = sorted(
        (finding for finding in analysis.findings if finding.perspective is perspective),
        key=lambda finding: (-finding.salience, finding.id),
    )
    reason = analysis.empty.get(f"perspective.{perspective.value}")
    return {
        "id": perspective.value,
        "reading": _read(found),
        "reason": None if found else finish_line(reason or wording.EMPTY["perspectives"]),
        "findings": [
            {
                "rule": finding.rule,
                "sentence": sentences[finding.id],
                "direction": finding.direction.value,
            }
            for finding in found[:FINDINGS_SHOWN]
        ],
    }


def _read(findings: Sequence[Finding]) -> str | None:
    """The reading by weighted vote of all findings with a side: two thirds of the salience decide."""
    if not findings:
        return None
    weight = {
        side: sum(finding.salience for finding in findings if finding.direction is side)
        for side in (Direction.OPEN, Direction.CLOSED)
    }
    total = sum(weight.values())
    if total <= 0:
        return "neither"
    share = weight[Direction.OPEN] / total
    return "open" if share >= 2 / 3 else "closed" if share <= 1 / 3 else "mixed"


def _list_hypotheses(analysis: Analysis, sentences: Mapping[str, Sentence]) -> list[HypothesisRow]:
    """Ranked by the least inconsistent evidence."""
    rules = {finding.id: finding.rule for finding in analysis.findings}
    return [
        {
            "id": hypothesis.id,
            "statement": clean_text(hypothesis.statement, 200),
            "consistent": len(hypothesis.consistent),
            "inconsistent": len(hypothesis.inconsistent),
            "most_damaging": sentences.get(hypothesis.most_damaging) if hypothesis.most_damaging else None,
            "evidence": list(
                dict.fromkeys(
                    ref
                    for key in (*hypothesis.consistent, *hypothesis.inconsistent)
                    for ref in sentences[key]["evidence"]
                )
            ),
            "rules_for": [rules[key] for key in hypothesis.consistent],
            "rules_against": [rules[key] for key in hypothesis.inconsistent],
        }
        for hypothesis in sorted(
            analysis.hypotheses, key=lambda h: (len(h.inconsistent), -len(h.consistent), h.id)
        )
    ]


def finish_line(text: str) -> str:
    """A reason as a line of its own: a capital in front, a full stop behind."""
    line = clean_text(text, 300)
    return capitalise(line) + ("" if line.endswith((".", "!", "?", "…")) else ".")


def _check_evidence(content: Content) -> None:
    known = {row["id"] for row in content["evidence"]}
    for ref in known:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", ref):
            raise ValueError(f"{ref!r} cannot be an evidence id: it must fit into an address")
    for missing in sorted(set(_walk_evidence(content)) - known):
        raise ValueError(f"a statement names the evidence {missing}, which does not exist")


def _walk_evidence(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "evidence" and isinstance(inner, list) and all(isinstance(ref, str) for ref in inner):
                yield from inner
            else:
                yield from _walk_evidence(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk_evidence(inner)
