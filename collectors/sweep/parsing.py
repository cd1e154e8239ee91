"""From a page's columns to records: the one place where a sweep decides what is kept of a model. Pure.

What is picked waits in the pass's state until there is enough of it: the database does the same work for one
row as for fifty, and a page has about five.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec
import numpy as np

from collectors.sweep.wire import Columns
from collectors.text import is_identifier
from store.records import Fact, Kind, Observation, Record, SubjectRef

_NAME = re.compile(r"[\w.\-]{1,100}(?:/[\w.\-]{1,100})?")
_UNTOLD = "other"
"""The tag of a licence that only the card names, which a sweep does not read."""


class Picked(msgspec.Struct, array_like=True):
    """A model that is to be recorded, as read on the UTC day `day`; `downloads_all_time` -1: not given."""

    day: date
    native_id: str
    name: str
    downloads: int
    downloads_all_time: int
    likes: int
    licence: str | None


def pick(columns: Columns, records_from: int, day: date) -> tuple[list[Picked], list[str]]:
    """The models with at least `records_from` 30-day downloads, read on `day`; and which of them are left
    out since they have no sound name."""
    picked: list[Picked] = []
    skipped: list[str] = []
    for place in np.flatnonzero(columns.downloads >= records_from).tolist():
        name, native_id = columns.names[place], columns.native_ids[place]
        if not _NAME.fullmatch(name) or not is_identifier(native_id, 200):
            skipped.append(f"a repository called {name[:40]!r}")
            continue
        picked.append(
            Picked(
                day,
                native_id,
                name,
                int(columns.downloads[place]),
                int(columns.downloads_all_time[place]),
                int(columns.likes[place]),
                columns.licences[place],
            )
        )
    return picked, skipped


def list_records(picked: Iterable[Picked], site: str) -> Iterator[Record]:
    """Counters and licence of each. `site`: the address of the Hub's pages."""
    for model in picked:
        subject = SubjectRef("hub", Kind.HUB_MODEL, model.name, model.native_id)
        yield Observation(subject, "hub.downloads.30d", model.day, float(model.downloads))
        if model.downloads_all_time >= 0:
            yield Observation(subject, "hub.downloads.all_time", model.day, float(model.downloads_all_time))
        yield Observation(subject, "hub.likes", model.day, float(model.likes))
        if model.licence is not None and model.licence != _UNTOLD:
            yield Fact(subject, "licence", model.licence, model.day, evidence_url=f"{site}/{model.name}")
