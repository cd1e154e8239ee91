"""A page of the list as bytes in, columns out: typed, without an object more per model than its row.

The page is decoded as a whole; only when it does not fit are its items looked at one by one, so that a
malformed one costs itself and not its page. Counters, `_id`, `id` and `createdAt` are the Hub's own and
required; tags are read where they say licence and base model, as bytes, since a list of words per model
would cost more than all the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

from collectors.moments import parse_moment
from store.errors import SourceChanged

_LICENCE = b'"license:'
_BASE = b'"base_model:'
_RELATIONS = {name.encode(): name for name in ("finetune", "quantized", "adapter", "merge")}
_UNSTATED = "unstated"
_LONGEST_RELATION = 12
_LONGEST_KEY = 200

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class SweptModel(msgspec.Struct, gc=False):
    """One row. `tags` is the JSON list as it stands in the page."""

    name: _Name = msgspec.field(name="id")
    native_id: _Name = msgspec.field(name="_id")
    created_at: _Moment = msgspec.field(name="createdAt")
    downloads: _Count
    likes: _Count
    downloads_all_time: _Count | None = msgspec.field(name="downloadsAllTime", default=None)
    private: bool | None = None
    tags: msgspec.Raw = msgspec.Raw(b"")


@dataclass(frozen=True, slots=True)
class Columns:
    """Models of one page, one place each in every column. `downloads_all_time` is -1 where it is not given.
    `licences`: keys in lower case, several sorted and joined with a comma, None where none is stated.
    `relations`: finetune, quantized, adapter, merge, `unstated` for a base model without one, None where no
    base model is stated."""

    names: Sequence[str]
    native_ids: Sequence[str]
    downloads: NDArray[np.int64]
    downloads_all_time: NDArray[np.int64]
    likes: NDArray[np.int64]
    licences: Sequence[str | None]
    relations: Sequence[str | None]


_DECODE_PAGE = msgspec.json.Decoder(list[SweptModel]).decode
_DECODE_ITEMS = msgspec.json.Decoder(list[msgspec.Raw]).decode
_DECODE_ITEM = msgspec.json.Decoder(SweptModel).decode
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def parse_page(body: bytes) -> tuple[list[SweptModel], list[SourceChanged]]:
    """The page's rows in its order, and what was wrong with the others.

    Raises SourceChanged for a body that is no list."""
    try:
        return _DECODE_PAGE(body), []
    except _UNREADABLE:
        pass  # one item may be at fault
    try:
        items = _DECODE_ITEMS(body)
    except _UNREADABLE as error:
        raise SourceChanged("$", f"expected a list of models: {error}") from error
    rows: list[SweptModel] = []
    problems: list[SourceChanged] = []
    for index, item in enumerate(items):
        try:
            rows.append(_parse_item(item, f"[{index}]"))
        except SourceChanged as problem:
            problems.append(problem)
    return rows, problems


def read_columns(rows: Sequence[SweptModel]) -> Columns:
    """The rows as columns."""
    tags = [bytes(row.tags) for row in rows]
    return Columns(
        names=[row.name for row in rows],
        native_ids=[row.native_id for row in rows],
        downloads=np.array([row.downloads for row in rows], dtype=np.int64),
        downloads_all_time=np.array(
            [-1 if row.downloads_all_time is None else row.downloads_all_time for row in rows], dtype=np.int64
        ),
        likes=np.array([row.likes for row in rows], dtype=np.int64),
        licences=[_find_licence(each.split(_LICENCE)) for each in tags],
        relations=[_find_relation(each.split(_BASE)) for each in tags],
    )


def _parse_item(item: msgspec.Raw, path: str) -> SweptModel:
    try:
        return _DECODE_ITEM(item)
    except _UNREADABLE as error:
        try:
            # A date without a time, or a time without a zone, is still a date.
            fields = msgspec.json.decode(item)
            fields["createdAt"] = parse_moment(fields["createdAt"])
            fields["tags"] = msgspec.Raw(msgspec.json.encode(fields.get("tags")))
            return msgspec.convert(fields, SweptModel)
        except (*_UNREADABLE, KeyError, TypeError, ValueError):
            problem, _, where = str(error).partition(" - at `$")
            raise SourceChanged(f"{path}{where.rstrip('`')}", problem) from error


def _find_licence(parts: Sequence[bytes]) -> str | None:
    """From the tags, split at `"license:`."""
    if len(parts) == 1:
        return None
    if len(parts) == 2:
        return _LICENCE_KEYS[parts[1].partition(b'"')[0]]
    keys = {_LICENCE_KEYS[part.partition(b'"')[0]] for part in parts[1:]}
    return ",".join(sorted(key for key in keys if key))[:_LONGEST_KEY] or None


class _LicenceKeys(dict[bytes, "str | None"]):
    """Licence keys by their bytes: a few hundred words for millions of models. What is too long, escaped or
    not printable was written by somebody and is no key."""

    _MOST = 10_000

    def __missing__(self, key: bytes) -> str | None:
        text = key.decode(errors="replace").strip().lower()
        is_key = 0 < len(text) <= _LONGEST_KEY and "\\" not in text and text.isprintable()
        found = text if is_key else None
        if len(self) < self._MOST:
            self[key] = found
        return found


_LICENCE_KEYS = _LicenceKeys()


def _find_relation(parts: Sequence[bytes]) -> str | None:
    """From the tags, split at `"base_model:`: a name comes alone, or again after `RELATION:`."""
    for part in reversed(parts[1:]):
        relation = _RELATIONS.get(part[: part.find(b":", 0, _LONGEST_RELATION)])
        if relation is not None:
            return relation
    return _UNSTATED if len(parts) > 1 else None
