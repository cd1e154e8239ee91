"""Charts: what they show, what their titles claim, how they are drawn."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import altair
import pytest
from jsonschema import Draft7Validator
from PIL import Image

from analyzers.analysis import Analysis, FrontierPoint
from reports.charts.axes import list_ticks
from reports.charts.choosing import list_charts
from reports.charts.drawing import (
    Drawings,
    build_spec,
    draw_charts,
    dress,
    list_mailed,
)
from reports.charts.palettes import CSS, FONT, LIGHT
from reports.html import render_html
from reports.issue import Issue
from reports.phrasing import phrase
from tests.reports.pages import read_page
from tests.reports.worlds import make_full_analysis, make_issue

SCHEMA = Path(altair.__file__).parent / "vegalite" / "v6" / "schema" / "vega-lite-schema.json"
KINDS = ("frontier", "lag", "gap", "price", "share")


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    return Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def title_of(analysis: Analysis, kind: str) -> str:
    chart = next(chart for chart in list_charts(analysis) if chart["kind"] == kind)
    return phrase(chart["title"]).replace("\u00a0", " ")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [270, 440, 584])
def test_a_specification_is_valid_vega_lite(
    full_issue: Issue, validator: Draft7Validator, kind: str, width: int
) -> None:
    chart = next(chart for chart in full_issue.content["charts"] if chart["kind"] == kind)
    for palette in (CSS, LIGHT):
        spec = build_spec(chart, palette, width)
        assert not [error.message for error in validator.iter_errors(spec)]
        assert spec["config"]["font"] == FONT


@pytest.mark.parametrize("kind", KINDS)
def test_a_specification_asks_for_no_address(full_issue: Issue, kind: str) -> None:
    chart = next(chart for chart in full_issue.content["charts"] if chart["kind"] == kind)
    spec = build_spec(chart, CSS, 440)
    spec.pop("$schema")
    assert "http" not in json.dumps(spec)


@pytest.mark.parametrize("kind", KINDS)
def test_every_chart_says_what_its_data_is_and_where_it_comes_from(full_issue: Issue, kind: str) -> None:
    chart = next(chart for chart in full_issue.content["charts"] if chart["kind"] == kind)
    assert chart["evidence"]
    assert chart["is_finding"]
    keys = {column["key"] for column in chart["columns"]}
    assert all(keys <= set(row) for row in chart["rows"])


def test_the_frontier_title_follows_the_data() -> None:
    full = make_full_analysis()
    assert (
        title_of(full, "frontier") == "The best open model stands 3.5 index points behind the best closed one"
    )
    ahead = FrontierPoint(date(2026, 11, 1), "Aurora next", 160.0, is_open=True)
    assert "ahead of" in title_of(replace(full, frontier=(*full.frontier, ahead)), "frontier")
    level = FrontierPoint(date(2026, 11, 1), "Aurora even", 152.8, is_open=True)
    assert "stand level" in title_of(replace(full, frontier=(*full.frontier, level)), "frontier")


def test_the_frontier_ends_where_its_data_end_not_today() -> None:
    full = make_full_analysis()
    lag = full.measures[0]
    assert lag.estimate is not None
    old = replace(lag, estimate=replace(lag.estimate, as_of=date(2026, 10, 10)))
    chart = list_charts(replace(full, measures=(old, *full.measures[1:])))[0]
    assert chart["labels"]["until"] == "2026-10-10"


def test_the_gap_title_compares_boards_of_one_version_only() -> None:
    full = make_full_analysis()
    assert title_of(full, "gap") == "Closed leads by 23.0 points, 6.0 points less than on the board before"
    rescaled = (*full.gaps[:-1], replace(full.gaps[-1], board_version=3))
    assert title_of(replace(full, gaps=rescaled), "gap") == "Closed leads by 23.0 points on the latest board"
    grown = (*full.gaps[:-1], replace(full.gaps[-1], points=30.0))
    assert title_of(replace(full, gaps=grown), "gap").endswith("1.0 points more than on the board before")
    turned = (*full.gaps[:-1], replace(full.gaps[-1], points=-3.0))
    assert title_of(replace(full, gaps=turned), "gap") == "Open leads by 3.0 points on the latest board"


def test_a_title_that_no_finding_supports_is_the_neutral_one() -> None:
    full = make_full_analysis()
    level = (*full.gaps[:-1], replace(full.gaps[-1], points=0.0))
    assert title_of(replace(full, gaps=level), "gap") == "Lead of the best closed model on the rating board"
    even = tuple(replace(p, open_usd=1.0, closed_usd=1.0) for p in full.price_levels)
    assert (
        title_of(replace(full, price_levels=even), "price") == "Cheapest open and closed price by capability"
    )


def test_the_lag_title_calls_a_value_shortest_only_if_it_is() -> None:
    full = make_full_analysis()
    assert title_of(full, "lag") == "The lag is 5.2 months, the shortest in the series"
    lag = full.measures[0]
    risen = replace(lag, history=(*lag.history[:-1], (lag.history[-1][0], 6.0)))
    assert title_of(replace(full, measures=(risen, *full.measures[1:])), "lag").endswith(
        "down from 7.3 months"
    )


def test_the_price_title_counts_the_levels_that_both_sides_reach() -> None:
    full = make_full_analysis()
    assert title_of(full, "price") == "Open is cheaper at all 30 capability levels that both sides reach"
    dear = (replace(full.price_levels[0], open_usd=99.0), *full.price_levels[1:])
    assert title_of(replace(full, price_levels=dear), "price").startswith("Open is cheaper at 29 of 30")


def test_a_chart_without_data_is_left_out() -> None:
    full = make_full_analysis()
    bare = replace(full, frontier=(), gaps=full.gaps[:1], price_levels=(), measures=())
    assert list_charts(bare) == []


@pytest.mark.parametrize(("days", "most"), [(5, 6), (45, 6), (100, 4), (400, 6), (900, 4), (4000, 6), (0, 4)])
def test_ticks_are_few_and_inside_the_span(days: int, most: int) -> None:
    first = date(2024, 3, 17)
    last = first + timedelta(days=days)
    ticks = list_ticks(first.isoformat(), last.isoformat(), most)
    assert 1 <= len(ticks) <= most
    assert all(first.isoformat() <= tick <= last.isoformat() for tick in ticks)
    assert ticks == sorted(set(ticks))


def test_drawing_twice_gives_the_same_bytes(full_issue: Issue, full_drawings: Drawings) -> None:
    again = draw_charts(full_issue)
    assert again.failure is None
    assert again == full_drawings


def test_drawn_charts_belong_into_the_page(full_issue: Issue, full_drawings: Drawings) -> None:
    assert set(full_drawings.wide) == set(full_drawings.narrow) == set(KINDS)
    for svg in (*full_drawings.wide.values(), *full_drawings.narrow.values()):
        read_page(svg)
        assert "var(--" in svg
        assert "<text" in svg
        assert " style=" not in svg
        assert "http" not in svg
        assert svg.count("<title") == 1


def test_a_drawing_speaks_once_and_keeps_its_values_as_tips(full_drawings: Drawings) -> None:
    for key, svg in full_drawings.wide.items():
        page = read_page(svg)
        spoken = [node for node in page.walk() if any(name.startswith("aria") for name in node.attributes)]
        assert [node.tag for node in spoken] == ["svg"]
        assert [node for node in page.walk() if "data-tip" in node.attributes], key


def test_a_name_that_looks_like_an_attribute_does_not_cost_the_drawing() -> None:
    full = make_full_analysis()
    named = replace(full, frontier=tuple(replace(p, model='run onload=x href="y"') for p in full.frontier))
    assert draw_charts(make_issue(named)).failure is None


def test_ids_of_several_drawings_in_one_page_do_not_clash(full_drawings: Drawings) -> None:
    drawn = "".join((*full_drawings.wide.values(), *full_drawings.narrow.values()))
    ids = [node.attributes["id"] for node in read_page(drawn).walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids))


def test_mail_pictures_are_small_opaque_and_hold_dark_text(
    full_issue: Issue, full_drawings: Drawings
) -> None:
    assert set(full_drawings.png) == {chart["id"] for chart in list_mailed(full_issue.content["charts"])}
    for png in full_drawings.png.values():
        assert len(png) < 40_000
        with Image.open(io.BytesIO(png)) as image:
            assert image.width == 2 * 584
            colours = image.convert("RGB").getcolors(1 << 20) or []
            assert image.getpixel((0, 0)) == image.getpixel((image.width - 1, 0))
            assert any(max(colour) < 0x80 for _, colour in colours if isinstance(colour, tuple))


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import sys; sys.exit('no engine')", "no engine"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTRAP)", "ended with -5"),
        ("print('hello')", "nonsense"),
        ("print('{\"drawings\": {}}')", "nonsense"),
    ],
)
def test_a_failing_renderer_costs_the_pictures_only(full_issue: Issue, program: str, reason: str) -> None:
    drawings = draw_charts(full_issue, command=[sys.executable, "-c", program])
    assert reason in (drawings.failure or "")
    page = read_page(render_html(full_issue, drawings))
    assert "could not be drawn" in page.text
    assert not [node for node in page.find_all("svg") if "chart" in node.classes]
    figures = page.find_all("figure")
    assert len(figures) == len(KINDS)
    assert all("open" in figure.find_all("details")[0].attributes for figure in figures)


def test_a_renderer_that_hangs_is_given_up(full_issue: Issue) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    assert "did not finish" in (draw_charts(full_issue, command=command, limit_seconds=0.5).failure or "")


def test_a_renderer_that_is_not_there_is_named(full_issue: Issue) -> None:
    assert "could not be started" in (draw_charts(full_issue, command=["/nowhere/python"]).failure or "")


@pytest.mark.parametrize(
    "body",
    ["<script>x</script>", "<image href='x'/>", "<g onclick='x'/>", "<style>x</style>", "<a>x</a>"],
)
def test_active_content_in_a_drawing_is_refused(full_issue: Issue, body: str) -> None:
    with pytest.raises(ValueError, match="active"):
        dress(f'<svg viewBox="0 0 1 1">{body}</svg>', full_issue.content["charts"][0], "wide")


def test_hostile_names_reach_a_drawing_as_text() -> None:
    full = make_full_analysis()
    name = "</text><script>alert(1)</script>"
    hostile = replace(full, frontier=tuple(replace(point, model=name) for point in full.frontier))
    drawings = draw_charts(make_issue(hostile))
    assert drawings.failure is None
    assert "<script" not in "".join(drawings.wide.values())


def test_the_renderer_refuses_data_from_an_address() -> None:
    from reports.charts.__main__ import draw

    spec: dict[str, Any] = {
        "data": {"url": "http://127.0.0.1:9/x.csv"},
        "mark": "point",
        "encoding": {"x": {"field": "a", "type": "quantitative"}},
    }
    with pytest.raises(ValueError, match=r"(?i)not allowed|denied|base_url|permitted"):
        draw({"format": "svg", "spec": spec})
