"""Results of benchmark runs, from the tables of `benchmark_data.zip`, as claims of a third party. Pure.

Epoch's own runs are the tables with a start of each run (`Started at`); the others restate somebody else's
results under somebody else's licence, and only those whose owner grants one are read (`LICENSED`).

    claim      model as the table names it, benchmark, score in the benchmark's unit, whose result it is
    settings   the effort that a model's name ends with (`_high`, `_16K`), Aider's edit format
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from collectors.epoch.archive import Archive
from collectors.epoch.table import TEXT_LENGTH, Line, Parsed, read_number, read_table
from collectors.moments import parse_moment
from collectors.offers import MalformedItem, describe_problem
from collectors.text import clean_text, is_identifier, parse_link
from store.errors import SourceChanged
from store.records import Benchmark, Claim, Standing

CATALOGUE = "benchmark_metadata.csv"
OWN_RESULTS = "https://epoch.ai/benchmarks"
LICENSED: Mapping[str, str] = {"aider_polyglot_external.csv": "https://aider.chat/docs/leaderboards/"}
"""Tables of others, by the owner's page: Aider publishes its leaderboard under Apache-2.0."""

_MODEL, _STARTED = "Model version", "Started at"
_EFFORT = re.compile(r"_(minimal|none|low|medium|high|xhigh|max|\d+[kK])$")
_PART = re.compile(r"^(?P<name>.+?)-(?P<version>(?:Tiers-1-3-)?(?:v\d|\d{4}-\d{2}-\d{2}).*)$")
_STARTED_AS_DATE = "Date of evaluation"


class BenchmarkMeaning(Protocol):
    """The declared benchmark a name means, and the version that name implies."""

    @property
    def benchmark(self) -> str: ...

    @property
    def version(self) -> str: ...


class BenchmarkNames(Protocol):
    """What the catalogue knows about benchmarks."""

    @property
    def benchmarks(self) -> Mapping[str, Benchmark]: ...

    def find_benchmark(self, name: str) -> BenchmarkMeaning | None: ...


@dataclass(frozen=True, slots=True)
class _Test:
    """How one table is read. `scale` makes a fraction of its score."""

    name: str
    score_column: str
    scale: float


def parse_benchmarks(archive: Archive, names: BenchmarkNames) -> Parsed:
    """The claims of each table. Raises SourceChanged when the list of benchmarks is missing or of another
    shape, or when more than half of the claims cannot be read."""
    parsed = Parsed()
    tests = dict(_list_tests(archive.read(CATALOGUE)))
    tables = [name for name in archive.names if "/" not in name and name.endswith(".csv")]
    for table in tables:
        test = tests.get(table)
        if test is None or (table.endswith("_external.csv") and table not in LICENSED):
            parsed.left_out += 1
            continue
        try:
            _read_results(archive.read(table), table, test, names, parsed)
        except SourceChanged as error:  # one table of eighty: the others are read
            parsed.skipped.append(clean_text(str(error), TEXT_LENGTH))
    if not parsed.entries:
        problem = parsed.skipped[0] if parsed.skipped else "no table with runs of Epoch's own"
        raise SourceChanged("benchmark_data.zip", problem)
    parsed.check()
    return parsed


def _list_tests(body: bytes) -> Iterator[tuple[str, _Test]]:
    """Each table that the list of benchmarks names, with how it is read."""
    for _, line in read_table(body, CATALOGUE, ("benchmark", "source_file", "score_column")):
        scale = read_number(line, "scale")
        if line["benchmark"] and line["source_file"] and line["score_column"]:
            yield line["source_file"], _Test(line["benchmark"], line["score_column"], scale or 1.0)


def _read_results(body: bytes, table: str, test: _Test, names: BenchmarkNames, parsed: Parsed) -> None:
    lines = list(read_table(body, table, (_MODEL,)))
    if lines and test.score_column not in lines[0][1]:
        raise SourceChanged(f"{table}[{test.score_column!r}]", "there is no such column")
    if table not in LICENSED and lines and _STARTED not in lines[0][1]:
        parsed.left_out += 1  # a table of others that does not say so in its name
        return
    latest: dict[tuple[str, str], tuple[date, Claim]] = {}
    for number, line in lines:
        if not line[_MODEL] or not line[test.score_column]:
            continue  # published without a score: nothing is claimed
        try:
            claim = _parse_claim(line, table, test, names)
        except (MalformedItem, ValueError) as error:
            parsed.skipped.append(describe_problem(f"{table}, line {number}", error))
            continue
        # several runs of one model under one address would be one claim with changing values: the last counts
        key = (claim.model, claim.source_url)
        day = claim.claimed_on or date.min
        if key not in latest or latest[key][0] <= day:
            latest[key] = day, claim
    for (model, url), (_, claim) in latest.items():
        parsed.entries[f"{table} {model} {url}"] = [claim]


def _parse_claim(line: Line, table: str, test: _Test, names: BenchmarkNames) -> Claim:
    model = line[_MODEL]
    if not is_identifier(model, TEXT_LENGTH):
        raise MalformedItem(f"{_MODEL}: {model[:40]!r} is no name")
    benchmark, version, unit = _find_benchmark(test.name, names)
    raw = read_number(line, test.score_column)
    if raw is None:
        raise MalformedItem(f"{test.score_column}: missing")
    fraction = raw * test.scale
    if not -0.001 <= fraction <= 1.001 and unit != "points":
        raise MalformedItem(f"{test.score_column}: {raw} is no share of questions")
    score = {"percent": round(100 * fraction, 6), "points": raw}.get(unit, round(fraction, 8))
    link = parse_link(line.get("Log viewer", "")) if table not in LICENSED else None
    return Claim(
        model=model,
        benchmark=benchmark,
        score=score,
        unit=unit,
        metric="",  # what the benchmark is always reported in
        standing=Standing.THIRD_PARTY,
        claimed_on=_read_day(line),
        source_url=link or LICENSED.get(table, OWN_RESULTS),
        version=version,
        settings=_describe_settings(line, model, table),
    )


def _find_benchmark(name: str, names: BenchmarkNames) -> tuple[str, str, str]:
    """(benchmark, version, unit): the declared one, also where the name goes on with a version; else the
    table's own name and a fraction."""
    found, version = names.find_benchmark(name), ""
    part = _PART.match(name)
    if found is None and part is not None:
        found, version = names.find_benchmark(part["name"]), part["version"]
    if found is None:
        return clean_text(name, TEXT_LENGTH), "", "fraction"
    return found.benchmark, clean_text(found.version or version, 64), names.benchmarks[found.benchmark].unit


def _read_day(line: Line) -> date | None:
    text = line.get(_STARTED) or line.get(_STARTED_AS_DATE) or ""
    return parse_moment(text).date() if text else None


def _describe_settings(line: Line, model: str, table: str) -> str:
    effort = _EFFORT.search(model)
    told = [
        f"effort: {effort[1]}" if effort else "",
        f"edit format: {line['Edit format']}" if table in LICENSED and line.get("Edit format") else "",
    ]
    return clean_text("; ".join(part for part in told if part), TEXT_LENGTH)
