"""Worlds keep other people's data apart from the live one: what their names may be, and which there are."""

from __future__ import annotations

import re

from sqlalchemy import Connection, select

from store import schema as t
from store.errors import NotFound, Refused, cut
from store.records import LIVE

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def parse_world(name: str) -> str:
    """`name` as a world's name. Raises Refused for one that is none: small letters, digits, `.`, `_` and
    `-`, at most 64, with a letter or digit first."""
    if _NAME.fullmatch(name):
        return name
    raise Refused(
        f"{cut(name)!r} cannot be the name of a world",
        remedy="use small letters, digits, dots, hyphens and underscores, at most 64",
    )


def list_worlds(connection: Connection) -> list[str]:
    """The worlds of this database, `live` first."""
    found = set(connection.execute(select(t.run.c.world).distinct()).scalars())
    return [LIVE, *sorted(found - {LIVE})]


def require_world(connection: Connection, name: str) -> str:
    """`name` where there is such a world; raises NotFound, which lists the worlds there are."""
    worlds = list_worlds(connection)
    if parse_world(name) in worlds:
        return name
    raise NotFound(f"there is no world {name}", remedy=f"there are: {', '.join(worlds)}")
