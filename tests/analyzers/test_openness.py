"""Class, score, layers and contradictions of one model, on examples small enough to check by eye."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.openness.judging import judge_openness
from analyzers.openness.layers import judge_layers
from analyzers.openness.score import (
    Grade,
    OpennessScore,
    Part,
    derive_grades,
    grade_licence,
    openness_score,
)
from store.catalogue import load_catalogue
from store.disclosure import Disclosure, Speaker, Statement
from store.framework import (
    ADDED_BY_CLASS,
    INHERITS,
    OPTIONAL,
    WITHDRAWN,
    Component,
    Listing,
    Progress,
    Status,
    assess,
    list_facts,
    parse_facts,
)
from store.records import Basis, Openness, Provenance

C = Component
CATALOGUE = load_catalogue()
classify = CATALOGUE.classify_licence
find_licence = CATALOGUE.find_licence

CLASS_3 = (
    C.ARCHITECTURE,
    C.FINAL_PARAMETERS,
    C.EVALUATION_RESULTS,
    C.MODEL_CARD,
    C.DATA_CARD,
    C.TECHNICAL_REPORT,
)
CLASS_2 = (*CLASS_3, C.TRAINING_CODE, C.INFERENCE_CODE, C.EVALUATION_CODE, C.EVALUATION_DATA)
CLASS_1 = (*CLASS_2, C.DATASETS, C.PREPROCESSING_CODE, C.INTERMEDIATE_PARAMETERS, C.RESEARCH_PAPER)


def listed(*components: Component, licence: str | None = "Apache-2.0") -> Listing:
    return Listing(dict.fromkeys(components, licence))


def counted(listing: Listing) -> dict[int, tuple[int, int]]:
    progress = assess(listing, classify).progress
    return {mof_class: (step.included, step.required) for mof_class, step in progress.items()}


# --------------------------------------------------------------------------- Model Openness Framework


def test_there_are_seventeen_components_and_three_that_no_class_asks_for() -> None:
    asked = {c for wanted in ADDED_BY_CLASS.values() for alternatives in wanted for c in alternatives}
    assert len(Component) == 17
    assert asked | set(OPTIONAL) == set(Component)
    assert not asked & set(OPTIONAL)


@pytest.mark.parametrize(
    ("components", "mof_class", "progress"),
    [
        (CLASS_1, 1, {3: (6, 6), 2: (10, 10), 1: (14, 14)}),
        (CLASS_2, 2, {3: (6, 6), 2: (10, 10), 1: (10, 14)}),
        (CLASS_3, 3, {3: (6, 6), 2: (6, 10), 1: (6, 14)}),
        ((), None, {3: (0, 6), 2: (0, 10), 1: (0, 14)}),
        (OPTIONAL, None, {3: (0, 6), 2: (0, 10), 1: (0, 14)}),
    ],
)
def test_class_and_progress_follow_from_the_components(
    components: tuple[Component, ...], mof_class: int | None, progress: dict[int, tuple[int, int]]
) -> None:
    assert assess(listed(*components), classify).mof_class == mof_class
    assert counted(listed(*components)) == progress


def test_research_paper_stands_in_for_the_technical_report() -> None:
    with_paper = [*(c for c in CLASS_3 if c is not C.TECHNICAL_REPORT), C.RESEARCH_PAPER]
    assert assess(listed(*with_paper), classify).mof_class == 3
    whole = [c for c in CLASS_1 if c is not C.TECHNICAL_REPORT]
    assert assess(listed(*whole), classify).mof_class == 1
    assert counted(listed(*whole))[1] == (14, 14)


def test_technical_report_does_not_stand_in_for_the_research_paper() -> None:
    found = assess(listed(*(c for c in CLASS_1 if c is not C.RESEARCH_PAPER)), classify)
    assert found.mof_class == 2
    assert found.missing[1] == (C.RESEARCH_PAPER,)


def test_higher_class_complete_without_the_lower_one_is_no_class() -> None:
    found = assess(listed(*(c for c in CLASS_2 if c is not C.MODEL_CARD)), classify)
    assert found.mof_class is None
    assert found.fact == "none"
    assert {k: (p.included, p.required) for k, p in found.progress.items()}[2] == (9, 10)
    assert found.missing[3] == (C.MODEL_CARD,)


def test_own_licence_comes_before_the_kinds_and_the_kinds_before_the_distributions() -> None:
    by_kind = {"distribution": "Apache-2.0", "document": "Llama 3.1 Community License"}
    listing = Listing({C.ARCHITECTURE: None, C.MODEL_CARD: None, C.DATA_CARD: "CC-BY-4.0"}, by_kind)
    status = assess(listing, classify).status
    assert listing.licence_of(C.ARCHITECTURE) == "Apache-2.0"
    assert status[C.ARCHITECTURE] is Status.OPEN
    assert status[C.MODEL_CARD] is Status.NOT_OPEN
    assert status[C.DATA_CARD] is Status.OPEN


def test_kind_licence_covers_components_of_its_kind_only() -> None:
    status = assess(Listing({C.ARCHITECTURE: None, C.DATASETS: None}, {"code": "MIT"}), classify).status
    assert (status[C.ARCHITECTURE], status[C.DATASETS]) == (Status.OPEN, Status.NOT_OPEN)


def test_a_licence_of_its_own_that_is_not_open_is_not_covered_by_an_open_one() -> None:
    listing = Listing({C.FINAL_PARAMETERS: "unlicensed"}, {"distribution": "Apache-2.0"})
    assert assess(listing, classify).status[C.FINAL_PARAMETERS] is Status.NOT_OPEN


@pytest.mark.parametrize(
    "licence",
    [
        "Apache-2.0",
        "CC0-1.0",
        "CC-BY-4.0",
        "CC-BY-SA-4.0",
        "ODC-By-1.0",
        "ODbL",
        "CDLA-Permissive-2.0",
        "CDLA-Sharing-1.0",
        "OpenMDW-1.0",
        "GFDL-1.3",
    ],
)
def test_open_licences_count(licence: str) -> None:
    assert assess(listed(C.DATASETS, licence=licence), classify).status[C.DATASETS] is Status.OPEN


@pytest.mark.parametrize(
    "licence",
    [
        "Propretary",
        "Llama 3.1 Community License Agreement",
        "CC-BY-NC-4.0",
        "OpenRAIL",
        "unlicensed",
        "Component not included",
        "Other License",
        "Apache-2.0, MIT; respectively",
    ],
)
def test_restricted_proprietary_and_unknown_licences_do_not_count(licence: str) -> None:
    found = assess(listed(*CLASS_1, licence=licence), classify)
    assert found.mof_class is None
    assert found.progress[1] == Progress(0, 0, 14)


def test_class_is_undecided_where_components_are_known_by_number_only() -> None:
    named = Listing({C.FINAL_PARAMETERS: "MIT"}, listed=6)
    found = assess(named, classify)
    assert (found.mof_class, found.is_decided, found.fact) == (None, False, None)
    assert found.progress[3] == Progress(1, 6, 6)
    assert found.progress[2].at_most == 6
    assert found.status[C.MODEL_CARD] is Status.UNKNOWN
    assert found.status[C.DATASETS] is Status.NOT_OPEN  # its own licence would have been stated


def test_too_few_components_decide_against_a_class_without_their_names() -> None:
    assert assess(Listing({C.FINAL_PARAMETERS: "MIT"}, listed=5), classify).fact == "none"


def test_weights_without_an_open_licence_decide_against_a_class_without_names() -> None:
    assert assess(Listing({C.FINAL_PARAMETERS: "OpenRAIL"}, listed=17), classify).fact == "none"
    assert assess(Listing({}, listed=17), classify).fact == "none"


def test_thirteen_unnamed_components_may_fill_fourteen_places_as_the_paper_fills_two() -> None:
    thirteen = assess(Listing({}, {"distribution": "MIT"}, listed=13), classify)
    assert thirteen.progress[1].at_most == 14
    assert assess(Listing({}, {"distribution": "MIT"}, listed=12), classify).progress[1].at_most == 13


def test_more_components_named_than_listed_are_refused() -> None:
    with pytest.raises(ValueError, match="2 named"):
        Listing(dict.fromkeys(CLASS_3[:2], "MIT"), listed=1)
    with pytest.raises(ValueError, match="no kind of component: music"):
        Listing({}, {"music": "MIT"})


licences = st.sampled_from([None, "Apache-2.0", "CC-BY-4.0", "unlicensed", "Llama 2", "no such licence"])
listings = st.builds(
    Listing,
    st.dictionaries(st.sampled_from(Component), licences),
    st.dictionaries(st.sampled_from(["distribution", "code", "data", "document"]), licences.filter(bool)),
)


def rank(mof_class: int | None) -> int:
    return 0 if mof_class is None else 4 - mof_class


@given(listings, st.sampled_from(Component))
def test_adding_an_open_component_never_lowers_class_or_progress(listing: Listing, more: Component) -> None:
    before = assess(listing, classify)
    after = assess(Listing({**listing.own, more: "MIT"}, listing.by_kind), classify)
    assert rank(after.mof_class) >= rank(before.mof_class)
    assert all(after.progress[k].included >= before.progress[k].included for k in (1, 2, 3))


@given(listings, st.randoms())
def test_the_order_of_components_does_not_matter(listing: Listing, random: Random) -> None:
    names = list(listing.own)
    random.shuffle(names)
    shuffled = Listing({name: listing.own[name] for name in names}, listing.by_kind)
    assert assess(shuffled, classify) == assess(listing, classify)


@given(listings, st.integers(0, 17))
def test_what_is_known_by_number_bounds_what_is_known_by_name(listing: Listing, hidden: int) -> None:
    """Hiding names may widen the answer, never contradict it."""
    whole = Listing(listing.own, listing.by_kind, len(listing.own))
    always = {C.FINAL_PARAMETERS, C.TRAINING_CODE, C.DATASETS}
    kept = dict(list(listing.own.items())[hidden:])
    kept |= {c: own for c, own in listing.own.items() if c in always and own}
    known, blurred = assess(whole, classify), assess(Listing(kept, listing.by_kind, whole.listed), classify)
    for mof_class in (1, 2, 3):
        exact, bounds = known.progress[mof_class], blurred.progress[mof_class]
        assert bounds.included <= exact.included <= bounds.at_most
    if blurred.is_decided:
        assert blurred.mof_class == known.mof_class


@given(st.dictionaries(st.sampled_from(Component), st.text()), st.integers(0, 17))
def test_a_licence_nobody_knows_never_counts(own: dict[Component, str], unnamed: int) -> None:
    found = assess(Listing(own, listed=min(17, len(own) + unnamed)), lambda _: Openness.UNKNOWN)
    assert found.mof_class is None
    assert all(status is not Status.OPEN for status in found.status.values())


@given(listings)
def test_a_listing_survives_as_facts(listing: Listing) -> None:
    if listing.own:
        assert parse_facts(list_facts(listing)) == listing


def test_a_later_list_that_names_less_takes_a_component_back() -> None:
    facts = {"component.datasets": WITHDRAWN, "component.model_card": INHERITS, "components.listed": "1"}
    assert parse_facts(facts) == Listing({C.MODEL_CARD: None}, listed=1)
    assert parse_facts({"licence": "MIT"}) is None


# --------------------------------------------------------------------------- score


def graded(**grades: int) -> OpennessScore:
    return openness_score({Part(name): Grade.exactly(value) for name, value in grades.items()})


FULL = dict.fromkeys((str(part) for part in Part), 3)


def test_sixteen_of_eighteen_is_88_89() -> None:
    """All at the top but the licence of the data, which requires attribution."""
    score = graded(**(FULL | {"pre_training_data_licence": 1, "post_training_data_licence": 1}))
    assert score.value == pytest.approx(88.89, abs=0.005)
    assert (score.low, score.high) == (score.value, score.value)


def test_data_grades_are_means_over_pre_and_post_training() -> None:
    score = graded(**(FULL | {"post_training_data_access": 0}))
    assert score.parts["data_access"] == (1.5, 1.5)
    assert score.value == pytest.approx(100 * 16.5 / 18)


def test_the_ends_of_the_score_are_0_and_100() -> None:
    assert graded(**FULL).value == 100
    assert graded(**dict.fromkeys(FULL, 0)).value == 0


def test_an_unknown_part_makes_a_range_and_no_value() -> None:
    score = graded(**{name: 3 for name in FULL if name != "methodology_licence"})
    assert score.value is None
    assert score.low == pytest.approx(100 * 15 / 18)
    assert score.high == 100
    nothing = openness_score({})
    assert (nothing.value, nothing.low, nothing.high) == (None, 0, 100)


@pytest.mark.parametrize("grade", [-1, 4, 1.5, True, float("nan")])
def test_a_grade_outside_the_scale_is_refused(grade: int) -> None:
    with pytest.raises(ValueError, match="whole number from 0 to 3"):
        Grade.exactly(grade)


def test_a_range_upside_down_and_an_unknown_part_are_refused() -> None:
    with pytest.raises(ValueError, match="down to"):
        Grade(2, 1)
    wrong: Mapping[Part, Grade] = {"vibes": Grade(1, 1)}  # type: ignore[dict-item]  # the mistake under test
    with pytest.raises(ValueError, match="no part vibes"):
        openness_score(wrong)


grades = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(lambda ends: Grade(min(ends), max(ends)))


@given(st.dictionaries(st.sampled_from(Part), grades))
def test_score_lies_in_its_range_and_learning_more_never_widens_it(known: dict[Part, Grade]) -> None:
    score = openness_score(known)
    assert 0 <= score.low <= score.high <= 100
    assert (score.value is not None) == (score.low == score.high)
    for part in Part:
        narrower = openness_score(known | {part: Grade.exactly(known.get(part, Grade(0, 3)).low)})
        assert score.low <= narrower.low
        assert narrower.high <= score.high


@pytest.mark.parametrize(
    ("licence", "grade"),
    [
        ("Apache-2.0", (3, 3)),
        ("CC-BY-4.0", (1, 1)),
        ("ODC-By", (1, 1)),
        ("GPL-3.0", (1, 3)),
        ("Llama 3.1", (0, 2)),
        ("CC-BY-NC-4.0", (0, 0)),
        ("Propretary", (0, 0)),
    ],
)
def test_licence_is_graded_by_what_it_lets_people_do(licence: str, grade: tuple[int, int]) -> None:
    found = find_licence(licence)
    assert found is not None
    assert (grade_licence(found).low, grade_licence(found).high) == grade


def test_grades_are_not_derived_from_nothing() -> None:
    derived = openness_score(derive_grades(Openness.UNKNOWN, None, None, None, None))
    assert (derived.value, derived.low, derived.high) == (None, 0, 100)
    served = derive_grades(Openness.API, None, None, None, None)
    assert served[Part.WEIGHTS_LICENCE] == Grade(0, 0, "closed weights")
    assert Part.METHODOLOGY_LICENCE not in served


# --------------------------------------------------------------------------- layers and contradictions

MODEL, HUB, OFFER = Speaker.MODEL, Speaker.HUB, Speaker.OFFER
NEW_YEAR, SPRING, SUMMER, AUTUMN = (
    date(2025, 1, 1),
    date(2025, 4, 1),
    date(2025, 7, 1),
    date(2025, 10, 1),
)


def said(
    attribute: str, value: str, day: date, speaker: Speaker = MODEL, about: str = "lab/model", run: int = 1
) -> Statement:
    told = Provenance("made-up", Basis.IMPORTED, run)
    return Statement(speaker, about, attribute, value, day, f"https://example.org/{value}", told)


def disclosed(*statements: Statement, as_of: date = AUTUMN) -> Disclosure:
    ordered = sorted(statements, key=lambda s: s.valid_from)
    return Disclosure("lab/model", "Model", as_of, tuple(s for s in ordered if s.valid_from <= as_of))


def test_a_layer_has_the_day_evidence_and_run_of_the_word_that_began_it() -> None:
    layers = judge_layers(
        disclosed(
            said("openness", "api", NEW_YEAR),
            said("openness", "unrestricted", SPRING, run=7),
            said("licence", "MIT", SPRING, run=7),
            said("openness", "restricted", SUMMER),
            said("licence", "Llama 3.1", SUMMER),
        ),
        find_licence,
    )
    assert (layers.weights.value, layers.weights.since) == (True, SPRING)
    assert layers.weights.statement is not None
    assert layers.weights.statement.provenance.run_id == 7
    assert layers.weights.statement.evidence_url == "https://example.org/unrestricted"
    assert (layers.licence.value, layers.licence.since) == (False, SUMMER)
    assert "Llama 3.1" in layers.licence.because


def test_a_licence_valid_later_is_not_applied_earlier() -> None:
    history = (said("licence", "Proprietary", NEW_YEAR), said("licence", "Apache-2.0", SUMMER))
    before = judge_layers(disclosed(*history, as_of=SPRING), find_licence)
    after = judge_layers(disclosed(*history), find_licence)
    assert (before.openness, before.weights.value, before.licence.value) == (Openness.API, False, False)
    assert (after.weights.value, after.licence.value, after.licence.since) == (True, True, SUMMER)


@pytest.mark.parametrize("licence", ["Propretary", "Llama 3.1 Community License", "CC-BY-NC-4.0"])
def test_use_limits_and_misspelt_proprietary_are_no_open_licence(licence: str) -> None:
    layers = judge_layers(disclosed(said("licence", licence, SPRING)), find_licence)
    assert layers.licence.value is False


def test_an_unknown_licence_is_neither_open_nor_closed() -> None:
    layers = judge_layers(disclosed(said("licence", "Handshake 2.0", SPRING)), find_licence)
    assert (layers.weights.value, layers.licence.value, layers.licence.since) == (None, None, None)
    nobody = judge_layers(disclosed(), find_licence)
    assert (nobody.weights.value, nobody.licence.value, nobody.science.value) == (None, None, None)


def test_open_weights_without_an_assessment_are_of_unknown_science() -> None:
    assert judge_layers(disclosed(said("licence", "MIT", SPRING)), find_licence).science.value is None
    closed = judge_layers(disclosed(said("openness", "api", SPRING)), find_licence)
    assert (closed.science.value, closed.science.since) == (False, SPRING)


@pytest.mark.parametrize(("mof_class", "value"), [("1", True), ("2", False), ("3", False), ("none", False)])
def test_only_class_one_is_open_science(mof_class: str, *, value: bool) -> None:
    layers = judge_layers(
        disclosed(said("licence", "MIT", SPRING), said("mof_class", mof_class, SUMMER)), find_licence
    )
    assert (layers.science.value, layers.science.since) == (value, SUMMER)


def test_the_hub_repository_speaks_where_the_makers_entry_is_silent() -> None:
    shown = said("licence", "apache-2.0", SPRING, HUB, "hub:Lab/Model")
    alone = judge_layers(disclosed(shown), find_licence)
    assert (alone.licence.value, alone.licence.statement) == (True, shown)
    both = judge_layers(disclosed(shown, said("openness", "restricted", NEW_YEAR)), find_licence)
    assert both.openness is Openness.RESTRICTED


def test_resellers_decide_nothing_and_are_listed_as_contradictions() -> None:
    wrong = said("open_weights", "false", SUMMER, OFFER, "models.dev:shop/model")
    right = said("open_weights", "true", SUMMER, OFFER, "models.dev:stall/model")
    judged = judge_openness(disclosed(said("licence", "MIT", SPRING), wrong, right), find_licence)
    assert judged.layers.weights.value is True
    assert [c.statement for c in judged.contradictions] == [wrong]
    assert judged.contradictions[0].trusted_says == "weights are open"
    assert wrong not in judged.history


def test_a_reseller_that_corrected_itself_does_not_contradict() -> None:
    shop = "models.dev:shop/model"
    judged = judge_openness(
        disclosed(
            said("licence", "MIT", NEW_YEAR),
            said("open_weights", "false", SPRING, OFFER, shop),
            said("open_weights", "true", SUMMER, OFFER, shop),
        ),
        find_licence,
    )
    assert judged.contradictions == []


def test_resellers_against_each_other_are_listed_without_a_winner() -> None:
    judged = judge_openness(
        disclosed(
            said("open_weights", "true", SPRING, OFFER, "models.dev:a/model"),
            said("open_weights", "false", SPRING, OFFER, "models.dev:b/model"),
        ),
        find_licence,
    )
    (found,) = judged.contradictions
    assert (found.trusted, len(found.others), found.says) == (None, 2, "1 say open, 1 say closed")
    assert judged.layers.weights.value is None


def test_contradictions_within_the_own_entry_and_with_the_hub_are_found() -> None:
    judged = judge_openness(
        disclosed(
            said("openness", "unrestricted", SPRING),
            said("licence", "Propretary", SPRING),
            said("licence", "apache-2.0", SPRING, HUB, "hub:Lab/Model"),
        ),
        find_licence,
    )
    assert [(c.about, c.statement.value) for c in judged.contradictions] == [
        ("licence", "Propretary"),
        ("licence", "apache-2.0"),
    ]
    assert judged.layers.licence.value is False


def test_the_class_comes_from_the_components_in_force() -> None:
    facts = dict.fromkeys(CLASS_3, "MIT") | {C.MODEL_CARD: INHERITS}
    told = [said(f"component.{c}", licence, SPRING) for c, licence in facts.items()]
    kind = said("components.licence.document", "CC-BY-4.0", SUMMER)
    before = judge_openness(disclosed(*told, as_of=SPRING), find_licence).completeness
    after = judge_openness(disclosed(*told, kind), find_licence).completeness
    assert before is not None
    assert after is not None
    assert (before.assessment.mof_class, after.assessment.mof_class) == (None, 3)
    assert after.assessed_on == SUMMER
    assert judge_openness(disclosed(said("licence", "MIT", SPRING)), find_licence).completeness is None
