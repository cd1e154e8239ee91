"""What claims are made of: the names of models and benchmarks that a text may speak of.

`ClaimNames` is asked by the reader of claims; `CatalogueNames` answers from the catalogue. Both are given to
the collector, which knows no catalogue itself.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from store.mentions import Mention, Names, list_model_names


class Meaning(NamedTuple):
    """A declared benchmark, the version its name implies, and how its score is counted."""

    benchmark: str
    version: str
    unit: str


class ClaimNames(Protocol):
    """What a text's names mean."""

    def find_models(self, text: str) -> Sequence[Mention]:
        """Where a text speaks of models; the key is None for one that nobody here knows."""
        ...

    def find_benchmarks(self, text: str) -> Sequence[tuple[Mention, Meaning]]: ...

    def lab_of(self, model: str) -> str: ...

    def lab_of_line(self, name: str) -> str | None:
        """Whose models have names that begin as this one does, when it holds a version."""
        ...


class NamedBenchmark(Protocol):
    @property
    def benchmark(self) -> str: ...

    @property
    def version(self) -> str: ...


class CatalogueNames:
    """`models`: key → (lab, names); `benchmarks`: spelling → meaning, and `units` by benchmark; `lines`: the
    first word of a line of models → its lab. Read when they are first asked for."""

    def __init__(
        self,
        models: Mapping[str, tuple[str, Iterable[str]]],
        benchmarks: Mapping[str, NamedBenchmark],
        units: Mapping[str, str],
        lines: Mapping[str, str],
    ) -> None:
        self._models = models
        self._lines = lines
        self._meanings = {
            spelling: Meaning(found.benchmark, found.version, units[found.benchmark])
            for spelling, found in benchmarks.items()
        }

    def find_models(self, text: str) -> Sequence[Mention]:
        return self._model_names.find(text)

    def find_benchmarks(self, text: str) -> Sequence[tuple[Mention, Meaning]]:
        found = self._benchmark_names.find(text)
        return [(each, self._meanings[each.key]) for each in found if each.key is not None]

    def lab_of(self, model: str) -> str:
        return self._models[model][0]

    def lab_of_line(self, name: str) -> str | None:
        first = re.match(r"[^\W\d_]+", name)
        if first is None or not any(sign.isdigit() for sign in name):
            return None
        return self._lines.get(first[0].casefold())

    @functools.cached_property
    def _model_names(self) -> Names:
        return Names(list_model_names({key: names for key, (_, names) in self._models.items()}))

    @functools.cached_property
    def _benchmark_names(self) -> Names:
        meanings: dict[Meaning, str] = {}
        pairs = [
            (spelling, meanings.setdefault(meaning, spelling)) for spelling, meaning in self._meanings.items()
        ]
        return Names(pairs, has_relatives=False)
