"""Epoch AI: the capability index, results of its own benchmark runs, and what training took.

table       CSV as Epoch writes it; the scale of accessibility
archive     the zip of benchmark tables, opened in memory under caps
index       the capability index, pure
benchmarks  results as claims, pure
compute     training compute as facts, pure
collector   a target each
"""

from collectors.epoch.collector import EpochCollector, EpochOptions

__all__ = ["EpochCollector", "EpochOptions"]
