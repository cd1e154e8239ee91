"""Issues and deliveries: frozen once, queued with the issue, never sent twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store.database import Database
from store.errors import DeliveryError, NotFound, Refused
from store.outbox import (
    Mails,
    NewIssue,
    Subscriber,
    add_subscriber,
    count_deliveries,
    find_issue,
    list_issues_before,
    list_pending,
    list_subscribers,
    list_waiting,
    note_delivery,
    queue_deliveries,
    remove_subscriber,
    save_issue,
)
from store.records import LIVE
from tests.store.worlds import DAY, moment

NOW = moment(DAY)


def issue(week: str = "2026-W47", revision: int = 1) -> NewIssue:
    return NewIssue(LIVE, week, revision, DAY, NOW, 1, "{}", f"c{week}{revision}", "i")


def mails(prefix: str = "m") -> Mails:
    def compose(subscriber: Subscriber) -> tuple[str, bytes]:
        return f"<{prefix}.{subscriber.email}>", f"to {subscriber.email}".encode()

    return Mails("folder", compose)


@pytest.fixture
def readers(database: Database) -> Database:
    for address in ("ana@example.org", "bo@example.org"):
        assert add_subscriber(database, address, NOW)
    return database


def test_an_issue_and_its_mails_are_queued_together(readers: Database) -> None:
    save_issue(readers, issue(), mails())
    pending = list_pending(readers, "folder")
    assert [(d.email, d.message) for d in pending] == [
        ("ana@example.org", b"to ana@example.org"),
        ("bo@example.org", b"to bo@example.org"),
    ]


def test_an_issue_whose_mails_cannot_be_made_is_not_frozen(readers: Database) -> None:
    def fail(_subscriber: Subscriber) -> tuple[str, bytes]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        save_issue(readers, issue(), Mails("folder", fail))
    assert find_issue(readers, LIVE) is None


def test_a_revision_is_frozen_once(database: Database) -> None:
    save_issue(database, issue())
    with pytest.raises(Refused, match="2026-W47 r1 exists"):
        save_issue(database, issue())
    assert save_issue(database, issue(revision=2)).revision == 2


def test_the_latest_revision_of_the_latest_week_is_found(database: Database) -> None:
    for week, revision in (("2026-W46", 1), ("2026-W47", 1), ("2026-W47", 2), ("2025-W52", 3)):
        save_issue(database, issue(week, revision))
    newest = find_issue(database, LIVE)
    assert newest is not None
    assert (newest.week, newest.revision, newest.built_at) == ("2026-W47", 2, NOW)
    before = [(b.week, b.revision) for b in list_issues_before(database, LIVE, "2026-W47")]
    assert before == [("2025-W52", 3), ("2026-W46", 1)]
    assert find_issue(database, "paper") is None


def test_queueing_again_adds_only_readers_who_came_later(readers: Database) -> None:
    stored = save_issue(readers, issue(), mails())
    assert queue_deliveries(readers, stored, mails(), NOW) == 0
    add_subscriber(readers, "cy@example.org", NOW)
    assert [s.email for s in list_waiting(readers, stored.issue_id, "folder")] == ["cy@example.org"]
    assert queue_deliveries(readers, stored, mails(), NOW) == 1


def test_what_was_sent_is_never_pending_again_and_what_failed_is(readers: Database) -> None:
    stored = save_issue(readers, issue(), mails())
    ana, bo = list_pending(readers, "folder")
    note_delivery(readers, ana.delivery_id, NOW, place="somewhere", problem=None)
    note_delivery(readers, bo.delivery_id, NOW, place=None, problem="disk full")
    (left,) = list_pending(readers, "folder")
    assert (left.email, left.state, left.attempts) == ("bo@example.org", "failed", 1)
    assert count_deliveries(readers, stored.issue_id) == {"sent": 1, "failed": 1}


def test_a_delivery_nobody_knows_is_named(database: Database) -> None:
    with pytest.raises(NotFound):
        note_delivery(database, 99, NOW, place=None, problem=None)


def test_an_address_is_one_reader_whatever_its_case(database: Database) -> None:
    assert add_subscriber(database, "Ana@example.org", NOW)
    assert not add_subscriber(database, "ana@EXAMPLE.org", NOW + timedelta(days=1))
    assert [s.email for s in list_subscribers(database)] == ["Ana@example.org"]


def test_a_reader_gets_one_mail_a_week_whatever_its_revisions(readers: Database) -> None:
    save_issue(readers, issue(), mails("r1"))
    add_subscriber(readers, "cy@example.org", NOW)
    save_issue(readers, issue(revision=2), mails("r2"))
    save_issue(readers, issue("2026-W48"), mails("next"))
    sent = [d.message_id for d in list_pending(readers, "folder")]
    assert sent == [
        "<r1.ana@example.org>",
        "<r1.bo@example.org>",
        "<r2.cy@example.org>",
        "<next.ana@example.org>",
        "<next.bo@example.org>",
        "<next.cy@example.org>",
    ]


def test_a_reader_who_cannot_be_written_to_does_not_silence_the_others(readers: Database) -> None:
    def compose(subscriber: Subscriber) -> tuple[str, bytes]:
        if subscriber.email.startswith("ana"):
            raise DeliveryError("no such address")
        return f"<{subscriber.email}>", b"mail"

    stored = save_issue(readers, issue(), Mails("folder", compose))
    assert [d.email for d in list_pending(readers, "folder")] == ["bo@example.org"]
    assert count_deliveries(readers, stored.issue_id) == {"pending": 1, "unsendable": 1}


def test_a_removed_reader_gets_nothing_more_until_added_again(readers: Database) -> None:
    assert remove_subscriber(readers, "ANA@example.org")
    assert not remove_subscriber(readers, "ana@example.org")
    save_issue(readers, issue(), mails())
    assert [d.email for d in list_pending(readers, "folder")] == ["bo@example.org"]
    assert not add_subscriber(readers, "ana@example.org", NOW)
    save_issue(readers, issue("2026-W48"), mails("next"))
    assert len(list_pending(readers, "folder")) == 3
