"""models.dev: prices of provider offers, base models, benchmark claims with their sources."""

from collectors.models_dev.collector import ModelsDevCollector, ModelsDevOptions
from collectors.models_dev.model import ParsedModels, parse_models
from collectors.models_dev.offer import ParsedOffers, parse_offers

__all__ = [
    "ModelsDevCollector",
    "ModelsDevOptions",
    "ParsedModels",
    "ParsedOffers",
    "parse_models",
    "parse_offers",
]
