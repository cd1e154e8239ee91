"""An offer that several price lists quote counts once; what the others ask for it stays to be seen."""

from __future__ import annotations

from datetime import date, timedelta

from analyzers.prices.moves import find_moves
from store.catalogue import PriceLists, load_catalogue
from store.database import Database
from store.dossier import find_dossier
from store.measured import find_measured
from store.query import StoreQuery
from store.records import LIVE, Basis, Fact, Kind, Observation, Record, SubjectRef
from tests.store.worlds import DAY, rows, tell

BEFORE = DAY - timedelta(days=10)
LISTS = load_catalogue().price_lists


def quote(price_list: str, name: str, usd: float, day: date = DAY) -> list[Record]:
    """Input and output at the same price."""
    subject = SubjectRef(price_list, Kind.OFFER, name)
    return [Observation(subject, f"price.{rate}_usd_per_mtok", day, usd) for rate in ("input", "output")]


def listed(database: Database) -> list[tuple[str, str, float | None]]:
    """What counts: list, `provider/model`, price."""
    with database.read() as connection:
        query = StoreQuery(connection, load_catalogue(), LIVE, DAY)
        return [(o.price_list, f"{o.provider}/{o.model}", o.input_usd_per_mtok) for o in query.list_offers()]


def test_preference_names_the_price_lists_there_are() -> None:
    assert LISTS.preference == ("openrouter", "models.dev", "litellm", "genai-prices")
    assert [LISTS.rank(source) for source in ("models.dev", "genai-prices", "import")] == [1, 3, None]
    assert LISTS.providers["vertex_ai"] == "google-vertex"
    assert PriceLists().rank("models.dev") is None


def test_offer_of_four_lists_counts_once(database: Database) -> None:
    tell(
        database,
        *(
            record
            for number, source in enumerate(("models.dev", "litellm", "genai-prices"))
            for record in quote(source, "lab/m-1", 1 + number)
        ),
        *quote("openrouter", "openrouter/lab/m-1", 5),
        *quote("models.dev", "openrouter/lab/m-1", 6),
        *quote("litellm", "openrouter/lab/m-1", 7),
    )
    assert listed(database) == [("models.dev", "lab/m-1", 1), ("openrouter", "openrouter/lab/m-1", 5)]


def test_provider_that_the_first_list_has_is_not_enlarged_by_another_spelling(database: Database) -> None:
    tell(
        database,
        *quote("models.dev", "lab/m-1", 1),
        *quote("litellm", "lab/m-1-20260101", 1),
        *quote("litellm", "lab/m-0-of-long-ago", 0.1),
        *quote("litellm", "harbour/m-1", 2),
        *quote("genai-prices", "harbour/m-1", 3),
    )
    assert listed(database) == [("litellm", "harbour/m-1", 2), ("models.dev", "lab/m-1", 1)]


def test_list_that_was_read_goes_before_one_that_came_bundled(database: Database) -> None:
    tell(database, *quote("models.dev", "lab/m", 9, BEFORE), basis=Basis.BUNDLED)
    assert listed(database) == [("models.dev", "lab/m", 9)]
    tell(database, *quote("genai-prices", "lab/m", 4))
    assert listed(database) == [("genai-prices", "lab/m", 4)]
    tell(database, *quote("models.dev", "lab/m", 3))
    assert listed(database) == [("models.dev", "lab/m", 3)]


def test_list_that_dropped_the_provider_leaves_it_to_the_next(database: Database) -> None:
    tell(database, *quote("models.dev", "lab/m", 1, BEFORE), *quote("litellm", "lab/m", 2, BEFORE), on=BEFORE)
    tell(database, Fact(SubjectRef("models.dev", Kind.OFFER, "lab/m"), "withdrawn", "true", DAY))
    assert listed(database) == [("litellm", "lab/m", 2)]


def test_undeclared_list_counts_beside_the_others_but_not_for_the_same_offer(database: Database) -> None:
    tell(database, *quote("models.dev", "lab/bundled", 1), basis=Basis.BUNDLED)
    tell(database, *quote("import", "lab/Bundled", 2), *quote("import", "lab/own", 3))
    assert listed(database) == [("import", "lab/Bundled", 2), ("import", "lab/own", 3)]
    tell(database, *quote("models.dev", "lab/own", 4))
    assert listed(database) == [("import", "lab/Bundled", 2), ("models.dev", "lab/own", 4)]


def test_price_cut_that_every_list_reports_is_one_change(database: Database) -> None:
    for day, usd in ((BEFORE, 4.0), (DAY, 2.0)):
        sources = ("models.dev", "litellm", "genai-prices")
        tell(database, *(r for source in sources for r in quote(source, "lab/m", usd, day)), on=day)
    with database.read() as connection:
        changes = StoreQuery(connection, load_catalogue(), LIVE, DAY).list_price_changes(DAY)
    assert [(c.before and c.before.input_usd_per_mtok, c.after.input_usd_per_mtok) for c in changes] == [
        (4, 2)
    ]
    assert [m.change for m in find_moves(changes)] == [-0.5]


def test_report_before_a_revert_shows_the_move_and_a_later_one_marks_it(database: Database) -> None:
    for day, usd in ((BEFORE, 3.0), (DAY - timedelta(days=1), 15.0), (DAY, 3.0)):
        tell(database, *quote("models.dev", "lab/m", usd, day), on=day)
    found = []
    for as_of in (DAY - timedelta(days=1), DAY):
        with database.read() as connection:
            changes = StoreQuery(connection, load_catalogue(), LIVE, as_of).list_price_changes(BEFORE)
        found.append([(m.change, m.is_correction) for m in find_moves(changes) if m.change is not None])
    assert found == [[(4, False)], [(-0.8, True), (4, True)]]


def test_dossier_of_an_offer_shows_what_each_list_asks_and_how_much_they_differ(database: Database) -> None:
    tell(
        database,
        *quote("models.dev", "lab/m", 2),
        *quote("litellm", "lab/m", 2.5),
        *quote("genai-prices", "lab/M", 0),
    )
    with database.read() as connection:
        dossier = find_dossier(StoreQuery(connection, load_catalogue(), LIVE, DAY), "lab/m")
    assert dossier.title == "models.dev:lab/m"
    assert [(e.name, e.value) for e in dossier.entries if e.section == "quote"] == [
        ("models.dev, counted", "2 / 2"),
        ("litellm", "2.5 / 2.5"),
        ("genai-prices", "0 / 0"),
        ("lists disagree", "dearest 25.0% above cheapest"),
    ]


def test_dossier_of_an_offer_of_one_list_compares_nothing(database: Database) -> None:
    tell(database, *quote("models.dev", "lab/m", 2))
    with database.read() as connection:
        dossier = find_dossier(StoreQuery(connection, load_catalogue(), LIVE, DAY), "lab/m")
    assert [entry for entry in dossier.entries if entry.section == "quote"] == []


def test_view_shows_the_latest_quote_of_each_list_beside_the_others(database: Database) -> None:
    tell(database, *quote("models.dev", "lab/m", 9, BEFORE), basis=Basis.BUNDLED)
    tell(database, *quote("models.dev", "lab/m", 2, BEFORE), on=BEFORE)
    tell(
        database,
        *quote("models.dev", "lab/m", 4),
        *quote("litellm", "lab/M", 5),
        *quote("genai-prices", "lab/m", 0),
        *quote("litellm", "lab/gone", 1),
        Fact(SubjectRef("litellm", Kind.OFFER, "lab/gone"), "withdrawn", "true", DAY),
        *quote("litellm", "lab/alone", 1),
        Fact(SubjectRef("litellm", Kind.OFFER, "lab/alone"), "withdrawn", "true", BEFORE),
    )
    tell(database, Fact(SubjectRef("litellm", Kind.OFFER, "lab/alone"), "withdrawn", "false", DAY))
    found = rows(
        database,
        "select offer, price_list, usd_per_mtok, lists, spread from v_offer_quote"
        " where metric = 'price.input_usd_per_mtok' order by lower(offer), price_list",
    )
    assert [tuple(row) for row in found] == [
        ("lab/alone", "litellm", 1, 1, None),
        ("lab/m", "genai-prices", 0, 3, 0.25),
        ("lab/M", "litellm", 5, 3, 0.25),
        ("lab/m", "models.dev", 4, 3, 0.25),
    ]


def test_spread_of_a_view_has_no_digits_of_binary_fractions(database: Database) -> None:
    tell(database, *quote("models.dev", "lab/m", 0.25), *quote("litellm", "lab/m", 0.26))
    found = rows(database, "select distinct spread from v_offer_quote")
    assert [row[0] for row in found] == [0.04]


def test_ranking_by_price_and_a_series_by_name_know_an_offer_once(database: Database) -> None:
    tell(
        database,
        *quote("models.dev", "lab/m", 2),
        *quote("litellm", "lab/m", 3),
        *quote("litellm", "harbour/m", 4),
    )
    metric = "price.input_usd_per_mtok"
    with database.read() as connection:
        query = StoreQuery(connection, load_catalogue(), LIVE, DAY)
        ranked = [(s.subject.source, s.subject.name) for s in query.list_counted_series(metric)]
        measured = find_measured(query, metric, "lab/m")
        asked_for = find_measured(query, metric, "litellm:lab/m")
    assert ranked == [("litellm", "harbour/m"), ("models.dev", "lab/m")]
    assert measured.title == "models.dev:lab/m"
    assert asked_for.series is not None
    assert asked_for.series.values == (3,)
