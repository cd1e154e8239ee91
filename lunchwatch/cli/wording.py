"""How commands word what stands beside a table: numbers, what was left out, long lines folded."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence

from lunchwatch.cli.output import say

_JOINED = "\N{NO-BREAK SPACE}"


def round_number(value: float, decimals: int) -> str:
    """A number for people, with a true minus sign; no minus before what rounds to zero."""
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if not float(text) else text.replace("-", "−")


def describe_left_out(count: int, noun: str, reason: str) -> str:
    """`Left out: 2 claims, the benchmark has one model.`"""
    return f"Left out: {count_of(count, noun)}, {reason}."


def count_of(count: int, noun: str) -> str:
    """`1 model`, `2 models`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def list_items(items: Sequence[str]) -> str:
    """The items after each other, each of which `say_folded` leaves in one piece."""
    return ", ".join(item.replace(" ", _JOINED) for item in items)


def say_folded(text: str) -> None:
    """`say`, beginning with a capital and folded to the width of a terminal; elsewhere one line."""
    say(fold(text, is_terminal=sys.stderr.isatty()))


def fold(text: str, *, is_terminal: bool) -> str:
    """The sentence with a capital, in lines of a terminal's width if it goes to one."""
    sentence = text[:1].upper() + text[1:]
    if is_terminal:
        width = shutil.get_terminal_size().columns
        lines = textwrap.wrap(
            sentence, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        sentence = "\n".join(lines)
    return sentence.replace(_JOINED, " ")
