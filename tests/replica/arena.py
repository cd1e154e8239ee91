"""LMArena's data set as the Hub serves it: a folder per board, Parquet, handed to another address.

The files are made here by pyarrow from made-up models, in the columns and types of the real ones.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from tests.replica.server import Request, Response, answer_in_parts

DATA_SET = "/datasets/lmarena-ai/leaderboard-dataset"
_RESOLVE = f"{DATA_SET}/resolve/main/"
_STORE = "/xet-store/arena/"
PARQUET = "application/octet-stream"


def write_parquet(rows: Sequence[Mapping[str, Any]], *, row_group_size: int = 1_000, **options: Any) -> bytes:
    """The rows as a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([*rows]), file, row_group_size=row_group_size, **options)
    return file.getvalue()


def make_line(
    model: str, organisation: str, licence: str, rating: float, day: str, *, category: str = "overall"
) -> dict[str, Any]:
    """A line with the columns the real files had in 2026; the interval is five points to each side."""
    return {
        "model_name": model,
        "organization": organisation,
        "license": licence,
        "rating": rating,
        "rating_lower": rating - 5,
        "rating_upper": rating + 5,
        "variance": 6.5,
        "vote_count": 10_000,
        "rank": 1,
        "category": category,
        "leaderboard_publish_date": day,
    }


def make_publication(day: str, step: int = 0) -> list[dict[str, Any]]:
    """One publication; `step` moves its ratings."""
    return [
        make_line("meridian-5.1", "Meridian", "Proprietary", 1480.25 + step, day),
        make_line("aurora-3-32b", "Aurora Labs", "Apache 2.0", 1452.5 + 2 * step, day),
        make_line("tide-2", "Harbour", "Propretary", 1431.0 + step, day),
        make_line("meridian-5.1", "Meridian", "Proprietary", 1499.0 + step, day, category="coding"),
    ]


DAYS = ("2026-09-20", "2026-10-04", "2026-10-18", "2026-11-01", "2026-11-15")


class ArenaSite:
    """`publications`: the lines of each board by day; the last day's are in force."""

    def __init__(self, boards: Sequence[str] = ("text",), *, row_group_size: int = 4) -> None:
        self.row_group_size = row_group_size
        self.publications: dict[str, dict[str, list[dict[str, Any]]]] = {
            board: {day: make_publication(day, number) for number, day in enumerate(DAYS)} for board in boards
        }
        self.store = ""
        """Where files are handed to: "" for this server, else another one's address."""

    def handle(self, request: Request) -> Response | None:
        if request.path.startswith(_RESOLVE):
            name = request.path.removeprefix(_RESOLVE)
            if self.find_file(name) is None:
                return None
            return Response(302, b"", {"Location": f"{self.store}{_STORE}{name}?X-Amz-Expires=3600"})
        if request.path.startswith(_STORE):
            body = self.find_file(request.path.removeprefix(_STORE))
            return None if body is None else answer_in_parts(request, body, PARQUET)
        return None

    def find_file(self, name: str) -> bytes | None:
        board, _, file = name.partition("/")
        published = self.publications.get(board)
        if published is None or not file.endswith("-00000-of-00001.parquet"):
            return None
        days = sorted(published) if file.startswith("full") else sorted(published)[-1:]
        rows = [line for day in days for line in published[day]]
        return write_parquet(rows, row_group_size=self.row_group_size)

    def publish(self, board: str, day: str, lines: list[dict[str, Any]]) -> None:
        self.publications[board][day] = lines
