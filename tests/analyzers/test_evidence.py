"""Evidence keys, their SQL and their numbers."""

from __future__ import annotations

from datetime import date

import pytest

from analyzers.rounding import freeze, round_significant
from analyzers.weekly.evidence import Ledger, quote, quote_all
from store.records import Basis, Estimate
from tests.analyzers.worlds import told


def add(ledger: Ledger, key: str, *bases: Basis) -> tuple[str, ...]:
    rows = [told("s", basis, run_id) for run_id, basis in enumerate(bases, 1)]
    return ledger.add(key, title="T", view="v_figure", where="measure = 'x'", provenances=rows, as_of=None)


def test_evidence_says_how_to_read_its_rows_again() -> None:
    ledger = Ledger("it's")
    add(ledger, "a", Basis.OBSERVED, Basis.OBSERVED)
    found = ledger.find("a")
    assert found is not None
    assert found.sql == "select * from v_figure where world = 'it''s' and measure = 'x'"
    assert (found.rows, found.run_ids, found.source) == (2, (1, 2), "s")


def test_evidence_without_rows_is_not_recorded() -> None:
    ledger = Ledger("live")
    assert add(ledger, "a") == ()
    assert ledger.find("a") is None


def test_evidence_recorded_twice_is_a_mistake() -> None:
    ledger = Ledger("live")
    add(ledger, "a", Basis.OBSERVED)
    with pytest.raises(ValueError, match="twice"):
        add(ledger, "a", Basis.OBSERVED)


def test_half_bundled_evidence_does_not_pass_for_observed() -> None:
    ledger = Ledger("live")
    add(ledger, "a", Basis.OBSERVED, Basis.BUNDLED)
    found = ledger.find("a")
    assert found is not None
    assert found.basis is Basis.BUNDLED


def test_quotes_are_doubled_and_an_empty_list_matches_nothing() -> None:
    assert quote("a'b") == "'a''b'"
    assert quote_all(["b", "a", "a"]) == "'a', 'b'"
    assert quote_all([]) == "''"


def test_numbers_leave_with_six_significant_digits() -> None:
    assert round_significant(1234567.891) == 1234570.0
    assert round_significant(0.000123456789) == 0.000123457
    assert str(round_significant(-0.0)) == "0.0"


def test_only_finite_numbers_leave() -> None:
    with pytest.raises(ValueError, match="finite"):
        round_significant(float("inf"))


def test_freezing_reaches_into_dataclasses_tuples_and_mappings() -> None:
    estimate = Estimate(1 / 3, "points", 0.1234567, 0.9876543, as_of=date(2026, 1, 1))
    frozen = freeze({"a": (estimate, 2 / 3)})
    assert frozen["a"][1] == 0.666667
    assert (frozen["a"][0].value, frozen["a"][0].low) == (0.333333, 0.123457)
