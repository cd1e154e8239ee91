"""Lists of feeds as readers exchange them: OPML 1 and 2 (opml.org/spec2.opml). Pure.

The strict parser of the standard library reads them, told to refuse a document type: with it come entities,
and with those files that grow without end or reach for others. Folders are outlines without an address; names
of attributes are compared without their case, since readers write `xmlUrl`, `xmlurl` and `XMLURL`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from collectors.text import clean_text, parse_link
from store.canonical import canonical_address
from store.errors import Unreadable

LARGEST = 5_000_000
"""Bytes of a file."""

MOST_FEEDS = 5_000
DEEPEST = 50
_NAME_LENGTH = 120
_FEED_SCHEME = re.compile(r"^feed:(?=https?://)|^feed(?=://)", re.IGNORECASE)
"""Some readers put `feed:` in front of an address or instead of its scheme."""

_ADDRESS_SHOWN = 80


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """A feed of a list, named by its host where it has no title. `line`: where it stands in the file, counted
    from 1; `lab`, `provenance`: what Lunchwatch itself wrote there."""

    name: str
    url: str
    line: int
    lab: str = ""
    provenance: str = "official"


@dataclass(frozen=True, slots=True)
class FeedList:
    """`problems`: what was left out, with its line and why."""

    feeds: tuple[ListedFeed, ...]
    problems: tuple[str, ...]


def parse_opml(body: bytes) -> FeedList:
    """The feeds of an OPML file in its order, each address once. Raises Unreadable, with the line, for a file
    that is no OPML, is too large, or declares a document type."""
    if len(body) > LARGEST:
        raise Unreadable(f"larger than {LARGEST:,} bytes; a list of feeds is small")
    reader = _Reader()
    try:
        reader.parser.Parse(body, True)  # noqa: FBT003 - takes no keywords
    except expat.ExpatError as error:
        raise Unreadable(
            f"line {error.lineno}: no well-formed XML: {expat.ErrorString(error.code)}"
        ) from error
    except (ValueError, LookupError) as error:  # an encoding that Python does not know, or knows differently
        raise Unreadable(f"cannot be read: {clean_text(str(error), 200)}") from error
    if not reader.is_opml:
        raise Unreadable("no OPML: its first element is another")
    return FeedList(tuple(reader.feeds), tuple(reader.problems))


def write_opml(title: str, feeds: Iterable[ListedFeed]) -> str:
    """An OPML 2 file; `parse_opml` reads the same feeds back."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{_escape(title)}</title></head>",
        "  <body>",
    ]
    for feed in feeds:
        own = {"lab": feed.lab, "provenance": "" if feed.provenance == "official" else feed.provenance}
        extra = "".join(f" {name}={quoteattr(value)}" for name, value in own.items() if value)
        lines.append(
            f'    <outline type="rss" text={quoteattr(feed.name)} title={quoteattr(feed.name)}'
            f" xmlUrl={quoteattr(feed.url)}{extra}/>"
        )
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def add_feeds(
    known: Sequence[ListedFeed], elsewhere: Sequence[ListedFeed], new: Iterable[ListedFeed]
) -> tuple[list[ListedFeed], list[str]]:
    """Those of `new` whose page nobody reads yet, under names that nobody has; why the others are left out.

    `known`: what the list holds already; `elsewhere`: what catalogue and settings name."""
    pages = {canonical_address(feed.url): feed for feed in (*elsewhere, *known)}
    names = {feed.name.casefold() for feed in (*elsewhere, *known)}
    added: list[ListedFeed] = []
    left: list[str] = []
    for feed in new:
        page = canonical_address(feed.url)
        if page in pages:
            left.append(f"line {feed.line}: {feed.name}: {pages[page].name} is this feed already")
            continue
        name = make_unique(feed.name, names)
        names.add(name.casefold())
        added.append(ListedFeed(name, feed.url, feed.line, feed.lab, feed.provenance))
        pages[page] = added[-1]
    return added, left


def make_unique(name: str, taken: Iterable[str]) -> str:
    """The name, with a number behind it where it is taken; `taken` in folded case."""
    used = set(taken)
    number, candidate = 1, name
    while candidate.casefold() in used:
        number += 1
        candidate = f"{name} ({number})"
    return candidate


class _Reader:
    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.is_opml = False
        self.feeds: list[ListedFeed] = []
        self.problems: list[str] = []
        self._pages: dict[str, int] = {}
        self._depth = 0

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unreadable(f"line {self._line}: more than {DEEPEST} elements inside each other")
        if self._depth == 1:
            self.is_opml = name.casefold() == "opml"
        elif self.is_opml and name.casefold() == "outline":
            self._read({key.casefold(): value for key, value in attributes.items()})

    def _end(self, name: str) -> None:  # noqa: ARG002 - the parser's signature
        self._depth -= 1

    def _refuse(self, *_: object) -> None:
        raise Unreadable(
            f"line {self._line}: declares a document type or entities, which a list does not need"
        )

    @property
    def _line(self) -> int:
        return int(self.parser.CurrentLineNumber)

    def _read(self, attributes: dict[str, str]) -> None:
        given = attributes.get("xmlurl", "")
        if not given and attributes.get("type", "").casefold() not in ("rss", "atom"):
            return  # a folder, or an entry of another kind
        named = attributes.get("title") or attributes.get("text") or ""
        name = clean_text(named, _NAME_LENGTH)
        url = parse_link(
            _FEED_SCHEME.sub(lambda found: "" if found[0].endswith(":") else "https", given.strip())
        )
        shown = name or clean_text(given, _ADDRESS_SHOWN) or "an outline without a name"
        if url is None:
            why = f"{clean_text(given, _ADDRESS_SHOWN)} is no http(s) address" if given else "has no xmlUrl"
            self.problems.append(f"line {self._line}: {shown}: {why}")
            return
        page = canonical_address(url)
        if page in self._pages:
            self.problems.append(f"line {self._line}: {shown}: stands in line {self._pages[page]} already")
            return
        if len(self.feeds) >= MOST_FEEDS:
            raise Unreadable(f"line {self._line}: more than {MOST_FEEDS:,} feeds")
        self._pages[page] = self._line
        provenance = "third_party" if attributes.get("provenance") == "third_party" else "official"
        lab = clean_text(attributes.get("lab", ""), _NAME_LENGTH)
        if not name or "://" in name:  # an address is no title: it may hold a password
            name = clean_text(urlsplit(url).hostname or "", _NAME_LENGTH)
        self.feeds.append(ListedFeed(name, url, self._line, lab, provenance))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
