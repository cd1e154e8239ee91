"""How fresh each source is: its last good run, through which day its rows go, what went wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select

from store import schema as t
from store.reading import AsOf
from store.records import Basis, CoverageStatus, Outcome, SourceStatus

_GOOD = (Outcome.OK, Outcome.PARTIAL)
_BAD = (CoverageStatus.FAILED, CoverageStatus.POSTPONED, CoverageStatus.PARTIAL, CoverageStatus.GONE)

_REMEMBERED = timedelta(days=2)
"""How long before the last run what was said of a scope still counts, unless it was looked at since. Between
two rounds there are small runs that go on with a few targets; two rounds are seldom further apart. What left
the settings is forgotten after that."""


def list_sources(connection: Connection, when: AsOf) -> list[SourceStatus]:
    """One entry per collector that ever ran in the world by then, by basis and name."""
    r = t.run
    conditions = [
        r.c.world == when.world,
        or_(r.c.started_at < when.cutoff, r.c.basis == Basis.BUNDLED),
        *when.known_runs(r.c.run_id),
    ]
    runs = connection.execute(select(r).where(*conditions).order_by(r.c.run_id)).mappings().all()
    by_collector = defaultdict(list)
    for run in runs:
        by_collector[run["collector"]].append(run)
    through = _through(connection, when)
    problems = _list_problems(connection, by_collector)
    statuses = []
    for collector, history in by_collector.items():
        last = history[-1]
        good = [run for run in history if run["outcome"] in _GOOD]
        told = [*problems.get(collector, ())]
        if last["error"]:
            told.insert(0, last["error"])
        outcome = Outcome(last["outcome"])
        statuses.append(
            SourceStatus(
                source=collector,
                basis=Basis(last["basis"]),
                last_success_at=good[-1]["started_at"] if good else None,
                last_attempt_at=last["started_at"],
                outcome=Outcome.PARTIAL if outcome is Outcome.OK and told else outcome,
                through=through.get(collector),
                rows=sum(run["written"] for run in history),
                skipped=last["skipped"],
                problems=tuple(dict.fromkeys(told)),
            )
        )
    return sorted(statuses, key=lambda s: (s.basis is Basis.BUNDLED, s.source))


def _through(connection: Connection, when: AsOf) -> dict[str, date]:
    """Per collector the last day any of its rows is about, not after the as-of."""
    days = (
        (t.observation, t.observation.c.day),
        (t.model_fact, t.model_fact.c.valid_from),
        (t.claim, t.claim.c.claimed_on),
        (t.figure, t.figure.c.as_of),
        (t.document, t.document.c.published_at),
        (t.release, t.release.c.published_at),
    )
    latest: dict[str, date] = {}
    for table, column in days:
        is_moment = isinstance(column.type, t.Moment)
        limit = column < when.cutoff if is_moment else column <= when.day
        for collector, day in connection.execute(
            select(t.run.c.collector, func.max(column))
            .join(t.run, t.run.c.run_id == table.c.run_id)
            .where(t.run.c.world == when.world, limit)
            .group_by(t.run.c.collector)
        ):
            found = day.date() if isinstance(day, datetime) else day
            if found is not None and (collector not in latest or latest[collector] < found):
                latest[collector] = found
    return latest


def _list_problems(
    connection: Connection, by_collector: Mapping[str, Sequence[Mapping[Any, Any]]]
) -> dict[str, list[str]]:
    """Per collector the scopes that could not be read, or not wholly, when they were last looked at, and
    why."""
    collectors = {
        run["run_id"]: collector
        for collector, history in by_collector.items()
        for run in history
        if run["started_at"] > history[-1]["started_at"] - _REMEMBERED
    }
    c = t.coverage
    last: dict[tuple[str, str], tuple[str, str]] = {}
    for row in connection.execute(select(c).where(c.c.run_id.in_(list(collectors))).order_by(c.c.run_id)):
        last[collectors[row.run_id], row.scope] = row.status, row.reason
    found: dict[str, list[str]] = defaultdict(list)
    for (collector, scope), (status, reason) in sorted(last.items()):
        if status in _BAD:
            found[collector].append(f"{scope}: {reason or status}")
    return found
