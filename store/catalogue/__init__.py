"""What was checked by hand: labs, models, licences, benchmarks, metrics, repositories, feeds, sources.

    load_catalogue()  -> Catalogue      reads and validates the TOML files beside this module, once

The files are meant to be read and corrected by people; their comments say what belongs where.
"""

from __future__ import annotations

from store.catalogue.catalogue import Catalogue, midnight
from store.catalogue.entries import (
    BenchmarkName,
    CatalogueModel,
    ClaimHost,
    DatedLicence,
    Family,
    Feed,
    PolicyPage,
    Repository,
)
from store.catalogue.market import Package, PriceLists
from store.catalogue.reading import load_catalogue

__all__ = [
    "BenchmarkName",
    "Catalogue",
    "CatalogueModel",
    "ClaimHost",
    "DatedLicence",
    "Family",
    "Feed",
    "Package",
    "PolicyPage",
    "PriceLists",
    "Repository",
    "load_catalogue",
    "midnight",
]
