"""The data sets on the Hub that are declared benchmarks."""

from __future__ import annotations

import pytest

from store.catalogue import load_catalogue


def test_every_entry_is_a_declared_benchmark_and_says_its_unit_only_as_the_benchmark_does() -> None:
    catalogue = load_catalogue()
    assert catalogue.hub_benchmarks
    for entry in catalogue.hub_benchmarks:
        assert catalogue.find_hub_benchmark(entry.dataset, entry.task) == entry
        assert entry.unit in ("", "percent", "fraction", "points")
        assert entry.benchmark in catalogue.benchmarks


@pytest.mark.parametrize(
    ("dataset", "task", "benchmark"),
    [
        ("cais/hle", "hle", "humanitys-last-exam"),
        ("CAIS/HLE", "hle", "humanitys-last-exam"),
        ("cais/hle", None, "humanitys-last-exam"),
        ("cais/hle", "another", None),
        ("Idavidrein/gpqa", "diamond", "gpqa-diamond"),
        ("Idavidrein/gpqa", "main", None),
        ("Idavidrein/gpqa", None, None),
        ("hle", "hle", None),
    ],
)
def test_a_data_set_is_a_benchmark_by_its_task_and_without_one_when_it_has_no_other(
    dataset: str, task: str | None, benchmark: str | None
) -> None:
    found = load_catalogue().find_hub_benchmark(dataset, task)
    assert (found.benchmark if found is not None else None) == benchmark


def test_the_data_set_that_is_written_both_ways_has_no_unit() -> None:
    found = load_catalogue().find_hub_benchmark("Idavidrein/gpqa", "diamond")
    assert found is not None
    assert found.unit == ""
