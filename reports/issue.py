"""A frozen weekly issue: what it states, and hashes that show whether it still does.

    content_hash   what the issue states: week, world, as-of and content, without the time of building
                   and without when and by which run a source was read (`FRESHNESS`): a second reading
                   that finds the same is the same issue
    inputs_hash    what it was computed from: the analysis, the runs and the sources' names

An issue is stored as canonical JSON (sorted keys, no spaces); reading it back checks the content hash.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import msgspec

from reports.content import Content, Sentence
from store.records import utc

SCHEMA: Final = "lunchwatch/issue@1"
FRESHNESS: Final = frozenset({"run_ids", "last_success_at", "last_attempt_at"})


@dataclass(frozen=True, slots=True)
class Issue:
    """One week's report. `as_of`: the last day whose knowledge counts; `built_at`: when it was made.
    `corrections`: what this revision changed against the one before (empty in revision 1)."""

    week: str
    revision: int
    world: str
    period_start: date
    period_end: date
    as_of: date
    built_at: datetime
    content: Content
    corrections: tuple[Sentence, ...]
    content_hash: str
    inputs_hash: str

    @property
    def name(self) -> str:
        """`2026-W47.r1`: what file names and message ids say."""
        return f"{self.week}.r{self.revision}"

    def to_json(self) -> str:
        """The issue as canonical JSON; `from_json` gives it back equal."""
        return canonical_json(
            {
                "schema": SCHEMA,
                "week": self.week,
                "revision": self.revision,
                "world": self.world,
                "period_start": self.period_start.isoformat(),
                "period_end": self.period_end.isoformat(),
                "as_of": self.as_of.isoformat(),
                "built_at": self.built_at.isoformat(),
                "content": self.content,
                "corrections": list(self.corrections),
                "content_hash": self.content_hash,
                "inputs_hash": self.inputs_hash,
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Issue:
        """Read a stored issue. Raises ValueError when it is no issue or was altered since."""
        try:
            raw = json.loads(text)
            unaltered = hash_content(
                raw["week"], raw["world"], date.fromisoformat(raw["as_of"]), raw["content"]
            )
            if raw["content_hash"] != unaltered:
                raise ValueError(f"issue {raw['week']} does not match its content hash: it was altered")
            stored = msgspec.json.decode(text, type=_Stored)
        except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
            raise ValueError(f"this is not a stored issue: {error!r}") from error
        except msgspec.DecodeError as error:
            raise ValueError(f"it was made by another version: {error}") from error
        if stored.schema != SCHEMA:
            raise ValueError(f"this is {stored.schema}, not {SCHEMA}")
        return cls(
            week=stored.week,
            revision=stored.revision,
            world=stored.world,
            period_start=stored.period_start,
            period_end=stored.period_end,
            as_of=stored.as_of,
            built_at=utc(stored.built_at),
            content=stored.content,
            corrections=tuple(stored.corrections),
            content_hash=stored.content_hash,
            inputs_hash=stored.inputs_hash,
        )


class _Stored(msgspec.Struct):
    schema: str
    week: str
    revision: int
    world: str
    period_start: date
    period_end: date
    as_of: date
    built_at: datetime
    content: Content
    corrections: list[Sentence]
    content_hash: str
    inputs_hash: str


def freeze_issue(
    content: Content,
    *,
    week: str,
    revision: int,
    world: str,
    as_of: date,
    built_at: datetime,
    inputs_hash: str,
) -> Issue:
    """Make an issue of `content`. It passes through JSON once, so that what is hashed and rendered now and
    what is read back later are the same values of the same types."""
    start, end = find_period(week)
    content = msgspec.json.decode(msgspec.json.encode(content), type=Content)
    return Issue(
        week=week,
        revision=revision,
        world=world,
        period_start=start,
        period_end=end,
        as_of=as_of,
        built_at=utc(built_at).astimezone(UTC),
        content=content,
        corrections=(),
        content_hash=hash_content(week, world, as_of, content),
        inputs_hash=inputs_hash,
    )


def with_corrections(issue: Issue, corrections: tuple[Sentence, ...]) -> Issue:
    return replace(issue, corrections=corrections)


def find_period(week: str) -> tuple[date, date]:
    """Monday and Sunday of an ISO week `2026-W47`; ValueError for anything else."""
    match = re.fullmatch(r"(\d{4})-W(\d{2})", week)
    if match is None:
        raise ValueError(f"a week is written like 2026-W47, got {week!r}")
    start = date.fromisocalendar(int(match[1]), int(match[2]), 1)
    return start, start + timedelta(days=6)


def hash_content(week: str, world: str, as_of: date, content: Content) -> str:
    """The hash of what an issue states."""
    stated = drop_keys(content, FRESHNESS)
    return hash_json({"week": week, "world": world, "as_of": as_of.isoformat(), "content": stated})


def drop_keys(value: Any, keys: frozenset[str]) -> Any:
    """Plain JSON without the members that have one of these names, at any depth."""
    if isinstance(value, dict):
        return {key: drop_keys(inner, keys) for key, inner in value.items() if key not in keys}
    if isinstance(value, list):
        return [drop_keys(inner, keys) for inner in value]
    return value


def hash_json(value: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON, as hexadecimal digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def canonical_json(value: Mapping[str, Any]) -> str:
    """One spelling for equal values: sorted keys, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def round_numbers(value: Any) -> Any:
    """Every float in plain JSON rounded to six significant digits; −0 becomes 0."""
    if isinstance(value, float):
        return float(f"{value:.6g}") + 0.0
    if isinstance(value, dict):
        return {key: round_numbers(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [round_numbers(inner) for inner in value]
    return value
