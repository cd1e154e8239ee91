"""What results on the Hub have in common as claims: number and unit, who stands behind them, settings. Pure.

Standing, which is never merged:

    verified        the Hub says so: `verified` in `evalResults` and on leaderboards, which it works out
                    itself; in a card, where anybody may write `verified: true`, only beside a signed
                    `verifyToken` (whose signature the Hub checks, not we)
    third party     an open pull request, which anybody may make; a source of another owner, or at a host
                    that is known to be somebody else's
    self-reported   everything else: it stands in the maker's own repository, whatever it links to

Units are those the Hub writes: 0.412 and 20.90 both appear and are not told apart by their size. A unit is
given where a percent sign or the benchmark's line in hub_benchmarks.toml says it, else it is empty.
Source: https://huggingface.co/docs/hub/eval-results.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from collectors.moments import parse_moment
from collectors.offers import MalformedItem
from collectors.text import clean_text
from store.records import Claim, Lab, Standing

TEXT_LENGTH = 200
NOTES_LENGTH = 500

_HIGHEST_SCORE = 1_000_000.0
_SCORE = re.compile(r"\s*(?P<number>[+-]?\d{1,12}(?:\.\d{1,20})?)\s*(?P<percent>%?)\s*", re.ASCII)
_SEPARATORS = re.compile(r"\s*[;,\n]\s*")
_HUB_HOSTS = frozenset({"huggingface.co", "hf.co"})
_HUB_KINDS = frozenset({"spaces", "datasets", "collections", "models"})
_HUB_TEXTS = frozenset({"papers", "blog", "docs"})


class BenchmarkMeaning(Protocol):
    """The declared benchmark a name means, and the version it implies."""

    @property
    def benchmark(self) -> str: ...

    @property
    def version(self) -> str: ...


class HubBenchmarkMeaning(BenchmarkMeaning, Protocol):
    """The same of a task of a data set on the Hub; `unit` is empty where it is not known."""

    @property
    def unit(self) -> str: ...


class ClaimNames(Protocol):
    """What the catalogue knows about benchmarks and those who publish scores."""

    def find_benchmark(self, name: str) -> BenchmarkMeaning | None: ...

    def find_hub_benchmark(self, dataset: str, task: str | None) -> HubBenchmarkMeaning | None: ...

    def claim_standing(self, source_url: str, model_lab: str) -> Standing | None: ...

    def lab_of(self, organisation: str) -> Lab | None: ...


class NoNames:
    """A catalogue that knows nothing."""

    def find_benchmark(self, name: str) -> BenchmarkMeaning | None:  # noqa: ARG002 - the protocol names it
        return None

    def find_hub_benchmark(
        self,
        dataset: str,  # noqa: ARG002 - the protocol names it
        task: str | None,  # noqa: ARG002 - the protocol names it
    ) -> HubBenchmarkMeaning | None:
        return None

    def claim_standing(
        self,
        source_url: str,  # noqa: ARG002 - the protocol names it
        model_lab: str,  # noqa: ARG002 - the protocol names it
    ) -> Standing | None:
        return None

    def lab_of(self, organisation: str) -> Lab | None:  # noqa: ARG002 - the protocol names it
        return None


class Source(msgspec.Struct):
    """Where a result says it comes from; `user` and `org` are names on the Hub."""

    url: str | None = None
    user: str | None = None
    org: str | None = None


def parse_score(value: object) -> tuple[float, bool]:
    """The number as it is written, and whether a percent sign stands behind it. Raises MalformedItem."""
    has_sign = False
    if isinstance(value, str) and (match := _SCORE.fullmatch(value)):
        value, has_sign = float(match["number"]), bool(match["percent"])
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedItem(f"value: {str(value)[:40]!r} is no number")
    if not -_HIGHEST_SCORE <= value <= _HIGHEST_SCORE or not math.isfinite(value):
        raise MalformedItem(f"value: {str(value)[:40]} is no score")
    return float(value), has_sign


def parse_day(value: object, now: datetime) -> date | None:
    """The day of an evaluation, a date or a moment; None for none, for what is no date, and for a day to
    come. It is when the evaluation was run and not when anybody could know of it."""
    if not isinstance(value, str):
        return None
    try:
        day = parse_moment(value).date()
    except ValueError:
        return None
    return day if day <= now.date() else None


def judge_source(source: Source | None, address: str | None, owner: str, names: ClaimNames) -> Standing:
    """Who stands behind a result in the main branch of `owner`'s repository that names this source."""
    stated = (source.org or source.user) if source is not None else None
    if stated:
        return _compare(stated, owner, names)
    if address is None:
        return Standing.SELF_REPORTED
    parts = urlsplit(address)
    if (parts.hostname or "").removeprefix("www.") not in _HUB_HOSTS:
        lab = names.lab_of(owner)
        standing = names.claim_standing(address, lab.key if lab is not None else owner.lower())
        return standing or Standing.SELF_REPORTED
    where = [part for part in parts.path.split("/") if part]
    if where and where[0] in _HUB_KINDS:
        del where[0]
    if not where or where[0] in _HUB_TEXTS:
        return Standing.SELF_REPORTED
    return _compare(where[0], owner, names)


def _compare(publisher: str, owner: str, names: ClaimNames) -> Standing:
    if publisher.casefold() == owner.casefold():
        return Standing.SELF_REPORTED
    theirs, ours = names.lab_of(publisher), names.lab_of(owner)
    is_same = theirs is not None and ours is not None and theirs.key == ours.key
    return Standing.SELF_REPORTED if is_same else Standing.THIRD_PARTY


def write_settings(settings: Mapping[str, object], notes: str | None = None) -> str:
    """`split: test; shots: 5; notes`. What separates settings does not stand within one."""
    stated = {name: value for name, value in settings.items() if value not in (None, "", {}, [])}
    shown = {
        name: _SEPARATORS.sub(" ", clean_text(str(value), TEXT_LENGTH)) for name, value in stated.items()
    }
    parts = [f"{name}: {value}" for name, value in shown.items() if value]
    parts.append(clean_text(notes or "", NOTES_LENGTH))
    return "; ".join(part for part in parts if part)


def keep_apart(claims: Sequence[Claim]) -> list[Claim]:
    """The same said twice is said once; another score under the same terms is numbered, so that both stand
    and neither looks like a correction of the other."""
    by_terms: dict[Claim, list[Claim]] = {}
    for claim in claims:
        same = by_terms.setdefault(replace(claim, score=0.0, unit="", claimed_on=None, quote=""), [])
        if all((other.score, other.unit) != (claim.score, claim.unit) for other in same):
            same.append(claim)
    return [
        claim
        if number == 1
        else replace(claim, settings="; ".join(filter(None, (claim.settings, f"entry: {number}"))))
        for same in by_terms.values()
        for number, claim in enumerate(same, start=1)
    ]
