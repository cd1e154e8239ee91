"""Blanking secrets in texts that people and logs get to see."""

from __future__ import annotations

import re

_BLANK = "***"
_TOKEN = re.compile(
    r"\b(?:hf_[A-Za-z0-9]{8,}|gh[pousr]_[A-Za-z0-9]{8,}|github_pat_\w{8,})|(?<=Bearer )\S{8,}"
)
_CREDENTIALS = re.compile(r"(?<=://)(?:[^/?#@\s]*:(?!\d+/)[^\s@]*|[^/?#@\s]+)@(?:[^/?#@\s]*@)*")
"""`user:password@` or `user@` after a scheme; a password may hold the slash that it should not."""
_QUERY = re.compile(
    r"(?<=[?&])((?:password|passwd|pwd|secret|token|access_token|api_key|apikey|key)=)[^&#\s'\"]+",
    re.IGNORECASE,
)


def redact_text(text: str) -> str:
    """Blank tokens and the credentials of addresses, also those in a query part (`?password=`)."""
    return _QUERY.sub(rf"\1{_BLANK}", _CREDENTIALS.sub(f"{_BLANK}@", _TOKEN.sub(_BLANK, text)))
