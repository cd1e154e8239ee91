"""What the catalogue declares of benchmarks, so that their scores can be compared."""

from __future__ import annotations

import pytest

from store.catalogue import load_catalogue
from store.catalogue.toml_table import TomlTable
from store.errors import ConfigurationError


def test_every_benchmark_has_terms_with_its_own_unit() -> None:
    catalogue = load_catalogue()
    assert catalogue.benchmark_terms.keys() == catalogue.benchmarks.keys()
    for key, terms in catalogue.benchmark_terms.items():
        assert (terms.unit, terms.higher_is_better) == (
            catalogue.benchmarks[key].unit,
            catalogue.benchmarks[key].higher_is_better,
        )


def test_no_metric_of_several_tries_stands_for_one_try() -> None:
    for terms in load_catalogue().benchmark_terms.values():
        for name in (terms.metric, *terms.metric_names):
            assert "@" not in name or name == "pass@1"
            assert "maj" not in name


def test_benchmark_declares_its_questions_and_default_set() -> None:
    terms = load_catalogue().benchmark_terms
    assert terms["gpqa-diamond"].items == 198
    assert (terms["swe-bench-pro"].dataset, terms["swe-bench-pro"].metric) == ("public", "resolve rate")
    assert terms["scicode"].metric == ""  # main problems and steps are both reported


@pytest.mark.parametrize("value", [0, -1, True, "2", float("inf"), float("nan")])
def test_tolerance_must_be_a_number_above_zero(value: object) -> None:
    with pytest.raises(ConfigurationError, match="tolerance must be a number above zero"):
        TomlTable({"tolerance": value}, "benchmarks.toml").positive("tolerance")


def test_tolerance_that_is_left_out_is_none() -> None:
    table = TomlTable({"tolerance": 2}, "benchmarks.toml")
    assert (table.positive("tolerance"), table.positive("other")) == (2.0, None)
