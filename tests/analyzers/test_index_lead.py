"""The lead on the capability index and its interval, worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from analyzers.quality.frontier import Entry
from analyzers.quality.index_lead import NO_ERRORS, index_lead
from store.records import Basis, IndexScore, Openness, Provenance

DAY = date(2026, 1, 5)
CLOSED, OPEN = Entry(DAY, "closed-1", 150.0), Entry(DAY, "open-1", 145.0)


def row(model: str, score: float, low: float | None = None, high: float | None = None) -> IndexScore:
    told = Provenance("epoch", Basis.OBSERVED, 1)
    openness = Openness.UNKNOWN
    return IndexScore(model, score, DAY, DAY, "", "", openness, "", told, ci_low=low, ci_high=high)


def test_the_half_widths_of_both_intervals_are_taken_in_quadrature() -> None:
    lead = index_lead(CLOSED, OPEN, [row("closed-1", 150, 147, 153), row("open-1", 145, 141, 149)])
    assert (lead.points, lead.low, lead.high) == pytest.approx((5, 0, 10))
    assert lead.no_interval_because is None


def test_the_end_that_faces_the_other_model_counts_for_each_side() -> None:
    lead = index_lead(CLOSED, OPEN, [row("closed-1", 150, 147, 162), row("open-1", 145, 140, 149)])
    assert (lead.low, lead.high) == pytest.approx((0, 18))


def test_a_publication_without_intervals_says_so() -> None:
    lead = index_lead(CLOSED, OPEN, [row("closed-1", 150), row("open-1", 145)])
    assert (lead.points, lead.low, lead.high, lead.no_interval_because) == (5, None, None, NO_ERRORS)


@pytest.mark.parametrize("half", [(None, 149), (146, 149), (141, None)])
def test_the_model_without_an_interval_that_holds_its_score_is_named(half: tuple[float, float]) -> None:
    lead = index_lead(CLOSED, OPEN, [row("closed-1", 150, 147, 153), row("open-1", 145, *half)])
    assert lead.low is None
    assert lead.no_interval_because == "the published index gives no interval of open-1"
