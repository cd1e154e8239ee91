"""`lunchwatch policies`: collected, imported and bundled documents, as people and programs see them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.lunchwatch.conftest import Desk, narrow
from tests.replica.policies import TERMS, PolicySite
from tests.replica.server import Replica

TERMS_PATH = "/policies/meridian/terms"
FIRST = "We train on nothing.\nWe delete prompts within 30 days."
SECOND = "We may use your prompts to train our models.\nWe delete prompts within 30 days."


@pytest.fixture
def own_desk(tmp_path: Path, replica: Replica, sqlite_url: str) -> Desk:
    """A desk on SQLite."""
    return Desk(tmp_path, {**narrow(replica), "LUNCHWATCH_DATABASE_URL": sqlite_url})


def put_documents(desk: Desk, *versions: tuple[str, str], document: str = "Privacy Policy") -> None:
    """Import texts by day into the world `theirs`."""
    path = desk.folder / "documents.jsonl"
    rows = [
        {"service": "Example", "document": document, "recorded_at": f"{day}T12:00:00Z", "text": text}
        for day, text in versions
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    done = desk.run("import", "documents", str(path), "--world", "theirs")
    assert done.code == 0, done.err


def ask(desk: Desk, *arguments: str) -> Any:
    done = desk.run("policies", *arguments, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)["data"]


def site_of(replica: Replica) -> PolicySite:
    return next(site for site in replica.sites if isinstance(site, PolicySite))


def test_collected_policies_are_listed_shown_and_printed(desk: Desk) -> None:
    done = desk.run("collect", "policies")
    assert done.code == 0, done.err
    names = {row["document"]: row for row in ask(desk, "list")}
    assert names["Meridian/Terms of Service"]["texts"] == 1
    assert {"Aurora/Privacy Policy", "Meridian API/Deprecations"} <= names.keys()
    shown = ask(desk, "show", "meridian/terms")
    rules = {rule["rule"]: rule for rule in shown["rules"]}
    assert rules["training"]["value"] == "opt_out"
    assert "opt out of training" in rules["training"]["quotes"][0]
    assert [step["what"] for step in shown["history"]] == ["first"]
    text = desk.run("policies", "show", "Meridian/Terms of Service", "--text")
    assert text.out.strip().split("\n")[1:] == TERMS
    assert desk.sql("select value from v_fact where attribute = 'shutdown_on' order by 1")[0] == [
        "2026-12-01"
    ]


@pytest.mark.slow
def test_second_collection_of_policies_writes_nothing(desk: Desk) -> None:
    desk.run("collect", "policies")
    rows = "select (select count(*) from v_document) + (select count(*) from v_fact)"
    before = desk.sql(rows)
    assert desk.run("collect", "policies").code == 0
    assert desk.sql(rows) == before
    assert desk.sql("select written from v_run order by run_id desc limit 1") == [["0"]]


def test_change_of_a_page_is_counted_and_shown(own_desk: Desk, replica: Replica) -> None:
    own_desk.run("collect", "policies")
    site_of(replica).edit(TERMS_PATH, *TERMS[:2], "We never train our models on your Content.", *TERMS[3:])
    assert own_desk.run("collect", "policies").code == 0
    shown = own_desk.run("policies", "diff", "meridian/terms")
    assert "-We may use your Content to train our models." in shown.out
    assert "+We never train our models on your Content." in shown.out
    moved = own_desk.sql("select metric, value from v_observation where metric like 'policy.%' order by 1")
    assert moved == [["policy.lines_added", "1"], ["policy.lines_removed", "1"]]


@pytest.mark.slow
def test_wall_in_front_of_a_page_is_a_problem_of_its_source_and_no_change(
    own_desk: Desk, replica: Replica
) -> None:
    own_desk.run("collect", "policies")
    site_of(replica).pages[TERMS_PATH].body = b"<title>Just a moment...</title><p>Verify you are human</p>"
    assert own_desk.run("collect", "policies").code == 0
    assert own_desk.sql(
        "select status, reason from v_coverage where scope = 'Meridian/Terms of Service'"
        " order by run_id desc limit 1"
    ) == [["partial", "a wall against robots instead of the document ('just a moment')"]]
    assert ask(own_desk, "show", "meridian/terms")["history"][1:] == []


def test_imported_texts_have_history_rules_and_differences_in_their_own_world(own_desk: Desk) -> None:
    put_documents(own_desk, ("2026-01-01", FIRST), ("2026-03-01", SECOND), ("2026-06-01", FIRST))
    (row,) = ask(own_desk, "list", "--world", "theirs")
    assert (row["texts"], row["changes"], row["returns"], row["last_change"]) == (2, 1, 1, "2026-06-01")
    shown = ask(own_desk, "show", "example", "--world", "theirs")
    training = [(r["value"], r["since"], r["until"]) for r in shown["rules"] if r["rule"] == "training"]
    assert training == [
        ("not_stated", "2026-01-01", "2026-03-01"),
        ("yes", "2026-03-01", "2026-06-01"),
        ("not_stated", "2026-06-01", None),
    ]
    found = ask(
        own_desk, "diff", "example", "--from", "2026-01-15", "--to", "2026-03-15", "--world", "theirs"
    )
    assert (found["lines_added"], found["lines_removed"]) == (1, 1)
    assert found["before"]["since"] == "2026-01-01"


def test_as_of_knows_no_later_text(own_desk: Desk) -> None:
    put_documents(own_desk, ("2026-01-01", FIRST), ("2026-03-01", SECOND))
    shown = ask(own_desk, "show", "example", "--world", "theirs", "--as-of", "2026-02-01")
    assert [step["day"] for step in shown["history"]] == ["2026-01-01"]
    done = own_desk.run("policies", "diff", "example", "--world", "theirs", "--as-of", "2026-02-01")
    assert (done.code, done.out) == (0, "")
    assert "has not changed since it was first seen (2026-01-01)" in done.err


def test_difference_in_a_pipe_is_plain_and_steers_no_terminal(own_desk: Desk) -> None:
    put_documents(own_desk, ("2026-01-01", FIRST), ("2026-03-01", f"{FIRST}\n\x1b[31mred"))
    done = own_desk.run("policies", "diff", "example", "--world", "theirs")
    assert "\x1b" not in done.out
    assert done.out.splitlines()[:2] == [
        f"--- Example/Privacy Policy   {_key(FIRST)} since 2026-01-01",
        f"+++ Example/Privacy Policy   {_key(chr(10).join([FIRST, chr(27) + '[31mred']))} since 2026-03-01",
    ]
    assert "+�[31mred" in done.out


def _key(text: str) -> str:
    from collectors.policies.wording import digest

    return digest(text)[:8]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("show", "nobody"), 5, "no policy is called nobody"),
        (("show", ""), 2, "a document is needed"),
        (("show", "example"), 2, "means several documents"),
        (("diff", "terms", "--from", "2026-03-02", "--to", "2026-03-01"), 2, "is later than"),
        (("diff", "terms", "--from", "2025-01-01"), 5, "is known before 2026-01-01"),
        (("diff", "privacy"), 0, "has not changed since it was first seen"),
    ],
)
def test_question_without_an_answer_says_why(
    own_desk: Desk, arguments: tuple[str, ...], code: int, said: str
) -> None:
    put_documents(own_desk, ("2026-01-01", FIRST))
    put_documents(own_desk, ("2026-01-01", FIRST), ("2026-03-01", SECOND), document="Terms")
    done = own_desk.run("policies", *arguments, "--world", "theirs")
    assert done.code == code
    assert said in done.err


def test_bundled_changes_are_listed_by_their_days_and_have_no_text(furnished_desk: Desk) -> None:
    rows = {row["document"]: row for row in ask(furnished_desk, "list", "chatgpt")}
    assert rows["ChatGPT/Terms of Service"]["texts"] == 0
    assert rows["ChatGPT/Terms of Service"]["counted"] >= 5
    done = furnished_desk.run("policies", "diff", "ChatGPT/Terms of Service")
    assert done.code == 5
    assert "only counts of its changes are bundled" in done.err
    done = furnished_desk.run("policies", "show", "ChatGPT/Terms of Service")
    assert done.out.count("counted\tchange") >= 5


@pytest.mark.slow
def test_own_changes_go_on_where_the_bundled_ones_end_and_none_counts_twice(
    furnished_desk: Desk, replica: Replica
) -> None:
    page = {"service": "ChatGPT", "document": "Terms of Service", "url": f"{replica.url}{TERMS_PATH}"}
    furnished_desk.settings.update(narrow(replica))
    furnished_desk.settings["LUNCHWATCH_POLICIES__EXTRA"] = json.dumps([page])
    moved = (
        "select day, value from v_observation where subject = 'ChatGPT/Terms of Service'"
        " and metric = 'policy.lines_added' order by day"
    )
    bundled = furnished_desk.sql(moved)
    assert furnished_desk.run("collect", "policies").code == 0
    assert furnished_desk.sql(moved) == bundled
    site_of(replica).edit(TERMS_PATH, *TERMS, "A sentence that stands here from now on.")
    furnished_desk.run("collect", "policies")
    *before, own = furnished_desk.sql(moved)
    assert before == bundled
    assert own[1] == "1"
    (row,) = ask(furnished_desk, "list", "ChatGPT/Terms of Service")
    assert (row["texts"], row["changes"], row["counted"]) == (2, 1, len(bundled))


def test_recorded_terms_of_a_page_with_two_forms_read_as_one_history(
    own_desk: Desk, shared_folder: Path
) -> None:
    path = shared_folder / "data" / "policies" / "versions.jsonl.gz"
    if not path.exists():
        pytest.skip("the recorded policies are not beside the checkout")
    rows = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            version = json.loads(line)
            service, _, document = version["doc"].removesuffix(".md").partition("/")
            rows.append(
                {"service": service, "document": document}
                | {name: version[name] for name in ("recorded_at", "text")}
            )
    put = own_desk.folder / "recorded.jsonl"
    put.write_text("\n".join(map(json.dumps, rows)))
    assert own_desk.run("import", "documents", str(put), "--world", "ota").code == 0
    listed = {row["document"]: row for row in ask(own_desk, "list", "--world", "ota")}
    assert {name: (row["texts"], row["changes"]) for name, row in listed.items()} == {
        "ChatGPT/Terms of Service": (6, 5),
        "DeepSeek/Privacy Policy": (3, 2),
        "Llama API/Terms of Service": (16, 15),
    }
    shown = ask(own_desk, "show", "llama", "--world", "ota")
    training = [(rule["value"], rule["since"]) for rule in shown["rules"] if rule["rule"] == "training"]
    assert training == [("not_stated", "2025-11-11"), ("no", "2025-11-13"), ("unclear", "2026-07-08")]
