"""Which own publications are too short to follow a bundled one."""

from __future__ import annotations

from datetime import date, timedelta

from store.publications import Publications
from store.records import Basis

APRIL, JUNE = date(2026, 4, 10), date(2026, 6, 1)
NEXT = JUNE + timedelta(days=1)


def test_fewer_than_half_of_the_bundled_entries_are_short() -> None:
    counts = [(APRIL, Basis.BUNDLED, 190), (JUNE, Basis.OBSERVED, 94), (NEXT, Basis.OBSERVED, 95)]
    publications = Publications.of(counts)
    assert publications.short == {JUNE: 94}
    assert publications.own == {JUNE: 94, NEXT: 95}


def test_the_bundled_one_before_counts_not_a_later_one() -> None:
    counts = [(APRIL, Basis.BACKFILLED, 3), (JUNE, Basis.BUNDLED, 190)]
    assert Publications.of(counts).short == {}
    assert Publications.of([*counts, (NEXT, Basis.BACKFILLED, 3)]).short == {NEXT: 3}


def test_what_was_imported_is_meant_as_it_is() -> None:
    counts = [(APRIL, Basis.BUNDLED, 190), (JUNE, Basis.IMPORTED, 3)]
    assert Publications.of(counts).short == {}


def test_the_publication_of_a_bundled_day_stands_in_for_it() -> None:
    counts = [(APRIL, Basis.BUNDLED, 190), (APRIL, Basis.OBSERVED, 3)]
    assert Publications.of(counts).short == {}
