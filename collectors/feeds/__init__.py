"""Feeds of labs and others: RSS, Atom, RDF and JSON Feed to documents, announcements and claims."""

from collectors.feeds.collector import FeedOptions, FeedsCollector
from collectors.feeds.naming import CatalogueNames
from collectors.feeds.parsing import ParsedFeed, parse_feed

__all__ = ["CatalogueNames", "FeedOptions", "FeedsCollector", "ParsedFeed", "parse_feed"]
