"""Why something failed, in words that can be stored and shown: one line, without credentials.

The words may be anybody's: a server's, a library's, a plug-in's.
"""

from __future__ import annotations

from collectors.text import clean_text
from lunchwatch.redaction import redact_text

_LENGTH = 1_000
_MOST_READ = 20_000
"""Characters of what was said; an error may quote all of an answer."""


def clean_reason(said: object) -> str:
    """What an error or a source says, in one clean line. Never raises, whatever `said` makes of `str`."""
    try:
        text = str(said)
    except Exception as error:  # noqa: BLE001 - somebody else's __str__, which must not end what fails already
        text = f"{type(said).__name__} without words ({type(error).__name__})"
    return clean_text(redact_text(text[:_MOST_READ]), _LENGTH)


def name_error(error: BaseException) -> str:
    """Its kind and its words."""
    words = clean_reason(error)
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
