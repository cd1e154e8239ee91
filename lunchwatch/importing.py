"""One file into one world: read, parsed, written as one transaction, and what came of it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lunchwatch.lock import single_instance
from lunchwatch.settings import load_settings
from lunchwatch.wiring import prepare_database
from store.catalogue import Catalogue, load_catalogue
from store.database import Database, open_database
from store.errors import Unreadable
from store.importing import Told, read_metrics, try_import, write_import
from store.imports import KINDS, Context, Parsed, parse_table, read_table
from store.loading import load_reference
from store.migration import require_current, upgrade
from store.records import LIVE, Basis, Batch, Coverage, CoverageStatus
from store.transaction import RunSpec
from store.worlds import parse_world

_MOST_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a file. `told` None: nothing was written because of bad lines."""

    kind: str
    file: str
    world: str
    is_trial: bool
    parsed: Parsed
    told: Told | None


def import_file(
    kind: str,
    file: str,
    *,
    world: str | None,
    skips_bad: bool,
    is_trial: bool,
    clock: Callable[[], datetime],
) -> Imported:
    """Read `file` (`-`: standard input) and write its good rows into the world, all or none.

    Bad lines keep everything from being written unless `skips_bad`; a trial counts what the good ones
    would do in any case, and keeps nothing. Raises Refused for a name that no world can have, Unreadable
    for a file that is not as it must be.
    """
    into = parse_world(LIVE if world is None else world)
    what = KINDS[kind]
    content, name = _read(file)
    table = read_table(content, name, what.required, what.optional, only_json=what.only_json)
    catalogue = load_catalogue()
    opened = _trial_database(catalogue) if is_trial else _own_database(into)
    with opened as database:
        context = Context(clock(), catalogue, read_metrics(database, catalogue))
        parsed = parse_table(what, table, context)
        told: Told | None = None
        spec = RunSpec(into, f"import.{kind}", "import", Basis.IMPORTED)
        if is_trial:
            told = try_import(database, spec, _batch(parsed, name), parsed.metrics, clock, catalogue)
        elif skips_bad or not parsed.bad:
            told = write_import(database, spec, _batch(parsed, name), parsed.metrics, clock)
    return Imported(kind, name, into, is_trial, parsed, told)


def _read(file: str) -> tuple[bytes, str]:
    """The file's bytes and what it is called in messages and in the run's coverage."""
    name = "standard input" if file == "-" else Path(file).name
    name = name.encode(errors="replace").decode()
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as source:
            content = source.read(_MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"cannot read {name}: {error.strerror}") from error
    if len(content) > _MOST_BYTES:
        raise Unreadable(
            f"{name} is larger than {_MOST_BYTES // 1024 // 1024} MB", remedy="split it into several files"
        )
    return content, name


@contextmanager
def _own_database(world: str) -> Iterator[Database]:
    """The database to write to, made or upgraded where it must be. Reports are frozen from the live world
    by whoever holds the lock; another world is nobody's, and one transaction keeps its writers apart."""
    with (
        prepare_database() as (database, settings, _change),
        single_instance(settings.data_folder) if world == LIVE else nullcontext(),
    ):
        yield database


@contextmanager
def _trial_database(catalogue: Catalogue) -> Iterator[Database]:
    """The database as it is; where there is none yet, an empty one that is gone afterwards."""
    database = open_database(load_settings().database)
    try:
        if database.path is None or database.path.exists():
            require_current(database)
            yield database
            return
    finally:
        database.close()
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/trial.db")
        try:
            upgrade(database)
            load_reference(database, catalogue)
            yield database
        finally:
            database.close()


def _batch(parsed: Parsed, name: str) -> Batch:
    """All good rows as one batch; the run remembers how many were left out."""
    left_out = len(parsed.bad)
    return Batch(
        records=parsed.records,
        coverage=[
            Coverage(
                scope=name,
                status=CoverageStatus.PARTIAL if left_out else CoverageStatus.COMPLETE,
                items=parsed.rows - left_out,
                reason=f"{left_out} of {parsed.rows} rows could not be read" if left_out else "",
            )
        ],
        skipped=[str(line) for line in parsed.bad],
    )
