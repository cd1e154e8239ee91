"""How names are compared: the same lab, licence or benchmark is spelt differently everywhere.

`normalise` is the only equality used here; how models' names are read stands in `store/resolution`.
"""

from __future__ import annotations

from store.resolution.spelling import plain as normalise

__all__ = ["normalise", "normalise_licence"]

_LICENCE_FILLERS = frozenset({"license", "licence", "licensed", "the", "agreement", "version", "terms"})


def normalise_licence(text: str) -> str:
    """As `normalise`, without the words that every licence name has."""
    parts = normalise(text).split("-")
    return "-".join(part for part in parts if part not in _LICENCE_FILLERS)
