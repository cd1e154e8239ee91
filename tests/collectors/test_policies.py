"""The policies collector against the replica: what it takes for a text, a change, a wall, our own doing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from collectors.contract import Context
from collectors.policies import PoliciesCollector
from collectors.policies.wording import digest
from store.errors import AccessDenied, SourceChanged, SourceUnavailable
from store.records import CoverageStatus, Document, Fact, Kind, Observation, Record
from tests.collectors.policy_cases import make_options
from tests.collectors.stand import NOW, Clock, Ledger, make_context, make_gate
from tests.replica.policies import TERMS, PolicySite, list_pages
from tests.replica.server import Replica

TERMS_PATH = "/policies/meridian/terms"
PRIVACY_PATH = "/policies/aurora/privacy"
TERMS_NAME = "Meridian/Terms of Service"
OTHER = [*TERMS[:2], "We do not use your Content to train models.", *TERMS[3:]]
WALL = b"""<html><head><title>Just a moment...</title></head><body><h1>Verify you are human</h1>
<p>Meridian needs to review the security of your connection before it goes on.</p></body></html>"""


@dataclass
class Desk:
    """A collector with its memory, in front of a replica."""

    replica: Replica
    site: PolicySite
    clock: Clock
    context: Context
    ledger: Ledger = field(default_factory=Ledger)
    extraction: str | None = None
    rules_version: int = 1

    def collect(self, name: str = TERMS_NAME) -> list[Record]:
        """Look at one page; the records that came of it."""
        pages = [make_options(page) for page in list_pages(self.replica.url)]
        collector = PoliciesCollector(pages, extraction=self.extraction, rules_version=self.rules_version)
        target = next(each for each in collector.list_targets() if each.key == name)
        self.ledger.records = []
        self.ledger.collect_target(collector, target, self.context)
        return self.ledger.records

    def collect_a_day_later(self, name: str = TERMS_NAME) -> list[Record]:
        self.clock.advance(timedelta(days=1))
        return self.collect(name)

    @property
    def coverage(self) -> tuple[CoverageStatus, str]:
        last = self.ledger.coverage[-1]
        return last.status, last.reason


@pytest.fixture
def desk() -> Iterator[Desk]:
    site, clock = PolicySite(), Clock()
    with Replica([site]) as replica:
        context = make_context(clock, make_gate(clock), threading.Event())
        yield Desk(replica, site, clock, context)
        context.fetcher.close()


def documents(records: list[Record]) -> list[Document]:
    return [each for each in records if isinstance(each, Document)]


def fact(records: list[Record], name: str) -> str | None:
    return next((each.value for each in records if isinstance(each, Fact) and each.attribute == name), None)


def moved(records: list[Record]) -> dict[str, float]:
    return {each.metric: each.value for each in records if isinstance(each, Observation)}


def test_first_look_keeps_the_main_text_under_its_own_hash(desk: Desk) -> None:
    records = desk.collect()
    (document,) = documents(records)
    assert document.text.split("\n")[1:] == TERMS
    assert document.key == document.content_hash == digest(document.text)
    assert (document.subject.name, document.subject.kind) == (TERMS_NAME, Kind.DOCUMENT_SOURCE)
    assert document.published_at == NOW
    assert document.published_basis == "first_seen"
    assert fact(records, "text_hash") == document.key
    assert fact(records, "document_kind") == "terms"
    assert moved(records) == {}


def test_navigation_banner_and_footer_are_no_part_of_the_text(desk: Desk) -> None:
    (document,) = documents(desk.collect())
    assert not {"Pricing", "Accept all", "© 2026"} & set(document.text.split())
    assert "cookies" not in document.text


def test_page_that_answers_304_is_unchanged_and_not_parsed(desk: Desk) -> None:
    desk.collect()
    assert desk.collect_a_day_later() == []
    assert desk.coverage == (CoverageStatus.UNCHANGED, "")
    assert desk.replica.log[-1].headers["if-none-match"]


def test_page_whose_bytes_differ_each_time_but_not_its_text_tells_nothing_new(desk: Desk) -> None:
    desk.site.pages[PRIVACY_PATH].has_nonce = True
    desk.collect("Aurora/Privacy Policy")
    assert desk.collect_a_day_later("Aurora/Privacy Policy") == []
    assert desk.coverage == (CoverageStatus.COMPLETE, "")
    assert [entry.status for entry in desk.replica.log] == [200, 200]


def test_changed_text_is_one_more_document_with_the_lines_that_moved(desk: Desk) -> None:
    desk.collect()
    desk.site.edit(TERMS_PATH, *OTHER)
    records = desk.collect_a_day_later()
    (document,) = documents(records)
    assert "do not use your Content" in document.text
    assert fact(records, "text_hash") == document.key
    assert fact(records, "text_origin") is None
    assert moved(records) == {"policy.lines_added": 1, "policy.lines_removed": 1}


def test_return_to_an_earlier_text_is_a_fact_and_neither_document_nor_lines(desk: Desk) -> None:
    (first,) = documents(desk.collect())
    desk.site.edit(TERMS_PATH, *OTHER)
    desk.collect_a_day_later()
    desk.site.edit(TERMS_PATH, *TERMS)
    records = desk.collect_a_day_later()
    assert documents(records) == []
    assert moved(records) == {}
    assert fact(records, "text_hash") == first.key
    assert fact(records, "rule.training") == "opt_out"


def test_page_with_two_forms_keeps_two_texts_and_counts_their_lines_once(desk: Desk) -> None:
    desk.collect()
    texts: set[str] = set()
    lines = 0.0
    for number in range(20):
        desk.site.edit(TERMS_PATH, *(TERMS if number % 2 else OTHER))
        records = desk.collect_a_day_later()
        texts |= {each.key for each in documents(records)}
        lines += sum(moved(records).values())
    assert len(texts) == 1
    assert lines == 2


def test_several_changes_of_one_day_add_up(desk: Desk) -> None:
    desk.collect()
    desk.site.edit(TERMS_PATH, *OTHER)
    desk.collect_a_day_later()
    desk.site.edit(TERMS_PATH, *OTHER, "A new line that nobody has seen before.")
    assert moved(desk.collect()) == {"policy.lines_added": 2, "policy.lines_removed": 1}


def test_new_date_alone_is_a_new_text_that_moves_no_line(desk: Desk) -> None:
    desk.collect()
    desk.site.edit(TERMS_PATH, "Effective: 4 March 2026", *TERMS[1:])
    records = desk.collect_a_day_later()
    assert len(documents(records)) == 1
    assert moved(records) == {}


def test_text_that_our_own_new_extraction_makes_of_an_unchanged_page_is_told_as_ours(desk: Desk) -> None:
    desk.extraction = "old"
    desk.collect()
    key = desk.ledger.states[TERMS_NAME]["text"]
    desk.ledger.states[TERMS_NAME] = {**desk.ledger.states[TERMS_NAME], "text": "0" * 64, "seen": ["0" * 64]}
    desk.extraction = "new"
    records = desk.collect_a_day_later()
    assert fact(records, "text_hash") == key
    assert fact(records, "text_origin") == f"extraction {key}"
    assert moved(records) == {}
    assert "if-none-match" not in desk.replica.log[-1].headers


def test_page_and_extraction_that_change_at_once_are_told_as_unclear(desk: Desk) -> None:
    desk.extraction = "old"
    desk.collect()
    desk.extraction = "new"
    desk.site.edit(TERMS_PATH, *OTHER)
    records = desk.collect_a_day_later()
    (document,) = documents(records)
    assert fact(records, "text_origin") == f"unclear {document.key}"
    assert moved(records) == {}


def test_new_extraction_that_makes_the_same_text_tells_nothing(desk: Desk) -> None:
    desk.extraction = "old"
    desk.collect()
    desk.extraction = "new"
    assert desk.collect_a_day_later() == []
    assert desk.collect_a_day_later() == []
    assert desk.coverage[0] is CoverageStatus.UNCHANGED


def test_new_rules_correct_what_was_read_from_the_day_of_the_text_on(desk: Desk) -> None:
    desk.collect()
    desk.rules_version = 2
    records = desk.collect_a_day_later()
    assert documents(records) == []
    assert fact(records, "text_hash") is None
    read = [each for each in records if isinstance(each, Fact)]
    assert fact(records, "rules") == f"2 {desk.ledger.states[TERMS_NAME]['text']}"
    assert {each.valid_from for each in read} == {NOW.date()}


def test_readings_stand_with_their_sentences(desk: Desk) -> None:
    records = desk.collect()
    assert fact(records, "rule.training") == "opt_out"
    assert "opt out of training" in (fact(records, "rule.training.quote") or "")
    assert fact(records, "rule.retention") == "not_stated"
    assert fact(records, "rule.limit.competing_models") == "stated"
    assert fact(records, "rule.limit.age") == "18"


def test_deprecation_page_in_markdown_dates_the_end_of_each_model(desk: Desk) -> None:
    records = desk.collect("Meridian API/Deprecations")
    ends = {
        each.subject.name: each.value
        for each in records
        if isinstance(each, Fact) and each.attribute.startswith("shutdown")
    }
    assert ends == {
        "Meridian API/meridian-4": "2026-12-01",
        "Meridian API/meridian-4-2025-06-01": "2026-12-01",
        "Meridian API/meridian-5": "2027-03-01",
    }
    assert fact(records, "rule.training") is None


def put_wall(site: PolicySite) -> None:
    site.pages[TERMS_PATH].body = WALL


def put_shell(site: PolicySite) -> None:
    site.pages[
        TERMS_PATH
    ].body = b"<html><body><div id=root></div><noscript>Enable JavaScript</noscript></body>"


def put_banner(site: PolicySite) -> None:
    site.edit(
        TERMS_PATH, "Before you continue to Meridian", "We use cookies. Accept all or reject all of them."
    )


def put_login(site: PolicySite) -> None:
    site.moves[TERMS_PATH] = "/login?next=terms"
    site.pages["/login"] = site.pages[PRIVACY_PATH]


def put_front_page(site: PolicySite) -> None:
    site.moves[TERMS_PATH] = "/"
    site.pages["/"] = site.pages[PRIVACY_PATH]


def put_error(site: PolicySite) -> None:
    site.edit(
        TERMS_PATH, "The page that you asked for does not exist any more.", title="404 - Page not found"
    )


@pytest.mark.parametrize(
    "put",
    [put_wall, put_shell, put_banner, put_login, put_front_page, put_error],
    ids=lambda each: each.__name__,
)
def test_what_stands_in_front_of_a_page_is_never_taken_for_it(
    desk: Desk, put: Callable[[PolicySite], None]
) -> None:
    desk.collect()
    known = desk.ledger.states[TERMS_NAME]["text"]
    put(desk.site)
    for _ in range(5):
        assert desk.collect_a_day_later() == []
        status, reason = desk.coverage
        assert status is CoverageStatus.PARTIAL
        assert reason
    assert desk.ledger.states[TERMS_NAME]["text"] == known


@pytest.mark.parametrize("put", [put_wall, put_shell], ids=lambda each: each.__name__)
def test_page_that_was_behind_a_wall_and_is_back_is_unchanged(
    desk: Desk, put: Callable[[PolicySite], None]
) -> None:
    desk.collect()
    put(desk.site)
    desk.collect_a_day_later()
    desk.site.edit(TERMS_PATH, *TERMS)
    assert desk.collect_a_day_later() == []
    assert desk.coverage[0] is CoverageStatus.UNCHANGED


LONG = [*TERMS, *(f"Section {number}. {TERMS[1]}" for number in range(20))]


def test_much_shorter_text_is_believed_on_the_third_day_it_is_seen(desk: Desk) -> None:
    desk.site.edit(TERMS_PATH, *LONG)
    desk.collect()
    desk.site.edit(TERMS_PATH, *TERMS)
    assert desk.collect_a_day_later() == []
    assert desk.collect() == []  # the same day again is no further sighting
    assert desk.coverage[0] is CoverageStatus.PARTIAL
    assert "seen on 1 day, to be confirmed" in desk.coverage[1]
    assert desk.collect_a_day_later() == []
    assert len(documents(desk.collect_a_day_later())) == 1


def test_much_shorter_text_between_which_the_page_was_itself_again_is_not_believed(desk: Desk) -> None:
    desk.site.edit(TERMS_PATH, *LONG)
    desk.collect()
    for _ in range(4):
        desk.site.edit(TERMS_PATH, *TERMS)
        assert desk.collect_a_day_later() == []
        assert "seen on 1 day, to be confirmed" in desk.coverage[1]
        desk.site.edit(TERMS_PATH, *LONG)
        assert desk.collect_a_day_later() == []
        assert desk.coverage[0] is CoverageStatus.UNCHANGED  # by a 304: nothing was read


def test_much_shorter_text_that_differs_each_day_is_not_believed(desk: Desk) -> None:
    desk.site.edit(TERMS_PATH, *LONG)
    desk.collect()
    for number in range(6):
        desk.site.edit(TERMS_PATH, *TERMS, f"Form {number}")
        assert desk.collect_a_day_later() == []


def test_answer_from_another_address_is_noted(desk: Desk) -> None:
    desk.site.pages["/policies/meridian/eu-terms"] = desk.site.pages[TERMS_PATH]
    desk.site.moves[TERMS_PATH] = "/policies/meridian/eu-terms"
    records = desk.collect()
    address = f"{desk.replica.url}/policies/meridian/eu-terms"
    assert fact(records, "url") == address
    assert desk.coverage == (CoverageStatus.COMPLETE, f"answered by {address}")


def test_page_that_refuses_us_stores_nothing_and_says_so(desk: Desk) -> None:
    desk.replica.fail_next(TERMS_PATH, 403)
    with pytest.raises(AccessDenied):
        desk.collect()
    desk.replica.fail_next(TERMS_PATH, 404)
    with pytest.raises(SourceUnavailable):
        desk.collect()


def test_page_that_became_a_file_is_a_changed_source(desk: Desk) -> None:
    desk.replica.fail_next(TERMS_PATH, 200, headers={"Content-Type": "application/pdf"}, body=b"%PDF-1.7")
    with pytest.raises(SourceChanged, match="application/pdf"):
        desk.collect()


def test_other_address_of_a_page_is_asked_without_the_old_ones_validators(desk: Desk) -> None:
    desk.collect()
    desk.ledger.states[TERMS_NAME] = {**desk.ledger.states[TERMS_NAME], "url": "https://elsewhere.example/"}
    assert desk.collect_a_day_later() == []
    assert "if-none-match" not in desk.replica.log[-1].headers


def test_state_of_another_shape_is_begun_anew(desk: Desk) -> None:
    desk.ledger.states[TERMS_NAME] = {"seen": "everything", "since": 4}
    assert len(documents(desk.collect())) == 1


def test_page_asks_for_its_language_and_for_pages_only(desk: Desk) -> None:
    desk.collect()
    sent = desk.replica.log[-1].headers
    assert sent["accept-language"] == "en"
    assert sent["accept"].startswith("text/html")
