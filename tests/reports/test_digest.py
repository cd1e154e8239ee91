"""The weekly mail."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import pytest

from reports.charts.drawing import Drawings
from reports.digest import BUDGET_BYTES, build_message, lint_message, list_clicks, make_subject, message_id
from reports.issue import Issue
from tests.reports.test_building import spoil
from tests.reports.worlds import BUILT_AT, make_full_analysis, make_issue, make_starved_analysis

SENDER = "Lunchwatch <report@lunch.example>"
READER = "reader@example.net"
URL = "https://lunch.example/r/2026-W47/"


def parse(message: bytes) -> EmailMessage:
    parsed = message_from_bytes(message, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


@pytest.fixture(scope="module")
def message(full_issue: Issue, full_drawings: Drawings) -> bytes:
    return build_message(full_issue, full_drawings, recipient=READER, sender=SENDER, report_url=URL)


def page_of(message: bytes) -> str:
    body = parse(message).get_body(("html",))
    assert body is not None
    return str(body.get_content())


def text_of(message: bytes) -> str:
    body = parse(message).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_a_message_has_text_html_and_its_pictures(message: bytes) -> None:
    parsed = parse(message)
    assert [part.get_content_type() for part in parsed.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "image/png",
    ]
    ids = {part["Content-ID"].strip("<>") for part in parsed.walk() if part["Content-ID"]}
    assert set(re.findall(r'src="cid:([^"]+)"', page_of(message))) == ids
    assert ids == {"lag.2026-W47.r1@lunch.example", "share.2026-W47.r1@lunch.example"}


def test_the_same_issue_for_the_same_reader_is_the_same_bytes(
    full_issue: Issue, full_drawings: Drawings, message: bytes
) -> None:
    again = build_message(full_issue, full_drawings, recipient=READER, sender=SENDER, report_url=URL)
    assert again == message
    other = build_message(full_issue, full_drawings, recipient="b@example.net", sender=SENDER)
    assert parse(other)["Message-ID"] != parse(message)["Message-ID"]


def test_the_headers_tell_machines_what_it_is(message: bytes) -> None:
    parsed = parse(message)
    assert re.fullmatch(r"<2026-W47\.r1\.[0-9a-f]{20}@lunch\.example>", parsed["Message-ID"])
    assert parsedate_to_datetime(parsed["Date"]) == BUILT_AT
    assert parsed["List-Id"] == "The Lunch Report <lunch-report.lunch.example>"
    assert parsed["List-Unsubscribe"] == "<mailto:report@lunch.example?subject=unsubscribe>"
    assert parsed["List-Unsubscribe-Post"] is None
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["Precedence"] == "bulk"
    assert parsed["To"] == READER


def test_the_message_id_can_be_known_before_the_message_is_built(full_issue: Issue, message: bytes) -> None:
    assert message_id(full_issue, recipient=READER, sender=SENDER) == parse(message)["Message-ID"]


def test_one_click_unsubscription_needs_an_https_address(full_issue: Issue) -> None:
    url = "https://lunch.example/u/abc"
    parsed = parse(
        build_message(full_issue, Drawings(), recipient=READER, sender=SENDER, unsubscribe_url=url)
    )
    assert parsed["List-Unsubscribe"].startswith(f"<{url}>, <mailto:")
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with pytest.raises(ValueError, match="https"):
        build_message(
            full_issue, Drawings(), recipient=READER, sender=SENDER, unsubscribe_url="http://x.example/"
        )


def test_the_subject_is_the_news(full_issue: Issue, starved_issue: Issue) -> None:
    assert make_subject(full_issue) == "Open vs closed W47: sharing the table, lag 5.2 months (−0.3)"
    assert make_subject(starved_issue) == "Open vs closed W47: not enough data for a verdict, lag 5.2 months"


def test_a_correction_refers_to_the_first_revision_of_the_same_reader(
    full_issue: Issue, message: bytes
) -> None:
    second = make_issue(replace(make_full_analysis(), releases_seen=38), revision=2, previous=full_issue)
    parsed = parse(build_message(second, Drawings(), recipient=READER, sender=SENDER, corrects=True))
    assert parsed["Subject"].startswith("Corrected: Open vs closed W47")
    assert parsed["In-Reply-To"] == parsed["References"] == parse(message)["Message-ID"]
    assert "Only details changed" in text_of(parsed.as_bytes())


def test_sizes_stay_inside_the_budget(message: bytes) -> None:
    body = parse(message).get_body(("html",))
    assert body is not None
    assert len(body.as_bytes()) < BUDGET_BYTES
    assert len(message) < 150_000


def test_lines_are_short_enough_for_any_relay(message: bytes) -> None:
    assert max(map(len, message.split(b"\r\n"))) <= 998
    assert b"\n" not in message.replace(b"\r\n", b"")


@pytest.mark.parametrize("is_full", [True, False])
def test_the_linter_finds_nothing_in_what_is_built(
    message: bytes, starved_issue: Issue, *, is_full: bool
) -> None:
    built = message if is_full else build_message(starved_issue, Drawings(), recipient=READER, sender=SENDER)
    assert lint_message(built) == []


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (b"</body>", b"<script>x</script></body>", "active content"),
        (b"</body>", b'<img src="https://t.example/p" width="9"></body>'.replace(b"=", b"=3D"), "outside"),
        (b"</body>", b'<img src="cid:gone@x">'.replace(b"=", b"=3D") + b"</body>", "named but not there"),
        (b"</body>", b'<a href="javascript:x">'.replace(b"=", b"=3D") + b"</body>", "neither web nor mail"),
        (b"List-Id:", b"X-List-Id:", "List-Id is missing"),
        (b"</body>", b"y" * 70 + b"\r\n" + (b"x" * 70 + b"\r\n") * 1000 + b"</body>", "are allowed"),
    ],
)
def test_the_linter_names_what_is_wrong(message: bytes, before: bytes, after: bytes, problem: str) -> None:
    assert before in message
    assert any(problem in line for line in lint_message(message.replace(before, after, 1)))


def test_styles_are_inlined_and_nothing_is_tracked(message: bytes) -> None:
    page = page_of(message)
    assert 'style="' in page
    assert "prefers-color-scheme" in page
    assert not re.search(r'src="(?!cid:)', page)
    links = set(re.findall(r'href="([^"#]+)', page))
    assert links == {URL}


def test_evidence_links_lead_into_the_report(message: bytes, full_issue: Issue) -> None:
    anchors = set(re.findall(rf'href="{re.escape(URL)}#(E\d+)"', page_of(message)))
    assert anchors
    assert anchors <= {row["id"] for row in full_issue.content["evidence"]}


def test_without_an_address_the_mail_says_how_to_read_the_report(starved_issue: Issue) -> None:
    built = build_message(starved_issue, Drawings(), recipient=READER, sender=SENDER)
    assert "lunchwatch report show --week 2026-W47" in text_of(built)
    assert "href=" not in page_of(built)


def test_the_public_address_gives_the_reports_address(starved_issue: Issue) -> None:
    built = build_message(
        starved_issue, Drawings(), recipient=READER, sender=SENDER, base_url="https://lunch.example/"
    )
    assert "https://lunch.example/r/2026-W47/" in text_of(built)


def test_a_failed_drawing_leaves_its_words(full_issue: Issue) -> None:
    built = build_message(full_issue, Drawings(failure="no engine"), recipient=READER, sender=SENDER)
    assert "image/png" not in {part.get_content_type() for part in parse(built).walk()}
    assert "The picture could not be drawn" in page_of(built)
    assert lint_message(built) == []


def test_hostile_names_stay_texts_in_the_mail() -> None:
    built = build_message(
        make_issue(spoil(make_full_analysis())), Drawings(), recipient=READER, sender=SENDER
    )
    assert lint_message(built) == []
    assert "<script" not in page_of(built)


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b\r\nBcc: x@y.example", "a b@c", "a@b, c@d", "<a@b>;<c@d>", "a@b\x00"]
)
def test_an_address_that_could_break_a_header_is_refused(starved_issue: Issue, address: str) -> None:
    with pytest.raises(ValueError, match="no mail address"):
        build_message(starved_issue, Drawings(), recipient=address, sender=SENDER)
    with pytest.raises(ValueError, match="no mail address"):
        build_message(starved_issue, Drawings(), recipient=READER, sender=address)


def test_the_text_part_keeps_72_columns(message: bytes) -> None:
    assert max(map(len, text_of(message).splitlines())) <= 72


def test_a_starved_week_makes_a_whole_mail() -> None:
    built = build_message(make_issue(make_starved_analysis()), Drawings(), recipient=READER, sender=SENDER)
    text = text_of(built)
    assert "Not enough data for a verdict (provisional)" in text
    assert "Nothing has been observed yet." in " ".join(text.split())


def test_a_claim_that_cannot_be_compared_is_not_set_against_what_was_found() -> None:
    content = make_issue(make_full_analysis()).content
    assert any("claimed" in sentence["numbers"] for sentence in list_clicks(content))
    for row in content["claims"]:
        row["status"] = "not_comparable"
    assert not any("claimed" in sentence["numbers"] for sentence in list_clicks(content))


def test_a_readers_first_mail_of_a_week_is_no_correction(full_issue: Issue) -> None:
    second = make_issue(replace(make_full_analysis(), releases_seen=38), revision=2, previous=full_issue)
    parsed = parse(build_message(second, Drawings(), recipient=READER, sender=SENDER))
    assert parsed["Subject"].startswith("Open vs closed W47")
    assert parsed["In-Reply-To"] is None
    assert "Only details changed" not in text_of(parsed.as_bytes())
