"""A hand-written query over plain lists, with verbs to build small worlds by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from store.errors import NotFound
from store.records import (
    LIVE,
    Basis,
    BenchmarkTerms,
    Claim,
    FactChange,
    Figure,
    IndexScore,
    Kind,
    Metric,
    Model,
    Offer,
    Openness,
    OpenRule,
    Outcome,
    Precision,
    PriceChange,
    Provenance,
    Rating,
    Release,
    ReleaseKind,
    Semantics,
    Series,
    SourceStatus,
    Standing,
    StoredClaim,
    StoredDocument,
    StoredFigure,
    StoredRelease,
    SubjectRef,
)

AS_OF = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
OPEN, CLOSED = Openness.UNRESTRICTED, Openness.API

METRICS = {
    metric.name: metric
    for metric in (
        Metric("hub.downloads.30d", "downloads", Semantics.ROLLING, "hub", "", 30),
        Metric("hub.downloads.all_time", "downloads", Semantics.CUMULATIVE, "hub", ""),
        Metric("github.stars", "stars", Semantics.INSTANT, "github", ""),
        Metric("github.stars_received.daily", "stars", Semantics.RETAINED, "github", ""),
        Metric("policy.lines_added", "lines", Semantics.PER_PERIOD, "policies", ""),
        Metric("policy.lines_removed", "lines", Semantics.PER_PERIOD, "policies", ""),
        Metric("price.input_usd_per_mtok", "USD per million tokens", Semantics.INSTANT, "models.dev", ""),
        Metric("arena.text.rating", "points", Semantics.SCORE, "arena", ""),
    )
}


def told(source: str = "made-up", basis: Basis = Basis.BUNDLED, run_id: int = 1) -> Provenance:
    return Provenance(source, basis, run_id)


@dataclass
class World:
    """A query whose answers were put in by hand; `as_of` hides nothing by itself unless `cuts` is set."""

    world: str = LIVE
    as_of: date = AS_OF
    open_rule: OpenRule = OpenRule.WEIGHTS
    scores: list[IndexScore] = field(default_factory=list)
    ratings: list[Rating] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    price_changes: list[PriceChange] = field(default_factory=list)
    models: list[Model] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    releases: list[StoredRelease] = field(default_factory=list)
    documents: list[StoredDocument] = field(default_factory=list)
    claims: list[StoredClaim] = field(default_factory=list)
    benchmark_terms: dict[str, BenchmarkTerms] = field(default_factory=dict)
    figures: list[StoredFigure] = field(default_factory=list)
    fact_changes: list[FactChange] = field(default_factory=list)
    sources: list[SourceStatus] = field(default_factory=list)
    declared: set[str] = field(default_factory=lambda: set(METRICS))

    # ------------------------------------------------------------ the query protocol

    def list_index_scores(self) -> Sequence[IndexScore]:
        return self.scores

    def list_ratings(self, board: str) -> Sequence[Rating]:
        rows = [row for row in self.ratings if row.board == board and row.board_date <= self.as_of]
        return sorted(rows, key=lambda row: (row.board_date, -row.rating))

    def list_offers(self) -> Sequence[Offer]:
        return self.offers

    def list_price_changes(self, since: date) -> Sequence[PriceChange]:
        return [change for change in self.price_changes if since <= change.after.day <= self.as_of]

    def list_models(self) -> Sequence[Model]:
        return self.models

    def list_series(self, metric: str, kind: Kind | None = None) -> Sequence[Series]:
        if metric not in self.declared:
            raise NotFound(f"no metric is called {metric}")
        return [
            cut(one, self.as_of)
            for one in self.series
            if one.metric.name == metric and kind in (None, one.subject.kind) and one.days[0] <= self.as_of
        ]

    def list_releases(self, since: date) -> Sequence[StoredRelease]:
        return [r for r in self.releases if since <= r.release.published_at.date() <= self.as_of]

    def list_documents(self, since: date) -> Sequence[StoredDocument]:
        return [d for d in self.documents if since <= d.document.published_at.date() <= self.as_of]

    def list_claims(self) -> Sequence[StoredClaim]:
        return self.claims

    def list_benchmark_terms(self) -> Mapping[str, BenchmarkTerms]:
        return self.benchmark_terms

    def list_figures(self) -> Sequence[StoredFigure]:
        return [f for f in self.figures if f.figure.as_of <= self.as_of]

    def list_fact_changes(self, attributes: Sequence[str], since: date) -> Sequence[FactChange]:
        return [
            c for c in self.fact_changes if c.attribute in attributes and since <= c.valid_from <= self.as_of
        ]

    def list_sources(self) -> Sequence[SourceStatus]:
        return self.sources

    # ------------------------------------------------------------ verbs

    def score(
        self,
        model: str,
        points: float,
        released_on: date,
        openness: Openness = OPEN,
        maker: str = "Maker",
        published_on: date = AS_OF - timedelta(days=10),
    ) -> World:
        self.scores.append(
            IndexScore(
                model, points, published_on, released_on, maker, "Nowhere", openness, "source", told("epoch")
            )
        )
        return self

    def rate(
        self,
        model: str,
        rating: float,
        board_date: date,
        openness: Openness = OPEN,
        *,
        half: float | None = 5.0,
        licence: str = "",
        is_released: bool = True,
    ) -> World:
        low, high = (None, None) if half is None else (rating - half, rating + half)
        self.ratings.append(
            Rating(
                "text",
                board_date,
                model,
                rating,
                low,
                high,
                1000,
                "Maker",
                licence,
                openness,
                is_released,
                told("arena"),
            )
        )
        return self

    def offer(self, provider: str, model: str, input_usd: float | None, output_usd: float | None) -> World:
        self.offers.append(make_offer(provider, model, input_usd, output_usd))
        return self

    def watch(
        self,
        name: str,
        values: Sequence[float],
        *,
        metric: str = "github.stars",
        end: date = AS_OF,
        step_days: int = 7,
        basis: Basis = Basis.OBSERVED,
    ) -> World:
        self.series.append(
            make_series(name, values, metric=metric, end=end, step_days=step_days, basis=basis)
        )
        return self

    def publish(
        self,
        measure: str,
        value: float,
        as_of: date,
        *,
        unit: str = "percent",
        source: str = "A survey",
        interest: str = "none stated",
        precision: Precision = Precision.MONTH,
    ) -> World:
        figure = Figure(measure, value, unit, as_of, precision, source, interest)
        self.figures.append(StoredFigure(figure, told("published-figures")))
        return self

    def claim(
        self,
        model: str,
        benchmark: str,
        score: float,
        standing: Standing,
        *,
        unit: str = "percent",
        metric: str = "resolved",
        settings: str = "",
        version: str = "",
        claimed_on: date | None = date(2026, 9, 1),
    ) -> World:
        claim = Claim(
            model,
            benchmark,
            score,
            unit,
            metric,
            standing,
            claimed_on,
            f"https://example.org/{standing.value}",
            version,
            settings,
        )
        self.claims.append(StoredClaim(claim, None, told("models.dev")))
        return self

    def source(self, name: str, outcome: Outcome = Outcome.OK, basis: Basis = Basis.OBSERVED) -> World:
        self.sources.append(SourceStatus(name, basis, NOW, NOW, outcome, AS_OF, 10, 0))
        return self


def cut(series: Series, day: date) -> Series:
    """The series as far as it is known on `day`."""
    known = [pair for pair in zip(series.days, series.values, strict=True) if pair[0] <= day]
    return Series(
        series.subject,
        series.metric,
        tuple(d for d, _ in known),
        tuple(v for _, v in known),
        series.told[: len(known)],
    )


def make_series(
    name: str,
    values: Sequence[float],
    *,
    metric: str = "github.stars",
    end: date = AS_OF,
    step_days: int = 7,
    basis: Basis = Basis.OBSERVED,
) -> Series:
    kinds = {"hub": Kind.HUB_MODEL, "github": Kind.GITHUB_REPO, "policies": Kind.DOCUMENT_SOURCE}
    declared = METRICS[metric]
    days = tuple(end - timedelta(days=step_days * k) for k in range(len(values) - 1, -1, -1))
    subject = SubjectRef(declared.source, kinds.get(declared.source, Kind.BOARD_ENTRY), name)
    teller = (told(declared.source, basis),) * len(values)
    return Series(subject, declared, days, tuple(float(v) for v in values), teller)


def make_offer(
    provider: str,
    model: str,
    input_usd: float | None,
    output_usd: float | None,
    *,
    day: date = AS_OF - timedelta(days=30),
    openness: Openness = Openness.UNKNOWN,
    linked_model: str | None = None,
    is_withdrawn: bool = False,
) -> Offer:
    return Offer(
        provider,
        model,
        day,
        input_usd,
        output_usd,
        None,
        openness,
        linked_model,
        told("models.dev"),
        is_withdrawn,
    )


def make_model(
    key: str,
    released_on: date | None,
    openness: Openness,
    *,
    parameters: float | None = None,
    licence: str | None = None,
    hub_name: str | None = None,
    basis: Basis = Basis.BUNDLED,
) -> Model:
    lab, _, name = key.partition("/")
    return Model(
        key,
        name,
        lab,
        name.split("-", maxsplit=1)[0],
        released_on,
        Precision.DAY,
        licence,
        openness,
        None,
        parameters,
        hub_name,
        told("catalogue", basis),
    )


def make_release(
    name: str, kind: ReleaseKind, day: date, *, version: str | None = None, is_prerelease: bool = False
) -> StoredRelease:
    source = "hub" if kind is ReleaseKind.MODEL else "github"
    subject = SubjectRef(source, Kind.HUB_MODEL if source == "hub" else Kind.GITHUB_REPO, name)
    release = Release(
        subject,
        kind,
        f"{name}@{version}",
        f"{name} {version or ''}".strip(),
        f"https://example.org/{name}",
        datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        version=version,
        is_prerelease=is_prerelease,
    )
    return StoredRelease(release, told(source, Basis.OBSERVED, 7))
