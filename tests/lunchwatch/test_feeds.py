"""`lunchwatch feeds`: lists in, lists out, and the stories of what was read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from collectors.feeds.opml import parse_opml
from lunchwatch.feed_lists import list_feeds
from lunchwatch.settings import load_settings
from store.catalogue import load_catalogue
from store.errors import ConfigurationError
from tests.lunchwatch.conftest import Desk

OPML = """<opml version="2.0"><body>
<outline text="Folder"><outline text="Harbour Letter" xmlUrl="https://other.example/rss"/>
<outline text="OpenAI" xmlUrl="http://openai.com/news/rss.xml?utm_source=reader"/></outline>
<outline type="rss" text="Broken" xmlUrl="ftp://x"/>
</body></opml>"""


@pytest.mark.slow
def test_imported_feeds_are_kept_read_shown_and_taken_out_again(desk: Desk) -> None:
    file = desk.folder / "feeds.opml"
    file.write_text(OPML, encoding="utf-8")
    dry = desk.run("feeds", "import", str(file), "--dry-run")
    assert dry.code == 0, dry.err
    assert "2 feeds would be added, 1 left out" in dry.err
    assert not (desk.folder / "data" / "feeds.opml").exists()
    done = desk.run("feeds", "import", str(file), "--json")
    assert [each["name"] for each in json.loads(done.out)["data"]["added"]] == [
        "Harbour Letter (2)",
        "OpenAI",
    ]
    assert json.loads(done.out)["data"]["left_out"] == ["line 4: Broken: ftp://x is no http(s) address"]
    assert "0 feeds added, 3 left out" in desk.run("feeds", "import", str(file)).err
    listed = {row["name"]: row for row in json.loads(desk.run("feeds", "list", "--json").out)["data"]}
    assert listed["OpenAI"]["origin"] == "imported"
    assert listed["OpenAI"]["lab"] == "openai"
    exported = parse_opml(desk.run("feeds", "export").out.encode())
    assert {feed.name for feed in exported.feeds} == set(listed)
    assert desk.run("feeds", "remove", "OpenAI").code == 0
    missing = desk.run("feeds", "remove", "OpenAI")
    assert missing.code == 5
    assert "OpenAI" in missing.err


def test_password_in_an_address_is_kept_for_fetching_and_shown_nowhere(desk: Desk) -> None:
    file = desk.folder / "private.opml"
    file.write_text(
        '<opml><body><outline xmlUrl="https://user:sesame@c.example.org/feed.xml"/>'
        '<outline text="Bad" xmlUrl="ftp://user:sesame@c.example.org/"/>'
        '<outline text="Key" xmlUrl="https://d.example.org/feed.xml?token=sesame"/></body></opml>'
    )
    told = [
        desk.run("feeds", "import", str(file), "--dry-run"),
        desk.run("feeds", "import", str(file), "--dry-run", "--json"),
        desk.run("feeds", "import", str(file)),
        desk.run("feeds", "list"),
        desk.run("feeds", "list", "--json"),
        desk.run("feeds", "list", "-f", "table", COLUMNS="200"),
        desk.run("feeds", "export"),
    ]
    assert {done.code for done in told} == {0}
    assert not any("sesame" in done.out + done.err for done in told)
    assert "Left out (--with-passwords)" in told[-1].err
    assert "c.example.org, Key" in told[-1].err
    named = {feed.name: feed.url for feed in parse_opml(told[-1].out.encode()).feeds}
    assert named["c.example.org"] == "https://c.example.org/feed.xml"
    whole = desk.run("feeds", "export", "--with-passwords")
    kept = {feed.name: feed.url for feed in parse_opml(whole.out.encode()).feeds}
    assert kept["c.example.org"] == "https://user:sesame@c.example.org/feed.xml"
    assert "sesame" not in desk.run("feeds", "remove", "c.example.org").out


def test_removing_a_feed_of_the_settings_says_where_it_comes_from(desk: Desk) -> None:
    done = desk.run("feeds", "remove", "Meridian")
    assert done.code == 5
    assert "feeds.extra" in done.err


def test_file_that_is_no_list_changes_nothing_and_says_where(desk: Desk) -> None:
    file = desk.folder / "x.opml"
    file.write_text("<!DOCTYPE opml [<!ENTITY a 'b'>]><opml/>", encoding="utf-8")
    done = desk.run("feeds", "import", str(file))
    assert done.code == 1
    assert "line 1" in done.err


def test_story_told_by_two_feeds_is_shown_once(desk: Desk) -> None:
    assert desk.run("collect", "feeds").code == 0
    shown = json.loads(desk.run("feeds", "stories", "--json").out)
    (story,) = shown["data"]
    assert (story["primary"], story["also_told_by"]) == ("Aurora Labs", ["Harbour Letter"])
    assert story["basis"] == [{"entries": [0, 1], "basis": "address", "detail": story["basis"][0]["detail"]}]
    assert shown["meta"]["told_by_several"] == 1
    claims = desk.sql("select benchmark, score, standing from v_claim where model = 'alibaba/qwen3-8b'")
    assert ["mmlu-pro", "63.8", "third_party"] in claims


def test_catalogue_feeds_off_by_default_are_read_when_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LUNCHWATCH_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("LUNCHWATCH_FEEDS__ALSO", '["arXiv cs.LG"]')
    monkeypatch.setenv("LUNCHWATCH_FEEDS__WITHOUT", '["Hacker News"]')
    feeds = {feed.options.name: feed for feed in list_feeds(load_settings(), load_catalogue())}
    assert feeds["arXiv cs.LG"].is_read
    assert feeds["arXiv cs.CL"].options.quiet_days == {5, 6}
    assert not feeds["arXiv cs.AI"].is_read
    assert not feeds["Hacker News"].is_read
    copies = [feed for feed in feeds.values() if feed.options.provenance == "third_party"]
    assert copies
    assert not any(feed.is_read for feed in copies)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALSO", '["Nobody"]'),
        ("WITHOUT", '["Nobody"]'),
        ("EXTRA", '[{"name": "OpenAI News", "url": "https://x.example/"}]'),
    ],
)
def test_name_that_no_feed_or_another_has_is_a_wrong_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, value: str
) -> None:
    monkeypatch.setenv("LUNCHWATCH_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv(f"LUNCHWATCH_FEEDS__{variable}", value)
    with pytest.raises(ConfigurationError, match=r"Nobody|OpenAI News"):
        list_feeds(load_settings(), load_catalogue())


def test_damaged_imported_list_is_named_and_not_read_as_empty(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LUNCHWATCH_DATA_FOLDER", str(tmp_path))
    (tmp_path / "feeds.opml").write_text("<opml><body>", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"feeds\.opml: line 1"):
        list_feeds(load_settings(), load_catalogue())
