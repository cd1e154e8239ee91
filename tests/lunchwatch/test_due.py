"""What is looked at when: decided from targets, checkpoints and the time alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from collectors.contract import Target
from lunchwatch.due import (
    BACK_OFF,
    Choice,
    Turn,
    find_next_try,
    find_turn,
    list_due_between_rounds,
    postpone_further,
)
from store.checkpoint import Checkpoint

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DAILY = Target("a", "a", "host", every=DAY)
ALWAYS = Target("a", "a", "host")
ROUND = Choice()


def succeeded(ago: timedelta) -> Checkpoint:
    return Checkpoint("a", last_success_at=NOW - ago, last_attempt_at=NOW - ago)


@pytest.mark.parametrize(
    ("target", "ago", "expected"),
    [
        (ALWAYS, timedelta(seconds=1), Turn.DUE),
        (DAILY, timedelta(hours=1), Turn.NOT_DUE),
        (DAILY, timedelta(hours=23), Turn.NOT_DUE),
        (DAILY, timedelta(hours=23, minutes=45), Turn.DUE),
        (DAILY, timedelta(hours=25), Turn.DUE),
        (DAILY, -timedelta(hours=1), Turn.DUE),
    ],
)
def test_success_lasts_as_long_as_the_target_says(target: Target, ago: timedelta, expected: Turn) -> None:
    assert find_turn(target, succeeded(ago), NOW, ROUND)[0] is expected


def test_target_that_is_not_due_says_until_when() -> None:
    assert find_turn(DAILY, succeeded(timedelta(hours=1)), NOW, ROUND) == (
        Turn.NOT_DUE,
        NOW + timedelta(hours=23),
    )


def test_postponement_holds_but_not_one_from_before_the_clock_was_set_back() -> None:
    until = NOW + timedelta(days=30)
    held = Checkpoint("a", last_attempt_at=NOW + timedelta(minutes=59), next_check_at=until)
    assert find_turn(ALWAYS, held, NOW, ROUND) == (Turn.POSTPONED, until)
    from_before = Checkpoint("a", last_attempt_at=NOW + timedelta(days=29), next_check_at=until)
    assert find_turn(ALWAYS, from_before, NOW, ROUND)[0] is Turn.DUE


def test_postponement_for_longer_than_anybody_is_postponed_binds_nobody() -> None:
    # the clock was ahead when a source asked to wait for a day, and a stop came after it was set back
    never = Checkpoint("a", last_attempt_at=NOW - DAY, next_check_at=NOW + timedelta(days=31))
    assert find_turn(ALWAYS, never, NOW, ROUND) == (Turn.DUE, None)
    assert list_due_between_rounds({"hub": [never]}, NOW) == {"hub": frozenset({"a"})}


def test_failure_that_was_noted_by_a_clock_that_was_ahead_is_tried_again_now() -> None:
    failed = Checkpoint("a", failures=1, last_attempt_at=NOW + timedelta(days=400))
    assert list_due_between_rounds({"hub": [failed]}, NOW) == {"hub": frozenset({"a"})}


def test_target_never_seen_is_due() -> None:
    assert find_turn(DAILY, Checkpoint("a"), NOW, ROUND) == (Turn.DUE, None)


def test_target_whose_collector_is_named_is_due_though_it_succeeded_or_was_postponed() -> None:
    named = Choice(is_named=True)
    assert find_turn(DAILY, succeeded(timedelta(hours=1)), NOW, named)[0] is Turn.DUE
    later = NOW + timedelta(minutes=1)
    postponed = Checkpoint("a", next_check_at=later)
    assert find_turn(DAILY, postponed, NOW, ROUND) == (Turn.POSTPONED, later)
    assert find_turn(DAILY, postponed, NOW, named) == (Turn.DUE, None)


@pytest.mark.parametrize("checkpoint", [{"next_check_at": NOW}, {"failures": 1}])
def test_target_that_was_broken_off_is_due_though_it_succeeded_lately(
    checkpoint: dict[str, object],
) -> None:
    known = Checkpoint("a", last_success_at=NOW - timedelta(hours=1), **checkpoint)  # type: ignore[arg-type] # two of its fields
    assert find_turn(DAILY, known, NOW, ROUND)[0] is Turn.DUE


def test_resumed_round_leaves_out_what_succeeded_in_it() -> None:
    resumed = Choice(since=NOW - timedelta(hours=1))
    assert find_turn(ALWAYS, succeeded(timedelta(minutes=5)), NOW, resumed)[0] is Turn.NOT_DUE
    assert find_turn(ALWAYS, succeeded(timedelta(hours=2)), NOW, resumed)[0] is Turn.DUE


def test_failures_are_tried_again_later_each_time_and_then_with_the_round() -> None:
    waits = [find_next_try(Checkpoint("a", failures=failures, last_attempt_at=NOW)) for failures in range(6)]
    assert waits == [None, *(NOW + wait for wait in BACK_OFF), None, None]
    assert list(BACK_OFF) == sorted(BACK_OFF)


def test_what_a_source_asked_for_comes_before_the_back_off() -> None:
    at = NOW + timedelta(days=30)
    assert find_next_try(Checkpoint("a", failures=1, last_attempt_at=NOW, next_check_at=at)) == at


def test_between_rounds_only_what_is_ripe_is_gone_on_with() -> None:
    unfinished = {
        "hub.sweep": [Checkpoint("sweep", next_check_at=NOW)],
        "github.stars": [Checkpoint("stars", next_check_at=NOW + timedelta(seconds=1))],
        "feeds": [
            Checkpoint("dead", failures=9, last_attempt_at=NOW - DAY),
            Checkpoint("ill", failures=1, last_attempt_at=NOW - timedelta(minutes=15)),
            Checkpoint("just failed", failures=1, last_attempt_at=NOW),
        ],
    }
    assert list_due_between_rounds(unfinished, NOW) == {
        "hub.sweep": frozenset({"sweep"}),
        "feeds": frozenset({"ill"}),
    }


def test_source_that_refuses_every_minute_is_not_asked_every_minute() -> None:
    asked = NOW + timedelta(minutes=1)
    waits = [postpone_further(asked, fruitless, NOW) for fruitless in range(7)]
    assert waits[:2] == [asked, asked]
    assert waits[2:] == [NOW + wait for wait in (*BACK_OFF, BACK_OFF[-1], BACK_OFF[-1])]
    assert postpone_further(NOW + DAY, 5, NOW) == NOW + DAY
    assert postpone_further(None, 5, NOW) is None
