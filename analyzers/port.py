"""What analyzers ask of the store. The query object fixes world and as-of; every answer respects both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from store.records import (
    BenchmarkTerms,
    FactChange,
    IndexScore,
    Kind,
    Model,
    Offer,
    OpenRule,
    PriceChange,
    Rating,
    Series,
    SourceStatus,
    StoredClaim,
    StoredDocument,
    StoredFigure,
    StoredRelease,
)


class Query(Protocol):
    """One world as it was known at the end of the UTC day `as_of`."""

    @property
    def world(self) -> str: ...
    @property
    def as_of(self) -> date: ...
    @property
    def open_rule(self) -> OpenRule: ...

    def list_index_scores(self) -> Sequence[IndexScore]:
        """The latest publication of the capability index, by model."""
        ...

    def list_ratings(self, board: str) -> Sequence[Rating]:
        """Every line of every publication of `board`, by date."""
        ...

    def list_offers(self) -> Sequence[Offer]:
        """The current offer of every provider and model that is still listed."""
        ...

    def list_price_changes(self, since: date) -> Sequence[PriceChange]:
        """Changes of a stated price on or after `since`, by day."""
        ...

    def list_models(self) -> Sequence[Model]: ...

    def list_series(self, metric: str, kind: Kind | None = None) -> Sequence[Series]:
        """All series of a metric, one per subject. Raises NotFound for an undeclared metric."""
        ...

    def list_releases(self, since: date) -> Sequence[StoredRelease]: ...

    def list_documents(self, since: date) -> Sequence[StoredDocument]: ...

    def list_claims(self) -> Sequence[StoredClaim]: ...

    def list_benchmark_terms(self) -> Mapping[str, BenchmarkTerms]:
        """By benchmark what makes two of its scores comparable, as far as the catalogue says."""
        ...

    def list_figures(self) -> Sequence[StoredFigure]: ...

    def list_fact_changes(self, attributes: Sequence[str], since: date) -> Sequence[FactChange]: ...

    def list_sources(self) -> Sequence[SourceStatus]: ...
