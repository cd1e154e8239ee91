"""What makes a text of a page: unifying, judging, counting lines, retirements; and the child that reads."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import date

import pytest

from collectors.policies.judging import SHORTEST, judge
from collectors.policies.lifecycle import list_facts, parse_day, parse_retirements
from collectors.policies.lines import count_moved, find_nearest, mark_lines
from collectors.policies.reader import PageReader
from collectors.policies.reading import Page, parse_media_type, read_page
from collectors.policies.wording import digest, is_noise, unify
from store.errors import Interrupted, SourceChanged
from store.records import Precision
from tests.replica.policies import DEPRECATIONS, PRIVACY, make_html

POLICY = "A sentence of a policy that is long enough. " * 20


# --------------------------------------------------------------------------- unifying


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a b", "a\u00a0b"),
        ("a b", " a   b \t"),
        ("a\nb", "a\r\n\r\n\n b"),
        ("a\nb", "a\u2028b"),
        ("ab", "a\u200bb"),
        ("ab", "a\u00adb"),
        ("caf\u00e9", "cafe\u0301"),
        ("a\nb", "a\nSkip to main content\nb"),
        ("a\nb", "a\nAccept all cookies\nb"),
        ("a\nb", "a\nWas this page helpful?\nYes\nNo\nb"),
        ("a\nb", "a\n12 min read\nb"),
        ("a\nb", "a\nUpdated over a week ago\nb"),
        ("a\nb", "a\nUpdated yesterday\nb"),
        ("a\nb", "a\n© 2026 Meridian Labs. All rights reserved.\nb"),
    ],
)
def test_differences_that_are_none_are_unified(one: str, other: str) -> None:
    assert unify(one) == unify(other)
    assert digest(unify(one)) == digest(unify(other))


@pytest.mark.parametrize(
    "line",
    [
        "Last updated: 3 March 2026",
        "Effective March 3, 2026",
        "We use cookies to keep you signed in.",
        "Accept all cookies that we set, or leave.",
        "No warranty.",
        "Copyright in the output is yours.",
        "We keep data that was updated 3 days ago.",
        "30 days",
        "2026",
    ],
)
def test_what_may_be_part_of_a_policy_is_kept(line: str) -> None:
    assert not is_noise(line)
    assert unify(line) == line


def test_text_from_outside_steers_nothing_and_can_be_stored() -> None:
    assert unify("a\x00\x1b[31mb\u202e\ud800c") == "a[31mb?c"


def test_unifying_twice_is_unifying_once() -> None:
    text = unify(" a \u00a0 b\r\n\x85c\u200b\n\n Print \n d")
    assert unify(text) == text


# --------------------------------------------------------------------------- judging


def judged(text: str, *, title: str = "", answered: str = "https://a.example/terms", last: int = 0) -> str:
    found = judge(title, text, "https://a.example/terms", answered, last_length=last, is_about_cookies=False)
    return found.reason if found else ""


def test_policy_is_no_suspicion() -> None:
    assert judged(POLICY) == ""
    assert judged(POLICY, title="Terms of Service", answered="https://b.example/legal/terms") == ""


@pytest.mark.parametrize(
    ("title", "text", "reason"),
    [
        ("Just a moment...", POLICY, "robots"),
        ("", "Please solve the CAPTCHA. " + POLICY, "robots"),
        ("Sign in - Meridian", POLICY, "login"),
        ("404 | Meridian", POLICY, "error"),
        ("Page not found", "", "error"),
        ("Meridian", "", "in the browser"),
        ("Meridian", "You need to enable JavaScript to run this app.", "in the browser"),
        ("Meridian", "Accept all or reject all. " + "We and our partners use cookies. " * 20, "cookie"),
        ("Meridian", "Terms.", "too few"),
    ],
)
def test_what_stands_in_front_of_a_policy_is_named(title: str, text: str, reason: str) -> None:
    assert reason in judged(text, title=title)


def test_long_policy_that_speaks_of_captchas_and_cookies_is_no_wall() -> None:
    text = POLICY * 5 + "We use a captcha. Accept all cookies. Something went wrong? Enable JavaScript."
    assert judged(text, title="Privacy") == ""


def test_policy_about_cookies_may_speak_of_them() -> None:
    text = "Accept all, reject all, or manage cookies one by one. " * 10
    asked = "https://a.example/cookies"
    assert judge("", text, asked, asked, last_length=0, is_about_cookies=True) is None
    assert judge("", text, asked, asked, last_length=0, is_about_cookies=False) is not None


@pytest.mark.parametrize("place", ["/login", "/auth/sign-in/", "/", ""])
def test_redirect_to_the_door_is_named_whatever_the_page_says(place: str) -> None:
    assert "sent on" in judged(POLICY, answered=f"https://a.example{place}?next=/terms")


def test_text_that_shrank_is_suspected_until_confirmed() -> None:
    found = judge(
        "", POLICY, "https://a.example/t", "https://a.example/t", last_length=5_000, is_about_cookies=False
    )
    assert found is not None
    assert not found.is_lasting
    assert judged(POLICY, last=len(POLICY) * 2) == ""
    assert judged("x" * (SHORTEST - 1), last=1) != ""


# --------------------------------------------------------------------------- lines


def moved(before: str, after: str) -> tuple[int, int]:
    return count_moved(mark_lines(before), mark_lines(after))


def test_lines_are_counted_by_what_came_and_went() -> None:
    assert moved("a\nb\nc", "a\nB\nc\nd") == (2, 1)
    assert moved("a\nb", "b\na") == (0, 0)
    assert moved("a\na", "a") == (0, 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Last updated: March 3, 2026", "Last updated: April 14, 2026"),
        ("Effective 2026-03-03", "Effective 2026-04-14"),
        ("3rd March 2026", "14 April 2026"),
        ("03/03/2026", "14/04/2026"),
        ("2026年3月3日", "2026年4月14日"),
    ],
)
def test_line_whose_date_alone_differs_has_not_moved(before: str, after: str) -> None:
    assert moved(before, after) == (0, 0)


def test_text_is_compared_with_the_nearest_of_the_known_ones() -> None:
    long, short = "a\nb\nc\nd\ne", "a\nx"
    assert find_nearest([mark_lines(long), mark_lines(short)], mark_lines("a\ny")) == (1, 1)
    assert find_nearest([], mark_lines("a")) is None


# --------------------------------------------------------------------------- retirements


def test_retirements_are_read_from_a_table_whatever_its_columns_are_called() -> None:
    found = {each.model: each for each in parse_retirements(DEPRECATIONS)}
    assert [*found] == ["meridian-4", "meridian-4-2025-06-01", "meridian-5"]
    first = found["meridian-4"]
    assert first.end is not None
    assert first.announced is not None
    assert (first.end.day, first.announced.day) == (date(2026, 12, 1), date(2026, 6, 2))
    assert first.replacement == "meridian-5.1"
    bound = found["meridian-5"].end
    assert bound is not None
    assert (bound.is_bound, bound.precision) == (True, Precision.MONTH)


def test_column_of_states_and_rows_without_a_day_are_left_out() -> None:
    text = """| API model name | Current state | Deprecated | Tentative retirement date |
|:--|:--|:--|:--|
| old-1 | Retired | September 4, 2024 | November 6, 2024 |
| new-1 | Active | N/A | Not sooner than May 14, 2027 |
| newer | Active | N/A | N/A |"""
    facts = [
        (fact.subject.name, fact.attribute, fact.value)
        for fact in list_facts(
            parse_retirements(text), "policies", "S", date(2026, 1, 1), "https://a.example"
        )
    ]
    assert (
        facts
        == [
            ("S/old-1", "deprecated_on", "2024-09-04"),
            ("S/old-1", "shutdown_on", "2024-11-06"),
            ("S/new-1", "shutdown_not_before", "2027-05-14"),
        ]
        or facts[1][1] == "shutdown_on"
    )


def test_tables_about_other_things_are_no_retirements() -> None:
    text = "| Plan | Price |\n|---|---|\n| A | 3 |\n\n| Model | Context |\n|---|---|\n| a | 2026-01-01 |"
    assert parse_retirements(text) == ()
    assert parse_retirements("|---|\n|") == ()
    assert parse_retirements("") == ()


def test_model_that_is_listed_twice_keeps_its_first_line() -> None:
    head = "| Model | Shutdown date |\n|---|---|"
    (only,) = parse_retirements(f"{head}\n| a | 2026-01-02 |\n\n{head}\n| a | 2025-01-02 |")
    assert only.end is not None
    assert only.end.day == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-26", date(2026, 3, 26)),
        ("March 26, 2026", date(2026, 3, 26)),
        ("Mar 26th 2026", date(2026, 3, 26)),
        ("26 March 2026", date(2026, 3, 26)),
        ("Earliest February 2026", date(2026, 2, 1)),
        ("3/26/2026", date(2026, 3, 26)),
        ("2026-02-31", None),
        ("No shutdown date announced", None),
        ("", None),
    ],
)
def test_days_are_read_in_the_forms_providers_use(text: str, day: date | None) -> None:
    found = parse_day(text)
    assert (found.day if found else None) == day


# --------------------------------------------------------------------------- reading


def test_markdown_and_plain_text_are_taken_as_they_are() -> None:
    for content_type in ("text/markdown; charset=utf-8", "text/plain"):
        assert read_page(b"# A\n\n<b>b</b>", content_type) == Page("", "# A\n\n<b>b</b>")


def test_main_text_and_title_are_found_in_a_page() -> None:
    page = read_page(make_html("Aurora Privacy Policy", PRIVACY), "text/html; charset=utf-8")
    assert page.title == "Aurora Privacy Policy"
    assert page.text.split("\n")[-len(PRIVACY) :] == PRIVACY


def test_same_bytes_make_the_same_text_whatever_was_read_before() -> None:
    body = make_html("T", PRIVACY)
    first = read_page(body, "text/html")
    for number in range(5):
        read_page(make_html(str(number), PRIVACY), "text/html")
    assert read_page(body, "text/html") == first


def test_declared_character_set_is_believed_where_it_fits() -> None:
    assert read_page("Größe".encode("latin-1"), "text/plain; charset=ISO-8859-1").text == "Größe"
    assert read_page("Größe".encode(), "text/plain; charset=ascii").text == "Größe"
    assert read_page(b"a", "text/plain; charset=nonsense").text == "a"
    assert parse_media_type('Text/HTML;a=b; Charset="UTF-8"') == ("text/html", "utf-8")


@pytest.fixture(scope="module")
def reader() -> Iterator[PageReader]:
    made = PageReader()
    yield made
    made.close()


@pytest.fixture
def own_reader() -> Iterator[PageReader]:
    """One whose child may come to harm."""
    made = PageReader()
    yield made
    made.close()


def test_child_reads_page_after_page(reader: PageReader) -> None:
    stop = threading.Event()
    for number in range(3):
        page = reader.read(make_html(f"T{number}", PRIVACY), "text/html", stop)
        assert page == read_page(make_html(f"T{number}", PRIVACY), "text/html")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00" * 5_000,
        b"<div>" * 100_000,
        b"<table><tr><td>" * 20_000,
        b"&" * 100_000,
        bytes(range(256)) * 99,
    ],
    ids=["nothing", "zeros", "deep", "tables", "ampersands", "all bytes"],
)
def test_hostile_page_has_no_text_and_leaves_the_child_alive(reader: PageReader, body: bytes) -> None:
    stop = threading.Event()
    assert len(reader.read(body, "text/html", stop).text) < 50_000
    assert reader.read(b"alive", "text/plain", stop).text == "alive"


SLOW = b"<p>word word word</p>" * 100_000


def test_page_that_takes_too_long_is_given_up_and_the_next_one_is_read(own_reader: PageReader) -> None:
    stop = threading.Event()
    own_reader.read(b"warm", "text/plain", stop)
    own_reader.most_seconds = 0.2
    with pytest.raises(SourceChanged, match="longer than"):
        own_reader.read(SLOW, "text/html", stop)
    own_reader.most_seconds = 30
    assert own_reader.read(b"next", "text/plain", stop).text == "next"


def test_stop_request_ends_the_wait_for_a_page(own_reader: PageReader) -> None:
    stop = threading.Event()
    own_reader.read(b"warm", "text/plain", stop)
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Interrupted):
        own_reader.read(SLOW, "text/html", stop)
    assert time.monotonic() - began < 5


def test_closing_waits_for_no_page(own_reader: PageReader) -> None:
    stop, ended = threading.Event(), list[BaseException]()
    own_reader.read(b"warm", "text/plain", stop)

    def read() -> None:
        try:
            own_reader.read(SLOW, "text/html", stop)
        except Interrupted as error:
            ended.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    while thread.is_alive():  # it may be closed before the page was begun
        own_reader.close()
        thread.join(0.1)
    assert len(ended) == 1


def test_child_that_was_killed_is_replaced(own_reader: PageReader) -> None:
    stop = threading.Event()
    own_reader.read(b"one", "text/plain", stop)
    assert own_reader.pid is not None
    os.kill(own_reader.pid, signal.SIGKILL)
    assert own_reader.read(b"two", "text/plain", stop).text == "two"
