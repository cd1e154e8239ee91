"""Writing messages into a folder."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reports.delivery import write_eml
from store.errors import DeliveryError


def test_a_message_is_written_under_its_name(tmp_path: Path) -> None:
    path = write_eml(tmp_path / "new" / "folder", b"Subject: x\r\n\r\n", "2026-W47.r1.abc")
    assert path.name == "2026-W47.r1.abc.eml"
    assert path.read_bytes() == b"Subject: x\r\n\r\n"


def test_the_same_message_again_changes_nothing(tmp_path: Path) -> None:
    first = write_eml(tmp_path, b"one", "m")
    before = first.stat()
    assert write_eml(tmp_path, b"one", "m.eml") == first
    assert first.stat().st_ino == before.st_ino
    assert [path.name for path in tmp_path.iterdir()] == ["m.eml"]


def test_another_message_never_takes_a_name_that_is_taken(tmp_path: Path) -> None:
    path = write_eml(tmp_path, b"one", "m")
    with pytest.raises(DeliveryError, match="another message"):
        write_eml(tmp_path, b"two", "m")
    assert path.read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["m.eml"]


def test_of_many_writers_exactly_one_message_wins_whole(tmp_path: Path) -> None:
    def write(number: int) -> bool:
        try:
            write_eml(tmp_path, bytes([number]) * 100_000, "m")
        except DeliveryError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(24))) == 1
    content = (tmp_path / "m.eml").read_bytes()
    assert len(content) == 100_000
    assert len(set(content)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["m.eml"]


@pytest.mark.parametrize("name", ["", "../m", "a/b", ".hidden", "a\x00b", "a b", "x" * 300])
def test_a_name_that_is_no_plain_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="file name"):
        write_eml(tmp_path, b"one", name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_a_delivery_error(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("x")
    with pytest.raises(DeliveryError, match="cannot write"):
        write_eml(place, b"one", "m")
