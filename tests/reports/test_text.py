"""The report as plain text."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reports import wording
from reports.formatting import cell_width
from reports.issue import Issue
from reports.terminal import describe_verdict, list_scoreboard_rows
from reports.text import WIDTH, render_text, wrap
from tests.reports.test_building import spoil
from tests.reports.worlds import make_full_analysis, make_issue


def test_no_line_is_wider_than_72_columns_but_commands_and_addresses(
    full_issue: Issue, starved_issue: Issue
) -> None:
    for issue in (full_issue, starved_issue):
        for line in render_text(issue).splitlines():
            assert cell_width(line) <= WIDTH or line.startswith(("  lunchwatch sql", "  https://")), line


def test_the_text_holds_every_section_in_order(full_issue: Issue, starved_issue: Issue) -> None:
    for issue in (full_issue, starved_issue):
        text = render_text(issue)
        places = [
            text.index(f"\n{title.upper()}\n") for key, title in wording.SECTIONS.items() if key != "verdict"
        ]
        assert places == sorted(places)


def test_empty_sections_say_why(starved_issue: Issue) -> None:
    text = " ".join(render_text(starved_issue).split())
    for key in ("judgements", "movers", "releases", "claims", "prices", "changes", "hypotheses"):
        assert starved_issue.content["empty"][key] in text


def test_the_text_has_no_control_code_even_from_hostile_names() -> None:
    text = render_text(make_issue(spoil(make_full_analysis())))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_cited_evidence_is_listed(full_issue: Issue) -> None:
    text = render_text(full_issue)
    cited = {ref for group in re.findall(r"\[(E\d+(?:,\sE\d+)*)\]", text) for ref in re.split(r",\s", group)}
    listed = set(re.findall(r"^\[(E\d+)\]", text, re.MULTILINE))
    assert cited
    assert cited <= listed


def test_scoreboard_rows_say_what_is_known_and_what_is_not(full_issue: Issue) -> None:
    rows = list_scoreboard_rows(full_issue)
    assert rows[0].now.replace("\u00a0", " ") == "5.2 months"
    assert (rows[0].interval, rows[0].week, rows[0].toward) == ("3.9–6.8", "−0.3", "Open")
    assert rows[-1].now == "not enough data"
    assert rows[-1].note == "two of four weeks were not looked at"


def test_the_verdict_for_a_terminal_says_the_same_words(full_issue: Issue) -> None:
    verdict = describe_verdict(full_issue)
    assert verdict.headline == "Partly: sharing the table"
    assert verdict.flags == ("contested",)
    assert verdict.vector[0] == "Quality: 37 (31–42)"
    assert verdict.vector[-1] == "Developer momentum: 58 (no interval: fewer than four weeks)"


def test_a_verdict_without_measures_says_so() -> None:
    full = make_full_analysis()
    bare = replace(full, measures=(), frontier=full.frontier)
    assert describe_verdict(make_issue(bare)).banner == "No measure has a value yet."


@given(st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=0x9FFF), max_size=30), max_size=30))
def test_wrapping_loses_no_word_and_keeps_the_width(words: list[str]) -> None:
    words = ["".join(word.split()) for word in words]
    text = " ".join(word for word in words if word)
    lines = wrap(text, indent=2, hang=2)
    assert " ".join(" ".join(lines).split()) == text
    for line in lines:
        assert cell_width(line) <= WIDTH or " " not in line.strip()


def test_a_command_of_many_lines_is_left_to_the_page() -> None:
    full = make_full_analysis()
    long = replace(full.evidence[0], sql="select " + ", ".join(["'a name'"] * 200))
    text = render_text(make_issue(replace(full, evidence=(long, *full.evidence[1:]))))
    assert "the command is long" in text
    assert max(map(len, text.splitlines())) < 400
