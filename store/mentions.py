"""Names in running text: where a sentence or a title speaks of something known, and of what.

A text and the names are cut into the same words: figures with their points, and letters between. So
"Qwen3-8B", "Qwen 3 8B" and "qwen3_8b" are the same words, and "GPT-5" is not found in "GPT-5.6". The longest
name at a place counts. A name that goes on into another one's (a further figure, a size, "mini") is not found
but told as `unknown`: the text speaks of a relative that the names do not hold. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_WORD = re.compile(r"\d+(?:\.\d+)*|[^\W\d_]+")
_HYPHENS = frozenset("-‑_+.")
_FIRST_CJK = 0x2E80
_RELATIVES_TEXT = """
air base chat coder code codex distill exp experimental fast flash instruct it large lite medium
micro mini nano next omni plus preview pro reasoning small think thinking turbo ultra vision vl xl
"""
_ORDINARY_TEXT = """
a achieves again against all also among an and announced api apis are arrives as at available beats
becomes beta brings but by can card claims comes debuts demo drops family features for from gains
gets goes has here hits how in into is it its joins just lands launch launched launches leads makes
matches may model models new now of on open or outperforms passes posts reaches release released
releases sets scores series shows still surpasses system takes tech technical than that the tops to
under update updates using via vs was weights what when while why will with wins your
"""
_RELATIVES = frozenset(_RELATIVES_TEXT.split())
_ORDINARY = frozenset(_ORDINARY_TEXT.split())
"""Words that may follow a name with a capital letter, as all do in some headlines, and are no part of it."""


@dataclass(frozen=True, slots=True)
class Mention:
    """`text[start:end]` is a name. `key`: what it means; None for a relative of a known name."""

    start: int
    end: int
    key: str | None


class Names:
    """Names to look for, each with the key of what it means; a name of several meanings is none.

    What is found has a capital letter or a figure: "command" is a word. `has_relatives`: names are those of
    models, which go on into others'; else of things that share a name with nothing.
    """

    def __init__(self, names: Iterable[tuple[str, str]], *, has_relatives: bool = True) -> None:
        meanings: dict[tuple[str, ...], str | None] = {}
        for name, key in names:
            words = split_words(name)
            if words and (len(words) > 1 or not has_relatives):  # one word alone names no model
                known = meanings.setdefault(words, key)
                if known != key:
                    meanings[words] = None
        self._meanings = meanings
        self._longest: dict[str, int] = {}
        for words in meanings:
            self._longest[words[0]] = max(len(words), self._longest.get(words[0], 0))
        self._has_relatives = has_relatives

    def find(self, text: str) -> list[Mention]:
        """Every mention, in order, none inside another."""
        if self._longest.keys().isdisjoint(_WORD.findall(text.casefold())):
            return []
        folded = unicodedata.normalize("NFC", text)
        if len(folded) != len(text):  # places would not fit
            folded = text
        words = [(each.start(), each.end(), each[0].casefold()) for each in _WORD.finditer(folded)]
        found: list[Mention] = []
        at = 0
        while at < len(words):
            if words[at][2] not in self._longest:
                at += 1
                continue
            length = self._measure(words, at)
            if length == 0:
                if self._has_relatives and self._begins_unknown(folded, words, at):
                    found.append(Mention(words[at][0], words[at + 1][1], None))
                at += 1
                continue
            mention = self._judge(folded, words, at, length)
            if mention is not None:
                found.append(mention)
            at += length
        return found

    def _measure(self, words: list[tuple[int, int, str]], at: int) -> int:
        """How many words the longest name has that begins here; 0 when none does."""
        longest = self._longest[words[at][2]]
        for length in range(min(longest, len(words) - at), 0, -1):
            if tuple(word for _, _, word in words[at : at + length]) in self._meanings:
                return length
        return 0

    def _judge(self, text: str, words: list[tuple[int, int, str]], at: int, length: int) -> Mention | None:
        start, end = words[at][0], words[at + length - 1][1]
        name = text[start:end]
        if any(sign in ".,:;!?()|" and text[i + 1 : i + 2] == " " for i, sign in enumerate(name)):
            return None  # "GPT. 5 people": two sentences
        if not any(sign.isupper() or sign.isdigit() for sign in name):
            return None
        key = self._meanings[tuple(word for _, _, word in words[at : at + length])]
        if not self._has_relatives:
            is_whole = not _is_joined(text, start - 1, start) and not _is_joined(text, end, end - 1)
            return Mention(start, end, key) if is_whole else None
        if _is_joined(text, start - 1, start):
            return Mention(start, end, None)
        if at + length < len(words) and _goes_on(text, end, *words[at + length]):
            return Mention(start, words[at + length][1], None)
        return Mention(start, end, key)

    def _begins_unknown(self, text: str, words: list[tuple[int, int, str]], at: int) -> bool:
        """Whether a word that names begin with is followed by what makes a name of it."""
        start, end, _ = words[at]
        if at + 1 == len(words) or not text[start].isupper():
            return False
        next_start = words[at + 1][0]
        sign = text[next_start]
        if text[end:next_start] not in ("", " ", "-"):
            return False
        return sign.isdigit() or (sign.isupper() and words[at + 1][2] not in _ORDINARY)


def _is_joined(text: str, at: int, beside: int) -> bool:
    """Whether the sign at a place belongs to the same word as the one beside it. Scripts without spaces
    begin a new word where they meet Latin letters."""
    if not 0 <= at < len(text):
        return False
    sign = text[at]
    if sign.isalnum():
        return (ord(sign) < _FIRST_CJK) == (ord(text[beside]) < _FIRST_CJK)
    beyond = at + (at - beside)
    return sign in _HYPHENS and 0 <= beyond < len(text) and text[beyond].isalnum()


def _goes_on(text: str, end: int, next_start: int, next_end: int, word: str) -> bool:
    """Whether a name that ends at a place goes on into the next word, and so is another one's."""
    if text[end:next_start] != " ":
        return _is_joined(text, end, end - 1)
    sign = text[next_start]
    if sign.isdigit():
        return text[next_end : next_end + 1] != "%"
    return word in _RELATIVES or (sign.isupper() and word not in _ORDINARY)


def split_words(name: str) -> tuple[str, ...]:
    """The words of a name, as `Names` compares them."""
    return tuple(each[0].casefold() for each in _WORD.finditer(unicodedata.normalize("NFC", name)))


def list_model_names(models: Mapping[str, Iterable[str]]) -> list[tuple[str, str]]:
    """Pairs for `Names` from what each model is called: with and without what stands before a slash."""
    pairs: list[tuple[str, str]] = []
    for key, names in models.items():
        for name in {key, *names}:
            short = name.rsplit("/", 1)[-1]
            if any(sign.isdigit() for sign in short) or len(split_words(short)) > 1:
                pairs.append((short, key))
    return pairs
