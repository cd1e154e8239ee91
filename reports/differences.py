"""What changed between two issues, as sentences with their evidence."""

from __future__ import annotations

from collections.abc import Iterator

from reports import wording
from reports.content import Content, Interval, Sentence
from reports.formatting import format_value
from reports.issue import Issue
from reports.phrasing import form_sentence, phrase

COUNTED = ("movers", "releases", "claims", "prices", "changes")


def list_differences(old: Issue, new: Issue) -> tuple[Sentence, ...]:
    """What `new` states otherwise than `old`: verdict, index, measures, findings, lengths of sections.
    Evidence ids are those of `new`; what was withdrawn cites none. Empty when nothing readers see changed."""
    if old.content_hash == new.content_hash:
        return ()
    found = tuple(_compare(old.content, new.content))
    return found or (form_sentence(wording.DETAILS_REVISED, {}),)


def _compare(old: Content, new: Content) -> Iterator[Sentence]:
    before, after = old["verdict"], new["verdict"]
    if before["step"] != after["step"]:
        yield form_sentence(
            wording.STEP_REVISED,
            {"before": wording.HEADLINES[before["step"]], "after": wording.HEADLINES[after["step"]]},
        )
    if _differ(before["composite"], after["composite"]):
        yield form_sentence(
            wording.COMPOSITE_REVISED,
            {"before": _write(before["composite"]), "after": _write(after["composite"])},
            _evidence_of_index(new),
        )
    yield from _compare_measures(old, new)
    yield from _compare_findings(old, new)
    if old["through"] != new["through"]:
        numbers = {"before": old["through"] or wording.NOTHING, "after": new["through"] or wording.NOTHING}
        yield form_sentence(
            wording.THROUGH_REVISED,
            numbers,
            named_units={key: "date" for key, value in numbers.items() if value != wording.NOTHING},
        )
    yield from _compare_sources(old, new)
    for section in COUNTED:
        if old["totals"][section] != new["totals"][section]:
            yield form_sentence(
                wording.COUNT_REVISED,
                {
                    "section": wording.SECTIONS[section],
                    "before": old["totals"][section],
                    "after": new["totals"][section],
                },
            )


def _compare_sources(old: Content, new: Content) -> Iterator[Sentence]:
    known = {(row["key"], row["basis"]): row for row in old["sources"]}
    for row in new["sources"]:
        earlier = known.get((row["key"], row["basis"]))
        before = wording.SOURCE_STATES[earlier["state"]] if earlier else wording.NOT_ASKED
        after = wording.SOURCE_STATES[row["state"]]
        if before != after:
            yield form_sentence(
                wording.SOURCE_REVISED, {"name": row["name"], "before": before, "after": after}
            )


def _compare_measures(old: Content, new: Content) -> Iterator[Sentence]:
    known = {part["id"]: part for part in old["measures"]}
    for part in new["measures"]:
        earlier = known.pop(part["id"], None)
        was, now = (earlier["estimate"] if earlier else None), part["estimate"]
        yield from describe_move(part["label"], was, now, part["evidence"])
    for part in known.values():
        yield from describe_move(part["label"], part["estimate"], None, [])


def describe_move(
    label: str, was: Interval | None, now: Interval | None, evidence: list[str]
) -> Iterator[Sentence]:
    """One sentence if a measure reads differently now, none if not."""
    if not _differ(was, now):
        return
    template = (
        wording.MEASURE_APPEARED
        if was is None
        else wording.MEASURE_VANISHED
        if now is None
        else wording.MEASURE_MOVED
    )
    numbers = (
        {"label": label}
        | ({"before": was["value"]} if was else {})
        | ({"after": now["value"]} if now else {})
    )
    units = {key: part["unit"] for key, part in (("before", was), ("after", now)) if part}
    yield form_sentence(template, numbers, evidence, named_units=units)


def _compare_findings(old: Content, new: Content) -> Iterator[Sentence]:
    before, after = _list_findings(old), _list_findings(new)
    for text, evidence in after.items():
        if text not in before:
            yield form_sentence(wording.SENTENCE_ADDED, {"sentence": text}, evidence)
    for text in before:
        if text not in after:
            yield form_sentence(wording.SENTENCE_DROPPED, {"sentence": text})


def _list_findings(content: Content) -> dict[str, list[str]]:
    return {
        phrase(finding["sentence"]): finding["sentence"]["evidence"]
        for perspective in content["perspectives"]
        for finding in perspective["findings"]
    }


def _differ(was: Interval | None, now: Interval | None) -> bool:
    """Whether a reader would see another value: compared as it is written, not in its sixth digit."""
    return _write(was) != _write(now)


def _write(estimate: Interval | None) -> str:
    return format_value(estimate["value"], estimate["unit"]) if estimate else wording.NOTHING


def _evidence_of_index(content: Content) -> list[str]:
    return list(dict.fromkeys(ref for part in content["verdict"]["sub_indices"] for ref in part["evidence"]))
