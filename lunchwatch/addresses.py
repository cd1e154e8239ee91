"""What counts as a mail address here: plain ASCII, as every mail server takes it (RFC 5321, 4.1.2)."""

from __future__ import annotations

import re

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_LONGEST = 254


def is_address(text: str) -> bool:
    """Whether `text` as a whole is one mail address, without name, comment or quotes."""
    return len(text) <= _LONGEST and _ADDRESS.fullmatch(text) is not None
