"""Licence, access and policy changes as dated lines: counts and directions only, no invented severity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from analyzers.analysis import ChangeLine
from analyzers.openness.shares import direction_of
from store.records import Basis, Direction, FactChange, Series

MAX_LINES = 20
POLICY_WINDOW = timedelta(days=182)
POLICY_LINES = 8


def list_changes(
    facts: Sequence[FactChange],
    policy_added: Sequence[Series],
    policy_removed: Sequence[Series],
    as_of: date,
    *,
    fact_evidence: tuple[str, ...],
    policy_evidence: tuple[str, ...],
) -> tuple[ChangeLine, ...]:
    """Changes of licence, openness and gates, then the latest policy changes, each newest first.

    A first known value is no change. Of the policies the largest changes of the last four weeks that have
    any are listed.
    """
    lines = [
        ChangeLine(
            day=change.valid_from,
            actor=change.subject,
            kind=change.attribute,
            before=change.before,
            after=change.after,
            direction=_direction(change),
            url=change.evidence_url,
            is_bundled=change.provenance.basis is Basis.BUNDLED,
            evidence=fact_evidence,
        )
        for change in facts
        if change.before is not None
    ]
    lines.sort(key=lambda line: (-line.day.toordinal(), line.actor, line.kind))
    policies = _policy_lines(policy_added, policy_removed, as_of, policy_evidence)
    return (*lines[: MAX_LINES - len(policies)], *policies)


def _direction(change: FactChange) -> Direction:
    if change.attribute == "openness" and change.before is not None:
        return direction_of(change.before, change.after)
    if change.attribute == "gated":
        was_free, is_free = change.before == "false", change.after == "false"
        if was_free != is_free:
            return Direction.OPEN if is_free else Direction.CLOSED
    return Direction.NEITHER


def _policy_lines(
    added: Sequence[Series], removed: Sequence[Series], as_of: date, evidence: tuple[str, ...]
) -> list[ChangeLine]:
    gone = {
        (one.subject.name, day): value
        for one in removed
        for day, value in zip(one.days, one.values, strict=True)
    }
    rows = []
    for one in added:
        for day, value in zip(one.days, one.values, strict=True):
            if as_of - POLICY_WINDOW < day <= as_of:
                rows.append((day, one, value, gone.get((one.subject.name, day), 0.0)))
    newest = max((row[0] for row in rows), default=as_of)
    recent = [row for row in rows if row[0] > newest - timedelta(weeks=4)]
    largest = sorted(recent, key=lambda row: (-(row[2] + row[3]), -row[0].toordinal(), row[1].subject.name))
    shown = sorted(largest[:POLICY_LINES], key=lambda row: (-row[0].toordinal(), row[1].subject.name))
    return [
        ChangeLine(
            day=day,
            actor=one.subject.name,
            kind="policy",
            before=None,
            after=f"{plus:.0f} lines added, {minus:.0f} removed",
            direction=Direction.NEITHER,
            url=None,
            is_bundled=one.provenance.basis is Basis.BUNDLED,
            evidence=evidence,
        )
        for day, one, plus, minus in shown
    ]
