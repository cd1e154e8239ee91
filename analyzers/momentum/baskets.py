"""Growth of two baskets of repositories against each other: the open stack and the closed SDKs.

Developer momentum D of methodology 10: 50 + 50·tanh((g_open − g_closed)/0.2), with g the robust log
growth per quarter. D is a leading indicator and stays outside the composite.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analyzers.absence import Absent
from analyzers.momentum.alignment import without_suspect_zeros
from analyzers.momentum.semantics import log_growth
from store.records import Basis, Series

QUARTER_DAYS = 91
OPEN_ROLE = "open_stack"
CLOSED_ROLE = "closed_sdk"
MIN_MEMBERS = 3
HALF_WIDTH = 0.2


@dataclass(frozen=True, slots=True)
class Basket:
    """Median member growth as a natural-log ratio per quarter."""

    growth: float
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BasketRace:
    """Open against closed over the quarter that ends on `end`; `difference` with its 90 % interval.

    `score` is D in (0, 100); `certainty` = Φ(difference/SE) is how sure the sign is, not the size;
    None when the standard error is zero.
    """

    end: date
    open: Basket
    closed: Basket
    difference: float
    low: float
    high: float
    score: float
    certainty: float | None
    is_bundled: bool
    series: tuple[Series, ...]


def developer_momentum(open_growth: float, closed_growth: float) -> float:
    """D of methodology 10, between 0 and 100; 50 = both baskets grow alike."""
    return 50 + 50 * math.tanh((open_growth - closed_growth) / HALF_WIDTH)


def find_race(
    series: Sequence[Series], roles: Mapping[str, str], as_of: date, *, draws: int, seed: int
) -> BasketRace | Absent:
    """Compare the baskets on the latest day on which at least three members of each and half of all are
    known. `roles` maps a repository's name (in any case) to `open_stack` or `closed_sdk`; others are
    ignored. The interval is a bootstrap over members."""
    sides = _sort(series, roles)
    for name, members in sides.items():
        if len(members) < MIN_MEMBERS:
            return Absent(
                f"{len(members)} repositories of the {_name(name)} have a series; {MIN_MEMBERS} needed"
            )
    everyone = [one for members in sides.values() for one in members]
    for end in sorted({one.days[-1] for one in everyone if one.days[-1] <= as_of}, reverse=True):
        growth = {name: _growths(members, end) for name, members in sides.items()}
        counts = [len(values) for values in growth.values()]
        if min(counts) >= MIN_MEMBERS and sum(counts) * 2 >= len(everyone):
            used = tuple(one for one in everyone if any(one.subject.name in g for g in growth.values()))
            return _race(end, growth[OPEN_ROLE], growth[CLOSED_ROLE], used, draws, seed)
    return Absent(f"no day has {MIN_MEMBERS} repositories of each basket with a value a quarter before")


def race_history(
    series: Sequence[Series], roles: Mapping[str, str], ends: Sequence[date]
) -> tuple[tuple[date, float], ...]:
    """Difference of the baskets' quarterly log growth on each of `ends` that has enough members."""
    sides = _sort(series, roles)
    history = []
    for end in ends:
        open_, closed = (_growths(sides[role], end) for role in (OPEN_ROLE, CLOSED_ROLE))
        if min(len(open_), len(closed)) >= MIN_MEMBERS:
            history.append((end, float(np.median(list(open_.values())) - np.median(list(closed.values())))))
    return tuple(history)


def _sort(series: Sequence[Series], roles: Mapping[str, str]) -> dict[str, list[Series]]:
    wanted = {name.casefold(): role for name, role in roles.items()}
    sides: dict[str, list[Series]] = {OPEN_ROLE: [], CLOSED_ROLE: []}
    for raw in sorted(series, key=lambda one: one.subject.name):
        one, _ = without_suspect_zeros(raw)
        role = wanted.get(one.subject.name.casefold())
        if role in sides and one.days:
            sides[role].append(one)
    return sides


def _growths(members: Sequence[Series], end: date) -> dict[str, float]:
    found = {}
    for one in members:
        value = log_growth(one, QUARTER_DAYS, end)
        if not isinstance(value, Absent):
            found[one.subject.name] = value
    return found


def _race(
    end: date,
    open_: Mapping[str, float],
    closed: Mapping[str, float],
    used: tuple[Series, ...],
    draws: int,
    seed: int,
) -> BasketRace:
    rng = np.random.default_rng(seed)
    sides = []
    for values in (open_, closed):
        growth = np.array([values[name] for name in sorted(values)])
        picks = growth[rng.integers(0, len(growth), (draws, len(growth)))]
        sides.append((float(np.median(growth)), np.median(picks, axis=1)))
    (open_growth, open_draws), (closed_growth, closed_draws) = sides
    differences = open_draws - closed_draws
    low, high = (float(v) for v in np.quantile(differences, [0.05, 0.95]))
    spread = float(differences.std(ddof=1))
    difference = open_growth - closed_growth
    return BasketRace(
        end=end,
        open=Basket(open_growth, tuple(sorted(open_))),
        closed=Basket(closed_growth, tuple(sorted(closed))),
        difference=difference,
        low=min(low, difference),
        high=max(high, difference),
        score=developer_momentum(open_growth, closed_growth),
        certainty=0.5 * (1 + math.erf(difference / spread / math.sqrt(2))) if spread > 0 else None,
        is_bundled=all(one.provenance.basis is Basis.BUNDLED for one in used),
        series=used,
    )


def _name(role: str) -> str:
    return "open stack" if role == OPEN_ROLE else "closed SDKs"
