"""The openness score of a model, 0 to 100 (Artificial Analysis, Openness Index).

    raw   = weights access + weights licence + data access + data licence
          + methodology disclosure + methodology licence          each 0 to 3, at most 18
    score = 100·raw/18

Data access and data licence are means over pre-training and post-training. A part that is not known for
sure is a range, one that is not known at all 0 to 3; then the score is a range and has no point value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from store.framework import Assessment, Component, Listing, Status
from store.records import Licence, Openness

TOP = 3
MAXIMUM = 18


class Part(StrEnum):
    """The eight grades, of which those of data are averaged in pairs."""

    WEIGHTS_ACCESS = "weights_access"
    WEIGHTS_LICENCE = "weights_licence"
    PRE_TRAINING_DATA_ACCESS = "pre_training_data_access"
    POST_TRAINING_DATA_ACCESS = "post_training_data_access"
    PRE_TRAINING_DATA_LICENCE = "pre_training_data_licence"
    POST_TRAINING_DATA_LICENCE = "post_training_data_licence"
    METHODOLOGY_DISCLOSURE = "methodology_disclosure"
    METHODOLOGY_LICENCE = "methodology_licence"


SUMMED: Mapping[str, tuple[Part, ...]] = {
    "weights_access": (Part.WEIGHTS_ACCESS,),
    "weights_licence": (Part.WEIGHTS_LICENCE,),
    "data_access": (Part.PRE_TRAINING_DATA_ACCESS, Part.POST_TRAINING_DATA_ACCESS),
    "data_licence": (Part.PRE_TRAINING_DATA_LICENCE, Part.POST_TRAINING_DATA_LICENCE),
    "methodology_disclosure": (Part.METHODOLOGY_DISCLOSURE,),
    "methodology_licence": (Part.METHODOLOGY_LICENCE,),
}
"""The six parts of the sum, each the mean of its grades."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A whole grade from 0 to 3, or the range in which it lies, with the reason."""

    low: int
    high: int
    because: str = ""

    def __post_init__(self) -> None:
        for end in (self.low, self.high):
            if isinstance(end, bool) or not isinstance(end, int) or not 0 <= end <= TOP:
                raise ValueError(f"a grade is a whole number from 0 to {TOP}, got {end!r}")
        if self.low > self.high:
            raise ValueError(f"a grade cannot reach from {self.low} down to {self.high}")

    @classmethod
    def exactly(cls, value: int, because: str = "") -> Grade:
        return cls(value, value, because)


UNKNOWN = Grade(0, TOP, "not known")


@dataclass(frozen=True, slots=True)
class OpennessScore:
    """`value` 0 to 100, None where a part is not known for sure ("not enough data"); `low` and `high`:
    the unknown at their least and most. `parts`: the six that are summed, each (low, high) of 3."""

    value: float | None
    low: float
    high: float
    parts: Mapping[str, tuple[float, float]]
    grades: Mapping[Part, Grade]


def openness_score(grades: Mapping[Part, Grade]) -> OpennessScore:
    """The score of the grades known; a part that is left out is unknown. Raises ValueError for a part
    that does not exist."""
    unknown = [str(part) for part in grades if part not in set(Part)]
    if unknown:
        raise ValueError(f"the openness score has no part {', '.join(unknown)}")
    full = {part: grades.get(part, UNKNOWN) for part in Part}
    parts = {
        name: (
            sum(full[part].low for part in averaged) / len(averaged),
            sum(full[part].high for part in averaged) / len(averaged),
        )
        for name, averaged in SUMMED.items()
    }
    low, high = (100 * sum(ends) / MAXIMUM for ends in zip(*parts.values(), strict=True))
    return OpennessScore(low if low == high else None, low, high, parts, full)


# --------------------------------------------------------------------------- derived

_ATTRIBUTION = ("cc-by-", "odc-by-", "odbl-")
_FREE_OF_LIMITS = frozenset(
    {
        "apache-2.0",
        "mit",
        "bsd-2-clause",
        "bsd-3-clause",
        "isc",
        "unlicense",
        "cc0-1.0",
        "pddl-1.0",
        "cdla-permissive-2.0",
        "openmdw-1.0",
    }
)


def derive_grades(
    openness: Openness,
    licence: Licence | None,
    listing: Listing | None,
    assessment: Assessment | None,
    data_licence: Licence | None,
) -> dict[Part, Grade]:
    """What licence and components say about the grades, as ranges no narrower than they allow.

    `licence`: of the weights; `data_licence`: of the data sets; both None where not known. The rules stand
    in docs/method.md, section 2."""
    grades = {
        Part.WEIGHTS_ACCESS: _weights_access(openness),
        Part.WEIGHTS_LICENCE: _weights_licence(openness, licence),
    }
    if listing is None or assessment is None:
        return grades
    status = assessment.status
    grades |= _data(status, listing, data_licence)
    reports = {status[Component.TECHNICAL_REPORT], status[Component.RESEARCH_PAPER]}
    if reports & {Status.OPEN, Status.NOT_OPEN}:
        grades[Part.METHODOLOGY_DISCLOSURE] = Grade(1, TOP, "a report or a paper is there")
    match status[Component.TRAINING_CODE]:
        case Status.OPEN:
            grades[Part.METHODOLOGY_LICENCE] = Grade(1, TOP, "training code under an open licence")
        case Status.MISSING:
            grades[Part.METHODOLOGY_LICENCE] = Grade(0, 1, "no training code listed")
    return grades


def grade_licence(licence: Licence) -> Grade:
    """0 no commercial use, 1 attribution required, 2 not required, 3 and without meaningful limits."""
    match licence.openness:
        case Openness.UNRESTRICTED if licence.key in _FREE_OF_LIMITS:
            return Grade.exactly(3, licence.name)
        case Openness.UNRESTRICTED if licence.key.startswith(_ATTRIBUTION):
            return Grade.exactly(1, f"{licence.name}: attribution required")
        case Openness.UNRESTRICTED:
            return Grade(1, TOP, f"{licence.name}: commercial use")
        case Openness.RESTRICTED:
            return Grade(0, 2, f"{licence.name}: use limits")
        case Openness.UNKNOWN:
            return UNKNOWN
    return Grade.exactly(0, licence.name)


def _weights_access(openness: Openness) -> Grade:
    match openness:
        case Openness.UNKNOWN:
            return UNKNOWN
        case Openness.API:
            return Grade(1, 2, "an API; whether it hides tokens is not known")
        case Openness.HOSTED | Openness.UNRELEASED:
            return Grade.exactly(0, "neither weights nor an API")
    return Grade.exactly(3, "weights can be had")


def _weights_licence(openness: Openness, licence: Licence | None) -> Grade:
    match openness:
        case Openness.UNKNOWN:
            return UNKNOWN if licence is None else grade_licence(licence)
        case Openness.API | Openness.HOSTED | Openness.UNRELEASED:
            return Grade.exactly(0, "closed weights")
        case Openness.NONCOMMERCIAL:
            return Grade.exactly(0, "no commercial use")
    if licence is None or licence.openness is not openness:
        return UNKNOWN
    return grade_licence(licence)


def _data(
    status: Mapping[Component, Status], listing: Listing, data_licence: Licence | None
) -> dict[Part, Grade]:
    """What a list of components says of pre-training data; of post-training data only that there is none."""
    match status[Component.DATASETS]:
        case Status.MISSING:
            access = Grade(0, 1, "no data sets listed")
            licence = Grade.exactly(0, "no data sets listed")
            return {
                Part.PRE_TRAINING_DATA_ACCESS: access,
                Part.POST_TRAINING_DATA_ACCESS: access,
                Part.PRE_TRAINING_DATA_LICENCE: licence,
                Part.POST_TRAINING_DATA_LICENCE: licence,
            }
        case Status.OPEN if data_licence is not None:
            return {
                Part.PRE_TRAINING_DATA_ACCESS: Grade(2, TOP, "data sets under an open licence"),
                Part.PRE_TRAINING_DATA_LICENCE: grade_licence(data_licence),
            }
    if Component.DATASETS in listing.own:
        return {Part.PRE_TRAINING_DATA_ACCESS: Grade(0, TOP, "data sets listed without an open licence")}
    return {}
