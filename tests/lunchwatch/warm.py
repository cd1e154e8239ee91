"""The program in forks of one warm process: every command is a process of its own, with its own
environment, folder and streams, but libraries and our own modules are imported once for all of them.

    python -m tests.lunchwatch.warm      the warm process: one JSON request a line in, one answer a line out
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

WARM = (
    "numpy",
    "scipy.optimize",
    "scipy.special",
    "scipy.stats",
    "sqlalchemy",
    "psycopg",
    "alembic.command",
    "pydantic_settings",
    "rich.table",
    "structlog",
    "analyzers.capability",
    "analyzers.weekly.week",
    "lunchwatch.cli",
    "lunchwatch.importing",
    "lunchwatch.settings",
    "store.loading",
    "store.migration",
    "store.query",
)
"""What forks find imported. No vendor client is here: those read the environment when they are imported."""


class WarmProgram:
    """Runs commands through one warm process; one command at a time."""

    def __init__(self) -> None:
        root = Path(__file__).resolve().parents[2]
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.lunchwatch.warm"],
            cwd=root,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lock = threading.Lock()

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, seconds: float
    ) -> tuple[int, str, str]:
        """The exit code and both streams of `lunchwatch ARGUMENTS`. Raises TimeoutError."""
        with tempfile.TemporaryDirectory() as place, self._lock:
            out, err = Path(place, "out"), Path(place, "err")
            request = {
                "arguments": list(arguments),
                "environment": dict(environment),
                "folder": str(folder),
                "out": str(out),
                "err": str(err),
                "seconds": seconds,
            }
            if self._server.stdin is None or self._server.stdout is None:
                raise RuntimeError("the warm process has no pipes")
            print(json.dumps(request), file=self._server.stdin, flush=True)
            code = json.loads(self._server.stdout.readline())
            if code is None:
                raise TimeoutError(f"lunchwatch {' '.join(arguments)} ran longer than {seconds} s")
            return code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")

    def close(self) -> None:
        if self._server.stdin is not None:
            self._server.stdin.close()
        self._server.wait(10)
        if self._server.stdout is not None:
            self._server.stdout.close()


def _serve() -> None:
    for name in WARM:
        importlib.import_module(name)
    from store.catalogue import load_catalogue

    load_catalogue()
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(request)
        sys.stdout.write(json.dumps(_await(child, request["seconds"])) + "\n")
        sys.stdout.flush()


def _await(child: int, seconds: float) -> int | None:
    """The child's exit code as a shell would give it; None where it had to be killed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _become(request: dict[str, object]) -> NoReturn:
    """Turn this fork into the command; never returns."""
    code = 1
    try:
        os.environ.clear()
        os.environ.update(request["environment"])  # type: ignore[call-overload]  # our own JSON
        os.chdir(str(request["folder"]))
        for number, name in ((0, os.devnull), (1, str(request["out"])), (2, str(request["err"]))):
            opened = os.open(name, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(opened, number)
            os.close(opened)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - lives as long as the process
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - the same
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - the same
        sys.argv = ["lunchwatch", *request["arguments"]]  # type: ignore[misc]  # our own JSON
        from lunchwatch.cli import main

        main()
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else int(done.code is not None)
    except BaseException:  # noqa: BLE001 - what a process of its own would print before it dies
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
