"""Puts a finished message into a folder of `.eml` files, whole or not at all, and never over another one.

The bytes go to a temporary file in the same folder, are forced to disk and then linked under their name;
linking fails when the name is taken, so two writers cannot overwrite each other.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from store.errors import DeliveryError


def write_eml(folder: Path, message: bytes, name: str) -> Path:
    """Write `message` as `folder/name.eml` and return that path. The same message again is a no-op.

    Raises DeliveryError when another message has that name or the folder cannot be written, ValueError
    for a name that is no plain file name.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,200}", name):
        raise ValueError(f"{name!r} cannot be a file name")
    path = folder / (name if name.endswith(".eml") else f"{name}.eml")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(message)
                file.flush()
                os.fsync(file.fileno())
            _link(Path(temporary), path, message)
        finally:
            Path(temporary).unlink(missing_ok=True)
        _sync_folder(folder)
    except OSError as error:
        raise DeliveryError(
            f"cannot write {path}: {error.strerror or error}",
            remedy="check the mail folder's address and permissions",
        ) from error
    return path


def _link(temporary: Path, path: Path, message: bytes) -> None:
    try:
        os.link(temporary, path)
    except FileExistsError as error:
        if path.read_bytes() != message:
            raise DeliveryError(
                f"{path} already holds another message", remedy="move it away to write this one"
            ) from error


def _sync_folder(folder: Path) -> None:
    """Force the new name to disk too; without this a crash could lose a message reported as written."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
