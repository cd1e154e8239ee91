"""What a setting's value may be: durations, addresses, folders, tokens, lines of text.

Every check raises ValueError in words that do not quote the value, which may be a secret.
"""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from lunchwatch.addresses import is_address

_DURATION = re.compile(r"([0-9]{1,12})\s*([smhd]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SHORTEST, _LONGEST = timedelta(seconds=1), timedelta(days=30)


def _parse_duration(value: object) -> object:
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    seconds = int(match[1]) * _SECONDS[match[2]] if match else value
    if isinstance(seconds, bool) or not isinstance(seconds, (int, timedelta)):
        raise ValueError("is no duration; write 30s, 15m, 12h or 7d")  # noqa: TRY004 - pydantic wants this one
    if isinstance(seconds, int):
        seconds = timedelta(seconds=max(min(seconds, 10**9), -1))
    if not _SHORTEST <= seconds <= _LONGEST:
        raise ValueError("must be between 1s and 30d")
    return seconds


Duration = Annotated[timedelta, BeforeValidator(_parse_duration)]
"""`30s`, `15m`, `12h`, `7d`; a bare number is seconds. From one second to thirty days."""

Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]


def _check_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line without control characters")
    return text


def _check_ascii_line(text: str) -> str:
    if not text.isascii():
        raise ValueError("may hold ASCII characters only")
    return _check_line(text)


AsciiLine = Annotated[str, AfterValidator(_check_ascii_line)]


def _check_http(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")  # refuses empty and overlong labels
    except ValueError:
        host, port = "", None
    if not address.isprintable() or " " in address or not host or port == 0:
        raise ValueError("is no address; write https://HOST or https://HOST/PATH")
    if parts.scheme not in ("http", "https"):
        raise ValueError("must be an address that begins with http:// or https://")
    return address


HttpAddress = Annotated[str, AfterValidator(_check_http)]
OptionalHttpAddress = Annotated[str, AfterValidator(lambda address: _check_http(address) if address else "")]


def _check_sender(sender: str) -> str:
    if not is_address(parseaddr(_check_line(sender))[1]):
        raise ValueError("has no mail address; write NAME <ADDRESS>")
    return sender


Sender = Annotated[str, AfterValidator(_check_sender)]


def _check_folder(folder: object) -> object:
    text = str(folder).strip() if isinstance(folder, (str, Path)) else None
    if text == "":
        raise ValueError("is empty; leave it out for the default")
    if text is not None and ("\x00" in text or "\n" in text):
        raise ValueError("is no folder's name")
    return folder


def _expand(folder: Path) -> Path:
    try:
        return folder.expanduser()
    except RuntimeError as error:
        raise ValueError("names the home folder of somebody unknown") from error


Folder = Annotated[Path, BeforeValidator(_check_folder), AfterValidator(_expand)]


def _check_data_folder(folder: Path) -> Path:
    if "?" in str(folder):  # the database's address would end there
        raise ValueError("may not hold a question mark")
    return folder


DataFolder = Annotated[Folder, AfterValidator(_check_data_folder)]


def _check_token(token: SecretStr) -> SecretStr | None:
    text = token.get_secret_value().strip()
    if not (text.isascii() and text.isprintable() and " " not in text):
        raise ValueError("is no token: it holds other than printable ASCII characters")
    return SecretStr(text) if text else None


Token = Annotated[SecretStr | None, AfterValidator(lambda token: _check_token(token) if token else None)]
"""Surrounding white space, as files and copying leave it, is no part of a token."""
