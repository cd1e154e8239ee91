"""Which statement a reader means, and what is told of it."""

from __future__ import annotations

import math
import shlex
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.findings import GRADE_WEIGHT
from analyzers.perspectives.conditions import CONDITIONS, RULES
from reports.asking import Match, find_statements, is_same, list_kinds, list_near, list_printed, parse_number
from reports.explanation import Explanation, describe_rule, explain, rank_rows
from reports.formatting import STYLES, format_change, format_value
from reports.issue import Issue
from reports.statement import Number, Statement
from reports.statements import list_statements
from tests.reports.worlds import make_full_analysis, make_issue


def find(issue: Issue, asked: str) -> list[str]:
    return [match.statement.id for match in find_statements(list_statements(issue), asked)]


def tell(issue: Issue, asked: str) -> Explanation:
    (match,) = find_statements(list_statements(issue), asked)
    return explain(issue, match)


# ------------------------------------------------------------------------------- what is meant


def test_every_statement_is_found_by_its_own_id_in_any_case(full_issue: Issue, starved_issue: Issue) -> None:
    for issue in (full_issue, starved_issue):
        statements = list_statements(issue)
        assert len({statement.id.casefold() for statement in statements}) == len(statements)
        for statement in statements:
            for asked in (statement.id, statement.id.swapcase()):
                assert find_statements(statements, asked) == [Match(statement)]


def test_a_line_is_found_by_what_it_is_about(full_issue: Issue) -> None:
    content = full_issue.content
    mover = content["movers"][0]["subject"]
    assert "movers.1" in find(full_issue, mover)
    assert "movers.1" in find(full_issue, mover.rpartition("/")[2].upper())
    claim = content["claims"][0]["model"]
    assert "claims.1" in find(full_issue, claim)
    assert "releases.1" in find(full_issue, content["releases"][0]["title"])
    assert find(full_issue, "movers") == [
        *(f"movers.{n}" for n in range(1, len(content["movers"]) + 1)),
        "movers.total",
    ]


def test_a_name_in_another_spelling_is_found_when_nothing_bears_it_literally(full_issue: Issue) -> None:
    title = full_issue.content["releases"][0]["title"]
    assert "releases.1" in find(full_issue, title.replace(" ", "-").replace("-", "_").lower())


@pytest.mark.slow
def test_a_number_is_found_as_it_is_printed(full_issue: Issue) -> None:
    ids = find(full_issue, "5.2 months")
    assert "lag" in ids
    assert ids == find(full_issue, "5.2\u00a0months")
    assert set(ids) <= set(find(full_issue, "5.2"))
    assert find(full_issue, "5.2 tokens") == []
    assert "prices.1" in find(full_issue, f"${full_issue.content['prices'][0]['blend_after']:.2f}")
    for number in (n for s in list_statements(full_issue) for n in s.numbers):
        assert find(full_issue, number.printed), number


def test_unknown_words_are_found_nowhere_and_near_ones_are_offered(full_issue: Issue) -> None:
    assert find(full_issue, "COO-99") == []
    assert find(full_issue, "") == []
    assert find(full_issue, "   ") == []
    assert find(full_issue, "987654.321") == []
    assert "break-even" in list_near(list_statements(full_issue), "breakeven")


def test_each_kind_of_id_is_named_once_with_an_example_that_works(full_issue: Issue) -> None:
    kinds = list_kinds(list_statements(full_issue))
    assert {"a rule", "evidence", "a section", "a measure or part"} <= {k.partition(" (")[0] for k in kinds}
    assert len(kinds) <= 6
    for kind in kinds:
        assert find(full_issue, kind.rpartition("(")[2].rstrip(")")), kind


def test_a_range_of_ids_means_its_statements(full_issue: Issue) -> None:
    evidence = [s.id for s in list_statements(full_issue) if s.id in {f"E{n}" for n in range(2, 11)}]
    assert len(evidence) == 9
    for asked in ("E2–E10", "e2-10", "E10 – E2"):
        assert find(full_issue, asked) == evidence
    section = [s.id for s in list_statements(full_issue) if s.id.partition(".")[0] == "movers"]
    assert find(full_issue, "movers") == section
    numbered = [name for name in section if name != "movers.total"]
    assert numbered == find(full_issue, f"movers.1–{'9' * 5_000}")
    assert find(full_issue, "movers.1–claims.2") == []
    assert find(full_issue, "movers.800–900") == []


@pytest.mark.parametrize(
    ("asked", "printed"),
    [
        ("4.9", "4.9 months"),
        ("87 %", "87.0 %"),
        ("87%", "87.0\u00a0%"),
        ("$0.45", "0.45\u00a0USD"),
        ("0.45 USD", "0.45\u00a0USD"),
        ("2.3x", "2.3\u00a0×"),
        ("2.3 ×", "2.3\u00a0×"),
        ("33.6B", "33.6\u00a0B tokens"),
        ("33.6", "33.6\u00a0B tokens"),
        ("1684", "1,684"),
        ("1,684", "1,684"),
        ("-8.6 %", "\u22128.6\u00a0%"),
        ("\u22128.6", "\u22128.6\u00a0%"),
        ("8.6", "\u22128.6\u00a0%"),
        ("+9.2 %", "+9.2\u00a0%"),
        ("9.2", "+9.2\u00a0%"),
        ("1 point", "1.0\u00a0points"),
    ],
)
def test_what_people_write_means_the_printed_number(asked: str, printed: str) -> None:
    number = parse_number(asked)
    assert number is not None
    assert any(is_same(number, told) for _, told in list_printed(printed))


@pytest.mark.parametrize(
    ("asked", "printed"),
    [
        ("4.9", "4.8 months"),
        ("4.9 %", "4.9 months"),
        ("-9.2", "+9.2 %"),
        ("+8.6", "\u22128.6 %"),
        ("33.6 M", "33.6 B"),
        ("10", "10 Apr 2026"),
        ("2.5", "kimi-k2.5"),
        ("5.4", "gpt-5.4-pro-2026-03-05"),
    ],
)
def test_another_number_is_not_meant(asked: str, printed: str) -> None:
    number = parse_number(asked)
    assert number is not None
    assert not any(is_same(number, told) for _, told in list_printed(printed))


@given(
    value=st.floats(min_value=-1e13, max_value=1e13, allow_nan=False).map(lambda v: float(f"{v:.6g}") + 0.0),
    unit=st.sampled_from(sorted(set(STYLES) - {"p"})),
    is_change=st.booleans(),
)
def test_every_number_the_report_can_print_is_found_as_printed(
    value: float, unit: str, *, is_change: bool
) -> None:
    printed = format_change(value, unit) if is_change else format_value(value, unit)
    statement = Statement("x", (), f"It is {printed}.", (Number("n", value, unit, printed),))
    assert find_statements([statement], printed)
    assert find_statements([replace(statement, numbers=())], printed)


@given(st.text(max_size=40))
def test_any_question_gets_an_answer_or_none(asked: str) -> None:
    statement = Statement("COO-01", (), "It is 4.9 months.", subjects=("lab/model",))
    assert len(find_statements([statement], asked)) <= 1


# ------------------------------------------------------------------------------- what is told


def test_every_rule_has_its_condition_in_words() -> None:
    assert set(CONDITIONS) == set(RULES)
    assert all(text and not text.endswith(".") for text in CONDITIONS.values())


def test_a_rule_is_told_with_its_salience_as_a_product() -> None:
    rule = RULES["SCI-01"]
    text = describe_rule(
        {
            "rule": "SCI-01",
            "sentence": {"template": rule.templates[1], "numbers": {}, "evidence": []},
            "direction": "closed",
            "salience": rule.importance * GRADE_WEIGHT["C"],
        }
    )
    assert (text.perspective, text.direction, text.grade) == ("scientific", "closed", "C")
    assert text.importance is not None
    assert text.grade_weight is not None
    assert text.salience == pytest.approx(text.importance * text.grade_weight)
    assert text.template_is_current


def test_a_rule_of_another_version_is_told_with_what_is_known() -> None:
    text = describe_rule(
        {
            "rule": "OLD-01",
            "sentence": {"template": "words", "numbers": {}, "evidence": []},
            "direction": "open",
        }
    )
    assert (text.perspective, text.condition, text.importance, text.salience) == (None, None, None, None)
    assert not text.template_is_current


def test_a_finding_brings_its_judgement_and_where_it_stands(full_issue: Issue) -> None:
    key = full_issue.content["judgements"][0]["key"]
    told = tell(full_issue, key)
    assert told.statement.places[0] == "Key judgements"
    assert any(note.startswith("So what: ") for note in told.statement.notes)
    assert told.rule is not None
    assert told.rule.salience is not None


def test_a_finding_that_was_cut_is_told_as_not_printed() -> None:
    full = make_full_analysis()
    perspective = full.findings[0].perspective
    many = tuple(
        replace(full.findings[0], id=f"x{n}", rule=f"NEW-{n:02d}", salience=0.1 + n) for n in range(5)
    )
    issue = make_issue(replace(full, findings=(*full.findings, *many)))
    printed = [
        finding["rule"]
        for part in issue.content["perspectives"]
        if part["id"] == perspective.value
        for finding in part["findings"]
    ]
    assert "NEW-00" not in printed
    assert tell(issue, "new-00").statement.places == ()


def test_an_issue_of_an_older_version_tells_what_it_holds(full_issue: Issue) -> None:
    content: Any = {key: value for key, value in full_issue.content.items() if key != "findings"}
    content["hypotheses"] = [
        {key: value for key, value in row.items() if not key.startswith("rules_")}
        for row in content["hypotheses"]
    ]
    old = replace(full_issue, content=content)
    key = old.content["judgements"][0]["key"]
    told = tell(old, key)
    assert told.rule is not None
    assert told.rule.salience is None
    assert told.statement.text == tell(full_issue, key).statement.text
    assert {s.id for s in list_statements(old)} <= {s.id for s in list_statements(full_issue)}


def test_hypotheses_name_the_rules_they_count(full_issue: Issue) -> None:
    for row in full_issue.content["hypotheses"]:
        assert len(row["rules_for"]) == row["consistent"]
        assert len(row["rules_against"]) == row["inconsistent"]


# ------------------------------------------------------------------------------- arithmetic


def test_the_composite_is_computed_again_from_its_parts_or_the_difference_is_told(full_issue: Issue) -> None:
    verdict = full_issue.content["verdict"]
    (line, *_) = tell(full_issue, "verdict").arithmetic
    assert verdict["composite"] is not None
    parts = [part for part in verdict["sub_indices"] if part["weight"] > 0 and part["estimate"]]
    by_hand = math.exp(
        sum(part["weight"] * math.log(part["estimate"]["value"]) for part in parts if part["estimate"])
    )
    assert f"= {by_hand:.6g}" in line
    follows = math.isclose(by_hand, verdict["composite"]["value"], rel_tol=2e-5)
    assert ("not the frozen" in line) is not follows
    content: Any = full_issue.content | {
        "verdict": verdict | {"composite": verdict["composite"] | {"value": by_hand}}
    }
    (exact, *_) = tell(replace(full_issue, content=content), "verdict").arithmetic
    assert "not the frozen" not in exact


def test_a_price_and_a_claim_show_their_difference(full_issue: Issue) -> None:
    price = next(p for p in full_issue.content["prices"] if p["blend_before"] and p["change_pct"])
    place = full_issue.content["prices"].index(price) + 1
    lines = tell(full_issue, f"prices.{place}").arithmetic
    assert price["change_pct"] is not None
    assert any(format_change(price["change_pct"], "growth") in line for line in lines)
    claim = next(c for c in full_issue.content["claims"] if c["claimed"] and c["found"])
    place = full_issue.content["claims"].index(claim) + 1
    assert claim["found"] is not None
    assert claim["claimed"] is not None
    (line,) = tell(full_issue, f"claims.{place}").arithmetic
    assert format_change(claim["found"] - claim["claimed"], claim["unit"]) in line


# ------------------------------------------------------------------------------- rows


def make_explanation(**given: Any) -> Explanation:
    statement = Statement("x", (), "", given.pop("numbers", ()))
    return Explanation(statement, (), (), None, (), (), given.get("subjects", ()), given.get("days", ()))


def test_rows_that_bear_the_name_come_first_then_the_day_then_the_newest() -> None:
    rows = [
        {"subject": "text/other", "day": "2026-03-01", "value": 1.0},
        {"subject": "text/GLM-4.5", "day": "2026-01-01", "value": 2.0},
        {"subject": "text/GLM-4.5", "day": date(2026, 2, 1), "value": 3.0},
        {"subject": "text/other", "day": "2026-04-01", "value": 4.0},
    ]
    ranked = rank_rows(rows, make_explanation(subjects=("GLM-4.5",), days=("2026-01-01",)))
    assert [position for position, _ in ranked] == [1, 2, 3, 0]
    assert [hits > 0 for _, hits in ranked] == [True, True, False, False]


def test_a_row_that_bears_the_whole_name_stands_before_one_that_shares_its_end() -> None:
    rows = [{"subject": "ChatGPT/Commercial Terms"}, {"subject": "Grok/Commercial Terms"}]
    ranked = rank_rows(rows, make_explanation(subjects=("Grok/Commercial Terms",)))
    assert ranked[0][0] == 1


def test_a_row_that_bears_the_number_itself_is_told() -> None:
    rows = [{"subject": "a/b", "value": 1.0}, {"subject": "a/b", "value": 74290.0}]
    number = Number("value", 74290, "", "74,290")
    assert rank_rows(rows, make_explanation(numbers=(number,)))[0] == (1, 1)


def test_rows_about_nothing_in_particular_keep_their_order() -> None:
    rows: list[dict[str, Any]] = [{"x": 3}, {"x": 1}, {"x": None}, {"x": True}]
    assert [position for position, _ in rank_rows(rows, make_explanation())] == [0, 1, 2, 3]


def test_a_source_stands_on_its_runs(full_issue: Issue) -> None:
    key = full_issue.content["sources"][0]["key"]
    (evidence,) = tell(full_issue, f"source.{key}").evidence
    assert shlex.split(evidence["command"])[-1].endswith(f"collector = '{key}'")
