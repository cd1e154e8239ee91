"""Ratio of two counts' rates with an interval that holds for small counts (methodology 3).

A bare ratio of small counts is noise: 1 after 3 is not "−67 %". Given their sum, the later of two Poisson
counts is binomial, which gives the ratio of the rates an exact interval (Przyborowski & Wilenski 1940,
Clopper & Pearson 1934). Counts that scatter more than Poisson ones (campaigns, build servers) are divided
by their dispersion first (quasi-likelihood, McCullagh & Nelder 1989): the same formula with fewer
effective counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from analyzers.momentum.panel import Column
from store.errors import Refused

TAIL = 0.05
"""Probability outside each end of a 90 % interval."""


@dataclass(frozen=True, slots=True)
class RateRatio:
    """Natural log of (later rate / earlier rate). `value` is the difference of log1p counts, which draws
    small counts towards "no change"; `low` may be −inf and `high` inf where a count is zero."""

    value: float
    low: float
    high: float


def rate_ratio(later: float, earlier: float, *, exposure: float = 1.0, dispersion: float = 1.0) -> RateRatio:
    """Compare two counts; `exposure` is the later count's time over the earlier one's.

    Raises Refused for negative counts: a revised total has no rate.
    """
    if min(later, earlier) < 0:
        raise Refused("a negative count has no rate: the counter was revised")
    low, high = rate_ratio_rows(np.array([later]), np.array([earlier]), np.array([dispersion]))
    shift = math.log(exposure)
    value = math.log1p(later) - math.log1p(earlier) - shift
    return RateRatio(value, float(low[0]) - shift, float(high[0]) - shift)


def rate_ratio_rows(later: Column, earlier: Column, dispersion: Column) -> tuple[Column, Column]:
    """Ends of the 90 % interval of log(later rate / earlier rate) at equal exposure, per element.

    NaN where a count is missing or negative. Two zeros say nothing: from −inf to inf.
    """
    a, b = later / dispersion, earlier / dispersion
    with np.errstate(divide="ignore", invalid="ignore"):
        bottom = np.where(a == 0, 0.0, special.betaincinv(a, b + 1, TAIL))
        top = np.where(b == 0, 1.0, special.betaincinv(a + 1, b, 1 - TAIL))
        low, high = special.logit(bottom), special.logit(top)
    is_missing = ~((later >= 0) & (earlier >= 0))
    return np.where(is_missing, np.nan, low), np.where(is_missing, np.nan, high)
