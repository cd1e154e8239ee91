"""A small Hugging Face Hub: a dozen repositories with made-up numbers, and verbs to change them.

Speaks `/api/models` (author, filter, pipeline_tag, sort, limit, expand, cursor), `/api/models/{id}`,
`/api/organizations/{name}/overview`, `/api/datasets?filter=benchmark:official` and
`/api/datasets/{id}/leaderboard`, with the Hub's headers: `Link`, `RateLimit`, `ETag`, `X-Error-Code`.
Names are those of real repositories; every number is invented.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import math
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from tests.replica.hub_results import LEADERBOARDS, RESULTS
from tests.replica.hub_world import Item, make_model, make_world
from tests.replica.server import Request, Response

TODAY = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
WINDOW_SECONDS = 300
BAD_TOKEN = "hf_refused"

_SORTS = {
    "downloads": "downloads",
    "likes": "likes",
    "trendingScore": "trendingScore",
    "createdAt": "createdAt",
    "lastModified": "lastModified",
}
_LISTED = ("_id", "id", "likes", "private", "downloads", "tags", "pipeline_tag", "library_name", "createdAt")
_EXPANDABLE = frozenset(
    ("author", "baseModels", "cardData", "createdAt", "disabled", "downloads", "downloadsAllTime",
     "evalResults", "gated", "lastModified", "library_name", "likes", "model-index", "pipeline_tag",
     "private", "safetensors", "sha", "tags", "trendingScore")
)  # fmt: skip

_LEFT_OUT = frozenset({"downloadsAllTime", "baseModels", "trendingScore", "evalResults", "model-index"})
_RELATIONS = ("adapter", "merge", "quantized", "finetune")


class HubSite:
    """The site. `quota`: requests per window. `page_limit`: the most items per page it gives."""

    def __init__(self, now: datetime = TODAY, *, quota: int = 500, page_limit: int = 1000) -> None:
        self.now = now
        self.quota = quota
        self.page_limit = page_limit
        self._spent = 0
        self.window_ends_at: float | None = None
        self._models = {str(model["id"]): model for model in make_world(now)}
        for name, results in RESULTS.items():
            self._models[name].update(copy.deepcopy(dict(results)))
        self.leaderboards: dict[str, list[Item]] = {
            dataset: [dict(row) for row in rows] for dataset, rows in LEADERBOARDS.items()
        }
        self._slow_pages: tuple[int, int] | None = None
        self._broken: dict[str, Item] = {}
        self._moved: dict[str, str] = {}
        self._gated_out: set[str] = set()
        self._empty_organisations: set[str] = set()
        self._link: str | None = None

    # ------------------------------------------------------------------ verbs

    def set_downloads(self, name: str, month: int, all_time: int | None = None) -> None:
        model = self._models[name]
        model["downloads"] = month
        if all_time is not None:
            model["downloadsAllTime"] = all_time

    def set_field(self, name: str, field: str, value: object) -> None:
        self._models[name][field] = value

    def add(self, name: str, **fields: object) -> None:
        """A new repository, made now, with `fields` over plain ones."""
        self._models[name] = {**make_model(name, created=self.now), **fields}

    def add_organisation(self, name: str) -> None:
        """An organisation without a public model."""
        self._empty_organisations.add(name)

    def rename(self, old: str, new: str) -> None:
        """Move a repository; its old address answers 307."""
        model = self._models.pop(old)
        self._models[new] = {**model, "id": new, "modelId": new, "author": new.partition("/")[0]}
        self._moved[old] = new

    def delete(self, name: str) -> None:
        del self._models[name]

    def refuse(self, name: str) -> None:
        """Answer as for a gated repository whose terms were not accepted."""
        self._gated_out.add(name)

    def break_item(self, name: str, *, without: Sequence[str] = (), **fields: object) -> None:
        """Show a repository without some fields and with others as given, until `mend`."""
        item = {key: value for key, value in self._models[name].items() if key not in without}
        self._broken[name] = {**item, **fields}

    def mend(self) -> None:
        self._broken.clear()

    def lead_astray(self, link: str | None) -> None:
        """Answer every list with this `next` address; "self" for the address that was asked."""
        self._link = link

    def give_up_on(self, *, larger_than: int, from_row: int = 0) -> None:
        """Answer 504 to pages of more repositories than that which begin at that row or behind it."""
        self._slow_pages = (larger_than, from_row)

    window_seconds = WINDOW_SECONDS

    def refill(self, ends_at: float) -> None:
        """Begin a fresh window that ends at a Unix time, of the real clock."""
        self._spent, self.window_ends_at = 0, ends_at

    def tick(self, days: int = 1) -> None:
        """Let time pass: counters move, the limit's window is fresh."""
        self.now += timedelta(days=days)
        self._spent = 0
        for model in self._models.values():
            month, total = model["downloads"], model["downloadsAllTime"]
            likes = model["likes"]
            assert isinstance(month, int)
            assert isinstance(total, int)
            assert isinstance(likes, int)
            model["downloads"] = month + month // 50
            model["downloadsAllTime"] = total + days * (month // 30)
            model["likes"] = likes + days

    # ------------------------------------------------------------------ answers

    def handle(self, request: Request) -> Response | None:
        parts = request.path.strip("/").split("/")
        if parts[:2] not in (["api", "models"], ["api", "organizations"], ["api", "datasets"]):
            return None
        if request.headers.get("authorization") == f"Bearer {BAD_TOKEN}":
            return self._refuse(401, "", "Invalid credentials in Authorization header")
        self._spent += 1
        if self._spent > self.quota:
            return self._answer(429, {"error": "We had to rate limit your IP"})
        if parts[1] == "organizations":
            return self._show_organisation(parts[2]) if parts[3:] == ["overview"] else None
        if parts[1] == "datasets":
            answer = self._show_benchmarks(parts[2:], request)
        elif len(parts) == 2:
            answer = self._list(request)
        else:
            answer = self._show("/".join(parts[2:]), request)
        if answer.status == 200 and request.headers.get("if-none-match") == answer.headers["ETag"]:
            return Response(304, b"", answer.headers)
        return answer

    def _show(self, name: str, request: Request) -> Response:
        if name in self._moved:
            location = f"/api/models/{self._moved[name]}"
            return self._answer(307, None, {"Location": location})
        if name in self._gated_out:
            return self._refuse(403, "GatedRepo", f"Access to model {name} is restricted")
        match = next((known for known in self._models if known.lower() == name.lower()), None)
        if match is None:
            if "authorization" in request.headers:
                return self._refuse(404, "RepoNotFound", "Repository not found")
            return self._refuse(401, "RepoNotFound", "Repository Not Found")
        if match != name:
            return self._answer(307, None, {"Location": f"/api/models/{match}"})
        return self._answer(200, self._select(match, request, is_single=True))

    def _show_benchmarks(self, parts: Sequence[str], request: Request) -> Response:
        if not parts:
            is_asked = request.query.get("filter") == ["benchmark:official"]
            names = self.leaderboards if is_asked else ()
            return self._answer(200, [{"_id": name, "id": name, "private": False} for name in names])
        name = "/".join(parts[:-1])
        if parts[-1] != "leaderboard" or name not in self.leaderboards:
            return self._refuse(404, "RepoNotFound", "Repository not found")
        return self._answer(200, self.leaderboards[name])

    def _show_organisation(self, name: str) -> Response:
        count = sum(model["author"] == name for model in self._models.values())
        if not count and name not in self._empty_organisations:
            return self._refuse(404, "", "Organization not found")
        overview = {
            "avatarUrl": "https://cdn.example/avatar.png",
            "fullname": name,
            "name": name,
            "isVerified": True,
            "plan": "team",
            "numUsers": 12,
            "numModels": count,
            "numDatasets": 3,
            "numSpaces": 2,
            "numPapers": 1,
            "numFollowers": 4321,
        }
        return self._answer(200, overview)

    def _list(self, request: Request) -> Response:
        sort = request.first("sort", "trendingScore")
        if sort not in _SORTS:
            return self._answer(400, {"error": f"Invalid sort {sort}"})
        unknown = set(request.query.get("expand", ())) - _EXPANDABLE
        if unknown:
            return self._answer(400, {"error": f"Invalid expand {sorted(unknown)}"})
        names = self._find(request)
        names.sort(key=lambda name: str(self._models[name]["_id"]))
        names.sort(key=lambda name: _rank(self._models[name][_SORTS[sort]]), reverse=True)
        begin = 0
        cursor = request.first("cursor")
        if cursor:
            after = json.loads(base64.urlsafe_b64decode(cursor))["_id"]
            ids = [self._models[name]["_id"] for name in names]
            begin = ids.index(after) + 1
        size = min(int(request.first("limit", "1000")), self.page_limit)
        if self._slow_pages is not None and size > self._slow_pages[0] and begin >= self._slow_pages[1]:
            return self._answer(504, {"error": "upstream request timeout"})
        shown = names[begin : begin + size]
        headers: dict[str, str] = {}
        if self._link is not None:
            following = f"{request.base}{request.target}" if self._link == "self" else self._link
            headers["Link"] = f'<{following}>; rel="next"'
        elif begin + size < len(names):
            last = json.dumps({"_id": self._models[shown[-1]]["_id"]}).encode()
            kept = {key: values for key, values in request.query.items() if key != "cursor"}
            cursor = base64.urlsafe_b64encode(last).decode()
            following = urlencode({**kept, "cursor": cursor}, doseq=True)
            headers["Link"] = f'<{request.base}{request.path}?{following}>; rel="next"'
        items = [self._select(name, request, is_single=False) for name in shown]
        if sort == "createdAt" and not request.query.get("expand"):
            for item in items:
                item.pop("trendingScore", None)
        return self._answer(200, items, headers)

    def _find(self, request: Request) -> list[str]:
        author = request.first("author").lower()
        wanted = set(request.query.get("filter", ()))
        task = request.first("pipeline_tag")
        found = []
        for name, model in self._models.items():
            tags = model["tags"]
            assert isinstance(tags, list)
            if author and str(model["author"]).lower() != author:
                continue
            if task and model.get("pipeline_tag") != task:
                continue
            if wanted <= {*tags, str(model.get("pipeline_tag")), str(model.get("library_name"))}:
                found.append(name)
        return found

    def _select(self, name: str, request: Request, *, is_single: bool) -> Item:
        """The fields that were asked for; without `expand` the default ones."""
        model = copy.deepcopy(self._broken.get(name, self._models[name]))
        expanded = request.query.get("expand")
        if is_single and "childrenModelCount" in (expanded or ()):
            model.setdefault("childrenModelCount", self._count_children(name))
        if expanded:
            keys = {"_id", "id", *expanded}
        elif is_single or request.first("full") in ("true", "True", "1"):
            keys = set(model) - _LEFT_OUT
        else:
            keys = {*_LISTED, "modelId", "trendingScore"}
        return {key: value for key, value in model.items() if key in keys}

    def _count_children(self, name: str) -> dict[str, int]:
        tagged = {relation: f"base_model:{relation}:{name}" for relation in _RELATIONS}
        return {
            relation: sum(
                tag in model["tags"] for model in self._models.values() if isinstance(model["tags"], list)
            )
            for relation, tag in tagged.items()
        }

    def _refuse(self, status: int, code: str, message: str) -> Response:
        headers = {"X-Error-Message": message}
        if code:
            headers["X-Error-Code"] = code
        return self._answer(status, {"error": message}, headers)

    def _answer(self, status: int, content: object, headers: Mapping[str, str] | None = None) -> Response:
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        left = max(0, self.quota - self._spent)
        ends = self.window_ends_at
        seconds = WINDOW_SECONDS if ends is None else max(1, math.ceil(ends - time.time()))
        general = {
            "Content-Type": "application/json; charset=utf-8",
            "ETag": f'W/"{len(body):x}-{hashlib.sha256(body).hexdigest()[:27]}"',
            "X-Powered-By": "huggingface-moon",
            "X-Request-Id": f"Root=1-{self._spent:08x}",
            "RateLimit": f'"api";r={left};t={seconds}',
            "RateLimit-Policy": f'"fixed window";"api";q={self.quota};w={WINDOW_SECONDS}',
        }
        return Response(status, body, {**general, **(headers or {})})


def _rank(value: object) -> tuple[float, str]:
    return (float(value), "") if isinstance(value, int | float) else (0.0, str(value))
