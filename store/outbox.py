"""Issues, subscribers and deliveries: what was said, to whom, and whether it arrived.

An issue is frozen and its deliveries are queued in one transaction; a message's bytes are stored, so
that a second attempt sends the same message. A reader gets one mail per week and channel, whatever its
revisions: queueing twice adds nothing, and a delivery that is `sent` is never sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from store import schema as t
from store.database import Database
from store.errors import DeliveryError, NotFound, Refused


@dataclass(frozen=True, slots=True)
class StoredIssue:
    """A frozen weekly report as it lies in the database."""

    issue_id: int
    world: str
    week: str
    revision: int
    as_of: date
    built_at: datetime
    last_run_id: int
    content: str
    content_hash: str
    inputs_hash: str


@dataclass(frozen=True, slots=True)
class NewIssue:
    """An issue to freeze."""

    world: str
    week: str
    revision: int
    as_of: date
    built_at: datetime
    last_run_id: int
    content: str
    content_hash: str
    inputs_hash: str


@dataclass(frozen=True, slots=True)
class Subscriber:
    subscriber_id: int
    email: str
    added_at: datetime
    is_active: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """One issue to one subscriber over one channel. `message` is the mail's bytes."""

    delivery_id: int
    email: str
    message_id: str
    message: bytes
    state: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Mails:
    """How an issue is mailed: over which channel, and `compose`, which gives message id and bytes or
    raises DeliveryError for a reader who cannot be written to."""

    channel: str
    compose: Callable[[Subscriber], tuple[str, bytes]]


def save_issue(database: Database, issue: NewIssue, mails: Mails | None = None) -> StoredIssue:
    """Freeze an issue and queue its mails in one transaction.

    Raises Refused when that revision exists already.
    """
    values = asdict(issue)
    with database.write() as connection:
        try:
            issue_id = connection.execute(
                insert(t.issue).values(**values).returning(t.issue.c.issue_id)
            ).scalar_one()
        except IntegrityError as error:
            raise Refused(f"issue {issue.week} r{issue.revision} exists already") from error
        if mails is not None:
            _queue(connection, issue_id, mails, issue.built_at)
    return StoredIssue(issue_id=issue_id, **values)


def find_issue(database: Database, world: str, week: str | None = None) -> StoredIssue | None:
    """The latest revision of a week's issue; without a week, of the latest week."""
    i = t.issue
    statement = select(i).where(i.c.world == world).order_by(i.c.week.desc(), i.c.revision.desc()).limit(1)
    if week is not None:
        statement = statement.where(i.c.week == week)
    with database.read() as connection:
        row = connection.execute(statement).mappings().first()
    return None if row is None else StoredIssue(**row)


def list_issues_before(database: Database, world: str, week: str) -> list[StoredIssue]:
    """The latest revision of each earlier week's issue, the oldest first."""
    i = t.issue
    newest = (
        select(i.c.week, func.max(i.c.revision).label("revision"))
        .where(i.c.world == world, i.c.week < week)
        .group_by(i.c.week)
        .subquery()
    )
    with database.read() as connection:
        rows = connection.execute(
            select(i)
            .join(newest, (newest.c.week == i.c.week) & (newest.c.revision == i.c.revision))
            .where(i.c.world == world)
            .order_by(i.c.week)
        ).mappings()
        return [StoredIssue(**row) for row in rows]


def add_subscriber(database: Database, email: str, now: datetime) -> bool:
    """Add a reader; return False when the address is there already (it is active again then)."""
    s = t.subscriber
    with database.write() as connection:
        known = connection.execute(
            update(s).where(func.lower(s.c.email) == email.lower()).values(is_active=True)
        ).rowcount
        if not known:
            connection.execute(insert(s).values(email=email, added_at=now, is_active=True))
    return not known


def remove_subscriber(database: Database, email: str) -> bool:
    """Send nothing more to an address; return False when it gets nothing anyway. What it was sent stays."""
    s = t.subscriber
    with database.write() as connection:
        found: int = connection.execute(
            update(s).where(func.lower(s.c.email) == email.lower(), s.c.is_active).values(is_active=False)
        ).rowcount
    return bool(found)


def list_subscribers(database: Database) -> list[Subscriber]:
    """All readers, by address."""
    with database.read() as connection:
        rows = connection.execute(select(t.subscriber).order_by(t.subscriber.c.email)).mappings().all()
    return [Subscriber(**row) for row in rows]


def queue_deliveries(database: Database, issue: StoredIssue, mails: Mails, now: datetime) -> int:
    """Queue the issue for every active reader who has had no mail of its week; return how many were new."""
    with database.write() as connection:
        return _queue(connection, issue.issue_id, mails, now)


def _queue(connection: Connection, issue_id: int, mails: Mails, now: datetime) -> int:
    waiting = _without_delivery(connection, issue_id, mails.channel)
    for subscriber in waiting:
        problem = None
        try:
            message_id, message = mails.compose(subscriber)
        except DeliveryError as error:  # one reader who cannot be written to must not silence the others
            message_id, message, problem = (
                f"<unsendable.{issue_id}.{subscriber.subscriber_id}>",
                b"",
                str(error),
            )
        connection.execute(
            insert(t.delivery).values(
                issue_id=issue_id,
                subscriber_id=subscriber.subscriber_id,
                channel=mails.channel,
                message_id=message_id,
                message=message,
                state="unsendable" if problem else "pending",
                attempts=0,
                queued_at=now,
                problem=problem,
            )
        )
    return len(waiting)


def list_pending(database: Database, channel: str) -> list[Delivery]:
    """The deliveries of any issue that are not yet sent, the oldest first."""
    d, s = t.delivery, t.subscriber
    with database.read() as connection:
        rows = connection.execute(
            select(d.c.delivery_id, s.c.email, d.c.message_id, d.c.message, d.c.state, d.c.attempts)
            .join(s, s.c.subscriber_id == d.c.subscriber_id)
            .where(d.c.channel == channel, d.c.state.in_(("pending", "failed")))
            .order_by(d.c.issue_id, s.c.email)
        ).mappings()
        return [Delivery(**row) for row in rows]


def note_delivery(
    database: Database, delivery_id: int, now: datetime, *, place: str | None, problem: str | None
) -> None:
    """Record an attempt: sent to `place`, or failed with `problem`."""
    d = t.delivery
    with database.write() as connection:
        found = connection.execute(
            update(d)
            .where(d.c.delivery_id == delivery_id)
            .values(
                state="failed" if problem else "sent",
                attempts=d.c.attempts + 1,
                sent_at=None if problem else now,
                place=place,
                problem=problem,
            )
        ).rowcount
    if not found:
        raise NotFound(f"delivery {delivery_id} does not exist")


def count_deliveries(database: Database, issue_id: int) -> dict[str, int]:
    """Deliveries of an issue by state."""
    d = t.delivery
    with database.read() as connection:
        rows: Sequence[tuple[str, int]] = [
            (row[0], row[1])
            for row in connection.execute(
                select(d.c.state, func.count()).where(d.c.issue_id == issue_id).group_by(d.c.state)
            )
        ]
    return dict(rows)


def list_waiting(database: Database, issue_id: int, channel: str) -> list[Subscriber]:
    """The active readers who have had no mail of the issue's week yet, by address."""
    with database.read() as connection:
        return _without_delivery(connection, issue_id, channel)


def _without_delivery(connection: Connection, issue_id: int, channel: str) -> list[Subscriber]:
    """A week is mailed once: a reader who had one revision is not sent the next."""
    s, d, i = t.subscriber, t.delivery, t.issue
    this = select(i.c.world, i.c.week).where(i.c.issue_id == issue_id).subquery()
    served = (
        select(d.c.subscriber_id)
        .join(i, i.c.issue_id == d.c.issue_id)
        .join(this, (this.c.world == i.c.world) & (this.c.week == i.c.week))
        .where(d.c.channel == channel)
    )
    rows = connection.execute(
        select(s).where(s.c.is_active, s.c.subscriber_id.not_in(served)).order_by(s.c.email)
    ).mappings()
    return [Subscriber(**row) for row in rows]
