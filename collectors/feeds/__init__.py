"""Feeds of labs and others: RSS, Atom, RDF and JSON Feed to documents and announcements."""

from collectors.feeds.collector import FeedOptions, FeedsCollector
from collectors.feeds.parsing import ParsedFeed, parse_feed

__all__ = ["FeedOptions", "FeedsCollector", "ParsedFeed", "parse_feed"]
