"""The rows of the report's tables, cleaned and frozen."""

from __future__ import annotations

import math
from datetime import date
from typing import Final

from analyzers.analysis import Analysis, ReleaseLine
from reports.content import BreakEvenPart, ChangeRow, ClaimRow, MoverRow, PriceRow, ReleaseRow
from reports.formatting import clean_text, clean_url

LONGEST: Final = 40
"""Rows shown of a section; the rest is counted and can be asked for."""


def list_movers(analysis: Analysis) -> list[MoverRow]:
    """Subjects whose level changed; growth in percent over each one's window."""
    return [
        {
            "subject": clean_text(mover.subject),
            "metric": mover.metric,
            "value": mover.value,
            "growth_pct": to_percent(mover.growth),
            "growth_low_pct": None if mover.growth_low is None else to_percent(mover.growth_low),
            "growth_high_pct": None if mover.growth_high is None else to_percent(mover.growth_high),
            "window_days": mover.window_days,
            "z": mover.z,
            "no_z_because": clean(mover.no_z_because),
            "through": mover.through.isoformat(),
            "spark": list(mover.spark),
            "is_bundled": mover.is_bundled,
            "evidence": list(mover.evidence),
        }
        for mover in analysis.movers[:LONGEST]
    ]


def list_releases(analysis: Analysis) -> list[ReleaseRow]:
    """Releases that passed the filter, with the one computed reason."""
    return [
        {
            "day": release.day.isoformat(),
            "precision": release.precision.value,
            "title": clean_text(release.title),
            "lab": clean_text(release.lab, 60),
            "kind": str(release.kind),
            "url": clean_url(release.url),
            "openness": release.openness.value if release.openness else None,
            "licence": clean(release.licence, 60),
            "parameters": release.parameters,
            "reason": capitalise(clean_text(_explain(release))),
            "is_bundled": release.is_bundled,
            "evidence": list(release.evidence),
        }
        for release in analysis.releases[:LONGEST]
    ]


def _explain(release: ReleaseLine) -> str:
    """Why it is listed, and who told of it."""
    if not release.told_by:
        return release.reason
    first, *others = release.told_by
    also = f", also {' and '.join(filter(None, (', '.join(others[:-1]), others[-1])))}" if others else ""
    return f"{release.reason}; told by {first}{also}"


def list_claims(analysis: Analysis) -> list[ClaimRow]:
    """Claims beside what independent runs found, in the benchmark's unit."""
    return [
        {
            "model": clean_text(claim.model, 80),
            "benchmark": clean_text(claim.benchmark, 80),
            "unit": claim.unit,
            "claimed": claim.claimed,
            "found": claim.found,
            "status": claim.status,
            "claimed_on": iso(claim.claimed_on),
            "source_url": clean_url(claim.source_url),
            "is_bundled": claim.is_bundled,
            "evidence": list(claim.evidence),
        }
        for claim in analysis.claims[:LONGEST]
    ]


def list_prices(analysis: Analysis) -> list[PriceRow]:
    """Prices that changed, USD per million tokens (3:1 blend), change in percent."""
    return [
        {
            "day": move.day.isoformat(),
            "provider": clean_text(move.provider, 60),
            "model": clean_text(move.model, 80),
            "blend_before": move.blend_before,
            "blend_after": move.blend_after,
            "change_pct": 100 * (move.blend_after / move.blend_before - 1) if move.blend_before else None,
            "openness": move.openness.value,
            "is_correction": move.is_correction,
            "is_bundled": move.is_bundled,
            "evidence": list(move.evidence),
        }
        for move in analysis.price_moves[:LONGEST]
    ]


def make_break_even(analysis: Analysis) -> BreakEvenPart | None:
    """From how many tokens a month on an own model is cheaper, or None."""
    return (
        {
            "tokens_low": analysis.break_even.tokens_low,
            "tokens_mid": analysis.break_even.tokens_mid,
            "tokens_high": analysis.break_even.tokens_high,
            "assumptions": [clean_text(line, 300) for line in analysis.break_even.assumptions],
            "evidence": list(analysis.break_even.evidence),
        }
        if analysis.break_even
        else None
    )


def list_changes(analysis: Analysis) -> list[ChangeRow]:
    """Licence, privacy and policy changes, with the side they favour."""
    return [
        {
            "day": change.day.isoformat(),
            "actor": clean_text(change.actor, 60),
            "kind": clean_text(change.kind, 60),
            "before": clean(change.before),
            "after": clean_text(change.after),
            "direction": change.direction.value,
            "url": clean_url(change.url),
            "is_bundled": change.is_bundled,
            "evidence": list(change.evidence),
        }
        for change in analysis.changes[:LONGEST]
    ]


def to_percent(log_ratio: float) -> float:
    """A log ratio as percent growth."""
    return 100 * math.expm1(log_ratio)


def clean(text: str | None, limit: int = 160) -> str | None:
    return None if text is None else clean_text(text, limit)


def capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]


def iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
