"""The tables behind Epoch's capability index of November 2025, as models and claims to import.

    python -m tests.analyzers.epoch_2025 FOLDER_IN FOLDER_OUT
    lunchwatch import models FOLDER_OUT/models.csv --world epoch-2025
    lunchwatch import claims FOLDER_OUT/claims.csv --world epoch-2025
    lunchwatch capability --world epoch-2025

FOLDER_IN holds `model_versions.csv`, `benchmarks_runs.csv` and the `external_benchmark_*.csv` tables of the
benchmark-stitching data (MIT; Epoch AI, CC BY). Which column of a table is the score, and which tables are
no share of tasks solved, follows the published pipeline; docs/capability.md says why each is in or out.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

FIRST_RELEASE = date(2022, 11, 1)
"""The published fit begins with the models of ChatGPT's time."""
MODEL_COLUMNS = ("model", "lab", "name", "released_on", "openness")
CLAIM_COLUMNS = ("model", "benchmark", "score", "unit", "standing", "source", "settings")


class Table(NamedTuple):
    """One external table: its file's ending, the benchmark, the column of the score, what to multiply it
    with to get percent, and the columns that say how it was measured."""

    file: str
    benchmark: str
    score: str
    settings: tuple[str, ...] = ("Shots",)
    factor: float = 1.0


TABLES = (
    Table("aider_polyglot", "Aider Polyglot", "Percent correct", ("Edit format",)),
    Table("anli", "ANLI", "Score"),
    Table("arc_agi", "ARC-AGI", "Score", ("Name",)),
    Table("arc_ai2", "ARC Challenge", "Challenge score"),
    Table("balrog", "BALROG", "Average progress", ()),
    Table("bbh", "BBH", "Average"),
    Table("cadeval", "CadEval", "Overall pass (%)", ("Prompt",)),
    Table("csqa2", "CSQA2", "Score"),
    Table("cybench", "Cybench", "Unguided % Solved", ()),
    Table("deepresearch", "DeepResearch Bench", "Average score", ("Agent",)),
    Table("factorio_learning_environment", "Factorio Learning Environment", "Lab Success %", ("Tools",)),
    Table("fictionlivebench", "Fiction.LiveBench", "16k token score", ()),
    Table("geobench", "GeoBench", "ACW Country %", ("Tools",)),
    Table("gsm8k", "GSM8K", "EM"),
    Table("gso_bench", "GSO-Bench", "Score OPT@1", ("Scaffold",)),
    Table("hellaswag", "HellaSwag", "Overall accuracy"),
    Table("lambada", "LAMBADA", "Score"),
    Table("lech_mazur_writing", "Lech Mazur Writing", "Mean score", (), 10.0),  # marks out of ten
    Table("livebench", "LiveBench", "Global average", ("LiveBench Version",)),
    Table("mmlu", "MMLU", "EM"),
    Table("openbookqa", "OpenBookQA", "Accuracy"),
    Table("os_world", "OSWorld", "Score", ("Agent",)),
    Table("osuniverse", "OSUniverse", "Weighted Score", ("Agent",)),
    Table("piqa", "PIQA", "Score"),
    Table("scienceqa", "ScienceQA", "Score"),
    Table("simple_bench", "SimpleBench", "Score (AVG@5)", ()),
    Table("superglue", "SuperGLUE", "Score", ()),
    Table("terminal_bench", "Terminal-Bench", "Accuracy mean", ("Agent",)),
    Table("the_agent_company", "TheAgentCompany", "% Resolved", ("Model",)),
    Table("triviaqa", "TriviaQA", "EM"),
    Table("videomme", "Video-MME", "Overall (no subtitles)", ("Name", "Frames")),
    Table("vpct", "VPCT", "Correct", ()),
    Table("weirdml", "WeirdML", "Accuracy", ()),
    Table("winogrande", "Winogrande", "Accuracy"),
)
LEFT_OUT = {
    "boolq": "a part of SuperGLUE, which is in",
    "mcbench": "a win rate against other models, not a share of tasks solved",
    "metr": "a time horizon in minutes, without an upper end",
}
RUNS = {  # Epoch's own runs: task, benchmark; the public FrontierMath sets are a dozen sample problems
    "GPQA diamond": "GPQA Diamond",
    "FrontierMath-2025-02-28-Private": "FrontierMath",
    "FrontierMath-Tier-4-2025-07-01-Private": "FrontierMath Tier 4",
    "MATH level 5": "MATH Level 5",
    "OTIS Mock AIME 2024-2025": "OTIS Mock AIME",
    "SWE-Bench verified": "SWE-Bench Verified",
}

NEVER_RELEASED = ("Llama-2-34b", "Nemotron-4 15B")
HOSTED_WEIGHTS = ("chutes/", "deepinfra/", "fireworks/", "parasail-")
"""Hosts that serve only models whose weights anybody can have."""
# Names of models without a developer on the Hub, by maker; checked by hand for the models of the fit.
OPEN_NAMES = re.compile(
    r"gpt-oss|llama|open-mi|mistral-large-24(07|11)|qwen2\.5-72b|qwen3-(235b|coder)|glm-4\.[56]|deepseek|mathstral|pixtral|codestral-mamba|gemma"
    r"|phi4|devstral|magistral-small|mistral-small-(2409|25)|kimi-k2|nemotron|opt-175b|t5-",
    re.IGNORECASE,
)
CLOSED_NAMES = re.compile(
    r"(gpt|chatgpt|o\d|codex|computer-use|cua|text-|code-|davinci|claude|gemini|palm|grok|mistral|ministral"
    r"|codestral|magistral|amazon|yi-|qwen|qwq|qvq|doubao|sonar|inflection|glm|learnlm|chinchilla|gopher)",
    re.IGNORECASE,
)
LABS = (
    (r"gpt|chatgpt|o\d|codex|computer-use|cua|text-|code-|davinci", "openai"),
    (r"claude", "anthropic"),
    (r"gemini|palm|gemma|learnlm", "google"),
    (r"grok", "xai"),
    (r"(open-)?mistral|mixtral|ministral|codestral|magistral|devstral|mathstral|pixtral|open-mi", "mistral"),
    (r"llama", "meta"),
    (r"qwen|qwq|qvq", "alibaba"),
    (r"deepseek", "deepseek"),
    (r"glm", "zhipuai"),
    (r"kimi", "moonshotai"),
    (r"amazon", "amazon"),
    (r"nemotron", "nvidia"),
    (r"phi", "microsoft"),
    (r"yi-", "01-ai"),
)


@dataclass
class Converted:
    """Rows ready to be written, and what was left out with its reason and count."""

    models: list[dict[str, str]] = field(default_factory=list)
    claims: list[dict[str, str]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def convert(folder: Path) -> Converted:
    """Read the folder. Scores of one model on one benchmark with the same settings and source keep the
    best, since an import takes a second one for a correction of the first."""
    done = Converted()
    versions = {row["id"]: row for row in read_table(folder / "model_versions.csv")}
    best: dict[tuple[str, ...], dict[str, str]] = {}
    for claim in (*_read_runs(folder), *_read_tables(folder)):
        version = versions.get(claim["model"])
        if not claim["model"] or not claim["score"]:
            done.left_out["no model version or no score"] += 1
        elif version is None or not version["Version release date"]:
            done.left_out["the model has no release date"] += 1
        elif date.fromisoformat(version["Version release date"]) < FIRST_RELEASE:
            done.left_out[f"the model is older than {FIRST_RELEASE}"] += 1
        else:
            key = tuple(claim[name] for name in CLAIM_COLUMNS if name != "score")
            known = best.get(key)
            if known is not None:
                done.left_out["another score with the same settings and source is higher"] += 1
            if known is None or float(claim["score"]) > float(known["score"]):
                best[key] = claim
    done.claims = sorted(best.values(), key=lambda row: tuple(row[name] for name in CLAIM_COLUMNS))
    used = {claim["model"] for claim in done.claims}
    done.models = [
        {
            "model": name,
            "lab": find_lab(version),
            "name": name,
            "released_on": version["Version release date"],
            "openness": find_openness(version),
        }
        for name, version in sorted(versions.items())
        if name in used
    ]
    return done


def find_openness(version: Mapping[str, str]) -> str:
    """`restricted` where the weights can be had (the licence is not stated here), `api` for models that
    are only served, else `unknown`."""
    name = version["id"]
    if name in NEVER_RELEASED:
        return "unreleased"
    if version["Hugging Face developer id"] or name.startswith(HOSTED_WEIGHTS):
        return "restricted"
    if OPEN_NAMES.search(name):
        return "restricted"
    return "api" if CLOSED_NAMES.match(name) else "unknown"


def find_lab(version: Mapping[str, str]) -> str:
    """The maker by the Hub's developer, else by the name, else `unknown`."""
    slug = version["id"].rpartition("/")[2].removeprefix("parasail-")
    developer = version["Hugging Face developer id"].casefold()
    return developer or next((lab for names, lab in LABS if re.match(names, slug, re.IGNORECASE)), "unknown")


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of one file, which may begin with a byte order mark."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _read_runs(folder: Path) -> Iterator[dict[str, str]]:
    for row in read_table(folder / "benchmarks_runs.csv"):
        if row["task"] in RUNS and row["Status"] == "Success":
            yield {
                "model": row["model"],
                "benchmark": RUNS[row["task"]],
                "score": row["Best score (across scorers)"],
                "unit": "fraction",
                "standing": "third_party",  # Epoch ran it
                "source": "https://epoch.ai/benchmarks",
                "settings": f"task version {row['task version']}",
            }


def _read_tables(folder: Path) -> Iterator[dict[str, str]]:
    for table in TABLES:
        for row in read_table(folder / f"external_benchmark_{table.file}.csv"):
            link = row.get("Source link") or row.get("Source link (site from table)") or ""
            score = row[table.score].strip().removesuffix("%")
            yield {
                "model": row["Model version"].strip(),
                "benchmark": table.benchmark,
                "score": f"{float(score) * table.factor:.10g}" if score else "",
                "unit": "percent",
                "standing": "self_reported",  # the cautious reading: nobody ran it again
                "source": link if link.startswith("http") else "https://epoch.ai/benchmarks",
                "settings": "; ".join(
                    f"{name.casefold()}={row[name].removesuffix('-shot')}"
                    for name in table.settings
                    if row.get(name)
                ),
            }


def write_table(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(folder_in: str, folder_out: str) -> None:
    """Write models.csv and claims.csv and say what was left out."""
    done = convert(Path(folder_in))
    target = Path(folder_out)
    target.mkdir(parents=True, exist_ok=True)
    write_table(target / "models.csv", MODEL_COLUMNS, done.models)
    write_table(target / "claims.csv", CLAIM_COLUMNS, done.claims)
    sys.stdout.write(f"{len(done.models)} models, {len(done.claims)} claims\n")
    for reason, count in done.left_out.most_common():
        sys.stdout.write(f"{count:5} rows left out: {reason}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
