"""Contract cases of the documented plug-in, and the made-up Docker Hub it reads."""

from __future__ import annotations

import json

from collectors.contract import Collector
from tests.collectors.contract_case import Case, Drift
from tests.plugin_example.docker_pulls import DockerPulls
from tests.replica.server import Request, Response, answer_conditionally

IMAGES = {"aurora/serve": 120_000, "harbour/run": 7_500_000}


class DockerHubSite:
    """Pull counts under `/docker/v2/repositories/`."""

    def __init__(self) -> None:
        self.pulls = dict(IMAGES)

    def handle(self, request: Request) -> Response | None:
        prefix = "/docker/v2/repositories/"
        image = request.path.removeprefix(prefix).strip("/")
        if not request.path.startswith(prefix) or image not in self.pulls:
            return None
        owner, _, name = image.partition("/")
        answer = {"user": owner, "name": name, "star_count": 3, "pull_count": self.pulls[image]}
        return answer_conditionally(request, json.dumps(answer).encode(), "application/json")


def make_example(url: str) -> Collector:
    return DockerPulls(f"{url}/docker", list(IMAGES))


CASES = [
    Case(
        "documented plug-in",
        lambda: [DockerHubSite()],
        make_example,
        paths=["/docker/"],
        drifts=[
            Drift("/docker/v2/repositories/aurora/serve", b"{}"),
            Drift("/docker/v2/repositories/aurora/serve", b'{"pull_count": "many"}'),
        ],
    )
]
