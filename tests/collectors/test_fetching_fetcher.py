from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import httpx2
import pytest

from collectors.contract import Context
from collectors.fetching import (
    Fetcher,
    HostGate,
    Limits,
    RetryPolicy,
    transport,
    without_credentials,
)
from store.errors import (
    AccessDenied,
    Interrupted,
    RateLimited,
    SourceChanged,
    SourceError,
    SourceGone,
    SourceMissing,
    SourceUnavailable,
)
from tests.collectors.stand import NOW, USER_AGENT, Clock, make_context
from tests.replica.server import Replica, Request, Response, answer_conditionally, answer_in_parts


@dataclass
class Pages:
    """A site of fixed answers by path."""

    pages: dict[str, Response | Callable[[Request], Response]] = field(default_factory=dict)

    def handle(self, request: Request) -> Response | None:
        page = self.pages.get(request.path)
        return page(request) if callable(page) else page


def redirect(target: str, status: int = 302) -> Response:
    return Response(status, b"", {"Location": target})


@pytest.fixture
def pages(replica: Replica) -> dict[str, Response | Callable[[Request], Response]]:
    site = Pages(
        {
            "/page": lambda request: answer_conditionally(
                request, b"hello", "text/plain", last_modified="yesterday"
            )
        }
    )
    replica.sites.append(site)
    return site.pages


MakeFetcher = Callable[..., Fetcher]


@pytest.fixture
def make_fetcher(clock: Clock, gate: HostGate, stop: threading.Event) -> Iterator[MakeFetcher]:
    """Fetchers with other limits, policies or stop events than the context's; closed in the end."""
    made: list[Fetcher] = []

    def make(
        *, limits: Limits | None = None, retry: RetryPolicy | None = None, stop: threading.Event = stop
    ) -> Fetcher:
        made.append(make_context(clock, gate, stop, limits=limits, retry=retry).fetcher)
        return made[-1]

    yield make
    for fetcher in made:
        fetcher.close()


@pytest.mark.usefixtures("pages")
class TestConditional:
    def test_answer_carries_what_the_next_request_sends_back(
        self, replica: Replica, context: Context
    ) -> None:
        first = context.fetcher.fetch(f"{replica.url}/page")
        assert (first.status, first.body, first.content_type) == (200, b"hello", "text/plain")
        assert not first.is_unchanged
        second = context.fetcher.fetch(
            f"{replica.url}/page", etag=first.etag, last_modified=first.last_modified
        )
        assert (second.status, second.body, second.is_unchanged) == (304, b"", True)
        assert second.etag == first.etag
        assert replica.log[1].headers["if-none-match"] == first.etag
        assert replica.log[1].headers["if-modified-since"] == "yesterday"

    def test_unchanged_is_no_answer_to_an_unconditional_request(
        self, replica: Replica, context: Context
    ) -> None:
        replica.fail_next("/page", 304)
        with pytest.raises(SourceUnavailable, match="304"):
            context.fetcher.fetch(f"{replica.url}/page")

    def test_requests_name_us_and_what_we_accept(self, replica: Replica, context: Context) -> None:
        context.fetcher.fetch(f"{replica.url}/page", accept="application/json")
        headers = replica.log[0].headers
        assert headers["user-agent"] == USER_AGENT
        assert headers["accept"] == "application/json"
        assert "cookie" not in headers


@pytest.mark.usefixtures("pages")
class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (400, SourceUnavailable),
            (401, AccessDenied),
            (403, AccessDenied),
            (404, SourceMissing),
            (410, SourceGone),
            (429, RateLimited),
            (451, AccessDenied),
            (500, SourceUnavailable),
            (503, SourceUnavailable),
        ],
    )
    def test_status_becomes_the_error_that_says_who_must_act(
        self, replica: Replica, context: Context, status: int, error: type[SourceError]
    ) -> None:
        replica.fail_next("/page", status, times=10)
        with pytest.raises(error) as caught:
            context.fetcher.fetch(f"{replica.url}/page")
        assert type(caught.value) is error
        assert caught.value.host == replica.host

    @pytest.mark.parametrize(
        "headers",
        [
            {"Retry-After": "300"},
            {"Retry-After": "Sun, 22 Nov 2026 12:05:00 GMT"},
            {"RateLimit": '"api";r=0;t=300', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'},
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW.timestamp()) + 300)},
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "300"},
        ],
        ids=["seconds", "date", "RateLimit", "reset as a moment", "reset in seconds"],
    )
    @pytest.mark.parametrize("status", [429, 403])
    def test_rate_limit_in_each_header_style_says_when_to_come_back(
        self, replica: Replica, context: Context, headers: dict[str, str], status: int
    ) -> None:
        replica.fail_next("/page", status, headers=headers)
        with pytest.raises(RateLimited) as caught:
            context.fetcher.fetch(f"{replica.url}/page")
        assert caught.value.retry_at == NOW + timedelta(minutes=5)
        with pytest.raises(RateLimited):
            context.fetcher.fetch(f"{replica.url}/page")
        assert len(replica.log) == 1

    def test_long_wait_after_a_server_error_is_postponed_and_not_slept_through(
        self, replica: Replica, context: Context
    ) -> None:
        replica.fail_next("/page", 503, headers={"Retry-After": "3600"})
        with pytest.raises(SourceUnavailable) as caught:
            context.fetcher.fetch(f"{replica.url}/page")
        assert caught.value.retry_at == NOW + timedelta(hours=1)
        assert len(replica.log) == 1

    def test_passing_trouble_is_tried_again(self, replica: Replica, context: Context) -> None:
        replica.fail_next("/page", 502, times=2)
        fetched = context.fetcher.fetch(f"{replica.url}/page")
        assert fetched.body == b"hello"
        assert fetched.requests == 3
        assert [entry.status for entry in replica.log] == [502, 502, 200]

    def test_lasting_trouble_is_tried_as_often_as_the_policy_says(
        self, replica: Replica, context: Context
    ) -> None:
        replica.fail_next("/page", 500, times=10)
        with pytest.raises(SourceUnavailable, match="500"):
            context.fetcher.fetch(f"{replica.url}/page")
        assert len(replica.log) == 3

    def test_refusals_are_not_tried_again(self, replica: Replica, context: Context) -> None:
        replica.fail_next("/page", 404, times=10)
        with pytest.raises(SourceUnavailable):
            context.fetcher.fetch(f"{replica.url}/page")
        assert len(replica.log) == 1


class TestLimits:
    def test_body_that_announces_itself_as_too_large_is_not_read(
        self, replica: Replica, make_fetcher: MakeFetcher
    ) -> None:
        replica.sites.append(Pages({"/big": Response(200, b"x" * 2_000)}))
        fetcher = make_fetcher(limits=Limits(max_bytes=1_000))
        with pytest.raises(SourceChanged, match=r"larger than 1,000 bytes") as caught:
            fetcher.fetch(f"{replica.url}/big")
        assert caught.value.path == "body"
        assert len(fetcher.fetch(f"{replica.url}/big", max_bytes=3_000).body) == 2_000

    def test_compressed_body_is_counted_as_it_unfolds(self, replica: Replica, context: Context) -> None:
        bomb = gzip.compress(b"\x00" * 50_000_000)
        assert len(bomb) < context.fetcher.limits.max_bytes
        replica.sites.append(Pages({"/bomb": Response(200, bomb, {"Content-Encoding": "gzip"})}))
        with pytest.raises(SourceChanged, match="larger than"):
            context.fetcher.fetch(f"{replica.url}/bomb")

    @pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "made-up"])
    def test_body_in_an_encoding_that_was_not_asked_for_is_refused(
        self, replica: Replica, context: Context, encoding: str
    ) -> None:
        replica.sites.append(Pages({"/odd": Response(200, b"raw", {"Content-Encoding": encoding})}))
        with pytest.raises(SourceChanged, match="not what we asked for") as caught:
            context.fetcher.fetch(f"{replica.url}/odd")
        assert caught.value.path == "Content-Encoding"

    @pytest.mark.parametrize("encoding", ["gzip", "deflate"])
    def test_compressed_body_that_ends_in_the_middle_is_a_changed_source(
        self, replica: Replica, context: Context, encoding: str
    ) -> None:
        whole = gzip.compress(b"hello " * 1_000) if encoding == "gzip" else zlib.compress(b"hello " * 1_000)
        replica.sites.append(Pages({"/cut": Response(200, whole[:-20], {"Content-Encoding": encoding})}))
        with pytest.raises(SourceChanged, match="ends in the middle") as caught:
            context.fetcher.fetch(f"{replica.url}/cut")
        assert caught.value.path == "body"

    def test_compressed_body_without_a_byte_is_empty(self, replica: Replica, context: Context) -> None:
        replica.sites.append(Pages({"/none": Response(200, b"", {"Content-Encoding": "gzip"})}))
        assert context.fetcher.fetch(f"{replica.url}/none").body == b""

    def test_gzip_of_several_members_is_read_to_its_end(self, replica: Replica, context: Context) -> None:
        body = gzip.compress(b"first ") + gzip.compress(b"second ") + bytes(3) + gzip.compress(b"third")
        replica.sites.append(Pages({"/members": Response(200, body, {"Content-Encoding": "x-gzip"})}))
        assert context.fetcher.fetch(f"{replica.url}/members").body == b"first second third"

    def test_library_that_asks_for_more_encodings_than_we_read_asks_for_ours(
        self, replica: Replica, context: Context
    ) -> None:
        replica.sites.append(Pages({"/page": Response(200, b"ok")}))
        with httpx2.Client(transport=context.fetcher.build_transport()) as client:
            client.get(f"{replica.url}/page", headers={"Accept-Encoding": "gzip, br;q=0.9, zstd"})
            client.get(f"{replica.url}/page", headers={"Accept-Encoding": "identity"})
        assert [each.headers["accept-encoding"] for each in replica.log] == ["gzip, deflate", "identity"]

    def test_compressed_body_within_the_limit_is_read(self, replica: Replica, context: Context) -> None:
        body = gzip.compress(b"hello " * 1_000)
        replica.sites.append(Pages({"/small": Response(200, body, {"Content-Encoding": "gzip"})}))
        assert context.fetcher.fetch(f"{replica.url}/small").body == b"hello " * 1_000

    def test_body_that_is_not_what_its_encoding_says_is_a_changed_source(
        self, replica: Replica, context: Context
    ) -> None:
        replica.sites.append(Pages({"/odd": Response(200, b"plain", {"Content-Encoding": "gzip"})}))
        with pytest.raises(SourceChanged, match="encoding"):
            context.fetcher.fetch(f"{replica.url}/odd")

    def test_body_that_ends_early_is_tried_again_and_then_unavailable(
        self, replica: Replica, context: Context
    ) -> None:
        replica.sites.append(Pages({"/cut": Response(200, b"half", declared_length=1_000)}))
        with pytest.raises(SourceUnavailable, match="does not answer"):
            context.fetcher.fetch(f"{replica.url}/cut")
        assert len(replica.log) == 3

    def test_server_that_drips_is_left_at_the_deadline(
        self, replica: Replica, make_fetcher: MakeFetcher
    ) -> None:
        replica.sites.append(Pages({"/drip": Response(200, b"x" * 1_000)}))
        replica.slow("/drip", 0.05)
        fetcher = make_fetcher(limits=Limits(total_timeout=0.2))
        with pytest.raises(SourceUnavailable, match=r"longer than 0\.2 s"):
            fetcher.fetch(f"{replica.url}/drip")

    def test_silent_server_is_left_after_the_read_timeout_and_marked_down(
        self, replica: Replica, make_fetcher: MakeFetcher
    ) -> None:
        replica.sites.append(Pages({"/silent": Response(200, b"xx")}))
        replica.slow("/silent", 60)
        limits, retry = Limits(read_timeout=0.05), RetryPolicy(attempts=2, first_wait=0)
        fetcher = make_fetcher(limits=limits, retry=retry)
        with pytest.raises(SourceUnavailable, match="does not answer"):
            fetcher.fetch(f"{replica.url}/silent")
        assert len(replica.log) == 2
        with pytest.raises(SourceUnavailable, match="unreachable"):
            fetcher.fetch(f"{replica.url}/silent")
        assert len(replica.log) == 2


@pytest.mark.usefixtures("pages")
class TestRedirects:
    def test_final_address_is_told(
        self, replica: Replica, context: Context, pages: dict[str, Response]
    ) -> None:
        pages["/old"] = redirect("/page")
        fetched = context.fetcher.fetch(f"{replica.url}/old")
        assert fetched.url == f"{replica.url}/page"
        assert fetched.permanent_url is None
        assert fetched.requests == 2

    def test_permanent_address_is_where_the_unbroken_permanent_moves_lead(
        self, replica: Replica, context: Context, pages: dict[str, Response]
    ) -> None:
        pages["/a"] = redirect("/b", 301)
        pages["/b"] = redirect("/c", 308)
        pages["/c"] = redirect("/d", 302)
        pages["/d"] = redirect("/page", 301)
        fetched = context.fetcher.fetch(f"{replica.url}/a")
        assert fetched.permanent_url == f"{replica.url}/c"
        assert fetched.url == f"{replica.url}/page"

    def test_circle_is_left_after_the_allowed_number(
        self, replica: Replica, context: Context, pages: dict[str, Response]
    ) -> None:
        pages["/round"] = redirect("/round")
        with pytest.raises(SourceUnavailable, match="more than 5"):
            context.fetcher.fetch(f"{replica.url}/round")
        assert len(replica.log) == 6

    @pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://a.example/x", "javascript:alert(1)"])
    def test_redirect_to_another_scheme_is_refused(
        self, replica: Replica, context: Context, pages: dict[str, Response], target: str
    ) -> None:
        pages["/away"] = redirect(target)
        with pytest.raises(AccessDenied, match="only http"):
            context.fetcher.fetch(f"{replica.url}/away")

    @pytest.mark.parametrize("target", ["", "http://[::1/", "http://a.example:99999/"])
    def test_redirect_to_nowhere_is_a_changed_source(
        self, replica: Replica, context: Context, pages: dict[str, Response], target: str
    ) -> None:
        pages["/away"] = redirect(target)
        with pytest.raises(SourceChanged) as caught:
            context.fetcher.fetch(f"{replica.url}/away")
        assert caught.value.path == "Location"

    def test_credentials_stay_with_the_host_they_were_meant_for(
        self, replica: Replica, context: Context, pages: dict[str, Response]
    ) -> None:
        with Replica([Pages({"/elsewhere": Response(200, b"there")})]) as other:
            pages["/here"] = redirect("/there")
            pages["/there"] = redirect(f"{other.url}/elsewhere")
            fetched = context.fetcher.fetch(f"{replica.url}/here", headers={"Authorization": "Bearer secret"})
            assert fetched.body == b"there"
            assert [entry.headers.get("authorization") for entry in replica.log] == ["Bearer secret"] * 2
            assert "authorization" not in other.log[0].headers

    def test_redirect_to_a_private_address_is_refused(
        self,
        replica: Replica,
        pages: dict[str, Response],
        clock: Clock,
        gate: HostGate,
        stop: threading.Event,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The replica stands for a public site: its own port is let through, another port is not."""
        import collectors.fetching.network as network

        allowed = int(replica.url.rpartition(":")[2])
        original = network.resolve

        def resolve(
            host: str,
            port: int,
            *,
            timeout: float,
            allow_private: bool = False,
            watch: network.Watch | None = None,
        ) -> list[str]:
            is_allowed = allow_private or port == allowed
            return original(host, port, timeout=timeout, allow_private=is_allowed, watch=watch)

        monkeypatch.setattr(network, "resolve", resolve)
        with Replica([Pages({"/secret": Response(200, b"inside")})]) as inside:
            pages["/trap"] = redirect(f"{inside.url}/secret")
            fetcher = Fetcher(gate, clock, stop, USER_AGENT, retry=RetryPolicy(first_wait=0))
            assert fetcher.fetch(f"{replica.url}/page").body == b"hello"
            with pytest.raises(AccessDenied, match="private address"):
                fetcher.fetch(f"{replica.url}/trap")
            fetcher.close()
            assert inside.log == []

    @pytest.mark.parametrize("target", ["http://{host}/there", "http://other@{host}/there"])
    def test_credentials_are_dropped_where_only_the_scheme_or_the_user_changes(
        self, replica: Replica, context: Context, pages: dict[str, Response], target: str
    ) -> None:
        """Where the scheme alone changes, another origin is asked; the user of a `Location` is its own."""
        from collectors.fetching.fetcher import _origin

        assert _origin("https://a.example/x") != _origin("http://a.example/x")
        assert _origin("https://a.example/x") != _origin("https://a.example:8443/x")
        pages["/here"] = redirect(target.format(host=replica.host))
        pages["/there"] = Response(200, b"there")
        fetched = context.fetcher.fetch(f"{replica.url}/here")
        assert fetched.url == f"{replica.url}/there"
        assert "other" not in fetched.url

    def test_range_goes_along_to_another_host_and_credentials_do_not(
        self, replica: Replica, context: Context, pages: dict[str, Response]
    ) -> None:
        part = Response(206, b"th", {"Content-Range": "bytes 0-1/5"})
        with Replica([Pages({"/elsewhere": part})]) as other:
            pages["/here"] = redirect(f"{other.url}/elsewhere")
            headers = {"Authorization": "Bearer secret", "Range": "bytes=0-1"}
            assert context.fetcher.fetch(f"{replica.url}/here", headers=headers).status == 206
            assert other.log[0].headers["range"] == "bytes=0-1"
            assert "authorization" not in other.log[0].headers


class TestParts:
    def test_part_comes_as_it_was_sent_with_its_place(self, replica: Replica, context: Context) -> None:
        body = b"0123456789"
        replica.sites.append(Pages({"/file": lambda r: answer_in_parts(r, body, "application/octet-stream")}))
        fetched = context.fetcher.fetch(f"{replica.url}/file", headers={"Range": "bytes=4-6"})
        assert (fetched.status, fetched.body) == (206, b"456")
        assert fetched.headers["content-range"] == "bytes 4-6/10"
        assert replica.log[0].headers["accept-encoding"] == "identity"

    def test_range_beyond_the_end_is_an_answer_that_says_the_size(
        self, replica: Replica, context: Context
    ) -> None:
        replica.sites.append(Pages({"/file": lambda r: answer_in_parts(r, b"0123", "text/plain")}))
        fetched = context.fetcher.fetch(f"{replica.url}/file", headers={"range": "bytes=9-"})
        assert (fetched.status, fetched.body) == (416, b"")
        assert fetched.headers["content-range"] == "bytes */4"

    def test_server_that_knows_no_parts_gives_the_whole(self, replica: Replica, context: Context) -> None:
        replica.sites.append(Pages({"/file": Response(200, b"0123")}))
        fetched = context.fetcher.fetch(f"{replica.url}/file", headers={"Range": "bytes=0-1"})
        assert (fetched.status, fetched.body) == (200, b"0123")

    @pytest.mark.parametrize(
        ("asked", "answer", "path"),
        [
            ({}, Response(206, b"01", {"Content-Range": "bytes 0-1/4"}), "status"),
            ({"Range": "bytes=0-1"}, Response(206, b"01"), "Content-Range"),
            (
                {"Range": "bytes=0-1"},
                Response(206, b"01", {"Content-Range": "bytes 0-1/4", "Content-Encoding": "gzip"}),
                "Content-Encoding",
            ),
        ],
    )
    def test_part_that_cannot_be_placed_is_a_changed_source(
        self, replica: Replica, context: Context, asked: dict[str, str], answer: Response, path: str
    ) -> None:
        replica.sites.append(Pages({"/file": answer}))
        with pytest.raises(SourceChanged) as caught:
            context.fetcher.fetch(f"{replica.url}/file", headers=asked)
        assert caught.value.path == path

    def test_416_to_a_request_for_the_whole_is_no_answer(self, replica: Replica, context: Context) -> None:
        replica.sites.append(Pages({"/file": Response(416, b"")}))
        with pytest.raises(SourceUnavailable, match="416"):
            context.fetcher.fetch(f"{replica.url}/file")

    def test_encoding_can_be_declined_for_the_whole_too(self, replica: Replica, context: Context) -> None:
        replica.sites.append(Pages({"/file": Response(200, b"0123")}))
        context.fetcher.fetch(f"{replica.url}/file", accept_encoding="identity")
        context.fetcher.fetch(f"{replica.url}/file")
        sent = [entry.headers["accept-encoding"] for entry in replica.log]
        assert sent == ["identity", "gzip, deflate"]


class TestAccounts:
    def test_each_credential_has_a_budget_of_its_own(self, replica: Replica, context: Context) -> None:
        def answer(request: Request) -> Response:
            is_known = "authorization" in request.headers
            return Response(200, b"", {"RateLimit": f'"api";r={9 if is_known else 0};t=60'})

        replica.sites.append(Pages({"/page": answer}))
        credential = {"Authorization": "Bearer of-somebody"}
        context.fetcher.fetch(f"{replica.url}/page")
        with pytest.raises(RateLimited):
            context.fetcher.fetch(f"{replica.url}/page")
        for _ in range(2):
            context.fetcher.fetch(f"{replica.url}/page", headers=credential)
        assert len(replica.log) == 3
        said = repr(context.fetcher.gate.take_changes())
        assert "of-somebody" not in said

    def test_proxies_of_the_environment_are_not_used(
        self, replica: Replica, context: Context, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.delenv("NO_PROXY", raising=False)
        replica.sites.append(Pages({"/page": Response(200, b"hello")}))
        assert context.fetcher.fetch(f"{replica.url}/page").body == b"hello"
        transport = context.fetcher.build_transport()
        with httpx2.Client(transport=transport) as client:
            assert client.get(f"{replica.url}/page").text == "hello"


@pytest.mark.usefixtures("pages")
class TestCredentials:
    def test_credentials_in_an_address_are_sent_and_never_shown(
        self, replica: Replica, context: Context
    ) -> None:
        address = replica.url.replace("://", "://reader:pa55word@")
        fetched = context.fetcher.fetch(f"{address}/page")
        assert replica.log[0].headers["authorization"].startswith("Basic ")
        assert fetched.url == f"{replica.url}/page"
        replica.fail_next("/page", 404)
        with pytest.raises(SourceUnavailable) as caught:
            context.fetcher.fetch(f"{address}/page")
        assert "pa55word" not in str(caught.value)

    def test_address_without_credentials_is_left_as_it_is(self) -> None:
        assert without_credentials("https://a.example:8/p?q=x@y") == "https://a.example:8/p?q=x@y"
        assert without_credentials("https://u:p@a.example/p") == "https://a.example/p"


class TestReachability:
    def test_dead_host_costs_one_attempt(self, replica: Replica, context: Context) -> None:
        address = replica.url
        replica.go_offline()
        for path in ("/a", "/b", "/c"):
            with pytest.raises(SourceUnavailable, match="unreachable"):
                context.fetcher.fetch(address + path)
        assert context.fetcher.gate.total_requests == 1

    def test_next_round_finds_a_host_that_came_back(self, replica: Replica, context: Context) -> None:
        replica.sites.append(Pages({"/page": Response(200, b"hello")}))
        replica.go_offline()
        with pytest.raises(SourceUnavailable):
            context.fetcher.fetch(f"{replica.url}/page")
        replica.start()
        context.fetcher.gate.new_round()
        assert context.fetcher.fetch(f"{replica.url}/page").body == b"hello"

    def test_kept_connection_that_the_server_closed_is_no_failure(
        self, replica: Replica, context: Context
    ) -> None:
        replica.sites.append(Pages({"/page": Response(200, b"hello")}))
        for _ in range(3):
            assert context.fetcher.fetch(f"{replica.url}/page").body == b"hello"
            replica.go_offline()
            replica.start()

    @pytest.mark.parametrize(
        "address", ["file:///etc/passwd", "/etc/passwd", "http://", "http://a:99999/", "gopher://a/"]
    )
    def test_other_addresses_than_http_are_refused(self, context: Context, address: str) -> None:
        with pytest.raises(AccessDenied):
            context.fetcher.fetch(address)
        assert context.fetcher.gate.total_requests == 0


@pytest.mark.usefixtures("pages")
class TestStopping:
    def test_stop_request_ends_the_pause_between_attempts(
        self, replica: Replica, make_fetcher: MakeFetcher
    ) -> None:
        stop = StopWhileWaiting()
        fetcher = make_fetcher(stop=stop, retry=RetryPolicy(first_wait=3_600, longest_wait=3_600))
        replica.fail_next("/page", 503, times=10)
        with pytest.raises(Interrupted):
            fetcher.fetch(f"{replica.url}/page")
        assert stop.waited_for == [3_600]
        assert len(replica.log) == 1

    def test_stop_request_ends_reading_a_slow_answer(
        self, replica: Replica, make_fetcher: MakeFetcher, stop: threading.Event
    ) -> None:
        def answer(_: Request) -> Response:
            stop.set()
            return Response(200, b"x" * 100)

        replica.sites.insert(0, Pages({"/slow": answer}))
        replica.slow("/slow", 60)
        fetcher = make_fetcher()
        with pytest.raises(Interrupted):
            fetcher.fetch(f"{replica.url}/slow")

    def test_nothing_is_sent_after_a_stop_request(
        self, replica: Replica, context: Context, stop: threading.Event
    ) -> None:
        stop.set()
        with pytest.raises(Interrupted):
            context.fetcher.fetch(f"{replica.url}/page")
        assert replica.log == []


class StopWhileWaiting(threading.Event):
    """A stop request that comes in the middle of whatever is waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_for: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited_for.append(timeout)
        self.set()
        return True


class TestTransport:
    def test_other_clients_get_the_same_gate_limits_and_timeouts(
        self, replica: Replica, context: Context
    ) -> None:
        replica.sites.append(Pages({"/page": Response(200, b"x" * 2_000, {"RateLimit": '"api";r=0;t=60'})}))
        transport = context.fetcher.build_transport(Limits(max_bytes=1_000))
        with httpx2.Client(transport=transport, timeout=None) as client:
            with pytest.raises(SourceChanged):
                client.get(f"{replica.url}/page")
            with pytest.raises(RateLimited):
                client.get(f"{replica.url}/page")
        assert len(replica.log) == 1

    def test_explicit_timeout_of_none_is_filled_in(self, replica: Replica, context: Context) -> None:
        replica.sites.append(Pages({"/silent": Response(200, b"xx")}))
        replica.slow("/silent", 60)
        transport = context.fetcher.build_transport(Limits(read_timeout=0.05))
        with httpx2.Client(transport=transport) as client, pytest.raises(httpx2.ReadTimeout):
            client.get(f"{replica.url}/silent", timeout=None)


def test_policy_names_one_pause_fewer_than_attempts() -> None:
    assert list(RetryPolicy(attempts=5, first_wait=1, factor=2, longest_wait=4).waits()) == [1, 2, 4, 4]
    assert list(RetryPolicy(attempts=1).waits()) == []


class TestHeaders:
    """What headers may hold besides ASCII and sense."""

    UTF_8 = "café".encode().decode("latin-1")  # as the server writes it, byte for byte

    @pytest.mark.parametrize("value", [UTF_8, "caf\xe9", 'attachment; filename="\xe6.csv"'])
    def test_header_that_is_not_ascii_costs_neither_the_answer_nor_its_connection(
        self, replica: Replica, make_fetcher: MakeFetcher, monkeypatch: pytest.MonkeyPatch, value: str
    ) -> None:
        monkeypatch.setattr(transport, "_MOST_CONNECTIONS", 1)
        replica.sites.append(Pages({"/page": Response(200, b"ok", {"Content-Disposition": value})}))
        fetcher = make_fetcher(limits=Limits(total_timeout=2.0), retry=RetryPolicy(attempts=1))
        assert [fetcher.fetch(f"{replica.url}/page").body for _ in range(3)] == [b"ok"] * 3

    def test_address_of_a_redirect_may_be_written_in_utf_8(self, replica: Replica, context: Context) -> None:
        replica.sites.append(
            Pages({"/old": redirect(f"{replica.url}/{self.UTF_8}"), "/café": Response(200, b"ok")})
        )
        assert context.fetcher.fetch(f"{replica.url}/old").body == b"ok"

    @pytest.mark.parametrize("name", ["Retry-After", "X-RateLimit-Reset"])
    @pytest.mark.parametrize(
        "text",
        ["Mon, 01 Jan 2024 00:00:00 +99999999999999", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "²"],
    )
    def test_date_beyond_reckoning_is_ignored(
        self, replica: Replica, context: Context, name: str, text: str
    ) -> None:
        headers = {name: text, "X-RateLimit-Remaining": "7"}
        replica.sites.append(Pages({"/page": Response(200, b"ok", headers)}))
        assert context.fetcher.fetch(f"{replica.url}/page").body == b"ok"
        replica.fail_next("/page", 503, headers=headers)
        assert context.fetcher.fetch(f"{replica.url}/page").body == b"ok"
        assert context.fetcher.gate.requests(replica.host) == 3


class TestConnections:
    @pytest.fixture
    def busy(
        self, replica: Replica, make_fetcher: MakeFetcher, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Fetcher]:
        """A fetcher whose only connection is held by an answer that nobody has read."""
        monkeypatch.setattr(transport, "_MOST_CONNECTIONS", 1)
        replica.sites.append(Pages({"/held": Response(200, b"x")}))
        fetcher = make_fetcher(limits=Limits(total_timeout=1.0), retry=RetryPolicy(attempts=1))
        held = fetcher._transport.handle_request(httpx2.Request("GET", f"{replica.url}/held"))
        yield fetcher
        held.close()

    def test_waiting_for_one_is_no_fault_of_the_host(self, busy: Fetcher) -> None:
        with Replica([Pages({"/page": Response(200, b"ok")})]) as other:
            with pytest.raises(SourceUnavailable, match="none of our connections"):
                busy.fetch(f"{other.url}/page")
            assert busy.gate.requests(other.host) == 0
            busy.gate.admit(other.host)  # it is not taken to be down

    def test_waiting_for_one_ends_with_a_stop_request(self, busy: Fetcher, stop: threading.Event) -> None:
        with Replica([Pages({"/page": Response(200, b"ok")})]) as other:
            threading.Timer(0.1, stop.set).start()
            with pytest.raises(Interrupted):
                busy.fetch(f"{other.url}/page")

    def test_answers_before_the_answer_come_to_an_end(
        self, make_fetcher: MakeFetcher, stop: threading.Event
    ) -> None:
        sent = 0
        with socket.create_server(("127.0.0.1", 0)) as server:

            def serve() -> None:
                nonlocal sent
                connection, _ = server.accept()
                with connection, contextlib.suppress(OSError):
                    while sent < 100_000_000:
                        sent += connection.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000)

            thread = threading.Thread(target=serve)
            thread.start()
            host = f"127.0.0.1:{server.getsockname()[1]}"
            with pytest.raises(SourceUnavailable, match="no end of"):
                make_fetcher(retry=RetryPolicy(attempts=1)).fetch(f"http://{host}/")
            thread.join()
        assert sent < 20_000_000  # what the system's buffers take
