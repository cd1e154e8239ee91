"""Real answers through collector and store: the database holds what the files say, and once."""

from __future__ import annotations

import gzip
import json
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from collectors.contract import Collector, Context
from collectors.feeds import FeedOptions, FeedsCollector
from collectors.github import GitHubCollector, GitHubOptions
from collectors.models_dev import ModelsDevCollector, ModelsDevOptions
from collectors.openrouter import OpenRouterCollector, OpenRouterOptions
from store import schema as t
from store.catalogue import load_catalogue
from store.database import Database
from store.recorder import Recorder, recording
from store.records import LIVE, Basis
from store.transaction import RunSpec
from tests.collectors.stand import Clock
from tests.collectors.test_github_recordings import PlaybackSite, read_exchanges
from tests.replica.server import Replica, Request, Response, answer_conditionally


class Recorded:
    """Serves one recorded body."""

    def __init__(self, path: str, body: bytes, content_type: str = "application/json") -> None:
        self.path = path
        self.body = body
        self.content_type = content_type

    def handle(self, request: Request) -> Response | None:
        return (
            answer_conditionally(request, self.body, self.content_type) if request.path == self.path else None
        )


def collect_into(
    database: Database, collector: Collector, context: Context, clock: Clock, *targets: str
) -> Recorder:
    """One run over the named targets (all when none is named), without what an earlier run remembered."""
    with recording(
        database, RunSpec(LIVE, collector.name, collector.name, Basis.OBSERVED), clock
    ) as recorder:
        for target in collector.list_targets():
            if not targets or target.key in targets:
                for batch in collector.collect(target, {}, context):
                    recorder.save(batch)
    return recorder


def stored_values(database: Database) -> dict[tuple[str, str], float]:
    joined = t.observation.join(t.subject).join(t.metric)
    with database.read() as connection:
        rows = connection.execute(
            select(t.subject.c.name, t.metric.c.name.label("metric"), t.observation.c.value).select_from(
                joined
            )
        ).all()
    assert len(rows) == len({(row.name, row.metric) for row in rows})
    return {(row.name, row.metric): row.value for row in rows}


def test_router_prices_in_the_database_are_those_of_the_recorded_answer(
    database: Database, real_data: Path, replica: Replica, context: Context, clock: Clock
) -> None:
    body = gzip.decompress((real_data / "router" / "api_v1_models.2026-07-21.json.gz").read_bytes())
    replica.sites.append(Recorded("/openrouter/api/v1/models", body))
    collector = OpenRouterCollector(OpenRouterOptions(f"{replica.url}/openrouter"))
    collect_into(database, collector, context, clock)
    names = {
        "prompt": "input",
        "completion": "output",
        "input_cache_read": "cache_read",
        "input_cache_write": "cache_write",
    }
    assert stored_values(database) == {
        (f"openrouter/{item['id']}", f"price.{name}_usd_per_mtok"): float(
            Decimal(item["pricing"][field]) * 1_000_000
        )
        for item in json.loads(body)
        for field, name in names.items()
        if field in item["pricing"] and item["pricing"]["prompt"] != "-1"
    }
    again = collect_into(database, collector, context, clock)
    assert again.counts.written == 0
    assert again.counts.skipped == 0


def test_claims_in_the_database_are_those_of_the_recorded_models(
    database: Database, real_data: Path, replica: Replica, context: Context, clock: Clock
) -> None:
    body = (real_data / "models-dev" / "models_base.json").read_bytes()
    replica.sites.append(Recorded("/models.dev/models.json", body))
    collector = ModelsDevCollector(ModelsDevOptions(f"{replica.url}/models.dev"), names=load_catalogue())
    collect_into(database, collector, context, clock, "models.json")
    with database.read() as connection:
        claims = connection.execute(select(t.claim.c.model, t.claim.c.score, t.claim.c.source_url)).all()
        models = connection.execute(select(t.model.c.key)).scalars().all()
    entries = [
        (identifier.lower(), float(entry["score"]), entry["source"])
        for identifier, model in json.loads(body).items()
        for entry in model.get("benchmarks", ())
        if not entry["name"].startswith("Artificial Analysis")
    ]
    assert sorted(map(tuple, claims)) == sorted(entries)
    assert sorted(models) == sorted(identifier.lower() for identifier in json.loads(body))
    assert collect_into(database, collector, context, clock, "models.json").counts.written == 0


def raw_entries(body: bytes) -> list[tuple[str, str]]:
    """Title and address of each entry as the XML itself has them, without any of our code."""
    atom = "{http://www.w3.org/2005/Atom}"
    root = ET.fromstring(body)  # noqa: S314 - recordings kept beside the checkout
    entries = []
    for item in (*root.iter("item"), *root.iter(f"{atom}entry")):
        title = item.find("title") if item.find("title") is not None else item.find(f"{atom}title")
        link = item.find("link") if item.find("link") is not None else item.find(f"{atom}link")
        assert title is not None
        assert link is not None
        address = link.get("href") or (link.text or "")
        entries.append((" ".join("".join(title.itertext()).split()), address.strip()))
    return entries


FEEDS = [
    "deepseek_news.xml",
    "feed_anthropic_news.xml",
    "feed_google_ai.xml",
    "feed_mistral.xml",
    "feed_ollama.xml",
    "feed_openai_research.xml",
    "feed_xainews.xml",
    "meta_ai_news.xml",
    "moonshot_blog.xml",
]


@pytest.mark.parametrize("name", FEEDS)
def test_documents_in_the_database_are_those_of_the_recorded_feed(
    database: Database, real_data: Path, replica: Replica, context: Context, clock: Clock, name: str
) -> None:
    body = (real_data / "feeds" / "labs" / name).read_bytes()
    replica.sites.append(Recorded("/feed.xml", body, "application/xml"))
    collector = FeedsCollector([FeedOptions("A lab", f"{replica.url}/feed.xml")])
    collect_into(database, collector, context, clock)
    with database.read() as connection:
        documents = connection.execute(select(t.document.c.title, t.document.c.url)).all()
    raw = raw_entries(body)
    assert raw
    assert {tuple(row) for row in documents} == set(raw)
    assert collect_into(database, collector, context, clock).counts.written == 0


def test_counters_in_the_database_are_those_of_the_recorded_repository(
    database: Database, real_data: Path, replica: Replica, context: Context, clock: Clock
) -> None:
    folder = real_data / "recorded-http" / "github"
    exchanges = read_exchanges(folder / "Repository.testGetRepositoryWith301Redirect.txt")
    replica.sites[:] = [PlaybackSite(exchanges)]
    options = GitHubOptions(f"{replica.url}/api/v3", repositories=("protoncoin/protoncoin",))
    collect_into(database, GitHubCollector(options), context, clock)
    item = exchanges[1].item
    assert stored_values(database) == {
        (item["full_name"], "github.stars"): item["stargazers_count"],
        (item["full_name"], "github.forks"): item["forks_count"],
        (item["full_name"], "github.open_issues"): item["open_issues_count"],
        (item["full_name"], "github.watchers"): item["subscribers_count"],
    }
