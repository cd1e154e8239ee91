"""One TOML table, read field by field; what is missing, of another type or unknown is an error.

Catalogue files are edited by hand, so a wrong line must say where it is: every problem is a
ConfigurationError that names the file, the entry and the field.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from importlib.resources import files
from typing import TypeVar

from store.errors import ConfigurationError

E = TypeVar("E", bound=Enum)
W = TypeVar("W", bound=str)


class TomlTable:
    """A table whose fields are taken out one by one; `close` refuses what is left over."""

    def __init__(self, fields: Mapping[str, object], place: str) -> None:
        self._left = dict(fields)
        self._place = place

    def fault(self, problem: str) -> ConfigurationError:
        return ConfigurationError(f"{self._place}: {problem}", remedy="correct the catalogue file")

    def text(self, field: str, default: str | None = None) -> str:
        value = self._left.pop(field, default)
        if not isinstance(value, str):
            raise self.fault(f"{field} must be a text, got {value!r}")
        if not value.strip() and default is None:
            raise self.fault(f"{field} is empty")
        return value

    def optional_text(self, field: str) -> str | None:
        return self.text(field) if field in self._left else None

    def texts(self, field: str) -> tuple[str, ...]:
        value = self._left.pop(field, [])
        if not isinstance(value, list):
            raise self.fault(f"{field} must be a list of texts")
        texts = tuple(item for item in value if isinstance(item, str) and item.strip())
        if len(texts) != len(value):
            raise self.fault(f"{field} holds something that is not a text")
        if len(set(texts)) != len(texts):
            raise self.fault(f"{field} says something twice")
        return texts

    def address(self, field: str) -> str:
        value = self.text(field)
        if not value.startswith("https://"):
            raise self.fault(f"{field} must be an https address, got {value!r}")
        return value

    def choice(self, field: str, options: type[E]) -> E:
        value = self.text(field)
        try:
            return options(value)
        except ValueError as error:
            known = ", ".join(str(option.value) for option in options)
            raise self.fault(f"{field} must be one of {known}; got {value!r}") from error

    def one_of(self, field: str, options: tuple[W, ...], default: W | None = None) -> W:
        value = self.text(field, default)
        for option in options:
            if option == value:
                return option
        raise self.fault(f"{field} must be one of {', '.join(options)}; got {value!r}")

    def day(self, field: str) -> date:
        value = self._left.pop(field, None)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.fault(f"{field} must be a date, got {value!r}")
        return value

    def days(self, field: str) -> tuple[date, ...]:
        value = self._left.pop(field, [])
        listed = value if isinstance(value, list) else [value]
        days = tuple(day for day in listed if isinstance(day, date) and not isinstance(day, datetime))
        if not isinstance(value, list) or len(days) != len(listed):
            raise self.fault(f"{field} must be a list of dates, got {value!r}")
        return days

    def whole(self, field: str) -> int | None:
        value = self._left.pop(field, None)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise self.fault(f"{field} must be a positive whole number, got {value!r}")
        return value

    def positive(self, field: str) -> float | None:
        value = self._left.pop(field, None)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < math.inf:
            raise self.fault(f"{field} must be a number above zero, got {value!r}")
        return float(value)

    def flag(self, field: str, *, default: bool | None = None) -> bool:
        value = self._left.pop(field, default)
        if not isinstance(value, bool):
            raise self.fault(f"{field} must be true or false, got {value!r}")
        return value

    def tables(self, field: str, name_by: str) -> Iterator[TomlTable]:
        """The tables of a list, each named in errors by its field `name_by`."""
        value = self._left.pop(field, None)
        if not isinstance(value, list) or not value:
            raise self.fault(f"{field} must be a list of tables")
        for number, entry in enumerate(value, start=1):
            if not isinstance(entry, dict):
                raise self.fault(f"{field}[{number}] must be a table")
            yield TomlTable(entry, f"{self._place}: {field} {entry.get(name_by, number)!r}")

    def close(self) -> None:
        """Raise ConfigurationError when a field was not asked for."""
        if self._left:
            raise self.fault(f"unknown field {', '.join(sorted(self._left))}")


def read_toml(package: str, file_name: str) -> TomlTable:
    """Open a TOML file that ships in `package`."""
    text = files(package).joinpath(file_name).read_text(encoding="utf-8")
    try:
        return TomlTable(tomllib.loads(text), file_name)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file_name}: {error}", remedy="correct the catalogue file") from error
