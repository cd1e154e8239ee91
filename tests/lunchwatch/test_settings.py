"""Settings: what is accepted, and that a wrong one is refused by name and never quoted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from lunchwatch.settings import load_settings
from lunchwatch.sources import SOURCES, build_collectors, find_switch
from lunchwatch.wiring import name_collectors
from store.catalogue import load_catalogue
from store.errors import ConfigurationError, NotFound


@pytest.fixture
def config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONFIGURATION_DIRECTORY", str(tmp_path))
    return tmp_path / "config.toml"


def _refusal() -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert caught.value.exit_code == 78
    return str(caught.value)


@pytest.mark.parametrize("section", ["HUB", "GITHUB"])
def test_white_space_around_a_token_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch, section: str) -> None:
    monkeypatch.setenv(f"LUNCHWATCH_{section}__TOKEN", " secret-token\r\n")
    token = getattr(load_settings(), section.lower()).token
    assert token.get_secret_value() == "secret-token"


def test_an_empty_token_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNCHWATCH_HUB__TOKEN", " \n")
    assert load_settings().hub.token is None


@pytest.mark.parametrize("token", ["two words", "line\nline", "tökén", "bell\x07"])
def test_a_token_that_cannot_be_one_is_refused_without_being_quoted(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("LUNCHWATCH_GITHUB__TOKEN", token)
    words = _refusal()
    assert "github.token" in words
    assert "LUNCHWATCH_GITHUB__TOKEN" in words
    assert token not in words


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("network.contact", "a\nX-Other: b"),
        ("network.contact", "ä@example.org"),
        ("network.max_bytes", "1000000001"),
        ("network.connect_timeout", "inf"),
        ("network.read_timeout", "nan"),
        ("network.total_timeout", "3601"),
        ("digest.sender", "Ana <ana@example.org>\nBcc: bo@example.org"),
        ("digest.sender", "Ana"),
        ("digest.report_url", "reports"),
        ("schedule.collect_every", "99999999999d"),
        ("schedule.collect_every", "0s"),
        ("schedule.collect_every", "31d"),
        ("hub.endpoint", "http://["),
        ("hub.endpoint", ""),
        ("hub.endpoint", "https://"),
        ("hub.endpoint", "https://a b"),
        ("github.api_url", "https://example.org:99999"),
        ("models_dev.url", "models.dev"),
        ("openrouter.url", "file:///etc/passwd"),
        ("feeds.extra", '[{"name": "x", "url": "http://["}]'),
        ("data_folder", ""),
        ("data_folder", "~nobody-of-that-name/x"),
        ("data_folder", "what?"),
        ("reports.folder", ""),
        ("hub", "5"),
        ("hub", "{"),
        ("hub.trending", "5000"),
        ("hub.models", "[x"),
        ("hub.models", "[" * 10_000),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_key_and_variable(
    monkeypatch: pytest.MonkeyPatch, key: str, value: str
) -> None:
    variable = "LUNCHWATCH_" + key.replace(".", "__").upper()
    monkeypatch.setenv(variable, value)
    words = _refusal()
    assert key.split(".")[-1] in words
    assert variable in words


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("3s", timedelta(seconds=3)),
        ("90", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("30d", timedelta(days=30)),
    ],
)
def test_a_duration_is_a_number_and_its_unit(
    monkeypatch: pytest.MonkeyPatch, given: str, meant: timedelta
) -> None:
    monkeypatch.setenv("LUNCHWATCH_SCHEDULE__COLLECT_EVERY", given)
    assert load_settings().schedule.collect_every == meant


def test_a_tilde_in_a_folder_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, empty_home: Path) -> None:
    monkeypatch.setenv("LUNCHWATCH_DATA_FOLDER", "~/kept")
    monkeypatch.setenv("LUNCHWATCH_DIGEST__FOLDER", "~/mail")
    settings = load_settings()
    assert settings.data_folder == empty_home / "kept"
    assert settings.mail_folder == empty_home / "mail"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"hub = 5\n", "hub"),
        (b"hub = []\n", "hub"),
        (b'[hub]\ntoken = "a b"\n', "hub.token"),
        (b"[schedule]\ncollect_every = inf\n", "schedule.collect_every"),
        (b'name = "\xff"\n', "UTF-8"),
        (b"x = " + b"[" * 10_000, "nested"),
        (b"x = " + b"9" * 10_000, "number"),
        (b"[hub\n", "line 1"),
    ],
)
def test_a_file_that_cannot_be_read_or_holds_nonsense_is_named(
    config_file: Path, content: bytes, words: str
) -> None:
    config_file.write_bytes(content)
    refusal = _refusal()
    assert str(config_file) in refusal
    assert words in refusal


def test_a_folder_in_the_place_of_the_file_is_named(config_file: Path) -> None:
    config_file.mkdir()
    assert str(config_file) in _refusal()


def test_a_section_of_the_file_and_of_the_environment_are_one(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config_file.write_text('[hub]\ntrending = 7\nmodels = ["a/b"]\ntoken = "filed"\n')
    monkeypatch.setenv("LUNCHWATCH_HUB__TRENDING", "9")
    hub = load_settings().hub
    assert (hub.trending, hub.models) == (9, ("a/b",))
    assert hub.token is not None
    assert hub.token.get_secret_value() == "filed"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("hub.trending", "-1", "hub.trending: must be 0 or more"),
        ("hub.per_task", "1001", "hub.per_task: must be 1000 or less"),
        ("hub.per_task", "ten", "hub.per_task: must be a whole number"),
        ("hub.enabled", "perhaps", "hub.enabled: must be true or false"),
        ("network.read_timeout", "0", "network.read_timeout: must be more than 0"),
        ("hub_history.downloads_are", "30", "hub_history.downloads_are: must be '30d' or 'all_time'"),
        ("hub.models", '"a"', "hub.models: must be a list"),
        ("feeds.extra", '[{"name": "x"}]', "feeds.extra.0.url: is missing"),
        ("hub.models", "[x", "hub.models: the value is no JSON"),
        ("hub", "{", "hub: the value is no JSON"),
    ],
)
def test_a_refusal_is_in_plain_words_and_names_the_whole_key(
    monkeypatch: pytest.MonkeyPatch, key: str, value: str, words: str
) -> None:
    monkeypatch.setenv("LUNCHWATCH_" + key.replace(".", "__").upper(), value)
    assert words in _refusal()


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("hub.models", '["a/b/c"]', "hub.models: a model is written owner/name"),
        ("hub.tasks", '["Text Generation"]', "hub.tasks: "),
        ("github.repositories", '["vllm"]', "github.repositories: a repository is written owner/name"),
        ("arena.boards", "[]", "arena.boards: names no board"),
    ],
)
def test_what_a_collector_cannot_use_is_refused_by_its_key(
    monkeypatch: pytest.MonkeyPatch, key: str, value: str, words: str
) -> None:
    monkeypatch.setenv("LUNCHWATCH_" + key.replace(".", "__").upper(), value)
    with pytest.raises(ConfigurationError, match=words):
        build_collectors(load_settings(), load_catalogue())


@pytest.mark.parametrize(
    ("name", "switch"),
    [
        ("feeds", "feeds.enabled"),
        ("models.dev", "models_dev.enabled"),
        ("genai-prices", "genai_prices.enabled"),
        ("hub.leaderboards", "hub.leaderboards"),
        ("github.stars", "github.star_history"),
        ("hub.sweep", "hub.enabled"),
    ],
)
def test_a_source_that_is_switched_off_is_named_with_its_switch(
    monkeypatch: pytest.MonkeyPatch, name: str, switch: str
) -> None:
    monkeypatch.setenv("LUNCHWATCH_" + switch.replace(".", "__").upper(), "false")
    with pytest.raises(NotFound, match=f"{name} is switched off: {switch} is false"):
        name_collectors(load_settings(), [name], [])


def test_every_source_has_a_switch_that_is_a_setting() -> None:
    settings = load_settings()
    assert [name for name in SOURCES if find_switch(name, settings)] == ["hub.sweep"]
    with pytest.raises(NotFound, match="no source is called nobody"):
        name_collectors(settings, ["nobody"], [])
