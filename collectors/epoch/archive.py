"""A zip that came over the network, read in memory: nothing is written, nothing of a strange name is opened.

Sizes are those the zip declares, checked first, and those that come out, checked while they do: a zip that
lies about its sizes ends at the same limit.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass

from collectors.text import clean_text
from store.errors import SourceChanged

_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class ArchiveCaps:
    """`ratio`: how many bytes one compressed byte may become; tables of numbers stay under 20."""

    entries: int = 1_000
    entry_bytes: int = 20_000_000
    total_bytes: int = 100_000_000
    ratio: int = 200


class Archive:
    """The files of a zip by name. `total_bytes` counts what is taken out of it."""

    def __init__(self, body: bytes, caps: ArchiveCaps | None = None) -> None:
        """Raises SourceChanged for what is no zip or has too many files."""
        self._caps = caps or ArchiveCaps()
        self._left = self._caps.total_bytes
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, EOFError) as error:
            raise SourceChanged("zip", f"cannot be read: {clean_text(str(error), 120)}") from error
        if len(entries) > self._caps.entries:
            raise SourceChanged("zip", f"{len(entries):,} files, more than {self._caps.entries:,}")
        self._entries = {entry.filename: entry for entry in entries if _is_plain(entry.filename)}

    @property
    def names(self) -> list[str]:
        """The names of its files, but for those that lead elsewhere."""
        return sorted(self._entries)

    def read(self, name: str) -> bytes:
        """One file. Raises SourceChanged when it is missing, too large or not what the zip says of it."""
        entry = self._entries.get(name)
        if entry is None:
            raise SourceChanged(name, "not in the zip")
        most = min(self._caps.entry_bytes, self._left, max(entry.compress_size, 1) * self._caps.ratio)
        if entry.file_size > most:
            raise SourceChanged(name, f"{entry.file_size:,} bytes from {entry.compress_size:,}, too many")
        parts: list[bytes] = []
        size = 0
        try:
            with self._zip.open(entry) as file:
                while chunk := file.read(_CHUNK):
                    size += len(chunk)
                    if size > most:
                        raise SourceChanged(name, f"more than {most:,} bytes come out of it")
                    parts.append(chunk)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            RuntimeError,
            NotImplementedError,
            OSError,
        ) as error:
            raise SourceChanged(name, f"cannot be unpacked: {clean_text(str(error), 120)}") from error
        self._left -= size
        return b"".join(parts)


def _is_plain(name: str) -> bool:
    """A relative path without steps upwards, in characters that can be shown; no folder."""
    parts = name.split("/")
    return (
        name.isprintable()
        and not name.endswith("/")
        and "\\" not in name
        and ":" not in name
        and all(part not in ("", ".", "..") for part in parts)
    )
