"""The Hub's downloads on past days, from a public data set."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from collectors.contract import Context, Span
from collectors.hub_history import HubDownloadHistory, HubHistoryOptions
from collectors.hub_history.columns import ALL_TIME, THIRTY_DAYS, check_behaviour
from store.database import Database
from store.errors import Interrupted, RateLimited, Refused, SourceChanged
from store.recorder import Recorder, recording
from store.records import LIVE, Basis, CoverageStatus, Observation
from store.statement import run_statement
from store.transaction import RunSpec
from tests.collectors.stand import Clock, Ledger
from tests.replica.hub import HubSite
from tests.replica.hub_history import FILE, FIRST, REPOSITORIES, HubHistorySite, make_rows
from tests.replica.server import Replica

TRACKED = REPOSITORIES[:2]
SPAN = Span(date(2026, 9, 11), date(2026, 10, 10))


def make_history(
    replica: Replica, models: Sequence[str] = TRACKED, span: Span = SPAN, **options: Any
) -> HubDownloadHistory:
    url = f"{replica.url}{FILE}"
    return HubDownloadHistory(HubHistoryOptions(url, replica.url, models=tuple(models), **options), span)


def collect(replica: Replica, context: Context, **options: Any) -> Ledger:
    ledger = Ledger()
    assert ledger.collect(make_history(replica, **options), context)
    return ledger


def values_of(ledger: Ledger, metric: str = THIRTY_DAYS) -> dict[tuple[str, date], float]:
    return {
        (each.subject.name, each.day): each.value
        for each in ledger.records
        if isinstance(each, Observation) and each.metric == metric
    }


def expected(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, date], float]:
    return {
        (row["hub_id"], row["date"]): row["downloads"]
        for row in rows
        if row["hub_id"] in TRACKED and SPAN.has(row["date"])
    }


def renamed(old: str, new: str) -> list[dict[str, Any]]:
    return [{new if name == old else name: value for name, value in row.items()} for row in make_rows()]


def test_tracked_models_values_of_the_span_and_no_others(replica: Replica, context: Context) -> None:
    site = HubHistorySite()
    replica.sites.append(site)
    ledger = collect(replica, context)
    assert values_of(ledger) == expected(site.rows)
    assert len(values_of(ledger)) == 60
    first = next(each for each in ledger.records if isinstance(each, Observation))
    assert first.known_at == datetime.combine(first.day, datetime.min.time(), UTC)
    assert ledger.requests == len(replica.log)
    assert ledger.coverage[-1].status is CoverageStatus.COMPLETE
    assert ledger.coverage[-1].items == 60


@pytest.mark.parametrize("order", [lambda row: row["date"], lambda row: (row["downloads"] % 7, row["date"])])
def test_order_of_the_lines_does_not_matter(
    replica: Replica, context: Context, order: Callable[[Mapping[str, Any]], Any]
) -> None:
    site = HubHistorySite(sorted(make_rows(), key=order))
    replica.sites.append(site)
    assert values_of(collect(replica, context)) == expected(site.rows)


def test_row_groups_of_other_models_and_other_days_are_passed_over(
    replica: Replica, context: Context
) -> None:
    replica.sites.append(HubHistorySite(row_group_size=10))  # six groups a model, eighteen in all
    ledger = collect(replica, context)
    assert ledger.batches == 2 * 3 + 1  # of two models the three groups of the span, and the conclusion
    without = HubHistorySite(row_group_size=10, write_statistics=False)
    replica.sites[:] = [without]
    again = collect(replica, context)
    assert again.batches == 18 + 1
    assert values_of(again) == values_of(ledger)


def test_stopped_after_any_batch_it_goes_on_there(replica: Replica, context: Context) -> None:
    replica.sites.append(HubHistorySite(row_group_size=7))
    whole = collect(replica, context)
    for stopped_after in range(1, whole.batches):
        ledger = Ledger()
        assert not ledger.collect(make_history(replica), context, most_batches=stopped_after)
        assert ledger.collect(make_history(replica), context)
        assert ledger.records == whole.records
        assert ledger.states == whole.states


def test_another_file_in_its_place_is_read_from_the_beginning(replica: Replica, context: Context) -> None:
    site = HubHistorySite()
    replica.sites.append(site)
    ledger = collect(replica, context)
    again = Ledger(states=dict(ledger.states))
    again.collect(make_history(replica), context)
    assert [entry.status for entry in again.coverage] == [CoverageStatus.UNCHANGED]
    site.rows += [{"hub_id": "zz/new", "date": FIRST, "downloads": 1}]
    again.collect(make_history(replica), context)
    assert values_of(again) == values_of(ledger)


def save(database: Database, history: HubDownloadHistory, context: Context, clock: Clock) -> Recorder:
    spec = RunSpec(LIVE, history.name, history.source, Basis.BACKFILLED)
    with recording(database, spec, clock) as recorder:
        for target in history.list_targets():
            for batch in history.collect(target, {}, context):
                recorder.save(batch)
    return recorder


def test_it_is_labelled_back_filled_and_twice_writes_nothing(
    database: Database, replica: Replica, context: Context, clock: Clock
) -> None:
    replica.sites.append(HubHistorySite())
    assert save(database, make_history(replica), context, clock).counts.written == 60
    assert save(database, make_history(replica), context, clock).counts.written == 0
    told = run_statement(
        database,
        "select distinct basis, data_source, source, metric from v_observation where world = 'live'",
    )
    assert told.rows == [("backfilled", "hf-hub-characterization", "hub", "hub.downloads.30d")]


# --------------------------------------------------------------------------- columns


@pytest.mark.parametrize(
    ("old", "new", "metric"),
    [
        ("hub_id", "repo_id", THIRTY_DAYS),
        ("date", "snapshot_date", THIRTY_DAYS),
        ("downloads", "downloads_last_30_days", THIRTY_DAYS),
        ("downloads", "downloadsAllTime", ALL_TIME),
    ],
)
def test_columns_are_found_under_likely_names(
    replica: Replica, context: Context, old: str, new: str, metric: str
) -> None:
    rows = renamed(old, new)
    if metric is ALL_TIME:
        rows = [{**row, new: 1_000 * (row["date"] - FIRST).days} for row in rows]
    replica.sites.append(HubHistorySite(rows))
    assert len(values_of(collect(replica, context), metric)) == 60


@pytest.mark.parametrize("missing", ["hub_id", "date", "downloads"])
def test_missing_column_is_named_with_those_there_are(
    replica: Replica, context: Context, missing: str
) -> None:
    replica.sites.append(HubHistorySite(renamed(missing, "something")))
    with pytest.raises(SourceChanged, match="something") as caught:
        collect(replica, context)
    assert caught.value.path == missing


def test_both_counters_are_stored_where_the_file_has_both(replica: Replica, context: Context) -> None:
    rows = [{**row, "downloads_all_time": 10**6 + (row["date"] - FIRST).days} for row in make_rows()]
    replica.sites.append(HubHistorySite(rows))
    ledger = collect(replica, context)
    assert len(values_of(ledger)) == len(values_of(ledger, ALL_TIME)) == 60


def test_data_sets_and_spaces_of_the_same_name_are_left_out(replica: Replica, context: Context) -> None:
    rows = [{**row, "repo_type": "model"} for row in make_rows()]
    rows += [{**row, "repo_type": "dataset", "downloads": 5} for row in make_rows()]
    replica.sites.append(HubHistorySite(rows))
    assert values_of(collect(replica, context)) == expected(make_rows())


def test_repositories_known_by_their_ids_are_asked_for_at_the_hub(replica: Replica, context: Context) -> None:
    hub = HubSite()
    ids = {name: str(hub._models[name]["_id"]) for name in TRACKED}
    rows = [{**row, "hub_id": ids.get(row["hub_id"], "f" * 24)} for row in make_rows()]
    replica.sites += [HubHistorySite(rows), hub]
    ledger = collect(replica, context, models=[*TRACKED, "nobody/gone"])
    assert {key for key, _ in values_of(ledger)} == set(TRACKED)
    subjects = {each.subject for each in ledger.records if isinstance(each, Observation)}
    assert {each.native_id for each in subjects} == set(ids.values())
    assert ledger.coverage[-1].reason == "not on the Hub: nobody/gone"
    assert ledger.coverage[-1].status is CoverageStatus.PARTIAL
    assert ledger.requests == len(replica.log)


# --------------------------------------------------------------------------- what is not believed


def change(rows: list[dict[str, Any]], name: str, day: date, downloads: int | None) -> list[dict[str, Any]]:
    return [
        {**row, "downloads": downloads} if (row["hub_id"], row["date"]) == (name, day) else row
        for row in rows
    ]


def test_zero_after_a_positive_count_is_left_out_and_counted(replica: Replica, context: Context) -> None:
    day = date(2026, 9, 20)
    replica.sites.append(HubHistorySite(change(make_rows(), TRACKED[0], day, 0)))
    ledger = collect(replica, context)
    assert (TRACKED[0], day) not in values_of(ledger)
    assert (TRACKED[1], day) in values_of(ledger)
    assert ledger.coverage[-1].reason == "1 zeros after positive counts left out"


def test_zero_of_a_model_that_never_had_a_download_is_a_zero(replica: Replica, context: Context) -> None:
    rows = [{**row, "downloads": 0} for row in make_rows()]
    replica.sites.append(HubHistorySite(rows))
    assert set(values_of(collect(replica, context)).values()) == {0.0}


def test_days_on_which_nearly_everything_is_zero_are_named(replica: Replica, context: Context) -> None:
    models = [f"lab/m{number}" for number in range(6)]
    rows, day = make_rows(models), date(2026, 9, 20)
    for name in models[1:]:
        rows = change(rows, name, day, 0)
    replica.sites.append(HubHistorySite(rows))
    ledger = collect(replica, context, models=models)
    assert "nearly all zero on 2026-09-20" in ledger.coverage[-1].reason
    assert [name for name, at in values_of(ledger) if at == day] == ["lab/m0"]


def test_copies_of_the_day_before_are_left_out_however_many(replica: Replica, context: Context) -> None:
    rows, name = make_rows(), TRACKED[0]
    before = next(r["downloads"] for r in rows if (r["hub_id"], r["date"]) == (name, date(2026, 9, 19)))
    for day in (20, 21, 22):
        rows = change(rows, name, date(2026, 9, day), before)
    replica.sites.append(HubHistorySite(rows))
    ledger = collect(replica, context)
    days = [at.day for key, at in values_of(ledger) if key == name and at.month == 9]
    assert 19 in days
    assert not {20, 21, 22} & {*days}
    assert ledger.coverage[-1].reason == "3 stale copies left out"


def test_small_counts_may_repeat_themselves(replica: Replica, context: Context) -> None:
    replica.sites.append(HubHistorySite([{**row, "downloads": 12} for row in make_rows()]))
    assert len(values_of(collect(replica, context))) == 60


def test_missing_and_impossible_counts_cost_only_their_line(replica: Replica, context: Context) -> None:
    rows = change(make_rows(), TRACKED[0], date(2026, 9, 20), -5)
    rows = change(rows, TRACKED[0], date(2026, 9, 25), None)
    replica.sites.append(HubHistorySite(rows))
    ledger = collect(replica, context)
    assert len(values_of(ledger)) == 58
    assert ledger.coverage[-1].status is CoverageStatus.PARTIAL
    assert ledger.coverage[-1].reason == "1 malformed"


RISING = [(1000.0 + n, 1003.0 + n) for n in range(300)]
WAVY = [(1000.0, 1010.0 if n % 3 else 990.0) for n in range(300)]
JUMPY = [(1000.0, 1900.0 if n % 2 else 500.0) for n in range(300)]


@pytest.mark.parametrize(("metric", "steps"), [(THIRTY_DAYS, RISING), (THIRTY_DAYS, JUMPY), (ALL_TIME, WAVY)])
def test_values_that_behave_like_another_counter_are_refused(
    metric: str, steps: list[tuple[float, float]]
) -> None:
    with pytest.raises(SourceChanged, match=r"hub_history\.downloads_are") as caught:
        check_behaviour(metric, "downloads", steps)
    assert caught.value.path == "downloads"


@pytest.mark.parametrize(
    ("metric", "steps"),
    [(THIRTY_DAYS, WAVY), (ALL_TIME, RISING), (THIRTY_DAYS, RISING[:100]), (THIRTY_DAYS, [])],
)
def test_values_that_behave_as_they_should_or_are_too_few_pass(
    metric: str, steps: list[tuple[float, float]]
) -> None:
    check_behaviour(metric, "downloads", steps)


def test_total_called_downloads_is_noticed_and_taken_when_it_is_said(
    replica: Replica, context: Context
) -> None:
    span = Span(FIRST, FIRST + timedelta(days=299))
    rows = [
        {**row, "downloads": 10**6 + 900 * (row["date"] - FIRST).days} for row in make_rows(TRACKED, days=300)
    ]
    replica.sites.append(HubHistorySite(rows, row_group_size=1_000))
    with pytest.raises(SourceChanged, match="never falls"):
        collect(replica, context, span=span)
    ledger = collect(replica, context, span=span, downloads_are="all_time")
    assert len(values_of(ledger, ALL_TIME)) == 600


# --------------------------------------------------------------------------- bounds


class LargeSite(HubHistorySite):
    """A file of some megabytes, made once: a thousand models of long names."""

    NAMES = tuple(f"laboratory-with-a-long-name/model-{number:040}" for number in range(1_000))

    def __init__(self) -> None:
        rows = make_rows(self.NAMES)
        super().__init__(rows, row_group_size=6_000, compression="none", use_dictionary=False)
        self._made = super().body

    @property
    def body(self) -> bytes:
        return self._made


def test_own_cap_of_bytes_postpones_and_the_next_run_goes_on(replica: Replica, context: Context) -> None:
    replica.sites.append(LargeSite())
    models = LargeSite.NAMES[::50]
    ledger = Ledger()
    for _ in range(20):
        try:
            ledger.collect(make_history(replica, models, most_bytes=2_000_000), context)
        except RateLimited:
            continue
        break
    assert ledger.states[SPAN.key("downloads")]["done"] is True
    assert len(ledger.records) == len(values_of(ledger)) == len(models) * 30
    with pytest.raises(RateLimited, match="our own cap"):
        Ledger().collect(make_history(replica, models, most_bytes=2_000_000), context)


def test_without_a_tracked_model_nothing_is_asked(replica: Replica, context: Context) -> None:
    with pytest.raises(Refused):
        collect(replica, context, models=[])
    assert replica.log == []


def test_stop_request_ends_it_with_what_was_read(
    replica: Replica, context: Context, stop: threading.Event
) -> None:
    replica.sites.append(HubHistorySite(row_group_size=7))
    history = make_history(replica)
    (target,) = history.list_targets()
    batches = iter(history.collect(target, {}, context))
    next(batches)
    stop.set()
    with pytest.raises(Interrupted):
        Ledger().collect(make_history(replica), context)


def test_it_says_what_it_will_look_at() -> None:
    options = HubHistoryOptions(models=TRACKED)
    (target,) = HubDownloadHistory(options, SPAN).list_targets()
    assert target.host == "huggingface.co"
    assert target.requests > 100
    assert target.label == "downloads of 2 tracked models"
