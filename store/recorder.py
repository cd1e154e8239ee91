"""The write path: one batch, one transaction, only what is news.

    with recording(database, RunSpec(world, collector, data_source, basis), clock) as recorder:
        recorder.save(batch, checkpoint)

A killed run loses nothing that `save` returned from; the same batch again writes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select, update

from store import schema as t
from store.batch import write_batch
from store.checkpoint import Checkpoint, save_checkpoint
from store.database import Database
from store.errors import Interrupted, LunchwatchError
from store.records import Batch, Outcome, Semantics
from store.transaction import Counts, RunSpec, Transaction

_COUNT = update(t.run).where(t.run.c.run_id == bindparam("of_run"))
"""Built once, as it is run with every batch."""


class Recorder:
    """One run: saves batches and keeps its counts."""

    def __init__(self, database: Database, spec: RunSpec, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self.spec = spec
        self.counts = Counts()
        self._lock = threading.Lock()
        with database.write() as connection:
            self._metrics = {
                row.name: (row.metric_id, Semantics(row.semantics))
                for row in connection.execute(select(t.metric))
            }
            self.run_id: int = connection.execute(
                insert(t.run)
                .values(
                    **asdict(spec),
                    started_at=clock(),
                    outcome=Outcome.RUNNING,
                    **asdict(Counts()),
                )
                .returning(t.run.c.run_id)
            ).scalar_one()

    def save(self, batch: Batch, checkpoint: Checkpoint | None = None) -> Counts:
        """Write one batch and the target's checkpoint in one transaction; return what it did.

        May be called from several threads; batches of one run are written one after the other.
        """
        with self._lock:
            with self._database.write() as connection:
                counts = write_batch(Transaction(connection, self.run_id, self.spec, self._metrics), batch)
                if checkpoint is not None:
                    state = checkpoint if batch.state is None else replace(checkpoint, state=batch.state)
                    save_checkpoint(connection, self.spec.world, self.spec.collector, state)
                total = self.counts + counts
                connection.execute(_COUNT, asdict(total) | {"of_run": self.run_id})
            self.counts = total
        return counts

    def finish(self, outcome: Outcome, kind: str | None = None, reason: str | None = None) -> None:
        """Close the run, with the kind and the words of what went wrong; its rows stay in any case."""
        with self._database.write() as connection:
            connection.execute(
                update(t.run)
                .where(t.run.c.run_id == self.run_id)
                .values(
                    finished_at=self._clock(),
                    outcome=outcome,
                    error_kind=kind,
                    error=reason,
                )
            )


@contextmanager
def recording(database: Database, spec: RunSpec, clock: Callable[[], datetime]) -> Iterator[Recorder]:
    """Open a run and close it with the outcome its body had: ok, interrupted, failed (an error of ours)
    or crashed (a bug). Exceptions pass on."""
    recorder = Recorder(database, spec, clock)
    try:
        yield recorder
    except (Interrupted, KeyboardInterrupt) as error:
        recorder.finish(Outcome.INTERRUPTED, type(error).__name__, str(error))
        raise
    except LunchwatchError as error:
        recorder.finish(Outcome.FAILED, type(error).__name__, str(error))
        raise
    except BaseException as error:
        recorder.finish(Outcome.CRASHED, type(error).__name__, str(error))
        raise
    recorder.finish(Outcome.OK)


def close_abandoned_runs(database: Database, now: datetime, older_than: timedelta) -> int:
    """Mark runs that were killed as interrupted; what they committed stays. Returns how many."""
    with database.write() as connection:
        return connection.execute(
            update(t.run)
            .where(t.run.c.outcome == Outcome.RUNNING, t.run.c.started_at < now - older_than)
            .values(outcome=Outcome.INTERRUPTED, finished_at=now, error="the process ended before the run")
        ).rowcount
