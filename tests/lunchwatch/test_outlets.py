"""Whose outlet a feed is, for reports: what its collector was told, as of the report's day."""

from __future__ import annotations

from datetime import timedelta

from analyzers.stories import Outlet
from lunchwatch.outlets import read_outlets
from store.catalogue import load_catalogue
from store.database import Database
from store.query import StoreQuery
from store.records import LIVE, Fact, Kind, SubjectRef
from tests.store.worlds import DAY, tell

OWN = SubjectRef("feeds", Kind.DOCUMENT_SOURCE, "Feed of my settings")
COPY = SubjectRef("feeds", Kind.DOCUMENT_SOURCE, "Copies of a lab's pages")
POLICY = SubjectRef("policies", Kind.DOCUMENT_SOURCE, "Some/Terms")


def test_labs_of_settings_and_imports_are_known_as_of_the_day_and_the_catalogue_stands_in(
    database: Database,
) -> None:
    catalogue = load_catalogue()
    official = next(feed for feed in catalogue.feeds if feed.lab and feed.provenance == "official")
    known_to_catalogue = SubjectRef("feeds", Kind.DOCUMENT_SOURCE, official.name)
    tell(
        database,
        Fact(OWN, "lab", "mistral", DAY),
        Fact(OWN, "provenance", "official", DAY),
        Fact(COPY, "lab", "anthropic", DAY),
        Fact(COPY, "provenance", "third_party", DAY),
        Fact(POLICY, "lab", "openai", DAY),
        Fact(known_to_catalogue, "url", "https://feed.example/", DAY),
        collector="feeds",
    )
    with database.read() as connection:
        before = read_outlets(StoreQuery(connection, catalogue, LIVE, DAY - timedelta(days=1)), catalogue)
        outlets = read_outlets(StoreQuery(connection, catalogue, LIVE, DAY), catalogue)
    assert OWN.name not in before
    assert outlets[OWN.name] == Outlet("mistral")
    assert outlets[COPY.name] == Outlet("anthropic", is_official=False)
    assert outlets[official.name] == Outlet(official.lab or "")
    assert POLICY.name not in outlets
