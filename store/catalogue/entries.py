"""What a catalogue file may say, beyond the vocabulary: frozen rows without behaviour."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

Role = Literal["open_stack", "closed_sdk"]
FeedKind = Literal["lab", "platform", "news"]
FeedProvenance = Literal["official", "third_party"]
PolicyKind = Literal["terms", "privacy", "usage_policy", "data_use", "deprecations"]


@dataclass(frozen=True, slots=True)
class Repository:
    """A GitHub repository to watch. `role` open_stack: software one runs oneself, whatever model is
    behind it; closed_sdk: the way into one closed lab's API, even where its own code is open."""

    name: str
    role: Role
    lab: str | None
    former_names: tuple[str, ...]
    tracks_releases: bool


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed to read. `provenance` third_party: somebody scrapes a site that has no feed itself;
    `is_default`: read without being asked for; `every_hours`: how long an answer lasts, where the source says
    so; `quiet_days`: weekdays (Monday is 0) on which it is empty."""

    name: str
    url: str
    lab: str | None
    kind: FeedKind
    provenance: FeedProvenance
    is_default: bool = True
    every_hours: int | None = None
    quiet_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """A page on which a provider says what holds. `language`: what is asked for, as in Accept-Language."""

    service: str
    document: str
    kind: PolicyKind
    url: str
    lab: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Family:
    """Models that one lab releases as one line. `has_thinking_mode`: "-thinking" behind a name is a mode of
    the same served model, because the lab names no model so."""

    key: str
    name: str
    lab: str
    has_thinking_mode: bool = False

    @property
    def line(self) -> str:
        """The word its models' names begin with: `claude` of Claude Opus."""
        return re.split(r"[\W_]", self.name.casefold(), maxsplit=1)[0]


@dataclass(frozen=True, slots=True)
class DatedLicence:
    """A model is under `licence` (a key of licences.toml) from that day; `source` shows it."""

    licence: str
    valid_from: date
    source: str


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """A model checked by hand. `parameters`: all of them, where the maker states the number;
    `aliases`: names on boards, in indices and in price lists that spelling does not explain; `snapshots`:
    full dates that stand for different snapshots of it, where there are several."""

    key: str
    lab: str
    name: str
    family: str | None
    released_on: date
    licences: tuple[DatedLicence, ...]
    parameters: int | None
    hub_name: str | None
    aliases: tuple[str, ...]
    snapshots: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class BenchmarkName:
    """What a claimed benchmark's name means: the declared benchmark and the version the name implies."""

    benchmark: str
    version: str


@dataclass(frozen=True, slots=True)
class HubBenchmark:
    """A task of a data set on the Hub that is a declared benchmark. `unit`: in what its scores are written
    there, empty where nothing says so. `is_only_task`: the data set has no other."""

    dataset: str
    task: str
    benchmark: str
    version: str
    unit: str
    is_only_task: bool


@dataclass(frozen=True, slots=True)
class ClaimHost:
    """A site that publishes scores. `lab` None: an independent board; else the maker's own site.
    `is_authors_own`: anybody publishes there about their own work, as on arXiv."""

    host: str
    lab: str | None
    is_authors_own: bool
