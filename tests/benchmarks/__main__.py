"""Run benchmarks and print one table: `python -m tests.benchmarks [NAME…]`; without a name, all of them."""

from __future__ import annotations

import importlib
import os
import pkgutil
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from tests.benchmarks import Row


def list_names() -> list[str]:
    """The benchmark modules of this folder."""
    found = pkgutil.iter_modules([str(Path(__file__).parent)])
    return sorted(module.name for module in found if not module.name.startswith("_"))


def main(arguments: Sequence[str]) -> int:
    names = list_names()
    unknown = [name for name in arguments if name not in names]
    if unknown:
        print(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(names)}", file=sys.stderr)  # noqa: T201 - a script's own output
        return 2
    rows: list[tuple[str, Row]] = []
    progress = Console(stderr=True)
    for name in arguments or names:
        for row in importlib.import_module(f"tests.benchmarks.{name}").run():
            progress.print(f"{name}: {row.name}: {_seconds(row.ours)}", highlight=False, soft_wrap=True)
            rows.append((name, row))
    _print(rows)
    return 1 if any(row.is_late for _, row in rows) else 0


def _print(rows: Sequence[tuple[str, Row]]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Benchmark", overflow="fold", min_width=30)
    for name in ("Ours", "Other", "Ratio", "Target", "Peak"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Note", overflow="fold")
    before = None
    for name, row in rows:
        if before not in (None, name):
            table.add_section()
        before = name
        sign = "" if row.target is None else " ●" if row.ours <= row.target else " ○"
        table.add_row(
            row.name,
            _seconds(row.ours) + sign,
            "" if row.other is None else _seconds(row.other),
            "" if row.ratio is None else f"{row.ratio:,.1f} ×",
            "" if row.target is None else f"≤ {_seconds(row.target)}",
            _megabytes(row),
            row.note,
        )
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(table)
    console.print(
        f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()},"
        f" numpy {np.__version__}. Ratio: other over ours, in this one process. ● within its target, ○ not.",
        highlight=False,
    )


def _megabytes(row: Row) -> str:
    if row.peak_mb is None:
        return ""
    most = row.target_mb
    promise = "" if most is None else f" {'●' if row.peak_mb <= most else '○'} ≤ {most:,.0f} MB"
    return f"{row.peak_mb:,.0f} MB{promise}"


def _seconds(value: float) -> str:
    if value >= 120:
        return f"{value / 60:,.1f} min"
    return f"{value:,.2f} s" if value >= 0.1 else f"{1000 * value:,.1f} ms"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
