"""The Hub's real answers: our parser reads them, and the replica's look like them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from huggingface_hub.utils import (  # type: ignore[attr-defined] # public, re-exported without __all__
    parse_ratelimit_headers,
)

from collectors.fetching.limits import parse_windows
from collectors.hub.parsing import list_records
from collectors.hub.wire import parse_model
from store.records import Fact, Observation
from tests.collectors.stand import NOW
from tests.replica.hub import HubSite
from tests.replica.server import Replica


@pytest.fixture
def recordings(real_data: Path) -> Path:
    return real_data / "recorded-http" / "hub"


def read_rows(recordings: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(
        (recordings / "models_sort_createdAt_limit3.2026-10.json").read_text()
    )
    rows.append(json.loads((recordings / "model_list_full_true_row.2026-06-15.json").read_text()))
    return rows


def test_recorded_rows_give_the_values_in_the_files(recordings: Path) -> None:
    for row in read_rows(recordings):
        records = list_records(parse_model(row), NOW, site="https://huggingface.co")
        values = {each.metric: each.value for each in records if isinstance(each, Observation)}
        facts = {each.attribute: each.value for each in records if isinstance(each, Fact)}
        assert {each.subject.name for each in records if isinstance(each, (Observation, Fact))} == {row["id"]}
        assert {each.subject.native_id for each in records if isinstance(each, Fact)} == {row["_id"]}
        assert values["hub.downloads.30d"] == row["downloads"]
        assert values["hub.likes"] == row["likes"]
        assert values.get("hub.trending_score") == row.get("trendingScore")
        assert "hub.downloads.all_time" not in values  # it was not asked for
        assert f"license:{facts['licence']}" in row["tags"]
        assert facts["created_on"] == row["createdAt"][:10]
        assert facts["pipeline_tag"] == row["pipeline_tag"]
        assert facts["library"] == row["library_name"]


def test_the_shape_of_2022_had_no_id_under_that_name(recordings: Path) -> None:
    old = json.loads((recordings / "model_info_infos_json.2022.json").read_text())
    model = parse_model({**old, "id": old["modelId"]})
    assert model.downloads == old["downloads"]
    assert model.created_at is None


def read_headers(recordings: Path) -> dict[str, str]:
    lines = (recordings / "response_headers.2026-08-15.txt").read_text().splitlines()[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines) if value}


def test_recorded_limit_headers_are_read_as_the_library_reads_them(recordings: Path) -> None:
    headers = read_headers(recordings)
    theirs = parse_ratelimit_headers(headers)
    assert theirs is not None
    ours = parse_windows(headers, NOW)[theirs.resource_type]
    assert ours.remaining == theirs.remaining
    assert (ours.resets_at - NOW).total_seconds() == theirs.reset_in_seconds


def test_replica_rows_have_the_recorded_keys_and_types(recordings: Path, replica: Replica) -> None:
    replica.sites.append(HubSite(now=NOW))
    *created, full = read_rows(recordings)
    shown = httpx2.get(f"{replica.url}/api/models", params={"sort": "createdAt", "limit": 3}).json()
    for row in shown:
        assert set(row) == set(created[0])
        assert {key: type(value) for key, value in row.items()} == {
            key: type(value) for key, value in created[0].items()
        }
    (row,) = httpx2.get(f"{replica.url}/api/models", params={"full": "true", "limit": 1}).json()
    assert set(full) - {"trendingScore"} <= set(row)
    for key in set(full) & set(row):
        assert type(row[key]) is type(full[key]), key
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", full["createdAt"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row["createdAt"])
    assert re.fullmatch(r"[0-9a-f]{24}", full["_id"])
    assert re.fullmatch(r"[0-9a-f]{24}", row["_id"])


def test_replica_headers_have_the_recorded_form(recordings: Path, replica: Replica) -> None:
    replica.sites.append(HubSite(now=NOW))
    recorded = read_headers(recordings)
    answer = httpx2.get(f"{replica.url}/api/models", params={"limit": 2})
    for name in ("ratelimit", "ratelimit-policy", "etag", "x-request-id", "x-powered-by"):
        assert name in answer.headers
        assert name in recorded
    assert re.sub(r"\d+", "0", answer.headers["ratelimit"]) == re.sub(
        r"\d+", "0", recorded["ratelimit"].replace('"pages"', '"api"')
    )
    assert re.sub(r"\d+", "0", answer.headers["ratelimit-policy"]) == re.sub(
        r"\d+", "0", recorded["ratelimit-policy"].replace('"pages"', '"api"')
    )
    assert re.fullmatch(r'<http://[^>]+cursor=[^>]+>; rel="next"', answer.headers["link"])
