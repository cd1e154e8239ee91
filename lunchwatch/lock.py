"""One writer of reports and schedules per data folder: a file lock that ends with its process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.errors import Busy, StoreError


@contextmanager
def single_instance(folder: Path) -> Iterator[None]:
    """Hold `folder/lunchwatch.lock`; raises Busy (exit 75) naming the process that holds it, StoreError
    where it cannot be written (no right, a full disk)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder / "lunchwatch.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error.strerror}", remedy="set data_folder") from error
    try:
        _take(file, folder)
        yield
    finally:
        os.close(file)


def _take(file: int, folder: Path) -> None:
    """Lock the open file and leave this process's id in it."""
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(file, 20).decode(errors="replace").strip() or "unknown"
            raise Busy(f"already running (pid {holder})", remedy="stop it first, or wait") from error
        os.truncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
    except OSError as error:
        raise StoreError(
            f"cannot write to {folder}: {error.strerror}",
            remedy="make room on its disk, or set data_folder to a folder elsewhere",
        ) from error
