"""Names in running text: the whole name or none."""

from __future__ import annotations

import pytest

from store.mentions import Names, list_model_names

NAMES = Names(
    list_model_names(
        {
            "aurora/aurora-3": ["Aurora 3"],
            "aurora/aurora-3-mini": ["Aurora 3 mini"],
            "meridian/meridian-5.1": ["Meridian 5.1"],
            "quill/quill3-8b": ["Quill3-8B", "Quill/Quill3-8B"],
            "meridian/command": ["Command"],
        }
    )
)


def read(text: str) -> list[tuple[str, str | None]]:
    return [(text[each.start : each.end], each.key) for each in NAMES.find(text)]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Aurora 3 is here", "aurora/aurora-3"),
        ("aurora-3", "aurora/aurora-3"),
        ("We ran AURORA_3, twice", "aurora/aurora-3"),
        ("the Aurora 3 mini model", "aurora/aurora-3-mini"),
        ("Meridian 5.1.", "meridian/meridian-5.1"),
        ("Quill 3 8B", "quill/quill3-8b"),
        ("Quill/quill3_8b", "quill/quill3-8b"),
        ("Aurora 3's weights", "aurora/aurora-3"),
        ("Aurora 3 80% of the time", "aurora/aurora-3"),
        ("Aurora 3 Is Here", "aurora/aurora-3"),
        ("Aurora 3正式版发布", "aurora/aurora-3"),
    ],
)
def test_name_is_found_however_it_is_spelt(text: str, key: str) -> None:
    assert [found for _, found in read(text)] == [key]


@pytest.mark.parametrize(
    "text",
    [
        "Aurora 3.1",
        "Aurora 3 Turbo",
        "Aurora 3-large",
        "Aurora 3 70B",
        "Aurora 4",
        "Aurora 3 Halo",
        "distil-Aurora 3",
    ],
)
def test_relative_of_a_known_model_is_told_as_unknown(text: str) -> None:
    assert [found for _, found in read(text)] == [None]


@pytest.mark.parametrize(
    "text", ["", "aurora borealis", "In command. Command the troops", "Aurora. 3 people came"]
)
def test_words_are_no_names(text: str) -> None:
    assert [found for _, found in read(text) if found is not None] == []


def test_name_with_two_meanings_is_none() -> None:
    names = Names([("Echo 2", "a/echo-2"), ("Echo 2", "b/echo-2")])
    assert [each.key for each in names.find("Echo 2 is out")] == [None]


def test_names_without_relatives_end_at_the_words_end() -> None:
    names = Names([("MMLU", "mmlu"), ("MMLU-Pro", "mmlu-pro")], has_relatives=False)
    text = "MMLU, MMLU-Pro, MMLU-Redux, preMMLU, MMLU 81"
    assert [(text[e.start : e.end], e.key) for e in names.find(text)] == [
        ("MMLU", "mmlu"),
        ("MMLU-Pro", "mmlu-pro"),
        ("MMLU", "mmlu"),
    ]
