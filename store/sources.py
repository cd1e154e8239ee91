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

_Key = tuple[str, str]
"""A collector and the basis of its runs."""

_GOOD = (Outcome.OK, Outcome.PARTIAL)
_BAD = (CoverageStatus.FAILED, CoverageStatus.POSTPONED, CoverageStatus.PARTIAL, CoverageStatus.GONE)

_REMEMBERED = timedelta(days=2)
"""How long before the last run what was said of a scope still counts, unless it was looked at since. Between
two rounds there are small runs that go on with a few targets; two rounds are seldom further apart. What left
the settings is forgotten after that."""


def list_sources(connection: Connection, when: AsOf) -> list[SourceStatus]:
    """One entry per collector and basis that ever ran in the world by then: what was back-filled stands
    beside what is collected. A run that was merely postponed leaves the state as the run before it did."""
    r = t.run
    conditions = [
        r.c.world == when.world,
        or_(r.c.started_at < when.cutoff, r.c.basis == Basis.BUNDLED),
        *when.known_runs(r.c.run_id),
    ]
    runs = connection.execute(select(r).where(*conditions).order_by(r.c.run_id)).mappings().all()
    by_key = defaultdict(list)
    for run in runs:
        by_key[run["collector"], run["basis"]].append(run)
    through = _through(connection, when)
    scopes = _list_bad_scopes(connection, by_key)
    waits = _list_waits(connection, when)
    statuses = []
    for key, history in by_key.items():
        collector, basis = key
        asked = [run for run in history if run["outcome"] != Outcome.POSTPONED]
        last = asked[-1] if asked else history[-1]
        good = [run for run in history if run["outcome"] in _GOOD]
        found = scopes.get(key, {})
        postponed = [scope for scope, (status, _) in found.items() if status == CoverageStatus.POSTPONED]
        told = [f"{scope}: {reason or status}" for scope, (status, reason) in sorted(found.items())]
        if last["error"]:
            told.insert(0, last["error"])
        outcome = Outcome(last["outcome"])
        has_gaps = len(found) > len(postponed) or bool(last["error"])
        statuses.append(
            SourceStatus(
                source=collector,
                basis=Basis(basis),
                last_success_at=good[-1]["started_at"] if good else None,
                last_attempt_at=history[-1]["started_at"],
                outcome=Outcome.PARTIAL if outcome is Outcome.OK and has_gaps else outcome,
                through=through.get(key),
                rows=sum(run["written"] for run in history),
                skipped=last["skipped"],
                problems=tuple(dict.fromkeys(told)),
                goes_on_at=min(
                    (waits[collector, scope] for scope in postponed if (collector, scope) in waits),
                    default=None,
                ),
            )
        )
    return sorted(statuses, key=lambda s: (s.basis is Basis.BUNDLED, s.source))


def _through(connection: Connection, when: AsOf) -> dict[_Key, date]:
    """The last day any of its rows is about, not after the as-of."""
    days = (
        (t.observation, t.observation.c.day),
        (t.model_fact, t.model_fact.c.valid_from),
        (t.claim, t.claim.c.claimed_on),
        (t.figure, t.figure.c.as_of),
        (t.document, t.document.c.published_at),
        (t.release, t.release.c.published_at),
    )
    latest: dict[_Key, date] = {}
    for table, column in days:
        is_moment = isinstance(column.type, t.Moment)
        limit = column < when.cutoff if is_moment else column <= when.day
        for collector, basis, day in connection.execute(
            select(t.run.c.collector, t.run.c.basis, func.max(column))
            .join(t.run, t.run.c.run_id == table.c.run_id)
            .where(t.run.c.world == when.world, limit)
            .group_by(t.run.c.collector, t.run.c.basis)
        ):
            found = day.date() if isinstance(day, datetime) else day
            key = collector, basis
            if found is not None and (key not in latest or latest[key] < found):
                latest[key] = found
    return latest


def _list_bad_scopes(
    connection: Connection, by_key: Mapping[_Key, Sequence[Mapping[Any, Any]]]
) -> dict[_Key, dict[str, tuple[str, str]]]:
    """The scopes that could not be read, or not wholly, when they were last looked at: status and reason."""
    keys = {
        run["run_id"]: key
        for key, history in by_key.items()
        for run in history
        if run["started_at"] > history[-1]["started_at"] - _REMEMBERED
    }
    c = t.coverage
    last: dict[tuple[_Key, str], tuple[str, str]] = {}
    for row in connection.execute(select(c).where(c.c.run_id.in_(list(keys))).order_by(c.c.run_id)):
        last[keys[row.run_id], row.scope] = row.status, row.reason
    found: dict[_Key, dict[str, tuple[str, str]]] = defaultdict(dict)
    for (key, scope), (status, reason) in last.items():
        if status in _BAD:
            found[key][scope] = status, reason
    return found


def _list_waits(connection: Connection, when: AsOf) -> dict[tuple[str, str], datetime]:
    """By collector and target, until when what was postponed is left alone."""
    c = t.checkpoint.c
    rows = connection.execute(
        select(c.collector, c.target, c.next_check_at).where(
            c.world == when.world, c.next_check_at.is_not(None), c.last_attempt_at < when.cutoff
        )
    )
    return {(row.collector, row.target): row.next_check_at for row in rows}
