"""What the models of the whole Hub add up to: counted, by what their licence allows, by how they came about.

Sums over everything, so a pass that saw only a part must not tell them. They are kept in the pass's state and
become records with its last page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

import numpy as np

from collectors.sweep.wire import Columns
from store.records import Kind, Observation, Openness, SubjectRef

SITE = "huggingface.co"

NO_LICENCE = "none_stated"
NO_BASE = "none_stated"

METRICS = ("hub.total.models", "hub.total.downloads.30d", "hub.total.likes")
"""In the order of the numbers kept per slice."""

_LICENCES = (*(f"licence/{openness}" for openness in Openness), f"licence/{NO_LICENCE}")
_RELATIONS = tuple(
    f"relation/{name}" for name in (NO_BASE, "finetune", "quantized", "adapter", "merge", "unstated")
)
_RELATION_CODES: Mapping[str | None, int] = {
    None if name.endswith(NO_BASE) else name.partition("/")[2]: code for code, name in enumerate(_RELATIONS)
}


class Totals:
    """Adds pages to a pass's numbers. `classify`: the openness of a licence's key."""

    def __init__(self, classify: Callable[[str], Openness]) -> None:
        self._codes = _LicenceCodes(classify)

    def add(self, numbers: dict[str, list[int]], columns: Columns) -> None:
        """Add the models of a page to `numbers`, by slice: models, 30-day downloads, likes."""
        if not columns.names:
            return
        whole = np.zeros(len(columns.names), dtype=np.intp)
        licences = np.array([self._codes[licence] for licence in columns.licences], dtype=np.intp)
        relations = np.array([_RELATION_CODES[relation] for relation in columns.relations], dtype=np.intp)
        for names, codes in (((SITE,), whole), (_LICENCES, licences), (_RELATIONS, relations)):
            models = np.bincount(codes, minlength=len(names)).tolist()
            # exact: a page's sum stays below 2**53 unless a counter is nonsense already
            downloads = np.bincount(codes, columns.downloads, len(names)).tolist()
            likes = np.bincount(codes, columns.likes, len(names)).tolist()
            for place, name in enumerate(names):
                if models[place]:
                    kept = numbers.setdefault(name, [0, 0, 0])
                    kept[0] += models[place]
                    kept[1] += int(downloads[place])
                    kept[2] += int(likes[place])


class _LicenceCodes(dict["str | None", int]):
    """The place of a licence's class among the slices, looked up once per key."""

    _MOST = 10_000

    def __init__(self, classify: Callable[[str], Openness]) -> None:
        super().__init__({None: len(_LICENCES) - 1})
        self._classify = classify

    def __missing__(self, licence: str | None) -> int:
        code = _LICENCES.index(f"licence/{self._classify(licence or '')}")
        if len(self) < self._MOST:
            self[licence] = code
        return code


def list_totals(numbers: Mapping[str, list[int]], day: date) -> Iterator[Observation]:
    """The sums as observations of the site and of its slices (`huggingface.co/licence/unrestricted`)."""
    for name in (SITE, *_LICENCES, *_RELATIONS):
        if name in numbers:
            subject = SubjectRef("hub", Kind.SITE, name if name == SITE else f"{SITE}/{name}")
            for metric, value in zip(METRICS, numbers[name], strict=True):
                yield Observation(subject, metric, day, float(value))
