"""The page in Debian's Chromium. A missing browser is a failure, never a skip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from reports.charts.drawing import Drawings
from reports.digest import render_digest_html
from reports.html import render_html
from reports.issue import Issue
from tests.reports.test_building import spoil
from tests.reports.worlds import make_full_analysis, make_issue

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",  # refused without it as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]


class Visit:
    """One page in one context, with everything it asked for and complained about."""

    def __init__(
        self, browser: Browser, path: Path, width: int, scheme: Literal["light", "dark"] = "light"
    ) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 900}, offline=True
        )
        self.page: Page = context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path.as_uri())
        self.page.wait_for_load_state("load")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert Path(CHROMIUM).exists(), "the browser tests need Debian's chromium (apt-get install chromium)"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, full_html: str, starved_issue: Issue) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "full": full_html,
        "starved": render_html(starved_issue, Drawings()),
        "hostile": render_html(make_issue(spoil(make_full_analysis())), Drawings()),
    }
    for name, html in made.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


@pytest.mark.parametrize("name", ["full", "starved", "hostile"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1180, 375])
def test_the_page_opens_offline_without_a_request_a_complaint_or_an_overflow(
    browser: Browser,
    pages: dict[str, Path],
    name: str,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    visit = Visit(browser, pages[name], width, scheme)
    assert [url for url in visit.requests if not url.startswith("data:")] == [pages[name].as_uri()]
    assert visit.complaints == []
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    visit.page.context.close()


def test_dark_mode_reaches_the_charts_without_a_script(browser: Browser, pages: dict[str, Path]) -> None:
    colours = set()
    for scheme in ("light", "dark"):
        visit = Visit(browser, pages["full"], 1180, scheme)
        colours.add(
            visit.page.evaluate(
                "getComputedStyle(document.querySelector("
                "'#chart-frontier svg.wide path[stroke=\"var(--open)\"]')).stroke"
            )
        )
        visit.page.context.close()
    assert colours == {"rgb(0, 114, 178)", "rgb(92, 184, 238)"}


@pytest.mark.parametrize(("width", "shown"), [(1180, "wide"), (375, "narrow")])
def test_one_of_two_drawings_is_shown(
    browser: Browser, pages: dict[str, Path], width: int, shown: str
) -> None:
    page = Visit(browser, pages["full"], width).page
    visible = page.evaluate(
        "[...document.querySelectorAll('svg.chart')].filter(s => s.getClientRects().length)"
        ".map(s => s.classList.contains('wide') ? 'wide' : 'narrow')"
    )
    assert visible == [shown] * 5
    page.context.close()


def test_a_heading_sorts_its_table_by_number_and_empty_cells_stay_last(
    browser: Browser, pages: dict[str, Path]
) -> None:
    page = Visit(browser, pages["full"], 1180).page
    column = "[...document.querySelectorAll('#movers tbody tr')].map(r => r.cells[5].textContent.trim())"
    page.get_by_role("button", name="z", exact=True).click()
    assert page.evaluate(column) == ["3.9", "2.4", "−1.9", "–"]
    page.get_by_role("button", name="z", exact=True).click()
    assert page.evaluate(column) == ["−1.9", "2.4", "3.9", "–"]
    assert page.locator("#movers th[aria-sort]").get_attribute("aria-sort") == "ascending"
    page.context.close()


def test_pointing_at_a_mark_tells_its_value(browser: Browser, pages: dict[str, Path]) -> None:
    visit = Visit(browser, pages["full"], 1180)
    mark = visit.page.locator("#chart-frontier svg.wide [data-tip^='Cinder A-5']").first
    mark.scroll_into_view_if_needed()
    mark.dispatch_event("pointerover")
    tip = visit.page.locator("#tip")
    assert tip.is_visible()
    assert tip.inner_text().replace("\u00a0", " ") == "Cinder A-5: 152.8, 18 Jun 2026"
    assert visit.complaints == []
    visit.page.context.close()


def test_an_evidence_link_highlights_its_row(browser: Browser, pages: dict[str, Path]) -> None:
    page = Visit(browser, pages["full"], 1180).page
    colour = "getComputedStyle(document.querySelector('#E4 td')).backgroundColor"
    before = page.evaluate(colour)
    page.locator("#scoreboard a[href='#E4']").click()
    assert page.evaluate(colour) != before
    page.context.close()


def test_the_skip_link_is_the_first_stop_of_the_keyboard(browser: Browser, pages: dict[str, Path]) -> None:
    page = Visit(browser, pages["full"], 1180).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.context.close()


def test_the_report_prints_on_a_handful_of_pages(
    browser: Browser, pages: dict[str, Path], tmp_path: Path
) -> None:
    page = Visit(browser, pages["full"], 1180).page
    printed = page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    assert 3 <= printed.count(b"/Type /Page\n") <= 8
    page.context.close()


@pytest.mark.parametrize("width", [760, 375])
def test_the_mail_fits_its_window(browser: Browser, tmp_path: Path, full_issue: Issue, width: int) -> None:
    path = tmp_path / "mail.html"
    path.write_text(
        render_digest_html(full_issue, None, "reader@example.net", {}, Drawings()), encoding="utf-8"
    )
    visit = Visit(browser, path, width)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.complaints == []
    visit.page.context.close()
