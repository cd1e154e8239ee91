"""The installed program as people run it, pointed at a replica of the outside world."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.lunchwatch.warm import WarmProgram
from tests.replica.__main__ import list_settings, make_replica
from tests.replica.server import Replica

PROGRAM = Path(sys.executable).with_name("lunchwatch")
REPOSITORIES = '["vllm-project/vllm", "ollama/ollama"]'
MODELS = '["Qwen/Qwen3-8B", "deepseek-ai/DeepSeek-V4"]'


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(slots=True)
class Desk:
    """Somebody's machine: settings, a data folder, and the program."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("LUNCHWATCH_")}
        return {
            **kept,
            "HOME": str(self.folder / "home"),
            "LUNCHWATCH_DATA_FOLDER": str(self.folder / "data"),
            **self.settings,
        }

    @property
    def mail(self) -> list[Path]:
        return sorted((self.folder / "data" / "mail").glob("*.eml"))

    @property
    def pages(self) -> list[Path]:
        return sorted((self.folder / "data" / "www" / "r").glob("*/index.html"))

    def run(self, *arguments: str, **settings: str) -> Done:
        """Run `lunchwatch ARGUMENTS` to its end, in a fork of the warm process."""
        code, out, err = _warm_program().run(arguments, {**self.environment, **settings}, self.folder, 180)
        return Done(code, out, err)

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """Start `lunchwatch ARGUMENTS` and leave it running."""
        with (self.folder / "err.txt").open("w") as errors:
            return subprocess.Popen(
                [PROGRAM, *arguments],
                env={**self.environment, **settings},
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                text=True,
            )

    def sql(self, query: str) -> list[list[str]]:
        """The rows of `lunchwatch sql QUERY`, as text."""
        done = self.run("sql", query, "--limit", "0")
        assert done.code == 0, done.err
        return [line.split("\t") for line in done.out.splitlines()[1:]]


@functools.cache
def _warm_program() -> WarmProgram:
    return WarmProgram()


@pytest.fixture(scope="session", autouse=True)
def close_warm_program() -> Iterator[None]:
    yield
    if _warm_program.cache_info().currsize:
        _warm_program().close()


def narrow(replica: Replica) -> dict[str, str]:
    """Settings that watch a handful of the replica's things: enough for a whole round, quick to read."""
    return {
        **list_settings(replica.url),
        "LUNCHWATCH_HUB__USE_CATALOGUE": "false",
        "LUNCHWATCH_HUB__MODELS": MODELS,
        "LUNCHWATCH_GITHUB__USE_CATALOGUE": "false",
        "LUNCHWATCH_GITHUB__REPOSITORIES": REPOSITORIES,
    }


@pytest.fixture
def replica() -> Iterator[Replica]:
    with make_replica() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, replica: Replica, database_url: str) -> Desk:
    """A desk on each kind of database."""
    return Desk(tmp_path, {**narrow(replica), "LUNCHWATCH_DATABASE_URL": database_url})


@pytest.fixture
def lone_desk(tmp_path: Path) -> Desk:
    """A desk with default settings, nothing made yet."""
    return Desk(tmp_path)


@pytest.fixture
def furnished_desk(tmp_path: Path, sqlite_baseline: Path) -> Desk:
    """A desk with default settings whose database holds the baseline."""
    (tmp_path / "data").mkdir()
    shutil.copyfile(sqlite_baseline, tmp_path / "data" / "lunchwatch.db")
    return Desk(tmp_path)


def wait_until(is_true: Callable[[], bool], seconds: float = 90) -> bool:
    """Look again and again until it holds; False when it does not within the time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_true():
            return True
        time.sleep(0.2)
    return False


def stop(process: subprocess.Popen[str], seconds: float = 10) -> int:
    """SIGTERM and the exit code; fails when it takes longer."""
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(seconds)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
