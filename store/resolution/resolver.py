"""Names against the models a world knows. The definition and the steps stand in the package's docstring."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from store.records import Kind, SubjectRef
from store.resolution.corrections import Corrections
from store.resolution.spelling import Name, Vocabulary, plain

HUB_ID, ALIAS, NORMALISED_NAME, BY_HAND = "hub_id", "alias", "normalised_name", "by_hand"

THRESHOLD = 0.9
"""Below this confidence nothing is linked."""

SAME_TEXT, SAME_SPELLING, MODE_BESIDES, SHORT_DATE, DATE_BESIDES = 1.0, 0.97, 0.95, 0.93, 0.90

SNAPSHOT_DAYS = 45
"""A full date this far from a model's release names another snapshot, not the released model."""

CLAIMS, USAGE = "claims", "usage"
"""Sources whose names are what somebody wrote for a model, without a board or provider in front."""

Status = Literal["linked", "ambiguous", "none"]


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model of the world with what it is called. `aliases`: names the catalogue gives it; `snapshots`:
    full dates known to stand for different snapshots of its line."""

    key: str
    lab: str
    name: str = ""
    hub_names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    released_on: date | None = None
    snapshots: tuple[date, ...] = ()

    @property
    def own_names(self) -> tuple[str, ...]:
        """Its key, with and without the lab."""
        return tuple(dict.fromkeys((self.key, self.key.split("/", 1)[-1])))

    @property
    def other_names(self) -> tuple[str, ...]:
        """The catalogue's names, and its repository's without the organisation."""
        return (*self.aliases, *(name.split("/", 1)[-1] for name in self.hub_names))

    @property
    def names(self) -> tuple[str, ...]:
        """All of them; the name it is shown under comes last and is the weakest."""
        shown = (self.name,) if self.name else ()
        return tuple(dict.fromkeys((*self.own_names, *self.other_names, *shown)))


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A link that a source or, `by_hand`, a person told. `is_withdrawn`: that it is wrong."""

    subject: SubjectRef
    model: str
    basis: str
    confidence: float
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a name was found to be. `candidates`: the models it could as well be, when ambiguous."""

    status: Status
    model: str | None = None
    basis: str | None = None
    confidence: float | None = None
    candidates: tuple[str, ...] = ()
    reason: str = ""


NOTHING = Resolution("none", reason="no known model has this name")


class Resolver:
    """Built once from what a world knows, then asked name by name; the models' order does not matter.

    `beyond` is asked for names no model of the world has (the catalogue): its answer stands for the model
    of the world that it knows by that key, else it is itself what equally unknown names have in common.
    `links`: what sources told last of each pair, and every correction by hand, the later ones last.
    """

    def __init__(
        self,
        words: Vocabulary,
        models: Iterable[KnownModel],
        links: Iterable[StoredLink] = (),
        beyond: Resolver | None = None,
    ) -> None:
        self.words = words
        self.models = {model.key: model for model in models}
        self._beyond = beyond
        self._own_text: dict[str, set[str]] = defaultdict(set)
        self._by_text: dict[str, set[str]] = defaultdict(set)
        self._shown: dict[str, set[str]] = defaultdict(set)
        self._by_hub_id: dict[str, set[str]] = defaultdict(set)
        self._by_spelling: dict[tuple[str, str | None], set[str]] = defaultdict(set)
        self._by_stem: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._labs = {key: words.lab_of(model.lab) for key, model in self.models.items()}
        self._twins = dict(self._list_twins())
        for key, model in self.models.items():
            self._add(self._twins.get(key, key), model)
        shown = [shown for key, model in self.models.items() for shown in self._show(key, model)]
        for key, name in shown:
            self._spell(key, name)
        self._by_hand: dict[SubjectRef, Corrections] = defaultdict(Corrections)
        self._told: dict[SubjectRef, StoredLink] = {}
        self._denied: dict[SubjectRef, set[str]] = defaultdict(set)
        for link in links:
            self._note(link)
        self._found: dict[tuple[SubjectRef, str | None], Resolution] = {}

    # ------------------------------------------------------------------ asking

    def resolve(self, subject: SubjectRef, hub_name: str | None = None) -> Resolution:
        """Which model a subject is. `hub_name`: the Hub repository its source says it is."""
        plain_ref = SubjectRef(subject.source, subject.kind, subject.name)
        found = self._found.get((plain_ref, hub_name))
        if found is None:
            found = self._found[plain_ref, hub_name] = self._resolve(plain_ref, hub_name)
        return found

    def resolve_name(self, name: str) -> Resolution:
        """Which model a name in free text means."""
        return self.resolve(SubjectRef(CLAIMS, Kind.BOARD_ENTRY, name))

    def find(self, subject: SubjectRef, hub_name: str | None = None) -> str | None:
        """The key of the model a subject is; None where that is ambiguous or unknown."""
        return self.resolve(subject, hub_name).model

    def identity(self, subject: SubjectRef) -> str:
        """What subjects that are the same model have in common: its key, else their canonical name."""
        found = self.find(subject)
        return found if found is not None else f"?{self.read(subject).identity}"

    def read(self, subject: SubjectRef) -> Name:
        """A subject's name taken apart, without its board or provider."""
        return self.words.read(bare_name(subject), is_served=_is_offered(subject))

    def standing_key(self, key: str) -> str:
        """The key that stands for the model of `key`, where the catalogue knows two of the world's keys to
        be one model; else `key` itself."""
        return self._twins.get(key, key)

    def corrections_of(self, subject: SubjectRef) -> Corrections:
        """What was corrected by hand of a subject, under the keys that stand."""
        plain_ref = SubjectRef(subject.source, subject.kind, subject.name)
        return self._by_hand.get(plain_ref, Corrections())

    def is_forbidden(self, subject: SubjectRef, key: str) -> bool:
        """Whether no step but a link by hand may link this pair."""
        return key in self._list_forbidden(SubjectRef(subject.source, subject.kind, subject.name))

    def _list_forbidden(self, subject: SubjectRef) -> set[str]:
        by_hand = self._by_hand.get(subject, Corrections())
        return self._denied.get(subject, set()) | by_hand.forbidden

    def lab_of(self, key: str) -> str:
        """The lab that makes a known model; raises KeyError."""
        return self._labs[key]

    def find_exactly(self, name: str, lab: str) -> str | None:
        """The key of the lab's one model that has this very name, not taken apart."""
        for index in (self._own_text, self._by_text, self._shown):
            keys = {key for key in index.get(plain(name), set()) if self._labs[key] == lab}
            if keys:
                return min(keys) if len(keys) == 1 else None
        return None

    # ------------------------------------------------------------------ the steps

    def _resolve(self, subject: SubjectRef, hub_name: str | None) -> Resolution:
        by_hand = self.corrections_of(subject).in_force
        if by_hand is not None:
            return Resolution("linked", by_hand, BY_HAND, 1.0, reason="linked by hand")
        forbidden = self._list_forbidden(subject)
        told = self._told.get(subject)
        if told is not None and told.model not in forbidden and told.basis == HUB_ID:
            return _linked(told.model, HUB_ID, told.confidence, "the source names its Hub repository")
        is_withdrawn = False
        for keys, basis, confidence, reason in self._list_steps(subject, hub_name):
            left = sorted(keys - forbidden)
            if len(keys) > 1:  # that it is not one of them does not make it another
                because = f"{len(keys)} models have this name"
                return Resolution("ambiguous", candidates=tuple(left), reason=because)
            if left:
                return _linked(left[0], basis, confidence, reason)
            if keys:  # a weaker reading of a name that was corrected would be a guess
                is_withdrawn = True
                break
        if told is not None and told.model not in forbidden and told.confidence >= THRESHOLD:
            return _linked(told.model, told.basis, told.confidence, "a stored link")
        if is_withdrawn:
            return Resolution("none", reason="its link was withdrawn")
        return NOTHING

    def _list_steps(
        self, subject: SubjectRef, hub_name: str | None
    ) -> Iterator[tuple[set[str], str, float, str]]:
        """(models, basis, confidence, reason) of each step, the strongest first."""
        text, name = bare_name(subject), self.read(subject)
        is_hub = subject.kind is Kind.HUB_MODEL
        served = text.split("/", 1)[-1] if _is_offered(subject) else text
        for hub_id in filter(None, (hub_name, served if is_hub or "/" in served else None)):
            yield self._by_hub_id.get(hub_id.casefold(), set()), HUB_ID, 1.0, "the name of its Hub repository"
        whole = {text, served} if not is_hub else set()
        slug = served.rsplit("/", 1)[-1]
        for index, basis, reason in (
            (self._own_text, NORMALISED_NAME, "its own name"),
            (self._by_text, ALIAS, "a name of the catalogue"),
            (self._shown, NORMALISED_NAME, "the name it is shown under"),
        ):
            exact = set[str]().union(*(index.get(plain(part), set()) for part in whole if "/" in part))
            yield exact, basis, SAME_TEXT, reason
            yield self._made_by(name, index.get(plain(slug), set()), is_hub=is_hub), basis, SAME_TEXT, reason
        if name.stem and not name.is_moving and not name.is_copy:
            for keys, confidence, reason in self._list_spellings(name):
                yield self._made_by(name, keys, is_hub=is_hub), NORMALISED_NAME, confidence, reason
        if self._beyond is not None:
            found = self._beyond.resolve(subject, hub_name)
            if found.model is not None and found.model not in self.models:
                keys = self._met_beyond.get(found.model, {found.model})
                yield keys, ALIAS, found.confidence or THRESHOLD, "a name of the catalogue"

    def _list_spellings(self, name: Name) -> Iterator[tuple[set[str], float, str]]:
        sure = MODE_BESIDES if name.has_mode else SAME_SPELLING
        yield self._by_spelling.get((name.stem, name.snapshot), set()), sure, "its name, spelt otherwise"
        dated = self._by_stem.get(name.stem, {})
        if name.snapshot is None:
            yield set[str]().union(*dated.values()), DATE_BESIDES, "the only snapshot of its name"
            return
        if name.month is not None:
            of_month = [
                {key for key in keys if self._is_of_month(key, snapshot, name.month)}
                for snapshot, keys in dated.items()
            ]
            yield set[str]().union(*of_month), SHORT_DATE, "its snapshot, dated by month"
            if not dated:
                undated = self._by_spelling.get((name.stem, None), set())
                released = {key for key in undated if self._is_released_in(key, name.month)}
                yield released, DATE_BESIDES, "its name and the month of its release"
            return
        same_day = [
            keys
            for snapshot, keys in dated.items()
            if len(snapshot) != len(name.snapshot) and snapshot[-4:] == name.month_and_day
        ]
        yield set[str]().union(*same_day), SHORT_DATE, "its snapshot, dated otherwise"
        undated = self._by_spelling.get((name.stem, None), set())
        is_only = len(name.snapshot) == 8 and not dated
        if is_only and all(self._is_near_release(key, name.snapshot) for key in undated):
            yield undated, DATE_BESIDES, "its name and the date of the only snapshot"

    def _is_of_month(self, key: str, snapshot: str, month: str) -> bool:
        """Whether a model's snapshot is of `month`; one without a year, if the model came out in that one."""
        if len(snapshot) != 4:
            return snapshot.startswith(month)
        released_on = self.models[key].released_on
        return snapshot[:2] == month[4:] and released_on is not None and f"{released_on:%Y}" == month[:4]

    def _is_released_in(self, key: str, month: str) -> bool:
        """Whether `month` is that of the release of a model that has no other snapshot."""
        model = self.models[key]
        is_only = len(model.snapshots) < 2
        return is_only and model.released_on is not None and f"{model.released_on:%Y%m}" == month

    def _is_near_release(self, key: str, snapshot: str) -> bool:
        model = self.models[key]
        try:
            day = date(int(snapshot[:4]), int(snapshot[4:6]), int(snapshot[6:]))
        except ValueError:  # a 31st of a month that has none
            return False
        if len(model.snapshots) > 1:
            return False
        return model.released_on is None or abs((day - model.released_on).days) <= SNAPSHOT_DAYS

    def _made_by(self, name: Name, keys: set[str], *, is_hub: bool) -> set[str]:
        """Those models that the maker named makes. Somebody else's repository is a copy, so on the Hub
        the maker must be named and right."""
        if name.maker is None:
            return set() if is_hub else keys
        return {key for key in keys if self._labs.get(key) == name.maker}

    # ------------------------------------------------------------------ building

    def _list_twins(self) -> Iterator[tuple[str, str]]:
        """Keys of the world that the catalogue knows as another name of a model whose key is there too:
        two entries of one model, told by two sources."""
        if self._beyond is None:
            return
        for key, lab in self._labs.items():
            found = self._beyond.find_exactly(key.split("/", 1)[-1], lab)
            if found is not None and found != key and found in self.models:
                yield key, found

    def _add(self, key: str, model: KnownModel) -> None:
        for hub_name in model.hub_names:
            self._by_hub_id[hub_name.casefold()].add(key)
        for text in model.own_names:
            self._own_text[plain(text)].add(key)
        for text in model.other_names:
            self._by_text[plain(text)].add(key)
        for text in (*model.own_names, *model.other_names):
            self._spell(key, self.words.read(text))

    def _show(self, key: str, model: KnownModel) -> Iterator[tuple[str, Name]]:
        """The name a model is shown under, taken apart, where it is nobody's own: sources show snapshots
        under the name of their line."""
        key = self._twins.get(key, key)
        if model.name:
            self._shown[plain(model.name)].add(key)
            name = self.words.read(model.name)
            if not self._by_spelling.get((name.stem, name.snapshot)):
                yield key, name

    def _spell(self, key: str, name: Name) -> None:
        if name.stem and not name.is_moving:
            self._by_spelling[name.stem, name.snapshot].add(key)
            if name.snapshot is not None:
                self._by_stem[name.stem][name.snapshot].add(key)

    @functools.cached_property
    def _met_beyond(self) -> Mapping[str, set[str]]:
        """Keys the world does not have → its models that the catalogue knows by them."""
        met: dict[str, set[str]] = defaultdict(set)
        if self._beyond is not None:
            for model in self.models.values():
                found = {self._beyond.resolve_name(name).model for name in model.names} - {None}
                for key in found - self.models.keys():
                    if key is not None:
                        met[key].add(model.key)
        return met

    def _note(self, link: StoredLink) -> None:
        subject = SubjectRef(link.subject.source, link.subject.kind, link.subject.name)
        link = replace(link, model=self.standing_key(link.model))
        if link.basis == BY_HAND:
            self._by_hand[subject] = self._by_hand[subject].tell(link.model, is_withdrawn=link.is_withdrawn)
        elif link.is_withdrawn:
            self._denied[subject].add(link.model)
        else:
            self._denied[subject].discard(link.model)
            if subject not in self._told or _strength(link) >= _strength(self._told[subject]):
                self._told[subject] = link


def bare_name(subject: SubjectRef) -> str:
    """A subject's name without the board it stands on."""
    if subject.kind is Kind.BOARD_ENTRY and subject.source != CLAIMS:
        return subject.name.partition("/")[2] or subject.name
    return subject.name


def _is_offered(subject: SubjectRef) -> bool:
    """Whether its name begins with who offers it."""
    return subject.kind is Kind.OFFER and subject.source != USAGE


def _linked(model: str, basis: str, confidence: float, reason: str) -> Resolution:
    if confidence < THRESHOLD:
        return Resolution("none", candidates=(model,), reason=f"{reason}, but only {confidence:.2f} sure")
    return Resolution("linked", model, basis, confidence, reason=reason)


def _strength(link: StoredLink) -> tuple[bool, float]:
    return (link.basis == HUB_ID, link.confidence)
