"""Names of the closed vocabularies and every sentence that the report itself forms, in English.

Everything here is a template or a word; numbers are filled in by `phrasing`. The texts between the
numbers of a page (headings, notes) stand in that page's template.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PRODUCT: Final = "Lunchwatch"
REPORT: Final = "The Lunch Report"
TAGLINE: Final = "Open-weight AI against the closed labs, every week"
QUESTION: Final = "Is open source eating the closed labs’ lunch?"

STEPS: Final[Mapping[str, str]] = {
    "not_yet": "Not yet",
    "nibbling": "Nibbling",
    "sharing": "Sharing the table",
    "eating": "Eating",
    "gone": "Lunch is gone",
}
HEADLINES: Final[Mapping[str | None, str]] = {
    "not_yet": "Not yet",
    "nibbling": "A little: nibbling",
    "sharing": "Partly: sharing the table",
    "eating": "Yes: eating",
    "gone": "Yes: lunch is gone",
    None: "Not enough data for a verdict",
}
SUBJECTS: Final[Mapping[str | None, str]] = {
    "not_yet": "not yet",
    "nibbling": "nibbling",
    "sharing": "sharing the table",
    "eating": "eating",
    "gone": "lunch is gone",
    None: "not enough data for a verdict",
}

SINCE: Final[Mapping[str, str]] = {"first": "First issue", "new": "New", "unchanged": "Unchanged"}
DIRECTIONS: Final[Mapping[str, str]] = {"open": "Open", "closed": "Closed", "neither": "Neither"}
TOWARD: Final[Mapping[str, str]] = {
    "open": "Toward open",
    "closed": "Toward closed",
    "neither": "No direction",
}
READINGS: Final[Mapping[str | None, str]] = {
    "open": "Toward open",
    "closed": "Toward closed",
    "mixed": "Mixed",
    "neither": "No direction",
    None: "Not enough data",
}
READING_SIDES: Final[Mapping[str | None, str]] = {
    "open": "open",
    "closed": "closed",
    "mixed": "neither",
    "neither": "neither",
    None: "none",
}
PERSPECTIVES: Final[Mapping[str, str]] = {
    "coordinator": "Coordinator",
    "scientific": "Scientific reviewer",
    "critical": "Critical thinker",
    "security": "Security and privacy",
    "infrastructure": "Infrastructure and compute",
    "finance": "Finance and strategy",
}
LIKELIHOODS: Final[Mapping[str, tuple[str, str]]] = {
    "almost no chance": ("almost no chance", "1–5\u00a0%"),
    "very unlikely": ("very unlikely", "5–20\u00a0%"),
    "unlikely": ("unlikely", "20–45\u00a0%"),
    "roughly even": ("roughly even", "45–55\u00a0%"),
    "likely": ("likely", "55–80\u00a0%"),
    "very likely": ("very likely", "80–95\u00a0%"),
    "almost certain": ("almost certain", "95–99\u00a0%"),
}
"""The ICD 203 bands."""
LIKELIHOOD_ORDER: Final = tuple(LIKELIHOODS)
CONFIDENCES: Final[Mapping[str, str]] = {"high": "High", "moderate": "Moderate", "low": "Low"}
GRADES: Final[Mapping[str, str]] = {
    "A": "A: live and recent",
    "B": "B: bundled or ageing",
    "C": "C: stale, thin or from a single source",
}
OPENNESS: Final[Mapping[str, str]] = {
    "unrestricted": "Open licence",
    "restricted": "Open weights, use limits",
    "noncommercial": "Open weights, non-commercial",
    "api": "API only",
    "hosted": "Hosted only",
    "unreleased": "Not released",
    "unknown": "Unknown",
}
OPENNESS_SIDES: Final[Mapping[str, str]] = {
    "unrestricted": "open",
    "restricted": "open",
    "noncommercial": "open",
    "api": "closed",
    "hosted": "closed",
    "unreleased": "closed",
    "unknown": "neither",
}
RELEASE_KINDS: Final[Mapping[str, str]] = {
    "model": "Model",
    "software": "Software",
    "announcement": "Announcement",
}
CLAIM_STATES: Final[Mapping[str, str]] = {
    "reproduced": "Reproduced",
    "lower": "Lower",
    "higher": "Higher",
    "pending": "Pending",
    "not_comparable": "Not comparable",
}
BASES: Final[Mapping[str, str]] = {
    "observed": "Observed",
    "bundled": "Bundled",
    "imported": "Imported",
    "backfilled": "Back-filled",
}
SOURCE_STATES: Final[Mapping[str, str]] = {
    "ok": "OK",
    "bundled": "Bundled",
    "partial": "Partial",
    "unreached": "Not reached",
}
METRICS: Final[Mapping[str, str]] = {
    "hub.downloads.30d": "Hub downloads, 30 days",
    "hub.downloads.all_time": "Hub downloads, all time",
    "hub.likes": "Hub likes",
    "github.stars": "GitHub stars",
    "github.forks": "GitHub forks",
    "github.open_issues": "GitHub open issues and pull requests",
}
RULES: Final[Mapping[str, str]] = {
    "weights": "the weights can be downloaded",
    "licence": "the weights are under an approved open-source licence",
}

SECTIONS: Final[Mapping[str, str]] = {
    "verdict": "Verdict",
    "judgements": "Key judgements",
    "scoreboard": "Scoreboard",
    "charts": "Charts",
    "movers": "Movers",
    "releases": "New releases",
    "claims": "Benchmark claims, checked",
    "prices": "Price moves, and build or buy",
    "changes": "Licence, privacy and policy changes",
    "perspectives": "Six perspectives on the same evidence",
    "hypotheses": "What speaks against this verdict",
    "evidence": "Evidence and data quality",
    "method": "Method",
}
"""The thirteen sections, in their fixed order."""

SHORT_SECTIONS: Final[Mapping[str, str]] = {
    "judgements": "Judgements",
    "scoreboard": "Scoreboard",
    "charts": "Charts",
    "movers": "Movers",
    "releases": "Releases",
    "claims": "Claims",
    "prices": "Prices",
    "changes": "Policy",
    "perspectives": "Perspectives",
    "hypotheses": "Counter-evidence",
    "evidence": "Evidence",
    "method": "Method",
}

EMPTY: Final[Mapping[str, str]] = {
    "verdict": "Not enough data for a verdict.",
    "judgements": "No key judgement this week: no rule has enough evidence yet.",
    "scoreboard": "No measure could be computed yet.",
    "charts": "No chart this week: none of its series has data.",
    "movers": "No mover this week: no series is long enough, or nothing moved more than usual.",
    "releases": "No new release is known for this period.",
    "claims": "No benchmark claim could be checked this week.",
    "prices": "No price is known to have changed in this period.",
    "breakeven": "No break-even could be computed: its prices are not known.",
    "changes": "No licence, privacy or policy change is known for this period.",
    "perspectives": "Not enough data.",
    "hypotheses": "No hypothesis could be weighed: there are too few findings.",
    "track_record": "No forecast has been made yet that could be scored.",
    "evidence": "No evidence was recorded.",
    "sources": "No source has been asked yet.",
}
"""What a section without data says when the analysis gives no reason of its own."""

# --------------------------------------------------------------------------- sentences of the verdict

COMPOSITE: Final = (
    "The Lunch Index stands at {composite} of {full} (90 % interval {low}–{high}), where {parity} is parity."
)
COMPOSITE_BARE: Final = "The Lunch Index stands at {composite} of {full}, where {parity} is parity; {why}"
COMPOSITE_MOVED: Final = "That is {change} since {week}."
NO_COMPOSITE: Final = "No composite this week: {why}"
NOTHING: Final = "no value"
STEP_KEPT: Final = "The verdict has stood for {weeks} issues."
STEP_CHANGED: Final = "In {week} the verdict was “{before}”."
FIRST_ISSUE: Final = "This is the first issue: there is no earlier one to compare it with."
MEASURE_MOVED: Final = "{label} went from {before} to {after}."
MEASURE_APPEARED: Final = "{label} has a value now: {after}."
MEASURE_VANISHED: Final = "{label} has no value any more; it was {before}."
MEASURE_CHANGED_BY: Final = "{label}: changed by {change} in a week and stands at {after}."
MEASURE_KEPT: Final = "{label} stays at {after}."
NOTHING_CHANGED: Final = "No measure moved since last week."
EVERYTHING_CHANGED: Final = "Every measure moved since last week."
METHOD: Final = (
    "How each number is computed, with every formula, its published source and its known limits, stands in"
    " docs/method.md of the product’s source."
)
NO_COUNTER: Final = "No finding speaks against the verdict yet."

# --------------------------------------------------------------------------- what a revision changed

STEP_REVISED: Final = "The verdict was “{before}” and is “{after}”."
COMPOSITE_REVISED: Final = "The Lunch Index was {before} and is {after}."
COUNT_REVISED: Final = "{section}: {before} rows before, {after} now."
SENTENCE_ADDED: Final = "New: {sentence}"
SENTENCE_DROPPED: Final = "Withdrawn: {sentence}"
SOURCE_REVISED: Final = "{name}: {before} before, {after} now."
NOT_ASKED: Final = "not asked"
DETAILS_REVISED: Final = "Only details changed: counts of rows, wording or order."
THROUGH_REVISED: Final = "The data went through {before} and now go through {after}."

# --------------------------------------------------------------------------- titles of charts

FRONTIER_BEHIND: Final = "The best open model stands {gap} index points behind the best closed one"
FRONTIER_AHEAD: Final = "The best open model stands {gap} index points ahead of the best closed one"
FRONTIER_LEVEL: Final = "Open and closed stand level on the capability index"
FRONTIER_NEUTRAL: Final = "Best open and best closed model on the capability index"
GAP_SHRANK: Final = "Closed leads by {now}, {less} less than on the board before"
GAP_GREW: Final = "Closed leads by {now}, {more} more than on the board before"
GAP_CLOSED_LEADS: Final = "Closed leads by {now} on the latest board"
GAP_OPEN_LEADS: Final = "Open leads by {now} on the latest board"
GAP_NEUTRAL: Final = "Lead of the best closed model on the rating board"
LAG_SHORTEST: Final = "The lag is {now}, the shortest in the series"
LAG_LONGEST: Final = "The lag is {now}, the longest in the series"
LAG_SHORTER: Final = "The lag is {now}, down from {first}"
LAG_LONGER: Final = "The lag is {now}, up from {first}"
LAG_NEUTRAL: Final = "Lag of open behind closed, in months"
PRICE_OPEN_ALWAYS: Final = "Open is cheaper at all {levels} capability levels that both sides reach"
PRICE_OPEN_MOSTLY: Final = "Open is cheaper at {cheaper} of {levels} capability levels that both sides reach"
PRICE_CLOSED_MOSTLY: Final = (
    "Closed is cheaper at {cheaper} of {levels} capability levels that both sides reach"
)
PRICE_NEUTRAL: Final = "Cheapest open and closed price by capability"
SHARE_SPREAD: Final = "Open holds {least} to {most}, depending on what is counted"
SHARE_ONE: Final = "{label}: {least}"
SHARE_NEUTRAL: Final = "Open share by what is counted"

FRONTIER_NOTE: Final = "Capability index of the best model released so far, by release date"
GAP_NOTE: Final = (
    "Rating points of the best closed over the best open model, by board date; bars are 90 % intervals"
)
LAG_NOTE: Final = "Months by which the best open model trails the best closed one"
PRICE_NOTE: Final = "Cheapest offer at or above a capability, USD per million tokens (3:1 blend), log scale"
SHARE_NOTE: Final = "Percent of each whole that goes to open models; the line marks one half"

FRONTIER_ALT: Final = (
    "Step lines: best open model {open_score} and best closed model {closed_score} on {day_on}."
)
GAP_ALT: Final = "Points with intervals: the closed lead was {first} on {first_on} and is {now} on {now_on}."
LAG_ALT: Final = "Line: the lag went from {first} on {first_on} to {now} on {now_on}."
PRICE_ALT: Final = (
    "Two lines on a logarithmic scale: cheapest open and closed price at {levels} capability levels."
)
SHARE_ALT: Final = "Bars: open share of {bars} wholes, from {least} to {most}."

# --------------------------------------------------------------------------- mail

CORRECTED: Final = "Corrected: "
CLICK_MOVER: Final = "{subject}: {growth} in {days} days."
CLICK_CLAIM: Final = "{model} claims {claimed} on {benchmark}; an independent run found {found}."
CLICK_PRICE: Final = "{provider}, {model}: price {change}, now {after} per million tokens."
CLICK_CHANGE: Final = "{actor}, {kind}: {after}."
NO_TRACKING: Final = (
    "This mail holds no tracking picture and no wrapped link; nobody learns whether you read it."
)
SUBJECT_MEASURES: Final[Mapping[str, str]] = {
    "lag": "lag",
    "gap": "gap",
    "price": "price ratio",
    "share": "open share",
}
"""What a subject line calls a measure, by a word of its id, the most telling first."""
