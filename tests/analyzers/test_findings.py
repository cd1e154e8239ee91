"""Rules, placeholders, confidence, hypotheses, counter-evidence."""

from __future__ import annotations

from datetime import date

import pytest

from analyzers.analysis import Verdict
from analyzers.findings import Rule, Value, build, list_placeholders, toward, unit_of
from analyzers.perspectives import coordinator, critical, finance, infrastructure, scientific, security
from analyzers.weekly.evidence import Ledger
from analyzers.weekly.judgement import (
    BEARING,
    HYPOTHESES,
    READINGS,
    coverage_of,
    find_counter_evidence,
    judge,
    rate_confidence,
    weigh_hypotheses,
)
from store.records import Basis, Direction, Estimate, Finding, Outcome, Perspective
from tests.analyzers.worlds import World, told

MODULES = (coordinator, critical, finance, infrastructure, scientific, security)
RULES = [rule for module in MODULES for rule in module.RULES]


def finding(
    rule: str = "COO-01",
    direction: Direction = Direction.CLOSED,
    salience: float = 0.5,
    evidence: tuple[str, ...] = ("a",),
    perspective: Perspective = Perspective.COORDINATOR,
) -> Finding:
    return Finding(rule, rule, perspective, "text", {}, direction, salience, evidence)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_placeholder_of_a_rule_has_a_unit(rule: Rule) -> None:
    for template in rule.templates:
        for placeholder in list_placeholders(template):
            assert unit_of(placeholder)


def test_every_rule_has_an_id_of_its_own_and_an_importance() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(0 < rule.importance <= 1 for rule in RULES)


def test_each_module_holds_the_rules_of_one_perspective() -> None:
    assert [len({rule.perspective for rule in module.RULES}) for module in MODULES] == [1] * len(MODULES)


def test_readings_and_bearings_name_existing_rules() -> None:
    known = {rule.id for rule in RULES}
    assert set(READINGS) <= known
    assert {rule for rule, _ in BEARING} <= known
    keys = {key for key, _ in HYPOTHESES}
    assert all(set(f"{a} {b}".split()) <= keys for a, b in BEARING.values())


def test_placeholder_without_a_known_suffix_is_refused() -> None:
    with pytest.raises(KeyError):
        unit_of("lag")


def test_finding_needs_every_value_of_its_template() -> None:
    rule = Rule("X-1", Perspective.FINANCE, 1.0, ("{a_count} of {b_count}",))
    with pytest.raises(ValueError, match="b_count"):
        build(rule, {"a_count": 1}, direction=Direction.NEITHER, evidence=("e",))


def test_finding_without_evidence_is_refused() -> None:
    rule = Rule("X-1", Perspective.FINANCE, 1.0, ("{a_count}",))
    with pytest.raises(ValueError, match="no evidence"):
        build(rule, {"a_count": 1}, direction=Direction.NEITHER, evidence=())


def test_finding_keeps_only_the_values_it_states_and_weighs_the_grade() -> None:
    rule = Rule("X-1", Perspective.FINANCE, 0.8, ("{a_pct} on {b_on}",))
    values: dict[str, Value] = {"a_pct": 1 / 3, "b_on": date(2026, 1, 1), "c_count": 9}
    found = build(rule, values, direction=Direction.OPEN, evidence=("e", "e"), grade="C")
    assert found.values == {"a_pct": 0.333333, "b_on": date(2026, 1, 1)}
    assert (found.salience, found.evidence) == (0.4, ("e",))


def test_sign_decides_the_side_and_zero_favours_neither() -> None:
    assert toward(1, favours_open_when_positive=True) is Direction.OPEN
    assert toward(1, favours_open_when_positive=False) is Direction.CLOSED
    assert toward(0, favours_open_when_positive=True) is Direction.NEITHER


# ------------------------------------------------------------------ confidence


def ledger(**sources: str) -> Ledger:
    made = Ledger("live")
    for key, source in sources.items():
        made.add(key, title=key, view="v", where="", provenances=[told(source)], as_of=None)
    return made


def rate(
    sources: dict[str, str], directions: list[Direction], grade: str = "B", coverage: float | None = 1.0
) -> str:
    peers = [
        finding(f"COO-0{k}", direction, evidence=(key,))
        for k, (key, direction) in enumerate(zip(sources, directions, strict=True), 1)
    ]
    return rate_confidence(peers[0], peers, grade, ledger(**sources), coverage)[0]


THREE = {"a": "epoch", "b": "arena", "c": "survey"}
AGREED = [Direction.CLOSED] * 3


def test_all_conditions_make_high_confidence() -> None:
    assert rate(THREE, AGREED) == "high"


@pytest.mark.parametrize(
    ("grade", "coverage"), [("C", 1.0), ("B", 0.9), ("B", None)], ids=["grade C", "coverage", "nothing asked"]
)
def test_one_broken_condition_makes_moderate_confidence(grade: str, coverage: float | None) -> None:
    assert rate(THREE, AGREED, grade, coverage) == "moderate"


def test_two_broken_conditions_make_low_confidence() -> None:
    assert rate(THREE, AGREED, "C", 0.5) == "low"


def test_disagreeing_source_breaks_stability() -> None:
    assert rate(THREE, [Direction.CLOSED, Direction.OPEN, Direction.CLOSED]) == "moderate"


def test_single_source_is_neither_independent_nor_stable() -> None:
    assert rate({"a": "epoch"}, [Direction.CLOSED]) == "low"


def test_coverage_counts_collected_sources_only() -> None:
    world = World().source("bundled", basis=Basis.BUNDLED)
    assert coverage_of(world.sources) is None
    world.source("hub").source("github", Outcome.FAILED)
    assert coverage_of(world.sources) == 0.5


def test_judgements_come_by_salience_and_name_no_likelihood_without_a_forecast() -> None:
    found = judge(
        [finding("COO-01", salience=0.3), finding("FIN-01", salience=0.9), finding("SCI-03", salience=1)],
        {"lag": "B"},
        ledger(a="epoch"),
        World().source("hub").sources,
    )
    assert [judgement.finding for judgement in found] == ["FIN-01", "COO-01"]
    assert found[0].likelihood is None
    assert found[0].no_likelihood_because == "no scored forecast yet"


# ------------------------------------------------------------------ hypotheses and counter-evidence


def test_hypotheses_are_ranked_by_least_inconsistent_evidence() -> None:
    weighed = weigh_hypotheses(
        [finding("COO-01"), finding("COO-05", salience=0.9), finding("CRT-01", Direction.NEITHER)]
    )
    assert [h.id for h in weighed] == ["H2", "H4", "H3", "H1"]
    assert weighed[-1].inconsistent == ("COO-01", "COO-05")
    assert weighed[-1].most_damaging == "COO-05"


def test_findings_that_bear_on_nothing_make_no_table() -> None:
    assert weigh_hypotheses([finding("CRT-05", Direction.NEITHER)]) == ()


def verdict(value: float | None) -> Verdict:
    composite = None if value is None else Estimate(value, "index", value - 1, value + 1)
    return Verdict(None, composite, None, (), True, False, None, 1, 1)


@pytest.mark.parametrize(("value", "expected"), [(30, "FIN-01"), (70, "COO-01"), (None, "CRT-01")])
def test_counter_evidence_is_the_strongest_against_the_lean(value: float | None, expected: str) -> None:
    findings = [
        finding("COO-01", Direction.CLOSED, 0.5),
        finding("FIN-01", Direction.OPEN, 0.4),
        finding("INF-02", Direction.OPEN, 0.2),
        finding("CRT-01", Direction.NEITHER, 0.9, perspective=Perspective.CRITICAL),
    ]
    assert find_counter_evidence(verdict(value), findings) == expected
