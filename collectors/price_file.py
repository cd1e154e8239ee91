"""Price lists that are one file: fetched once, parsed whole, written in batches, what is missing concluded.

State of a target: `etag` and `last_modified`, sent back verbatim, `offers` and `withdrawn` as
`conclude_offers` keeps them, and `holds_until`, the day from which the same file says other prices (a price
announced for that day): from then on it is read again, changed or not. The validators are saved with the
last batch only, so that an interrupted target is fetched again and not answered with 304.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from collectors.contract import Context, Target
from collectors.fetching.gate import host_of
from collectors.offers import conclude_offers
from collectors.states import read_text
from store.records import Batch, Coverage, CoverageStatus, Record, SubjectRef

MOST_BYTES = 30_000_000
"""LiteLLM's file, the largest, was 1.6 MB in 2026."""

EVERY = timedelta(hours=6)
"""They are kept by hand and change a few times a day at most."""

OFFERS_PER_BATCH = 1_000
"""How many offers one transaction writes, at about six rows each."""


@dataclass(slots=True)
class ParsedList:
    """`offers`: records by `provider/model`. `listed`: the names of all that were recognised as offers,
    unreadable ones too, so that they are not taken for withdrawn. `notes`: what was left out on
    purpose. `holds_until`: the first day on which the same list means other prices."""

    offers: dict[str, list[Record]] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    skipped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    holds_until: date | None = None


@dataclass(frozen=True, slots=True)
class PriceFile:
    """Where a list stands and how it is read. `parse` takes the body, the day and the file's address and
    raises SourceChanged for another shape; `find_subject` names an offer."""

    url: str
    parse: Callable[[bytes, date, str], ParsedList]
    find_subject: Callable[[str], SubjectRef]
    per_batch: int = OFFERS_PER_BATCH


class PriceFileCollector:
    """One list, one target. `source` is the collector's name too."""

    def __init__(self, source: str, listing: PriceFile) -> None:
        self.name = self.source = source
        self._listing = listing

    def list_targets(self) -> Sequence[Target]:
        return [Target("offers", "offers and prices", host_of(self._listing.url), every=EVERY)]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """Fetch the file once; yield its records, or only coverage when it is unchanged. Raises a
        SourceError."""
        return _list_batches(self._listing, target, state, context)


def _list_batches(
    listing: PriceFile, target: Target, state: Mapping[str, object], context: Context
) -> Iterator[Batch]:
    context.raise_if_stopped()
    known = dict(state)
    day = context.clock().date()
    holds_until = read_text(known.get("holds_until"))
    still_holds = holds_until is None or day.isoformat() < holds_until
    fetched = context.fetcher.fetch(
        listing.url,
        etag=read_text(known.get("etag")) if still_holds else None,
        last_modified=read_text(known.get("last_modified")) if still_holds else None,
        accept="application/json",
        max_bytes=MOST_BYTES,
    )
    if fetched.is_unchanged:
        unchanged = Coverage(target.key, CoverageStatus.UNCHANGED)
        yield Batch(coverage=[unchanged], state=known, requests=fetched.requests)
        return
    parsed = listing.parse(fetched.body, day, fetched.url)
    names = list(parsed.offers)
    requests = fetched.requests
    last = max(0, (len(names) - 1) // listing.per_batch * listing.per_batch)
    for start in range(0, last, listing.per_batch):
        chunk = names[start : start + listing.per_batch]
        yield Batch(records=[each for name in chunk for each in parsed.offers[name]], requests=requests)
        requests = 0
        context.raise_if_stopped()
    concluded = conclude_offers(
        known, frozenset(parsed.listed), listing.find_subject, day, fetched.url, len(parsed.skipped)
    )
    until = None if parsed.holds_until is None else parsed.holds_until.isoformat()
    validators = {"etag": fetched.etag, "last_modified": fetched.last_modified, "holds_until": until}
    yield Batch(
        records=[*(each for name in names[last:] for each in parsed.offers[name]), *concluded.facts],
        coverage=[
            Coverage(
                target.key,
                concluded.status,
                len(parsed.offers),
                ", ".join(part for part in (concluded.reason, *parsed.notes) if part),
            )
        ],
        state=known if concluded.state is None else {**validators, **concluded.state},
        requests=requests,
        skipped=parsed.skipped,
    )
