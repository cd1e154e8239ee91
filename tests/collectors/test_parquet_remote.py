"""A file over the network, read in ranges."""

from __future__ import annotations

import threading
from math import cos, sin

import pytest

from collectors.contract import Context
from collectors.parquet import RemoteFile, Table
from collectors.parquet.remote import BLOCK
from store.errors import AccessDenied, Interrupted, RateLimited, SourceChanged, SourceUnavailable
from tests.replica.arena import write_parquet
from tests.replica.server import Replica, Request, Response, answer_in_parts

CONTENT = bytes(range(251)) * 25_000  # six megabytes in which no two blocks are alike


class FileSite:
    """One file under `/file`; `/moved` leads to it."""

    def __init__(self, body: bytes = CONTENT, *, knows_ranges: bool = True, to: str = "/file") -> None:
        self.body = body
        self.knows_ranges = knows_ranges
        self.to = to
        self.refuses = False

    def handle(self, request: Request) -> Response | None:
        if request.path == "/moved":
            return Response(302, b"", {"Location": self.to})
        if request.path != "/file":
            return None
        if self.refuses:
            return Response(403)
        if not self.knows_ranges:
            return Response(200, self.body, {"ETag": '"1"'})
        return answer_in_parts(request, self.body, "application/octet-stream")


def open_file(context: Context, url: str, most_bytes: int = 100_000_000) -> RemoteFile:
    return RemoteFile(context.fetcher, url, most_bytes=most_bytes, check=context.raise_if_stopped)


def test_any_part_is_what_the_file_holds_there(replica: Replica, context: Context) -> None:
    replica.sites.append(FileSite())
    file = open_file(context, f"{replica.url}/file")
    assert file.size == len(CONTENT)
    for start, length in ((0, 10), (BLOCK - 3, 7), (3 * BLOCK + 5, 2 * BLOCK), (len(CONTENT) - 5, 100)):
        file.seek(start)
        assert file.read(length) == CONTENT[start : start + length]
    assert file.seek(-4, 2) == len(CONTENT) - 4
    assert file.read() == CONTENT[-4:]
    assert file.read() == b""
    with pytest.raises(ValueError, match="beginning"):
        file.seek(-1)


def test_nothing_is_fetched_twice_and_neighbours_come_together(replica: Replica, context: Context) -> None:
    replica.sites.append(FileSite())
    file = open_file(context, f"{replica.url}/file")
    file.seek(BLOCK)
    file.read(4 * BLOCK)
    assert [entry.headers["range"] for entry in replica.log] == [
        f"bytes=0-{BLOCK - 1}",
        f"bytes={BLOCK}-{5 * BLOCK - 1}",
    ]
    file.seek(0)
    file.read(5 * BLOCK)
    assert len(replica.log) == file.take_requests() == 2
    assert file.take_requests() == 0
    assert file.fetched_bytes == 5 * BLOCK


def test_ranges_are_asked_for_as_bytes_of_the_file_itself(replica: Replica, context: Context) -> None:
    replica.sites.append(FileSite())
    file = open_file(context, f"{replica.url}/file")
    file.seek(-1, 2)
    file.read(1)
    first, second = replica.log
    assert {entry.headers["accept-encoding"] for entry in replica.log} == {"identity"}
    assert "if-range" not in first.headers
    assert second.headers["if-range"].startswith('"')


def test_range_survives_a_redirect_to_another_host_and_credentials_do_not(
    replica: Replica, context: Context
) -> None:
    with Replica([FileSite()]) as store:
        replica.sites.append(FileSite(to=f"{store.url}/file"))
        file = open_file(context, f"{replica.url}/moved")
        file.seek(5 * BLOCK)
        assert file.read(3) == CONTENT[5 * BLOCK :][:3]
        assert all("range" in entry.headers for entry in store.log)
        assert all("authorization" not in entry.headers for entry in store.log)
        assert len(replica.log) == 1  # later requests go to where the first one led
        assert file.take_requests() == 3


def test_address_that_was_for_a_while_only_is_asked_for_anew(replica: Replica, context: Context) -> None:
    site = FileSite()
    replica.sites.append(site)
    file = open_file(context, f"{replica.url}/moved")
    assert file.size == len(CONTENT)
    replica.fail_next("/file", 403)
    file.seek(2 * BLOCK)
    assert file.read(2) == CONTENT[2 * BLOCK :][:2]
    site.refuses = True
    file.seek(4 * BLOCK)
    with pytest.raises(AccessDenied):
        file.read(1)


def test_file_that_changes_under_us_is_noticed(replica: Replica, context: Context) -> None:
    site = FileSite()
    replica.sites.append(site)
    file = open_file(context, f"{replica.url}/file")
    version = file.version
    site.body = CONTENT[::-1]
    file.seek(2 * BLOCK)
    with pytest.raises(SourceUnavailable, match="changed while it was read"):
        file.read(1)
    assert open_file(context, f"{replica.url}/file").version != version


@pytest.mark.parametrize("etag", [None, 'W/"1"'])
def test_change_is_noticed_by_the_size_where_no_strong_tag_says_it(
    replica: Replica, context: Context, etag: str | None
) -> None:
    class Untagged(FileSite):
        def handle(self, request: Request) -> Response | None:
            answer = super().handle(request)
            assert answer is not None
            tags = {"ETag": etag} if etag else {}
            kept = {name: value for name, value in answer.headers.items() if name != "ETag"}
            return Response(answer.status, answer.body, {**kept, **tags})

    site = Untagged()
    replica.sites.append(site)
    file = open_file(context, f"{replica.url}/file")
    assert file.size == len(CONTENT)
    site.body = CONTENT + b"more"
    file.seek(2 * BLOCK)
    with pytest.raises(SourceUnavailable, match="changed while it was read"):
        file.read(1)
    assert all("if-range" not in entry.headers for entry in replica.log)


def test_small_file_of_a_server_without_ranges_is_taken_whole(replica: Replica, context: Context) -> None:
    replica.sites.append(FileSite(b"small" * 100, knows_ranges=False))
    file = open_file(context, f"{replica.url}/file")
    assert file.size == 500
    file.seek(5)
    assert file.read(5) == b"small"
    assert len(replica.log) == 1


def test_large_file_of_a_server_without_ranges_is_refused_unread(replica: Replica, context: Context) -> None:
    replica.sites.append(FileSite(bytes(20_000_001), knows_ranges=False))
    with pytest.raises(SourceChanged, match="does not answer with ranges") as caught:
        open_file(context, f"{replica.url}/file").read(1)
    assert caught.value.path == "Range"


@pytest.mark.parametrize(
    "stated",
    ["bytes 5-14/100", "bytes 0-9/5", "bytes 0-99/100", "bytes */100", "items 0-9/100", "bytes 0-9/*", ""],
)
def test_other_range_than_the_one_asked_for_is_refused(
    replica: Replica, context: Context, stated: str
) -> None:
    replica.fail_next("/file", 206, headers={"Content-Range": stated}, body=bytes(10), times=9)
    with pytest.raises(SourceChanged) as caught:
        open_file(context, f"{replica.url}/file").read(1)
    assert caught.value.path == "Content-Range"


def test_file_that_is_not_there_is_a_named_error(replica: Replica, context: Context) -> None:
    with pytest.raises(SourceUnavailable, match="404"):
        open_file(context, f"{replica.url}/file").read(1)


def test_own_cap_of_bytes_postpones_and_does_not_fetch(replica: Replica, context: Context) -> None:
    replica.sites.append(FileSite())
    file = open_file(context, f"{replica.url}/file", most_bytes=2 * BLOCK)
    file.read(2 * BLOCK)
    sent = len(replica.log)
    with pytest.raises(RateLimited, match="our own cap") as caught:
        file.read(2 * BLOCK)
    assert caught.value.retry_at is None
    assert len(replica.log) == sent


def test_stop_request_ends_reading_before_the_next_request(
    replica: Replica, context: Context, stop: threading.Event
) -> None:
    replica.sites.append(FileSite())
    file = open_file(context, f"{replica.url}/file")
    file.read(1)
    stop.set()
    file.seek(3 * BLOCK)
    with pytest.raises(Interrupted):
        file.read(1)
    assert len(replica.log) == 1


def test_parquet_is_read_over_the_network_by_the_parts_it_needs(replica: Replica, context: Context) -> None:
    rows = [{"name": f"m{n:07}", "noise": sin(n), "more": cos(n)} for n in range(240_000)]
    site = FileSite(write_parquet(rows, row_group_size=40_000))
    replica.sites.append(site)
    file = open_file(context, f"{replica.url}/file")
    with Table(file) as table:
        (batch, *_) = table.read(5, ["name"])
    assert batch[0] == {"name": "m0200000"}
    assert file.fetched_bytes < len(site.body) / 2
