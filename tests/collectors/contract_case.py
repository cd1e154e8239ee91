"""What a collector brings to the shared contract test (`test_contract.py`).

A module `tests/collectors/<anything>_cases.py` with a list `CASES` is found by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from collectors.contract import Collector
from tests.replica.server import Site

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Drift:
    """An answer of another shape: `body` instead of whatever stands under `path`."""

    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))


@dataclass(frozen=True, slots=True)
class Case:
    """`make_sites` makes a fresh world, the same each time. `make_collector` takes the replica's address.

    `paths`: prefixes of the addresses the collector asks; each is given hostile bodies and refusals.
    `drifts`: answers that must end in SourceChanged. `is_dated_by_source`: observations are about the days
    that the source states, whatever day it is; else they are about the day of the collection.
    """

    name: str
    make_sites: Callable[[], Sequence[Site]]
    make_collector: Callable[[str], Collector]
    paths: Sequence[str]
    drifts: Sequence[Drift]
    is_dated_by_source: bool = False
