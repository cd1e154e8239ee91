"""What one week's analysis concludes, as plain values; the weekly report only phrases and draws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from store.records import (
    Direction,
    Estimate,
    Evidence,
    Finding,
    Measure,
    Openness,
    OpenRule,
    Precision,
    SourceStatus,
)


class Step(StrEnum):
    """The five readings of the composite (methodology 10)."""

    NOT_YET = "not_yet"
    NIBBLING = "nibbling"
    SHARING = "sharing"
    EATING = "eating"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class SubIndex:
    """One competitive sub-index in (0, 100), 50 = parity, or the reason why there is none."""

    id: str
    label: str
    estimate: Estimate | None
    reason: str | None
    weight: float
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The vector first, the composite second. `step` is None when there is not enough data;
    `is_provisional`: fewer than two weekly values; `is_contested`: the interval crosses two borders.
    `seed` and `draws` make the interval repeatable."""

    step: Step | None
    composite: Estimate | None
    reason: str | None
    sub_indices: tuple[SubIndex, ...]
    is_provisional: bool
    is_contested: bool
    strongest_counter_evidence: str | None  # a finding id
    seed: int
    draws: int


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """An entry that raised the running maximum of its class."""

    day: date
    model: str
    value: float
    is_open: bool


@dataclass(frozen=True, slots=True)
class GapPoint:
    """Best closed against best open on one board date: points, percent of the open rating (None where that
    is not above zero), and the expected win rate of the closed model. `points_low/high`: 90 %."""

    board_date: date
    closed_model: str
    closed_rating: float
    open_model: str
    open_rating: float
    points: float
    points_low: float | None
    points_high: float | None
    percent: float | None
    win_rate: float
    board_version: int


@dataclass(frozen=True, slots=True)
class Mover:
    """A subject whose level changed. `growth`: log-ratio over `window_days`; `z` robust, or the reason
    why there is none."""

    subject: str
    metric: str
    value: float
    growth: float
    growth_low: float | None
    growth_high: float | None
    window_days: int
    z: float | None
    no_z_because: str | None
    through: date
    spark: tuple[float, ...]
    is_bundled: bool
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """A new model, version or announcement, with the one computed reason why it is listed. `told_by`: the
    outlets that told of it, the primary source first."""

    day: date
    precision: Precision
    title: str
    lab: str
    kind: str
    url: str | None
    openness: Openness | None
    licence: str | None
    parameters: float | None
    reason: str
    is_bundled: bool
    evidence: tuple[str, ...]
    told_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """Claims for one model on one benchmark side by side; `status`: reproduced, lower, higher,
    pending or not_comparable."""

    model: str
    benchmark: str
    unit: str
    claimed: float | None
    found: float | None
    status: str
    claimed_on: date | None
    source_url: str
    is_bundled: bool
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PriceMove:
    """A standard price that changed, USD per million output tokens (blended 3:1 in `blend_*`)."""

    day: date
    provider: str
    model: str
    blend_before: float | None
    blend_after: float
    change: float | None
    openness: Openness
    is_correction: bool
    is_bundled: bool
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PriceLevel:
    """Cheapest open and closed offer at or above a capability level; None where there is none."""

    level: float
    open_model: str | None
    open_usd: float | None
    closed_model: str | None
    closed_usd: float | None
    ratio: float | None


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Tokens a month from which an own card is cheaper than calling, with its range and assumptions."""

    tokens_low: float
    tokens_mid: float
    tokens_high: float
    assumptions: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A licence, privacy or policy change."""

    day: date
    actor: str
    kind: str
    before: str | None
    after: str
    direction: Direction
    url: str | None
    is_bundled: bool
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of the evidence, with the findings for and against it."""

    id: str
    statement: str
    consistent: tuple[str, ...]
    inconsistent: tuple[str, ...]
    most_damaging: str | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A key judgement: likelihood band (None when no scored forecast exists yet) and, apart from it,
    confidence with its reason. `finding` is the sentence; `so_what`, `would_change` are templates."""

    finding: str
    likelihood: str | None
    no_likelihood_because: str | None
    confidence: str
    confidence_because: str
    so_what: str
    would_change: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything a weekly issue states. `empty` gives, per section, the one line why it has no data."""

    world: str
    as_of: date
    open_rule: OpenRule
    verdict: Verdict
    measures: tuple[Measure, ...]
    judgements: tuple[Judgement, ...]
    findings: tuple[Finding, ...]
    hypotheses: tuple[Hypothesis, ...]
    frontier: tuple[FrontierPoint, ...]
    gaps: tuple[GapPoint, ...]
    price_levels: tuple[PriceLevel, ...]
    movers: tuple[Mover, ...]
    releases: tuple[ReleaseLine, ...]
    releases_seen: int
    claims: tuple[ClaimLine, ...]
    price_moves: tuple[PriceMove, ...]
    break_even: BreakEven | None
    changes: tuple[ChangeLine, ...]
    evidence: tuple[Evidence, ...]
    sources: tuple[SourceStatus, ...]
    through: date | None
    empty: Mapping[str, str]
    assumptions: tuple[str, ...]
