"""Policies over time: what is a change, what a return, what only a page with two forms."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest

from analyzers.policies.comparison import compare, compare_words
from analyzers.policies.history import (
    ALTERNATION,
    History,
    find_counterpart,
    list_alternations,
    read_history,
)
from analyzers.policies.readings import Said, read_spells

DAY = date(2026, 3, 1)


def history(*keys: str, apart: int = 1, **origins: str) -> History:
    """One text a day, or every `apart` days."""
    return read_history([(DAY + timedelta(days=n * apart), key) for n, key in enumerate(keys)], origins)


def kinds(found: History) -> list[str]:
    return [step.kind for step in found.steps]


def test_first_text_is_no_change_and_each_new_one_is() -> None:
    assert kinds(history("a", "b", "c")) == ["first", "change", "change"]


def test_same_text_again_is_no_step() -> None:
    assert kinds(history("a", "a", "b", "b")) == ["first", "change"]


def test_fifty_flips_between_two_forms_are_one_change() -> None:
    found = history(*("ab" * 26))
    assert Counter(kinds(found)) == {"first": 1, "change": 1, "alternation": 50}
    (run,) = list_alternations(found)
    assert (run.keys, run.flips) == (("b", "a"), 50)
    assert [step.key for step in found.settled] == ["a", "b"]


def test_text_that_comes_back_after_a_month_is_a_return() -> None:
    late = history("a", "b", "a", apart=ALTERNATION.days + 1)
    assert kinds(late) == ["first", "change", "return"]
    assert kinds(history("a", "b", "a", apart=ALTERNATION.days)) == ["first", "change", "alternation"]


def test_change_among_flips_is_seen_and_ends_the_run() -> None:
    found = history("a", "b", "a", "b", "c", "b", "c")
    assert kinds(found) == [
        *("first", "change", "alternation", "alternation", "change", "alternation", "alternation")
    ]
    assert [(run.keys, run.flips) for run in list_alternations(found)] == [(("b", "a"), 2), (("c", "b"), 2)]


def test_text_of_our_own_making_is_no_change() -> None:
    assert kinds(history("a", "b", b="extraction")) == ["first", "extraction"]
    assert kinds(history("a", "b", b="unclear")) == ["first", "unclear"]


def test_text_on_a_day_is_the_last_that_came_into_force() -> None:
    found = history("a", "b", apart=10)
    assert found.text_on(DAY - timedelta(days=1)) is None
    assert found.text_on(DAY + timedelta(days=9)) == "a"
    assert found.text_on(DAY + timedelta(days=10)) == "b"


def test_nothing_known_is_an_empty_history() -> None:
    found = read_history([], {})
    assert (found.steps, found.texts, found.text_on(DAY)) == ((), (), None)
    assert list_alternations(found) == ()


def test_new_form_is_compared_with_its_own_earlier_form() -> None:
    sizes = {"long": 900, "short": 100, "long2": 910, "short2": 110}
    found = history("long", "short", "long", "long2", "short2")
    assert find_counterpart(found, 0, sizes) is None
    assert find_counterpart(found, 1, sizes) == "long"
    assert find_counterpart(found, 3, sizes) == "long"
    assert find_counterpart(found, 4, sizes) == "short"


def evaluate(text: str) -> Iterable[Said]:
    return [Said("training", text, (text,) if text != "not_stated" else ())]


def spells(found: History, **texts: str) -> list[tuple[str, date, date | None]]:
    return [(spell.value, spell.since, spell.until) for spell in read_spells(found, texts, evaluate)]


def test_value_holds_until_a_text_says_otherwise() -> None:
    found = history("a", "b", "c", "d", apart=40)
    days = [step.day for step in found.steps]
    assert spells(found, a="no", b="no", c="yes", d="yes") == [
        ("no", days[0], days[2]),
        ("yes", days[2], None),
    ]


def test_alternating_forms_change_no_value_back_and_forth() -> None:
    assert spells(history("a", "b", "a", "b", "a"), a="no", b="yes") == [
        ("no", DAY, DAY + timedelta(days=1)),
        ("yes", DAY + timedelta(days=1), None),
    ]


def test_shorter_form_that_says_nothing_takes_nothing_back() -> None:
    found = history("long", "short", "long", "short")
    assert spells(found, long="no", short="not_stated") == [("no", DAY, None)]


def test_text_that_is_not_kept_is_left_out_of_the_readings() -> None:
    assert spells(history("a", "b", apart=40), b="yes") == [("yes", DAY + timedelta(days=40), None)]


def test_changed_line_is_shown_word_by_word() -> None:
    done = compare("one\nWe keep data for 30 days.\nthree", "one\nWe keep data for 60 days.\nthree")
    (hunk,) = done.hunks
    assert (done.added, done.removed, hunk.start) == (1, 1, 1)
    assert [line.sign for line in hunk.lines] == ["same", "removed", "added", "same"]
    assert [piece.text for line in hunk.lines for piece in line.pieces if piece.sign != "same"] == [
        "30",
        "60",
    ]


def test_lines_that_have_nothing_in_common_are_shown_whole() -> None:
    done = compare("Cats sleep.", "Everything else is another matter entirely")
    assert [(line.sign, len(line.pieces)) for line in done.hunks[0].lines] == [("removed", 1), ("added", 1)]


@pytest.mark.parametrize(
    ("before", "after"),
    [("a\nb\nc\nd", "a\nx\nd\ne"), ("", "a"), ("a", ""), ("a b c", "a c"), ("x\n" * 50, "x\n" * 30 + "y")],
)
def test_both_texts_can_be_read_off_a_comparison(before: str, after: str) -> None:
    done = compare(before, after, context=10_000)
    lines = [line for hunk in done.hunks for line in hunk.lines]
    assert "\n".join(line.text for line in lines if line.sign != "added") == before
    assert "\n".join(line.text for line in lines if line.sign != "removed") == after
    assert done.added == sum(line.sign == "added" for line in lines)


def test_same_texts_have_no_differences() -> None:
    assert compare("a\nb", "a\nb").hunks == ()


def test_words_of_both_lines_are_kept_to_the_letter() -> None:
    gone, come = compare_words("We  may, keep it.", "We will keep  it!")
    assert "".join(piece.text for piece in gone) == "We  may, keep it."
    assert "".join(piece.text for piece in come) == "We will keep  it!"


def test_recorded_terms_that_flip_between_two_forms_changed_fifteen_times(shared_folder: Path) -> None:
    path = shared_folder / "data" / "policies" / "versions.jsonl.gz"
    if not path.exists():
        pytest.skip("the recorded policies are not beside the checkout")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        versions = [json.loads(line) for line in lines]
    llama = [v for v in versions if v["doc"].startswith("Llama API/")]
    found = read_history([(date.fromisoformat(v["recorded_at"][:10]), v["text"]) for v in llama], {})
    assert len(llama) == 96
    assert Counter(kinds(found)) == {"first": 1, "change": 15, "alternation": 80}
    sizes = {text: len(text) for text in found.texts}
    longest = max(range(1, len(found.steps)), key=lambda n: len(found.steps[n].key))
    nearest = find_counterpart(found, longest, sizes)
    assert nearest is not None
    assert len(nearest) > 0.9 * len(found.steps[longest].key)
