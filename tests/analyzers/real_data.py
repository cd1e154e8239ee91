"""A query over the development tables beside the checkout, for checks that run only where they are."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from store.records import (
    Basis,
    Claim,
    Figure,
    IndexScore,
    Kind,
    Model,
    Offer,
    Openness,
    Outcome,
    Precision,
    PriceChange,
    Rating,
    Series,
    SourceStatus,
    Standing,
    StoredClaim,
    StoredFigure,
    SubjectRef,
)
from tests.analyzers.worlds import METRICS, NOW, World, told

SHARED = Path(__file__).resolve().parents[3] / "shared"

ACCESS = {
    "API access": Openness.API,
    "Hosted access (no API)": Openness.HOSTED,
    "Open weights (unrestricted)": Openness.UNRESTRICTED,
    "Open weights (restricted use)": Openness.RESTRICTED,
    "Open weights (non-commercial)": Openness.NONCOMMERCIAL,
    "Unreleased": Openness.UNRELEASED,
    "": Openness.UNKNOWN,
}
INDEX_PUBLISHED_ON = date(2026, 4, 10)
UNRELEASED = {"chocolate (Early Grok-3)", "Llama-4-Maverick-03-26-Experimental"}
INDEPENDENT = ("aider.chat", "scale.com", "artificialanalysis.ai", "swebench.com", "openrouter.ai")
CLOSED_SDKS = ("openai/codex", "anthropics/claude-code", "google-gemini/gemini-cli")


def find_table(name: str) -> Path:
    """The table's path; the test is skipped where the development data are not present."""
    path = SHARED / name
    if not SHARED.is_dir():
        pytest.skip(f"the development data are not present ({SHARED.name}/{name})")
    return path


def read_rows(name: str) -> Iterator[dict[str, str]]:
    path = find_table(name)
    raw = path.read_bytes()
    text = gzip.decompress(raw) if path.suffix == ".gz" else raw
    yield from csv.DictReader(text.decode("utf-8").splitlines())


def read_day(text: str) -> tuple[date, Precision]:
    if len(text) == 7:
        return date.fromisoformat(f"{text}-01"), Precision.MONTH
    return date.fromisoformat(text), Precision.DAY


def read_licence(text: str) -> Openness:
    """Enough for these boards: every licence that is not proprietary lets one download the weights."""
    return Openness.API if text.casefold().startswith("propr") else Openness.RESTRICTED


def read_boards(name: str, columns: tuple[str, str, str]) -> list[Rating]:
    day, rating, licence = columns
    ratings = []
    for row in read_rows(name):
        value = float(row[rating])
        up, _, down = row["ci95"].partition("/")
        ratings.append(
            Rating(
                board="text",
                board_date=date.fromisoformat(row[day]),
                model=row["model"],
                rating=value,
                ci_low=value + float(down) if down else None,
                ci_high=value + float(up) if up else None,
                votes=int(row["votes"]) if row["votes"] else None,
                organisation=row.get("organisation") or row.get("organization") or "",
                licence=row[licence],
                openness=read_licence(row[licence]),
                is_released=row["model"] not in UNRELEASED,
                provenance=told("llm-leaderboard-csv"),
            )
        )
    return ratings


def read_world(as_of: date) -> World:
    """The bundled tables as one world, without what was not known on `as_of`."""
    world = World(as_of=as_of)
    for row in read_rows("baseline/capability_index.csv"):
        if row["release_date"] and as_of >= INDEX_PUBLISHED_ON:
            released = date.fromisoformat(row["release_date"])
            world.scores.append(
                IndexScore(
                    row["model_version"].strip(),
                    float(row["eci"]),
                    INDEX_PUBLISHED_ON,
                    released,
                    row["organization"],
                    row["country"],
                    ACCESS[row["accessibility"]],
                    row["accessibility_basis"],
                    told("epoch"),
                )
            )
    world.ratings = read_boards("baseline/ratings.csv", ("board_date", "rating", "licence"))
    _read_prices(world)
    _read_models(world)
    _read_series(world)
    _read_statements(world)
    world.sources = [
        SourceStatus(name, Basis.BUNDLED, NOW, NOW, Outcome.OK, date(2026, 8, 22), 100, 0)
        for name in ("epoch", "models.dev", "github-ranking")
    ]
    return world


def _read_prices(world: World) -> None:
    current: dict[tuple[str, str], Offer] = {}
    for row in read_rows("baseline/prices.csv"):
        day = date.fromisoformat(row["at"])
        if day > world.as_of or row["event"] == "event":
            continue
        key = (row["provider"], row["model"])
        if row["event"] == "removed":
            current.pop(key, None)
            continue
        before = current.get(key)
        prices = [
            float(row[f"{part}_usd_per_mtok"]) if row[f"{part}_usd_per_mtok"] else None
            for part in ("input", "output", "cache_read")
        ]
        openness = {"True": Openness.RESTRICTED, "False": Openness.API}.get(
            row["open_weights"], Openness.UNKNOWN
        )
        offer = Offer(*key, day, prices[0], prices[1], prices[2], openness, None, told("models.dev"))
        current[key] = offer
        world.price_changes.append(PriceChange(before, offer))
    world.offers = [current[key] for key in sorted(current)]


def _read_models(world: World) -> None:
    for row in read_rows("baseline/models.csv"):
        released = read_day(row["released_on"])[0] if row["released_on"] else None
        openness = Openness.RESTRICTED if row["open_weights"] == "1" else Openness.API
        world.models.append(
            Model(
                row["model"],
                row["name"],
                row["lab"],
                row["family"] or None,
                released,
                Precision.DAY,
                row["licence"] or None,
                openness,
                None,
                None,
                row["hub_id"] or None,
                told("models.dev"),
            )
        )


def _read_series(world: World) -> None:
    tables = (
        ("baseline/github_stars.csv", "repo", "date", "stars", "github.stars", Kind.GITHUB_REPO),
        (
            "baseline/hub_downloads.csv",
            "hub_id",
            "date",
            "downloads_30d",
            "hub.downloads.30d",
            Kind.HUB_MODEL,
        ),
    )
    for name, who, when, what, metric, kind in tables:
        points: dict[str, list[tuple[date, float]]] = defaultdict(list)
        for row in read_rows(name):
            if row[what]:
                points[row[who]].append((date.fromisoformat(row[when]), float(row[what])))
        for subject, values in sorted(points.items()):
            values.sort()
            world.series.append(
                Series(
                    SubjectRef(METRICS[metric].source, kind, subject),
                    METRICS[metric],
                    tuple(day for day, _ in values),
                    tuple(value for _, value in values),
                    (told("github-ranking" if kind is Kind.GITHUB_REPO else "llmfit"),) * len(values),
                )
            )
    lines: dict[tuple[str, str], dict[date, float]] = defaultdict(dict)
    for row in read_rows("baseline/policy_changes.csv"):
        if row["kind"] == "change":
            day = date.fromisoformat(row["recorded_at"])
            for part in ("added", "removed"):
                key = (f"policy.lines_{part}", f"{row['service']}/{row['document']}")
                lines[key][day] = lines[key].get(day, 0.0) + float(row[f"lines_{part}"])
    for (metric, subject), by_day in sorted(lines.items()):
        world.series.append(
            Series(
                SubjectRef("policies", Kind.DOCUMENT_SOURCE, subject),
                METRICS[metric],
                tuple(sorted(by_day)),
                tuple(by_day[day] for day in sorted(by_day)),
                (told("open-terms-archive"),) * len(by_day),
            )
        )


def _read_statements(world: World) -> None:
    for row in read_rows("baseline/claims.csv"):
        is_independent = any(host in row["source"] for host in INDEPENDENT)
        claimed = read_day(row["date"])[0] if row["date"] else None
        claim = Claim(
            row["model"],
            row["benchmark"],
            float(row["score"]),
            "percent",
            row["metric"],
            Standing.THIRD_PARTY if is_independent else Standing.SELF_REPORTED,
            claimed,
            row["source"],
            row["version"],
        )
        world.claims.append(StoredClaim(claim, row["model"], told("models.dev")))
    for name in ("baseline/published_figures.csv", "baseline/build_or_buy.csv"):
        for row in read_rows(name):
            day, precision = read_day(row["as_of"])
            figure = Figure(
                row["measure"],
                float(row["value"]),
                row["unit"],
                day,
                precision,
                row["source"],
                row.get("sponsor_interest") or "none stated",
                row["notes"],
            )
            world.figures.append(StoredFigure(figure, told("published-figures")))


def list_roles(world: World) -> dict[str, str]:
    names = [one.subject.name for one in world.series if one.metric.name == "github.stars"]
    return {name: "closed_sdk" if name in CLOSED_SDKS else "open_stack" for name in names}
