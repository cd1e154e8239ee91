"""The Hugging Face Hub: watched models, organisations, trending, new and most downloaded models, derivatives,
benchmark results and leaderboards."""

from collectors.hub.collector import HubCollector
from collectors.hub.leaderboards import LeaderboardsCollector
from collectors.hub.options import HubOptions

__all__ = ["HubCollector", "HubOptions", "LeaderboardsCollector"]
