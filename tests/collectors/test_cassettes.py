"""The clients at their real addresses, answered from cassettes. No request leaves the machine."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # ships no types
from vcr.errors import (  # type: ignore[import-untyped] # ships no types
    CannotOverwriteExistingCassetteException,
)

from collectors.contract import Context
from collectors.fetching import RetryPolicy
from collectors.github.client import GitHubClient
from collectors.github.options import GitHubOptions
from collectors.github.wire import (
    parse_graph_release,
    parse_graph_repository,
    parse_rest_release,
    parse_rest_repository,
)
from collectors.hub.client import HubClient
from collectors.hub.options import HubOptions
from collectors.hub.wire import HubModel, parse_model
from tests.collectors.stand import Clock, make_context, make_gate
from tests.record import (
    CALLS,
    FOLDER,
    HAND_MADE,
    KEPT_OF_ANSWERS,
    KEPT_OF_REQUESTS,
    RECORDED,
    SETTINGS,
    record,
    scrub_request,
    scrub_response,
)

replayed = pytest.mark.block_network
each_cassette = pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def vcr_config() -> dict[str, Any]:
    return {**SETTINGS, "record_mode": "none"}


@pytest.fixture(scope="module")
def vcr_cassette_dir() -> str:
    return str(FOLDER)


@pytest.fixture
def hub(context: Context) -> Iterator[HubClient]:
    client = HubClient(HubOptions(), context, RetryPolicy(attempts=1))
    yield client
    client.close()


@pytest.fixture
def github(context: Context) -> Iterator[GitHubClient]:
    client = GitHubClient(GitHubOptions(token="replayed"), context, RetryPolicy(attempts=1))
    yield client
    client.close()


def check_model(model: HubModel) -> None:
    assert model.author == "Qwen"
    assert model.native_id is not None
    assert re.fullmatch("[0-9a-f]{24}", model.native_id)
    assert model.created_at is not None
    assert model.licence == "apache-2.0"
    assert model.downloads is not None
    assert model.downloads_all_time is not None
    assert model.downloads_all_time >= model.downloads > 0
    assert model.likes is not None
    assert model.parameters is not None
    assert model.trending_score is not None


@replayed
@pytest.mark.vcr
@pytest.mark.default_cassette("hub_list")
def test_a_page_of_models_is_read_with_everything_asked_for(hub: HubClient) -> None:
    page = hub.fetch_page({"author": "Qwen", "sort": "downloads", "limit": 2})
    first, second = [parse_model(item) for item in page.items]
    check_model(first)
    check_model(second)
    assert page.next_url is not None
    assert page.next_url.startswith("https://huggingface.co/api/models?")
    assert "cursor=" in page.next_url


@replayed
@pytest.mark.vcr
@pytest.mark.default_cassette("hub_model_info")
def test_a_single_model_is_read_through_hfapi(hub: HubClient) -> None:
    model = parse_model(hub.fetch_model("Qwen/Qwen3-8B"))
    check_model(model)
    assert model.name == "Qwen/Qwen3-8B"
    assert model.base_models == ("Qwen/Qwen3-8B-Base",)


@replayed
@pytest.mark.vcr
@pytest.mark.default_cassette("hub_organisation")
def test_an_organisation_says_how_many_models_it_has(hub: HubClient) -> None:
    count = hub.fetch_model_count("Qwen")
    assert count is not None
    assert count > 0


@replayed
@pytest.mark.vcr
@pytest.mark.default_cassette("github_repository")
def test_a_repository_is_read_over_rest(github: GitHubClient) -> None:
    answer = github.fetch_repository("vllm-project/vllm")
    repository = parse_rest_repository(answer.item)
    assert repository.name == "vllm-project/vllm"
    assert repository.native_id == "599547518"
    assert repository.stars > 10_000
    assert repository.watchers is not None
    assert repository.watchers < repository.stars
    assert repository.licence == "Apache-2.0"
    assert answer.etag is not None


@replayed
@pytest.mark.vcr
@pytest.mark.default_cassette("github_releases")
def test_releases_are_read_over_rest(github: GitHubClient) -> None:
    answer = github.fetch_releases("PyGithub/PyGithub")
    assert isinstance(answer.item, list)
    releases = [parse_rest_release(item) for item in answer.item]
    assert releases
    assert all(release is not None and release.tag.startswith("v") for release in releases)


@replayed
@pytest.mark.vcr
@pytest.mark.default_cassette("github_graphql")
def test_repositories_and_releases_are_read_in_one_query(github: GitHubClient) -> None:
    names = ["vllm-project/vllm", "ollama/ollama"]
    answer = github.fetch_batch(names, ["ollama/ollama"])
    assert set(answer.found) == set(names)
    assert not answer.is_partial
    for name in names:
        repository = parse_graph_repository(answer.found[name])
        assert repository.name == name
        assert repository.open_issues is not None
    releases = answer.found["ollama/ollama"]["releases"]
    assert isinstance(releases, dict)
    assert all(parse_graph_release(node) is not None for node in releases["nodes"])
    assert "releases" not in answer.found["vllm-project/vllm"]


@replayed
@pytest.mark.vcr
@pytest.mark.default_cassette("github_graphql")
def test_another_query_is_not_answered_from_the_cassette(github: GitHubClient) -> None:
    with pytest.raises(CannotOverwriteExistingCassetteException):
        github.fetch_batch(["ollama/ollama", "vllm-project/vllm"], ["ollama/ollama"])


# --------------------------------------------------------------------------- the files themselves


def test_every_call_has_its_cassette_and_every_cassette_its_call() -> None:
    assert {call.path for call in CALLS} == set(FOLDER.glob("*.yaml"))


@each_cassette
def test_a_cassette_says_where_it_comes_from_and_hand_made_ones_are_listed(path: Path) -> None:
    first = path.read_text().partition("\n")[0]
    listed = set(re.findall(r"`(\w+\.yaml)`", (FOLDER / "README.md").read_text()))
    assert first.startswith((HAND_MADE, RECORDED))
    assert (path.name in listed) is first.startswith(HAND_MADE)


@each_cassette
def test_a_cassette_holds_one_exchange_with_a_live_address_and_nothing_personal(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\b(hf_|ghp_|gho_|ghs_|github_pat_)\w{8}", text)
    assert not re.search(r"(?i)set-cookie|authorization|\bcookie\b|127\.0\.0\.1|x-request-id|x-amz", text)
    (exchange,) = yaml.safe_load(text)["interactions"]
    assert exchange["request"]["uri"].startswith(("https://huggingface.co/api/", "https://api.github.com/"))
    assert {name.lower() for name in exchange["request"]["headers"]} <= KEPT_OF_REQUESTS
    assert {name.lower() for name in exchange["response"]["headers"]} <= KEPT_OF_ANSWERS


def test_what_identifies_anybody_is_scrubbed_before_it_is_written() -> None:
    headers = {"Authorization": "Bearer x", "Cookie": "a=b", "User-Agent": "me", "Accept": "*/*"}
    assert scrub_request(SimpleNamespace(headers=headers)).headers == {"Accept": "*/*"}
    answered = {"headers": {"Set-Cookie": ["a=b"], "Date": ["today"], "X-Request-Id": ["1"], "ETag": ['"e"']}}
    assert scrub_response(answered) == {"headers": {"ETag": ['"e"']}}


def test_recording_without_what_it_needs_says_so_and_leaves_the_cassette() -> None:
    (call,) = [call for call in CALLS if call.needs]
    before = call.path.read_bytes()
    assert record(call) == "GITHUB_TOKEN is not set"
    assert call.path.read_bytes() == before


def test_recording_without_a_network_says_so_and_leaves_the_cassette(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    gate = make_gate(clock)
    gate.note_failure("huggingface.co", OSError("no network"))
    monkeypatch.setattr("tests.record.make_context", lambda: make_context(clock, gate, threading.Event()))
    call = CALLS[0]
    before = call.path.read_bytes()
    problem = record(call)
    assert problem is not None
    assert "huggingface.co" in problem
    assert call.path.read_bytes() == before
    assert not call.path.with_suffix(".new.yaml").exists()
