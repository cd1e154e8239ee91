"""The catalogue: what was checked by hand, and how names from elsewhere are recognised in it.

A name is recognised or it is not; nothing here guesses. The three lookups are `find_model`,
`lab_of` and `classify_licence`; each returns None or UNKNOWN for what the files do not say.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from urllib.parse import urlsplit

from store.catalogue.entries import (
    BenchmarkName,
    CatalogueModel,
    ClaimHost,
    Family,
    Feed,
    HubBenchmark,
    PolicyPage,
    Repository,
)
from store.catalogue.market import Package, PriceLists
from store.catalogue.names import normalise, normalise_licence
from store.errors import ConfigurationError
from store.records import (
    Benchmark,
    BenchmarkTerms,
    DataSource,
    Kind,
    Lab,
    Licence,
    Link,
    Metric,
    ModelFact,
    ModelRecord,
    Openness,
    Record,
    Standing,
    SubjectRef,
)
from store.resolution import KnownModel, Resolver, Vocabulary


def midnight(day: date) -> datetime:
    """00:00 UTC of `day`: when a dated fact counts as known, so that as-of reads of that day see it."""
    return datetime.combine(day, time.min, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Spellings:
    """Names from elsewhere, normalised, and what each means."""

    labs: Mapping[str, str]
    licences: Mapping[str, str]
    benchmarks: Mapping[str, BenchmarkName]
    hosts: frozenset[str]
    unreleased_variants: frozenset[str]


@dataclass(frozen=True)
class Catalogue:
    """The files under store/catalogue, validated. Made by `load_catalogue`."""

    labs: tuple[Lab, ...]
    families: tuple[Family, ...]
    metrics: Mapping[str, Metric]
    benchmarks: Mapping[str, Benchmark]
    licences: Mapping[str, Licence]
    sources: Mapping[str, DataSource]
    repositories: tuple[Repository, ...]
    feeds: tuple[Feed, ...]
    hub_models: tuple[str, ...]
    models: tuple[CatalogueModel, ...]
    claim_hosts: Mapping[str, ClaimHost]
    spellings: Spellings
    benchmark_terms: Mapping[str, BenchmarkTerms] = field(default_factory=dict)
    hub_benchmarks: tuple[HubBenchmark, ...] = ()
    policies: tuple[PolicyPage, ...] = ()
    packages: tuple[Package, ...] = ()
    price_lists: PriceLists = field(default_factory=PriceLists)
    _labs: dict[str, Lab] = field(init=False, repr=False, default_factory=dict)
    _models: dict[str, CatalogueModel] = field(init=False, repr=False, default_factory=dict)
    _current_names: dict[str, str] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._labs.update((lab.key, lab) for lab in self.labs)
        self._models.update((model.key, model) for model in self.models)
        meaning: dict[str, str] = {}
        for model in self.models:
            known = self.known_model(model)
            for name in (*known.names, *known.hub_names):
                other = meaning.setdefault(normalise(name), model.key)
                if other != model.key:
                    raise ConfigurationError(f"models.toml: {name!r} is both {other} and {model.key}")
        for repository in self.repositories:
            for former in repository.former_names:
                self._current_names[former.casefold()] = repository.name

    def lab(self, key: str) -> Lab:
        """The lab of that key; raises KeyError."""
        return self._labs[key]

    def model(self, key: str) -> CatalogueModel:
        """The hand-checked model of that key; raises KeyError."""
        return self._models[key]

    def knows_model(self, key: str) -> bool:
        return key in self._models

    def current_repository_name(self, name: str) -> str:
        """What a GitHub repository is called now; a name we know no later one for is returned as it is."""
        return self._current_names.get(name.casefold(), name)

    def lab_of(self, organisation: str) -> Lab | None:
        """The lab behind a name on a board, in an index, on the Hub or on GitHub.

        Of several organisations joined by commas the first known one counts: it leads."""
        for name in (organisation, *organisation.split(",")):
            key = self.spellings.labs.get(normalise(name))
            if key is not None:
                return self._labs[key]
        return None

    def find_licence(self, text: str) -> Licence | None:
        """The licence a board, a Hub tag or a model card means; None where the text does not say."""
        key = self.spellings.licences.get(normalise_licence(text))
        return None if key is None else self.licences[key]

    def classify_licence(self, text: str) -> Openness:
        """The openness class of a licence's name; UNKNOWN for one that is not in licences.toml."""
        licence = self.find_licence(text)
        return Openness.UNKNOWN if licence is None else licence.openness

    def find_benchmark(self, name: str) -> BenchmarkName | None:
        return self.spellings.benchmarks.get(normalise(name))

    def find_hub_benchmark(self, dataset: str, task: str | None) -> HubBenchmark | None:
        """The benchmark that a task of a data set on the Hub is; without a task, that of its only one."""
        for entry in self.hub_benchmarks:
            is_meant = entry.is_only_task if task is None else entry.task == task
            if is_meant and entry.dataset.casefold() == dataset.casefold():
                return entry
        return None

    def is_unreleased_variant(self, board_name: str) -> bool:
        """Whether a board lists something under that name that was never released as such."""
        return normalise(board_name) in self.spellings.unreleased_variants

    @functools.cached_property
    def words(self) -> Vocabulary:
        """The organisations, hosts and lines of models that names are made of."""
        return Vocabulary(
            labs=self.spellings.labs,
            hosts=self.spellings.hosts,
            lines={family.line: family.lab for family in self.families},
            thinking_modes=frozenset(f.line for f in self.families if f.has_thinking_mode),
        )

    @functools.cached_property
    def resolver(self) -> Resolver:
        """Names against the hand-checked models alone; a world's resolver asks it last."""
        return Resolver(self.words, map(self.known_model, self.models))

    def names_of(self, model: CatalogueModel) -> tuple[str, ...]:
        """What the catalogue calls a model besides its key, in every world that has the key."""
        return self.known_model(model).names[1:]

    def known_model(self, model: CatalogueModel) -> KnownModel:
        """A hand-checked model as names are compared with it."""
        return KnownModel(
            key=model.key,
            lab=model.lab,
            name=model.name,
            hub_names=() if model.hub_name is None else (model.hub_name,),
            aliases=model.aliases,
            released_on=model.released_on,
            snapshots=model.snapshots,
        )

    def find_model(self, name: str) -> str | None:
        """The key of the hand-checked model that `name` means, else None; never a guess."""
        return self.resolver.resolve_name(name).model

    def find_link(self, subject: SubjectRef) -> Link | None:
        """The link of a subject whose name means a hand-checked model."""
        found = self.resolver.resolve(subject)
        if found.model is None or found.basis is None or found.confidence is None:
            return None
        return Link(subject, found.model, found.basis, found.confidence)

    def claim_standing(self, source_url: str, model_lab: str) -> Standing | None:
        """Who stands behind a score published at `source_url` about a model of `model_lab`.

        A maker's own site is self-reported for its own models and third-party for others'.
        None for a host that benchmarks.toml does not list."""
        try:
            address = urlsplit(source_url)
        except ValueError:  # addresses come from outside; a broken one has no publisher we know
            return None
        entry = self.claim_hosts.get((address.hostname or "").removeprefix("www."))
        if entry is None:
            return None
        if entry.is_authors_own:
            return Standing.SELF_REPORTED  # the cautious reading
        publisher = entry.lab
        if entry.host == "huggingface.co":
            lab = self.lab_of(address.path.strip("/").split("/")[0])
            publisher = lab.key if lab else None
        return Standing.SELF_REPORTED if publisher == model_lab else Standing.THIRD_PARTY

    def records(self) -> list[Record]:
        """The hand-checked models as records: the model, its dated facts and its Hub link."""
        return [record for model in self.models for record in self._records_of(model)]

    def _records_of(self, model: CatalogueModel) -> Iterable[Record]:
        yield ModelRecord(model.key, model.lab, model.name, model.family)
        released = [("released_on", model.released_on.isoformat())]
        if model.parameters is not None:
            released.append(("parameters", str(model.parameters)))
        for attribute, value in released:
            yield ModelFact(
                model=model.key,
                attribute=attribute,
                value=value,
                valid_from=model.released_on,
                evidence_url=model.licences[0].source,
                known_at=midnight(model.released_on),
            )
        for dated in model.licences:
            openness = self.licences[dated.licence].openness
            for attribute, value in (("licence", dated.licence), ("openness", openness.value)):
                yield ModelFact(
                    model=model.key,
                    attribute=attribute,
                    value=value,
                    valid_from=dated.valid_from,
                    evidence_url=dated.source,
                    known_at=midnight(dated.valid_from),
                )
        if model.hub_name is not None:
            yield Link(SubjectRef("hub", Kind.HUB_MODEL, model.hub_name), model.key, "hub_id", 1.0)
