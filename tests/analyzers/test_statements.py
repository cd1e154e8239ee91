"""Published figures and licence classes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from analyzers.absence import Absent
from analyzers.figures import Share, find_share, last_day, share_history, spell_day, year_before
from analyzers.openness.shares import ApprovedShare, count_classes, direction_of, latest_share, wilson
from store.records import Direction, Model, Openness, Precision
from tests.analyzers.worlds import AS_OF, World, make_model

ROUTER = "open-weight share of router tokens"


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
