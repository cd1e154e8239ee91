"""Epoch AI's files under `/epoch/data/`, with made-up models: the index, the zip of tables, the models."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from tests.replica.server import Request, Response, answer_conditionally

BASE = "/epoch/data/"


def write_csv(lines: Sequence[Mapping[str, Any]]) -> bytes:
    """A table with the columns of its first line, as Epoch writes it: UTF-8 with a byte order mark."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode("utf-8-sig")


def write_zip(files: Mapping[str, bytes]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            # a fixed time: the same content is the same zip
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return body.getvalue()


def make_index_line(
    model: str, score: float, released: str, organisation: str, access: str
) -> dict[str, Any]:
    """A line of `eci_scores.csv` with the columns it had in September 2026."""
    return {
        "Model": model,
        "Display name": model,
        "eci": score,
        "eci_ci_low": score - 2,
        "eci_ci_high": score + 3,
        "date": released,
        "Organization": organisation,
        "Country (of organization)": "United States of America",
        "Model accessibility": access,
        "Accessibility group": "Open weights" if access.startswith("Open") else "Closed weights",
        "model_versions": "",
    }


INDEX = [
    make_index_line("Meridian 5.1", 161.5, "2026-11-01", "Meridian", "API access"),
    make_index_line("Aurora 3", 152.25, "2026-10-30", "Aurora Labs", "Open weights (unrestricted)"),
    make_index_line("Tide 2", 149.0, "2026-08", "Harbour,Harbour Research", ""),
]

BENCHMARKS = [
    {
        "benchmark": name,
        "in_eci": "True",
        "source_file": table,
        "score_column": column,
        "scale": scale,
        "random_baseline": "0.0",
        "score_ceiling": "1.0",
        "release_date": "2024-01-01",
        "superseded_by": "",
    }
    for name, table, column, scale in (
        ("GPQA diamond", "gpqa_diamond.csv", "Best score (across scorers)", "1.0"),
        ("FrontierMath-2025-02-28-Private", "frontiermath.csv", "Best score (across scorers)", "1.0"),
        ("Aider polyglot", "aider_polyglot_external.csv", "Percent correct", "0.01"),
        ("HLE", "hle_external.csv", "Accuracy", "1.0"),
        ("CursorBench", "", "", "1.0"),
    )
]


def make_run(model: str, score: float, started: str, viewer: str = "") -> dict[str, Any]:
    """A line of a table of Epoch's own runs."""
    return {
        "Model version": model,
        "mean_score": score,
        "Best score (across scorers)": score,
        "Release date": "2026-10-30",
        "Organization": "Aurora Labs",
        "Country": "",
        "Training compute (FLOP)": "",
        "Training compute notes": "",
        "stderr": 0.02,
        "Log viewer": viewer,
        "Logs": "",
        "Started at": started,
        "id": "4AfhcmYVNrw6gM5u8CQsyy",
    }


TABLES: dict[str, list[dict[str, Any]]] = {
    "gpqa_diamond.csv": [
        make_run(
            "aurora-3-32b_high", 0.8125, "2026-11-02T13:13:06.902Z", "https://logs.epoch.ai/view/1.html"
        ),
        make_run("meridian-5.1-2026-11-01", 0.9, "2026-11-03T01:00:00Z", "https://logs.epoch.ai/view/2.html"),
    ],
    "frontiermath.csv": [
        make_run("meridian-5.1-2026-11-01", 0.41, "2026-11-03T01:00:00Z"),
        make_run("meridian-5.1-2026-11-01", 0.43, "2026-11-09T01:00:00Z"),
    ],
    "aider_polyglot_external.csv": [
        {
            "Model version": "aurora-3-32b",
            "Percent correct": 68.5,
            "Edit format": "diff",
            "Date of evaluation": "2026-11-05",
            "Source": "Aider LLM Leaderboards",
            "Source link": "https://aider.chat/docs/leaderboards/",
        }
    ],
    "hle_external.csv": [{"Model version": "aurora-3-32b", "Accuracy": 0.3, "Source": "somebody else"}],
}


def make_model(model: str, flop: str, published: str, domain: str = "Language") -> dict[str, Any]:
    """A line of `all_ai_models.csv` with the columns that matter."""
    return {
        "Model": model,
        "Domain": domain,
        "Organization": "Aurora Labs",
        "Publication date": published,
        "Parameters": "32000000000.0",
        "Training compute (FLOP)": flop,
        "Training hardware": "NVIDIA H100 SXM5 80GB",
        "Hardware quantity": "2048.0",
        "Model accessibility": "Open weights (unrestricted)",
        "Confidence": "Likely",
        "Abstract": "Two lines\nof words, with a comma",
    }


MODELS = [
    make_model("Aurora 3", "3.84e+24", "2026-10-30"),
    make_model("Aurora 2", "1.5e24", "2026-02"),
    make_model("Aurora Vision", "1e22", "2026-03-01", "Vision"),
    make_model("Aurora 1", "", "2025-03-01"),
]


class EpochSite:
    """`index`, `tables` and `models` are plain lines that tests change to change the world."""

    def __init__(self) -> None:
        self.index = [dict(line) for line in INDEX]
        self.tables = {name: [dict(line) for line in lines] for name, lines in TABLES.items()}
        self.models = [dict(line) for line in MODELS]

    def handle(self, request: Request) -> Response | None:
        if request.path == f"{BASE}eci_scores.csv":
            return answer_conditionally(request, write_csv(self.index), "text/csv")
        if request.path == f"{BASE}all_ai_models.csv":
            return answer_conditionally(request, write_csv(self.models), "text/csv")
        if request.path == f"{BASE}benchmark_data.zip":
            return answer_conditionally(request, self.make_archive(), "application/zip")
        return None

    def make_archive(self) -> bytes:
        files = {"README.md": b"## Licensing\n", "benchmark_metadata.csv": write_csv(BENCHMARKS)}
        return write_zip(files | {name: write_csv(lines) for name, lines in self.tables.items()})
