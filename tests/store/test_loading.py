"""The catalogue and the bundled baseline in a database, on both kinds."""

from __future__ import annotations

from datetime import date

import pytest

from store.catalogue import load_catalogue
from store.database import Database
from store.loading import load_bundled, load_reference
from store.query import StoreQuery
from store.records import LIVE, Basis
from tests.store.worlds import DAY, moment, rows


@pytest.fixture
def loaded(furnished_database: Database) -> Database:
    return furnished_database


def test_the_baseline_is_loaded_once_and_marked_as_bundled(loaded: Database) -> None:
    assert rows(loaded, "select distinct basis from v_run") == [("bundled",)]
    assert rows(loaded, "select count(*) from v_observation where basis <> 'bundled'") == [(0,)]
    before = rows(loaded, "select count(*) from run")
    again = list(load_bundled(loaded, load_catalogue(), lambda: moment(DAY)))
    assert sum(part.written for part in again) == 0
    assert rows(loaded, "select count(*) from run") == before


def test_every_bundled_run_names_a_source_with_a_licence(loaded: Database) -> None:
    nameless = "select r.data_source from v_run r left join v_source s on s.data_source = r.data_source"
    assert rows(loaded, f"{nameless} where s.licence is null or s.licence = ''") == []


def test_what_is_bundled_answers_for_the_past_as_it_was_known(loaded: Database) -> None:
    with loaded.read() as connection:
        query = StoreQuery(connection, load_catalogue(), LIVE, date(2024, 12, 31))
        ratings = query.list_ratings("text")
        assert ratings
        assert max(r.board_date for r in ratings) <= date(2024, 12, 31)
        assert query.list_index_scores() == []  # published in April 2026
        assert all(m.provenance.basis is Basis.BUNDLED for m in query.list_models())


def test_the_reference_tables_follow_the_catalogue_and_keep_their_ids(database: Database) -> None:
    before = rows(database, "select metric_id, name from metric order by metric_id")
    load_reference(database, load_catalogue())
    assert rows(database, "select metric_id, name from metric order by metric_id") == before
    assert len(before) == len(load_catalogue().metrics)
