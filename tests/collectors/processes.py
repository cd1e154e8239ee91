"""Processes that tests look after."""

from __future__ import annotations

import time
from pathlib import Path


def await_end(pid: int) -> None:
    """Until the process is gone, or is but a name that nobody has asked for yet."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text(errors="replace")
            if state.rpartition(")")[2].split()[0] == "Z":
                return
        except FileNotFoundError:
            return
        time.sleep(0.05)
    raise AssertionError(f"{pid} has not ended")
