"""The page: whole, self-contained, honest about its numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from reports import wording
from reports.charts.drawing import Drawings
from reports.html import hash_source, read_static, render_html
from reports.issue import Issue
from tests.reports.pages import Node, read_page
from tests.reports.test_building import HOSTILE, spoil
from tests.reports.worlds import make_full_analysis, make_issue, make_starved_analysis

WHOLE = {"tr", "li", "figure", "p", "dd", "td"}
NOT_STATEMENTS = {"evidence", "method"}
"""Sections that are the evidence itself, or the conventions."""
EXEMPT = {"none", "banner", "likelihood", "steps", "gauge", "hidden"}
"""Lines that say why there is nothing, what is bundled, what a scale's bands are."""


def list_bare_statements(page: Node) -> list[str]:
    """Blocks of the page that hold a digit and neither they nor a whole they belong to cite evidence."""
    known = {node.attributes["id"] for node in page.walk() if "id" in node.attributes}
    bare = []
    for block in (inner for top in page.find_all("main") for inner in top.walk()):
        if block.tag not in WHOLE or any(inner.tag in WHOLE for inner in block.walk() if inner is not block):
            continue
        above = list(block.ancestors())
        if any(node.tag == "thead" for node in above):
            continue
        sections = {node.attributes.get("id") for node in above if node.tag == "section"}
        marks = set().union(block.classes, *(node.classes for node in above))
        if not re.search(r"\d", block.text) or sections & NOT_STATEMENTS or marks & EXEMPT:
            continue
        wholes = [block, *(node for node in above if node.tag in WHOLE)]
        cited = [
            link.attributes["href"].removeprefix("#")
            for whole in wholes
            for link in whole.find_all("a")
            if re.fullmatch(r"#E\d+", link.attributes.get("href", ""))
        ]
        if not cited or not set(cited) <= known:
            bare.append(" ".join(block.text.split()))
    return bare


def test_every_statement_with_a_number_cites_evidence_that_exists(full_page: Node) -> None:
    assert list_bare_statements(full_page) == []


def test_the_check_for_bare_statements_finds_one() -> None:
    page = read_page(
        "<main><section id='x'><p>It is 5.</p><p>It is <a href='#E1'>E1</a> 5.</p></section></main>"
    )
    assert list_bare_statements(page) == ["It is 5.", "It is E1 5."]


def test_every_statement_of_a_starved_week_cites_evidence_too(starved_issue: Issue) -> None:
    assert list_bare_statements(read_page(render_html(starved_issue, Drawings()))) == []


def test_every_link_inside_the_page_has_its_target(full_page: Node) -> None:
    ids = [node.attributes["id"] for node in full_page.walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    inner = {
        a.attributes["href"][1:] for a in full_page.find_all("a") if a.attributes["href"].startswith("#")
    }
    assert inner <= set(ids)
    labels = {
        name for node in full_page.walk() for name in node.attributes.get("aria-labelledby", "").split()
    }
    assert labels <= set(ids)


@pytest.mark.parametrize("is_full", [True, False])
def test_all_thirteen_sections_stand_in_their_order(
    full_page: Node, starved_issue: Issue, *, is_full: bool
) -> None:
    page = full_page if is_full else read_page(render_html(starved_issue, Drawings()))
    sections = [node.attributes["id"] for node in page.find_all("section")]
    assert sections == list(wording.SECTIONS)
    assert len(sections) == 13


def test_a_starved_report_says_in_each_section_why_it_is_empty(starved_issue: Issue) -> None:
    page = read_page(render_html(starved_issue, Drawings()))
    for key in ("judgements", "movers", "releases", "claims", "prices", "changes", "hypotheses"):
        lines = [node for node in page.find(key).walk() if "none" in node.classes and node.tag == "p"]
        assert lines, key
        assert lines[0].text == starved_issue.content["empty"][key]
    assert page.find_all("h1")[0].text == "Not enough data for a verdict"
    banner = next(node for node in page.walk() if "banner" in node.classes)
    assert " ".join(banner.text.split()).startswith(
        "3 of 3 measures with a value stand on bundled facts through 10 Apr 2026. "
        "Nothing has been observed yet."
    )


def test_an_analysis_with_nothing_at_all_still_renders_whole() -> None:
    starved = make_starved_analysis()
    nothing = replace(
        starved,
        measures=(),
        findings=(),
        frontier=(),
        gaps=(),
        evidence=(),
        sources=(),
        through=None,
        assumptions=(),
        verdict=replace(starved.verdict, sub_indices=(), reason=None),
    )
    page = read_page(render_html(make_issue(nothing), Drawings()))
    assert [node.attributes["id"] for node in page.find_all("section")] == list(wording.SECTIONS)


def test_each_source_that_was_not_reached_stands_with_its_reason(starved_issue: Issue) -> None:
    rows = read_page(render_html(starved_issue, Drawings())).find("evidence").find_all("tr")
    unreached = [row.text for row in rows if "Not reached" in row.text]
    assert len(unreached) == 3
    assert all("the name could not be resolved" in text for text in unreached)


def test_the_footer_names_the_sources_used_and_their_licences(full_page: Node) -> None:
    footer = full_page.find_all("footer")[0]
    assert "Harbour Rating Board: CC BY 4.0; monthly boards kept" in footer.text
    assert "Open Price List: MIT" in footer.text


def test_bundled_rows_carry_a_mark(full_page: Node) -> None:
    def mark(section: str) -> int:
        return sum(
            1
            for row in full_page.find(section).walk()
            if row.tag in {"tr", "li"} and any("bundled" in node.classes for node in row.walk())
        )

    assert [mark(key) for key in ("scoreboard", "movers", "releases", "claims", "prices", "changes")] == [
        2,
        1,
        1,
        1,
        1,
        1,
    ]


def test_the_page_loads_nothing(full_html: str, full_page: Node) -> None:
    for node in full_page.walk():
        for name in ("src", "srcset", "data", "action", "poster", "xlink:href"):
            assert name not in node.attributes
        if node.tag != "a":
            assert node.attributes.get("href", "data:").startswith("data:")
    assert "@import" not in full_html
    assert not re.search(r"url\((?!#)", full_html)
    assert not {node.tag for node in full_page.walk()} & {"iframe", "object", "embed", "img", "form", "base"}


def test_outside_links_are_plain_web_addresses_that_tell_nothing(full_page: Node) -> None:
    outside = [a for a in full_page.find_all("a") if not a.attributes["href"].startswith("#")]
    assert outside
    for link in outside:
        assert link.attributes["href"].startswith("https://")
        assert "noreferrer" in link.attributes["rel"]


def test_no_element_has_a_style_or_an_event_attribute(full_page: Node) -> None:
    for node in full_page.walk():
        assert "style" not in node.attributes
        assert not [name for name in node.attributes if name.startswith("on")]


def test_the_policy_allows_exactly_the_pages_own_style_and_script(full_page: Node) -> None:
    policy = next(
        node.attributes["content"]
        for node in full_page.find_all("meta")
        if node.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        blocks = full_page.find_all(tag)
        assert len(blocks) == 1
        assert f"{directive} '{hash_source(blocks[0].text)}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_the_policy_stands_before_everything_it_governs(full_html: str) -> None:
    assert full_html.index("Content-Security-Policy") < full_html.index("<style")


def test_landmarks_and_headings_are_as_a_screen_reader_wants_them(full_page: Node) -> None:
    assert [len(full_page.find_all(tag)) for tag in ("main", "header", "footer", "nav", "h1")] == [1] * 5
    body = full_page.find_all("body")[0]
    tops = [node.tag for node in body.inside if isinstance(node, Node)]
    assert tops == ["a", "header", "main", "footer", "script"]
    levels = [int(node.tag[1]) for node in body.walk() if re.fullmatch("h[1-6]", node.tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for node in full_page.walk():
        if "scroll" in node.classes:
            assert node.attributes["tabindex"] == "0"
            assert node.attributes["role"] == "region"
            assert node.attributes["aria-label"]
    for header in full_page.find_all("th"):
        assert header.attributes["scope"] in {"row", "col"}


def test_likelihood_and_confidence_never_share_a_sentence(full_page: Node) -> None:
    terms = [term for term, _ in wording.LIKELIHOODS.values()]
    for node in full_page.find("judgements").find_all("p"):
        text = node.text.lower()
        assert not ("confidence." in text and any(re.search(rf"\b{term}\b", text) for term in terms))


def test_a_contested_and_a_provisional_verdict_are_flagged() -> None:
    full = make_full_analysis()
    flagged = replace(full, verdict=replace(full.verdict, is_provisional=True, is_contested=True))
    page = read_page(render_html(make_issue(flagged), Drawings()))
    flags = next(node for node in page.walk() if "flags" in node.classes)
    assert "Provisional" in flags.text
    assert "Contested" in flags.text
    plain = replace(full, verdict=replace(full.verdict, is_contested=False))
    assert not [
        n for n in read_page(render_html(make_issue(plain), Drawings())).walk() if "flags" in n.classes
    ]


def test_the_scale_marks_its_step_and_stays_bare_without_one(full_page: Node, starved_issue: Issue) -> None:
    def marked(page: Node) -> list[str]:
        return [li.text for li in page.find_all("li") if li.attributes.get("aria-current") == "true"]

    assert marked(full_page) == ["Sharing the table"]
    assert marked(read_page(render_html(starved_issue, Drawings()))) == []


def test_hostile_texts_stay_texts() -> None:
    html = render_html(make_issue(spoil(make_full_analysis())), Drawings())
    page = read_page(html)
    assert len(page.find_all("script")) == 1
    assert "<script>alert" not in html
    assert "\u202e" not in html
    assert HOSTILE[:25] in page.text
    assert all(a.attributes["href"].startswith(("#", "https://")) for a in page.find_all("a"))
    assert len(html) < 400_000


def test_a_revision_says_what_it_corrects() -> None:
    first = make_issue(make_starved_analysis())
    second = make_issue(make_full_analysis(), revision=2, previous=first)
    page = read_page(render_html(second, Drawings()))
    assert "What revision 2 corrects" in page.find("corrections").text
    assert "Model Hub: Not reached before, OK now." in page.find("corrections").text.replace("\u00a0", " ")


def test_rendering_is_repeatable_and_reads_the_stored_issue(
    full_issue: Issue, full_html: str, full_drawings: Drawings
) -> None:
    assert render_html(Issue.from_json(full_issue.to_json()), full_drawings) == full_html


@pytest.mark.parametrize("name", ["report.css", "report.js", "digest.css"])
def test_static_files_cannot_end_their_element(name: str) -> None:
    assert "</" not in read_static(name)


def test_a_long_command_is_folded_away_whole() -> None:
    full = make_full_analysis()
    sql = "select " + ", ".join(["'a name'"] * 200)
    long = replace(full.evidence[0], sql=sql)
    page = read_page(render_html(make_issue(replace(full, evidence=(long, *full.evidence[1:]))), Drawings()))
    folded = page.find("E1").find_all("details")
    assert len(folded) == 1
    assert sql in folded[0].text
    assert not page.find("E2").find_all("details")
