from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx2
import pytest

from tests.replica.__main__ import list_settings, refill_until
from tests.replica.feeds import FeedSite
from tests.replica.github import GitHubSite
from tests.replica.hub import HubSite
from tests.replica.server import Replica, Request, Response


class Echo:
    """Answers with what it was asked."""

    def handle(self, request: Request) -> Response | None:
        if not request.path.startswith("/echo"):
            return None
        said = f"{request.method} {request.path} {request.query} {request.body.decode()}"
        return Response(200, said.encode(), {"Content-Type": "text/plain"})


def test_first_site_that_knows_the_path_answers_and_others_get_404() -> None:
    with Replica([FeedSite(), Echo()]) as replica:
        said = httpx2.get(f"{replica.url}/echo/a%20b?x=1&x=2&empty=").text
        assert said == "GET /echo/a b {'x': ['1', '2'], 'empty': ['']} "
        assert httpx2.post(f"{replica.url}/echo", content=b"body").text == "POST /echo {} body"
        assert httpx2.get(f"{replica.url}/feeds/aurora.xml").status_code == 200
        assert httpx2.get(f"{replica.url}/nothing").status_code == 404
        assert [(entry.path, entry.status) for entry in replica.log] == [
            ("/echo/a b", 200),
            ("/echo", 200),
            ("/feeds/aurora.xml", 200),
            ("/nothing", 404),
        ]
        replica.clear_log()
        assert replica.log == []


def test_answers_are_framed_so_that_a_connection_is_kept() -> None:
    with Replica([Echo()]) as replica, httpx2.Client() as client:
        for _ in range(3):
            answer = client.get(f"{replica.url}/echo")
            assert answer.http_version == "HTTP/1.1"
            assert int(answer.headers["content-length"]) == len(answer.content)
        assert client.head(f"{replica.url}/echo").content == b""


def test_faults_hit_their_path_and_count_down() -> None:
    with Replica([Echo()]) as replica:
        replica.fail_next("/echo/a", 503, headers={"Retry-After": "7"}, body=b"later", times=2)
        assert httpx2.get(f"{replica.url}/echo/b").status_code == 200
        for _ in range(2):
            answer = httpx2.get(f"{replica.url}/echo/a")
            assert (answer.status_code, answer.headers["retry-after"], answer.content) == (503, "7", b"later")
        assert httpx2.get(f"{replica.url}/echo/a").status_code == 200


def test_nobody_answers_offline_and_the_same_address_comes_back() -> None:
    with Replica([Echo()]) as replica, httpx2.Client() as client:
        address = replica.url
        assert client.get(f"{address}/echo").status_code == 200
        replica.go_offline()
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"{address}/echo")
        replica.start()
        assert replica.url == address
        assert client.get(f"{address}/echo").status_code == 200


def test_many_clients_at_once_are_all_logged() -> None:
    with Replica([Echo()]) as replica:

        def ask() -> None:
            with httpx2.Client() as client:
                for _ in range(10):
                    client.get(f"{replica.url}/echo")

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(replica.log) == 80


def test_it_listens_on_the_loopback_address_only() -> None:
    with Replica([]) as replica:
        assert replica.url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_program_prints_its_settings_serves_every_source_and_ends_when_asked(ending: signal.Signals) -> None:
    root = Path(__file__).resolve().parents[2]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.replica", "--port", str(port)],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    try:
        assert program.stdout is not None
        url = f"http://127.0.0.1:{port}"
        expected = list_settings(url)
        printed = [program.stdout.readline().strip() for _ in expected]
        assert printed == [f"export {name}='{value}'" for name, value in expected.items()]
        for path in (
            "/feeds/meridian.atom",
            "/models.dev/api.json",
            "/openrouter/api/v1/models",
            "/api/v3/rate_limit",
        ):
            assert httpx2.get(url + path).status_code == 200, path
    finally:
        program.send_signal(ending)
        assert program.wait(20) == 0
        if program.stdout is not None:
            program.stdout.close()


def test_rate_windows_are_refilled_by_the_real_clock_until_asked_to_end() -> None:
    class SomeRounds(threading.Event):
        rounds = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.rounds += 1
            for site in (hub, github):
                site.handle(Request("GET", "/api/v3/repos/a/b", {}, {"user-agent": "test"}))
                site.handle(Request("GET", "/api/models", {}, {}))
            if self.rounds == 2:
                hub.window_ends_at = github.window_ends_at = time.time() - 1  # over
            return self.rounds == 3

    hub, github = HubSite(quota=1), GitHubSite(quota=1)
    end = SomeRounds()
    refill_until(end, [hub, github])
    assert (hub.window_ends_at or 0) - time.time() == pytest.approx(hub.window_seconds, abs=60)
    assert (github.window_ends_at or 0) - time.time() == pytest.approx(github.window_seconds, abs=60)
    assert github.primary_spent == 1  # of the third round alone
