"""A model's name taken apart into what it says and how it is spelt.

`Vocabulary.read` cuts where a model is served, who made it, its snapshot and its mode from a name and
leaves the *stem*: letters and figures without separators, points only between figures, so that
`Llama 3.3-70B_Instruct`, `llama3.3:70b-instruct` and `us.meta.llama3-3-70b-instruct-v1:0` share one.
What is cut and what is never cut is defined in the package's docstring.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

_SEPARATOR = re.compile(r"[\W_]+")

# Bedrock: `us.anthropic.claude-opus-4-6-v1:0`. Region and revision are the host's.
_REGION = re.compile(r"^(?:us-gov|us|eu|apac|au|jp|global)\.(?=[a-z0-9]+\.)")
_VENDOR = re.compile(r"^(?P<vendor>[a-z][a-z0-9]+)\.(?P<rest>[a-z].*)$")
_REVISION = re.compile(r"-(?:v\d+:\d+|1:0)$")
_REVISION_BEHIND_DATE = re.compile(r"(?<=-\d{8})-v\d+$")
_MOVING_MARK = re.compile(r"@(?:default|latest)$")
# Fireworks writes a decimal point as p: `glm-4p7`, `kimi-k2p5`.
_P_AS_POINT = re.compile(r"(?<=\d)p(?=\d)")

_ROUTE = re.compile(r":(?:free|exacto|extended|floor|nitro|online|beta|web)$")
_HOST_MARK = re.compile(r"-(?:maas|tee|free|tput|cs|el)$")
_FORMAT = re.compile(r"-(?:hf|bf16|fp16|pytorch|flax|original)$")
_EFFORT = r"(?:minimal|none|low|medium|high|xhigh|max|\d+k|(?:(?:no|non)-?)?thinking)"
_MODE = re.compile(
    rf"(?:[_:]{_EFFORT}|\s*\({_EFFORT}(?:[\s,]+{_EFFORT})*\)"
    # A hyphen is ambiguous: makers name separate models "-medium", "-max" and "-thinking".
    r"|-(?:minimal|low|high|xhigh|no-thinking))$"
)
_THINKING = re.compile(r"-thinking$")

_MONTH, _DAY = r"(?P<m>0[1-9]|1[0-2])", r"(?P<d>0[1-9]|[12]\d|3[01])"
_DATES = (
    re.compile(rf"[-_@\s(]+(?P<y>20\d\d)[-_]?{_MONTH}[-_]?{_DAY}\)?$"),
    re.compile(rf"-{_MONTH}-{_DAY}-(?P<y>20\d\d)$"),
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_ALONE = re.compile(rf"\s*\((?P<month>{'|'.join(_MONTHS)})[a-z]*\.?\s+(?P<y>20\d\d)\)$")
_SHORT_DATE = re.compile(rf"-{_MONTH}-?{_DAY}$")
_CLAUDE = re.compile(r"^claude-(?P<version>\d+(?:-\d+)?)-(?P<tier>[a-z]+)(?=-|$)")


@dataclass(frozen=True, slots=True)
class Name:
    """`maker`: key of its lab, or the organisation as written where no lab is known; None: not named.
    `snapshot`: `YYYYMMDD`, `YYYYMM` of a month in words, or `MMDD` of a four-figure ending that can be a day.
    `is_moving`: it stands for
    different models at different times. `is_copy`: the maker named is not the one whose line it is."""

    maker: str | None
    stem: str
    snapshot: str | None = None
    has_mode: bool = False
    is_moving: bool = False
    is_copy: bool = False

    @property
    def month_and_day(self) -> str | None:
        return self.snapshot[-4:] if self.snapshot and len(self.snapshot) != 6 else None

    @property
    def month(self) -> str | None:
        """`YYYYMM` where no more than a month is told: `Claude 3.5 Sonnet (Jun 2024)`."""
        return self.snapshot if self.snapshot and len(self.snapshot) == 6 else None

    @property
    def identity(self) -> str:
        """What names of an unknown model have in common; names of different models differ."""
        owner = f"{self.maker}:" if self.is_copy else ""
        return f"{owner}{self.stem}@{self.snapshot}" if self.snapshot else f"{owner}{self.stem}"


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words names are made of. `labs`: an organisation as `plain` writes it → its lab's key; `hosts`:
    prefixes that say where a model is served; `lines`: the first word of a line of models → the lab that
    makes it; `thinking_modes`: lines in which "-thinking" is a mode and no model of its own."""

    labs: Mapping[str, str] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()
    lines: Mapping[str, str] = field(default_factory=dict)
    thinking_modes: frozenset[str] = frozenset()
    _read: dict[tuple[str, bool], Name] = field(init=False, repr=False, default_factory=dict)

    def read(self, text: str, *, is_served: bool = False) -> Name:
        """The name taken apart. `is_served`: its first part says by whom it is served, whatever that is."""
        name = self._read.get((text, is_served))
        if name is None:
            name = self._read[text, is_served] = self._take_apart(text, is_served=is_served)
        return name

    def lab_of(self, organisation: str) -> str:
        """The key of the lab, or the organisation's own name where none is known."""
        word = plain(organisation)
        return self.labs.get(word, word)

    def _take_apart(self, text: str, *, is_served: bool) -> Name:
        parts = [part.strip() for part in unquote(text).split("/")]
        *prefixes, slug = parts[1:] if is_served and len(parts) > 1 else parts
        maker: str | None = None
        for prefix in prefixes:
            word = plain(prefix.casefold().removeprefix("hf:"))
            if word and word not in self.hosts:
                maker = self.labs.get(word, word)
        slug = unicodedata.normalize("NFKC", slug).casefold().replace("+", " plus ").strip()
        vendor, slug = self._cut_vendor(_REVISION.sub("", _REGION.sub("", slug)))
        maker = maker or vendor
        slug, snapshot, has_mode = self._cut_marks(_P_AS_POINT.sub(".", slug))
        joined, words = self._cut_maker([word for word in _SEPARATOR.split(slug) if word])
        maker = maker or joined
        slug = _reorder_claude("-".join(words))
        is_moving = slug.endswith("-latest") and snapshot is None
        if slug.endswith("-chat-latest"):  # the chat variant of one version does not move on to the next
            slug, is_moving = slug.removesuffix("-latest"), False
        line = self._line(words[0]) if words else None
        own_lines = {self._owner(word) for word in words}
        return Name(
            maker=maker,
            stem=_compact(slug),
            snapshot=snapshot,
            has_mode=has_mode,
            is_moving=is_moving,
            is_copy=maker is not None
            and line is not None
            and maker != self.lines[line]
            and maker not in own_lines,
        )

    def _cut_vendor(self, slug: str) -> tuple[str | None, str]:
        """`mistral.voxtral-small` is voxtral-small by Mistral; `deepseek.v3.2` is DeepSeek v3.2."""
        match = _VENDOR.match(slug)
        if match is None:
            return None, slug
        vendor, rest = match["vendor"], match["rest"]
        maker = self.labs.get(vendor, vendor)
        rest = rest.removesuffix("-v1")  # Bedrock's revision; a model's own first version is not written
        return maker, f"{vendor}-{rest}" if re.match(r"[vr]\d", rest) else rest

    def _cut_marks(self, slug: str) -> tuple[str, str | None, bool]:
        """The name without marks of routers, hosts, formats and modes, its snapshot, and whether a mode
        was cut. The marks stand at the end, in any order."""
        snapshot: str | None = None
        has_mode = False
        while True:
            before = slug
            for mark in (_ROUTE, _HOST_MARK, _FORMAT, _MOVING_MARK, _REVISION_BEHIND_DATE):
                slug = mark.sub("", slug)
            bare = _MODE.sub("", slug)
            if bare == slug and self._line(slug) in self.thinking_modes:
                bare = _THINKING.sub("", slug)
            has_mode, slug = has_mode or bare != slug, bare
            for date in _DATES:
                found = date.search(slug)
                if found and snapshot is None:
                    snapshot, slug = found["y"] + found["m"] + found["d"], slug[: found.start()]
            found = _MONTH_ALONE.search(slug)
            if found and snapshot is None:
                month = _MONTHS.index(found["month"]) + 1
                snapshot, slug = f"{found['y']}{month:02}", slug[: found.start()]
            if slug == before or not slug:
                break
        found = _SHORT_DATE.search(slug)
        if found and snapshot is None:
            snapshot, slug = found["m"] + found["d"], slug[: found.start()]
        return slug or before, snapshot, has_mode

    def _cut_maker(self, words: list[str]) -> tuple[str | None, list[str]]:
        """The maker or host in front of a line's name: `meta-llama-3`, `zai-org-glm-5`, `azure-o3-mini`."""
        for length in (1, 2):
            prefix = "-".join(words[:length])
            owner = self._owner(words[length]) if len(words) > length else None
            if owner is None:
                continue
            if self.labs.get(prefix) == owner:
                return owner, words[length:]
            if prefix in self.hosts:
                return None, words[length:]
        return None, words

    def _line(self, slug: str) -> str | None:
        """The line of models whose name a slug begins with: letters, then figures or the end of the word."""
        found = re.match(r"[a-z]+(?=[\d.]|\W|_|$)", slug)
        word = found[0] if found else ""
        return word if word in self.lines and (len(word) > 1 or slug[1:2].isdigit()) else None

    def _owner(self, word: str) -> str | None:
        line = self._line(word)
        return None if line is None else self.lines[line]


PLAIN = Vocabulary()
"""Knows no words: reads spelling, snapshots and modes, and takes every prefix for the maker's."""


def plain(name: str) -> str:
    """Lower case, one hyphen for whatever separates: `Qwen2.5 72B_Instruct` and `qwen2-5-72b-instruct`
    are the same; `Command R+` keeps its plus."""
    text = unicodedata.normalize("NFKC", name).casefold().replace("+", " plus ")
    return "-".join(part for part in _SEPARATOR.split(text) if part)


def _reorder_claude(slug: str) -> str:
    """`claude-4-5-haiku` as `claude-haiku-4-5`, and `4-0` as `4`: both orders are in use."""
    slug = _CLAUDE.sub(r"claude-\g<tier>-\g<version>", slug)
    return re.sub(r"(?<=\d)-0(?=-|$)", "", slug) if slug.startswith("claude-") else slug


def _compact(slug: str) -> str:
    """Without separators, but a point between figures."""
    stem = ""
    for word in _SEPARATOR.split(slug):
        joint = "." if stem[-1:].isdigit() and word[:1].isdigit() else ""
        stem += joint + word
    return stem
