"""Colours by meaning: blue toward open, orange-brown toward closed, grey neither; never colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The renderer ships Liberation Sans; a family it lacks makes it drop all text without a word."""


@dataclass(frozen=True, slots=True)
class Palette:
    open: str
    closed: str
    neutral: str
    ink: str
    muted: str
    grid: str
    axis: str
    card: str


CSS: Final = Palette(
    open="var(--open)",
    closed="var(--closed)",
    neutral="var(--muted)",
    ink="var(--ink)",
    muted="var(--muted)",
    grid="var(--grid)",
    axis="var(--axis)",
    card="transparent",
)
"""Inline SVG: the page's own variables, so that dark mode, print and forced colours follow without script."""

LIGHT: Final = Palette(
    open="#0072B2",
    closed="#A04605",
    neutral="#56626F",
    ink="#17212B",
    muted="#56626F",
    grid="#E3E8ED",
    axis="#9AA6B2",
    card="#FFFFFF",
)
"""Mail: opaque white, because transparent pictures break when a client inverts."""
