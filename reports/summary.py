"""The verdict's part of an issue: the vector, the sentences above it, what changed and what did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyzers.analysis import Analysis
from reports import wording
from reports.content import Interval, MeasurePart, Remembered, Sentence, SubIndexPart, VerdictPart
from reports.formatting import clean_text, format_value
from reports.phrasing import SIGNED, form_sentence
from store.records import Estimate

SHOWN = 3


def make_verdict(
    analysis: Analysis,
    measures: Sequence[MeasurePart],
    sentences: Mapping[str, Sentence],
    before: Remembered | None,
) -> VerdictPart:
    """Freeze the verdict. Nothing here decides it: step, flags and interval come from the analysis."""
    verdict = analysis.verdict
    step = verdict.step.value if verdict.step else None
    changed, unchanged = _compare(measures, before)
    weeks = before["weeks_at_step"] + 1 if before and before["step"] == step else 1
    counter = verdict.strongest_counter_evidence
    if counter is not None and counter not in sentences:
        raise ValueError(f"the verdict names the finding {counter!r}, which does not exist")
    return {
        "step": step,
        "composite": make_interval(verdict.composite),
        "reason": clean_text(verdict.reason, 300) if verdict.reason else None,
        "is_provisional": verdict.is_provisional,
        "is_contested": verdict.is_contested,
        "weeks_at_step": weeks,
        "summary": _summarise(analysis, before, step, weeks),
        "sub_indices": [_freeze_sub_index(analysis, index) for index in range(len(verdict.sub_indices))],
        "changed": changed,
        "unchanged": unchanged,
        "counter": sentences[counter] if counter is not None else None,
        "seed": verdict.seed,
        "draws": verdict.draws,
    }


def _summarise(analysis: Analysis, before: Remembered | None, step: str | None, weeks: int) -> list[Sentence]:
    verdict = analysis.verdict
    evidence = list(dict.fromkeys(ref for part in verdict.sub_indices for ref in part.evidence))
    composite = verdict.composite
    units = {"composite": "index", "low": "index", "high": "index"}
    if composite is None:
        why = clean_text(verdict.reason or wording.EMPTY["verdict"], 300)
        return [form_sentence(wording.NO_COMPOSITE, {"why": why}, evidence)]
    numbers = {"composite": composite.value, "full": 100, "parity": 50}
    if composite.low is not None and composite.high is not None:
        numbers |= {"low": composite.low, "high": composite.high}
        said = [form_sentence(wording.COMPOSITE, numbers, evidence, named_units=units)]
    else:
        why = clean_text(composite.no_interval_because or "", 300)
        said = [form_sentence(wording.COMPOSITE_BARE, numbers | {"why": why}, evidence, named_units=units)]
    if before is None:
        return [*said, form_sentence(wording.FIRST_ISSUE, {})]
    if before["composite"] is not None:
        said.append(
            form_sentence(
                wording.COMPOSITE_MOVED,
                {"change": composite.value - before["composite"], "week": before["week"]},
                evidence,
                named_units={"change": SIGNED + "score"},
            )
        )
    if before["step"] == step:
        said.append(form_sentence(wording.STEP_KEPT, {"weeks": weeks}, evidence))
    else:
        said.append(
            form_sentence(
                wording.STEP_CHANGED, {"before": wording.HEADLINES[before["step"]], "week": before["week"]}
            )
        )
    return said


def _compare(
    measures: Sequence[MeasurePart], before: Remembered | None
) -> tuple[list[Sentence], list[Sentence]]:
    """What moved and what stayed, as it is written; without an earlier issue the one-week changes speak."""
    changed: list[Sentence] = []
    unchanged: list[Sentence] = []
    for part in measures:
        estimate = part["estimate"]
        if estimate is None:
            continue
        unit, value = estimate["unit"], estimate["value"]
        earlier = before["measures"].get(part["id"]) if before else None
        numbers: dict[str, float | str] = {"label": part["label"], "after": value}
        if earlier is not None and format_value(earlier, unit) != format_value(value, unit):
            changed.append(
                form_sentence(
                    wording.MEASURE_MOVED,
                    numbers | {"before": earlier},
                    part["evidence"],
                    named_units={"before": unit, "after": unit},
                )
            )
        elif earlier is None and before is None and part["change_1w"]:
            changed.append(
                form_sentence(
                    wording.MEASURE_CHANGED_BY,
                    numbers | {"change": part["change_1w"]},
                    part["evidence"],
                    named_units={"change": SIGNED + unit, "after": unit},
                )
            )
        elif earlier is not None or part["change_1w"] == 0:
            unchanged.append(
                form_sentence(wording.MEASURE_KEPT, numbers, part["evidence"], named_units={"after": unit})
            )
    nothing = wording.FIRST_ISSUE if before is None else wording.NOTHING_CHANGED
    return changed[:SHOWN] or [form_sentence(nothing, {})], unchanged[:SHOWN]


def _freeze_sub_index(analysis: Analysis, index: int) -> SubIndexPart:
    part = analysis.verdict.sub_indices[index]
    return {
        "id": part.id,
        "label": clean_text(part.label, 60),
        "estimate": make_interval(part.estimate),
        "reason": clean_text(part.reason, 300) if part.reason else None,
        "weight": part.weight,
        "evidence": list(part.evidence),
    }


def make_interval(estimate: Estimate | None) -> Interval | None:
    """An estimate as an issue keeps it."""
    if estimate is None:
        return None
    return {
        "value": estimate.value,
        "unit": estimate.unit,
        "low": estimate.low,
        "high": estimate.high,
        "no_interval_because": clean_text(estimate.no_interval_because, 300)
        if estimate.no_interval_because
        else None,
        "n": estimate.n,
        "as_of": estimate.as_of.isoformat() if estimate.as_of else None,
    }
