"""A release date that is corrected, on both databases: what was dated by it goes with it."""

from __future__ import annotations

from datetime import date

import pytest

from store.catalogue import load_catalogue
from store.database import Database
from store.query import StoreQuery
from store.recorder import recording
from store.records import LIVE, Basis, Batch, ModelFact, ModelRecord, Openness
from store.release_dates import ToldDate, redate
from store.transaction import RunSpec
from tests.store.test_imports_written import bring
from tests.store.worlds import DAY, moment, rows

HEADER = "model,lab,name,released_on,openness,licence,valid_from"
MARCH, JUNE, SEPTEMBER = date(2024, 3, 1), date(2024, 6, 1), date(2024, 9, 1)
OPEN, CLOSED, UNKNOWN = Openness.UNRESTRICTED, Openness.API, Openness.UNKNOWN


def bring_models(database: Database, *lines: str) -> tuple[int, int, int]:
    told = bring(database, "models", "\n".join([HEADER, *(f"m,l,M,{line}" for line in lines)]))
    return told.new, told.corrected, told.unchanged


def known(
    database: Database, as_of: date = DAY, last_run_id: int | None = None
) -> tuple[date | None, tuple[tuple[date, Openness], ...]] | None:
    """Release and openness from day to day; None for a model of which nothing is known."""
    with database.read() as connection:
        query = StoreQuery(connection, load_catalogue(), "paper", as_of, last_run_id=last_run_id)
        models = query.list_models()
    return (models[0].released_on, models[0].openness_steps) if models else None


def test_a_release_corrected_to_an_earlier_day_stands_and_the_openness_goes_with_it(
    database: Database,
) -> None:
    bring_models(database, "2024-06-01,open,,")
    assert bring_models(database, "2024-03-01,open,,") == (0, 2, 1)
    assert known(database) == (MARCH, ((MARCH, OPEN),))
    assert known(database, date(2024, 4, 15)) == (MARCH, ((MARCH, OPEN),))
    assert known(database, last_run_id=1) == (JUNE, ((JUNE, OPEN),))
    assert known(database, date(2024, 4, 15), last_run_id=1) is None
    assert bring_models(database, "2024-03-01,open,,") == (0, 0, 3)


def test_a_release_corrected_to_a_later_day_leaves_no_openness_before_it(database: Database) -> None:
    bring_models(database, "2024-06-01,open,mit,")
    assert bring_models(database, "2024-09-01,open,mit,") == (0, 1, 3)
    assert known(database) == (SEPTEMBER, ((SEPTEMBER, OPEN),))
    assert known(database, date(2024, 7, 15)) == (JUNE, ((JUNE, OPEN),))
    assert known(database, last_run_id=1) == (JUNE, ((JUNE, OPEN),))


@pytest.mark.parametrize("corrected", [MARCH, SEPTEMBER])
def test_an_openness_corrected_with_the_release_replaces_the_one_of_the_old_day(
    database: Database, corrected: date
) -> None:
    bring_models(database, "2024-06-01,open,,")
    assert bring_models(database, f"{corrected},closed,,") == (0, 2, 1)
    assert known(database) == (corrected, ((corrected, CLOSED),))


def test_a_correction_taken_back_is_one_more_correction(database: Database) -> None:
    bring_models(database, "2024-06-01,open,,")
    bring_models(database, "2024-03-01,closed,,")
    assert bring_models(database, "2024-06-01,open,,") == (0, 2, 1)
    assert known(database) == (JUNE, ((JUNE, OPEN),))
    assert known(database, last_run_id=2) == (MARCH, ((MARCH, CLOSED),))
    bring_models(database, "2024-09-01,open,,")
    assert known(database) == (SEPTEMBER, ((SEPTEMBER, OPEN),))


def test_an_opening_dated_by_itself_stays_where_it_is(database: Database) -> None:
    """The day of the old release is stated as the day of the opening, by the file that corrects."""
    bring_models(database, "2024-06-01,open,,")
    bring_models(database, "2024-03-01,closed,,", "2024-03-01,open,,2024-06-01")
    assert known(database) == (MARCH, ((MARCH, CLOSED), (JUNE, OPEN)))
    bring_models(database, "2024-02-01,closed,,")
    assert known(database) == (date(2024, 2, 1), ((date(2024, 2, 1), CLOSED), (JUNE, OPEN)))


def test_a_licence_that_a_correction_does_not_repeat_goes_with_the_release(database: Database) -> None:
    bring_models(database, "2024-06-01,open,mit,")
    bring_models(database, "2024-03-01,open,,")
    with database.read() as connection:
        query = StoreQuery(connection, load_catalogue(), "paper", DAY)
        changes = query.list_fact_changes(("licence", "openness"), date(2024, 1, 1))
        [model] = query.list_models()
    assert (model.licence, changes) == ("mit", [])
    assert rows(database, "select count(*) from model_fact") == [(5,)]  # nothing was overwritten


def tell_release(database: Database, source: str, basis: Basis, released: date, valid_from: date) -> None:
    fact = ModelFact("l/m", "released_on", released.isoformat(), valid_from, known_at=moment(valid_from))
    with recording(database, RunSpec(LIVE, source, source, basis), lambda: moment(DAY)) as recorder:
        recorder.save(Batch([ModelRecord("l/m", "l", "M"), fact]))


def released_on(database: Database) -> date | None:
    with database.read() as connection:
        [model] = StoreQuery(connection, load_catalogue(), LIVE, DAY).list_models()
    return model.released_on


def test_a_hand_checked_release_stands_above_all_and_its_own_correction_above_it(database: Database) -> None:
    tell_release(database, "catalogue", Basis.BUNDLED, JUNE, JUNE)
    tell_release(database, "import", Basis.IMPORTED, SEPTEMBER, SEPTEMBER)
    assert released_on(database) == JUNE
    tell_release(database, "catalogue", Basis.BUNDLED, MARCH, MARCH)
    assert released_on(database) == MARCH
    tell_release(database, "catalogue", Basis.BUNDLED, JUNE, JUNE)
    assert released_on(database) == JUNE


def test_a_source_that_is_only_seen_to_say_it_again_does_not_take_an_import_back(database: Database) -> None:
    tell_release(database, "models.dev", Basis.OBSERVED, JUNE, date(2026, 1, 1))
    tell_release(database, "import", Basis.IMPORTED, MARCH, MARCH)
    assert released_on(database) == MARCH
    tell_release(database, "models.dev", Basis.OBSERVED, JUNE, date(2026, 1, 2))
    assert released_on(database) == MARCH


def test_what_is_dated_by_the_release_of_then_moves_and_nothing_else() -> None:
    told = [ToldDate(1, JUNE), ToldDate(4, MARCH)]
    assert redate(told, 1, JUNE) == MARCH
    assert redate(told, 2, JUNE) == MARCH
    assert redate(told, 4, JUNE) == JUNE
    assert redate(told, 1, SEPTEMBER) == SEPTEMBER
    assert redate(told[1:], 1, JUNE) == JUNE
