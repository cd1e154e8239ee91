"""From findings to key judgements, hypotheses and the strongest counter-evidence (methodology 11).

Confidence is a table, not a feeling, and stands apart from likelihood; likelihood comes from scored
forecasts only, of which there are none yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analyzers.analysis import Hypothesis, Judgement, Verdict
from analyzers.weekly.evidence import Ledger
from store.records import Basis, Direction, Finding, Outcome, Perspective, SourceStatus

MAX_JUDGEMENTS = 5
NO_LIKELIHOOD = "no scored forecast yet"
MIN_SOURCES = 3
MIN_COVERAGE = 0.95


@dataclass(frozen=True, slots=True)
class Reading:
    """What a finding means for a reader, and what would change it; `topic` groups findings that speak of
    the same thing from different sources. `measure` is the scoreboard line whose grade applies."""

    topic: str
    measure: str
    so_what: str
    would_change: str


READINGS: Mapping[str, Reading] = {
    "COO-01": Reading(
        "quality",
        "lag",
        "Plan as if open models reached today's best closed quality after such a delay; test your own tasks,"
        " since labs hold models back and the true lag is probably longer.",
        "An open release that reaches a closed frontier entry nobody has caught yet, or an interval that"
        " reaches zero.",
    ),
    "COO-05": Reading(
        "adoption",
        "enterprise_share",
        "Do not read quality or price parity as adoption: contracts and habit move later.",
        "A second survey without an interest in a closed lab that says otherwise.",
    ),
    "COO-06": Reading(
        "adoption",
        "router_share",
        "Where switching costs one line of configuration, openness is already normal; keep your own models"
        " behind such a switch.",
        "A count of all models on the router, or a second router, that says otherwise.",
    ),
    "FIN-01": Reading(
        "price",
        "price_ratio",
        "Compare every closed contract with the cheapest open host at the quality you need before renewing.",
        "A ratio below 2 for several weeks, or an interval that reaches 1.",
    ),
    "COO-04": Reading(
        "momentum",
        "developer_momentum",
        "Developers' attention leads use by months: watch which side the new tools are built for.",
        "Two consecutive quarters in which the other basket grows faster, with intervals apart.",
    ),
    "SCI-01": Reading(
        "quality",
        "arena_gap",
        "For chat-like work look at the win rate, not at rating points: it is what a user would notice.",
        "A publication of the board on which the interval of the lead reaches zero.",
    ),
}

HYPOTHESES = (
    ("H1", "Open displaces closed in parts of the market"),
    ("H2", "Open grows the market and lowers prices without displacing closed"),
    ("H3", "The gain of open is an artefact of measurement"),
    ("H4", "Closed labs are pulling away where it matters"),
)

BEARING: Mapping[tuple[str, Direction], tuple[str, str]] = {
    ("COO-01", Direction.OPEN): ("H1", "H4"),
    ("COO-01", Direction.CLOSED): ("H2 H4", "H1"),
    ("COO-04", Direction.OPEN): ("H1", "H4"),
    ("COO-04", Direction.CLOSED): ("H4", "H1"),
    ("COO-05", Direction.OPEN): ("H1", "H2 H4"),
    ("COO-05", Direction.CLOSED): ("H2 H4", "H1"),
    ("COO-06", Direction.OPEN): ("H1", "H2 H4"),
    ("COO-06", Direction.CLOSED): ("H2", "H1"),
    ("SCI-01", Direction.OPEN): ("H1", "H4"),
    ("SCI-01", Direction.CLOSED): ("H4", "H1"),
    ("SCI-02", Direction.OPEN): ("H1", "H4"),
    ("SCI-02", Direction.CLOSED): ("H4", "H1"),
    ("SCI-02", Direction.NEITHER): ("", "H4"),
    ("SCI-03", Direction.NEITHER): ("H3", ""),
    ("SCI-05", Direction.NEITHER): ("H3", ""),
    ("CRT-01", Direction.NEITHER): ("H3", ""),
    ("CRT-02", Direction.CLOSED): ("H4", "H1"),
    ("CRT-04", Direction.NEITHER): ("H3", ""),
    ("CRT-06", Direction.CLOSED): ("H4", ""),
    ("FIN-01", Direction.OPEN): ("H1 H2", "H4"),
    ("FIN-01", Direction.CLOSED): ("H4", "H1 H2"),
    ("FIN-03", Direction.OPEN): ("H2", ""),
    ("INF-02", Direction.OPEN): ("H1 H2", ""),
}
"""Per rule and direction: the hypotheses a finding is consistent with, and those it contradicts."""


def judge(
    findings: Sequence[Finding],
    grades: Mapping[str, str],
    ledger: Ledger,
    sources: Sequence[SourceStatus],
) -> tuple[Judgement, ...]:
    """Up to five key judgements: the most salient findings that carry a reading, best first."""
    by_rule = {finding.rule: finding for finding in findings if finding.rule in READINGS}
    ranked = sorted(by_rule.values(), key=lambda finding: (-finding.salience, finding.id))
    judgements = []
    for finding in ranked[:MAX_JUDGEMENTS]:
        reading = READINGS[finding.rule]
        peers = [f for f in by_rule.values() if READINGS[f.rule].topic == reading.topic]
        confidence, because = rate_confidence(
            finding, peers, grades.get(reading.measure, "C"), ledger, coverage_of(sources)
        )
        judgements.append(
            Judgement(
                finding=finding.id,
                likelihood=None,
                no_likelihood_because=NO_LIKELIHOOD,
                confidence=confidence,
                confidence_because=because,
                so_what=reading.so_what,
                would_change=reading.would_change,
            )
        )
    return tuple(judgements)


def rate_confidence(
    finding: Finding, peers: Sequence[Finding], grade: str, ledger: Ledger, coverage: float | None
) -> tuple[str, str]:
    """High when all four conditions hold, moderate when one is broken, low otherwise, with the reasons:
    three independent sources on the topic, 95 % coverage, no grade C, stable without any one source."""
    origins = {peer.id: ledger.origins(peer.evidence) for peer in peers}
    everyone = frozenset().union(*origins.values())
    broken: list[str] = []
    if len(everyone) < MIN_SOURCES:
        broken.append(f"{_count(len(everyone), 'independent source')} of {MIN_SOURCES}")
    if coverage is None:
        broken.append("no source was asked yet")
    elif coverage < MIN_COVERAGE:
        broken.append(f"coverage {100 * coverage:.0f} % of {100 * MIN_COVERAGE:.0f} %")
    if grade == "C":
        broken.append("a grade C input")
    if not _is_stable(finding, peers, origins):
        broken.append("it does not hold without one of its sources")
    if not broken:
        return (
            "high",
            "Enough independent sources, full coverage, no grade C input, stable without any one source.",
        )
    return ("moderate" if len(broken) == 1 else "low"), _sentence(broken)


def coverage_of(sources: Sequence[SourceStatus]) -> float | None:
    """Share of the collected sources whose last attempt succeeded; None when none was ever asked. Back-fills
    are asked for by hand, and do not count."""
    asked = [source for source in sources if source.basis not in (Basis.BUNDLED, Basis.BACKFILLED)]
    if not asked:
        return None
    return sum(source.outcome in (Outcome.OK, Outcome.PARTIAL) for source in asked) / len(asked)


def weigh_hypotheses(findings: Sequence[Finding]) -> tuple[Hypothesis, ...]:
    """The four readings of the evidence, least contradicted first; none when no finding bears on any."""
    consistent: dict[str, list[Finding]] = {key: [] for key, _ in HYPOTHESES}
    inconsistent: dict[str, list[Finding]] = {key: [] for key, _ in HYPOTHESES}
    for finding in findings:
        supports, contradicts = BEARING.get((finding.rule, finding.direction), ("", ""))
        for key in supports.split():
            consistent[key].append(finding)
        for key in contradicts.split():
            inconsistent[key].append(finding)
    if not any(consistent.values()) and not any(inconsistent.values()):
        return ()
    weighed = [
        Hypothesis(
            id=key,
            statement=statement,
            consistent=tuple(f.id for f in consistent[key]),
            inconsistent=tuple(f.id for f in inconsistent[key]),
            most_damaging=_strongest(inconsistent[key]),
        )
        for key, statement in HYPOTHESES
    ]
    return tuple(sorted(weighed, key=lambda h: (len(h.inconsistent), -len(h.consistent), h.id)))


def find_counter_evidence(verdict: Verdict, findings: Sequence[Finding]) -> str | None:
    """The most salient finding against the side the composite leans to; without a composite, or when it
    stands at parity, the critic's most salient one."""
    composite = verdict.composite
    if composite is None or composite.value == 50:
        return _strongest([f for f in findings if f.perspective is Perspective.CRITICAL])
    against = Direction.OPEN if composite.value < 50 else Direction.CLOSED
    return _strongest([f for f in findings if f.direction is against])


def _is_stable(finding: Finding, peers: Sequence[Finding], origins: Mapping[str, frozenset[str]]) -> bool:
    """Whether, whichever source is left out, some peer remains and all that remain point the same way."""
    for left_out in frozenset().union(*origins.values()):
        remaining = [peer for peer in peers if origins[peer.id] - {left_out}]
        if not remaining or any(peer.direction is not finding.direction for peer in remaining):
            return False
    return True


def _strongest(findings: Sequence[Finding]) -> str | None:
    return min(findings, key=lambda f: (-f.salience, f.id)).id if findings else None


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _sentence(reasons: Sequence[str]) -> str:
    text = "; ".join(reasons)
    return f"{text[:1].upper()}{text[1:]}."
