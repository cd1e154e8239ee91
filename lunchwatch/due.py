"""What is to be looked at, and when: decided from targets, checkpoints and the time alone.

An ordinary round looks at every target but those that a source asked us to leave alone (`next_check_at`) and
those whose last success still lasts (`Target.every`). Between two rounds the daemon goes on with what was
postponed, as soon as its time has come, and tries again what failed, a little later each time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from collectors.contract import Target
from store.checkpoint import Checkpoint

BACK_OFF = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
"""How long after its first, second and third failure in a row a target is tried again. After the fourth it
waits for the round, like everything else."""

_EARLY_PART = 0.1
_EARLY_MOST = timedelta(minutes=30)
"""By how much a target may be early, as a part of `every` and at most: else a daily one would miss the round
that begins a minute before its day is over, and wait for the next."""


_CLOCKS_DIFFER = timedelta(hours=1)
"""By how much the clocks of two machines at one database may differ: what was tried later than that from now
was written down before the machine's clock was set back."""


_LONGEST_ASKED = timedelta(days=30)
"""For how long a target is postponed at most: what is gone. A source is left alone for seven days at most
(`collectors.fetching.limits`). What waits for longer was postponed by a clock that was ahead."""


class Turn(StrEnum):
    """What a round does with a target."""

    DUE = "due"
    POSTPONED = "postponed"  # not before `until`: somebody asked for that
    NOT_DUE = "not due"  # its last success lasts until `until`


@dataclass(frozen=True, slots=True)
class Choice:
    """Which targets a round is about.

    `is_named`: somebody asked for these collectors; what succeeded lately or was postponed is looked at all
    the same. What its host asked of the account we have now holds nevertheless: the gate knows. `only`: no
    other targets than these, by collector. `since`: what succeeded since then is done with.
    """

    is_named: bool = False
    only: Mapping[str, Collection[str]] | None = None
    since: datetime | None = None

    def has(self, collector: str, target: Target) -> bool:
        return self.only is None or target.key in self.only.get(collector, ())


def find_turn(
    target: Target, checkpoint: Checkpoint, now: datetime, choice: Choice
) -> tuple[Turn, datetime | None]:
    """What a round at `now` does with a target, and until when it is left alone."""
    if not checkpoint.is_due(now) and not _is_from_ahead(checkpoint, now) and not choice.is_named:
        return Turn.POSTPONED, checkpoint.next_check_at
    success = checkpoint.last_success_at
    if success is None or success > now:  # never, or the machine's clock went back
        return Turn.DUE, None
    if choice.since is not None and success >= choice.since:
        return Turn.NOT_DUE, None
    if target.every is None or choice.is_named or checkpoint.next_check_at or checkpoint.failures:
        return Turn.DUE, None
    until = success + target.every
    early = min(target.every * _EARLY_PART, _EARLY_MOST)
    return (Turn.DUE, None) if now >= until - early else (Turn.NOT_DUE, until)


def _is_from_ahead(checkpoint: Checkpoint, now: datetime) -> bool:
    """Whether the checkpoint was written by a clock that was ahead of `now`, which binds nobody."""
    attempt, until = checkpoint.last_attempt_at, checkpoint.next_check_at
    return (attempt is not None and attempt > now + _CLOCKS_DIFFER) or (
        until is not None and until > now + _LONGEST_ASKED + _CLOCKS_DIFFER
    )


def find_next_try(checkpoint: Checkpoint) -> datetime | None:
    """When the daemon goes on with a target between two rounds; None: with the next round."""
    if checkpoint.next_check_at is not None:
        return checkpoint.next_check_at
    if 0 < checkpoint.failures <= len(BACK_OFF) and checkpoint.last_attempt_at is not None:
        return checkpoint.last_attempt_at + BACK_OFF[checkpoint.failures - 1]
    return None


def list_due_between_rounds(
    unfinished: Mapping[str, Iterable[Checkpoint]], now: datetime
) -> dict[str, frozenset[str]]:
    """The targets to go on with at `now`, by collector."""
    due: dict[str, frozenset[str]] = {}
    for collector, checkpoints in unfinished.items():
        ripe = frozenset(each.target for each in checkpoints if _is_ripe(each, now))
        if ripe:
            due[collector] = ripe
    return due


def _is_ripe(checkpoint: Checkpoint, now: datetime) -> bool:
    at = find_next_try(checkpoint)
    return at is not None and (at <= now or _is_from_ahead(checkpoint, now))


def postpone_further(asked: datetime | None, fruitless: int, now: datetime) -> datetime | None:
    """Until when a target is postponed that failed or was refused `fruitless` times in a row without getting
    anything.

    The first time for as long as the source asked; then for longer, whatever it asks, so that a host which
    refuses always and asks for a minute is not asked every minute."""
    if asked is None or fruitless < 2:
        return asked
    return max(asked, now + BACK_OFF[min(fruitless - 2, len(BACK_OFF) - 1)])
