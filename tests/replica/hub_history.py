"""A data set of daily downloads as the Hub serves it: Parquet, a line per repository and day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from tests.replica.arena import PARQUET, write_parquet
from tests.replica.server import Request, Response, answer_in_parts

FILE = "/datasets/harvardMadsys/hf-hub-characterization/resolve/main/downloads.parquet"
_STORED = "/xet-store/downloads.parquet"

FIRST = date(2026, 9, 1)
REPOSITORIES = ("Qwen/Qwen3-8B", "deepseek-ai/DeepSeek-V4", "somebody/else")


def make_rows(
    repositories: Sequence[str] = REPOSITORIES, first: date = FIRST, days: int = 60
) -> list[dict[str, Any]]:
    """Counts over 30 days that rise and fall a little, sorted by repository and day."""
    return [
        {
            "hub_id": name,
            "date": first + timedelta(days=day),
            "downloads": 100_000 * (number + 1) + 90 * day + (400 if day % 3 else -400),
        }
        for number, name in enumerate(sorted(repositories))
        for day in range(days)
    ]


class HubHistorySite:
    """`rows` is what the file holds, in its order."""

    def __init__(
        self, rows: Sequence[Mapping[str, Any]] | None = None, *, row_group_size: int = 30, **options: Any
    ) -> None:
        self.rows = list(make_rows() if rows is None else rows)
        self.row_group_size = row_group_size
        self.options = options

    @property
    def body(self) -> bytes:
        return write_parquet(self.rows, row_group_size=self.row_group_size, **self.options)

    def handle(self, request: Request) -> Response | None:
        if request.path == FILE:
            return Response(302, b"", {"Location": _STORED})
        return answer_in_parts(request, self.body, PARQUET) if request.path == _STORED else None
