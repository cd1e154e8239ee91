"""pypistats' daily downloads under `/pypistats/api/packages/…/overall`, with made-up counts.

Like the real one it counts a package without downloads as unknown (404), and answers with both categories
unless asked for one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from tests.replica.server import Request, Response, answer_conditionally

PREFIX = "/pypistats/api/packages/"
RETAINED = 180
PACKAGES = ("aurora-serve", "meridian-sdk")


class PypistatsSite:
    """`downloads`: by package its counts by day, without mirrors. `ignores_mirrors`: answer with both
    categories whatever is asked. `now`: the day the made-up counts end before; today unless given."""

    def __init__(
        self, downloads: Mapping[str, Mapping[date, int]] | None = None, *, now: datetime | None = None
    ) -> None:
        today = (now or datetime.now(UTC)).date()
        made = make_downloads(today) if downloads is None else downloads
        self.downloads: dict[str, dict[date, int]] = {name: dict(days) for name, days in made.items()}
        self.ignores_mirrors = False

    def handle(self, request: Request) -> Response | None:
        if not request.path.startswith(PREFIX):
            return None
        name, _, rest = request.path.removeprefix(PREFIX).partition("/")
        if rest != "overall" or name not in self.downloads:
            return Response(404, b"404", {"Content-Type": "text/html"})
        wanted = request.first("mirrors")
        rows = []
        for day, count in self.downloads[name].items():
            if wanted != "false" or self.ignores_mirrors:
                rows.append(
                    {"category": "with_mirrors", "date": day.isoformat(), "downloads": count * 2 + 50}
                )
            if wanted != "true" or self.ignores_mirrors:
                rows.append({"category": "without_mirrors", "date": day.isoformat(), "downloads": count})
        answer = {"data": rows, "package": name, "type": "overall_downloads"}
        return answer_conditionally(request, json.dumps(answer).encode(), "application/json")


def make_downloads(today: date) -> dict[str, dict[date, int]]:
    """Working days and week-ends of two packages; yesterday is still being counted."""
    made: dict[str, dict[date, int]] = {}
    for number, name in enumerate(PACKAGES, start=1):
        days = [today - timedelta(days=ago) for ago in range(RETAINED, 0, -1)]
        made[name] = {
            day: number * (4_000 if day.weekday() >= 5 else 9_000) + at * 10 for at, day in enumerate(days)
        }
        made[name][days[-1]] //= 3
    return made
