"""When each rule speaks and which side it counts for, in words: what `why` tells beside a sentence.

The thresholds are the rules' own constants, so a changed one changes its words too. Every rule has its
line (a test compares the ids).
"""

from __future__ import annotations

from collections.abc import Mapping

from analyzers.figures import MAX_AGE_MONTHS
from analyzers.findings import Rule
from analyzers.openness.shares import WINDOW_DAYS
from analyzers.perspectives import (
    coordinator,
    critical,
    finance,
    infrastructure,
    scientific,
    security,
)

RULES: Mapping[str, Rule] = {
    rule.id: rule
    for module in (coordinator, scientific, critical, security, infrastructure, finance)
    for rule in module.RULES
}
"""All rules of the six perspectives by id."""

_NO_SIDE = "counts for no side"

CONDITIONS: Mapping[str, str] = {
    "COO-01": "the horizontal lag has a value and an interval; counts for closed while open is behind",
    "COO-02": f"of the parts with a weight one lies below 50 and one at 50 or above; {_NO_SIDE}",
    "COO-03": "the index holds three closed makers and an open model; counts for whoever is ahead",
    "COO-04": "both baskets have a growth; counts for the faster one where the interval excludes zero",
    "COO-05": (
        f"a survey of at most {MAX_AGE_MONTHS} months is known; counts for a side where all recent figures"
        " lie on it"
    ),
    "COO-06": (
        f"a router share of at most {MAX_AGE_MONTHS} months is known; counts for a side where all recent"
        " figures lie on it"
    ),
    "COO-07": (
        f"classified models were released in {WINDOW_DAYS} days; counts for open where most can be downloaded"
    ),
    "SCI-01": "a board has a model of each side; counts for whoever leads",
    "SCI-02": (
        f"the monthly lead allows a trend test; counts for a side only below p = {scientific.SIGNIFICANT:g}"
    ),
    "SCI-03": f"all three estimators of the lag have a value; {_NO_SIDE}",
    "SCI-04": f"a maker's claim is known; {_NO_SIDE}",
    "SCI-05": (
        "three or more comparable pairs, whose median shortfall is above"
        f" {scientific.MIN_SHORTFALL:g} points; {_NO_SIDE}"
    ),
    "SCI-06": f"the survival curve of the closed frontier reaches one half; {_NO_SIDE}",
    "CRT-01": (
        f"the highest recent published share is at least {critical.DISAGREEMENT:g} times the lowest;"
        f" {_NO_SIDE}"
    ),
    "CRT-02": "without the maker of the best open model the open frontier is lower; counts for closed",
    "CRT-03": f"a measure has no number or one older than {MAX_AGE_MONTHS} months, others have; {_NO_SIDE}",
    "CRT-04": f"a published share comes from somebody with a stated interest; {_NO_SIDE}",
    "CRT-05": f"an offer joins the capability index; {_NO_SIDE}",
    "CRT-06": (
        "an index entry has unknown openness; counts for closed where the strongest of them is above the best"
        " closed model"
    ),
    "CRT-07": f"a board line says proprietary while its class is open; {_NO_SIDE}",
    "CRT-08": f"a day on which a whole source jumped lies in the last 26 weeks; {_NO_SIDE}",
    "SEC-01": (
        f"a policy document changed within {2 * security.WINDOW.days} days before the report; {_NO_SIDE}"
    ),
    "SEC-02": "access to a model was tightened or loosened; counts for what happened more often",
    "SEC-03": "an open model leads its frontier and the lag has an interval; counts for open",
    "INF-01": (
        "the size of an open index model is known; counts for open where it fits one card of"
        f" {infrastructure.CARD_GB} GB at 4 bit"
    ),
    "INF-02": "a priced index model of each side is known; counts for the one with more hosts",
    "INF-03": (
        "two dated contract prices of a card are known, the later one recent; counts for closed where it rose"
    ),
    "FIN-01": "the price ratio has a value; counts for open above 1",
    "FIN-02": f"throughput, card prices and an API price are known; {_NO_SIDE}",
    "FIN-03": "a list price changed in 26 weeks; counts for open where closed prices were cut more often",
    "FIN-04": f"two dated prices of the same quality are known, the later one lower; {_NO_SIDE}",
}
