"""What ties catalogue entries together: keys that must be unique, references that must resolve, and
spellings that may mean one thing only. Each raises ConfigurationError where they do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from store.catalogue.names import normalise
from store.catalogue.toml_table import TomlTable
from store.errors import ConfigurationError


class Keyed(Protocol):
    @property
    def key(self) -> str: ...


K = TypeVar("K", bound=Keyed)
M = TypeVar("M")


def known_key(table: TomlTable, field: str, known: Mapping[str, object]) -> str | None:
    """A field that refers to an entry of another list; None when it is left out."""
    value = table.optional_text(field)
    if value is not None and value not in known:
        raise table.fault(f"{field} {value!r} is not declared")
    return value


def by_key(entries: Iterable[K], file_name: str) -> dict[str, K]:
    keyed: dict[str, K] = {}
    for entry in entries:
        if keyed.setdefault(entry.key, entry) is not entry:
            raise ConfigurationError(f"{file_name}: {entry.key} is declared twice")
    return keyed


def spell(
    known: dict[str, M],
    names: Iterable[str],
    meaning: M,
    table: TomlTable,
    by: Callable[[str], str] = normalise,
) -> None:
    """Note what `names` mean; raise when one of them already means something else."""
    for name in names:
        other = known.setdefault(by(name), meaning)
        if other != meaning:
            raise table.fault(f"{name!r} already means {other}")
