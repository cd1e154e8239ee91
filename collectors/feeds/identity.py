"""Which entry is which, from one answer to the next, and whether it was edited.

An entry is known by its id, else by the page it links, else by its title and date; addresses count as
`store.canonical` reads them, since feeds change the tracking parameters and the scheme of permalinks. An id
is no identity once it was seen on two posts: on several entries of one answer, or on an entry that has
both another page and another title than the one that had it before. That is remembered, so that the entry
which is left under such an id next week is not taken for a new one.

An edit is another text, not other markup: white space, kinds of quotation marks, relative dates ("3 days
ago") and counters ("12 comments") do not count.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from collectors.text import parse_link
from store.canonical import canonical_address

_KEY_LENGTH = 40
_MARK_LENGTH = 16
_SHORT_MARK_LENGTH = 8
_QUOTES = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "\u00ad": None, "…": "..."}
)
_PASSING = re.compile(
    r"\b(?:(?:\d+|an?|one|two|few)\s+(?:second|minute|hour|day|week|month|year)s?\s+ago"
    r"|just now|yesterday|today"
    r"|[\d.,]+[km]?\s+(?:comment|like|view|point|upvote|reaction|share|clap|read|min read|minute read)s?)\b",
    re.IGNORECASE,
)


class Seen(NamedTuple):
    """What is remembered of an entry: marks of its text, of the page it links and of its title."""

    text: str
    page: str
    title: str

    def write(self) -> str:
        return " ".join(self)

    @classmethod
    def read(cls, written: object) -> Seen | None:
        parts = written.split(" ") if isinstance(written, str) else []
        return cls(*parts) if len(parts) == len(cls._fields) else None


class Identities:
    """Keys of one feed's entries. `before`: what was seen under which key; `reused`: marks of ids that are
    none. `reused` grows as entries are identified."""

    def __init__(self, feed_name: str, before: Mapping[str, Seen], reused: Collection[str]) -> None:
        self._feed_name = feed_name
        self._before = before
        self.reused = set(reused)

    def note_answer(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Learn from (id, link) of all entries of one answer which ids stand for several pages."""
        pages: dict[str, set[str]] = defaultdict(set)
        for own_id, link in pairs:
            if own_id.strip():
                pages[_canonical_id(own_id)].add(canonical_address(link.strip()))
        self.reused |= {mark_of(own_id) for own_id, links in pages.items() if len(links) > 1}

    def find_key(self, own_id: str, link: str | None, title: str, date_text: str) -> str | None:
        """The key; None for an entry that has nothing to be known by."""
        own_id = _canonical_id(own_id)
        page = canonical_address(link) if link else ""
        other = page or (f"{title}\n{date_text}" if title else "")
        if own_id and mark_of(own_id) not in self.reused:
            key = digest(self._feed_name, own_id)[:_KEY_LENGTH]
            before = self._before.get(key)
            if before is None or not other or not self._is_another(before, page, title):
                return key
            self.reused.add(mark_of(own_id))
        return digest(self._feed_name, other)[:_KEY_LENGTH] if other else None

    @staticmethod
    def _is_another(before: Seen, page: str, title: str) -> bool:
        return bool(page) and before.page not in ("-", mark_of(page)) and before.title != mark_of(fold(title))


def describe(title: str, link: str | None, content_hash: str) -> Seen:
    """What to remember of an entry."""
    page = mark_of(canonical_address(link)) if link else "-"
    return Seen(content_hash[:_MARK_LENGTH], page, mark_of(fold(title)))


def hash_content(title: str, text: str) -> str:
    """What changes when an entry was edited, and only then."""
    return digest(fold(title), fold(text))


def fold(text: str) -> str:
    """A text without what changes by itself or only in looks."""
    plain = unicodedata.normalize("NFKC", text.translate(_QUOTES))
    return " ".join(_PASSING.sub(" ", plain).split())


def digest(*parts: str) -> str:
    whole = "\x00".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(whole).hexdigest()


def mark_of(text: str) -> str:
    """Enough of a hash to tell a feed's own entries apart."""
    return digest(text)[:_SHORT_MARK_LENGTH]


def _canonical_id(own_id: str) -> str:
    own_id = own_id.strip()
    return canonical_address(own_id) if parse_link(own_id) is not None else own_id
