"""What the policies collector is told: the pages, and how often they are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from store.records import Kind, SubjectRef

SOURCE = "policies"
DEPRECATIONS = "deprecations"
COOKIES = "cookie"
"""In a document's name: a page about cookies speaks of cookies."""


@dataclass(frozen=True, slots=True)
class PolicyOptions:
    """One page. `kind`: terms, privacy, usage_policy, data_use or deprecations."""

    service: str
    document: str
    url: str
    kind: str = "terms"
    lab: str = ""
    language: str = "en"
    every: timedelta = timedelta(days=1)

    @property
    def name(self) -> str:
        """What its subject and its target are called: `ChatGPT/Terms of Service`."""
        return f"{self.service}/{self.document}"

    @property
    def subject(self) -> SubjectRef:
        return SubjectRef(SOURCE, Kind.DOCUMENT_SOURCE, self.name)
