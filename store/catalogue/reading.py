"""From the TOML files to a validated Catalogue. Every reference must resolve, every key be unique.

Raises ConfigurationError with file, entry and field for anything wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from store.catalogue.catalogue import Catalogue, Spellings
from store.catalogue.entries import (
    BenchmarkName,
    ClaimHost,
    Feed,
    FeedKind,
    FeedProvenance,
    HubBenchmark,
    PolicyKind,
    PolicyPage,
    Repository,
    Role,
)
from store.catalogue.market import read_packages, read_price_lists
from store.catalogue.model_reading import read_models
from store.catalogue.names import normalise, normalise_licence
from store.catalogue.references import by_key, known_key, spell
from store.catalogue.toml_table import TomlTable, read_toml
from store.records import Benchmark, BenchmarkTerms, DataSource, Lab, Licence, Metric, Openness, Semantics

PACKAGE = "store.catalogue"
ROLES: tuple[Role, ...] = ("open_stack", "closed_sdk")
FEED_KINDS: tuple[FeedKind, ...] = ("lab", "platform", "news")
FEED_PROVENANCES: tuple[FeedProvenance, ...] = ("official", "third_party")
POLICY_KINDS: tuple[PolicyKind, ...] = ("terms", "privacy", "usage_policy", "data_use", "deprecations")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LAB_KINDS = ("closed_lab", "open_lab", "company", "community")


@cache
def load_catalogue() -> Catalogue:
    """The catalogue that ships with the program; read once per process."""
    labs, lab_names, hosts = _read_labs()
    licences, licence_names = _read_licences()
    benchmarks, benchmark_names, claim_hosts, benchmark_terms = _read_benchmarks(labs)
    families, models, unreleased, watched = read_models(labs, licences)
    sources = _read_sources()
    return Catalogue(
        labs=tuple(labs.values()),
        families=families,
        metrics=_read_metrics(sources),
        benchmarks=benchmarks,
        licences=licences,
        sources=sources,
        repositories=_read_repositories(labs),
        feeds=_read_feeds(labs),
        hub_models=watched,
        models=models,
        claim_hosts=claim_hosts,
        spellings=Spellings(lab_names, licence_names, benchmark_names, hosts, unreleased),
        benchmark_terms=benchmark_terms,
        hub_benchmarks=_read_hub_benchmarks(benchmarks),
        policies=_read_policies(labs),
        packages=read_packages(labs),
        price_lists=read_price_lists(sources),
    )


def _read_labs() -> tuple[dict[str, Lab], dict[str, str], frozenset[str]]:
    top = read_toml(PACKAGE, "labs.toml")
    labs: list[Lab] = []
    names: dict[str, str] = {}
    for table in top.tables("labs", "key"):
        lab = Lab(
            key=table.text("key"),
            name=table.text("name"),
            kind=table.one_of("kind", LAB_KINDS),
            country=table.text("country"),
            hub_organisations=table.texts("hub"),
            github_organisations=table.texts("github"),
        )
        also = table.texts("also")
        spell(
            names,
            (lab.key, lab.name, *lab.hub_organisations, *lab.github_organisations, *also),
            lab.key,
            table,
        )
        table.close()
        labs.append(lab)
    hosts = frozenset(normalise(host) for host in top.texts("hosts"))
    top.close()
    return by_key(labs, "labs.toml"), names, hosts


def _read_licences() -> tuple[dict[str, Licence], dict[str, str]]:
    top = read_toml(PACKAGE, "licences.toml")
    licences: list[Licence] = []
    names: dict[str, str] = {}
    for table in top.tables("licences", "key"):
        licence = Licence(
            key=table.text("key"),
            name=table.text("name"),
            openness=table.choice("openness", Openness),
            is_approved=table.flag("approved", default=False),
            note=table.text("note", ""),
        )
        spelt = (licence.key, licence.name, *table.texts("also"))
        spell(names, spelt, licence.key, table, by=normalise_licence)
        table.close()
        licences.append(licence)
    top.close()
    return by_key(licences, "licences.toml"), names


def _read_benchmarks(
    labs: Mapping[str, Lab],
) -> tuple[dict[str, Benchmark], dict[str, BenchmarkName], dict[str, ClaimHost], dict[str, BenchmarkTerms]]:
    top = read_toml(PACKAGE, "benchmarks.toml")
    benchmarks: list[Benchmark] = []
    terms: dict[str, BenchmarkTerms] = {}
    names: dict[str, BenchmarkName] = {}
    for table in top.tables("benchmarks", "key"):
        benchmark = Benchmark(
            key=table.text("key"),
            name=table.text("name"),
            unit=table.one_of("unit", ("percent", "fraction", "points")),
            domain=table.text("domain"),
            higher_is_better=table.flag("higher_is_better", default=True),
        )
        plain = BenchmarkName(benchmark.key, "")
        spell(names, (benchmark.key, benchmark.name, *table.texts("also")), plain, table)
        # "Terminal Bench 2.1" names benchmark and version in one.
        for name in table.texts("versioned_names"):
            spell(names, (name,), BenchmarkName(benchmark.key, name.rsplit(" ", 1)[1]), table)
        terms[benchmark.key] = _read_terms(table, benchmark)
        table.close()
        benchmarks.append(benchmark)
    hosts: dict[str, ClaimHost] = {}
    for table in top.tables("claim_hosts", "host"):
        host = ClaimHost(
            host=table.text("host"),
            lab=known_key(table, "lab", labs),
            is_authors_own=table.flag("authors_own", default=False),
        )
        table.close()
        if hosts.setdefault(host.host, host) is not host:
            raise table.fault("is listed twice")
    top.close()
    return by_key(benchmarks, "benchmarks.toml"), names, hosts, terms


def _read_hub_benchmarks(benchmarks: Mapping[str, Benchmark]) -> tuple[HubBenchmark, ...]:
    top = read_toml(PACKAGE, "hub_benchmarks.toml")
    found: dict[tuple[str, str], HubBenchmark] = {}
    for table in top.tables("hub_benchmarks", "dataset"):
        entry = HubBenchmark(
            dataset=table.text("dataset"),
            task=table.text("task"),
            benchmark=table.text("benchmark"),
            version=table.text("version", ""),
            unit=table.one_of("unit", ("percent", "fraction", "points", ""), ""),
            is_only_task=table.flag("only_task", default=False),
        )
        table.address("source")
        table.close()
        if entry.benchmark not in benchmarks:
            raise table.fault(f"{entry.benchmark!r} is not in benchmarks.toml")
        if found.setdefault((entry.dataset.casefold(), entry.task), entry) is not entry:
            raise table.fault("is listed twice")
    top.close()
    return tuple(found.values())


def _read_terms(table: TomlTable, benchmark: Benchmark) -> BenchmarkTerms:
    terms = BenchmarkTerms(
        unit=benchmark.unit,
        higher_is_better=benchmark.higher_is_better,
        metric=table.text("metric", ""),
        metric_names=table.texts("metric_names"),
        dataset=table.text("dataset", ""),
        items=table.whole("items"),
        tolerance=table.positive("tolerance"),
    )
    if terms.metric_names and not terms.metric:
        raise table.fault("metric_names are other names of the metric, which is missing")
    return terms


def _read_sources() -> dict[str, DataSource]:
    top = read_toml(PACKAGE, "sources.toml")
    sources: list[DataSource] = []
    for table in top.tables("sources", "key"):
        sources.append(
            DataSource(
                key=table.text("key"),
                name=table.text("name"),
                url=table.address("url"),
                licence=table.text("licence"),
                changes=table.text("changes", ""),
            )
        )
        table.close()
    top.close()
    return by_key(sources, "sources.toml")


def _read_metrics(sources: Mapping[str, DataSource]) -> dict[str, Metric]:
    top = read_toml(PACKAGE, "metrics.toml")
    metrics: dict[str, Metric] = {}
    for table in top.tables("metrics", "name"):
        source = known_key(table, "source", sources)
        if source is None:
            raise table.fault("source is missing")
        metric = Metric(
            name=table.text("name"),
            unit=table.text("unit"),
            semantics=table.choice("semantics", Semantics),
            source=source,
            caveat=table.text("caveat"),
            window_days=table.whole("window_days"),
        )
        if (metric.semantics is Semantics.ROLLING) != (metric.window_days is not None):
            raise table.fault("window_days belongs to rolling metrics, and they need it")
        table.close()
        if metrics.setdefault(metric.name, metric) is not metric:
            raise table.fault("is declared twice")
    top.close()
    return metrics


def _read_repositories(labs: Mapping[str, Lab]) -> tuple[Repository, ...]:
    top = read_toml(PACKAGE, "repositories.toml")
    repositories: list[Repository] = []
    seen: set[str] = set()
    for table in top.tables("repositories", "name"):
        repository = Repository(
            name=table.text("name"),
            role=table.one_of("role", ROLES),
            lab=known_key(table, "lab", labs),
            former_names=table.texts("formerly"),
            tracks_releases=table.flag("tracks_releases", default=True),
        )
        table.close()
        for name in (repository.name, *repository.former_names):
            if name.count("/") != 1:
                raise table.fault(f"{name!r} is not owner/name")
            if name.casefold() in seen:
                raise table.fault(f"{name} is listed twice")
            seen.add(name.casefold())
        repositories.append(repository)
    top.close()
    return tuple(repositories)


def _read_weekdays(table: TomlTable, field: str) -> frozenset[int]:
    days = table.texts(field)
    if not set(days) <= set(WEEKDAYS):
        raise table.fault(f"{field} may hold {', '.join(WEEKDAYS)}")
    return frozenset(map(WEEKDAYS.index, days))


def _read_feeds(labs: Mapping[str, Lab]) -> tuple[Feed, ...]:
    top = read_toml(PACKAGE, "feeds.toml")
    feeds: list[Feed] = []
    for table in top.tables("feeds", "name"):
        feed = Feed(
            name=table.text("name"),
            url=table.address("url"),
            lab=known_key(table, "lab", labs),
            kind=table.one_of("kind", FEED_KINDS),
            provenance=table.one_of("provenance", FEED_PROVENANCES, "official"),
            is_default=table.flag("default", default=True),
            every_hours=table.whole("every_hours"),
            quiet_days=_read_weekdays(table, "quiet_days"),
        )
        table.close()
        if any(feed.name == other.name or feed.url == other.url for other in feeds):
            raise table.fault("is listed twice")
        feeds.append(feed)
    top.close()
    return tuple(feeds)


def _read_policies(labs: Mapping[str, Lab]) -> tuple[PolicyPage, ...]:
    top = read_toml(PACKAGE, "policies.toml")
    pages: list[PolicyPage] = []
    for table in top.tables("policies", "url"):
        page = PolicyPage(
            service=table.text("service"),
            document=table.text("document"),
            kind=table.one_of("kind", POLICY_KINDS),
            url=table.address("url"),
            lab=known_key(table, "lab", labs),
            language=table.text("language", "en"),
        )
        table.close()
        if "/" in page.service:
            raise table.fault("a service's name has no slash; the document's may have one")
        if any((page.service, page.document) == (other.service, other.document) for other in pages):
            raise table.fault(f"{page.service}/{page.document} is listed twice")
        if any(page.url == other.url for other in pages):
            raise table.fault("the address is listed twice")
        pages.append(page)
    top.close()
    return tuple(pages)
