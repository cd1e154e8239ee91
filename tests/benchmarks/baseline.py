"""All measures of the bundled baseline world: each command once, and the analysis behind a weekly report."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from lunchwatch.cli import cli
from lunchwatch.weekly import repository_roles
from store.catalogue import load_catalogue
from store.database import open_database
from store.loading import load_bundled, load_reference
from store.migration import upgrade
from store.query import StoreQuery
from store.records import LIVE
from tests.benchmarks import Row, best_of

AS_OF = date(2026, 8, 23)
NOW = datetime(2026, 8, 24, tzinfo=UTC)
TARGET = 5.0

COMMANDS = {
    "gap": ["gap", "--board", "text"],
    "lag, three estimators": ["lag"],
    "trend of one series": ["trend", "github.stars", "ggml-org/llama.cpp"],
    "movers": ["movers"],
    "claims": ["claims"],
    "openness of one model": ["openness", "Qwen/Qwen3-8B"],
}


def run() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, settings_in(folder):
        database = open_database(f"sqlite:///{folder}/lunchwatch.db")
        catalogue = load_catalogue()
        upgrade(database)
        load_reference(database, catalogue)
        for _ in load_bundled(database, catalogue, lambda: NOW):
            pass
        whole = 0.0
        for name, arguments in COMMANDS.items():
            seconds, _ = best_of(lambda chosen=arguments: answer(chosen))
            whole += seconds
            yield Row(name, seconds, note=f"lunchwatch {' '.join(arguments)} --json, within one process")

        def analyse() -> int:
            from analyzers.weekly.week import analyse_week

            with database.read() as connection:
                query = StoreQuery(connection, catalogue, LIVE, AS_OF)
                return len(analyse_week(query, roles=repository_roles(catalogue), now=NOW).measures)

        seconds, measures = best_of(analyse, repetitions=2)
        assert measures
        yield Row("weekly analysis", seconds, note="every measure, finding and interval of a report")
        yield Row("all of the above", whole + seconds, note="baseline world", target=TARGET)
        database.close()


def answer(arguments: Sequence[str]) -> object:
    """What the command says, as JSON; an error of the command is the benchmark's."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        cli.main([*arguments, "--as-of", AS_OF.isoformat(), "--json"], standalone_mode=False)
    return json.loads(out.getvalue())["data"]


@contextlib.contextmanager
def settings_in(folder: str) -> Iterator[None]:
    """The settings of somebody whose data lies in `folder`."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("LUNCHWATCH_")]:
        del os.environ[name]
    os.environ["LUNCHWATCH_DATA_FOLDER"] = folder
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
