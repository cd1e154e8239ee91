"""Bundled history: dated public facts for a tracker's first report, labelled bundled, not observed.

    load_bundles(catalogue)  -> Iterator[Bundle]    one after the other, each read when it is asked for

baseline.toml says for every file whose facts they are, through which day they go, what was changed and
what was left out. `known_at` of a bundled row is 00:00 UTC of the day it is about, so that reads as of
an earlier day answer too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from store.baseline.components import read_components
from store.baseline.counters import read_github_stars, read_hub_downloads
from store.baseline.models import read_claims, read_models
from store.baseline.prices import read_prices
from store.baseline.published import read_figures, read_policies
from store.baseline.scores import read_capability_index, read_ratings, read_training_compute
from store.catalogue import Catalogue
from store.catalogue.toml_table import read_toml
from store.records import Record

__all__ = ["Bundle", "BundleDescription", "list_bundles", "load_bundles"]

Reader = Callable[[str, Catalogue, date], Iterator[Record]]

READERS: Mapping[str, Reader] = {
    "models": read_models,
    "components": read_components,
    "hub_downloads": read_hub_downloads,
    "github_stars": read_github_stars,
    "prices": read_prices,
    "ratings": read_ratings,
    "capability_index": read_capability_index,
    "training_compute": read_training_compute,
    "claims": read_claims,
    "figures": read_figures,
    "policies": read_policies,
}


@dataclass(frozen=True, slots=True)
class BundleDescription:
    """An entry of baseline.toml. `data_source`: a key of the catalogue's sources."""

    name: str
    file_name: str
    data_source: str
    licence: str
    through: date
    changes: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """The facts of one file. `through`: the last day any of them is about."""

    name: str
    data_source: str
    through: date
    records: Sequence[Record]


def list_bundles() -> list[BundleDescription]:
    """What is bundled, without reading it."""
    top = read_toml("store.baseline", "baseline.toml")
    bundles: list[BundleDescription] = []
    for table in top.tables("bundles", "name"):
        bundles.append(
            BundleDescription(
                name=table.text("name"),
                file_name=table.text("file"),
                data_source=table.text("source"),
                licence=table.text("licence"),
                through=table.day("through"),
                changes=table.text("changes"),
            )
        )
        table.close()
    top.close()
    return bundles


def load_bundles(catalogue: Catalogue) -> Iterator[Bundle]:
    """Read every bundled file, models first."""
    for described in list_bundles():
        read = READERS[described.name]
        records = tuple(read(described.file_name, catalogue, described.through))
        yield Bundle(described.name, described.data_source, described.through, records)
