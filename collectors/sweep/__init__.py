"""A sweep of the whole Hugging Face Hub: every model's counters in pages of 1,000, resumable at any page."""

from collectors.sweep.collector import SweepCollector
from collectors.sweep.options import SweepOptions

__all__ = ["SweepCollector", "SweepOptions"]
