"""Release lines and change lines."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from analyzers.analysis import ChangeLine
from analyzers.weekly.changes import list_changes
from analyzers.weekly.releases import Listed, explain_model, list_releases
from store.records import Direction, FactChange, Model, Openness, ReleaseKind, StoredRelease
from tests.analyzers.worlds import AS_OF, make_model, make_release, make_series, told

DAY = timedelta(days=1)


def listed(models: list[Model], releases: list[StoredRelease]) -> Listed:
    return list_releases(models, releases, AS_OF, model_evidence=("m",), release_evidence=("r",))


def test_release_of_the_week_is_listed_with_its_reason() -> None:
    found = listed([make_model("lab/m-1", AS_OF - DAY, Openness.UNRESTRICTED, licence="MIT")], [])
    (line,) = found.lines
    assert (line.title, line.reason, found.seen, found.days) == (
        "m-1",
        "weights under an approved licence",
        1,
        7,
    )


def test_shortest_window_with_anything_is_used() -> None:
    found = listed([make_model("lab/m-1", AS_OF - 60 * DAY, Openness.API)], [])
    assert (found.days, len(found.lines)) == (91, 1)


def test_model_of_unknown_class_is_seen_but_not_listed() -> None:
    found = listed([make_model("lab/m-1", AS_OF, Openness.UNKNOWN)], [])
    assert (found.lines, found.seen) == ((), 1)


def test_patches_previews_and_announcements_are_seen_but_not_listed() -> None:
    found = listed(
        [],
        [
            make_release("a/b", ReleaseKind.SOFTWARE, AS_OF, version="v1.4.0"),
            make_release("a/b", ReleaseKind.SOFTWARE, AS_OF, version="v1.4.1"),
            make_release("a/b", ReleaseKind.SOFTWARE, AS_OF, version="v1.5.0", is_prerelease=True),
            make_release("a/b", ReleaseKind.ANNOUNCEMENT, AS_OF),
        ],
    )
    assert [line.title for line in found.lines] == ["a/b v1.4.0"]
    assert found.seen == 4


def test_hub_repository_of_a_known_model_is_counted_once() -> None:
    model = make_model("lab/m-1", AS_OF, Openness.API, hub_name="Lab/M-1")
    found = listed([model], [make_release("Lab/M-1", ReleaseKind.MODEL, AS_OF)])
    assert (found.seen, [line.title for line in found.lines]) == (1, ["m-1"])


def test_nothing_known_lists_nothing() -> None:
    assert listed([], []) == Listed((), 0, 182)


OLD = AS_OF - 100 * DAY


@pytest.mark.parametrize(
    ("earlier", "model", "reason"),
    [
        (
            [make_model("lab/a-1", OLD, Openness.API)],
            make_model("lab/b-1", AS_OF, Openness.UNRESTRICTED),
            "first model of this lab with open weights",
        ),
        (
            [
                make_model("lab/a-1", OLD, Openness.UNRESTRICTED, parameters=7e9),
                make_model("lab/a-2", OLD, Openness.UNRESTRICTED, parameters=8e9),
            ],
            make_model("lab/a-3", AS_OF, Openness.UNRESTRICTED, parameters=70e9),
            "largest open model of this lab so far",
        ),
        (
            [make_model("lab/a-1", OLD, Openness.UNRESTRICTED)],
            make_model("lab/a-2", AS_OF, Openness.API),
            "more closed than its predecessor",
        ),
        ([], make_model("lab/a-1", AS_OF, Openness.API), "a new closed model to catch"),
        ([], make_model("lab/a-1", AS_OF, Openness.RESTRICTED), "open weights, licence not read yet"),
    ],
)
def test_reason_is_computed_from_what_came_before(earlier: list[Model], model: Model, reason: str) -> None:
    assert explain_model(model, [*earlier, model]) == reason


def change(attribute: str, before: str | None, after: str, day: date = AS_OF) -> FactChange:
    return FactChange("lab/m", attribute, before, after, day, "https://example.org", told("catalogue"))


def lines(*facts: FactChange) -> tuple[ChangeLine, ...]:
    return list_changes(facts, (), (), AS_OF, fact_evidence=("f",), policy_evidence=("p",))


def test_change_has_actor_direction_and_link() -> None:
    (line,) = lines(change("openness", "unrestricted", "restricted"))
    assert (line.actor, line.direction, line.url) == ("lab/m", Direction.CLOSED, "https://example.org")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("false", "auto", Direction.CLOSED),
        ("manual", "false", Direction.OPEN),
        ("auto", "manual", Direction.NEITHER),
    ],
)
def test_gate_counts_when_it_opens_or_closes(before: str, after: str, expected: Direction) -> None:
    assert lines(change("gated", before, after))[0].direction is expected


def test_first_known_value_is_no_change() -> None:
    assert lines(change("licence", None, "mit")) == ()


def test_largest_policy_changes_of_the_last_weeks_are_listed_by_day() -> None:
    added = [
        make_series(f"Svc{k}/Terms", [500.0, float(k + 1)], metric="policy.lines_added", step_days=60)
        for k in range(10)
    ]
    removed = [make_series("Svc9/Terms", [4.0], metric="policy.lines_removed")]
    found = list_changes((), added, removed, AS_OF, fact_evidence=(), policy_evidence=("p",))
    assert len(found) == 8
    assert {line.day for line in found} == {AS_OF}
    assert "10 lines added, 4 removed" in {line.after for line in found}
