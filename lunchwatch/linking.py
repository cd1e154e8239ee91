"""Which names are which models: what is linked, why, and correcting it by hand."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from lunchwatch.lock import single_instance
from lunchwatch.wiring import ready_database
from store.catalogue import load_catalogue
from store.database import Database
from store.errors import NotFound, Refused, cut
from store.links import NAMED
from store.query import StoreQuery
from store.recorder import recording
from store.records import LIVE, Basis, Batch, Kind, Link, SubjectRef
from store.resolution import BY_HAND, Resolution, StoredLink
from store.resolution.resolver import CLAIMS, bare_name
from store.resolution.suggestion import Suggestion, suggest_links
from store.transaction import RunSpec
from store.worlds import require_world

AUTOMATIC, STORED, REPLACED, WITHDRAWN = "automatic", "stored", "replaced", "withdrawn"
_SHOWN = 6
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One subject and the model it is. `state`: automatic (follows from the names), stored (somebody told
    it, on the day `since`), replaced (by a later link by hand), withdrawn (somebody told that it is not)."""

    subject: str
    kind: Kind
    model: str
    basis: str
    confidence: float
    state: str
    since: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """What `link add` or `link rm` did, or would do. `did`: linked, withdrawn (a link by hand), forbidden
    (an automatic one) or nothing. `after`: what the subject is linked with then, on `after_basis`."""

    subject: str
    model: str
    did: str
    before: str | None
    after: str | None
    after_basis: str | None
    run_id: int | None = None


def write_subject(subject: SubjectRef) -> str:
    """`source:name`, which finds it again."""
    return f"{subject.source}:{subject.name}"


def list_names(query: StoreQuery) -> list[tuple[int | None, SubjectRef]]:
    """Every subject whose name may be a model's, with its id, and every name a claim was made under."""
    subjects = query.knowledge.subjects
    named: list[tuple[int | None, SubjectRef]] = [
        (identity, ref) for identity, ref in subjects.items() if ref.kind in NAMED
    ]
    known = {ref.name for _, ref in named if ref.source == CLAIMS}
    claimed = {stored.claim.model for stored in query.list_claims()} - known
    named += [(None, SubjectRef(CLAIMS, Kind.BOARD_ENTRY, name)) for name in claimed]
    return sorted(named, key=lambda item: (item[1].source, item[1].name, item[0] or 0))


def list_links(query: StoreQuery, text: str | None = None, basis: str | None = None) -> list[LinkLine]:
    """All links in force and all withdrawn ones whose subject or model contains `text`, by subject."""
    links = query.knowledge.links
    told = {(item.link.subject, item.link.model): item for item in links.told}
    corrected = {(item.link.subject, item.link.model): item for item in links.corrected}
    lines: list[LinkLine] = []
    for identity, subject in list_names(query):
        found = _resolve(query, identity, subject)
        if found.model is None or found.basis is None or found.confidence is None:
            continue
        stored = (corrected if found.basis == BY_HAND else told).get((subject, found.model))
        is_told = stored is not None and not stored.link.is_withdrawn and stored.link.basis == found.basis
        lines.append(
            LinkLine(
                subject=write_subject(subject),
                kind=subject.kind,
                model=found.model,
                basis=found.basis,
                confidence=found.confidence,
                state=STORED if is_told else AUTOMATIC,
                since=stored.since.date() if stored is not None and is_told else None,
                reason=found.reason,
            )
        )
    for item in {**told, **corrected}.values():
        state, reason = _find_state(query, item.link)
        if state is not None:
            lines.append(
                LinkLine(
                    subject=write_subject(item.link.subject),
                    kind=item.link.subject.kind,
                    model=item.link.model,
                    basis=item.link.basis,
                    confidence=item.link.confidence,
                    state=state,
                    since=item.since.date(),
                    reason=reason,
                )
            )
    wanted = (text or "").casefold()
    return sorted(
        (
            line
            for line in lines
            if basis in (None, line.basis)
            and (wanted in line.subject.casefold() or wanted in line.model.casefold())
        ),
        key=lambda line: (line.subject, line.model),
    )


def _find_state(query: StoreQuery, link: StoredLink) -> tuple[str | None, str]:
    """What became of a told link that is not in force, and why; None where nothing is to be said of it."""
    by_hand = query.knowledge.resolver.corrections_of(link.subject)
    key = query.knowledge.resolver.standing_key(link.model)
    if key in by_hand.linked:
        return (None, "") if key == by_hand.in_force else (REPLACED, "a later link by hand stands before it")
    if key in by_hand.forbidden or (link.basis != BY_HAND and link.is_withdrawn):
        return WITHDRAWN, "somebody told that it is not"
    return None, ""


def list_suggestions(query: StoreQuery, text: str | None = None) -> list[Suggestion]:
    """Candidates for names that are linked with no model, the likeliest first."""
    wanted = (text or "").casefold()
    names = [ref for identity, ref in list_names(query) if _resolve(query, identity, ref).model is None]
    return [
        suggestion
        for suggestion in suggest_links(query.knowledge.resolver, names)
        if wanted in write_subject(suggestion.subject).casefold() or wanted in suggestion.model.casefold()
    ]


def find_name(query: StoreQuery, text: str) -> tuple[int | None, SubjectRef]:
    """The subject that `text` means: `source:name`, or an unambiguous name in any case; a board entry's
    may be given without its board. Only `source:name` as it is written stands before other names.

    Raises NotFound with the nearest names, Refused when it means several or nothing.
    """
    if not text.strip():
        raise Refused("a name is needed", remedy="see: lunchwatch link list")
    names = list_names(query)
    source, separator, rest = text.partition(":")
    sources = {ref.source for _, ref in names}
    is_placed = bool(separator) and source in sources
    wanted = (rest if is_placed else text).casefold()
    among = [item for item in names if not is_placed or item[1].source == source]
    found = [item for item in among if wanted in (item[1].name.casefold(), bare_name(item[1]).casefold())]
    exact = [item for item in found if is_placed and item[1].name == rest]
    found = exact if len(exact) == 1 else found
    if len(found) > 1:
        listed = ", ".join(write_subject(ref) for _, ref in found[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise Refused(f"{cut(text)} means several things", remedy=f"say which: {listed}{more}")
    if not found:
        spelt = {write_subject(ref) if is_placed else bare_name(ref): None for _, ref in among}
        raise NotFound(f"nothing is called {cut(text)}", remedy=_near(text, spelt, "lunchwatch link list"))
    return found[0]


def find_model(query: StoreQuery, text: str) -> str:
    """The key of the model that `text` is, in any case; raises NotFound with the nearest keys."""
    if not text.strip():
        remedy = 'list them: lunchwatch sql "select model from v_model"'
        raise Refused("a model's key is needed", remedy=remedy)
    keys = {key.casefold(): key for key in query.knowledge.models_by_key}
    if text.casefold() not in keys:
        remedy = _near(text, keys.values(), "lunchwatch import models")
        raise NotFound(f"no model has the key {cut(text)}", remedy=remedy)
    return keys[text.casefold()]


def add_link(
    world: str | None, subject: str, model: str, *, is_trial: bool, clock: Callable[[], datetime]
) -> Change:
    """Link a subject with a model by hand. An earlier link by hand stays beneath and holds again when this
    one is taken back.

    Doing it again changes nothing. Raises NotFound and Refused as `find_name` and `find_model` do, NotFound
    for a world that nobody made, Busy while somebody else holds the live world.
    """

    def decide(query: StoreQuery) -> tuple[Change, Link | None]:
        identity, ref = find_name(query, subject)
        key = query.knowledge.resolver.standing_key(find_model(query, model))
        before = _resolve(query, identity, ref)
        if before.model == key and before.basis == BY_HAND:
            return Change(write_subject(ref), key, "nothing", key, key, BY_HAND), None
        change = Change(write_subject(ref), key, "linked", before.model, key, BY_HAND)
        return change, Link(ref, key, BY_HAND, 1.0)

    return _change(world, decide, is_trial=is_trial, clock=clock)


def remove_link(
    world: str | None, subject: str, model: str | None, *, is_trial: bool, clock: Callable[[], datetime]
) -> Change:
    """Withdraw the link of a subject with `model`, or with the model it is linked with. What holds without
    it holds again; an automatic link is forbidden, so that it is not made again.

    Where it is not linked with `model` nothing changes. Raises as `add_link`, NotFound also where there is
    no link at all.
    """

    def decide(query: StoreQuery) -> tuple[Change, Link | None]:
        resolver = query.knowledge.resolver
        identity, ref = find_name(query, subject)
        now = _resolve(query, identity, ref)
        key = now.model if model is None else resolver.standing_key(find_model(query, model))
        if key is None:
            raise NotFound(f"{write_subject(ref)} is linked with no model", remedy="lunchwatch link suggest")
        if key not in query.knowledge.models_by_key:
            raise Refused(
                f"{key} is no model of the world {query.world}; names only meet under it",
                remedy="import the model first, then link the name with the right one",
            )
        by_hand = resolver.corrections_of(ref).linked
        withdrawn = [StoredLink(ref, each, BY_HAND, 1.0, is_withdrawn=True) for each in (key, *by_hand)]
        if key in by_hand:
            did, without = "withdrawn", query.knowledge.resolve_supposing(identity, ref, withdrawn[:1])
        elif query.knowledge.resolve_supposing(identity, ref, withdrawn[1:]).model == key:
            did, without = "forbidden", query.knowledge.resolve_supposing(identity, ref, withdrawn[:1])
        else:
            return Change(write_subject(ref), key, "nothing", now.model, now.model, now.basis), None
        change = Change(write_subject(ref), key, did, now.model, without.model, without.basis)
        return change, Link(ref, key, BY_HAND, 1.0, is_withdrawn=True)

    return _change(world, decide, is_trial=is_trial, clock=clock)


def _change(
    world: str | None,
    decide: Callable[[StoreQuery], tuple[Change, Link | None]],
    *,
    is_trial: bool,
    clock: Callable[[], datetime],
) -> Change:
    """Decide on what is known now, and write it as one run. Reports are frozen from the live world by
    whoever holds the lock, so its links wait for it; another world is nobody's."""
    into = LIVE if world is None else world
    with (
        ready_database() as (database, settings),
        single_instance(settings.data_folder) if into == LIVE and not is_trial else nullcontext(),
    ):
        change, link = _ask(database, into, clock, decide)
        if is_trial or link is None:
            return change
        with recording(database, RunSpec(into, "link", "import", Basis.IMPORTED), clock) as recorder:
            recorder.save(Batch(records=[link]))
        return replace(change, run_id=recorder.run_id)


def _ask(
    database: Database, world: str, clock: Callable[[], datetime], question: Callable[[StoreQuery], T]
) -> T:
    """The answer to a question about the world as it is known now."""
    with database.read() as connection:
        require_world(connection, world)
        return question(StoreQuery(connection, load_catalogue(), world, clock().date()))


def _resolve(query: StoreQuery, identity: int | None, subject: SubjectRef) -> Resolution:
    if identity is None:
        return query.knowledge.resolver.resolve(subject)
    return query.knowledge.resolve(identity)


def _near(text: str, names: Iterable[str], otherwise: str) -> str:
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.casefold(), name)
    near = difflib.get_close_matches(cut(text).casefold(), folded, n=3, cutoff=0.4)
    return f"near: {', '.join(folded[name] for name in near)}" if near else f"see: {otherwise}"
