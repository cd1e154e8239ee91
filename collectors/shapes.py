"""Plain data from a source into a typed shape, every way it may not fit as one named error."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from store.errors import SourceChanged

_T = TypeVar("_T")

MISFITS = (msgspec.ValidationError, UnicodeError)
"""What `msgspec.convert` raises: UnicodeEncodeError for half a surrogate pair, which JSON can write and UTF-8
cannot, where another type than text is wanted."""


def convert_item(item: object, shape: type[_T], path: str = "$") -> _T:
    """`item` as a `shape`. Raises SourceChanged naming the path of what is missing or of another type."""
    try:
        return msgspec.convert(item, shape)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `$")
        raise SourceChanged(f"{path}{where.rstrip('`')}", problem) from error
    except UnicodeError as error:
        raise SourceChanged(path, "holds text that cannot be written as UTF-8") from error
