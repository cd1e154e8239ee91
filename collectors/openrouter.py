"""OpenRouter's price list, `/api/v1/models`: what its router asks for each model it serves.

Prices are strings in USD per token; the list is paged (`links.next`). A page is a batch, and the state
remembers where to go on, so that a stopped pass is resumed and not begun anew:

    next, seen, malformed, begun_at   the pass under way: its next page, the offers listed so far, how many
                           could not be read, when it began
    offers, withdrawn      the offers listed so far in all passes, and those of them that are gone now
    etag, last_modified    of a list that fits on one page; several pages are always read

Recordings of this answer circulate as the bare list that `data` holds; both are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import urljoin

import msgspec

from collectors.contract import Context, Target
from collectors.fetching.gate import host_of
from collectors.offers import (
    ITEM_ERRORS,
    NOTHING,
    Prices,
    conclude_offers,
    describe_problem,
    list_facts,
    list_price_observations,
    parse_name,
    write_tiers,
)
from collectors.states import read_names, read_text
from collectors.text import clean_text
from store.errors import SourceChanged
from store.records import Batch, Coverage, CoverageStatus, Kind, Record, SubjectRef

SOURCE = "openrouter"
MODELS = "models"
MOST_BYTES = 30_000_000
MOST_PAGES = 100
_PASS_STAYS_FRESH = timedelta(hours=12)
_PASS = frozenset({"next", "seen", "malformed", "begun_at"})
_PER_TOKEN = Decimal(1_000_000)
_RATES = {
    "prompt": "input",
    "completion": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write",
}
_VARIES = Decimal(-1)
"""What OpenRouter writes for its own routers: the price is that of whatever they choose."""


class _Links(msgspec.Struct):
    next: str | None = None


class _Answer(msgspec.Struct):
    data: list[msgspec.Raw]
    links: _Links | None = None
    total_count: int | None = None


class _Pricing(msgspec.Struct):
    prompt: Decimal | None = None
    completion: Decimal | None = None
    input_cache_read: Decimal | None = None
    input_cache_write: Decimal | None = None
    overrides: msgspec.Raw = NOTHING


class _Model(msgspec.Struct):
    id: str
    pricing: _Pricing
    name: str | None = None
    canonical_slug: str | None = None
    hugging_face_id: str | None = None
    context_length: int | None = None
    expiration_date: str | None = None


@dataclass(frozen=True, slots=True)
class OpenRouterOptions:
    url: str = "https://openrouter.ai"


@dataclass(slots=True)
class ParsedPage:
    """`offers`: records by the model's id. `next`: the following page's address as stated; `total`: how many
    models all pages hold, where that is said."""

    offers: dict[str, list[Record]] = field(default_factory=dict)
    listed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    next: str | None = None
    total: int | None = None


def offer_subject(model_id: str) -> SubjectRef:
    """The router's offer of a model: it is the provider, whoever made the model."""
    return SubjectRef(SOURCE, Kind.OFFER, f"{SOURCE}/{model_id}")


def parse_page(body: bytes, day: date, url: str) -> ParsedPage:
    """Records of one page. Raises SourceChanged with the path for a body of another shape, or when more
    than half of its items cannot be read."""
    try:
        if body.lstrip()[:1] == b"[":
            answer = _Answer(msgspec.json.decode(body, type=list[msgspec.Raw]))
        else:
            answer = msgspec.json.decode(body, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SourceChanged("$", f"not a page of models: {error}") from error
    page = ParsedPage(next=answer.links.next if answer.links is not None else None, total=answer.total_count)
    for number, raw in enumerate(answer.data):
        try:
            model = msgspec.json.decode(raw, type=_Model)
            page.listed.append(parse_name(model.id))
            page.offers[model.id] = _list_records(model, day, url)
        except ITEM_ERRORS as error:
            page.skipped.append(describe_problem(f"data[{number}]", error))
    if len(page.skipped) * 2 > len(answer.data):
        path, _, problem = page.skipped[0].partition(": ")
        raise SourceChanged(path, f"{problem} (and {len(page.skipped)} of {len(answer.data)} items like it)")
    return page


def _list_records(model: _Model, day: date, url: str) -> list[Record]:
    subject = offer_subject(model.id)
    pricing = model.pricing
    stated = (pricing.prompt, pricing.completion, pricing.input_cache_read, pricing.input_cache_write)
    is_varying = _VARIES in stated
    prices = Prices() if is_varying else Prices(*(None if p is None else p * _PER_TOKEN for p in stated))
    facts = {
        "name": model.name,
        "canonical_slug": parse_name(model.canonical_slug) if model.canonical_slug else None,
        "hub_name": parse_name(model.hugging_face_id) if model.hugging_face_id else None,
        "context_tokens": str(model.context_length) if model.context_length else None,
        "expires_on": model.expiration_date,
        "price_varies": "true" if is_varying else None,
        "price_tiers": write_tiers(_normalise_overrides(pricing.overrides)),
    }
    return [*list_price_observations(subject, prices, day), *list_facts(subject, facts, day, url)]


def _normalise_overrides(raw: msgspec.Raw) -> object:
    """Prices under a condition (a long prompt, an hour of the day), in USD per million tokens like all
    others; conditions and rates of other media stay as stated, and so does all of another shape."""
    stated: object = msgspec.json.decode(raw)
    try:
        overrides = msgspec.json.decode(raw, type=list[dict[str, msgspec.Raw]])
        return [
            {
                _RATES.get(name, name): _read_rate(value) if name in _RATES else msgspec.json.decode(value)
                for name, value in override.items()
            }
            for override in overrides
        ]
    except ITEM_ERRORS:
        return stated


def _read_rate(raw: msgspec.Raw) -> float | None:
    price = Prices(msgspec.json.decode(raw, type=Decimal) * _PER_TOKEN).input
    return None if price is None else float(price)


class OpenRouterCollector:
    name = SOURCE
    source = SOURCE

    def __init__(self, options: OpenRouterOptions) -> None:
        self._first = f"{options.url.rstrip('/')}/api/v1/models"

    def list_targets(self) -> Sequence[Target]:
        return [Target(MODELS, "offers and prices", host_of(self._first))]

    def collect(self, target: Target, state: Mapping[str, object], context: Context) -> Iterator[Batch]:
        """A batch per page; the last one concludes what was withdrawn.

        Raises SourceChanged when the pages lead in a circle, to another host or never end.
        """
        now = context.clock()
        known = dict(state)
        url = _resumed_page(known, now) or self._first
        if url == self._first:
            known |= {"seen": [], "malformed": 0, "begun_at": now.isoformat()}
        visited: set[str] = set()
        while True:
            context.raise_if_stopped()
            is_first = url == self._first
            fetched = context.fetcher.fetch(
                url,
                etag=read_text(known.get("etag")) if is_first else None,
                last_modified=read_text(known.get("last_modified")) if is_first else None,
                accept="application/json",
                max_bytes=MOST_BYTES,
            )
            if fetched.is_unchanged:
                unchanged = Coverage(target.key, CoverageStatus.UNCHANGED)
                yield Batch(coverage=[unchanged], state=_between_passes(known), requests=fetched.requests)
                return
            page = parse_page(fetched.body, now.date(), fetched.url)
            records = [each for offer in page.offers.values() for each in offer]
            known["seen"] = [*read_names(known.get("seen")), *page.listed]
            known["malformed"] = _read_count(known.get("malformed")) + len(page.skipped)
            visited.add(url)
            if page.next is None:
                validators = (
                    {"etag": fetched.etag, "last_modified": fetched.last_modified} if is_first else {}
                )
                facts, coverage, known = self._conclude(target, known, now.date(), validators, page.total)
                yield Batch([*records, *facts], [coverage], known, fetched.requests, page.skipped)
                return
            url = self._find_next(page.next, fetched.url, visited)
            known |= {"next": url, "etag": None, "last_modified": None}
            yield Batch(records, (), known, fetched.requests, page.skipped)

    def _find_next(self, stated: str, current: str, visited: set[str]) -> str:
        following = urljoin(current, stated)
        if host_of(following) != host_of(self._first):
            raise SourceChanged("links.next", f"leads to another host: {clean_text(following, 200)}")
        if following in visited or following == self._first:
            raise SourceChanged("links.next", "the pages lead in a circle")
        if len(visited) >= MOST_PAGES:
            raise SourceChanged("links.next", f"more than {MOST_PAGES} pages")
        return following

    def _conclude(
        self,
        target: Target,
        known: Mapping[str, object],
        day: date,
        validators: Mapping[str, object],
        total: int | None,
    ) -> tuple[list[Record], Coverage, dict[str, object]]:
        """What the pass as a whole says. Pages that end before the total they name conclude nothing."""
        seen = read_names(known.get("seen"))
        malformed = _read_count(known.get("malformed"))
        if total is not None and len(seen) + malformed < total:
            reason = f"the pages ended after {len(seen)} of {total} models"
            coverage = Coverage(target.key, CoverageStatus.PARTIAL, len(seen), reason)
            return [], coverage, {**_between_passes(known), "etag": None, "last_modified": None}
        concluded = conclude_offers(known, frozenset(seen), offer_subject, day, self._first, malformed)
        coverage = Coverage(target.key, concluded.status, len(seen), concluded.reason)
        state = _between_passes(known) if concluded.state is None else {**validators, **concluded.state}
        return [*concluded.facts], coverage, state


def _resumed_page(known: Mapping[str, object], now: datetime) -> str | None:
    """The page to go on with, when a pass was stopped not too long ago."""
    begun, following = read_text(known.get("begun_at")), read_text(known.get("next"))
    if begun is None or following is None or now - datetime.fromisoformat(begun) > _PASS_STAYS_FRESH:
        return None
    return following


def _between_passes(known: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in known.items() if key not in _PASS}


def _read_count(value: object) -> int:
    return value if isinstance(value, int) else 0
