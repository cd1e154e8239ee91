"""Two made-up analyses: a full week of a fictional ecosystem, and the starved first week of a new user.

Every name and every number is invented.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from analyzers.analysis import (
    Analysis,
    BreakEven,
    ChangeLine,
    ClaimLine,
    FrontierPoint,
    GapPoint,
    Hypothesis,
    Judgement,
    Mover,
    PriceLevel,
    PriceMove,
    ReleaseLine,
    Step,
    SubIndex,
    Verdict,
)
from reports.building import build_issue
from reports.issue import Issue
from store.records import (
    Basis,
    DataSource,
    Direction,
    Estimate,
    Evidence,
    Finding,
    Measure,
    Openness,
    OpenRule,
    Outcome,
    Perspective,
    Precision,
    SourceStatus,
)

WEEK = "2026-W47"
AS_OF = date(2026, 11, 22)
BUILT_AT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
COLLECTED_AT = datetime(2026, 11, 22, 5, 5, tzinfo=UTC)

SOURCES = {
    "board": DataSource(
        "board", "Harbour Rating Board", "https://board.example/", "CC BY 4.0", "monthly boards kept"
    ),
    "index": DataSource(
        "index", "Lighthouse Capability Index", "https://index.example/data", "CC BY 4.0", "variants joined"
    ),
    "hub": DataSource("hub", "Model Hub", "https://hub.example/", "terms of use; facts only"),
    "prices": DataSource("prices", "Open Price List", "https://prices.example/", "MIT"),
    "code": DataSource("code", "Code Forge", "https://code.example/", "terms of use; facts only"),
    "surveys": DataSource(
        "surveys", "Published figures", "https://figures.example/", "facts, as named per row"
    ),
    "policies": DataSource("policies", "Policy Archive", "https://policies.example/", "ODC-By 1.0"),
}


def make_evidence(
    number: int, title: str, source: str, basis: Basis = Basis.OBSERVED, rows: int = 12
) -> Evidence:
    return Evidence(
        id=f"E{number}",
        title=title,
        source=source,
        basis=basis,
        as_of=AS_OF - timedelta(days=number),
        rows=rows,
        run_ids=(800 + number,),
        sql="select * from v_observation where metric = 'm1' order by day",
        url=f"https://{source}.example/read/{number}",
    )


def make_history(*values: float) -> tuple[tuple[date, float], ...]:
    return tuple((AS_OF - timedelta(days=7 * (len(values) - 1 - i)), v) for i, v in enumerate(values))


def make_measure(
    key: str,
    label: str,
    unit: str,
    value: float,
    interval: tuple[float, float] | None,
    changes: tuple[float | None, float | None],
    history: tuple[tuple[date, float], ...],
    toward: Direction,
    grade: str,
    evidence: tuple[str, ...],
) -> Measure:
    low, high = interval or (None, None)
    why = None if interval else "the source publishes one number without its sample"
    return Measure(
        id=key,
        label=label,
        unit=unit,
        estimate=Estimate(value, unit, low, high, why, as_of=AS_OF),
        reason=None,
        change_1w=changes[0],
        change_13w=changes[1],
        history=history,
        moved_toward=toward,
        grade=grade,
        evidence=evidence,
    )


def make_finding(
    key: str,
    rule: str,
    perspective: Perspective,
    template: str,
    values: dict[str, float | int | str | date],
    direction: Direction,
    evidence: tuple[str, ...],
    salience: float = 1.0,
) -> Finding:
    return Finding(key, rule, perspective, template, values, direction, salience, evidence)


def make_full_analysis() -> Analysis:
    """A well-fed week: every section has data."""
    evidence = (
        make_evidence(1, "Capability index by model", "index", rows=191),
        make_evidence(2, "Rating board, monthly", "board", rows=278),
        make_evidence(3, "Cheapest offers by capability", "prices", rows=64),
        make_evidence(4, "Router tokens by model", "surveys", Basis.BUNDLED, rows=2),
        make_evidence(5, "Enterprise survey, workload share", "surveys", Basis.BUNDLED, rows=3),
        make_evidence(6, "Downloads of tracked families", "hub", rows=1204),
        make_evidence(7, "Releases seen this week", "hub", rows=37),
        make_evidence(8, "Benchmark claims and independent runs", "index", rows=31),
        make_evidence(9, "Price changes", "prices", rows=6),
        make_evidence(10, "Policy versions", "policies", rows=4),
        make_evidence(11, "Stars and commits of the open stack", "code", rows=50),
    )
    measures = (
        make_measure(
            "lag",
            "Capability lag behind the best closed model",
            "months",
            5.2,
            (3.9, 6.8),
            (-0.3, -1.2),
            make_history(7.3, 7.1, 6.8, 6.7, 6.8, 6.1, 6.2, 6.4, 6.1, 5.7, 5.5, 5.5, 5.2),
            Direction.OPEN,
            "A",
            ("E1",),
        ),
        make_measure(
            "arena_gap",
            "Rating gap to the best closed model",
            "points",
            23.0,
            (15.2, 31.0),
            (0.0, -8.0),
            make_history(48, 44, 40, 41, 37, 35, 31, 31, 33, 29, 26, 23, 23),
            Direction.OPEN,
            "A",
            ("E2",),
        ),
        make_measure(
            "price_ratio",
            "Price closed ÷ open at equal quality",
            "ratio",
            7.1,
            (5.8, 8.3),
            (0.4, 1.9),
            make_history(5.2, 5.4, 5.9, 5.8, 6.1, 6.0, 5.9, 6.3, 6.4, 6.3, 6.5, 6.7, 7.1),
            Direction.OPEN,
            "A",
            ("E3",),
        ),
        make_measure(
            "router_share",
            "Open share of routed tokens",
            "percent",
            31.4,
            None,
            (0.9, 4.6),
            make_history(26.8, 27.2, 27.1, 28.0, 28.8, 29.1, 29.4, 29.3, 30.4, 30.1, 30.2, 30.5, 31.4),
            Direction.OPEN,
            "B",
            ("E4",),
        ),
        make_measure(
            "enterprise_share",
            "Open share of enterprise workloads",
            "percent",
            12.0,
            (7.0, 18.0),
            (None, -3.0),
            make_history(19.0, 13.0, 12.0),
            Direction.CLOSED,
            "C",
            ("E5",),
        ),
        make_measure(
            "developer_share",
            "Open share of developer downloads",
            "percent",
            64.2,
            (61.0, 67.5),
            (0.2, 1.1),
            make_history(63.1, 63.4, 63.2, 63.8, 64.0, 64.0, 64.2),
            Direction.OPEN,
            "A",
            ("E11",),
        ),
        make_measure(
            "downloads",
            "Downloads of tracked open families, 30 days",
            "downloads",
            412_000_000,
            None,
            (11_000_000, 66_000_000),
            make_history(346e6, 351e6, 349e6, 360e6, 372e6, 380e6, 391e6, 399e6, 401e6, 412e6),
            Direction.OPEN,
            "A",
            ("E6",),
        ),
        Measure(
            "contributors",
            "Active contributors, open stack",
            "count",
            None,
            "two of four weeks were not looked at",
            None,
            None,
            (),
            Direction.NEITHER,
            "C",
            ("E11",),
        ),
    )
    findings = (
        make_finding(
            "f-lag",
            "COO-01",
            Perspective.COORDINATOR,
            "The best open model trails the best closed one by {lag_months} and by {gap_points}.",
            {"lag_months": 5.2, "gap_points": 23.0},
            Direction.OPEN,
            ("E1", "E2"),
            3.0,
        ),
        make_finding(
            "f-price",
            "FIN-05",
            Perspective.FINANCE,
            "{lab} cut the price of {model} by {cut_pct}, {days} days after an open release.",
            {"lab": "Cinder Labs", "model": "Cinder A-5 mini", "cut_pct": 25.0, "days": 9},
            Direction.OPEN,
            ("E9",),
            2.5,
        ),
        make_finding(
            "f-ratio",
            "FIN-01",
            Perspective.FINANCE,
            "At equal quality the cheapest closed offer costs {price_ratio} the cheapest open one.",
            {"price_ratio": 7.1},
            Direction.OPEN,
            ("E3",),
            2.0,
        ),
        make_finding(
            "f-claims",
            "SCI-02",
            Perspective.SCIENTIFIC,
            "{reproduced} of {claimed} open claims were reproduced; median shortfall {shortfall_points}.",
            {"reproduced": 5, "claimed": 13, "shortfall_points": 1.1},
            Direction.CLOSED,
            ("E8",),
            2.2,
        ),
        make_finding(
            "f-grade",
            "SCI-04",
            Perspective.SCIENTIFIC,
            "{count} of the measures rest on one source.",
            {"count": 2},
            Direction.NEITHER,
            ("E4", "E5"),
            1.0,
        ),
        make_finding(
            "f-ci",
            "CRT-03",
            Perspective.CRITICAL,
            "Download counts include mirrors; use is flat at {share_pct} of enterprise workloads.",
            {"share_pct": 12.0},
            Direction.CLOSED,
            ("E5", "E6"),
            1.8,
        ),
        make_finding(
            "f-policy",
            "PRV-03",
            Perspective.SECURITY,
            "{lab} shortened the retention of API data from {before} to {after} days on {changed_on}.",
            {"lab": "Cinder Labs", "before": 30, "after": 7, "changed_on": date(2026, 11, 17)},
            Direction.CLOSED,
            ("E10",),
            1.4,
        ),
        make_finding(
            "f-memory",
            "INF-02",
            Perspective.INFRASTRUCTURE,
            "The best open model at lag level one fits {cards} cards of 80 GB at four bits.",
            {"cards": 4},
            Direction.OPEN,
            ("E1",),
            1.2,
        ),
    )
    gaps = tuple(
        GapPoint(
            date(2026, month, 25),
            "Cinder A-5",
            1400 + month,
            "Aurora 32B",
            1400 + month - points,
            points,
            points - 7.5,
            points + 8,
            1.6,
            1 / (1 + 10 ** (-points / 400)),
            1 if month < 6 else 2,
        )
        for month, points in (
            (1, 61.0),
            (2, 55.0),
            (3, 58.0),
            (4, 49.0),
            (5, 44.0),
            (6, 48.0),
            (7, 41.0),
            (8, 37.0),
            (9, 33.0),
            (10, 29.0),
            (11, 23.0),
        )
    )
    frontier = tuple(
        FrontierPoint(day, model, value, is_open)
        for day, model, value, is_open in (
            (date(2024, 3, 4), "Cinder A-3", 118.0, False),
            (date(2024, 5, 13), "Basalt 4", 124.5, False),
            (date(2024, 7, 23), "Fjord 400B", 121.0, True),
            (date(2024, 12, 26), "Tern v3", 127.2, True),
            (date(2024, 12, 5), "Basalt o1", 133.0, False),
            (date(2025, 1, 20), "Tern r1", 134.1, True),
            (date(2025, 4, 16), "Basalt o3", 140.4, False),
            (date(2025, 8, 7), "Basalt 5", 147.0, False),
            (date(2025, 9, 9), "Aurora 200B", 139.0, True),
            (date(2026, 2, 2), "Fjord Agent 70B", 143.6, True),
            (date(2026, 6, 18), "Cinder A-5", 152.8, False),
            (date(2026, 10, 1), "Aurora 32B v2", 149.3, True),
        )
    )
    levels = tuple(
        PriceLevel(
            float(level),
            "Aurora 32B" if level <= 149 else None,
            0.05 * 1.055 ** (level - 120) if level <= 149 else None,
            "Cinder A-5",
            0.35 * 1.06 ** (level - 120),
            7.0 if level <= 149 else None,
        )
        for level in range(120, 153)
    )
    return Analysis(
        world="live",
        as_of=AS_OF,
        open_rule=OpenRule.WEIGHTS,
        verdict=Verdict(
            step=Step.SHARING,
            composite=Estimate(47.6, "index", 40.2, 55.9, n=2000, as_of=AS_OF),
            reason=None,
            sub_indices=(
                SubIndex("Q", "Quality", Estimate(36.8, "index", 31.0, 42.5), None, 0.35, ("E1", "E2")),
                SubIndex("A", "Adoption", Estimate(41.9, "index", 28.0, 55.3), None, 0.40, ("E4", "E5")),
                SubIndex("P", "Price", Estimate(87.7, "index", 85.3, 89.2), None, 0.25, ("E3",)),
                SubIndex(
                    "D",
                    "Developer momentum",
                    Estimate(58.1, "index", None, None, "fewer than four weeks"),
                    None,
                    0.0,
                    ("E11",),
                ),
            ),
            is_provisional=False,
            is_contested=True,
            strongest_counter_evidence="f-claims",
            seed=20261122,
            draws=2000,
        ),
        measures=measures,
        judgements=(
            Judgement(
                "f-lag",
                "likely",
                None,
                "moderate",
                "The trend is clear over {lag_months}, but one index carries it.",
                "Re-run your own evaluation; do not commit to a single closed model past a year.",
                "A closed release that gains more than six index points.",
            ),
            Judgement(
                "f-ratio",
                "very likely",
                None,
                "high",
                "Four independent price lists agree.",
                "Reopen closed API contracts before renewal.",
                "A ratio below four for three weeks in a row.",
            ),
            Judgement(
                "f-ci",
                None,
                "no forecast of this has been scored yet",
                "low",
                "One survey with a sponsor carries it.",
                "Keep agents behind an interface you can swap.",
                "A second survey above fifteen percent.",
            ),
        ),
        findings=findings,
        hypotheses=(
            Hypothesis(
                "H1",
                "Open displaces closed in parts of the market",
                ("f-lag", "f-price", "f-ratio"),
                ("f-ci",),
                "f-ci",
            ),
            Hypothesis(
                "H2", "Open grows the market without displacing", ("f-ci",), ("f-price", "f-ratio"), "f-price"
            ),
            Hypothesis("H4", "Closed labs pull away where it matters", ("f-claims",), (), None),
            Hypothesis(
                "H3",
                "The gain is a measurement artefact",
                ("f-claims",),
                ("f-lag", "f-ratio", "f-memory"),
                "f-lag",
            ),
        ),
        frontier=frontier,
        gaps=gaps,
        price_levels=levels,
        movers=(
            Mover(
                "northwind/aurora-32b",
                "hub.downloads.30d",
                18_400_000,
                math.log(1.642),
                math.log(1.61),
                math.log(1.67),
                30,
                3.9,
                None,
                AS_OF,
                (9e6, 9.5e6, 10e6, 11e6, 13e6, 16e6, 18.4e6),
                False,
                ("E6",),
            ),
            Mover(
                "quarry/basalt-coder-14b",
                "hub.downloads.30d",
                7_900_000,
                math.log(1.184),
                None,
                None,
                30,
                2.4,
                None,
                AS_OF,
                (6.1e6, 6.2e6, 6.8e6, 7.9e6),
                False,
                ("E6",),
            ),
            Mover(
                "arbor/old-oak-7b",
                "hub.downloads.30d",
                5_500_000,
                math.log(0.874),
                math.log(0.86),
                math.log(0.89),
                30,
                -1.9,
                None,
                AS_OF,
                (6.4e6, 6.2e6, 5.9e6, 5.5e6),
                False,
                ("E6",),
            ),
            Mover(
                "stack/serve-engine",
                "github.stars",
                94_210,
                math.log(1.07),
                math.log(1.06),
                math.log(1.08),
                91,
                None,
                "fewer than 26 weeks of own history",
                date(2026, 5, 1),
                (88_000, 90_000, 94_210),
                True,
                ("E11",),
            ),
        ),
        releases=(
            ReleaseLine(
                date(2026, 11, 19),
                Precision.DAY,
                "Aurora 32B v2",
                "Northwind",
                "model",
                "https://hub.example/northwind/aurora-32b-v2",
                Openness.UNRESTRICTED,
                "Apache-2.0",
                32e9,
                "Raises the open frontier by 2.1 index points",
                False,
                ("E7",),
            ),
            ReleaseLine(
                date(2026, 11, 18),
                Precision.DAY,
                "Fjord Agent 70B",
                "Fjord",
                "model",
                "https://hub.example/fjord/agent",
                Openness.RESTRICTED,
                "Fjord Community",
                70e9,
                "Use limit above 50 M monthly users",
                False,
                ("E7",),
            ),
            ReleaseLine(
                date(2026, 11, 17),
                Precision.DAY,
                "Cinder A-5 mini",
                "Cinder Labs",
                "model",
                None,
                Openness.API,
                None,
                None,
                "Closed answer within 14 days of an open release",
                False,
                ("E7",),
            ),
            ReleaseLine(
                date(2026, 11, 1),
                Precision.MONTH,
                "Serve Engine 2.0",
                "Stack",
                "software",
                "https://code.example/serve/2.0",
                None,
                "MIT",
                None,
                "A runtime of the open stack",
                True,
                ("E7",),
            ),
        ),
        releases_seen=37,
        claims=(
            ClaimLine(
                "Aurora 32B v2",
                "CodeSuite-X",
                "percent",
                71.3,
                70.6,
                "reproduced",
                date(2026, 11, 19),
                "https://index.example/runs/1",
                False,
                ("E8",),
            ),
            ClaimLine(
                "Fjord Agent 70B",
                "AgentBench-S",
                "percent",
                58.9,
                49.2,
                "lower",
                date(2026, 11, 18),
                "https://index.example/runs/2",
                False,
                ("E8",),
            ),
            ClaimLine(
                "Slate ASR large",
                "LibriNoise",
                "percent",
                4.1,
                None,
                "pending",
                None,
                "https://index.example/runs/3",
                True,
                ("E8",),
            ),
            ClaimLine(
                "Cinder A-5",
                "OldQuiz",
                "points",
                912.0,
                930.0,
                "higher",
                date(2026, 6, 18),
                "https://index.example/runs/4",
                False,
                ("E8",),
            ),
        ),
        price_moves=(
            PriceMove(
                date(2026, 11, 20),
                "Cinder Labs",
                "Cinder A-5 mini",
                0.6,
                0.45,
                -0.25,
                Openness.API,
                False,
                False,
                ("E9",),
            ),
            PriceMove(
                date(2026, 11, 18),
                "Best of 7 hosts",
                "Aurora 32B",
                0.11,
                0.09,
                -0.18,
                Openness.UNRESTRICTED,
                False,
                False,
                ("E9",),
            ),
            PriceMove(
                date(2026, 11, 18),
                "Best of 4 hosts",
                "Fjord Agent 70B",
                None,
                0.22,
                None,
                Openness.RESTRICTED,
                False,
                False,
                ("E9",),
            ),
            PriceMove(
                date(2026, 11, 16),
                "Quarry Cloud",
                "Basalt Coder 14B",
                0.2,
                0.02,
                -0.9,
                Openness.UNRESTRICTED,
                True,
                True,
                ("E9",),
            ),
        ),
        break_even=BreakEven(
            280e6,
            410e6,
            690e6,
            (
                "One 80 GB card at 2.00 USD an hour",
                "Utilisation 30 to 60 percent",
                "Overhead factor 1.3 to 2",
            ),
            ("E3",),
        ),
        changes=(
            ChangeLine(
                date(2026, 11, 18),
                "Fjord",
                "licence",
                "Apache-2.0",
                "Fjord Community (use limit)",
                Direction.CLOSED,
                "https://policies.example/fjord",
                False,
                ("E10",),
            ),
            ChangeLine(
                date(2026, 11, 17),
                "Cinder Labs",
                "privacy",
                "API retention 30 days",
                "API retention 7 days",
                Direction.CLOSED,
                "https://policies.example/cinder",
                False,
                ("E10",),
            ),
            ChangeLine(
                date(2026, 11, 10),
                "Northwind",
                "openness",
                None,
                "Training data manifest released",
                Direction.OPEN,
                None,
                True,
                ("E10",),
            ),
        ),
        evidence=evidence,
        sources=(
            SourceStatus("hub", Basis.OBSERVED, COLLECTED_AT, COLLECTED_AT, Outcome.OK, AS_OF, 1241, 0),
            SourceStatus(
                "code",
                Basis.OBSERVED,
                COLLECTED_AT,
                COLLECTED_AT,
                Outcome.OK,
                AS_OF,
                50,
                1,
                ("repository 7: no name",),
            ),
            SourceStatus(
                "prices",
                Basis.OBSERVED,
                COLLECTED_AT,
                COLLECTED_AT,
                Outcome.PARTIAL,
                AS_OF,
                70,
                2,
                ("two hosts did not answer",),
            ),
            SourceStatus(
                "board",
                Basis.OBSERVED,
                datetime(2026, 10, 30, tzinfo=UTC),
                COLLECTED_AT,
                Outcome.FAILED,
                date(2026, 10, 25),
                278,
                0,
                ("board.example answered 503 three times",),
            ),
            SourceStatus("surveys", Basis.BUNDLED, BUILT_AT, BUILT_AT, Outcome.OK, date(2026, 6, 30), 31, 0),
            SourceStatus(
                "index", Basis.OBSERVED, COLLECTED_AT, COLLECTED_AT, Outcome.OK, date(2026, 11, 2), 222, 0
            ),
            SourceStatus("policies", Basis.OBSERVED, COLLECTED_AT, COLLECTED_AT, Outcome.OK, AS_OF, 4, 0),
        ),
        through=AS_OF,
        empty={},
        assumptions=(
            "Input and output are blended three to one.",
            "A lead halves the quality index every six months of lag.",
        ),
    )


def make_starved_analysis() -> Analysis:
    """The first report without a network: bundled facts, no observation, most sections silent."""
    full = make_full_analysis()
    why = "not observed yet; the bundled facts hold no second week"
    evidence = tuple(
        replace(row, basis=Basis.BUNDLED, run_ids=(1,))
        for row in full.evidence
        if row.id in {"E1", "E2", "E5"}
    )
    kept = {"lag", "arena_gap", "enterprise_share"}
    measures = tuple(
        replace(measure, change_1w=None, change_13w=None, history=measure.history[-3:], grade="B")
        if measure.id in kept
        else replace(
            measure,
            estimate=None,
            reason=why,
            change_1w=None,
            change_13w=None,
            history=(),
            grade="C",
            evidence=(),
            moved_toward=Direction.NEITHER,
        )
        for measure in full.measures
    )
    sub_indices = tuple(
        replace(part, estimate=None, reason="less than half of the weight has data", evidence=())
        if part.id != "Q"
        else part
        for part in full.verdict.sub_indices
    )
    findings = tuple(finding for finding in full.findings if finding.id == "f-lag")
    refused = "no network: the name could not be resolved"
    return replace(
        full,
        verdict=replace(
            full.verdict,
            step=None,
            composite=None,
            reason="adoption has less than half of its weight, and no price is known on both sides",
            sub_indices=sub_indices,
            is_provisional=True,
            is_contested=False,
            strongest_counter_evidence=None,
        ),
        measures=measures,
        judgements=(),
        findings=findings,
        hypotheses=(),
        gaps=full.gaps[:5],
        price_levels=(),
        movers=(),
        releases=(),
        releases_seen=0,
        claims=(),
        price_moves=(),
        break_even=None,
        changes=(),
        evidence=evidence,
        sources=(
            SourceStatus("index", Basis.BUNDLED, BUILT_AT, BUILT_AT, Outcome.OK, date(2026, 4, 10), 191, 0),
            SourceStatus("board", Basis.BUNDLED, BUILT_AT, BUILT_AT, Outcome.OK, date(2025, 8, 31), 278, 0),
            SourceStatus("surveys", Basis.BUNDLED, BUILT_AT, BUILT_AT, Outcome.OK, date(2025, 12, 1), 31, 0),
            SourceStatus("hub", Basis.OBSERVED, None, COLLECTED_AT, Outcome.FAILED, None, 0, 0, (refused,)),
            SourceStatus("code", Basis.OBSERVED, None, COLLECTED_AT, Outcome.FAILED, None, 0, 0, (refused,)),
            SourceStatus(
                "prices", Basis.OBSERVED, None, COLLECTED_AT, Outcome.FAILED, None, 0, 0, (refused,)
            ),
        ),
        through=date(2026, 4, 10),
        empty={
            "movers": "Momentum needs four weeks of observations; none has been made yet.",
            "claims": "No claim has an independent result to stand beside it.",
        },
    )


def make_issue(
    analysis: Analysis, *, revision: int = 1, week: str = WEEK, previous: Issue | None = None
) -> Issue:
    return build_issue(
        analysis,
        week=week,
        revision=revision,
        built_at=BUILT_AT,
        catalogue_sources=SOURCES,
        run_ids=[row.run_ids[0] for row in analysis.evidence],
        previous=previous,
    )
