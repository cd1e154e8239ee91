"""Following a statement of a frozen issue to its rows: the issue from the database, the evidence's SQL run
read-only, once as the views were when the issue was frozen and once as they are now, and the public
addresses of what the rows speak of."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from analyzers.weekly.evidence import quote, quote_all
from reports.explanation import Explanation, rank_rows
from reports.formatting import clean_url
from reports.origins import split_sources
from store.addresses import find_address, find_publication
from store.errors import LunchwatchError, NotFound
from store.outbox import StoredIssue, find_issue
from store.recall import recall
from store.statement import run_statement

if TYPE_CHECKING:
    from reports.content import EvidenceRow
    from store.answer import Answer
    from store.database import Database

SECONDS = 60.0
"""How long one evidence statement may take."""

_METRIC = re.compile(r"metric (?:= |in \()'([^']+)'")
_OWN_ADDRESSES = ("evidence_url", "url", "source_url")


@dataclass(frozen=True, slots=True)
class Row:
    """One evidence row as the issue knew it. `is_told`: it bears a name, day or value of the statement;
    `is_current`: the views still show it."""

    values: Mapping[str, Any]
    addresses: tuple[str, ...]
    is_told: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class Run:
    run_id: int
    collector: str
    basis: str
    started_at: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Source:
    """Whose facts the rows are; None where this database's catalogue does not know the source any more."""

    key: str
    name: str | None
    url: str | None
    licence: str | None


@dataclass(frozen=True, slots=True)
class Trail:
    """Evidence followed to its rows. `known`: rows as the issue knew them; `learned`: rows the views show
    now that it did not know; `outdated`: rows it knew that the views do not show any more; `problem`: why
    the rows could not be read."""

    evidence: EvidenceRow
    sql: str
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    known: int = 0
    learned: int = 0
    outdated: int = 0
    runs: tuple[Run, ...] = ()
    sources: tuple[Source, ...] = ()
    problem: str | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address on the trail, the rows' own first."""
        own = [address for row in self.rows for address in row.addresses]
        told = [self.evidence["url"], *(source.url for source in self.sources)]
        return tuple(dict.fromkeys([*own, *(address for address in told if address)]))


def require_issue(database: Database, world: str, week: str | None) -> StoredIssue:
    """The latest revision of the week's issue; without a week, of the latest. Raises NotFound."""
    stored = find_issue(database, world, week)
    if stored is None:
        raise NotFound(
            f"there is no issue of {week or 'any week'} in the world {world} yet",
            remedy="run: lunchwatch report build",
        )
    return stored


@dataclass
class Follower:
    """Reads the evidence of one stored issue. `feeds`: a feed's name to its address."""

    database: Database
    stored: StoredIssue
    feeds: Mapping[str, str]
    seconds: float = SECONDS
    _metric_sources: dict[str, str] = field(default_factory=dict)

    def follow(self, explanation: Explanation, limit: int) -> list[Trail]:
        """Every evidence of the explanation with at most `limit` rows (0: all), the most telling first."""
        return [self._follow(evidence, explanation, limit) for evidence in explanation.evidence]

    def _follow(self, evidence: EvidenceRow, explanation: Explanation, limit: int) -> Trail:
        sql = shlex.split(evidence["command"])[-1]
        try:
            known, now = self._read(sql)
        except LunchwatchError as error:
            # a view that another version had, a statement that takes too long: the others still answer
            return Trail(
                evidence,
                sql,
                runs=self._runs(evidence["run_ids"]),
                sources=self._sources(split_sources(evidence["source"])),
                problem=str(error),
            )
        current = Counter(now.rows)
        held = Counter(known.rows)
        records = [dict(zip(known.columns, row, strict=True)) for row in known.rows]
        chosen = rank_rows(records, explanation)[: limit or None]
        shown = [records[position] for position, _ in chosen]
        addresses = self._addresses(shown, sql)
        keys = split_sources(evidence["source"]) or sorted(
            {str(row["data_source"]) for row in records if row.get("data_source")}
        )
        return Trail(
            evidence=evidence,
            sql=sql,
            columns=known.columns,
            rows=tuple(
                Row(record, found, is_told=hits > 0, is_current=known.rows[position] in current)
                for record, found, (position, hits) in zip(shown, addresses, chosen, strict=True)
            ),
            known=len(known.rows),
            learned=sum((current - held).values()),
            outdated=sum((held - current).values()),
            runs=self._runs(evidence["run_ids"] or [row["run_id"] for row in records if "run_id" in row]),
            sources=self._sources(keys),
        )

    def _read(self, sql: str) -> tuple[Answer, Answer]:
        """What the statement answers to the issue's knowledge, and what it answers now."""
        last = self.stored.last_run_id
        then = recall(sql, last_run_id=last, as_of=self.stored.as_of, is_sqlite=self.database.is_sqlite)
        now = run_statement(self.database, sql, limit=0, seconds=self.seconds)
        if then == sql:  # runs carry no second clock: later ones are told by their number
            place = now.columns.index("run_id")
            rows = [row for row in now.rows if row[place] <= last]
            return type(now)(now.columns, rows, is_cut=False), now
        return run_statement(self.database, then, limit=0, seconds=self.seconds), now

    def _addresses(self, rows: Sequence[Mapping[str, Any]], sql: str) -> list[tuple[str, ...]]:
        """The public addresses of each row: its own, else made from what it speaks of."""
        subjects = self._subject_sources([str(row["subject"]) for row in rows if row.get("subject")])
        models = self._hub_names([str(row["model"]) for row in rows if row.get("model")])
        told_by = self._data_sources([row["run_id"] for row in rows if row.get("run_id")])
        found = []
        for row in rows:
            teller = str(row.get("data_source") or told_by.get(int(row.get("run_id") or 0), ""))
            own = [clean_url(row[key]) for key in _OWN_ADDRESSES if row.get(key)]
            if not any(own):
                own = [clean_url(address) for address in self._make(row, sql, subjects, models, teller)]
            found.append(tuple(dict.fromkeys(address for address in own if address)))
        return found

    def _make(
        self,
        row: Mapping[str, Any],
        sql: str,
        subjects: Mapping[str, Sequence[str]],
        models: Mapping[str, str],
        teller: str,
    ) -> list[str | None]:
        if row.get("measure"):
            return [find_publication(str(row.get("source", "")))]
        if name := row.get("subject"):
            metric = row.get("metric") or next(iter(_METRIC.findall(sql)), None)
            declared = self._find_metric_source(str(metric)) if metric else ""
            # a name that nobody bears any more was renamed: its metric tells where it stood
            sources = (
                [str(row["source"])] if row.get("source") else subjects.get(name) or [declared or teller]
            )
            best = next(([one] for one in (teller, declared) if one in sources), sources)
            return [find_address(source, str(name), self.feeds) for source in best]
        if model := row.get("model"):
            if model in models:
                return [find_address("hub", models[model])]
            return [find_address(teller, str(model), self.feeds)]
        return []

    # ---------------------------------------------------------------- what the views tell beside the rows

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        return list(run_statement(self.database, sql, limit=0, seconds=self.seconds).rows)

    def _subject_sources(self, names: Sequence[str]) -> dict[str, list[str]]:
        """In which sources there is a subject of this name; the same name may stand in several."""
        found: dict[str, list[str]] = {}
        if names:
            for name, source in self._ask(
                "select distinct subject, source from v_subject where world ="  # noqa: S608 - values are quoted
                f" {quote(self.stored.world)} and subject in ({quote_all(names)}) order by source"
            ):
                found.setdefault(name, []).append(source)
        return found

    def _hub_names(self, models: Sequence[str]) -> dict[str, str]:
        """The Hub repository of each model that is linked to one."""
        if not models:
            return {}
        return dict(
            self._ask(
                "select model, subject from v_link where world ="  # noqa: S608 - values are quoted
                f" {quote(self.stored.world)} and kind = 'hub_model' and not is_withdrawn and model in"
                f" ({quote_all(models)}) order by confidence, subject desc"
            )
        )

    def _data_sources(self, run_ids: Sequence[int]) -> dict[int, str]:
        return {run: source for run, source, *_ in self._ask_runs(run_ids)}

    def _runs(self, run_ids: Sequence[int]) -> tuple[Run, ...]:
        return tuple(
            Run(run_id, collector, basis, str(started_at), outcome)
            for run_id, _, collector, basis, started_at, outcome in self._ask_runs(run_ids)
        )

    def _ask_runs(self, run_ids: Sequence[int]) -> list[tuple[Any, ...]]:
        if not run_ids:
            return []
        wanted = ", ".join(str(int(run_id)) for run_id in sorted(set(run_ids)))
        return self._ask(
            "select run_id, data_source, collector, basis, started_at, outcome from v_run"  # noqa: S608 - whole numbers only
            f" where run_id in ({wanted}) order by run_id"
        )

    def _sources(self, keys: Sequence[str]) -> tuple[Source, ...]:
        if not keys:
            return ()
        rows = {
            row[0]: row
            for row in self._ask(
                "select data_source, name, url, licence from v_source where data_source in"  # noqa: S608 - values are quoted
                f" ({quote_all(keys)})"
            )
        }
        return tuple(Source(*rows[key]) if key in rows else Source(key, None, None, None) for key in keys)

    def _find_metric_source(self, metric: str) -> str:
        if not self._metric_sources:
            self._metric_sources.update(self._ask("select metric, source from v_metric"))
        return self._metric_sources.get(metric, "")
