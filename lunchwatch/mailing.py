"""The digest: composing one mail per reader and laying it into the mail folder, exactly once.

The ledger's rows are queued with the issue; a mail's file is named after its message id and written as a
whole or not at all, so that a killed sender writes the same file again and never a second one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.utils import parseaddr
from typing import TYPE_CHECKING

from store.database import Database
from store.errors import ConfigurationError, DeliveryError
from store.outbox import (
    Mails,
    StoredIssue,
    Subscriber,
    count_deliveries,
    list_pending,
    note_delivery,
    queue_deliveries,
)

if TYPE_CHECKING:
    from lunchwatch.settings import Settings
    from reports.charts.drawing import Drawings
    from reports.issue import Issue

CHANNEL = "folder"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a sending did: new in the queue, written now, failed now; and the ledger's state after it."""

    queued: int
    sent: int
    failed: int
    states: dict[str, int]
    problems: tuple[str, ...]


def prepare_mails(settings: Settings) -> Callable[[Issue, Drawings], Mails]:
    """How an issue becomes mails under these settings. Raises ConfigurationError for a sender that
    nobody could answer."""
    sender = settings.digest.sender
    if "@" not in parseaddr(sender)[1] or "\n" in sender or "\r" in sender:
        raise ConfigurationError(f"digest.sender: {sender!r} has no mail address")

    def prepare(issue: Issue, drawings: Drawings) -> Mails:
        from reports.digest import build_message

        def compose(subscriber: Subscriber) -> tuple[str, bytes]:
            try:
                message = build_message(
                    issue,
                    drawings=drawings,
                    recipient=subscriber.email,
                    sender=sender,
                    base_url=settings.digest.report_url or None,
                )
            except ValueError as error:
                raise DeliveryError(str(error)) from error
            return str(message_from_bytes(message)["Message-ID"]), message

        return Mails(CHANNEL, compose)

    return prepare


def send_digest(
    database: Database,
    settings: Settings,
    stored: StoredIssue,
    *,
    mails: Mails | None,
    now: datetime,
) -> Sent:
    """Deliver what is queued for an issue, after queueing `mails` for readers who have none yet."""
    from reports.delivery import write_eml

    queued = queue_deliveries(database, stored, mails, now) if mails else 0
    sent = 0
    problems = []
    for delivery in list_pending(database, CHANNEL):
        name = delivery.message_id.strip("<>").split("@")[0]
        try:
            path = write_eml(settings.mail_folder, delivery.message, name)
        except DeliveryError as error:
            problems.append(f"{delivery.email}: {error}")
            note_delivery(database, delivery.delivery_id, now, place=None, problem=str(error))
            continue
        note_delivery(database, delivery.delivery_id, now, place=str(path), problem=None)
        sent += 1
    states = count_deliveries(database, stored.issue_id)
    return Sent(queued, sent, len(problems), states, tuple(problems))
