"""What a series is distrusted for, and what it is not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from analyzers.momentum.flags import Flag, find_bursts, find_flags
from analyzers.momentum.semantics import holds_until_changed
from analyzers.momentum.source_events import find_source_events
from store.catalogue import load_catalogue
from store.records import Basis, Series
from tests.analyzers.worlds import AS_OF, make_series

SINCE = AS_OF - timedelta(weeks=26)


def flags(series: Series, everybody: list[Series] | None = None) -> dict[str, Flag]:
    events = find_source_events(everybody or [series])
    return {f.name: f for f in find_flags(series, events, as_of=AS_OF, since=SINCE, step_days=7)}


def monthly(gains: list[float], start: float = 10_000, *, end: date = AS_OF) -> Series:
    """A weekly level of stars that gains so many per 28 days."""
    values = [start]
    for gain in gains:
        values += [values[-1] + gain * k / 4 for k in (1, 2, 3, 4)]
    return make_series("a/b", values, end=end)


def test_an_ordinary_series_has_no_flags() -> None:
    assert flags(monthly([200, 210, 190, 205, 200, 195, 208, 199, 203])) == {}


@pytest.mark.parametrize(("after", "is_purged"), [(210.0, False), (-1500.0, True)])
def test_a_burst_that_decays_or_is_purged_looks_like_a_campaign(after: float, is_purged: bool) -> None:
    series = monthly([200, 210, 190, 205, 200, 195, 5000, after, 200, 203, 199])
    (burst,) = find_bursts(series)
    assert burst.gain == pytest.approx(5000)
    assert burst.is_purged == is_purged
    assert "a flag, not a verdict" in flags(series)["campaign_like"].text


def test_a_rise_that_stays_is_no_campaign() -> None:
    assert find_bursts(monthly([200, 210, 190, 205, 200, 195, 5000, 4800, 5100, 4900, 5000])) == ()


def test_a_burst_of_the_last_month_is_not_judged_yet() -> None:
    assert find_bursts(monthly([200, 210, 190, 205, 200, 195, 198, 201, 5000])) == ()


def test_downloads_have_no_campaign_months() -> None:
    values = [10_000.0] * 28 + [60_000.0] * 4 + [10_000.0] * 8
    assert find_bursts(make_series("a/b", values, metric="hub.downloads.30d")) == ()


def test_a_gap_is_said_with_its_ends() -> None:
    series = make_series("a/b", [100.0] * 40)
    keep = [k for k in range(40) if k not in (30, 31)]
    holed = Series(
        series.subject,
        series.metric,
        tuple(series.days[k] for k in keep),
        tuple(series.values[k] for k in keep),
        tuple(series.told[k] for k in keep),
    )
    gap = flags(holed)["gap"]
    assert (gap.first, gap.last) == (series.days[29], series.days[32])


def test_a_suspect_zero_is_said_and_a_zero_of_a_flow_is_not() -> None:
    assert flags(make_series("a/b", [100.0] * 30 + [0.0, 100.0]))["suspect_zero"].first == AS_OF - timedelta(
        7
    )
    assert "suspect_zero" not in flags(make_series("a/b", [3.0] * 30 + [0.0], metric="policy.lines_added"))


def test_an_event_of_the_source_is_said_of_those_in_it_and_beside_it() -> None:
    jumped = [make_series(f"a/{k}", [*[50_000.0] * 30, 20_000.0]) for k in range(9)]
    calm = make_series("a/calm", [50_000.0] * 31)
    assert "this one among them" in flags(jumped[0], [*jumped, calm])["source_event"].text
    assert "not this one" in flags(calm, [*jumped, calm])["source_event"].text


def test_a_total_that_fell_was_revised() -> None:
    found = flags(make_series("a/b", [100.0, 200, 150, 300], metric="hub.downloads.all_time"))
    assert found["revised"].first == AS_OF - timedelta(days=7)
    assert "total" in found


def test_bundled_values_and_an_old_end_are_said() -> None:
    series = make_series("a/b", [100.0] * 30, end=AS_OF - timedelta(days=40), basis=Basis.BUNDLED)
    found = flags(series)
    assert "all values" in found["bundled"].text
    assert "40 days old" in found["stale"].text


def test_a_price_that_did_not_change_is_unchanged_and_not_stale() -> None:
    end = AS_OF - timedelta(days=40)
    found = flags(make_series("host/m", [3.0, 2.0, 2.0], metric="price.input_usd_per_mtok", end=end))
    assert found["unchanged"].first == end - timedelta(days=7)
    assert found["unchanged"].text.startswith(f"unchanged since {end - timedelta(days=7)}")
    assert "stale" not in found
    stars = flags(make_series("a/b", [300.0, 200.0, 200.0], end=end))
    assert ("stale" in stars, "unchanged" in stars) == (True, False)


def test_a_price_between_two_changes_was_unchanged() -> None:
    gap = flags(make_series("host/m", [3.0, 2.0], metric="price.input_usd_per_mtok", step_days=60))["gap"]
    assert gap.text == "unchanged for 60 days; the weeks between stay empty"


def test_every_declared_price_and_no_other_level_holds_until_it_changes() -> None:
    declared = load_catalogue().metrics.values()
    assert {m.name for m in declared if holds_until_changed(m)} == {
        m.name for m in declared if m.name.startswith("price.")
    }
