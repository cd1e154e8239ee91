"""HTML fragments of entries to plain text, one line per block; and the tables in them.

feedparser's own cleaning is left off: it costs twice what all the rest does, and text has no use for clean
markup. Tags are taken out by one expression that cannot run away (it stops at the next `<`); what scripts,
styles and pictures hold is not text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

MARKUP_LENGTH = 200_000
"""Markup beyond this is not read; the longest posts of labs have some 100 kB."""

_HIDDEN = re.compile(r"<(script|style|template|noscript|svg|head)(?=[\s/>])", re.IGNORECASE)
_BLOCKS = (
    "p|br|div|li|ul|ol|tr|td|th|table|h[1-6]|blockquote|pre|section|article|figure|figcaption|header|footer|"
    "hr|dt|dd|dl"
)
_COMMENT = re.compile(r"<!--.*?(?:-->|$)|<!\[CDATA\[|\]\]>", re.DOTALL)
_TAG = re.compile(
    r"<(?:(?P<block>/?(?:" + _BLOCKS + r")(?=[\s/>]))|/?[a-z!?])(?:\"[^\"<]*\"|'[^'<]*'|[^'\"<>])*+>"
    # an odd quotation mark: up to the next sign of a tag
    r"|<(?:(?P<odd>/?(?:" + _BLOCKS + r")(?=[\s/>]))|/?[a-z!?])[^<>]*+(?:>|$)",
    re.IGNORECASE,
)
_TABLE_TAG = re.compile(r"<(?P<end>/?)(?P<name>table|tr|td|th)(?=[\s/>])[^<>]*+>", re.IGNORECASE)
_SPAN = re.compile(r"\b(?:col|row)span\s*=\s*[\"']?(\d+)", re.IGNORECASE)
_MOST_TABLES = 20
_MOST_CELLS = 5_000


def read_text(markup: str) -> str:
    """The text of a fragment: lines for blocks, entities read, nothing of scripts and styles."""
    text = markup[:MARKUP_LENGTH]
    if "<" in text:
        text = _TAG.sub(_replace, _COMMENT.sub("", _drop_hidden(text)))
    return unescape(text) if "&" in text else text


def _replace(tag: re.Match[str]) -> str:
    return "\n" if tag["block"] or tag["odd"] else ""


def _drop_hidden(text: str) -> str:
    pieces: list[str] = []
    at = 0
    folded = ""
    while found := _HIDDEN.search(text, at):
        pieces.append(text[at : found.start()])
        folded = folded or text.lower()
        end = folded.find(f"</{found[1].lower()}", found.end())
        if end < 0:
            return "".join(pieces)  # never closed: all that follows belongs to it
        close = text.find(">", end)
        at = close + 1 if close >= 0 else len(text)
    pieces.append(text[at:])
    return " ".join(pieces)


@dataclass(slots=True)
class Table:
    """Cells row by row. `is_regular`: no cell spans others, so that a cell's place says what it is about."""

    rows: list[list[str]] = field(default_factory=list)
    is_regular: bool = True


def list_tables(markup: str) -> list[Table]:
    """The tables of a fragment, none that holds or is held by another."""
    head = markup[:MARKUP_LENGTH]
    if "<table" not in head.lower():
        return []
    tables: list[Table] = []
    depth = cells = 0
    start: int | None = None  # of the open cell
    text = _COMMENT.sub("", _drop_hidden(head))
    for tag in _TABLE_TAG.finditer(text):
        name, is_end = tag["name"].lower(), bool(tag["end"])
        if start is not None and tables:
            tables[-1].rows[-1].append(" ".join(read_text(text[start : tag.start()]).split()))
        start = None
        if name == "table":
            depth += -1 if is_end else 1
            if not is_end and depth == 1:
                if len(tables) == _MOST_TABLES:
                    break
                tables.append(Table())
            elif depth > 1:
                tables[-1].is_regular = False
            depth = max(depth, 0)
        elif depth and not is_end and name == "tr":
            tables[-1].rows.append([])
        elif depth and not is_end:
            cells += 1
            if cells > _MOST_CELLS:
                break
            spans = _SPAN.findall(tag[0])
            if any(span != "1" for span in spans) or not tables[-1].rows:
                tables[-1].is_regular = False
            if tables[-1].rows:
                start = tag.end()
    return [table for table in tables if table.is_regular and len(table.rows) > 1]
