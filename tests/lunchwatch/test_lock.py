"""The lock of a data folder: one holder, and errors that say what to do."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from lunchwatch.lock import single_instance
from store.errors import Busy, StoreError


def test_a_second_holder_is_told_who_holds_it(tmp_path: Path) -> None:
    told = pytest.raises(Busy, match=f"pid {os.getpid()}")
    with single_instance(tmp_path), told, single_instance(tmp_path):
        pass


def test_it_can_be_taken_again_after_its_holder_let_go(tmp_path: Path) -> None:
    for _ in range(2):
        with single_instance(tmp_path):
            assert (tmp_path / "lunchwatch.lock").read_text() == f"{os.getpid()}\n"


def test_a_disk_that_takes_no_more_is_an_error_with_a_remedy_and_holds_nothing(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        told = pytest.raises(StoreError, match=f"cannot write to {tmp_path}")
        with told as caught, single_instance(tmp_path):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "make room" in (caught.value.remedy or "")
    with single_instance(tmp_path):
        pass
