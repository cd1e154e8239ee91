"""Terms, privacy and usage policies, deprecation pages: one target per page.

collector.py     fetch one page, decide what it is, hand out records and state
reader.py        the child process that makes text of HTML, and what it costs at most
reading.py       what runs in that child: bytes in, title and text out
wording.py       a text as it is kept: which differences are none
judging.py       whether a text is the document, or a wall, a shell, an error
lines.py         how many lines a change moved
lifecycle.py     models with their days of retirement, from a deprecation page
rules/           what a text says on training, retention and limits, with the sentence
"""

from __future__ import annotations

from collectors.policies.collector import PoliciesCollector
from collectors.policies.options import PolicyOptions

__all__ = ["PoliciesCollector", "PolicyOptions"]
