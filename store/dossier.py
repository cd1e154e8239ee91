"""Everything known about one subject or model, as lines with day, basis and source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from store.knowledge import Attribute
from store.lookup import find_named
from store.query import StoreQuery
from store.records import Kind, SubjectRef

_RECENT = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a counter's last value, a fact in force, a link, a release."""

    section: str
    name: str
    value: str | float
    day: date | None
    basis: str
    source: str


@dataclass(frozen=True, slots=True)
class Dossier:
    title: str
    entries: tuple[Entry, ...]


def find_dossier(query: StoreQuery, text: str) -> Dossier:
    """Look `text` up: `source:key`, or an unambiguous name (present or former, any case).

    Raises NotFound with the nearest names, Refused when a name means several things.
    """
    named = find_named(query, text)
    entries: list[Entry] = []
    if named.subject_id is not None and named.subject is not None:
        entries += _about_subject(query, named.subject_id, named.subject)
    if named.model is not None:
        entries += _about_model(query, named.model.key)
    return Dossier(named.title, tuple(entries))


def _about_subject(query: StoreQuery, identity: int, ref: SubjectRef) -> Iterator[Entry]:
    for metric in query.list_metrics():
        for series in query.list_series(metric, subject_id=identity):
            told = series.provenance
            yield Entry("counter", metric, series.values[-1], series.days[-1], told.basis, told.source)
    yield from _facts(query.knowledge.facts("subject").get(identity, {}))
    if ref.kind is Kind.OFFER:
        yield from _quotes(query, ref)
    found = query.knowledge.resolve(identity)
    if found.model is not None and found.confidence is not None:
        yield Entry("link", found.model, found.confidence, None, found.basis or "", found.reason)
    releases = [r for r in query.list_releases(date.min) if r.release.subject == ref]
    for stored in releases[-_RECENT:]:
        release = stored.release
        yield Entry(
            "release",
            release.title,
            release.url or "",
            release.published_at.date(),
            stored.provenance.basis,
            stored.provenance.source,
        )


def _quotes(query: StoreQuery, ref: SubjectRef) -> Iterator[Entry]:
    """What each price list asks for the offer, and by how much they differ, where there are several."""
    quotes = query.find_quotes(ref.name)
    if len(quotes.offers) < 2:
        return
    for offer in quotes.offers:
        told = offer.provenance
        prices = (offer.input_usd_per_mtok, offer.output_usd_per_mtok)
        shown = " / ".join("not stated" if price is None else f"{price:g}" for price in prices)
        counts = ", counted" if offer is quotes.counted else ""
        yield Entry("quote", f"{offer.price_list}{counts}", shown, offer.day, told.basis, told.source)
    if quotes.spread:
        spread = f"dearest {quotes.spread:.1%} above cheapest"
        yield Entry("quote", "lists disagree", spread, None, "", "input and output, standard rate")


def _about_model(query: StoreQuery, key: str) -> Iterator[Entry]:
    for identity, model in query.knowledge.models.items():
        if model.key == key:
            told = model.provenance
            yield Entry("model", "key", model.key, None, told.basis, told.source)
            yield Entry("model", "lab", model.lab, None, told.basis, told.source)
            yield Entry("model", "openness", model.openness, None, told.basis, model.openness_source or "")
            yield from _facts(query.knowledge.facts("model").get(identity, {}))
    for stored in query.list_claims():
        if stored.model_key == key:
            claim = stored.claim
            also = " and ".join(sorted({told.source for told in stored.also_told_by}))
            yield Entry(
                "claim",
                f"{claim.benchmark} {claim.version}".strip(),
                claim.score,
                claim.claimed_on,
                f"{stored.provenance.basis}, {claim.standing}",
                f"{claim.source_url}, also told by {also}" if also else claim.source_url,
            )


def _facts(facts: dict[str, list[Attribute]]) -> Iterator[Entry]:
    for attribute, history in sorted(facts.items()):
        for step in history:
            yield Entry(
                "fact",
                attribute,
                step.value,
                step.valid_from,
                step.provenance.basis,
                step.evidence_url or step.provenance.source,
            )
