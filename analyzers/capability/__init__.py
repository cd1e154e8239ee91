"""The capability index, fitted on benchmark claims (Epoch Capabilities Index, arXiv 2512.00193).

claims ── selection ──▶ performances ── fit ──▶ C, D, α ── index ──▶ points with intervals
"""

from analyzers.capability.index import (
    Anchors,
    BenchmarkScore,
    CapabilityIndex,
    ModelScore,
    fit_index,
)
from analyzers.capability.selection import (
    CHOICE,
    MIN_BENCHMARKS,
    Performance,
    Selection,
    choose_performances,
)

__all__ = [
    "CHOICE",
    "MIN_BENCHMARKS",
    "Anchors",
    "BenchmarkScore",
    "CapabilityIndex",
    "ModelScore",
    "Performance",
    "Selection",
    "choose_performances",
    "fit_index",
]
