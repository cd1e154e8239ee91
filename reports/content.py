"""The shape of what an issue states: plain JSON, frozen once, read by every renderer.

Numbers are raw (rounded to six significant digits), dates are `YYYY-MM-DD`, foreign texts are already
cleaned and foreign addresses checked. A sentence is a template with named placeholders, the values that
fill them with their units, and the ids of its evidence: wording can be translated without touching a
number. Keys avoid the names of dict methods (`values`, `items`, …), so that templates can say `a.b`.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict


class Quantity(TypedDict):
    """A value that fills a placeholder. `unit` is a key of `formatting.STYLES`, "date" or "text"."""

    value: float | int | str
    unit: str


class Sentence(TypedDict):
    template: str
    numbers: dict[str, Quantity]
    evidence: list[str]


class Interval(TypedDict):
    """A number with its 90 % interval, or the reason why it has none."""

    value: float
    unit: str
    low: float | None
    high: float | None
    no_interval_because: str | None
    n: int | None
    as_of: str | None


class SubIndexPart(TypedDict):
    id: str
    label: str
    estimate: Interval | None
    reason: str | None
    weight: float
    evidence: list[str]


class VerdictPart(TypedDict):
    """`step` is a value of analyzers.analysis.Step or None for "not enough data"."""

    step: str | None
    composite: Interval | None
    reason: str | None
    is_provisional: bool
    is_contested: bool
    weeks_at_step: int
    summary: list[Sentence]
    sub_indices: list[SubIndexPart]
    changed: list[Sentence]
    unchanged: list[Sentence]
    counter: Sentence | None
    seed: int
    draws: int


class JudgementPart(TypedDict):
    """`likelihood` and `confidence` never share a sentence. `since`: first, new, unchanged, or changed."""

    key: str
    sentence: Sentence
    likelihood: str | None
    no_likelihood_because: str | None
    confidence: str
    confidence_because: Sentence
    so_what: Sentence
    would_change: Sentence
    since: str
    since_from: str | None


class MeasurePart(TypedDict):
    id: str
    label: str
    unit: str
    estimate: Interval | None
    reason: str | None
    change_1w: float | None
    change_13w: float | None
    history: list[tuple[str, float]]
    moved_toward: str
    grade: str
    is_bundled: bool
    evidence: list[str]


class ChartColumn(TypedDict):
    key: str
    label: str
    unit: str


class ChartPart(TypedDict):
    """`kind` names the builder in reports.charts.specs. `is_finding`: the title states what was checked
    on the data; else it is the neutral one."""

    id: str
    kind: str
    title: Sentence
    subtitle: str
    description: Sentence
    is_finding: bool
    labels: dict[str, str]
    columns: list[ChartColumn]
    rows: list[dict[str, float | int | str | None]]
    evidence: list[str]


class MoverRow(TypedDict):
    subject: str
    metric: str
    value: float
    growth_pct: float
    growth_low_pct: float | None
    growth_high_pct: float | None
    window_days: int
    z: float | None
    no_z_because: str | None
    through: str
    spark: list[float]
    is_bundled: bool
    evidence: list[str]


class ReleaseRow(TypedDict):
    day: str
    precision: str
    title: str
    lab: str
    kind: str
    url: str | None
    openness: str | None
    licence: str | None
    parameters: float | None
    reason: str
    is_bundled: bool
    evidence: list[str]


class ClaimRow(TypedDict):
    model: str
    benchmark: str
    unit: str
    claimed: float | None
    found: float | None
    status: str
    claimed_on: str | None
    source_url: str | None
    is_bundled: bool
    evidence: list[str]


class PriceRow(TypedDict):
    day: str
    provider: str
    model: str
    blend_before: float | None
    blend_after: float
    change_pct: float | None
    openness: str
    is_correction: bool
    is_bundled: bool
    evidence: list[str]


class BreakEvenPart(TypedDict):
    tokens_low: float
    tokens_mid: float
    tokens_high: float
    assumptions: list[str]
    evidence: list[str]


class ChangeRow(TypedDict):
    day: str
    actor: str
    kind: str
    before: str | None
    after: str
    direction: str
    url: str | None
    is_bundled: bool
    evidence: list[str]


class FindingPart(TypedDict):
    """`perspective` and `salience` (importance times grade weight) stand in `Content.findings` only."""

    rule: str
    sentence: Sentence
    direction: str
    perspective: NotRequired[str]
    salience: NotRequired[float]


class PerspectivePart(TypedDict):
    """`reading`: open, closed, mixed, neither, or None for "not enough data" with its `reason`."""

    id: str
    reading: str | None
    reason: str | None
    findings: list[FindingPart]


class HypothesisRow(TypedDict):
    """`rules_for`, `rules_against`: the rules counted; older issues hold the counts alone."""

    id: str
    statement: str
    consistent: int
    inconsistent: int
    most_damaging: Sentence | None
    evidence: list[str]
    rules_for: NotRequired[list[str]]
    rules_against: NotRequired[list[str]]


class EvidenceRow(TypedDict):
    id: str
    title: str
    source: str
    basis: str
    as_of: str | None
    rows: int
    run_ids: list[int]
    command: str
    url: str | None


class SourceRow(TypedDict):
    """`state`: ok, bundled, partial, or unreached."""

    key: str
    name: str
    basis: str
    state: str
    through: str | None
    last_success_at: str | None
    last_attempt_at: str | None
    rows: int
    skipped: int
    problems: list[str]


class CreditRow(TypedDict):
    """A source that the issue used, as the footer names it."""

    name: str
    url: str | None
    licence: str
    changes: str


class BannerPart(TypedDict):
    """How much of the scoreboard stands on bundled facts."""

    bundled: int
    measured: int
    through: str | None
    is_anything_observed: bool


class Remembered(TypedDict):
    """What the next issue compares itself with."""

    week: str
    step: str | None
    weeks_at_step: int
    composite: float | None
    measures: dict[str, float]
    judgements: dict[str, str]


class Content(TypedDict):
    """One issue. `totals` counts the rows of a section that is cut for length; `empty` says, per
    section, in one line why it has no data; `compared_with` is last week's issue; `findings` are all that
    were concluded, printed or not (older issues hold the printed ones alone)."""

    open_rule: str
    through: str | None
    banner: BannerPart
    compared_with: Remembered | None
    verdict: VerdictPart
    judgements: list[JudgementPart]
    measures: list[MeasurePart]
    charts: list[ChartPart]
    movers: list[MoverRow]
    releases: list[ReleaseRow]
    releases_seen: int
    claims: list[ClaimRow]
    prices: list[PriceRow]
    break_even: BreakEvenPart | None
    changes: list[ChangeRow]
    perspectives: list[PerspectivePart]
    hypotheses: list[HypothesisRow]
    evidence: list[EvidenceRow]
    sources: list[SourceRow]
    credits: list[CreditRow]
    assumptions: list[str]
    run_ids: list[int]
    totals: dict[str, int]
    empty: dict[str, str]
    findings: NotRequired[list[FindingPart]]
