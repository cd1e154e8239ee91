"""The Model Openness Framework: how complete and how open a model's release is (White et al. 2024,
arXiv 2403.13784; the rules of the Model Openness Tool, its reference evaluation).

    Listing   what a release is known to hold, and under which licence
    assess    Listing -> Assessment: class 1, 2, 3 or none, and the progress towards each

Pure, and without a list of licences: `classify` tells the openness of a licence's name
(`Catalogue.classify_licence`), and UNRESTRICTED counts: OSI or FSF approved, an open-data licence, or
OpenMDW. A name that nobody knows never counts.

A release may be known in part: how many components it lists, but not which. Then the assessment says how
many count for sure and how many may at most, and names a class only where that decides it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from store.records import Openness

LicenceClass = Callable[[str], Openness]

NO_CLASS = "none"
"""How the fact `mof_class` says that a model was assessed and reaches no class."""
INHERITS = "inherits"
"""How a component's fact says that it is listed without a licence of its own."""
WITHDRAWN = "not named"
"""How a later list says that it does not name what an earlier one named: facts hold until they change."""
COMPONENT_PREFIX = "component."
KIND_LICENCE_PREFIX = "components.licence."
LISTED = "components.listed"


class ContentKind(StrEnum):
    """What a component is; a release may state one licence for all components of a kind."""

    CODE = "code"
    DATA = "data"
    DOCUMENT = "document"


DISTRIBUTION = "distribution"
"""Stands beside the kinds: the licence of the whole release, where neither component nor kind has one."""


class Component(StrEnum):
    """The seventeen components of a release."""

    ARCHITECTURE = "model_architecture"
    PREPROCESSING_CODE = "data_preprocessing_code"
    TRAINING_CODE = "training_code"
    INFERENCE_CODE = "inference_code"
    EVALUATION_CODE = "evaluation_code"
    LIBRARIES = "supporting_libraries"
    FINAL_PARAMETERS = "final_parameters"
    INTERMEDIATE_PARAMETERS = "intermediate_parameters"
    DATASETS = "datasets"
    EVALUATION_DATA = "evaluation_data"
    METADATA = "model_metadata"
    SAMPLE_OUTPUTS = "sample_outputs"
    MODEL_CARD = "model_card"
    DATA_CARD = "data_card"
    TECHNICAL_REPORT = "technical_report"
    RESEARCH_PAPER = "research_paper"
    EVALUATION_RESULTS = "evaluation_results"

    @property
    def kind(self) -> ContentKind:
        return _KINDS[self]


_C = Component
_KINDS: Mapping[Component, ContentKind] = {
    **dict.fromkeys(
        (
            _C.ARCHITECTURE,
            _C.PREPROCESSING_CODE,
            _C.TRAINING_CODE,
            _C.INFERENCE_CODE,
            _C.EVALUATION_CODE,
            _C.LIBRARIES,
        ),
        ContentKind.CODE,
    ),
    **dict.fromkeys(
        (
            _C.FINAL_PARAMETERS,
            _C.INTERMEDIATE_PARAMETERS,
            _C.DATASETS,
            _C.EVALUATION_DATA,
            _C.METADATA,
            _C.SAMPLE_OUTPUTS,
        ),
        ContentKind.DATA,
    ),
    **dict.fromkeys(
        (_C.MODEL_CARD, _C.DATA_CARD, _C.TECHNICAL_REPORT, _C.RESEARCH_PAPER, _C.EVALUATION_RESULTS),
        ContentKind.DOCUMENT,
    ),
}

ADDED_BY_CLASS: Mapping[int, tuple[tuple[Component, ...], ...]] = {
    3: (
        (_C.ARCHITECTURE,),
        (_C.FINAL_PARAMETERS,),
        (_C.EVALUATION_RESULTS,),
        (_C.MODEL_CARD,),
        (_C.DATA_CARD,),
        (_C.TECHNICAL_REPORT, _C.RESEARCH_PAPER),
    ),
    2: ((_C.TRAINING_CODE,), (_C.INFERENCE_CODE,), (_C.EVALUATION_CODE,), (_C.EVALUATION_DATA,)),
    1: (
        (_C.DATASETS,),
        (_C.PREPROCESSING_CODE,),
        (_C.INTERMEDIATE_PARAMETERS,),
        (_C.RESEARCH_PAPER,),
    ),
}
"""What each class asks for beyond the lower ones, lowest class first; of alternatives one is enough: a
research paper may stand in for the technical report."""

OPTIONAL: tuple[Component, ...] = (_C.LIBRARIES, _C.METADATA, _C.SAMPLE_OUTPUTS)
"""Asked for by no class."""

ALWAYS_NAMED = frozenset({_C.FINAL_PARAMETERS, _C.TRAINING_CODE, _C.DATASETS})
"""Whose own licence is stated, if there is one, even where the rest of a list is known by number only."""


class Status(StrEnum):
    """What is known of one component of a release."""

    OPEN = "open"
    NOT_OPEN = "not open"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Listing:
    """What a release is known to hold. `own`: the components known by name and their own licence as
    stated, None where they have none; `by_kind`: the licence of all code, data, document components or of
    the `distribution`; `listed`: how many components the release lists, at least those named."""

    own: Mapping[Component, str | None]
    by_kind: Mapping[str, str] = field(default_factory=dict)
    listed: int | None = None

    def __post_init__(self) -> None:
        if self.listed is not None and not len(self.own) <= self.listed <= len(Component):
            raise ValueError(f"{self.listed} components listed, but {len(self.own)} named")
        unknown = set(self.by_kind) - {*ContentKind, DISTRIBUTION}
        if unknown:
            raise ValueError(f"no kind of component: {', '.join(sorted(unknown))}")

    @property
    def unnamed(self) -> int:
        """How many components are listed but not known by name."""
        return 0 if self.listed is None else self.listed - len(self.own)

    def licence_of(self, component: Component) -> str | None:
        """The component's own licence, else its kind's, else the distribution's."""
        for licence in (
            self.own.get(component),
            self.by_kind.get(component.kind),
            self.by_kind.get(DISTRIBUTION),
        ):
            if licence:
                return licence
        return None


@dataclass(frozen=True, slots=True)
class Progress:
    """Towards one class, cumulative: `included` of `required` count for sure, `at_most` may."""

    included: int
    at_most: int
    required: int

    @property
    def is_complete(self) -> bool:
        return self.included == self.required


@dataclass(frozen=True, slots=True)
class Assessment:
    """`mof_class`: 1 (open science), 2 (open tooling), 3 (open model) or None; only where `is_decided`
    does None mean that no class is reached. `missing`: per class what does not count for sure, of that
    class and the lower ones."""

    mof_class: int | None
    is_decided: bool
    progress: Mapping[int, Progress]
    missing: Mapping[int, tuple[Component, ...]]
    status: Mapping[Component, Status]

    @property
    def fact(self) -> str | None:
        """The value of the fact `mof_class`; None where there is nothing to state."""
        if not self.is_decided:
            return None
        return NO_CLASS if self.mof_class is None else str(self.mof_class)


def assess(listing: Listing, classify: LicenceClass) -> Assessment:
    """The class of a release and the progress towards each.

    A class is complete only if every lower one is. Adding an open component never lowers anything."""
    status = {component: _status(listing, component, classify) for component in Component}
    progress: dict[int, Progress] = {}
    missing: dict[int, tuple[Component, ...]] = {}
    included = required = spare = 0
    lacking: list[Component] = []
    for mof_class, wanted in ADDED_BY_CLASS.items():
        for alternatives in wanted:
            required += 1
            said = {status[component] for component in alternatives}
            if Status.OPEN in said:
                included += 1
                continue
            lacking.append(alternatives[0])
            spare += Status.UNKNOWN in said
        progress[mof_class] = Progress(
            included, included + min(spare, _reach(listing.unnamed, status, mof_class)), required
        )
        missing[mof_class] = tuple(lacking)
    reached = max_reachable = None
    for mof_class, step in progress.items():
        if step.is_complete:
            reached = mof_class
        if step.at_most < step.required:
            break
        max_reachable = mof_class
    return Assessment(reached, reached == max_reachable, progress, missing, status)


def _reach(unnamed: int, status: Mapping[Component, Status], mof_class: int) -> int:
    """How many places of a class the components not known by name may fill: a paper fills two of class I."""
    fills_two = mof_class == 1 and status[_C.RESEARCH_PAPER] is Status.UNKNOWN
    return unnamed + 1 if unnamed and fills_two else unnamed


def _status(listing: Listing, component: Component, classify: LicenceClass) -> Status:
    if component in listing.own:
        return _openness(listing.licence_of(component), classify)
    if not listing.unnamed:
        return Status.MISSING
    if component in ALWAYS_NAMED and _openness(listing.licence_of(component), classify) is not Status.OPEN:
        return Status.NOT_OPEN  # it has no licence of its own, and no other would cover it
    return Status.UNKNOWN


def _openness(licence: str | None, classify: LicenceClass) -> Status:
    is_open = licence is not None and classify(licence) is Openness.UNRESTRICTED
    return Status.OPEN if is_open else Status.NOT_OPEN


# --------------------------------------------------------------------------- as facts


def list_facts(listing: Listing) -> dict[str, str]:
    """A listing as a model's facts: attribute to value."""
    facts = {f"{COMPONENT_PREFIX}{component}": own or INHERITS for component, own in listing.own.items()}
    facts |= {f"{KIND_LICENCE_PREFIX}{kind}": licence for kind, licence in listing.by_kind.items()}
    if listing.listed is not None:
        facts[LISTED] = str(listing.listed)
    return facts


def is_about_components(attribute: str) -> bool:
    """Whether a fact of that name is part of a listing."""
    return attribute.startswith((COMPONENT_PREFIX, KIND_LICENCE_PREFIX)) or attribute == LISTED


def parse_facts(facts: Mapping[str, str]) -> Listing | None:
    """The listing that a model's facts in force tell; None where they tell none.

    Raises ValueError for a component or kind that does not exist."""
    own: dict[Component, str | None] = {}
    by_kind: dict[str, str] = {}
    for attribute, value in facts.items():
        if value == WITHDRAWN:
            continue
        if attribute.startswith(COMPONENT_PREFIX):
            name = attribute.removeprefix(COMPONENT_PREFIX)
            own[Component(name)] = None if value == INHERITS else value
        elif attribute.startswith(KIND_LICENCE_PREFIX):
            by_kind[attribute.removeprefix(KIND_LICENCE_PREFIX)] = value
    listed = facts.get(LISTED)
    if not own and listed is None:
        return None
    return Listing(own, by_kind, None if listed is None else int(listed))
