"""Reading a world as it was known at the end of a day, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from store.catalogue import load_catalogue
from store.database import Database
from store.dossier import find_dossier
from store.errors import NotFound, Refused
from store.query import StoreQuery
from store.recorder import recording
from store.records import (
    LIVE,
    Basis,
    Batch,
    Claim,
    Coverage,
    CoverageStatus,
    Document,
    Fact,
    Figure,
    Kind,
    Link,
    ModelFact,
    ModelRecord,
    Observation,
    Openness,
    Outcome,
    Precision,
    Release,
    ReleaseKind,
    Standing,
    SubjectRef,
)
from store.transaction import RunSpec
from tests.store.worlds import DAY, downloads, hub_model, moment, tell

BEFORE = DAY - timedelta(days=10)
LATER = DAY + timedelta(days=10)


@contextmanager
def asking(
    database: Database, as_of: date = LATER, world: str = LIVE, last_run_id: int | None = None
) -> Iterator[StoreQuery]:
    with database.read() as connection:
        yield StoreQuery(connection, load_catalogue(), world, as_of, last_run_id=last_run_id)


def offer(name: str) -> SubjectRef:
    return SubjectRef("models.dev", Kind.OFFER, name)


def price(value: float, day: date, name: str = "host/model", which: str = "output") -> Observation:
    return Observation(offer(name), f"price.{which}_usd_per_mtok", day, value)


def entry(model: str, rating: float, day: date = DAY) -> Observation:
    return Observation(
        SubjectRef("arena", Kind.BOARD_ENTRY, f"text/{model}"), "arena.text.rating", day, rating
    )


def test_a_series_has_its_days_in_order_and_the_latest_word_for_each(database: Database) -> None:
    tell(database, downloads(5, DAY), downloads(3, BEFORE), on=DAY)
    tell(database, downloads(6, DAY), on=DAY)
    with asking(database) as query:
        (series,) = query.list_series("hub.downloads.30d", Kind.HUB_MODEL)
    assert (series.days, series.values) == ((BEFORE, DAY), (3.0, 6.0))
    assert series.provenance.basis is Basis.OBSERVED


def test_a_day_to_come_and_a_word_told_later_are_not_known_yet(database: Database) -> None:
    tell(database, downloads(3, BEFORE), on=BEFORE)
    tell(database, downloads(4, BEFORE), downloads(9, DAY), on=DAY)
    with asking(database, as_of=BEFORE) as query:
        (series,) = query.list_series("hub.downloads.30d")
    assert (series.days, series.values) == ((BEFORE,), (3.0,))


def test_a_bundled_value_was_known_on_its_own_day_though_it_was_loaded_later(database: Database) -> None:
    bundled = replace(downloads(3, BEFORE), known_at=moment(BEFORE, 0))
    tell(database, bundled, on=DAY, basis=Basis.BUNDLED)
    with asking(database, as_of=BEFORE) as query:
        assert query.list_series("hub.downloads.30d")[0].values == (3.0,)
    with asking(database, as_of=BEFORE - timedelta(days=1)) as query:
        assert query.list_series("hub.downloads.30d") == []


def test_a_reading_for_an_old_report_ignores_later_runs(database: Database) -> None:
    tell(database, downloads(3, BEFORE))
    with asking(database) as query:
        last = max(query.list_runs())
    tell(database, downloads(8, BEFORE))
    with asking(database, last_run_id=last) as query:
        assert query.list_series("hub.downloads.30d")[0].values == (3.0,)
    with asking(database) as query:
        assert query.list_series("hub.downloads.30d")[0].values == (8.0,)


def test_a_world_sees_the_catalogue_and_nothing_of_another_world(database: Database) -> None:
    tell(database, downloads(3), world=LIVE)
    with asking(database, world="paper") as query:
        assert query.list_series("hub.downloads.30d") == []
        assert query.list_models() == []
        assert query.find_metric("hub.downloads.30d").window_days == 30


def test_an_undeclared_metric_names_the_near_ones(database: Database) -> None:
    with asking(database) as query, pytest.raises(NotFound) as caught:
        query.find_metric("hub.downloads")
    assert "hub.downloads.30d" in str(caught.value.remedy)


@pytest.mark.parametrize("name", ["nope", "ram", "x" * 50_000])
def test_a_metric_that_resembles_none_says_how_to_list_them(database: Database, name: str) -> None:
    with asking(database) as query, pytest.raises(NotFound) as caught:
        query.find_metric(name)
    assert caught.value.remedy == 'list them: lunchwatch sql "select metric from v_metric"'
    assert len(str(caught.value)) < 120


def test_a_source_s_link_and_its_correction_by_hand_are_known_apart(database: Database) -> None:
    tell(database, ModelRecord("lab/m", "lab", "M"), ModelFact("lab/m", "licence", "mit", DAY))
    link = Link(hub_model("lab/m-repo"), "lab/m", "hub_id", 1.0)
    forbidden = replace(link, basis="by_hand", is_withdrawn=True)
    assert [tell(database, told).written for told in (link, forbidden, link)] == [1, 1, 0]
    with asking(database) as query:
        assert query.list_models()[0].hub_name is None
        assert query.knowledge.resolver.find(link.subject) is None


def test_the_openness_of_a_model_is_what_was_valid_on_the_day(database: Database) -> None:
    tell(
        database,
        ModelRecord("lab/m", "lab", "M"),
        ModelFact("lab/m", "openness", "api", BEFORE, known_at=moment(BEFORE)),
        ModelFact("lab/m", "openness", "unrestricted", DAY, known_at=moment(BEFORE)),
    )
    with asking(database, as_of=DAY - timedelta(days=1)) as query:
        assert query.list_models()[0].openness is Openness.API
    with asking(database, as_of=DAY) as query:
        assert query.list_models()[0].openness is Openness.UNRESTRICTED
        (change,) = query.list_fact_changes(["openness"], BEFORE)
    assert (change.subject, change.before, change.after) == ("lab/m", "api", "unrestricted")


def test_a_misspelt_proprietary_licence_on_a_board_is_not_open(database: Database) -> None:
    subject = SubjectRef("arena", Kind.BOARD_ENTRY, "text/Nobody-1")
    tell(database, entry("Nobody-1", 1200), Fact(subject, "licence", "Propretary", DAY))
    with asking(database) as query:
        (rating,) = query.list_ratings("text")
    assert rating.openness is Openness.API


def test_an_entry_without_licence_or_link_is_unknown_not_closed(database: Database) -> None:
    tell(database, entry("Nobody-2", 1200))
    with asking(database) as query:
        assert query.list_ratings("text")[0].openness is Openness.UNKNOWN


def test_every_publication_of_a_board_keeps_its_lines(database: Database) -> None:
    tell(database, entry("A", 1200, BEFORE), entry("A", 1200, DAY), entry("B", 1100, DAY))
    with asking(database) as query:
        found = [(r.board_date, r.model, r.rating) for r in query.list_ratings("text")]
    assert found == [(BEFORE, "A", 1200.0), (DAY, "A", 1200.0), (DAY, "B", 1100.0)]


def test_an_offer_shows_its_latest_price_until_it_is_withdrawn(database: Database) -> None:
    tell(database, price(8, BEFORE), price(2, BEFORE, which="input"), price(6, DAY))
    with asking(database) as query:
        (found,) = query.list_offers()
        changes = query.list_price_changes(BEFORE)
    assert (found.provider, found.model) == ("host", "model")
    assert (found.input_usd_per_mtok, found.output_usd_per_mtok, found.day) == (2.0, 6.0, DAY)
    assert [(c.before and c.before.output_usd_per_mtok, c.after.output_usd_per_mtok) for c in changes] == [
        (None, 8.0),
        (8.0, 6.0),
    ]
    tell(database, Fact(offer("host/model"), "withdrawn", "true", DAY))
    with asking(database) as query:
        assert query.list_offers() == []


def test_events_and_statements_come_back_as_they_were_told(database: Database) -> None:
    subject = hub_model("lab/m", "id-1")
    release = Release(subject, ReleaseKind.MODEL, "id-1", "M", "https://e.org", moment(DAY), Precision.DAY)
    document = Document(subject, "k", "T", None, moment(DAY), "published", "text", "h")
    claim = Claim("lab/m", "gpqa", 71.3, "percent", "accuracy", Standing.SELF_REPORTED, DAY, "https://e.org")
    figure = Figure("a share", 33, "percent", DAY, Precision.MONTH, "a survey", "investor")
    tell(database, release, document, claim, figure, on=DAY)
    with asking(database) as query:
        told = moment(DAY)
        assert query.list_releases(BEFORE)[0].release == replace(release, known_at=told)
        assert query.list_documents(BEFORE)[0].document == replace(document, known_at=told)
        assert query.list_claims()[0].claim == replace(claim, known_at=told)
        assert query.list_figures()[0].figure == replace(figure, known_at=told)
        assert query.list_releases(LATER) == []
    with asking(database, as_of=BEFORE) as query:
        assert query.list_claims() == []
        assert query.list_documents(date(2000, 1, 1)) == []


def test_a_source_says_when_it_last_worked_and_through_which_day_it_goes(database: Database) -> None:
    tell(database, downloads(5, BEFORE), on=DAY)
    with asking(database) as query:
        (status,) = query.list_sources()
    assert (status.source, status.through, status.rows) == ("hub", BEFORE, 1)
    assert status.last_success_at == moment(DAY)
    assert status.last_attempt_at == moment(DAY)


def test_a_small_run_does_not_hide_what_the_round_before_it_could_not_read(database: Database) -> None:
    def look(at: datetime, **said: CoverageStatus) -> None:
        spec = RunSpec(LIVE, "hub", "hub", Basis.OBSERVED)
        with recording(database, spec, lambda: at) as recorder:
            coverage = [Coverage(scope, status, 0, "why") for scope, status in said.items()]
            recorder.save(Batch(coverage=coverage))

    def problems() -> tuple[str, tuple[str, ...]]:
        with asking(database, as_of=LATER) as query:
            (status,) = query.list_sources()
        return status.outcome, status.problems

    failed, complete = CoverageStatus.FAILED, CoverageStatus.COMPLETE
    look(moment(BEFORE), a=failed, b=failed, c=complete)
    look(moment(BEFORE, hour=13), b=complete)
    assert problems() == (Outcome.PARTIAL, ("a: why",))
    look(moment(BEFORE, hour=14), a=CoverageStatus.UNCHANGED)
    assert problems() == (Outcome.OK, ())
    look(moment(BEFORE, hour=15), left_the_settings=failed)
    look(moment(BEFORE, hour=15) + timedelta(days=2), a=complete)
    assert problems() == (Outcome.OK, ())


def test_a_dossier_is_found_by_present_and_former_name_and_by_id(database: Database) -> None:
    tell(database, downloads(5, subject=hub_model("old/name", "id-1")), on=BEFORE)
    tell(
        database,
        downloads(6, subject=hub_model("new/name", "id-1")),
        ModelRecord("lab/m", "lab", "M"),
        ModelFact("lab/m", "licence", "mit", DAY),
        Link(hub_model("new/name", "id-1"), "lab/m", "hub_id", 1.0),
    )
    with asking(database) as query:
        for name in ("new/name", "NEW/name", "old/name", "hub:new/name", "id-1"):
            dossier = find_dossier(query, name)
            assert dossier.title == "hub:new/name"
        assert {e.name: e.value for e in dossier.entries}["hub.downloads.30d"] == 6.0
        assert any(e.name == "licence" and e.value == "mit" for e in dossier.entries)


def test_a_name_of_several_things_asks_which_and_an_unknown_one_names_near_ones(database: Database) -> None:
    repository = SubjectRef("github", Kind.GITHUB_REPO, "lab/tool")
    offered = offer("lab/tool")
    tell(
        database,
        Observation(repository, "github.stars", DAY, 5),
        Observation(offered, "price.input_usd_per_mtok", DAY, 1),
    )
    with asking(database) as query:
        with pytest.raises(Refused) as several:
            find_dossier(query, "lab/tool")
        assert "github:lab/tool" in str(several.value.remedy)
        assert find_dossier(query, "github:lab/tool").title == "github:lab/tool"
        with pytest.raises(NotFound) as none:
            find_dossier(query, "lab/tol")
        assert "lab/tool" in str(none.value.remedy)


def test_a_licence_that_came_later_is_not_applied_to_an_earlier_board(database: Database) -> None:
    subject = SubjectRef("arena", Kind.BOARD_ENTRY, "text/Grok-1")
    tell(
        database,
        entry("Grok-1", 1200, date(2024, 1, 10)),
        entry("Grok-1", 1190, date(2024, 6, 10)),
        Fact(subject, "licence", "Proprietary", date(2024, 1, 10)),
        ModelRecord("xai/grok-1", "xai", "Grok-1"),
        ModelFact("xai/grok-1", "openness", "hosted", date(2023, 11, 3)),
        ModelFact("xai/grok-1", "openness", "unrestricted", date(2024, 3, 17)),
    )
    assert load_catalogue().find_model("Grok-1") == "xai/grok-1"
    with asking(database) as query:
        found = {r.board_date: r.openness for r in query.list_ratings("text")}
    assert found == {date(2024, 1, 10): Openness.HOSTED, date(2024, 6, 10): Openness.UNRESTRICTED}


def test_a_release_date_known_by_month_says_so(database: Database) -> None:
    tell(
        database,
        ModelRecord("lab/m", "lab", "M"),
        ModelFact("lab/m", "released_on", "2026-04-01", date(2026, 4, 1), Precision.MONTH),
    )
    with asking(database) as query:
        (model,) = query.list_models()
    assert (model.released_on, model.released_precision) == (date(2026, 4, 1), Precision.MONTH)


def test_a_reading_sees_one_state_while_others_write(database: Database) -> None:
    tell(database, downloads(5))
    with asking(database) as query:
        assert len(query.list_series("hub.downloads.30d")) == 1
        tell(database, downloads(6, subject=hub_model("lab/other")))
        assert len(query.list_series("hub.downloads.30d")) == 1
    with asking(database) as query:
        assert len(query.list_series("hub.downloads.30d")) == 2


def test_values_say_one_by_one_whether_they_were_bundled(database: Database) -> None:
    tell(database, downloads(3, BEFORE), on=BEFORE, basis=Basis.BUNDLED)
    tell(database, downloads(5, DAY), on=DAY)
    with asking(database) as query:
        (series,) = query.list_series("hub.downloads.30d")
    assert [told.basis for told in series.told] == [Basis.BUNDLED, Basis.OBSERVED]


def test_a_subject_has_the_name_it_had_at_the_as_of(database: Database) -> None:
    tell(database, downloads(5, BEFORE, hub_model("old/name", "id-1")), on=BEFORE)
    tell(database, downloads(6, DAY, hub_model("new/name", "id-1")), on=DAY)
    with asking(database, as_of=BEFORE) as query:
        assert query.list_series("hub.downloads.30d")[0].subject.name == "old/name"
    with asking(database, as_of=DAY) as query:
        assert query.list_series("hub.downloads.30d")[0].subject.name == "new/name"


def test_a_link_counts_from_when_it_was_told_until_it_is_withdrawn(database: Database) -> None:
    repository = hub_model("lab/another-name", "id-1")
    link = Link(repository, "lab/m", "normalised_name", 0.9)
    tell(database, downloads(5, BEFORE, repository), on=BEFORE)
    tell(database, ModelRecord("lab/m", "lab", "M"), ModelFact("lab/m", "licence", "mit", BEFORE), on=BEFORE)
    tell(database, link, on=DAY)
    with asking(database, as_of=BEFORE) as query:
        assert query.knowledge.linked_models == {}
    with asking(database, as_of=DAY) as query:
        assert list(query.knowledge.linked_models.values()) == ["lab/m"]
    tell(database, replace(link, basis="by_hand", confidence=1.0, is_withdrawn=True), on=LATER)
    with asking(database, as_of=LATER) as query:
        assert query.knowledge.linked_models == {}


def test_a_board_nobody_declared_is_named(database: Database) -> None:
    with asking(database) as query, pytest.raises(NotFound):
        query.list_ratings("tekst")


def test_a_bundled_offer_is_not_listed_once_the_list_of_its_provider_was_read(database: Database) -> None:
    tell(database, price(8, BEFORE, "host/gone"), price(9, BEFORE, "other/kept"), basis=Basis.BUNDLED)
    tell(database, price(7, DAY, "host/here"))
    with asking(database) as query:
        listed = [(o.provider, o.model) for o in query.list_offers()]
    assert listed == [("host", "here"), ("other", "kept")]


def test_what_a_maker_sells_under_its_own_name_is_its_model(database: Database) -> None:
    tell(
        database,
        ModelRecord("zhipuai/glm-9", "zhipuai", "GLM 9"),
        ModelFact("zhipuai/glm-9", "licence", "mit", BEFORE),
        price(1, DAY, "zhipuai/GLM-9"),
        Fact(offer("zhipuai/GLM-9"), "open_weights", "false", DAY),
    )
    with asking(database) as query:
        (found,) = query.list_offers()
    assert (found.linked_model, found.openness) == ("zhipuai/glm-9", Openness.UNRESTRICTED)
