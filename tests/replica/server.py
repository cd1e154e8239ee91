"""A small local server that stands for the outside world, so that the real clients are exercised.

Sites answer requests; the server adds correct framing, a log, and faults on demand:

    with Replica([FeedSite()]) as replica:
        replica.fail_next("/feeds/", 503, times=2)
        ...
        assert [entry.status for entry in replica.log] == [503, 503, 200]

It listens on 127.0.0.1 only, on a port of the system's choice unless one is asked for.
"""

from __future__ import annotations

import hashlib
import re
import socket
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """What a site is asked. `path` is decoded and has no query; header names are in lower case.
    `base` is the replica's own address, for links in answers. `status` is set in the log only."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes = b""
    base: str = ""
    target: str = ""
    status: int = 0

    def first(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return self.query.get(name, [default])[0]


@dataclass(frozen=True, slots=True)
class Response:
    """What a site answers. Content-Length is added by the server; `declared_length` lies about it."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    declared_length: int | None = None


class Site(Protocol):
    """One service of the outside world."""

    def handle(self, request: Request) -> Response | None:
        """Answer, or None when the path is none of ours."""
        ...


@dataclass(slots=True)
class _Fault:
    prefix: str
    response: Response
    left: int
    after: int = 0


class Replica:
    """The server; a context manager. `url` has no trailing slash."""

    def __init__(self, sites: Sequence[Site], *, port: int = 0) -> None:
        self.sites = list(sites)
        self._port = port
        self._log: list[Request] = []
        self._faults: list[_Fault] = []
        self._delays: dict[str, float] = {}
        self._mutex = threading.Lock()
        self._closing = threading.Event()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.go_offline()

    def start(self) -> None:
        """Begin to listen; again on the same port after `go_offline`."""
        if self._server is not None:
            return
        self._closing.clear()
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="replica", daemon=True
        )
        self._thread.start()

    def go_offline(self) -> None:
        """Stop listening and drop every connection: from now on nobody answers at this address."""
        if self._server is None or self._thread is None:
            return
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.drop_connections()
        self._server = None
        self._thread = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def host(self) -> str:
        """The address as the gate names it."""
        return f"127.0.0.1:{self._port}"

    @property
    def log(self) -> list[Request]:
        """Every request so far with the status it was answered, in the order of the answers."""
        with self._mutex:
            return list(self._log)

    def clear_log(self) -> None:
        with self._mutex:
            self._log.clear()

    def fail_next(
        self,
        path_prefix: str,
        status: int,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        times: int = 1,
        after: int = 0,
    ) -> None:
        """Answer the next `times` requests under `path_prefix` with this instead, once `after` of them have
        been answered as usual."""
        with self._mutex:
            self._faults.append(_Fault(path_prefix, Response(status, body, headers or {}), times, after))

    def slow(self, path_prefix: str, seconds: float) -> None:
        """Send every body under `path_prefix` one byte at a time, `seconds` apart."""
        with self._mutex:
            self._delays[path_prefix] = seconds

    def answer(self, request: Request) -> Response:
        """Find what to answer: an injected fault, else the first site that knows the path, else 404."""
        with self._mutex:
            for fault in self._faults:
                if fault.left > 0 and request.path.startswith(fault.prefix):
                    if fault.after > 0:
                        fault.after -= 1
                        continue
                    fault.left -= 1
                    return fault.response
        for site in self.sites:
            response = site.handle(request)
            if response is not None:
                return response
        return Response(404, b"not found", {"Content-Type": "text/plain"})

    def note(self, request: Request) -> None:
        with self._mutex:
            self._log.append(request)

    def delay_of(self, path: str) -> float:
        with self._mutex:
            return next((delay for prefix, delay in self._delays.items() if path.startswith(prefix)), 0.0)

    def wait(self, seconds: float) -> bool:
        """Pause; True when the server is closing and the rest need not be sent."""
        return self._closing.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], replica: Replica) -> None:
        self.replica = replica
        self._open: set[socket.socket] = set()
        self._open_mutex = threading.Lock()
        super().__init__(address, _Handler)

    def hold(self, connection: socket.socket) -> None:
        with self._open_mutex:
            self._open.add(connection)

    def release(self, connection: socket.socket) -> None:
        with self._open_mutex:
            self._open.discard(connection)

    def drop_connections(self) -> None:
        """Close kept-alive connections, whose threads would otherwise wait for a next request."""
        with self._open_mutex:
            connections = list(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the other side was faster
                continue

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up in the middle is what several tests are about: no traceback for it."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes; else each answer waits 40 ms
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.hold(self.connection)

    def finish(self) -> None:
        try:
            super().finish()
        finally:
            self.server.release(self.connection)

    def _serve(self) -> None:
        replica = self.server.replica
        target = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            method=self.command,
            path=unquote(target.path),
            query=parse_qs(target.query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
            base=replica.url,
            target=self.path,
        )
        response = replica.answer(request)
        replica.note(
            Request(
                request.method,
                request.path,
                request.query,
                request.headers,
                request.body,
                request.base,
                request.target,
                response.status,
            )
        )
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        is_bodyless = response.status in (204, 304) or self.command == "HEAD"
        if response.status not in (204, 304):
            declared = response.declared_length
            self.send_header("Content-Length", str(len(response.body) if declared is None else declared))
        self.end_headers()
        if not is_bodyless:
            self._send_body(response.body, replica.delay_of(request.path))
        if response.declared_length not in (None, len(response.body)):
            self.close_connection = True

    def _send_body(self, body: bytes, delay: float) -> None:
        if not delay:
            self.wfile.write(body)
            return
        for position in range(len(body)):
            if self.server.replica.wait(delay):
                return
            self.wfile.write(body[position : position + 1])
            self.wfile.flush()

    do_GET = do_HEAD = do_POST = _serve  # noqa: N815 - http.server finds methods by these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """The log is a list to look at, not lines on stderr."""


def answer_conditionally(
    request: Request, body: bytes, content_type: str, *, last_modified: str | None = None
) -> Response:
    """200 with an ETag, or 304 when the client's If-None-Match or If-Modified-Since still holds."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"ETag": etag, "Content-Type": content_type}
    if last_modified is not None:
        headers["Last-Modified"] = last_modified
    asked = request.headers.get("if-none-match")
    since = request.headers.get("if-modified-since")
    is_unchanged = asked == etag if asked is not None else since is not None and since == last_modified
    return Response(304, b"", headers) if is_unchanged else Response(200, body, headers)


_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


def answer_in_parts(request: Request, body: bytes, content_type: str) -> Response:
    """As `answer_conditionally`, and 206 with one part to a `Range` whose `If-Range`, if any, still holds."""
    whole = answer_conditionally(request, body, content_type)
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if whole.status != 200 or asked is None:
        return whole
    if request.headers.get("if-range", whole.headers["ETag"]) != whole.headers["ETag"]:
        return whole
    first, last = int(asked[1]), min(int(asked[2] or len(body)), len(body) - 1)
    if first >= len(body):
        return Response(416, b"", {"Content-Range": f"bytes */{len(body)}"})
    headers = {**whole.headers, "Content-Range": f"bytes {first}-{last}/{len(body)}"}
    return Response(206, body[first : last + 1], headers)
