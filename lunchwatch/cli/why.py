"""`lunchwatch why`: from a statement of a report back to its rule, numbers, rows and addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lunchwatch.cli.options import world_option
from lunchwatch.cli.output import emit_json

if TYPE_CHECKING:
    from lunchwatch.explaining import Trail
    from reports.asking import Match
    from reports.explanation import Explanation
    from reports.issue import Issue
    from reports.statement import Number


@click.command(context_settings={"ignore_unknown_options": True})  # a number below zero is no option
@click.argument("finding")
@click.option("--week", default=None, help="2026-W47, current or last; default: the latest issue.")
@click.option(
    "--rows",
    "limit",
    type=click.IntRange(0, 1_000_000),
    default=10,
    show_default=True,
    help="Evidence rows to print of each evidence, the most telling first; 0: all.",
)
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON.")
@world_option
def why(finding: str, week: str | None, limit: int, as_json: bool, world: str | None) -> None:
    """Explain FINDING of a report: the rule, the numbers, the evidence rows, the addresses.

    FINDING is a rule (COO-01), evidence (E7), a measure (lag), `verdict`, a section (movers), one of its
    lines or several (movers.2, movers.1-5), what a line is about (a repository, a model) or a number as
    printed: "4.9", "87 %", "$0.45". Several statements that bear it are listed with their ids to choose from.

    Rows are shown as the report knew them when it was frozen; what was learned since is counted.
    """
    from lunchwatch import clock
    from lunchwatch.cli.trails import print_choices, print_explanation
    from lunchwatch.explaining import Follower, require_issue
    from lunchwatch.weekly import read_issue
    from lunchwatch.weeks import parse_week
    from lunchwatch.wiring import ready_database
    from reports.asking import find_statements, list_kinds, list_near
    from reports.explanation import explain
    from reports.statements import list_statements
    from store.catalogue import load_catalogue
    from store.errors import NotFound, Refused, cut
    from store.records import LIVE
    from store.worlds import parse_world

    if not finding.strip():
        raise Refused("a finding is needed", remedy="an id, a section, a name or a number as printed")
    chosen = str(parse_week(week, clock.now())) if week else None
    with ready_database() as (database, _settings):
        stored = require_issue(database, LIVE if world is None else parse_world(world), chosen)
        issue = read_issue(stored)
        statements = list_statements(issue)
        matches = find_statements(statements, finding)
        if not matches:
            near = list_near(statements, finding)
            remedy = f"near: {', '.join(near)}\n  " if near else ""
            raise NotFound(
                f"the report {issue.name} says nothing of {cut(finding)}",
                remedy=f"{remedy}ask for {', '.join(list_kinds(statements))}, a name or a number as printed",
            )
        meta = _meta(issue, stored.last_run_id, finding)
        if len(matches) > 1:
            if as_json:
                emit_json("lunchwatch/why@1", {"choices": [_choice(match) for match in matches]}, meta)
            else:
                print_choices(issue, finding, matches)
            return
        explanation = explain(issue, matches[0])
        feeds = {feed.name: feed.url for feed in load_catalogue().feeds}
        trails = Follower(database, stored, feeds).follow(explanation, limit)
    if as_json:
        meta["left_out"] = [
            {
                "evidence": trail.evidence["id"],
                "rows": trail.known - len(trail.rows),
                "reason": f"--rows {limit}",
            }
            for trail in trails
            if trail.known > len(trail.rows)
        ]
        emit_json("lunchwatch/why@1", _explained(explanation, trails), meta)
    else:
        print_explanation(issue, explanation, trails)


def _meta(issue: Issue, last_run_id: int, asked: str) -> dict[str, Any]:
    return {
        "asked": asked,
        "week": issue.week,
        "revision": issue.revision,
        "world": issue.world,
        "as_of": issue.as_of,
        "open_rule": issue.content["open_rule"],
        "last_run_id": last_run_id,
        "content_hash": issue.content_hash,
    }


def _choice(match: Match) -> dict[str, Any]:
    statement = match.statement
    return {
        "finding": statement.id,
        "sections": list(statement.places),
        "sentence": statement.text,
        "numbers": [_number(number) for number in match.numbers],
        "printed": list(match.words),
    }


def _number(number: Number) -> dict[str, Any]:
    return {
        "name": number.name,
        "value": number.value,
        "unit": number.unit,
        "printed": number.printed,
        "day": number.day,
        "subjects": list(number.subjects),
    }


def _explained(explanation: Explanation, trails: list[Trail]) -> dict[str, Any]:
    from dataclasses import asdict

    statement = explanation.statement
    return {
        "finding": statement.id,
        "sections": list(statement.places),
        "sentence": statement.text,
        "notes": list(statement.notes),
        "rule": asdict(explanation.rule) if explanation.rule else None,
        "numbers": [_number(number) for number in statement.numbers],
        "asked_numbers": [_number(number) for number in explanation.asked_numbers],
        "arithmetic": list(explanation.arithmetic),
        "addresses": list(statement.urls),
        "evidence": [_trail(trail) for trail in trails],
    }


def _trail(trail: Trail) -> dict[str, Any]:
    from dataclasses import asdict

    evidence = trail.evidence
    return {
        "id": evidence["id"],
        "title": evidence["title"],
        "source": evidence["source"],
        "basis": evidence["basis"],
        "as_of": evidence["as_of"],
        "rows_counted": evidence["rows"],
        "sql": trail.sql,
        "command": evidence["command"],
        "rows_known": trail.known,
        "rows_learned_since": trail.learned,
        "rows_outdated": trail.outdated,
        "problem": trail.problem,
        "rows": [
            {
                "values": dict(row.values),
                "addresses": list(row.addresses),
                "is_told": row.is_told,
                "is_current": row.is_current,
            }
            for row in trail.rows
        ],
        "run_ids": evidence["run_ids"],
        "runs": [asdict(run) for run in trail.runs],
        "sources": [asdict(source) for source in trail.sources],
        "addresses": list(trail.addresses),
    }
