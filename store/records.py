"""The vocabulary: every word Lunchwatch uses for what it knows, as plain frozen dataclasses.

This module imports nothing of ours and no database library, so that everybody may import it.

    written by collectors            SubjectRef, Observation, Fact, ModelRecord, ModelFact, Link,
    and imports (one Batch           Release, Document, Claim, Figure, Coverage
    is one transaction)
    read by analyzers                Series, Rating, IndexScore, Offer, Model, plus Release, Document,
                                     Claim, Figure and SourceStatus as stored
    concluded by analyzers           Estimate, Evidence, Measure, Finding

Two clocks: every row has the *day it is about* (`day`, `valid_from`, `published_at`) and `known_at`,
when the world could know it. A `known_at` of None means "the start of the run that told us".
Dates are `datetime.date`; moments are aware UTC datetimes, naive ones are refused (`utc`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeAlias

LIVE = "live"
"""The default world: what the collectors see and what is bundled."""


def utc(moment: datetime) -> datetime:
    """Return `moment` as an aware UTC datetime; raise ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs a time zone, got naive {moment.isoformat()}")
    return moment.astimezone(UTC)


# --------------------------------------------------------------------------- closed vocabularies


class Kind(StrEnum):
    """What a subject is in its source."""

    HUB_MODEL = "hub_model"
    GITHUB_REPO = "github_repo"
    PACKAGE = "package"
    OFFER = "offer"
    BOARD_ENTRY = "board_entry"
    DOCUMENT_SOURCE = "document_source"
    SITE = "site"  # a platform as a whole, or a declared part of it


class Openness(StrEnum):
    """Epoch AI's accessibility scale; the one encoding of openness everywhere (methodology 1)."""

    UNRESTRICTED = "unrestricted"
    RESTRICTED = "restricted"
    NONCOMMERCIAL = "noncommercial"
    API = "api"
    HOSTED = "hosted"
    UNRELEASED = "unreleased"
    UNKNOWN = "unknown"


class OpenRule(StrEnum):
    """What counts as open: weights anybody can have, weights under an approved licence, or class I of the
    Model Openness Framework (methodology 1)."""

    WEIGHTS = "weights"
    LICENCE = "licence"
    SCIENCE = "science"

    def is_open(self, openness: Openness, *, is_science_open: bool | None = None) -> bool | None:
        """True open, False closed, None when unknown (unknown is in neither frontier).

        `is_science_open` matters to the science rule only: whether the model's components reach class I,
        None where nobody assessed them. Weights that cannot be had are closed without an assessment."""
        has_weights = openness in (Openness.UNRESTRICTED, Openness.RESTRICTED, Openness.NONCOMMERCIAL)
        if self is OpenRule.SCIENCE and (has_weights or is_science_open is not None):
            return is_science_open
        if openness is Openness.UNKNOWN:
            return None
        if self is OpenRule.LICENCE:
            return openness is Openness.UNRESTRICTED
        return has_weights


class Semantics(StrEnum):
    """What a counter counts, and hence what may be done with it (methodology 2)."""

    INSTANT = "instant"
    ROLLING = "rolling"
    CUMULATIVE = "cumulative"
    RETAINED = "retained"
    PER_PERIOD = "per_period"
    SCORE = "score"

    @property
    def is_change_only(self) -> bool:
        """Whether an unchanged value may be left out: levels persist, flows and publications do not."""
        return self in (Semantics.INSTANT, Semantics.ROLLING, Semantics.CUMULATIVE)


class Basis(StrEnum):
    """Where a run's rows come from. Bundled rows never count as own observations."""

    OBSERVED = "observed"
    BUNDLED = "bundled"
    IMPORTED = "imported"
    BACKFILLED = "backfilled"


class Outcome(StrEnum):
    """How a run ended."""

    RUNNING = "running"
    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    CRASHED = "crashed"
    POSTPONED = "postponed"  # nothing was read and nothing is wrong: it only has to wait


class CoverageStatus(StrEnum):
    """What a run saw in a scope it meant to look at; no row at all means "not looked"."""

    COMPLETE = "complete"
    UNCHANGED = "unchanged"  # the source itself said so (304)
    PARTIAL = "partial"
    GONE = "gone"
    FAILED = "failed"
    POSTPONED = "postponed"


class Standing(StrEnum):
    """Who stands behind a benchmark claim."""

    SELF_REPORTED = "self_reported"
    THIRD_PARTY = "third_party"
    VERIFIED = "verified"


class Precision(StrEnum):
    """How exact a date is; a source's `YYYY-MM` is stored as its first day with precision month."""

    DAY = "day"
    MONTH = "month"


class Direction(StrEnum):
    """Which side a finding or a change favours."""

    OPEN = "open"
    CLOSED = "closed"
    NEITHER = "neither"


class Perspective(StrEnum):
    """The six readings of the same evidence (methodology 11)."""

    COORDINATOR = "coordinator"
    SCIENTIFIC = "scientific"
    CRITICAL = "critical"
    SECURITY = "security"
    INFRASTRUCTURE = "infrastructure"
    FINANCE = "finance"


class ReleaseKind(StrEnum):
    MODEL = "model"
    SOFTWARE = "software"
    ANNOUNCEMENT = "announcement"


# --------------------------------------------------------------------------- declared things


@dataclass(frozen=True, slots=True)
class Metric:
    """A declared counter. `window_days` belongs to rolling metrics only."""

    name: str
    unit: str
    semantics: Semantics
    source: str
    caveat: str
    window_days: int | None = None


@dataclass(frozen=True, slots=True)
class Lab:
    """Who makes models. `kind`: closed_lab, open_lab, company, community or unknown."""

    key: str
    name: str
    kind: str
    country: str
    hub_organisations: tuple[str, ...] = ()
    github_organisations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A named test. `unit`: percent, fraction or points; `domain`: coding, reasoning, agents, …"""

    key: str
    name: str
    unit: str
    domain: str
    higher_is_better: bool = True


@dataclass(frozen=True, slots=True)
class BenchmarkTerms:
    """What makes two scores of a benchmark the same thing. `unit` as in Benchmark; `metric`: what it is
    always reported in, `metric_names` its other names; `dataset`: the questions meant where none are named;
    `items`: how many questions; `tolerance`: within how much two scores agree, in `unit`."""

    unit: str = ""
    higher_is_better: bool = True
    metric: str = ""
    metric_names: tuple[str, ...] = ()
    dataset: str = ""
    items: int | None = None
    tolerance: float | None = None


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence and its class. `is_approved`: by OSI or FSF."""

    key: str
    name: str
    openness: Openness
    is_approved: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class DataSource:
    """Somebody whose facts we use: what the footer and the NOTICE name."""

    key: str
    name: str
    url: str
    licence: str
    changes: str = ""


# --------------------------------------------------------------------------- written


@dataclass(frozen=True, slots=True)
class SubjectRef:
    """One thing in one source. `native_id` is the source's immutable id where it has one
    (Hub `_id`, GitHub `databaseId`); `name` is what it is called now."""

    source: str
    kind: Kind
    name: str
    native_id: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """`value` of `metric` for `subject` on `day`, in the metric's declared unit."""

    subject: SubjectRef
    metric: str
    day: date
    value: float
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A slow, dated attribute of a subject: licence, gated, archived, base_model, parameters, …"""

    subject: SubjectRef
    attribute: str
    value: str
    valid_from: date
    precision: Precision = Precision.DAY
    evidence_url: str | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """The thing itself, across sources. `key` is `lab/name` in lower case."""

    key: str
    lab: str
    name: str
    family: str | None = None


@dataclass(frozen=True, slots=True)
class ModelFact:
    """A dated attribute of a model: openness, licence, released_on, parameters, context_tokens, …"""

    model: str
    attribute: str
    value: str
    valid_from: date
    precision: Precision = Precision.DAY
    evidence_url: str | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A subject is the model `model`. `basis`: hub_id, alias, normalised_name or by_hand; confidence 0 to 1.
    `valid_from` None: since ever. `is_withdrawn`: it is not, and an earlier link was wrong."""

    subject: SubjectRef
    model: str
    basis: str
    confidence: float
    valid_from: date | None = None
    is_withdrawn: bool = False
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A model, a version of software or an announcement. `key` is its identity within the source."""

    subject: SubjectRef
    kind: ReleaseKind
    key: str
    title: str
    url: str | None
    published_at: datetime
    precision: Precision = Precision.DAY
    version: str | None = None
    is_prerelease: bool = False
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A feed entry, a policy version or a page. `key` is its identity within its source;
    an edit is a new `content_hash` under the same key. `published_basis`: published or first_seen."""

    subject: SubjectRef
    key: str
    title: str
    url: str | None
    published_at: datetime
    published_basis: str
    text: str
    content_hash: str
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody says that a model scored x on a benchmark; `model` is the name as claimed."""

    model: str
    benchmark: str
    score: float
    unit: str
    metric: str
    standing: Standing
    claimed_on: date | None
    source_url: str
    version: str = ""
    settings: str = ""
    quote: str = ""
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One published number with its source and the source's interest."""

    measure: str
    value: float
    unit: str
    as_of: date
    precision: Precision
    source: str
    sponsor_interest: str
    notes: str = ""
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a run saw in one scope, so that unchanged, gone and not looked stay apart."""

    scope: str
    status: CoverageStatus
    items: int = 0
    reason: str = ""


Record: TypeAlias = Observation | Fact | ModelRecord | ModelFact | Link | Release | Document | Claim | Figure


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction writes: records, what was looked at, and where to go on from.

    `state` replaces the target's saved state (cursor, ETag, …) in the same transaction; None keeps it.
    `requests` is what the batch cost; `skipped` names each malformed item that was left out and why.
    """

    records: Sequence[Record] = ()
    coverage: Sequence[Coverage] = ()
    state: Mapping[str, object] | None = None
    requests: int = 0
    skipped: Sequence[str] = ()


# --------------------------------------------------------------------------- read by analyzers


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a row that was read comes from: a DataSource key, the basis and the run that told us."""

    source: str
    basis: Basis
    run_id: int


@dataclass(frozen=True, slots=True)
class Series:
    """One subject's values of one metric, days ascending, as known at the reading's as-of; `told` says
    for each value who told it: bundled ones come first, own observations follow."""

    subject: SubjectRef
    metric: Metric
    days: tuple[date, ...]
    values: tuple[float, ...]
    told: tuple[Provenance, ...]

    @property
    def provenance(self) -> Provenance:
        """Who told the last value."""
        return self.told[-1]


@dataclass(frozen=True, slots=True)
class Rating:
    """One line of a dated rating board. `ci_low`/`ci_high`: the published 95 % interval, in points.
    `openness_basis`: `model` where a dated fact of the model says it, `board` where only the board does,
    empty where nobody said which. `model_key`: which model it is, where that is known."""

    board: str
    board_date: date
    model: str
    rating: float
    ci_low: float | None
    ci_high: float | None
    votes: int | None
    organisation: str
    licence: str
    openness: Openness
    is_released: bool
    provenance: Provenance
    is_science_open: bool | None = None
    openness_basis: str = ""
    model_key: str | None = None


@dataclass(frozen=True, slots=True)
class IndexScore:
    """One model's score in a published capability index (points), dated by its release. `model_key`:
    which model it is, where that is known. `ci_low`, `ci_high`: the 90 % interval, where it is published."""

    model: str
    score: float
    published_on: date
    released_on: date
    organisation: str
    country: str
    openness: Openness
    openness_basis: str
    provenance: Provenance
    is_science_open: bool | None = None
    model_key: str | None = None
    ci_low: float | None = None
    ci_high: float | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A served model and its price on `day`, USD per million tokens. None: not stated;
    `is_free`: the source says 0, which may mean free, unknown or subscription. `price_list`: the source
    that quotes it; `told_at`: when these prices were first known, None where only the day is."""

    provider: str
    model: str
    day: date
    input_usd_per_mtok: float | None
    output_usd_per_mtok: float | None
    cache_read_usd_per_mtok: float | None
    openness: Openness
    linked_model: str | None
    provenance: Provenance
    is_withdrawn: bool = False
    is_science_open: bool | None = None
    price_list: str = ""
    told_at: datetime | None = None

    @property
    def is_free(self) -> bool:
        return self.input_usd_per_mtok == 0 and self.output_usd_per_mtok == 0


@dataclass(frozen=True, slots=True)
class PriceChange:
    """Two prices of one offer that follow each other; None before: the offer is new."""

    before: Offer | None
    after: Offer


@dataclass(frozen=True, slots=True)
class Model:
    """A model with what is known of it at the reading's as-of. `openness_steps`: its openness from each
    day on which it changed, oldest first, so that a licence is never applied before it was valid."""

    key: str
    name: str
    lab: str
    family: str | None
    released_on: date | None
    released_precision: Precision
    licence: str | None
    openness: Openness
    openness_source: str | None
    parameters: float | None
    hub_name: str | None
    provenance: Provenance
    is_science_open: bool | None = None
    openness_steps: tuple[tuple[date, Openness], ...] = ()


@dataclass(frozen=True, slots=True)
class StoredRelease:
    release: Release
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class StoredDocument:
    document: Document
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class StoredClaim:
    """`also_told_by`: other sources that carry the same result, which counts once."""

    claim: Claim
    model_key: str | None
    provenance: Provenance
    also_told_by: tuple[Provenance, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredFigure:
    figure: Figure
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class FactChange:
    """A subject's or model's attribute changed: `before` None means first known."""

    subject: str
    attribute: str
    before: str | None
    after: str
    valid_from: date
    evidence_url: str | None
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How fresh one source is. `through`: the last day any row of it is about. `outcome`: of its last run
    that was not merely postponed; `goes_on_at`: when what was postponed may be asked for."""

    source: str
    basis: Basis
    last_success_at: datetime | None
    last_attempt_at: datetime | None
    outcome: Outcome
    through: date | None
    rows: int
    skipped: int
    problems: tuple[str, ...] = ()
    goes_on_at: datetime | None = None


# --------------------------------------------------------------------------- concluded


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 90 % interval, or the reason why it has none."""

    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    no_interval_because: str | None = None
    n: int | None = None
    as_of: date | None = None

    def __post_init__(self) -> None:
        if (self.low is None) != (self.high is None):
            raise ValueError("an interval needs both ends")
        if self.low is None and not self.no_interval_because:
            raise ValueError("an estimate without an interval must say why")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The rows a statement stands on: how to read them again, how many, from whom, known since when."""

    id: str
    title: str
    source: str
    basis: Basis
    as_of: date | None
    rows: int
    run_ids: tuple[int, ...]
    sql: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the scoreboard. Without an estimate, `reason` says why there is none.

    `grade`: A live and recent, B bundled or ageing, C stale, thin or single-source.
    `moved_toward`: the side the change over 13 weeks favours.
    `history`: (day, value) pairs for the sparkline, ascending."""

    id: str
    label: str
    unit: str
    estimate: Estimate | None
    reason: str | None
    change_1w: float | None
    change_13w: float | None
    history: tuple[tuple[date, float], ...]
    moved_toward: Direction
    grade: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a named rule concludes. `template` has named placeholders only; `values` fills them
    (numbers raw, rendered by the renderer); every finding names its evidence."""

    id: str
    rule: str
    perspective: Perspective
    template: str
    values: Mapping[str, float | int | str | date]
    direction: Direction
    salience: float
    evidence: tuple[str, ...]
    subjects: tuple[str, ...] = field(default=())
