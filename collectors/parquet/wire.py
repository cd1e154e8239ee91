"""What the process that decodes Parquet and its parent say to each other: msgpack, values of stated types.

The parent asks (Open, Bounds, Read, Next, Close); the child answers, and may ask for bytes of the file (Want)
as often as it needs before it does. Rows travel as columns. Nothing here can become code: what the child
sends is checked against these types and is data or refused.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, TypeAlias

import msgspec

MOST_WANTED = 1 << 24
"""Bytes of the file that may be asked for at once."""

MOST_MESSAGE = 1 << 26
"""Bytes of an answer. Rows are sent in pieces of about an eighth of it."""

_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Message(msgspec.Struct, array_like=True):
    pass


class Open(_Message, tag="open"):
    """Another file. `size`, `footer_bytes`, `group_bytes`: bytes, as in Caps."""

    size: int
    footer_bytes: int
    group_bytes: int


class Bounds(_Message, tag="bounds"):
    group: int
    column: str


class Read(_Message, tag="read"):
    """The first rows of a row group; ends what was read before."""

    group: int
    columns: list[str]
    one_of: dict[str, list[str]]


class Next(_Message, tag="next"):
    """The rows that follow."""


class Close(_Message, tag="close"):
    """Let go of the file; the answer is End."""


class Want(_Message, tag="want"):
    """The child's question; the answer is the bytes themselves, fewer at the file's end."""

    start: _Count
    length: Annotated[int, msgspec.Meta(ge=0, le=MOST_WANTED)]


class Opened(_Message, tag="opened"):
    """`leaves`: columns as the format counts them, those inside of nested ones too."""

    rows: int
    groups: int
    leaves: int
    columns: tuple[str, ...]


class Plain(_Message, tag="plain"):
    values: list[str | int | float | bool | None]


class Days(_Message, tag="days"):
    values: list[date | None]


class Moments(_Message, tag="moments"):
    """With a time zone they come out as UTC."""

    values: list[datetime | None]


class Decimals(_Message, tag="decimals"):
    values: list[Decimal | None]


Column: TypeAlias = Plain | Days | Moments | Decimals


class Found(_Message, tag="found"):
    """Bounds: two values or none."""

    bounds: Column


class Rows(_Message, tag="rows"):
    """`columns`: as they were asked for, all of one length."""

    columns: list[Column]


class End(_Message, tag="end"):
    """There are no more rows."""


class Failed(_Message, tag="failed"):
    """As SourceChanged has it."""

    path: str
    problem: str


Request: TypeAlias = Open | Bounds | Read | Next | Close
Answer: TypeAlias = Want | Opened | Found | Rows | End | Failed

_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)
encode = msgspec.msgpack.Encoder().encode


def decode_request(message: bytes) -> Request:
    return _requests.decode(message)


def decode_answer(message: bytes) -> Answer:
    """Raises MsgspecError for anything that is not one."""
    return _answers.decode(message)
