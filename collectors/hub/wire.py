"""One repository as the Hub's API writes it: plain data in, `HubModel` out, no network.

Lists and single answers have the same shape (`GET /api/models`, `GET /api/models/{id}` with `expand`).
What was not asked for is absent, and absent is None here, never 0. Unknown fields are ignored.

Counters, `id`, `createdAt` are the Hub's own and must have their type, else the item is malformed.
The model card (`cardData`) and tags are written by users: what is odd in them is left out silently, it
says nothing about the Hub.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from collectors.moments import parse_moment
from collectors.shapes import convert_item
from collectors.text import clean_text, is_identifier
from store.errors import SourceChanged

CREATED_FLOOR = datetime(2022, 3, 2, 23, 29, 4, tzinfo=UTC)
"""Repositories older than this all carry this moment as `createdAt`: it is not their birthday."""

_LONGEST = 200

Name = Annotated[str, msgspec.Meta(pattern=r"^[\w.\-]+(/[\w.\-]+)?\Z", max_length=200)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Text = Annotated[str, msgspec.Meta(max_length=200)]


class _BaseModel(msgspec.Struct):
    id: Name


class _BaseModels(msgspec.Struct):
    relation: _Text | None = None
    models: list[_BaseModel] = []


class _Safetensors(msgspec.Struct):
    total: Count | None = None


class _Row(msgspec.Struct):
    id: Name
    native_id: _Text | None = msgspec.field(name="_id", default=None)
    author: _Text | None = None
    created_at: str | None = msgspec.field(name="createdAt", default=None)
    downloads: Count | None = None
    downloads_all_time: Count | None = msgspec.field(name="downloadsAllTime", default=None)
    likes: Count | None = None
    trending_score: float | None = msgspec.field(name="trendingScore", default=None)
    gated: bool | _Text | None = None
    private: bool | None = None
    disabled: bool | None = None
    base_models: _BaseModels | None = msgspec.field(name="baseModels", default=None)
    safetensors: _Safetensors | None = None
    pipeline_tag: _Text | None = None
    library_name: _Text | None = None
    tags: list[object] = []
    card: object = msgspec.field(name="cardData", default=None)


@dataclass(frozen=True, slots=True)
class HubModel:
    """A repository as of one answer. `base_models` are names, `relation` is how they were used
    (finetune, quantized, adapter, merge); `parameters` is the number of weights."""

    name: str
    native_id: str | None
    created_at: datetime | None
    downloads: int | None
    downloads_all_time: int | None
    likes: int | None
    trending_score: float | None
    gated: str | None
    is_private: bool
    is_disabled: bool
    licence: str | None
    relation: str | None
    base_models: tuple[str, ...]
    parameters: int | None
    pipeline_tag: str | None
    library: str | None

    @property
    def author(self) -> str:
        """The owner's name; empty for the few repositories that have none (`gpt2`)."""
        return self.name.partition("/")[0] if "/" in self.name else ""


def parse_model(item: object, path: str = "$") -> HubModel:
    """Read one item. Raises SourceChanged naming the path of what is missing or of another type."""
    row = convert_item(item, _Row, path)
    if row.native_id and not is_identifier(row.native_id, _LONGEST):
        raise SourceChanged(f"{path}._id", f"not an identifier: {row.native_id!r}")
    tags = [tag for tag in row.tags if isinstance(tag, str) and tag.isprintable() and len(tag) <= _LONGEST]
    relation, base_models = _parse_lineage(row.base_models, tags)
    return HubModel(
        name=row.id,
        native_id=row.native_id or None,
        created_at=None if row.created_at is None else _find_moment(row.created_at, f"{path}.createdAt"),
        downloads=row.downloads,
        downloads_all_time=row.downloads_all_time,
        likes=row.likes,
        trending_score=row.trending_score,
        gated=str(row.gated).lower() if isinstance(row.gated, bool) else _clean(row.gated),
        is_private=bool(row.private),
        is_disabled=bool(row.disabled),
        licence=_parse_licence(row.card, tags),
        relation=relation,
        base_models=base_models,
        parameters=row.safetensors.total if row.safetensors else None,
        pipeline_tag=_clean(row.pipeline_tag),
        library=_clean(row.library_name),
    )


def parse_models(items: Sequence[object]) -> tuple[list[HubModel], list[SourceChanged]]:
    """The models of one page, and what was wrong with the others."""
    models: list[HubModel] = []
    problems: list[SourceChanged] = []
    for index, item in enumerate(items):
        try:
            models.append(parse_model(item, f"[{index}]"))
        except SourceChanged as problem:
            problems.append(problem)
    return models, problems


def _find_moment(text: str, path: str) -> datetime:
    """`2025-04-27T03:41:05.000Z`, or a bare date, which is midnight UTC."""
    try:
        return parse_moment(text)
    except ValueError as error:
        raise SourceChanged(path, f"not a date: {text[:40]!r}") from error


def _clean(text: str | None) -> str | None:
    return clean_text(text or "", _LONGEST) or None


def _parse_lineage(stated: _BaseModels | None, tags: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    """The relation and the base models: as resolved by the Hub, else from `base_model:` tags."""
    if stated is not None and stated.models:
        return _clean(stated.relation), tuple(sorted({model.id for model in stated.models}))
    relation: str | None = None
    names: set[str] = set()
    for tag in tags:
        prefix, _, rest = tag.partition(":")
        if prefix != "base_model" or not rest:
            continue
        kind, separator, name = rest.partition(":")
        if separator:
            relation = kind
            names.add(name)
        else:
            names.add(rest)
    return relation, tuple(sorted(names))


def _parse_licence(card: object, tags: Sequence[str]) -> str | None:
    """The licence's key in lower case. A card that says `other` may name it in `license_name`;
    a card with several gives them sorted, joined with a comma. `other` in the tags alone says nothing: the
    card, which was not asked for, may name it."""
    fields = card if isinstance(card, dict) else {}
    stated = fields.get("license")
    listed = stated if isinstance(stated, list) else [stated]
    keys = sorted({key.strip().lower() for key in listed if isinstance(key, str) and key.strip()})
    if not keys:
        keys = sorted({tag.partition(":")[2].lower() for tag in tags if tag.startswith("license:")})
        if card is None and keys == ["other"]:
            return None
    name = fields.get("license_name")
    if keys == ["other"] and isinstance(name, str) and name.strip():
        keys = [name.strip().lower()]
    licence = ",".join(key for key in keys if key and key.isprintable())
    return _clean(licence)
