"""The sweep of the whole Hub end to end: the real huggingface_hub against Hubs of a few pages."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from collectors.contract import Context
from collectors.fetching import RetryPolicy
from collectors.hub.wire import CREATED_FLOOR
from collectors.sweep import SweepCollector, SweepOptions, walk
from collectors.sweep.client import CursorRefused
from store.errors import ConfigurationError, RateLimited, SourceChanged, SourceError, SourceUnavailable
from store.records import Coverage, CoverageStatus, Fact, Kind, Observation
from tests.collectors.stand import NOW, Clock, Ledger
from tests.collectors.sweep_cases import classify
from tests.replica.server import Replica, Request, Response
from tests.replica.whole_hub import WholeHub

SITE = "huggingface.co"


def item(number: int, **fields: object) -> dict[str, object]:
    """A model by its number, the higher the newer; 0 is one of the Hub's oldest."""
    created = CREATED_FLOOR + timedelta(hours=number)
    return {
        "_id": f"id-{number}",
        "id": f"maker/model-{number}",
        "createdAt": f"{created:%Y-%m-%dT%H:%M:%S}.000Z",
        "downloads": 10 * number,
        "downloadsAllTime": 100 * number,
        "likes": number,
        "private": False,
        "tags": ["license:mit", "base_model:a/b", "base_model:quantized:a/b"] if number % 2 else ["en"],
        **fields,
    }


class Pages:
    """Answers with these pages, in order, whatever is asked; a page's place is its cursor. What is asked for
    in another size comes all the same."""

    def __init__(
        self, *pages: Sequence[dict[str, object]], links: dict[int, str | None] | None = None
    ) -> None:
        self.pages = pages
        self.links = links or {}
        self.asked: list[Request] = []
        self.refused: dict[str, int] = {}
        self.slow_above: int | None = None

    def handle(self, request: Request) -> Response | None:
        self.asked.append(request)
        cursor = request.first("cursor")
        if cursor in self.refused:
            return Response(self.refused[cursor], b"{}")
        if cursor and self.slow_above is not None and int(request.first("limit")) > self.slow_above:
            return Response(504, b"")
        place = int(cursor.removeprefix("p") or 0)
        headers = {"Content-Type": "application/json"}
        following = f"{request.base}/api/models?cursor=p{place + 1}"
        link = self.links.get(place, following if place + 1 < len(self.pages) else None)
        if link is not None:
            headers["Link"] = f'<{link}>; rel="next"'
        return Response(200, json.dumps(self.pages[place]).encode(), headers)


def make_collector(replica: Replica, *, records_from: int = 1, page_size: int = 1000, leaves: int = 0,
                   first_wait: float = 0, token: str | None = None) -> SweepCollector:  # fmt: skip
    options = SweepOptions(replica.url, token, records_from, leaves, page_size)
    return SweepCollector(options, classify, RetryPolicy(first_wait=first_wait))


def sweep(replica: Replica, context: Context, ledger: Ledger | None = None, **options: int) -> Ledger:
    used = ledger or Ledger()
    used.collect(make_collector(replica, **options), context)  # type: ignore[arg-type] # whole numbers only
    return used


def total_of(ledger: Ledger, metric: str, of: str = SITE) -> float | None:
    found = {each.subject.name: each.value for each in ledger.records
             if isinstance(each, Observation) and each.metric == metric}  # fmt: skip
    return found.get(of)


def names_of(ledger: Ledger) -> list[str]:
    return [each.subject.name for each in ledger.records
            if isinstance(each, Observation) and each.metric == "hub.downloads.30d"]  # fmt: skip


def end_of(ledger: Ledger) -> Coverage:
    (coverage,) = ledger.coverage
    return coverage


# --------------------------------------------------------------------------- what a sweep gives


def test_a_sweep_counts_every_model_and_adds_up_its_downloads_and_likes(
    replica: Replica, context: Context
) -> None:
    hub = WholeHub(120)
    replica.sites.append(hub)
    ledger = sweep(replica, context, page_size=50)
    models, downloads, likes = hub.add_up()
    assert end_of(ledger) == Coverage("whole_hub", CoverageStatus.COMPLETE, models)
    assert total_of(ledger, "hub.total.models") == models == 120
    assert total_of(ledger, "hub.total.downloads.30d") == downloads
    assert total_of(ledger, "hub.total.likes") == likes
    assert len(replica.log) == 3


@pytest.mark.parametrize("dimension", ["licence", "relation"])
def test_the_classes_of_a_dimension_add_up_to_the_whole(
    replica: Replica, context: Context, dimension: str
) -> None:
    hub = WholeHub(200)
    replica.sites.append(hub)
    ledger = sweep(replica, context)
    totals = [each for each in ledger.records if isinstance(each, Observation)
              and each.subject.kind is Kind.SITE]  # fmt: skip
    parts = [each for each in totals if each.subject.name.startswith(f"{SITE}/{dimension}/")]
    assert len(parts) > 6
    for metric in ("hub.total.models", "hub.total.downloads.30d", "hub.total.likes"):
        assert sum(each.value for each in parts if each.metric == metric) == total_of(ledger, metric)
    made = list(hub.list_models())
    expected = {
        "licence": sum(model.licence == "mit" or model.licence == "apache-2.0" for model in made),
        "relation": sum(model.relation == "quantized" for model in made),
    }
    name = {"licence": "licence/unrestricted", "relation": "relation/quantized"}[dimension]
    assert total_of(ledger, "hub.total.models", f"{SITE}/{name}") == expected[dimension]


def test_models_from_the_threshold_on_are_recorded_with_their_counters_and_licence(
    replica: Replica, context: Context
) -> None:
    replica.sites.append(Pages([item(3), item(2), item(1), item(0)]))
    ledger = sweep(replica, context, records_from=20)
    assert names_of(ledger) == ["maker/model-3", "maker/model-2"]
    of_three = {(each.metric, each.value) for each in ledger.records
                if isinstance(each, Observation) and each.subject.name == "maker/model-3"}  # fmt: skip
    assert of_three == {("hub.downloads.30d", 30), ("hub.downloads.all_time", 300), ("hub.likes", 3)}
    facts = [(each.subject.native_id, each.attribute, each.value) for each in ledger.records
             if isinstance(each, Fact)]  # fmt: skip
    assert facts == [("id-3", "licence", "mit")]


def test_a_counter_that_was_not_given_is_not_recorded_as_nought(replica: Replica, context: Context) -> None:
    replica.sites.append(Pages([item(2, downloadsAllTime=None), item(0)]))
    ledger = sweep(replica, context)
    assert not any(
        isinstance(e, Observation) and e.metric == "hub.downloads.all_time" for e in ledger.records
    )


def test_private_models_of_the_tokens_owner_are_not_counted(replica: Replica, context: Context) -> None:
    replica.sites.append(Pages([item(2, private=True), item(1), item(0)]))
    ledger = sweep(replica, context)
    assert end_of(ledger).items == 2
    assert names_of(ledger) == ["maker/model-1"]


def test_the_list_is_asked_for_newest_first_with_few_fields_and_in_full_pages(
    replica: Replica, context: Context
) -> None:
    site = Pages([item(1)], [item(0)])
    replica.sites.append(site)
    sweep(replica, context)
    for request in site.asked:
        assert request.query["sort"] == ["createdAt"]
        assert request.query["limit"] == ["1000"]
        assert set(request.query["expand"]) == {
            "createdAt", "downloads", "downloadsAllTime", "likes", "private", "tags"
        }  # fmt: skip
    assert [request.first("cursor") for request in site.asked] == ["", "p1"]


# --------------------------------------------------------------------------- resuming


@pytest.mark.parametrize("stopped_after", range(1, 8))
def test_a_pass_stopped_after_any_page_asks_for_no_page_twice(
    replica: Replica, context: Context, stopped_after: int
) -> None:
    replica.sites.append(WholeHub(80))
    whole = sweep(replica, context, page_size=10)
    replica.clear_log()
    ledger = Ledger()
    collector = make_collector(replica, page_size=10)
    assert not ledger.collect(collector, context, most_batches=stopped_after)
    assert ledger.collect(collector, context)
    assert len(replica.log) == 8
    assert set(ledger.records) == set(whole.records)
    assert ledger.coverage == whole.coverage


def test_a_pass_that_goes_on_after_midnight_files_counters_by_the_day_they_were_read_and_sums_by_its_own(
    replica: Replica, context: Context, clock: Clock
) -> None:
    replica.sites.append(Pages([item(3)], [item(2)], [item(0)]))
    ledger = Ledger()
    collector = make_collector(replica)
    ledger.collect(collector, context, most_batches=1)
    clock.advance(timedelta(hours=14))
    ledger.collect(collector, context)
    days = {(each.subject.name, each.day) for each in ledger.records if isinstance(each, Observation)}
    tomorrow = NOW.date() + timedelta(days=1)
    assert {name for name, day in days if day == tomorrow} == {"maker/model-2"}
    assert {SITE, "maker/model-3"} <= {name for name, day in days if day == NOW.date()}
    assert ("maker/model-2", NOW.date()) not in days
    assert len(replica.log) == 3


def test_a_pass_a_day_old_is_begun_anew_and_what_it_had_read_is_not_lost(
    replica: Replica, context: Context, clock: Clock
) -> None:
    replica.sites.append(Pages([item(3)], [item(2)], [item(0)]))
    ledger = Ledger()
    collector = make_collector(replica)
    ledger.collect(collector, context, most_batches=2)
    assert names_of(ledger) == []  # they wait to be written together
    clock.advance(timedelta(days=1))
    ledger.collect(collector, context)
    days = [each.day - NOW.date() for each in ledger.records
            if isinstance(each, Observation) and each.metric == "hub.downloads.30d"]  # fmt: skip
    assert sorted(day.days for day in days) == [0, 0, 1, 1]
    assert len(replica.log) == 5


def test_a_state_of_another_endpoint_is_forgotten(replica: Replica, context: Context) -> None:
    replica.sites.append(WholeHub(60))
    collector = make_collector(replica, page_size=20)
    ledger = Ledger()
    ledger.collect(collector, context, most_batches=1)
    ledger.states["whole_hub"] = {**ledger.states["whole_hub"], "endpoint": "https://hub.example"}
    later = sweep(replica, context, Ledger(states=ledger.states), page_size=20)
    assert end_of(later).items == 60


def test_a_second_sweep_of_the_same_day_says_the_same(replica: Replica, context: Context) -> None:
    replica.sites.append(WholeHub(60))
    first = sweep(replica, context)
    second = sweep(replica, context, Ledger(states=dict(first.states)))
    assert set(second.records) == set(first.records)
    assert second.states == first.states


# --------------------------------------------------------------------------- a list that moves or breaks


def test_a_model_told_twice_is_counted_once_and_its_last_values_are_recorded(
    replica: Replica, context: Context
) -> None:
    twice = [item(3), item(2), item(2, downloads=25)]
    replica.sites.append(Pages(twice, [item(2, downloads=26), item(1), item(0)]))
    ledger = sweep(replica, context)
    assert total_of(ledger, "hub.total.models") is None  # half of so short a list was told again
    assert end_of(ledger).items == 4
    assert "2 told again" in end_of(ledger).reason
    assert total_of(ledger, "hub.downloads.30d", "maker/model-2") == 26


def test_models_of_the_same_second_on_both_sides_of_a_page_are_all_counted(
    replica: Replica, context: Context
) -> None:
    born = item(0)["createdAt"]
    page = [item(n, createdAt=born) for n in (4, 3)]
    replica.sites.append(Pages([item(9), *page], [item(n, createdAt=born) for n in (2, 1)]))
    assert end_of(sweep(replica, context)).items == 5


def test_a_page_told_twice_is_counted_once(replica: Replica, context: Context) -> None:
    pages = [[item(n) for n in range(k, k - 200, -1)] for k in (999, 799, 599, 399, 199)]
    replica.sites.append(Pages(*pages[:2], pages[1][:5], *pages[2:]))
    ledger = sweep(replica, context)
    assert end_of(ledger) == Coverage("whole_hub", CoverageStatus.COMPLETE, 1000, "5 told again")
    assert total_of(ledger, "hub.total.models") == 1000


@pytest.mark.parametrize("back_to", [0, 1, 2])
def test_a_link_that_leads_back_ends_the_pass(replica: Replica, context: Context, back_to: int) -> None:
    site = Pages([item(4)], [item(3)], [item(2)], links={2: f"{replica.url}/api/models?cursor=p{back_to}"})
    replica.sites.append(site)
    with pytest.raises(SourceChanged, match="already read"):
        sweep(replica, context)
    assert len(site.asked) <= 6


def test_a_circle_among_models_of_the_same_second_is_noticed(replica: Replica, context: Context) -> None:
    born = item(0)["createdAt"]
    pages = [[item(n, createdAt=born)] for n in range(7)]
    site = Pages(*pages, links={6: f"{replica.url}/api/models?cursor=p2"})
    replica.sites.append(site)
    with pytest.raises(SourceChanged, match="already read"):
        sweep(replica, context)
    assert len(site.asked) < 40


class Endless:
    """Makes up a new model and a new cursor for whatever is asked, for ever."""

    def __init__(self) -> None:
        self.asked = 0

    def handle(self, request: Request) -> Response | None:
        self.asked += 1
        made = datetime.fromisoformat("2026-11-22T00:00:00Z") - timedelta(hours=self.asked)
        model = item(self.asked, createdAt=made.isoformat())
        link = f'<{request.base}/api/models?cursor=made-up-{self.asked}>; rel="next"'
        return Response(200, json.dumps([model]).encode(), {"Link": link})


def test_a_list_that_is_made_up_for_ever_is_left_and_not_believed(
    replica: Replica, context: Context, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "MOST_PAGES", 5)
    site = Endless()
    replica.sites.append(site)
    ledger = sweep(replica, context)
    assert site.asked == 5
    assert end_of(ledger).status is CoverageStatus.PARTIAL
    assert "not at its end after 5 pages" in end_of(ledger).reason
    assert len(names_of(ledger)) == 5
    assert total_of(ledger, "hub.total.models") is None
    clock.advance(timedelta(days=1))
    sweep(replica, context, ledger)
    assert site.asked == 10  # begun anew


def test_a_list_that_grows_is_followed_to_three_times_what_was_believed(
    replica: Replica, context: Context, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger()
    for pages, most, status in [
        (4, 4, CoverageStatus.COMPLETE),
        (12, 1, CoverageStatus.COMPLETE),
        (37, 1, CoverageStatus.PARTIAL),
    ]:
        monkeypatch.setattr(walk, "MOST_PAGES", most)
        replica.sites[:] = [Pages(*([item(number)] for number in reversed(range(pages))))]
        ledger.coverage.clear()
        sweep(replica, context, ledger)
        assert end_of(ledger).status is status
        clock.advance(timedelta(days=1))


def test_a_link_without_our_parameters_loses_none_of_them(replica: Replica, context: Context) -> None:
    site = Pages([item(1)], [item(0)], links={0: "/api/models?limit=3&cursor=p1"})
    replica.sites.append(site)
    assert end_of(sweep(replica, context)).items == 2
    assert site.asked[1].first("limit") == "1000"


@pytest.mark.parametrize("link", ["/api/models?skip=1000", "/api/models?cursor=", "http://[", "/?cursor=%00"])
def test_a_link_without_a_cursor_is_a_change_of_the_source(
    replica: Replica, context: Context, link: str
) -> None:
    replica.sites.append(Pages([item(1)], links={0: link}))
    with pytest.raises(SourceChanged):
        sweep(replica, context)


def test_a_link_to_another_host_is_not_followed(replica: Replica, context: Context) -> None:
    with Replica([Pages([item(0)])]) as other:
        replica.sites.append(Pages([item(1)], links={0: f"{other.url}/api/models?cursor=p0"}))
        collector = make_collector(replica, token="replica-token")
        with pytest.raises(SourceChanged, match="another host"):
            Ledger().collect(collector, context)
        assert other.log == []


def test_smaller_pages_than_asked_for_are_read_to_the_end(replica: Replica, context: Context) -> None:
    replica.sites.append(WholeHub(60, page_limit=7))
    assert end_of(sweep(replica, context)) == Coverage("whole_hub", CoverageStatus.COMPLETE, 60)


def test_a_list_that_ends_early_is_not_believed_even_the_first_time(
    replica: Replica, context: Context
) -> None:
    hub = WholeHub(60)
    hub.end_at(30)
    replica.sites.append(hub)
    ledger = sweep(replica, context)
    assert end_of(ledger).status is CoverageStatus.PARTIAL
    assert "oldest" in end_of(ledger).reason
    assert total_of(ledger, "hub.total.models") is None


def test_a_hub_that_lost_more_than_a_twentieth_is_believed_when_another_day_says_the_same(
    replica: Replica, context: Context, clock: Clock
) -> None:
    whole = [item(n) for n in range(99, -1, -1)]
    site = Pages(whole)
    replica.sites.append(site)
    ledger = sweep(replica, context)
    site.pages = ([each for each in whole if each["likes"] not in range(50, 60)],)
    for hours in (2, 22):  # twice on one day is no confirmation
        doubted = sweep(replica, context, Ledger(states=dict(ledger.states)))
        ledger.states = doubted.states
        assert end_of(doubted).status is CoverageStatus.PARTIAL
        assert "10 models fewer than the 100" in end_of(doubted).reason
        assert total_of(doubted, "hub.total.models") is None
        clock.advance(timedelta(hours=hours))
    believed = sweep(replica, context, Ledger(states=dict(ledger.states)))
    assert end_of(believed) == Coverage("whole_hub", CoverageStatus.COMPLETE, 90)
    assert total_of(believed, "hub.total.models") == 90


def test_a_small_loss_is_believed_at_once(replica: Replica, context: Context) -> None:
    whole = [item(n) for n in range(99, -1, -1)]
    site = Pages(whole)
    replica.sites.append(site)
    first = sweep(replica, context)
    site.pages = (whole[4:],)
    assert total_of(sweep(replica, context, Ledger(states=first.states)), "hub.total.models") == 96


def test_one_malformed_item_is_skipped_and_counted_and_its_page_kept(
    replica: Replica, context: Context
) -> None:
    whole = [item(n) for n in range(199, -1, -1)]
    site = Pages([item(200, downloads="many"), *whole, {"_id": "x"}])
    replica.sites.append(site)
    ledger = sweep(replica, context)
    assert end_of(ledger) == Coverage("whole_hub", CoverageStatus.PARTIAL, 200, "2 malformed")
    assert total_of(ledger, "hub.total.models") == 200
    assert len(ledger.skipped) == 2
    assert "downloads" in ledger.skipped[0]


def test_sums_are_not_told_when_many_models_were_malformed(replica: Replica, context: Context) -> None:
    replica.sites.append(Pages([item(3), item(2, likes=None), item(1), item(0)]))
    ledger = sweep(replica, context)
    assert "malformed" in end_of(ledger).reason
    assert total_of(ledger, "hub.total.models") is None
    assert names_of(ledger) == ["maker/model-3", "maker/model-1"]


@pytest.mark.parametrize("created", ["2024-05-01", "2024-05-01T00:00:00"])
def test_a_date_without_a_time_or_zone_costs_nothing(
    replica: Replica, context: Context, created: str
) -> None:
    replica.sites.append(Pages([item(1, createdAt=created), item(0)]))
    assert end_of(sweep(replica, context)) == Coverage("whole_hub", CoverageStatus.COMPLETE, 2)


def test_a_name_that_is_none_is_counted_and_not_recorded(replica: Replica, context: Context) -> None:
    replica.sites.append(Pages([item(2, id="a/\x1b[2J"), item(1), item(0)]))
    ledger = sweep(replica, context)
    assert names_of(ledger) == ["maker/model-1"]
    assert len(ledger.skipped) == 1
    assert ledger.skipped[0].isprintable()


# --------------------------------------------------------------------------- limits and failures


def test_a_spent_window_postpones_the_rest_and_says_how_far_it_came(
    replica: Replica, context: Context, clock: Clock
) -> None:
    hub = WholeHub(60, quota=2)
    replica.sites.append(hub)
    ledger = Ledger()
    with pytest.raises(RateLimited, match="20 models of 2026-11-22 are read") as raised:
        sweep(replica, context, ledger, page_size=10)
    assert raised.value.retry_at == NOW + timedelta(seconds=300)
    assert [entry.status for entry in replica.log] == [200, 200]
    clock.advance(timedelta(seconds=301))
    hub.spent, hub.quota = 0, 500
    sweep(replica, context, ledger, page_size=10)
    assert end_of(ledger).items == 60
    assert len(replica.log) == 6


def test_some_of_each_window_is_left_to_others(replica: Replica, context: Context) -> None:
    replica.sites.append(WholeHub(60, quota=5))
    with pytest.raises(RateLimited, match="left to others") as raised:
        sweep(replica, context, page_size=10, leaves=3)
    assert len(replica.log) == 2
    assert raised.value.retry_at == NOW + timedelta(seconds=300)


def test_the_last_page_ends_the_pass_though_the_window_is_spent(replica: Replica, context: Context) -> None:
    replica.sites.append(WholeHub(60, quota=6))
    assert end_of(sweep(replica, context, page_size=10)).items == 60


@pytest.mark.parametrize("status", [400, 410, 422])
def test_a_refused_cursor_begins_the_pass_anew_once(replica: Replica, context: Context, status: int) -> None:
    site = Pages([item(2)], [item(1)], [item(0)])
    replica.sites.append(site)
    collector = make_collector(replica)
    ledger = Ledger()
    ledger.collect(collector, context, most_batches=2)
    site.refused["p2"] = status
    with pytest.raises(CursorRefused):
        ledger.collect(collector, context)
    assert [request.first("cursor") for request in site.asked] == ["", "p1", "p2", "", "p1", "p2"]
    site.refused.clear()
    ledger.collect(collector, context)
    assert end_of(ledger).items == 3
    assert total_of(ledger, "hub.total.models") == 3
    assert set(names_of(ledger)) == {"maker/model-2", "maker/model-1"}


def test_deep_pages_the_hub_is_too_slow_for_are_asked_for_in_smaller_ones(
    replica: Replica, context: Context
) -> None:
    site = Pages(*([item(n)] for n in range(3, -1, -1)))
    site.slow_above = 250
    replica.sites.append(site)
    ledger = sweep(replica, context)
    assert end_of(ledger).items == 4
    sizes = [int(request.first("limit")) for request in site.asked]
    assert sizes == [1000, *[1000] * 3, *[500] * 3, 250, 250, 250]


def test_smaller_pages_grow_again_after_a_while(replica: Replica, context: Context) -> None:
    hub = WholeHub(4000)
    replica.sites.append(hub)
    collector = make_collector(replica, page_size=80)
    ledger = Ledger()
    ledger.collect(collector, context, most_batches=1)
    replica.fail_next("/api/models", 504, times=3)
    ledger.collect(collector, context)
    sizes = [int(entry.first("limit")) for entry in replica.log if entry.status == 200]
    assert sizes == [80, *[40] * 20, *[80] * (len(sizes) - 21)]
    assert end_of(ledger).items == 4000


def test_a_hub_too_slow_for_the_smallest_page_is_unavailable(replica: Replica, context: Context) -> None:
    site = Pages([item(1)], [item(0)])
    site.slow_above = 0
    replica.sites.append(site)
    with pytest.raises(SourceUnavailable):
        sweep(replica, context)
    assert {int(request.first("limit")) for request in site.asked} == {1000, 500, 250, 125}


def test_a_hub_that_is_down_at_the_beginning_is_not_asked_for_smaller_pages(
    replica: Replica, context: Context
) -> None:
    replica.fail_next("/api/models", 503, times=50)
    with pytest.raises(SourceUnavailable):
        sweep(replica, context)
    assert len(replica.log) == 3


def test_pages_are_read_compressed(replica: Replica, context: Context) -> None:
    hub = WholeHub(30)
    replica.sites.append(hub)
    sweep(replica, context)
    assert "gzip" in replica.log[0].headers["accept-encoding"]
    request = Request("GET", "/api/models", {"sort": ["createdAt"]}, {})
    answer = hub.handle(request)
    assert answer is not None
    assert len(json.loads(gzip.decompress(answer.body))) == 30


@pytest.mark.parametrize(
    "wrong", [{"records_from": -1}, {"leaves": -1}, {"page_size": 0}, {"endpoint": "hub"}]
)
def test_a_wrong_option_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        SweepOptions(**wrong)  # type: ignore[arg-type] # wrong on purpose


def test_a_page_in_which_nothing_can_be_read_ends_the_pass(replica: Replica, context: Context) -> None:
    replica.sites.append(Pages([{"id": "a"}, {"id": "b"}]))
    with pytest.raises(SourceError):
        sweep(replica, context)


def test_the_forecast_is_one_request_per_page() -> None:
    (target,) = SweepCollector(SweepOptions(), classify).list_targets()
    assert 3_000 <= target.requests <= 4_000
    assert target.every is not None
    assert target.every < timedelta(days=1)
    assert isinstance(NOW, datetime)
