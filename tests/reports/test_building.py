"""What an issue takes from an analysis, and what it refuses."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace

import pytest

from analyzers.analysis import Analysis
from reports.issue import Issue
from reports.phrasing import phrase
from store.records import Basis, Direction, Perspective
from tests.reports.worlds import make_finding, make_full_analysis, make_issue, make_starved_analysis

HOSTILE = "<script>alert(1)</script>\u202e" + "x" * 10_000


def spoil(analysis: Analysis) -> Analysis:
    """The analysis as a hostile outside would like it."""
    return replace(
        analysis,
        movers=tuple(replace(mover, subject=HOSTILE) for mover in analysis.movers),
        releases=tuple(
            replace(release, title=HOSTILE, lab=HOSTILE, url="javascript:alert(1)", reason=HOSTILE)
            for release in analysis.releases
        ),
        claims=tuple(
            replace(claim, model=HOSTILE, source_url="data:text/html,x") for claim in analysis.claims
        ),
        price_moves=tuple(replace(move, provider=HOSTILE, model=HOSTILE) for move in analysis.price_moves),
        changes=tuple(
            replace(change, actor=HOSTILE, before=HOSTILE, after=HOSTILE, url="vbscript:x")
            for change in analysis.changes
        ),
        frontier=tuple(replace(point, model=HOSTILE) for point in analysis.frontier),
        evidence=tuple(
            replace(row, title=HOSTILE, url="javascript:alert(1)", sql=f"select '\u202e\n</pre>{HOSTILE}'")
            for row in analysis.evidence
        ),
        sources=tuple(replace(source, problems=(HOSTILE,)) for source in analysis.sources),
        findings=tuple(
            replace(
                finding, values={k: HOSTILE if isinstance(v, str) else v for k, v in finding.values.items()}
            )
            for finding in analysis.findings
        ),
    )


def test_foreign_texts_are_cleaned_and_foreign_addresses_dropped() -> None:
    stored = make_issue(spoil(make_full_analysis())).to_json()
    assert "\u202e" not in stored
    assert "javascript:" not in stored
    assert "vbscript:" not in stored
    assert "data:text" not in stored
    titles = [row["title"] for row in json.loads(stored)["content"]["releases"]]
    assert max(map(len, titles)) <= 160


def test_a_statement_without_its_evidence_is_refused() -> None:
    full = make_full_analysis()
    with pytest.raises(ValueError, match="E9, which does not exist"):
        make_issue(replace(full, evidence=tuple(row for row in full.evidence if row.id != "E9")))


def test_an_evidence_id_that_cannot_be_an_anchor_is_refused() -> None:
    full = make_full_analysis()
    bad = replace(full.evidence[0], id='E1" onclick="x')
    with pytest.raises(ValueError, match="evidence id"):
        make_issue(replace(full, evidence=(*full.evidence, bad)))


def test_a_template_that_lacks_a_value_names_its_rule() -> None:
    full = make_full_analysis()
    broken = make_finding("x", "BAD-1", Perspective.FINANCE, "{gone_pct}", {}, Direction.OPEN, ("E1",))
    with pytest.raises(ValueError, match="BAD-1"):
        make_issue(replace(full, findings=(*full.findings, broken)))


def test_a_judgement_on_an_unknown_finding_is_refused() -> None:
    full = make_full_analysis()
    lost = replace(full.judgements[0], finding="nobody")
    with pytest.raises(ValueError, match="nobody"):
        make_issue(replace(full, judgements=(lost,)))


def test_a_likelihood_outside_the_seven_terms_is_refused() -> None:
    full = make_full_analysis()
    with pytest.raises(ValueError, match="ICD 203"):
        make_issue(replace(full, judgements=(replace(full.judgements[0], likelihood="surely"),)))


def test_a_previous_issue_of_another_world_or_a_later_week_is_refused(full_issue: Issue) -> None:
    with pytest.raises(ValueError, match="world"):
        make_issue(replace(make_full_analysis(), world="elsewhere"), previous=full_issue)
    with pytest.raises(ValueError, match="later"):
        make_issue(make_full_analysis(), week="2026-W46", previous=full_issue)


def test_the_banner_counts_the_measures_that_stand_on_bundled_facts(
    full_issue: Issue, starved_issue: Issue
) -> None:
    assert full_issue.content["banner"] == {
        "bundled": 2,
        "measured": 7,
        "through": "2026-06-30",
        "is_anything_observed": True,
    }
    assert starved_issue.content["banner"]["bundled"] == starved_issue.content["banner"]["measured"] == 3
    assert not starved_issue.content["banner"]["is_anything_observed"]


def test_one_bundled_row_among_observed_ones_makes_the_measure_bundled() -> None:
    full = make_full_analysis()
    evidence = tuple(replace(row, basis=Basis.BUNDLED) if row.id == "E3" else row for row in full.evidence)
    issue = make_issue(replace(full, evidence=evidence))
    assert {part["id"] for part in issue.content["measures"] if part["is_bundled"]} == {
        "price_ratio",
        "router_share",
        "enterprise_share",
    }


def test_the_second_issue_says_what_moved_and_how_long_the_verdict_stands(full_issue: Issue) -> None:
    full = make_full_analysis()
    lag = full.measures[0]
    assert lag.estimate is not None
    moved = replace(lag, estimate=replace(lag.estimate, value=4.8))
    issue = make_issue(
        replace(full, measures=(moved, *full.measures[1:])), week="2026-W48", previous=full_issue
    )
    verdict = issue.content["verdict"]
    changed = [phrase(sentence).replace("\u00a0", " ") for sentence in verdict["changed"]]
    assert changed == ["Capability lag behind the best closed model went from 5.2 months to 4.8 months."]
    assert len(verdict["unchanged"]) == 3
    assert verdict["weeks_at_step"] == 2
    assert [item["since"] for item in issue.content["judgements"]] == ["unchanged"] * 3


def test_a_changed_likelihood_names_the_earlier_one(full_issue: Issue) -> None:
    full = make_full_analysis()
    raised = replace(full.judgements[0], likelihood="very_likely")
    issue = make_issue(
        replace(full, judgements=(raised, *full.judgements[1:])), week="2026-W48", previous=full_issue
    )
    first = issue.content["judgements"][0]
    assert (first["likelihood"], first["since"], first["since_from"]) == ("very likely", "changed", "likely")


def test_the_first_issue_compares_itself_with_nothing(full_issue: Issue) -> None:
    assert full_issue.content["compared_with"] is None
    assert {item["since"] for item in full_issue.content["judgements"]} == {"first"}


def test_a_reading_follows_the_weighted_vote(full_issue: Issue, starved_issue: Issue) -> None:
    readings = {part["id"]: part["reading"] for part in full_issue.content["perspectives"]}
    assert readings["finance"] == "open"
    assert readings["security"] == "closed"
    starved = {part["id"]: part["reading"] for part in starved_issue.content["perspectives"]}
    assert starved == dict.fromkeys(starved, None) | {"coordinator": "open"}


def test_a_reading_with_both_sides_is_mixed_and_without_sides_has_no_direction() -> None:
    full = make_full_analysis()
    sides = (Direction.OPEN, Direction.CLOSED)
    both = [
        make_finding(f"x{n}", f"SEC-{n}", Perspective.SECURITY, "words", {}, side, ("E1",))
        for n, side in enumerate(sides)
    ]
    neither = make_finding("y", "INF-9", Perspective.INFRASTRUCTURE, "words", {}, Direction.NEITHER, ("E1",))
    issue = make_issue(
        replace(
            full,
            findings=(*both, neither),
            judgements=(),
            hypotheses=(),
            verdict=replace(full.verdict, strongest_counter_evidence=None),
        )
    )
    readings = {part["id"]: part["reading"] for part in issue.content["perspectives"]}
    assert readings["security"] == "mixed"
    assert readings["infrastructure"] == "neither"
    assert readings["finance"] is None


def test_every_section_has_a_line_for_being_empty(starved_issue: Issue) -> None:
    empty = starved_issue.content["empty"]
    assert empty["movers"] == "Momentum needs four weeks of observations; none has been made yet."
    assert all(line.endswith(".") and line[0].isupper() for line in empty.values())


def test_a_command_survives_a_shell(full_issue: Issue) -> None:
    full = make_full_analysis()
    sql = """select "a`b$c" from v where x = 'it''s'"""
    row = replace(full.evidence[0], sql=sql)
    issue = make_issue(replace(full, evidence=(row, *full.evidence[1:])))
    assert shlex.split(issue.content["evidence"][0]["command"]) == ["lunchwatch", "sql", "--limit", "0", sql]
    assert shlex.split(full_issue.content["evidence"][0]["command"])[-1] == full.evidence[0].sql


def test_evidence_of_several_sources_credits_each() -> None:
    full = make_starved_analysis()
    rows = tuple(replace(row, source="board, prices") for row in full.evidence)
    names = [row["name"] for row in make_issue(replace(full, evidence=rows)).content["credits"]]
    assert {"Harbour Rating Board", "Open Price List"} <= set(names)


def test_long_sections_are_cut_and_counted() -> None:
    full = make_full_analysis()
    issue = make_issue(replace(full, claims=full.claims * 100))
    assert len(issue.content["claims"]) == 40
    assert issue.content["totals"]["claims"] == 400


def test_a_source_outside_the_catalogue_is_named_but_not_credited() -> None:
    full = make_full_analysis()
    bundle = replace(full.sources[4], source="baseline.capability_index")
    content = make_issue(replace(full, sources=(bundle,))).content
    assert [row["name"] for row in content["sources"]] == ["Capability index"]
    assert "Capability index" not in [row["name"] for row in content["credits"]]
