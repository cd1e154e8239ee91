"""GitHub: repositories of the open stack and of the closed SDKs, and their releases."""

from collectors.github.collector import GitHubCollector
from collectors.github.options import GitHubOptions

__all__ = ["GitHubCollector", "GitHubOptions"]
