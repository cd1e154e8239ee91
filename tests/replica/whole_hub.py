"""A Hub of any size: N made-up models, each a function of its number, in gzip pages as the Hub sends them.

    python -m tests.replica.whole_hub --models 3000000 --quota 1000000

Calibrated on public figures: 85 % of models have fewer than 200 downloads in their lifetime, and 1.5 % of
them have 99 % of all downloads. Both hold for lifetime downloads that are lognormal with a standard
deviation of 4.50 and a median of 1.9: the share of the top p is Φ(4.50 - Φ⁻¹(1 - p)). Downloads of the last
30 days are 0.5 to 10 % of them, likes about one in 3,000. Half a model's tags say what real ones do: library,
task, language, licence (31 % none), base model (45 % none). A listed model has 766 bytes, as with the usual
`expand`; like the real list it gives `_id` always, but it does not leave out what was not asked for.

Model 0 is the newest; they come 27 seconds apart, as 3,200 a day do, and the oldest 2 % all carry the Hub's
earliest date. Only `sort=createdAt` is spoken.
"""

from __future__ import annotations

import argparse
import base64
import functools
import gzip
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import NamedTuple, TypeAlias
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from tests.replica.server import Replica, Request, Response

NEWEST = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
FLOOR = datetime(2022, 3, 2, 23, 29, 4, tzinfo=UTC)
APART = timedelta(seconds=27)
FLOOR_SHARE = 0.02
WINDOW_SECONDS = 300

_BLOCK = 1000
_SPREAD = 4.50  # of the logarithm of lifetime downloads
_MEDIAN = 1.885
_LICENCES = ("apache-2.0", "mit", "llama3.1", "cc-by-nc-4.0", "other", None)
_LICENCE_SHARES = (0.42, 0.13, 0.05, 0.05, 0.04, 0.31)
_RELATIONS = (None, "finetune", "quantized", "adapter", "merge")
_RELATION_SHARES = (0.45, 0.2, 0.15, 0.17, 0.03)
_WORDS = ("safetensors", "conversational", "en", "endpoints_compatible", "text-generation-inference",
          "region:us", "deploy:azure", "generated_from_trainer")  # fmt: skip


Numbers: TypeAlias = NDArray[np.int64]


class Model(NamedTuple):
    """One made-up model, by its number."""

    number: int
    native_id: str
    name: str
    created_at: datetime
    downloads: int
    downloads_all_time: int
    likes: int
    licence: str | None
    relation: str | None


class WholeHub:
    """The site. `quota`: requests per window; `level`: of the compression. Models can be deleted."""

    def __init__(self, models: int, *, quota: int = 500, level: int = 6, page_limit: int = 1000) -> None:
        self.models = models
        self.quota = quota
        self.level = level
        self.page_limit = page_limit
        self.spent = 0
        self.skipped_from: int | None = None
        self._ahead: tuple[tuple[int, int], Future[bytes]] | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="next page")

    def end_at(self, number: int | None) -> None:
        """Let the list end before this model, None: at its end."""
        self.skipped_from = number

    def list_models(self) -> Iterator[Model]:
        """All models, newest first."""
        for block in range(-(-self.models // _BLOCK)):
            yield from _make_block(block, self.models)[: self.models - block * _BLOCK]

    def add_up(self) -> tuple[int, int, int]:
        """Models, their 30-day downloads, their likes."""
        month = likes = 0
        for block in range(-(-self.models // _BLOCK)):
            there = self.models - block * _BLOCK
            _, _, one_month, some_likes = _draw_counters(block)
            month += int(one_month[:there].sum())
            likes += int(some_likes[:there].sum())
        return self.models, month, likes

    def handle(self, request: Request) -> Response | None:
        if request.path != "/api/models":
            return None
        self.spent += 1
        left = max(0, self.quota - self.spent)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "RateLimit": f'"api";r={left};t={WINDOW_SECONDS}',
            "RateLimit-Policy": f'"fixed window";"api";q={self.quota};w={WINDOW_SECONDS}',
        }
        if self.spent > self.quota:
            return Response(429, b"{}", headers)
        if request.first("sort") != "createdAt":
            return Response(400, b'{"error":"only createdAt here"}', headers)
        begin = _read_cursor(request.first("cursor"))
        size = min(int(request.first("limit", "1000")), self.page_limit)
        last = self.models if self.skipped_from is None else self.skipped_from
        end = min(begin + size, last)
        if end < last:
            kept = {name: values for name, values in request.query.items() if name != "cursor"}
            query = urlencode({**kept, "cursor": _write_cursor(end)}, doseq=True)
            headers["Link"] = f'<{request.base}/api/models?{query}>; rel="next"'
        headers["Content-Encoding"] = "gzip"
        body = self._find_body(begin, end)
        if end < last:
            following = (end, min(end + size, last))
            self._ahead = (following, self._pool.submit(self._make_body, *following))
        return Response(200, body, headers)

    def _find_body(self, begin: int, end: int) -> bytes:
        """The page, most often made while the last one was read."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0] == (begin, end):
            return ahead[1].result()
        return self._make_body(begin, end)

    def _make_body(self, begin: int, end: int) -> bytes:
        models = [
            model
            for block in range(begin // _BLOCK, -(-end // _BLOCK))
            for model in _make_block(block, self.models)
            if begin <= model.number < end
        ]
        return gzip.compress(write_page(models).encode(), self.level, mtime=0)


def _draw_counters(block: int) -> tuple[np.random.Generator, Numbers, Numbers, Numbers]:
    """Lifetime downloads, those of 30 days and likes of a thousand models, and what to draw the rest with."""
    rng = np.random.default_rng((7, block))
    total = np.exp(np.log(_MEDIAN) + _SPREAD * rng.standard_normal(_BLOCK))
    month = (total * rng.uniform(0.005, 0.1, _BLOCK)).astype(np.int64)
    return rng, total.astype(np.int64), month, rng.poisson(total / 3000).clip(0, 20_000)


@functools.lru_cache(maxsize=4)
def _make_block(block: int, models: int) -> Sequence[Model]:
    """A thousand models: the same for the same numbers."""
    rng, *counters = _draw_counters(block)
    totals, month, likes = (column.tolist() for column in counters)
    licences = rng.choice(len(_LICENCES), _BLOCK, p=_LICENCE_SHARES).tolist()
    relations = rng.choice(len(_RELATIONS), _BLOCK, p=_RELATION_SHARES).tolist()
    first = block * _BLOCK
    floor_from = int(models * (1 - FLOOR_SHARE))
    return [
        Model(
            number,
            f"{0x68F000000000000000000000 + number * 0x9E3779B97F4A7:024x}",
            f"maker-{number % 40_009}/model-{number}-7B-instruct",
            max(FLOOR, NEWEST - APART * number) if number < floor_from else FLOOR,
            month[k],
            totals[k],
            likes[k],
            _LICENCES[licences[k]],
            _RELATIONS[relations[k]],
        )
        for k, number in enumerate(range(first, first + _BLOCK))
    ]


def list_bodies(models: int, pages: int) -> Iterator[bytes]:
    """So many pages from all over a Hub of that size, as they are before compression."""
    blocks = models // _BLOCK
    for page in range(pages):
        yield write_page(_make_block(page * blocks // pages, models)).encode()


def write_page(models: Sequence[Model]) -> str:
    """The models as the Hub lists them."""
    return "[" + ",".join(map(_write_model, models)) + "]"


def _write_model(m: Model) -> str:
    words = [*_WORDS[m.number % 3 :], "transformers", "text-generation", "arxiv:2309.00071"]
    lineage = ""
    if m.relation is not None:
        base = f"maker-{m.number % 97}/base-{m.number % 1013}-7B"
        words += [f"base_model:{base}", f"base_model:{m.relation}:{base}"]
        models = f'[{{"_id":"{m.native_id}","id":"{base}"}}]'
        lineage = f'"baseModels":{{"relation":"{m.relation}","models":{models}}},'
    card = ""
    if m.licence is not None:
        words.insert(-1, f"license:{m.licence}")
        card = f'"cardData":{{"license":"{m.licence}","language":["en"]}},'
    tags = '","'.join(words)
    created = f"{m.created_at.isoformat()[:19]}.000Z"
    author = m.name.partition("/")[0]
    return (
        f'{{"_id":"{m.native_id}","id":"{m.name}","author":"{author}","gated":false,"likes":{m.likes},'
        f'"trendingScore":0,"private":false,"downloads":{m.downloads},'
        f'"downloadsAllTime":{m.downloads_all_time},"tags":["{tags}"],{lineage}{card}'
        f'"safetensors":{{"parameters":{{"BF16":7615616512}},"total":7615616512}},'
        f'"pipeline_tag":"text-generation","library_name":"transformers","createdAt":"{created}","lastModified":"{created}","modelId":"{m.name}"}}'
    )


def _write_cursor(begin: int) -> str:
    return base64.urlsafe_b64encode(f'{{"after":{begin}}}'.encode()).decode()


def _read_cursor(cursor: str) -> int:
    if not cursor:
        return 0
    return int(base64.urlsafe_b64decode(cursor).removeprefix(b'{"after":').removesuffix(b"}"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.replica.whole_hub", description=__doc__)
    parser.add_argument("--models", type=int, default=3_000_000)
    parser.add_argument("--quota", type=int, default=500, help="requests per window")
    parser.add_argument("--level", type=int, default=1, help="of the compression: 1 saves time (default)")
    parser.add_argument("--port", type=int, default=0, help="0: a free one (default)")
    given = parser.parse_args()
    asked_to_end = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        asked_to_end.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with Replica([WholeHub(given.models, quota=given.quota, level=given.level)], port=given.port) as replica:
        sys.stdout.write(f"{replica.url}\n")
        sys.stdout.flush()
        asked_to_end.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
