"""Published figures, benchmark claims and licence classes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from analyzers.absence import Absent
from analyzers.claims import check_claims
from analyzers.figures import Share, find_share, last_day, share_history, spell_day, year_before
from analyzers.openness import ApprovedShare, count_classes, direction_of, latest_share, wilson
from store.records import Direction, Model, Openness, Precision, Standing
from tests.analyzers.worlds import AS_OF, World, make_model

ROUTER = "open-weight share of router tokens"
OWN, OTHER = Standing.SELF_REPORTED, Standing.THIRD_PARTY


def test_latest_figure_is_the_share_and_the_recent_ones_its_range() -> None:
    world = (
        World()
        .publish(ROUTER, 33, date(2025, 12, 1))
        .publish("open-weight share of named router tokens", 69.1, date(2026, 5, 1))
    )
    share = find_share(world.figures, "tokens", AS_OF)
    assert isinstance(share, Share)
    assert (share.value, share.low, share.high) == (0.691, 0.33, 0.691)


def test_closed_share_is_turned_into_an_open_one() -> None:
    share = find_share(World().publish("closed share of router revenue", 96, AS_OF).figures, "spend", AS_OF)
    assert isinstance(share, Share)
    assert share.value == pytest.approx(0.04)


def test_figure_older_than_twelve_months_is_not_used() -> None:
    share = find_share(World().publish(ROUTER, 33, date(2025, 10, 1)).figures, "tokens", AS_OF)
    assert share == Absent("the latest published figure is of 2025-10-31, older than 12 months")


def test_month_stands_for_its_whole_length() -> None:
    world = World().publish(ROUTER, 33, date(2025, 11, 1))
    assert last_day(world.figures[0].figure) == date(2025, 11, 30)
    assert isinstance(find_share(world.figures, "tokens", AS_OF), Share)
    exact = World().publish(ROUTER, 33, date(2025, 11, 1), precision=Precision.DAY)
    assert isinstance(find_share(exact.figures, "tokens", AS_OF), Absent)


def test_date_of_a_figure_is_spelt_as_exactly_as_it_is_known() -> None:
    world = World().publish(ROUTER, 33, date(2025, 11, 1))
    world.publish(ROUTER, 33, date(2025, 11, 1), precision=Precision.DAY)
    assert [spell_day(f.figure) for f in world.figures] == ["2025-11", "2025-11-01"]


def test_figure_in_another_unit_is_not_read_as_a_percentage() -> None:
    share = find_share(World().publish(ROUTER, 33, AS_OF, unit="billion tokens").figures, "tokens", AS_OF)
    assert isinstance(share, Absent)


def test_history_holds_one_measure_only() -> None:
    world = World().publish("open share of enterprise llm workloads", 19, date(2026, 1, 1))
    world.publish("open share of enterprise llm api use", 11, date(2026, 5, 1))
    share = find_share(world.figures, "enterprise", AS_OF)
    assert isinstance(share, Share)
    assert share_history(world.figures, share) == ((date(2026, 5, 1), 11),)


def test_year_before_a_leap_day_is_the_28th() -> None:
    assert year_before(date(2028, 2, 29)) == date(2027, 2, 28)


# ------------------------------------------------------------------ claims


@pytest.mark.parametrize(
    ("found", "status"), [(70.0, "reproduced"), (69.3, "reproduced"), (60.0, "lower"), (80.0, "higher")]
)
def test_claim_is_compared_within_two_percent_points(found: float, status: str) -> None:
    world = World().claim("m", "Bench", 71.3, OWN).claim("m", "Bench", found, OTHER)
    (line,) = check_claims(world.claims).lines
    assert (line.status, line.claimed, line.found) == (status, 71.3, found)


def test_claim_nobody_else_tested_is_pending() -> None:
    (line,) = check_claims(World().claim("m", "Bench", 71, OWN).claims).lines
    assert (line.status, line.found) == ("pending", None)


def test_result_without_a_claim_is_counted_not_listed() -> None:
    checked = check_claims(World().claim("m", "Bench", 71, OTHER).claims)
    assert (checked.lines, checked.unclaimed) == ((), 1)


@pytest.mark.parametrize(
    ("unit", "metric", "settings"),
    [
        ("fraction", "resolved", "0 shots"),
        ("percent", "pass@1", "0 shots"),
        ("percent", "resolved", "5 shots"),
    ],
)
def test_claim_under_other_terms_is_not_comparable(unit: str, metric: str, settings: str) -> None:
    world = World().claim("m", "Bench", 71, OWN, settings="0 shots")
    world.claim("m", "Bench", 71, OTHER, unit=unit, metric=metric, settings=settings)
    (line,) = check_claims(world.claims).lines
    assert line.status == "not_comparable"


def test_claim_in_an_undeclared_unit_is_not_comparable() -> None:
    world = World().claim("m", "Elo", 1200, OWN, unit="points").claim("m", "Elo", 1200, OTHER, unit="points")
    assert check_claims(world.claims).lines[0].status == "not_comparable"


def test_contradicting_results_stay_side_by_side() -> None:
    world = World().claim("m", "Bench", 70, OWN).claim("m", "Bench", 70, OTHER).claim("m", "Bench", 40, OTHER)
    assert {line.status for line in check_claims(world.claims).lines} == {"reproduced", "lower"}


def test_another_version_is_another_benchmark() -> None:
    world = World().claim("m", "Bench", 70, OWN, version="2").claim("m", "Bench", 70, OTHER, version="1")
    assert [line.status for line in check_claims(world.claims).lines] == ["pending"]


def test_shortfall_of_a_fraction_is_in_percent_points() -> None:
    world = World().claim("m", "B", 0.5, OWN, unit="fraction").claim("m", "B", 0.4, OTHER, unit="fraction")
    assert check_claims(world.claims).shortfalls == pytest.approx((10.0,))


# ------------------------------------------------------------------ licence classes


def models(*classes: Openness, day: date = AS_OF) -> list[Model]:
    return [
        make_model(f"lab/m-{k}", day - timedelta(days=k), openness, licence="some licence")
        for k, openness in enumerate(classes)
    ]


def test_share_of_approved_licences_is_over_classified_models() -> None:
    share = latest_share(models(*[Openness.UNRESTRICTED] * 3, *[Openness.API] * 3, Openness.UNKNOWN), AS_OF)
    assert isinstance(share, ApprovedShare)
    assert (share.share, share.approved, share.classified, share.unknown) == (0.5, 3, 6, 1)
    assert share.low < 0.5 < share.high


def test_open_weights_with_an_unread_licence_widen_the_interval() -> None:
    unread = [make_model(f"lab/u-{k}", AS_OF, Openness.RESTRICTED) for k in range(4)]
    known = models(*[Openness.UNRESTRICTED] * 2, *[Openness.API] * 4)
    share = latest_share([*known, *unread], AS_OF)
    assert isinstance(share, ApprovedShare)
    assert share.unlicensed == 4
    assert share.high == pytest.approx(wilson(6, 10)[1])


def test_list_that_stopped_growing_is_dated_by_its_end() -> None:
    end = AS_OF - timedelta(days=150)
    share = latest_share(models(*[Openness.UNRESTRICTED] * 6, day=end), AS_OF)
    assert isinstance(share, ApprovedShare)
    assert share.end == end


def test_too_few_classified_models_say_so() -> None:
    share = latest_share(models(Openness.API, Openness.UNKNOWN), AS_OF)
    assert isinstance(share, Absent)
    assert "1 models" in share.reason


def test_every_class_is_counted_by_name() -> None:
    counts = count_classes(models(Openness.API, Openness.API, Openness.UNKNOWN))
    assert counts[Openness.API] == 2
    assert counts[Openness.UNKNOWN] == 1
    assert counts[Openness.UNRESTRICTED] == 0


def test_wilson_interval_matches_a_worked_example() -> None:
    low, high = wilson(5, 10)
    assert (round(low, 4), round(high, 4)) == (0.2693, 0.7307)
    assert wilson(0, 8)[0] == 0
    assert wilson(8, 8)[1] == 1
    with pytest.raises(ValueError, match="no proportion"):
        wilson(1, 0)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("unrestricted", "restricted", Direction.CLOSED),
        ("api", "noncommercial", Direction.OPEN),
        ("api", "api", Direction.NEITHER),
        ("unknown", "api", Direction.NEITHER),
    ],
)
def test_direction_of_a_change_of_class(before: str, after: str, expected: Direction) -> None:
    assert direction_of(before, after) is expected
