"""A sweep of a Hub of 3,000,000 models through the whole of our path, against parsing alone done by others.

The replica is a process of its own that makes every page anew, no two alike, so that only the CPU of the
sweeping process counts: the fetcher's limits, gunzip, typed decode, totals, and a SQLite file with a
checkpoint per page. How the replica's models are distributed is said in `tests.replica.whole_hub`.

    python -m tests.benchmarks.sweep URL FOLDER [PROFILE]     one sweep; prints what it cost as JSON
"""

from __future__ import annotations

import json
import logging
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import Row
from tests.replica.whole_hub import WholeHub, list_bodies

MODELS = 3_000_000
SAMPLE = 20  # pages
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one sweep cost and found. `cpu`, `wall` in seconds, `peak_mb` as the kernel counts it."""

    cpu: float
    wall: float
    peak_mb: float
    requests: int
    written: int
    totals: list[float]


def run() -> Iterator[Row]:
    with serve() as url, tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.benchmarks.sweep", url, folder]
        ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    ours = Sweep(**json.loads(ended.stdout))
    if ours.totals != [float(number) for number in WholeHub(MODELS).add_up()]:
        raise AssertionError(f"the sums are not those of the replica's models: {ours.totals}")
    yield Row(
        f"sweep of {MODELS:,} models, CPU",
        ours.cpu,
        note=f"{ours.requests:,} pages, {ours.written:,} rows, {ours.wall:.0f} s with the replica's own time",
        target=25.0,
        peak_mb=ours.peak_mb,
        target_mb=400.0,
    )
    bodies = list(list_bodies(MODELS, SAMPLE))
    listed = time_parsing(parse_as_list_models, bodies)
    note = f"{{}}, parsing alone: no network, no gunzip, nothing kept; {SAMPLE} pages extrapolated"
    yield Row(
        "… against huggingface_hub.list_models",
        ours.cpu,
        listed,
        note.format("json and ModelInfo"),
        target=listed / 5,
    )
    yield Row("… against json.loads", ours.cpu, time_parsing(json.loads, bodies), note.format("json"))


@contextmanager
def serve() -> Iterator[str]:
    """The address of a replica in a process of its own."""
    command = [sys.executable, "-m", "tests.replica.whole_hub"]
    command += ["--models", str(MODELS), "--quota", str(10 * MODELS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as replica:
        try:
            yield (replica.stdout.readline() if replica.stdout else "").strip()
        finally:
            replica.terminate()


def time_parsing(parse: Callable[[bytes], object], bodies: list[bytes]) -> float:
    """CPU seconds for all pages, from the quickest of three looks at each page of the sample."""
    spent = 0.0
    for body in bodies:
        times = []
        for _ in range(3):
            started = time.process_time()
            parse(body)
            times.append(time.process_time() - started)
        spent += min(times)
    return spent * (MODELS / 1000) / len(bodies)


def parse_as_list_models(body: bytes) -> object:
    """What list_models does with a page."""
    from huggingface_hub import ModelInfo

    return [ModelInfo(**item) for item in json.loads(body)]  # type: ignore[no-untyped-call] # its own **kwargs


def sweep(url: str, folder: Path) -> Sweep:
    """One sweep of the Hub at `url` into a new database in `folder`, in this process."""
    import structlog

    from collectors.contract import Context
    from collectors.fetching import Fetcher, HostGate
    from collectors.sweep import SweepCollector, SweepOptions
    from store.catalogue import load_catalogue
    from store.checkpoint import Checkpoint
    from store.database import open_database
    from store.loading import load_reference
    from store.migration import upgrade
    from store.recorder import recording
    from store.records import LIVE, Basis
    from store.transaction import RunSpec

    def now() -> datetime:
        return datetime.now(UTC)

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    database = open_database(f"sqlite:///{folder / 'sweep.db'}")
    catalogue = load_catalogue()
    upgrade(database)
    load_reference(database, catalogue)
    stop = threading.Event()
    fetcher = Fetcher(HostGate(now), now, stop, "lunchwatch-benchmark", allow_private_addresses=True)
    collector = SweepCollector(SweepOptions(url), catalogue.classify_licence)
    context = Context(fetcher, now, structlog.get_logger(), stop)
    (target,) = collector.list_targets()
    before, started = _cpu(), time.perf_counter()
    with recording(
        database, RunSpec(LIVE, collector.name, collector.source, Basis.OBSERVED), now
    ) as recorder:
        for batch in collector.collect(target, {}, context):
            recorder.save(batch, Checkpoint(target.key, state=batch.state or {}, last_attempt_at=now()))
    cpu, wall = _cpu() - before, time.perf_counter() - started
    with database.read() as connection:
        totals = connection.exec_driver_sql(
            "select value from v_observation where subject = 'huggingface.co' order by metric"
        )
        by_metric = [row[0] for row in totals]  # downloads, likes, models
    fetcher.close()
    database.close()
    return Sweep(
        cpu,
        wall,
        _peak_mb(),
        recorder.counts.requests,
        recorder.counts.written,
        [*by_metric[2:], *by_metric[:2]],
    )


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak_mb() -> float:
    """The most that was resident. Not ru_maxrss, which a child inherits from the process that started it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def main(url: str, folder: str, profile: str = "") -> None:
    if profile:
        import cProfile

        with cProfile.Profile() as profiler:
            done = sweep(url, Path(folder))
        profiler.dump_stats(profile)
    else:
        done = sweep(url, Path(folder))
    sys.stdout.write(json.dumps(asdict(done)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
