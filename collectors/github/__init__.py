"""GitHub: repositories of the open stack and of the closed SDKs, their releases, their star history."""

from collectors.github.collector import GitHubCollector
from collectors.github.options import GitHubOptions
from collectors.github.stars import StarHistoryCollector

__all__ = ["GitHubCollector", "GitHubOptions", "StarHistoryCollector"]
