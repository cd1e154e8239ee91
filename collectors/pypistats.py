"""pypistats.org: how often a package was downloaded each day, mirrors left out. One request per package.

An answer holds about 180 days. What a run of ours stores as observed are the recent ones (`recent_days`,
enough to bridge a pause); what was there before we looked is a back-fill's (`PypistatsHistory`).

* A day counts once it has been over for a day: the newest ones may still be filling.
* A 0 between days of many downloads is a gap of the counting (2020-04-08 was one for every package) and is
  left out: unknown, not zero.
* A day whose number is revised is told again and is a correction.
* 404 means unknown or never downloaded: what was not found twice in a row is called gone.

State: `etag` and `last_modified` of the last answer; `settles_on`, the day on which the same answer will hold
one more day that counts; `misses` as all walks keep them. A back-fill's: `through`, the last day it has of
the span, and `misses`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, Annotated

import msgspec

from collectors.contract import Context, Span, Target
from collectors.fetching.gate import host_of
from collectors.offers import ITEM_ERRORS
from collectors.states import WalkState, read_state
from collectors.text import clean_text
from store.errors import ConfigurationError, SourceChanged, SourceGone, SourceMissing
from store.records import Batch, Coverage, CoverageStatus, Kind, Observation, SubjectRef

if TYPE_CHECKING:
    from collectors.fetching import Fetched

SOURCE = "pypistats"
METRIC = "pypi.downloads.daily"
WITHOUT_MIRRORS = "without_mirrors"
EVERY = timedelta(hours=22)
"""The numbers change once a day; two hours less, so that a daily round is never just too early."""

SETTLED_AFTER_DAYS = 2
"""Day D counts from 00:00 UTC of D + 2 on: the tables are filled in the night that follows a day."""

MANY = 100
"""Usual downloads a day from which on a 0 is a gap and no lull."""

_MOST = 10**12
"""Downloads a day that no package comes near."""

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_MOST_BYTES = 2_000_000


class _Answer(msgspec.Struct):
    data: list[msgspec.Raw]


class _Row(msgspec.Struct):
    category: str
    date: date
    downloads: Annotated[int, msgspec.Meta(ge=0, le=_MOST)]


class _State(WalkState):
    etag: str | None = None
    last_modified: str | None = None
    settles_on: date | None = None


class _HistoryState(WalkState):
    """`through`: the last day of the span that was there to be stored."""

    through: date | None = None


@dataclass(frozen=True, slots=True)
class PypistatsOptions:
    """`packages`: by the names pip takes, in any spelling."""

    url: str = "https://pypistats.org"
    packages: Sequence[str] = ()
    recent_days: int = 14

    def names(self) -> list[str]:
        """Each package once, in its one spelling. Raises ConfigurationError for what is no name."""
        try:
            return list(dict.fromkeys(normalise_name(name) for name in self.packages))
        except ValueError as error:
            raise ConfigurationError(
                str(error), remedy="correct pypistats.packages: the names that pip takes"
            ) from error


@dataclass(slots=True)
class ParsedDownloads:
    """Downloads by day, without mirrors, days ascending. `gaps`: days counted as 0 that were not counted."""

    days: dict[date, int] = field(default_factory=dict)
    gaps: list[date] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def normalise_name(name: str) -> str:
    """The one spelling of a package's name: lower case, runs of `-`, `_` and `.` one hyphen (PEP 503).

    Raises ValueError for what cannot be one."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{clean_text(name, 60)!r} is no package's name")
    return re.sub(r"[-_.]+", "-", name).lower()


def package_subject(name: str) -> SubjectRef:
    """`name` in its one spelling."""
    return SubjectRef(SOURCE, Kind.PACKAGE, name)


def parse_downloads(body: bytes) -> ParsedDownloads:
    """Daily downloads of `/overall`. Raises SourceChanged with the path for another shape, or when more
    than half of the rows cannot be read. Both categories may be there, whatever was asked for."""
    try:
        rows = msgspec.json.decode(body, type=_Answer).data
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SourceChanged("data", f"not a list of days: {error}") from error
    parsed = ParsedDownloads()
    found: dict[date, int] = {}
    for number, raw in enumerate(rows):
        try:
            row = msgspec.json.decode(raw, type=_Row)
        except ITEM_ERRORS as error:
            parsed.skipped.append(clean_text(f"data[{number}]: {error}", 300))
            continue
        if row.category == WITHOUT_MIRRORS:
            found[row.date] = row.downloads
    if len(parsed.skipped) * 2 > len(rows):
        path, _, problem = parsed.skipped[0].partition(": ")
        raise SourceChanged(path, problem)
    has_many = bool(found) and median(found.values()) >= MANY
    for day in sorted(found):
        if found[day] == 0 and has_many:
            parsed.gaps.append(day)
        else:
            parsed.days[day] = found[day]
    return parsed


def last_settled_day(today: date) -> date:
    """The last day that counts on `today` (UTC)."""
    return today - timedelta(days=SETTLED_AFTER_DAYS)


class PypistatsCollector:
    """The recent days of each package; a target and a request per package."""

    name = SOURCE
    source = SOURCE

    def __init__(self, options: PypistatsOptions) -> None:
        self._options = options

    def list_targets(self) -> Sequence[Target]:
        host = host_of(self._options.url)
        return [Target(name, name, host, every=EVERY) for name in self._options.names()]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """One batch. Raises SourceMissing for a package that is not there, SourceGone when it was not there
        the last time either."""
        today = context.clock().date()
        known = read_state(state, _State)
        may_be_unchanged = known.settles_on is None or today < known.settles_on
        try:
            fetched = _fetch(
                self._options.url,
                target.label,
                context,
                known.etag if may_be_unchanged else None,
                known.last_modified if may_be_unchanged else None,
            )
        except SourceMissing as error:
            yield from _miss(known, target, error)
            return
        if fetched.is_unchanged:
            unchanged = Coverage(target.key, CoverageStatus.UNCHANGED)
            yield Batch(coverage=[unchanged], state=known.write(), requests=fetched.requests)
            return
        parsed = parse_downloads(fetched.body)
        until = last_settled_day(today)
        since = until - timedelta(days=self._options.recent_days - 1)
        unsettled = [day for day in parsed.days if day > until]
        known.note_found(target.label)
        known.etag, known.last_modified = fetched.etag, fetched.last_modified
        known.settles_on = min(unsettled) + timedelta(days=SETTLED_AFTER_DAYS) if unsettled else None
        yield _conclude(target, parsed, since, until, known, fetched.requests)


class PypistatsHistory:
    """All days of a span that the service still has. A package that was read stays read: the same span
    asked for again goes on with those that are missing."""

    name = f"{SOURCE}.history"
    source = SOURCE

    def __init__(self, options: PypistatsOptions, span: Span) -> None:
        self._options = options
        self._span = span

    def list_targets(self) -> Sequence[Target]:
        host = host_of(self._options.url)
        return [Target(self._span.key(name), name, host) for name in self._options.names()]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """One batch; none where the span was read. Raises as the collector of recent days does."""
        context.raise_if_stopped()
        known = read_state(state, _HistoryState)
        until = min(self._span.until, last_settled_day(context.clock().date()))
        if known.through is not None and known.through >= until:
            yield Batch(coverage=[Coverage(target.key, CoverageStatus.UNCHANGED, reason="fetched before")])
            return
        if until < self._span.since:
            reason = f"no day of it counts before {self._span.since + timedelta(days=SETTLED_AFTER_DAYS)}"
            yield Batch(coverage=[Coverage(target.key, CoverageStatus.PARTIAL, reason=reason)])
            return
        try:
            fetched = _fetch(self._options.url, target.label, context, None, None)
        except SourceMissing as error:
            yield from _miss(known, target, error)
            return
        parsed = parse_downloads(fetched.body)
        known.note_found(target.label)
        there = (*parsed.days, *parsed.gaps)
        known.through = min(until, max(there)) if there else None
        yield _conclude(target, parsed, self._span.since, until, known, fetched.requests, is_history=True)


def _fetch(url: str, name: str, context: Context, etag: str | None, last_modified: str | None) -> Fetched:
    context.raise_if_stopped()
    return context.fetcher.fetch(
        f"{url.rstrip('/')}/api/packages/{name}/overall?mirrors=false",
        etag=etag,
        last_modified=last_modified,
        accept="application/json",
        max_bytes=_MOST_BYTES,
    )


def _miss(known: WalkState, target: Target, error: SourceMissing) -> Iterator[Batch]:
    """Count the miss; raise what it makes of the package."""
    status, reason = known.note_miss(target.label, SourceGone(str(error)))
    yield Batch(state=known.write(), requests=1)
    if status is CoverageStatus.GONE:
        raise SourceGone(reason, host=error.host) from error
    raise SourceMissing(reason, host=error.host) from error


def _conclude(
    target: Target,
    parsed: ParsedDownloads,
    since: date,
    until: date,
    known: WalkState,
    requests: int,
    *,
    is_history: bool = False,
) -> Batch:
    """The batch of the days between `since` and `until`. A history says where the service's days do not
    reach as far."""
    subject = package_subject(target.label)
    chosen = {day: count for day, count in parsed.days.items() if since <= day <= until}
    problems = [f"{len(parsed.skipped)} malformed"] if parsed.skipped else []
    gaps = [day for day in parsed.gaps if since <= day <= until]
    if gaps:
        problems.append(f"{len(gaps)} days not counted by the service")
    there = sorted((*parsed.days, *parsed.gaps))
    if not there or there[0] > until:
        problems.append("no day of it")
    elif is_history:
        if there[0] > since:
            problems.append(f"the first day there is {there[0]}")
        if there[-1] < until:
            problems.append(f"the last day there is {there[-1]}")
    return Batch(
        records=[Observation(subject, METRIC, day, float(count)) for day, count in chosen.items()],
        coverage=[
            Coverage(
                target.key,
                CoverageStatus.PARTIAL if problems else CoverageStatus.COMPLETE,
                len(chosen),
                ", ".join(problems),
            )
        ],
        state=known.write(),
        requests=requests,
        skipped=parsed.skipped,
    )
