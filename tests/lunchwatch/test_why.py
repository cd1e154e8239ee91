"""`lunchwatch why`: every number of a report leads back to rows and addresses, as the report knew them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lunchwatch.explaining import Follower, require_issue
from lunchwatch.weekly import build_weekly, read_issue
from lunchwatch.weeks import Week
from reports.asking import Match, find_statements
from reports.content import Content
from reports.explanation import explain
from reports.issue import Issue, hash_content
from reports.statement import Statement
from reports.statements import list_statements
from store.catalogue import load_catalogue
from store.database import Database, open_database
from store.errors import NotFound
from store.outbox import NewIssue, StoredIssue, save_issue
from store.records import LIVE, Claim, Kind, Observation, Record, Standing, SubjectRef
from tests.lunchwatch.conftest import PROGRAM, Desk
from tests.store.worlds import tell

NOW = datetime.fromisoformat("2026-11-18T12:00:00+00:00")
NOT_PRINTED = {"compared_with", "run_ids", "salience"}
"""What an issue keeps for the next one, for recomputing, and beside a rule."""

Path_ = tuple[str | int, ...]


@pytest.fixture(scope="session")
def frozen(sqlite_baseline: Path, tmp_path_factory: pytest.TempPathFactory) -> list[NewIssue]:
    """The reports of two weeks on the baseline, whose runs bear the same numbers in every database."""
    folder = tmp_path_factory.mktemp("frozen")
    shutil.copyfile(sqlite_baseline, folder / "frozen.db")
    database = open_database(f"sqlite:///{folder / 'frozen.db'}")
    for now in (NOW, NOW + timedelta(days=7)):
        build_weekly(database, Week.of(now.date()), folder=folder, now=now, with_charts=False)
    stored = [require_issue(database, LIVE, week) for week in ("2026-W47", "2026-W48")]
    database.close()
    return [
        NewIssue(**{field.name: getattr(one, field.name) for field in fields(NewIssue)}) for one in stored
    ]


@pytest.fixture
def database(furnished_database: Database, frozen: list[NewIssue]) -> Database:
    """A database, of either kind, that holds the baseline and the first week's report of it."""
    save_issue(furnished_database, frozen[0])
    return furnished_database


@pytest.fixture
def issue(database: Database) -> Issue:
    return read_issue(require_issue(database, LIVE, None))


@pytest.fixture
def desk(tmp_path: Path, database: Database) -> Desk:
    return Desk(tmp_path, {"LUNCHWATCH_DATABASE_URL": database.url})


def furnish(desk: Desk, frozen: list[NewIssue], *records: Record) -> None:
    """Put records and the first week's report into the desk's own database; the report knows both."""
    opened = open_database(f"sqlite:///{desk.folder / 'data' / 'lunchwatch.db'}")
    if records:
        tell(opened, *records, on=NOW.date())
    save_issue(opened, replace(frozen[0], last_run_id=frozen[0].last_run_id + len(records[:1])))
    opened.close()


def follower(database: Database, stored: StoredIssue) -> Follower:
    return Follower(database, stored, {feed.name: feed.url for feed in load_catalogue().feeds})


def ask(desk: Desk, *arguments: str) -> dict[str, Any]:
    done = desk.run("why", *arguments, "--json")
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    assert answer["schema"] == "lunchwatch/why@1"
    data: dict[str, Any] = answer["data"]
    return data


# ------------------------------------------------------------------------------- any number


def list_leaves(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, float]]:
    """Every number of a frozen content with where it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in NOT_PRINTED:
                yield from list_leaves(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from list_leaves(inner, (*path, place))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, value


def name_statement(content: Content, path: Path_) -> str | None:
    """The id of the statement that must bear the number at `path`; None: any finding's."""
    part: Any = content
    for key in path[:2]:
        part = part[key]
    match path:
        case ("verdict", "sub_indices", int(place), *_):
            return content["verdict"]["sub_indices"][place]["id"]
        case ("verdict", "changed" | "unchanged" as key, int(place), *_):
            return f"{key}.{place + 1}"
        case ("verdict", "counter", *_) | ("hypotheses", _, "most_damaging", *_):
            return None
        case ("judgements", *_):
            return str(part["key"])
        case ("measures" | "hypotheses" | "evidence", *_):
            return str(part["id"])
        case ("charts", *_):
            return f"chart.{part['id']}"
        case ("movers" | "releases" | "claims" | "prices" | "changes" as key, int(place), *_):
            return f"{key}.{place + 1}"
        case ("perspectives", int(role), "findings", int(place), *_):
            return content["perspectives"][role]["findings"][place]["rule"]
        case ("findings", *_):
            return str(part["rule"])
        case ("sources", *_):
            return f"source.{part['key']}"
        case ("totals", str(key)):
            return f"{key}.total"
    return {"break_even": "break-even", "releases_seen": "releases.seen"}.get(str(path[0]), str(path[0]))


@pytest.mark.slow
def test_any_number_of_a_report_leads_to_a_row_and_an_address(
    database: Database, frozen: list[NewIssue]
) -> None:
    stored = save_issue(database, frozen[1])
    issue = read_issue(stored)
    statements = list_statements(issue)
    followed = follower(database, stored)
    own = [s for s in statements if s.evidence == (s.id,)]  # every evidence and every source once
    reached = {
        statement.id
        for statement in own
        for trail in followed.follow(explain(issue, Match(statement)), 3)
        if trail.rows and trail.addresses
    }
    assert reached >= {row["id"] for row in issue.content["evidence"]}

    def leads_somewhere(statement: Statement) -> bool:
        return bool(reached & set(statement.evidence))

    lost = []
    leaves = list(list_leaves(issue.content))
    for path, value in leaves:
        wanted = name_statement(issue.content, path)
        found = [match.statement for match in find_statements(statements, f"{value!r}")]
        if not any(leads_somewhere(s) and wanted in (None, s.id) for s in found):
            lost.append((path, value, wanted))
    assert not lost
    assert len(leaves) > 500


@pytest.mark.slow
def test_every_shown_row_of_every_evidence_of_the_verdict_has_an_address(
    database: Database, issue: Issue
) -> None:
    stored = require_issue(database, LIVE, None)
    (match,) = find_statements(list_statements(issue), "verdict")
    trails = follower(database, stored).follow(explain(issue, match), 5)
    assert {trail.evidence["id"] for trail in trails} == set(match.statement.evidence)
    for trail in trails:
        assert all(row.addresses for row in trail.rows), trail.evidence["title"]
        assert all(source.url and source.licence for source in trail.sources)
        assert [run.run_id for run in trail.runs] == trail.evidence["run_ids"]


# ------------------------------------------------------------------------------- the command


def test_a_rule_is_told_with_numbers_rows_and_addresses(desk: Desk) -> None:
    told = ask(desk, "sci-01")
    assert told["finding"] == "SCI-01"
    assert told["rule"]["perspective"] == "scientific"
    assert told["rule"]["salience"] == pytest.approx(
        told["rule"]["importance"] * told["rule"]["grade_weight"]
    )
    by_name = {number["name"]: number for number in told["numbers"]}
    assert by_name["gap_points"]["unit"] == "points"
    assert by_name["gap_points"]["printed"] in told["sentence"]
    (evidence,) = told["evidence"]
    best = {row["values"]["subject"]: row["values"]["value"] for row in reversed(evidence["rows"][:2])}
    # the two rows that decide the number come first: closed minus open is the gap
    assert abs(max(best.values()) - min(best.values())) == by_name["gap_points"]["value"]
    assert "https://arena.ai/leaderboard/text" in evidence["addresses"]
    assert evidence["runs"][0]["collector"] == "baseline.ratings"
    assert evidence["sources"][0]["licence"]


@pytest.mark.slow
def test_the_printed_statement_runs_in_a_shell_and_reads_the_rows(desk: Desk) -> None:
    for asked in ("E1", "movers.1", "claims.1"):
        evidence = ask(desk, asked, "--rows", "0")["evidence"][0]
        done = subprocess.run(
            ["/bin/bash", "-c", evidence["command"] + " --json"],
            env={**desk.environment, "PATH": f"{PROGRAM.parent}:/usr/bin:/bin"},
            cwd=desk.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        rows = json.loads(done.stdout)["data"]
        assert len(rows) == evidence["rows_known"] == len(evidence["rows"])
        assert evidence["rows_learned_since"] == evidence["rows_outdated"] == 0


@pytest.mark.slow
def test_a_number_that_several_statements_bear_lists_them_to_choose_from(desk: Desk) -> None:
    lag = next(n for n in ask(desk, "lag")["numbers"] if n["name"] == "value")
    choices = ask(desk, lag["printed"])["choices"]
    assert {"COO-01", "lag"} <= {choice["finding"] for choice in choices}
    shown = desk.run("why", lag["printed"])
    assert shown.code == 0
    for choice in choices:
        assert f"lunchwatch why {choice['finding']}" in shown.out


def test_a_number_of_one_statement_alone_is_explained_at_once(desk: Desk) -> None:
    told = ask(desk, "movers.1")
    number = next(n for n in told["numbers"] if n["name"] == "value")
    again = ask(desk, number["printed"])
    assert again["finding"] == "movers.1"
    assert number["value"] in {asked["value"] for asked in again["asked_numbers"]}


def test_a_number_below_zero_is_no_option(furnished_desk: Desk, frozen: list[NewIssue]) -> None:
    furnish(furnished_desk, frozen)
    told = ask(furnished_desk, "developer_momentum")["numbers"][0]
    assert told["value"] < 0
    for asked in (f"{told['value']:.1f}", told["printed"]):
        assert furnished_desk.run("why", asked, "--rows", "1").code == 0
    assert furnished_desk.run("why", "lag", "--jsn").code == 2


def test_an_unknown_finding_names_what_can_be_asked_for_and_what_is_near(desk: Desk) -> None:
    done = desk.run("why", "COO-99")
    assert (done.code, done.out) == (5, "")
    for known in ("near: COO-0", "a rule (COO-", "evidence (E1)", "a section ("):
        assert known in done.err
    assert len(done.err) < 500
    assert len(desk.run("why", "x" * 50_000).err) < 500
    assert desk.run("why", " ").code == 2
    assert desk.run("why", "lag", "--week", "2024-W01").code == 5
    assert desk.run("why", "lag", "--week", "nonsense").code == 2
    assert desk.run("why", "lag", "--world", "nowhere").code == 5


def test_rows_left_out_are_counted(desk: Desk) -> None:
    done = desk.run("why", "E6", "--rows", "2", "--json")
    answer = json.loads(done.out)
    (evidence,) = answer["data"]["evidence"]
    assert len(evidence["rows"]) == 2
    assert answer["meta"]["left_out"] == [
        {"evidence": "E6", "rows": evidence["rows_known"] - 2, "reason": "--rows 2"}
    ]
    assert answer["meta"]["week"] == "2026-W47"


@pytest.mark.slow
@pytest.mark.parametrize("asked", ["verdict", "COO-01", "E14", "claims.1", "break-even", "4.4", "movers"])
def test_no_line_but_statements_and_addresses_is_wider_than_the_page(
    furnished_desk: Desk, frozen: list[NewIssue], asked: str
) -> None:
    furnish(furnished_desk, frozen)
    shown = furnished_desk.run("why", asked)
    assert shown.code == 0, shown.err
    for line in shown.out.splitlines():
        is_whole = line.lstrip().startswith(("lunchwatch ", "https://", "address"))
        assert len(line) <= 100 or is_whole, line


# ------------------------------------------------------------------------------- what came later


@pytest.mark.slow
def test_what_was_learned_after_the_report_is_told_apart(database: Database, issue: Issue) -> None:
    stored = require_issue(database, LIVE, None)
    mover = issue.content["movers"][0]
    (match,) = find_statements(list_statements(issue), "movers.1")
    before = follower(database, stored).follow(explain(issue, match), 0)[0]
    assert (before.learned, before.outdated) == (0, 0)
    assert before.known == before.evidence["rows"]

    source = "github" if mover["metric"] == "github.stars" else "hub"
    kind = Kind.GITHUB_REPO if source == "github" else Kind.HUB_MODEL
    last = date.fromisoformat(mover["through"])
    subject = SubjectRef(source, kind, mover["subject"], "42")
    tell(
        database,
        Observation(subject, mover["metric"], last, mover["value"] + 1),
        Observation(subject, mover["metric"], last + timedelta(days=1), mover["value"] + 2),
        on=NOW.date(),
    )
    after = follower(database, stored).follow(explain(issue, match), 0)[0]
    assert (after.known, after.learned, after.outdated) == (before.known, 2, 1)
    assert [row.values["value"] for row in after.rows] == [row.values["value"] for row in before.rows]
    (stale,) = [row for row in after.rows if not row.is_current]
    assert stale.values["value"] == mover["value"]

    renamed = replace(subject, name="somewhere/else")
    tell(database, Observation(renamed, mover["metric"], last, mover["value"] + 3), on=NOW.date())
    moved = follower(database, stored).follow(explain(issue, match), 0)[0]
    assert (moved.known, moved.outdated) == (before.known, before.known)
    assert all(row.addresses for row in moved.rows)


@pytest.mark.slow
def test_a_correction_since_is_said_on_the_terminal(desk: Desk, database: Database) -> None:
    mover = ask(desk, "movers.1", "--rows", "1")["evidence"][0]["rows"][0]["values"]
    subject = SubjectRef("github", Kind.GITHUB_REPO, mover["subject"], "42")
    day = date.fromisoformat(str(mover["day"])[:10])
    tell(database, Observation(subject, "github.stars", day, mover["value"] + 1), on=NOW.date())
    shown = " ".join(desk.run("why", "movers.1").out.split())
    assert "1 learned since are left out here; 1 of the report's were corrected or overtaken since" in shown
    assert "1†" in shown


@pytest.mark.slow
def test_an_issue_of_an_older_version_is_followed_too(database: Database, issue: Issue) -> None:
    stored = require_issue(database, LIVE, None)
    document = json.loads(issue.to_json())
    del document["content"]["findings"]
    for row in document["content"]["hypotheses"]:
        del row["rules_for"], row["rules_against"]
    document["revision"] = 2
    document["content_hash"] = hash_content(issue.week, issue.world, issue.as_of, document["content"])
    old = NewIssue(
        world=LIVE,
        week=issue.week,
        revision=2,
        as_of=issue.as_of,
        built_at=issue.built_at,
        last_run_id=stored.last_run_id,
        content=json.dumps(document),
        content_hash=document["content_hash"],
        inputs_hash=issue.inputs_hash,
    )
    save_issue(database, old)
    stored = require_issue(database, LIVE, issue.week)
    assert stored.revision == 2
    read = read_issue(stored)
    for asked in ("COO-01", "H1", "lag", "verdict"):
        (match,) = find_statements(list_statements(read), asked)
        trails = follower(database, stored).follow(explain(read, match), 2)
        assert trails
        assert all(trail.rows for trail in trails)


def test_a_statement_that_cannot_be_read_any_more_does_not_silence_the_others(
    database: Database, issue: Issue
) -> None:
    stored = require_issue(database, LIVE, None)
    (match,) = find_statements(list_statements(issue), "FIN-01")
    explanation = explain(issue, match)
    broken: Any = {**explanation.evidence[0], "command": 'lunchwatch sql "select * from v_gone"'}
    first, *others = follower(database, stored).follow(
        replace(explanation, evidence=(broken, *explanation.evidence[1:])), 2
    )
    assert first.problem is not None
    assert "v_gone" in first.problem
    assert first.sources
    assert others
    assert all(trail.rows and not trail.problem for trail in others)


def test_there_is_nothing_to_explain_before_the_first_report(furnished_database: Database) -> None:
    with pytest.raises(NotFound, match="no issue") as error:
        require_issue(furnished_database, LIVE, None)
    assert "report build" in str(error.value.remedy)


def test_foreign_text_does_not_steer_the_terminal(furnished_desk: Desk, frozen: list[NewIssue]) -> None:
    evil = "\x1b[31m\u202eevil\x07"
    claim = Claim(
        model="anthropic/claude-opus-4-7",
        benchmark="swe-bench-pro",
        score=99.0,
        unit="percent",
        metric="resolved",
        standing=Standing.SELF_REPORTED,
        claimed_on=date(2026, 5, 28),
        source_url="https://evil.example/a",
        quote=evil,
    )
    furnish(furnished_desk, frozen, claim)
    shown = furnished_desk.run("why", "claims.1", "--rows", "0")
    assert shown.code == 0, shown.err
    assert "evil" in shown.out
    assert "https://evil.example/a" in shown.out
    assert not set(shown.out) & set("\x1b\x07\u202e")
