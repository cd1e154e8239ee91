"""What could not be saved is asked for again: a target's state never runs ahead of its records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

import pytest

from collectors.contract import Context
from store.checkpoint import load_checkpoints
from store.database import Database
from store.records import LIVE, Batch, Observation, Outcome
from tests.lunchwatch.test_collecting import Round, Scripted, Work, tells
from tests.store.worlds import downloads, hub_model, rows

UNDECLARED = Batch(
    records=[Observation(hub_model("x/b"), "no.such", date(2026, 1, 1), 1.0)], state={"etag": "new"}
)
OVERFLOWING = Batch(records=[downloads(2, subject=hub_model("x/b"))], state={"etag": "new"}, requests=10**20)


@pytest.fixture
def a_round(database: Database, now: datetime) -> Round:
    return Round(database, now)


def yields(*batches: Batch) -> Work:
    def work(_state: Mapping[str, object], _context: Context) -> Iterator[Batch]:
        yield from batches

    return work


def state_of(a_round: Round, target: str) -> Mapping[str, object]:
    with a_round.database.read() as connection:
        return load_checkpoints(connection, LIVE, "hub")[target].state


@pytest.mark.parametrize("unsaved", [UNDECLARED, OVERFLOWING], ids=["undeclared metric", "overflow"])
def test_batch_that_cannot_be_saved_leaves_the_state_where_it_was(a_round: Round, unsaved: Batch) -> None:
    saved = Batch(records=[downloads(1, subject=hub_model("x/a"))], state={"etag": "old"})
    (result,) = a_round.run(Scripted(a=yields(saved, unsaved)))
    assert result.problems
    assert rows(a_round.database, "select subject from v_observation") == [("x/a",)]
    assert state_of(a_round, "a") == {"etag": "old"}


@pytest.mark.parametrize("unsaved", [UNDECLARED, OVERFLOWING], ids=["undeclared metric", "overflow"])
def test_first_batch_that_cannot_be_saved_leaves_no_state(a_round: Round, unsaved: Batch) -> None:
    a_round.run(Scripted(a=yields(unsaved)))
    assert state_of(a_round, "a") == {}


def test_state_that_its_collector_changes_after_a_batch_was_saved_stays_as_it_was_saved(
    a_round: Round,
) -> None:
    def working(_state: Mapping[str, object], _context: Context) -> Iterator[Batch]:
        seen: dict[str, object] = {"page": 1}
        yield Batch(state=seen)
        seen["page"] = 2
        raise ZeroDivisionError("before page 2 was told")

    a_round.run(Scripted(a=working))
    assert state_of(a_round, "a") == {"page": 1}


UNWRITABLE: dict[str, dict[object, object]] = {
    "mixed keys": {1: 2, "x": 3},
    "not a number": {"at": float("nan")},
    "a set": {"seen": {1, 2}},
    "an object": {"is": object()},
}


@pytest.mark.parametrize("state", UNWRITABLE.values(), ids=UNWRITABLE.keys())
def test_state_that_is_no_json_is_the_failure_of_its_target_alone(
    a_round: Round, state: dict[str, object]
) -> None:
    (result,) = a_round.run(Scripted(a=yields(Batch(state=state)), b=tells("x/b")))
    assert (result.outcome, result.reached) == (Outcome.CRASHED, 1)
    assert "a state that is not plain JSON" in result.problems[0].reason
    assert state_of(a_round, "a") == {}
    assert rows(a_round.database, "select subject from v_observation") == [("x/b",)]
