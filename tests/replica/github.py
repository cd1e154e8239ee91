"""A small GitHub: ten repositories with made-up numbers, and verbs to change them.

REST under `/api/v3` (repositories by name and by id, releases, star history, rate limit; 301 for renamed
ones, ETag and 304 without a `Link`, free for who has a token; `X-RateLimit-*`) and GraphQL at
`/api/graphql` (aliases, partial errors, a limit on their number, points), as GitHub Enterprise lays them
out. Names are those of real repositories; every number is invented.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from tests.replica.graphql import GraphQLError, Selection, pick, read_query
from tests.replica.server import Request, Response
from tests.replica.star_history import list_weeks, spread_stars

TODAY = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
BAD_TOKEN = "ghp_refused"
PREFIX = "/api/v3"

Item = dict[str, object]


class GitHubSite:
    """The site. `quota`: REST requests an hour without a token; with one it is 5,000.
    `alias_limit`: GraphQL aliases from which on answers are left out; `alias_maximum`: 502 above it;
    `heavy`: repositories that are too much in any query of several. `points`: the hour's for GraphQL."""

    def __init__(
        self, now: datetime = TODAY, *, quota: int = 60, alias_limit: int = 100, alias_maximum: int = 1000
    ) -> None:
        self.now = now
        self.quota = quota
        self.alias_limit = alias_limit
        self.alias_maximum = alias_maximum
        self.points_spent = False
        self.points = 5000
        self.points_used = 0
        self.heavy: set[str] = set()
        self.has_star_history = True
        self._spent = 0
        self.window_ends_at: float | None = None
        self._star_days: dict[str, dict[date, int]] = {}
        self._without_stars: set[str] = set()
        self._repositories = {str(item["full_name"]): item for item in _make_world()}
        self._releases = _make_releases(now)
        self._moved: dict[str, str] = {}
        self._blocked: set[str] = set()
        self._broken: dict[str, Item] = {}

    # ------------------------------------------------------------------ verbs

    def set_stars(self, name: str, stars: int) -> None:
        self._repositories[name]["stargazers_count"] = stars

    def set_field(self, name: str, field: str, value: object) -> None:
        self._repositories[name][field] = value

    def rename(self, old: str, new: str) -> None:
        """Move a repository; its old name answers 301 to the address by id, GraphQL follows it."""
        item = self._repositories.pop(old)
        self._repositories[new] = {**item, "full_name": new, "name": new.partition("/")[2]}
        self._releases[new] = self._releases.pop(old, [])
        self._moved[old] = new

    def forget_moves(self) -> None:
        """Make old names unknown, as if nobody had ever had them."""
        self._moved.clear()

    def delete(self, name: str) -> None:
        del self._repositories[name]

    def block(self, name: str) -> None:
        """Answer 451, as for a takedown notice."""
        self._blocked.add(name)

    def unblock(self, name: str) -> None:
        self._blocked.discard(name)

    def add_release(
        self, name: str, tag: str, *, is_prerelease: bool = False, is_draft: bool = False
    ) -> None:
        number = 900_000 + sum(len(releases) for releases in self._releases.values())
        release = _make_release(name, number, tag, self.now, is_prerelease=is_prerelease)
        if is_draft:
            release.update(draft=True, published_at=None)
        self._releases.setdefault(name, []).insert(0, release)

    def break_item(self, name: str, *, without: Sequence[str] = (), **fields: object) -> None:
        """Show a repository without some REST fields and with others as given, until `mend`."""
        item = {key: value for key, value in self._repositories[name].items() if key not in without}
        self._broken[name] = {**item, **fields}

    def break_release(self, name: str, index: int, **fields: object) -> None:
        self._releases[name][index].update(fields)

    def add_repositories(self, count: int) -> list[str]:
        """Made-up ones, for a world of another size; their names."""
        names = [f"example-org/repository-{number:04}" for number in range(count)]
        for number, name in enumerate(names):
            self._repositories[name] = _make_repository(
                name, 2_000_000_000 + number, 100 + number, created="2024-01-01T00:00:00Z",
                licence="MIT", language="Python",
            )  # fmt: skip
        return names

    def set_star_day(self, name: str, day: date, count: int) -> None:
        """Rewrite how many of the present stars were given on a day, as an unstar does."""
        self._days_of(name)[day] = count

    def star_day(self, name: str, day: date) -> int:
        return self._days_of(name).get(day, 0)

    def empty_star_history(self, name: str) -> None:
        """Answer with an empty list, as the closed list of stargazers does."""
        self._without_stars.add(name)

    @property
    def primary_spent(self) -> int:
        """REST requests that counted, in this hour."""
        return self._spent

    def mend(self) -> None:
        self._broken.clear()

    window_seconds = 3600

    def refill(self, ends_at: float) -> None:
        """Begin a fresh window that ends at a Unix time, of the real clock."""
        self._spent = self.points_used = 0
        self.window_ends_at = ends_at

    def tick(self, hours: int = 1) -> None:
        """Let time pass: a fresh quota, a few more stars."""
        self.now += timedelta(hours=hours)
        self._spent = 0
        for item in self._repositories.values():
            stars = item["stargazers_count"]
            assert isinstance(stars, int)
            item["stargazers_count"] = stars + hours

    # ------------------------------------------------------------------ answers

    def handle(self, request: Request) -> Response | None:
        if request.path == "/api/graphql":
            return self._answer_graphql(request)
        if not request.path.startswith(f"{PREFIX}/"):
            return None
        parts = request.path.removeprefix(f"{PREFIX}/").split("/")
        if parts == ["rate_limit"]:
            return self._answer(request, 200, self._show_limits(request))
        self._spent += 1
        refusal = self._find_refusal(request)
        if refusal is not None:
            return refusal
        if parts[0] == "repos" and len(parts) in (3, 4, 5):
            return self._show(f"{parts[1]}/{parts[2]}", parts[3:], request)
        if parts[0] == "repositories" and len(parts) in (2, 3, 4):
            found = [name for name, item in self._repositories.items() if str(item["id"]) == parts[1]]
            return self._show(found[0] if found else "", parts[2:], request)
        return self._answer(request, 404, {"message": "Not Found", "status": "404"})

    def _find_refusal(self, request: Request) -> Response | None:
        if request.headers.get("authorization", "").endswith(BAD_TOKEN):
            return self._answer(request, 401, {"message": "Bad credentials", "status": "401"})
        if not request.headers.get("user-agent"):
            return self._answer(request, 403, {"message": "Missing or invalid User Agent string."})
        if self._spent > self._quota_of(request):
            message = (
                "API rate limit exceeded for 203.0.113.7. (But here's the good news: Authenticated requests"
            )
            message += " get a higher rate limit. Check out the documentation for more details.)"
            return self._answer(request, 403, {"message": message})
        return None

    def _show(self, asked: str, rest: Sequence[str], request: Request) -> Response:
        name = next((known for known in self._repositories if known.lower() == asked.lower()), None)
        if name is None and asked in self._moved:
            number = self._repositories[self._moved[asked]]["id"]
            location = "/".join([f"{request.base}{PREFIX}/repositories/{number}", *rest])
            moved = {"message": "Moved Permanently", "url": location}
            return self._answer(request, 301, moved, {"Location": location})
        if name is None:
            return self._answer(request, 404, {"message": "Not Found", "status": "404"})
        if name in self._blocked:
            blocked = {"message": "Repository access blocked", "block": {"reason": "dmca"}}
            return self._answer(request, 451, blocked)
        if not rest:
            return self._answer(request, 200, self._broken.get(name, self._repositories[name]))
        if list(rest) == ["stargazers"]:  # closed since July 2026
            return self._answer(request, 200, [])
        if list(rest) == ["stargazers", "history"] and self.has_star_history:
            return self._show_star_weeks(name, request)
        if list(rest) != ["releases"]:
            return self._answer(request, 404, {"message": "Not Found", "status": "404"})
        releases = [release for release in self._releases.get(name, []) if not release["draft"]]
        size = int(request.first("per_page", "30"))
        page = int(request.first("page", "1"))
        headers = {}
        if len(releases) > page * size:
            following = f"{request.base}{request.path}?per_page={size}&page={page + 1}"
            headers["Link"] = f'<{following}>; rel="next"'
        return self._answer(request, 200, releases[(page - 1) * size : page * size], headers)

    def _show_star_weeks(self, name: str, request: Request) -> Response:
        weeks = [] if name in self._without_stars else list_weeks(self._days_of(name), self._today)
        size = min(30, int(request.first("per_page", "30")))
        page = int(request.first("page", "1"))
        return self._answer(request, 200, weeks[(page - 1) * size : page * size])

    @property
    def _today(self) -> date:
        """Where GitHub counts its days."""
        return (self.now - timedelta(hours=8)).date()

    def _days_of(self, name: str) -> dict[date, int]:
        item = self._repositories[name]
        number, stars = item["id"], item["stargazers_count"]
        assert isinstance(number, int)
        assert isinstance(stars, int)
        days = self._star_days.setdefault(str(number), {})
        created = datetime.fromisoformat(str(item["created_at"])).date()
        for day, count in spread_stars(number, stars, created, self._today).items():
            days.setdefault(day, count)
        return days

    def _quota_of(self, request: Request) -> int:
        return 5000 if "authorization" in request.headers else self.quota

    def _show_limits(self, request: Request) -> Item:
        limit = self._quota_of(request)
        core = {"limit": limit, "remaining": max(0, limit - self._spent), "reset": self._reset()}
        return {"resources": {"core": {**core, "used": min(self._spent, limit), "resource": "core"}}}

    def _reset(self) -> int:
        if self.window_ends_at is not None:
            return math.ceil(self.window_ends_at)
        return int((self.now + timedelta(hours=1)).timestamp())

    def _answer(
        self, request: Request, status: int, content: object, headers: Mapping[str, str] | None = None
    ) -> Response:
        body = json.dumps(content, ensure_ascii=False).encode()
        seen_by = request.headers.get("authorization", "")  # each credential has ETags of its own
        etag = f'W/"{hashlib.sha256(body + seen_by.encode()).hexdigest()}"'
        resource = "graphql" if request.path == "/api/graphql" else "core"
        limit, spent = self._quota_of(request), self._spent
        is_unchanged = (
            status == 200 and request.method == "GET" and request.headers.get("if-none-match") == etag
        )
        if resource == "graphql":
            limit, spent = self.points, self.points if self.points_spent else self.points_used
        elif is_unchanged and "authorization" in request.headers:
            self._spent = spent = spent - 1
        general = {
            "Content-Type": "application/json; charset=utf-8",
            "Cache-Control": "public, max-age=60, s-maxage=60",
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Api-Version-Selected": request.headers.get("x-github-api-version", "2022-11-28"),
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, limit - spent)),
            "X-RateLimit-Reset": str(self._reset()),
            "X-RateLimit-Used": str(min(spent, limit)),
            "X-RateLimit-Resource": resource,
        }
        if status == 200 and request.method == "GET":
            general["ETag"] = etag
            if is_unchanged:
                return Response(304, b"", general)  # without the Link of its 200
        return Response(status, body, {**general, **(headers or {})})

    # ------------------------------------------------------------------ GraphQL

    def _answer_graphql(self, request: Request) -> Response:
        token = request.headers.get("authorization", "")
        if not token or token.endswith(BAD_TOKEN):
            return self._answer(request, 401, {"message": "Bad credentials", "status": "401"})
        if self.points_spent:
            error = {"type": "RATE_LIMITED", "message": "API rate limit already exceeded for user ID 1."}
            return self._answer(request, 200, {"errors": [error]})
        asked = json.loads(request.body)
        try:
            selections = read_query(asked["query"], asked.get("variables") or {})
            if sum(selection.name == "repository" for selection in selections) > self.alias_maximum:
                return Response(502, b"<html>502 Bad Gateway</html>", {"Content-Type": "text/html"})
            return self._answer(request, 200, self._resolve_all(selections))
        except GraphQLError as error:
            return self._answer(request, 200, {"errors": [{"message": str(error)}]})

    def _resolve_all(self, selections: Sequence[Selection]) -> Item:
        data: Item = {}
        errors: list[Item] = []
        asked = [selection for selection in selections if selection.name == "repository"]
        is_batch = len(asked) > 1
        connections = sum(_count_connections(selection) for selection in asked)
        cost = max(1, round(connections / 100))
        self.points_used += cost
        for position, selection in enumerate(selections):
            if selection.name == "rateLimit":
                remaining = max(0, self.points - self.points_used)
                reset = datetime.fromtimestamp(self._reset(), UTC)
                said: Item = {"cost": cost, "remaining": remaining, "resetAt": _stamp(reset)}
                data[selection.alias] = pick(said, selection.selections)
                continue
            if selection.name != "repository":
                raise GraphQLError(f"Field '{selection.name}' doesn't exist on type 'Query'")
            name = f"{selection.arguments['owner']}/{selection.arguments['name']}"
            if position >= self.alias_limit or (is_batch and name in self.heavy):
                data[selection.alias] = None
                message = "Resource limits for this query exceeded."
                errors.append(
                    {"type": "RESOURCE_LIMITS_EXCEEDED", "path": [selection.alias], "message": message}
                )
                continue
            current = self._moved.get(name, name)
            match = next((known for known in self._repositories if known.lower() == current.lower()), None)
            if match is None or match in self._blocked:
                data[selection.alias] = None
                message = f"Could not resolve to a Repository with the name '{name}'."
                errors.append({"type": "NOT_FOUND", "path": [selection.alias], "message": message})
                continue
            data[selection.alias] = pick(self._as_graph(match), selection.selections)
        return {"data": data, "errors": errors} if errors else {"data": data}

    def _as_graph(self, name: str) -> Item:
        item = self._broken.get(name, self._repositories[name])
        licence = item["license"]
        pulls = item["id"] if not isinstance(item["id"], int) else item["id"] % 40
        open_count = item["open_issues_count"]
        assert isinstance(pulls, int)
        assert isinstance(open_count, int)

        def list_releases(arguments: Mapping[str, object]) -> Item:
            first = arguments["first"]
            assert isinstance(first, int)
            nodes = [_as_graph_release(release) for release in self._releases.get(name, [])]
            return {"nodes": nodes[:first], "totalCount": len(nodes)}

        return {
            "databaseId": item.get("id"),
            "nameWithOwner": item["full_name"],
            "url": item["html_url"],
            "stargazerCount": item.get("stargazers_count"),
            "forkCount": item["forks_count"],
            "isArchived": item["archived"],
            "isDisabled": item["disabled"],
            "isFork": item["fork"],
            "createdAt": item["created_at"],
            "licenseInfo": {"spdxId": licence["spdx_id"]} if isinstance(licence, dict) else None,
            "primaryLanguage": {"name": item["language"]} if item["language"] else None,
            "watchers": {"totalCount": item["subscribers_count"]},
            "issues": lambda _: {"totalCount": open_count - min(pulls, open_count)},
            "pullRequests": lambda _: {"totalCount": min(pulls, open_count)},
            "releases": list_releases,
            "latestRelease": self._find_latest(name),
        }

    def _find_latest(self, name: str) -> Item | None:
        found = [
            each for each in self._releases.get(name, []) if not each["draft"] and not each["prerelease"]
        ]
        return _as_graph_release(found[0]) if found else None


def _count_connections(selection: Selection) -> int:
    """What a repository costs: each list of it is one request to GitHub's own reckoning."""
    return sum(
        field.name in ("watchers", "issues", "pullRequests", "releases") for field in selection.selections
    )


def _as_graph_release(release: Item) -> Item:
    return {
        "databaseId": release["id"],
        "tagName": release["tag_name"],
        "name": release["name"],
        "url": release["html_url"],
        "publishedAt": release["published_at"],
        "isPrerelease": release["prerelease"],
        "isDraft": release["draft"],
    }


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _make_repository(
    name: str, number: int, stars: int, *, created: str, licence: str | None, language: str | None
) -> Item:
    owner, _, short = name.partition("/")
    spdx = {"key": licence.lower(), "name": licence, "spdx_id": licence, "url": None} if licence else None
    return {
        "id": number,
        "node_id": f"R_{number:x}",
        "name": short,
        "full_name": name,
        "private": False,
        "owner": {"login": owner, "id": number + 1, "type": "Organization"},
        "html_url": f"https://github.com/{name}",
        "description": f"{short}, as far as this replica goes",
        "fork": False,
        "url": f"https://api.github.com/repos/{name}",
        "created_at": created,
        "updated_at": "2026-11-21T10:00:00Z",
        "pushed_at": "2026-11-21T09:00:00Z",
        "homepage": None,
        "size": 12_345,
        "stargazers_count": stars,
        "watchers_count": stars,
        "language": language,
        "has_issues": True,
        "forks_count": stars // 6,
        "archived": False,
        "disabled": False,
        "open_issues_count": stars // 50,
        "license": spdx,
        "topics": ["llm"],
        "visibility": "public",
        "forks": stars // 6,
        "open_issues": stars // 50,
        "watchers": stars,
        "default_branch": "main",
        "network_count": stars // 6,
        "subscribers_count": stars // 120,
    }


def _make_release(
    name: str, number: int, tag: str, published: datetime, *, is_prerelease: bool = False
) -> Item:
    return {
        "url": f"https://api.github.com/repos/{name}/releases/{number}",
        "html_url": f"https://github.com/{name}/releases/tag/{tag}",
        "id": number,
        "node_id": f"RE_{number:x}",
        "tag_name": tag,
        "target_commitish": "main",
        "name": f"{name.partition('/')[2]} {tag}",
        "draft": False,
        "prerelease": is_prerelease,
        "created_at": _stamp(published - timedelta(hours=1)),
        "published_at": _stamp(published),
        "assets": [],
        "body": "Notes.",
    }


def _make_world() -> list[Item]:
    rows = [
        ("vllm-project/vllm", 599_547_518, 66_100, "2023-02-09T11:23:20Z", "Apache-2.0", "Python"),
        ("ggml-org/llama.cpp", 612_354_784, 91_300, "2023-03-10T18:58:00Z", "MIT", "C++"),
        ("ollama/ollama", 658_928_958, 158_200, "2023-06-26T19:39:32Z", "MIT", "Go"),
        ("huggingface/transformers", 155_220_641, 152_400, "2018-10-29T13:56:00Z", "Apache-2.0", "Python"),
        ("sgl-project/sglang", 741_157_391, 20_700, "2024-01-08T04:15:52Z", "Apache-2.0", "Python"),
        ("unslothai/unsloth", 725_205_304, 48_900, "2023-11-29T16:50:09Z", "Apache-2.0", "Python"),
        ("openai/openai-python", 303_885_609, 29_500, "2020-10-14T03:18:00Z", "Apache-2.0", "Python"),
        ("anthropics/anthropic-sdk-python", 595_115_304, 2_600, "2023-01-30T12:26:00Z", "MIT", "Python"),
        (
            "oobabooga/text-generation-webui",
            580_536_540,
            45_400,
            "2022-12-20T20:29:28Z",
            "AGPL-3.0",
            "Python",
        ),
        ("example-lab/notes", 900_000_001, 41, "2025-05-05T05:05:05Z", None, None),
    ]
    return [
        _make_repository(name, number, stars, created=created, licence=licence, language=language)
        for name, number, stars, created, licence, language in rows
    ]


def _make_releases(now: datetime) -> dict[str, list[Item]]:
    def days(number: int) -> datetime:
        return now - timedelta(days=number)

    return {
        "vllm-project/vllm": [
            _make_release("vllm-project/vllm", 880_003, "v0.14.0rc1", days(2), is_prerelease=True),
            _make_release("vllm-project/vllm", 880_002, "v0.13.1", days(9)),
            _make_release("vllm-project/vllm", 880_001, "v0.13.0", days(30)),
        ],
        "ggml-org/llama.cpp": [
            _make_release("ggml-org/llama.cpp", 881_000 + index, f"b{7200 - index}", days(index))
            for index in range(40)
        ],
        "ollama/ollama": [_make_release("ollama/ollama", 882_001, "v0.15.2", days(4))],
    }
