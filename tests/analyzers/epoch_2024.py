"""Epoch AI's MMLU and GPQA scores of 2024 (open-model-trends), as models and claims to import.

    python -m tests.analyzers.epoch_2024 FOLDER_IN FOLDER_OUT
    lunchwatch import models FOLDER_OUT/models.csv --world epoch-2024
    lunchwatch import claims FOLDER_OUT/claims.csv --world epoch-2024
    lunchwatch lag --estimator catchup --benchmark MMLU --world epoch-2024

FOLDER_IN holds `mmlu_gpqa.csv` and `finetuned.txt`. As in the source's own study fine-tuned models are left
out, and so are scores it does not trust; of GPQA, scores of models from before the test was published
(November 2023) count whatever their trust.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.analyzers.epoch_2025 import MODEL_COLUMNS, read_table, write_table

GPQA_PUBLISHED = "2023-11-01"
CLAIM_COLUMNS = ("model", "benchmark", "score", "unit", "standing", "source")


def convert(folder: Path) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Models and claims of the rows that count."""
    tuned = set((folder / "finetuned.txt").read_text(encoding="utf-8").splitlines())
    models, claims = [], []
    for row in read_table(folder / "mmlu_gpqa.csv"):
        name = row["System"]
        if not row["Date"] or name in tuned or "flan" in name.casefold():
            continue
        is_trusted = float(row["Trust in benchmark results"] or -1) >= 0
        counted = [
            benchmark
            for benchmark in ("MMLU", "GPQA")
            if row[benchmark] and (is_trusted or (benchmark == "GPQA" and row["Date"] < GPQA_PUBLISHED))
        ]
        if not counted:
            continue
        models.append(
            {
                "model": name,
                "lab": "unknown",
                "name": name,
                "released_on": row["Date"],
                "openness": row["Open/Closed"].casefold(),
            }
        )
        claims += [
            {
                "model": name,
                "benchmark": benchmark,
                "score": row[benchmark],
                "unit": "fraction",
                "standing": "self_reported",
                "source": "https://epoch.ai/blog/open-models-report",
            }
            for benchmark in counted
        ]
    return models, claims


def main(folder_in: str, folder_out: str) -> None:
    models, claims = convert(Path(folder_in))
    target = Path(folder_out)
    target.mkdir(parents=True, exist_ok=True)
    write_table(target / "models.csv", MODEL_COLUMNS, models)
    write_table(target / "claims.csv", CLAIM_COLUMNS, claims)
    sys.stdout.write(f"{len(models)} models, {len(claims)} claims\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
