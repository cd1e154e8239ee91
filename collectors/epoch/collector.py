"""Epoch AI's data: three files, asked for once a day and only when they changed.

A file whose content is what it was writes nothing, even where its date or ETag moved (the site is built anew
without new data). An index that lost more than half of its models is held back (`collectors.publications`).

State of a file: `etag`, `last_modified`, `content`, a digest of what was read in it, and `entries`, how many.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from collectors.contract import Context, Target
from collectors.epoch.archive import Archive
from collectors.epoch.benchmarks import BenchmarkNames, parse_benchmarks
from collectors.epoch.compute import parse_compute
from collectors.epoch.index import parse_index
from collectors.epoch.table import Parsed
from collectors.fetching.gate import host_of
from collectors.offers import describe_malformed
from collectors.publications import end_holding, hold_back
from collectors.states import read_text
from store.records import Batch, Coverage, CoverageStatus, Fact, Observation, Record

SOURCE = "epoch"
INDEX, BENCHMARKS, COMPUTE = "index", "benchmarks", "compute"
_FILES = {
    INDEX: ("capability index", "eci_scores.csv", 10_000_000),
    BENCHMARKS: ("benchmark results", "benchmark_data.zip", 30_000_000),
    COMPUTE: ("training compute", "all_ai_models.csv", 60_000_000),
}
"""Target: what it is, its file, and the most bytes of it."""

_PER_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class EpochOptions:
    url: str = "https://epoch.ai"

    def file_url(self, target: str) -> str:
        return f"{self.url.rstrip('/')}/data/{_FILES[target][1]}"


class EpochCollector:
    name = SOURCE
    source = SOURCE

    def __init__(self, options: EpochOptions, names: BenchmarkNames) -> None:
        self._options = options
        self._names = names

    def list_targets(self) -> Sequence[Target]:
        host = host_of(self._options.file_url(INDEX))
        return [Target(key, label, host, every=timedelta(days=1)) for key, (label, _, _) in _FILES.items()]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """The records in batches; only the last one remembers the file: a stopped pass is made again."""
        context.raise_if_stopped()
        url = self._options.file_url(target.key)
        fetched = context.fetcher.fetch(
            url,
            etag=read_text(state.get("etag")),
            last_modified=read_text(state.get("last_modified")),
            max_bytes=_FILES[target.key][2],
        )
        if fetched.is_unchanged:
            unchanged = Coverage(target.key, CoverageStatus.UNCHANGED)
            yield Batch(coverage=[unchanged], state=end_holding(state), requests=fetched.requests)
            return
        today = context.clock().date()
        parsed = self._parse(target.key, fetched.body, today, url)
        held = hold_back(target.key, len(parsed.entries), state, today, fetched.requests)
        if held is not None and target.key == INDEX:
            yield held
            return
        content = _digest(parsed.records, today)
        known: dict[str, object] = {
            "etag": fetched.etag,
            "last_modified": fetched.last_modified,
            "content": content,
            "entries": len(parsed.entries),
        }
        news = parsed.records if state.get("content") != content else []
        *portions, last = [news[at : at + _PER_BATCH] for at in range(0, len(news), _PER_BATCH)] or [[]]
        requests = fetched.requests
        for portion in portions:
            yield Batch(portion, requests=requests)
            requests = 0
        status = CoverageStatus.PARTIAL if parsed.skipped else CoverageStatus.COMPLETE
        reason = describe_malformed(len(parsed.skipped)) if parsed.skipped else ""
        coverage = Coverage(target.key, status, len(parsed.entries), reason)
        yield Batch(last, [coverage], known, requests, parsed.skipped)

    def _parse(self, key: str, body: bytes, today: date, url: str) -> Parsed:
        if key == INDEX:
            return parse_index(body, today, url)
        if key == COMPUTE:
            return parse_compute(body, url)
        return parse_benchmarks(Archive(body), self._names)


def _digest(records: Sequence[Record], today: date) -> str:
    """What was read, whatever the day it was read on."""
    return hashlib.sha256("\n".join(repr(_undate(record, today)) for record in records).encode()).hexdigest()[
        :16
    ]


def _undate(record: Record, today: date) -> Record:
    if isinstance(record, Observation):
        return replace(record, day=date.min)
    if isinstance(record, Fact) and record.valid_from == today:
        return replace(record, valid_from=date.min)
    return record
