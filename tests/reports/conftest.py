"""Issues and drawings that many tests read: built once per process, never changed."""

from __future__ import annotations

import pytest

from reports.charts.drawing import Drawings, draw_charts
from reports.html import render_html
from reports.issue import Issue
from tests.reports.pages import Node, read_page
from tests.reports.worlds import make_full_analysis, make_issue, make_starved_analysis


@pytest.fixture(scope="session")
def full_issue() -> Issue:
    return make_issue(make_full_analysis())


@pytest.fixture(scope="session")
def starved_issue() -> Issue:
    return make_issue(make_starved_analysis())


@pytest.fixture(scope="session")
def full_drawings(full_issue: Issue) -> Drawings:
    drawings = draw_charts(full_issue)
    assert drawings.failure is None
    return drawings


@pytest.fixture(scope="session")
def full_html(full_issue: Issue, full_drawings: Drawings) -> str:
    return render_html(full_issue, full_drawings)


@pytest.fixture(scope="session")
def full_page(full_html: str) -> Node:
    return read_page(full_html)
