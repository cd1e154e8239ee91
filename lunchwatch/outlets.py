"""Whose outlet each feed is: as its collector was told when it read the feed, else as the catalogue says.

The collector notes lab and provenance as facts of the feed, whether they came from the catalogue, the
settings or an imported list. So a report asks the database, as of its day, and not settings that have changed
since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzers.stories import Outlet
from store.records import Kind

if TYPE_CHECKING:
    from store.catalogue import Catalogue
    from store.query import StoreQuery

_FEEDS = "feeds"
_OFFICIAL = "official"


def read_outlets(query: StoreQuery, catalogue: Catalogue) -> dict[str, Outlet]:
    """Every feed of which a lab or a provenance is known, by name."""
    found = {feed.name: Outlet(feed.lab or "", feed.provenance == _OFFICIAL) for feed in catalogue.feeds}
    subjects = query.knowledge.subjects
    for identity, histories in query.knowledge.facts("subject", ("lab", "provenance")).items():
        feed = subjects[identity]
        if feed.kind is Kind.DOCUMENT_SOURCE and feed.source == _FEEDS:
            known = {attribute: steps[-1].value for attribute, steps in histories.items() if steps}
            found[feed.name] = Outlet(known.get("lab", ""), known.get("provenance", _OFFICIAL) == _OFFICIAL)
    return found
