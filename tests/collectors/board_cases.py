"""Contract cases of the boards: the Arena's and Epoch's data."""

from __future__ import annotations

from collectors.arena import ArenaCollector, ArenaOptions
from collectors.contract import Collector
from collectors.epoch import EpochCollector, EpochOptions
from store.catalogue import load_catalogue
from tests.collectors.contract_case import Case, Drift
from tests.replica.arena import DATA_SET, PARQUET, ArenaSite, make_line, write_parquet
from tests.replica.epoch import BASE, BENCHMARKS, EpochSite, write_csv, write_zip


def make_arena(url: str) -> Collector:
    return ArenaCollector(ArenaOptions(f"{url}{DATA_SET}", boards=("text", "vision")))


def make_epoch(url: str) -> Collector:
    return EpochCollector(EpochOptions(f"{url}/epoch"), load_catalogue())


def make_board_without(column: str) -> bytes:
    line = make_line("m", "o", "MIT", 1200.0, "2026-11-15")
    del line[column]
    return write_parquet([line])


BINARY = {"Content-Type": PARQUET}
CSV = {"Content-Type": "text/csv"}
ZIP = {"Content-Type": "application/zip"}
STORE = "/xet-store/arena/text"

CASES = [
    Case(
        "arena",
        lambda: [ArenaSite(("text", "vision"))],
        make_arena,
        paths=["/xet-store/", f"{DATA_SET}/resolve/"],
        drifts=[
            Drift(STORE, make_board_without("rating"), BINARY),
            Drift(STORE, make_board_without("category"), BINARY),
            Drift(STORE, make_board_without("leaderboard_publish_date"), BINARY),
            Drift(STORE, write_parquet([make_line("m", "o", "MIT", 1, "2026-11-15", category="a")]), BINARY),
            Drift(STORE, b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n", BINARY),
        ],
        is_dated_by_source=True,
    ),
    Case(
        "epoch",
        lambda: [EpochSite()],
        make_epoch,
        paths=[BASE],
        drifts=[
            Drift(f"{BASE}eci_scores.csv", b"model_version,eci\na,1\n", CSV),
            Drift(f"{BASE}eci_scores.csv", b"Model,eci,date\na,high,2026-01-01\n", CSV),
            Drift(f"{BASE}eci_scores.csv", b"Model,eci,date\n", CSV),
            Drift(f"{BASE}all_ai_models.csv", b"System,Domain\na,Language\n", CSV),
            Drift(f"{BASE}benchmark_data.zip", write_zip({"README.md": b"moved"}), ZIP),
            Drift(
                f"{BASE}benchmark_data.zip",
                write_zip(
                    {"benchmark_metadata.csv": write_csv(BENCHMARKS), "gpqa_diamond.csv": b"Model\nx\n"}
                ),
                ZIP,
            ),
        ],
    ),
]
