"""One story told by several outlets, as one: which entries tell the same, why, and who told it first. Pure.

Two entries tell the same story when

1. `address`    they link the same page (`store.canonical`: without tracking, phones' and caches' versions),
                which is no front page and not what one outlet links from several entries;
2. `release`    both announce the same model within `RELEASE_WINDOW`: their titles name it and nothing else of
                its kind, and present it;
3. `title`      their titles are alike within `TITLE_WINDOW`: at least `SHARED_WORDS` words of weight in
                common, a name or figure among them, a similarity of at least `TITLE_THRESHOLD`, and nothing
                that contradicts: each title having a figure, or each a proper name, that the other lacks, or
                one a variant's word ("mini").

The first two hold by themselves; alike titles must be alike for all members of a story, so that a chain of
small changes does not join what has nothing in common. Titles of one outlet are never compared: it would not
tell one story twice, while "Weekly update 12" and "Weekly update 13" are alike.

The similarity is the weight of the words in common, as a share of the words of either title (the mean of both
shares). A word weighs what it is worth for recognising a story: words with figures 2, other words 1, words of
every headline 0. Scripts without spaces are cut into pairs of signs. How well that works is measured on pairs
labelled by hand (tests/analyzers/test_stories.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from urllib.parse import urlsplit

from store.canonical import canonical_address
from store.mentions import Names, list_model_names
from store.records import Document, Model

ADDRESS, RELEASE, TITLE = "address", "release", "title"

TITLE_WINDOW = timedelta(days=4)
RELEASE_WINDOW = timedelta(days=10)
TITLE_THRESHOLD = 0.60
SHARED_WORDS = 2
FIGURE_WEIGHT = 2.0
MOST_COMMON = 100
"""A word in more titles than these finds no pair by itself: a day of papers shares many."""


_WORD = re.compile(r"[^\W\d_]*\d+(?:[.,]\d+)*[^\W_]*|[^\W\d_]+(?:['’][^\W\d_]+)?")
_AMOUNT = re.compile(r"(\d[\d.,]*)\s?(?:billion|bn|b)\b", re.IGNORECASE)
_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_EVERYWHERE_TEXT = """
a about after against ai all also an and are as at available be best better big by can could first
for from get gets has have how i in into introduces introducing is it its just latest launch
launched launches launching meet model models more most my new news next no not now of off on one or
our out over own presenting presents release released releases releasing say says so than that the
their them there these they this to today too two unveils unveiling up update updates us using via
was we welcome what when where which who why will with you your announces announcing announced here
der die das und ein eine mit von für im le la les de des du et un une avec pour en el los las y con
para por
"""
_VARIANTS = frozenset(
    {"mini", "nano", "pro", "max", "flash", "lite", "turbo", "ultra", "instruct", "preview", "small", "large"}
)
_EVERYWHERE = frozenset(_EVERYWHERE_TEXT.split())
_PRESENTS = re.compile(
    r"\b(?:introduc\w+|announc\w+|launch\w*|releas\w*|unveil\w*|present\w*|meet|welcome|available|here|debuts?|"
    r"arrives?|ships?|drops?|out|live|opens?)\b|发布|发表|推出|上线|開源|开源|公開|リリース|출시",
    re.IGNORECASE,
)
_MOST_BARE_WORDS = 3
"""A title that is little more than a model's name presents it: "Grok 4", "Llama 3.2 Vision"."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Whose a feed is: `lab` is empty for nobody's own; `is_official` unless somebody else copies the lab's
    pages."""

    lab: str = ""
    is_official: bool = True


NOBODYS = Outlet()


@dataclass(frozen=True, slots=True)
class Told:
    """A document and whose outlet told it."""

    document: Document
    source: Outlet = NOBODYS

    @property
    def outlet(self) -> str:
        return self.document.subject.name

    @property
    def lab(self) -> str:
        return self.source.lab

    @property
    def is_official(self) -> bool:
        return self.source.is_official


@dataclass(frozen=True, slots=True)
class Join:
    """Why two entries are one story. `basis`: address, release or title; `detail`: the page, the model, or
    how alike the titles are (0 to 1)."""

    left: str
    right: str
    basis: str
    detail: str


@dataclass(frozen=True, slots=True)
class Story:
    """`members` by time; `primary` is the maker's own account where there is one, else the earliest.
    `model`: the key of the model whose release it tells, if it does."""

    members: tuple[Told, ...]
    primary: Told
    joins: tuple[Join, ...]
    model: str | None = None

    @property
    def first(self) -> Told:
        """Who told it first, as far as we saw."""
        return self.members[0]

    @property
    def told_by(self) -> tuple[str, ...]:
        """The other outlets, each once, by time."""
        others = dict.fromkeys(member.outlet for member in self.members)
        return tuple(name for name in others if name != self.primary.outlet)


@dataclass(frozen=True, slots=True)
class _Title:
    """Words with their weights, and those among them that are proper names as far as capitals tell."""

    weights: Mapping[str, float]
    names: frozenset[str]
    figures: frozenset[str]


class Announcements:
    """Says which model a title announces. `models`: those a world knows."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._labs = {model.key: model.lab for model in models}
        names: dict[str, list[str]] = {}
        for model in models:
            names[model.key] = [model.name, *([model.hub_name] if model.hub_name else [])]
        self._names = Names(list_model_names(names))

    def find_model(self, title: str) -> str | None:
        """The key of the one model that a title presents; None where it presents none or several."""
        mentions = self._names.find(title)
        keys = {mention.key for mention in mentions}
        key = mentions[0].key if len(keys) == 1 else None
        if key is None:
            return None
        rest = "".join(
            sign if not any(m.start <= at < m.end for m in mentions) else " " for at, sign in enumerate(title)
        )
        is_bare = len(_WORD.findall(rest)) <= _MOST_BARE_WORDS and not re.search(r"\d", rest)
        return key if is_bare or _PRESENTS.search(rest) else None

    def lab_of(self, model: str) -> str:
        return self._labs.get(model, "")


def group_stories(told: Iterable[Told], models: Sequence[Model] = ()) -> list[Story]:
    """The stories of these entries, the newest first; every entry is in exactly one. The order in which the
    entries are given does not matter."""
    return list(_Grouping(told, Announcements(models)).list_stories())


def title_similarity(left: str, right: str) -> float:
    """0 to 1; 0 where fewer than `SHARED_WORDS` words of weight are common or the figures contradict."""
    return _similarity(_read_title(left), _read_title(right))


class _Grouping:
    def __init__(self, told: Iterable[Told], announcements: Announcements) -> None:
        unique = {(each.outlet, each.document.key): each for each in told}
        self._told = sorted(unique.values(), key=lambda each: (_moment(each), each.outlet, each.document.key))
        self._announcements = announcements
        self._models = [announcements.find_model(each.document.title) for each in self._told]
        self._titles = [_read_title(each.document.title) for each in self._told]
        self._group = list(range(len(self._told)))
        self._members: dict[int, list[int]] = {at: [at] for at in self._group}
        self._joins: dict[int, list[Join]] = defaultdict(list)

    def list_stories(self) -> list[Story]:
        self._join_same(ADDRESS, self._list_pages(), None)
        self._join_same(RELEASE, self._models, RELEASE_WINDOW)
        for similarity, left, right in self._list_alike():
            if self._are_all_alike(left, right):
                self._join(left, right, TITLE, f"{similarity:.2f}")
        stories = [self._make(root, members) for root, members in self._members.items()]
        return sorted(
            stories, key=lambda story: (_moment(story.first), story.primary.document.key), reverse=True
        )

    def _list_pages(self) -> list[str | None]:
        """The page each entry is about, None where its link does not say."""
        pages = [canonical_address(each.document.url or "") for each in self._told]
        counts = Counter((each.outlet, page) for each, page in zip(self._told, pages, strict=True))
        shared = {page for (_, page), count in counts.items() if count > 1}
        return [
            page if page and page not in shared and urlsplit(page).path not in ("", "/") else None
            for page in pages
        ]

    def _join_same(self, basis: str, names: Sequence[str | None], window: timedelta | None) -> None:
        last: dict[str, int] = {}
        for at, same in enumerate(names):
            if same is None:
                continue
            before = last.get(same)
            is_near = before is not None and (
                window is None or _moment(self._told[at]) - _moment(self._told[before]) <= window
            )
            if before is not None and is_near:
                self._join(before, at, basis, same)
            last[same] = at

    def _list_alike(self) -> list[tuple[float, int, int]]:
        """Pairs of entries with alike titles, the most alike first. Compared are those that have a word in
        common which is not in very many titles."""
        by_word: dict[str, list[int]] = defaultdict(list)
        for at, title in enumerate(self._titles):
            for word in title.weights:
                by_word[word].append(at)
        pairs: set[tuple[int, int]] = set()
        for places in by_word.values():
            if len(places) > MOST_COMMON:
                continue
            for number, right in enumerate(places):
                for left in reversed(places[:number]):
                    if _moment(self._told[right]) - _moment(self._told[left]) > TITLE_WINDOW:
                        break
                    if self._told[left].outlet != self._told[right].outlet:
                        pairs.add((left, right))
        alike = [(_similarity(self._titles[a], self._titles[b]), a, b) for a, b in pairs]
        return sorted(
            (each for each in alike if each[0] >= TITLE_THRESHOLD), key=lambda e: (-e[0], e[1], e[2])
        )

    def _are_all_alike(self, left: int, right: int) -> bool:
        ours, theirs = self._members[self._group[left]], self._members[self._group[right]]
        if ours is theirs:
            return False
        models = {self._models[at] for at in (*ours, *theirs)} - {None}
        return len(models) <= 1 and all(
            _similarity(self._titles[a], self._titles[b]) >= TITLE_THRESHOLD
            and abs(_moment(self._told[a]) - _moment(self._told[b])) <= TITLE_WINDOW
            for a in ours
            for b in theirs
        )

    def _join(self, left: int, right: int, basis: str, detail: str) -> None:
        join = Join(self._told[left].document.key, self._told[right].document.key, basis, detail)
        into, other = sorted((self._group[left], self._group[right]))
        self._joins[into].append(join)
        if into == other:
            return
        for at in self._members.pop(other):
            self._group[at] = into
            self._members[into].append(at)
        self._joins[into] += self._joins.pop(other, [])

    def _make(self, root: int, places: Sequence[int]) -> Story:
        members = [self._told[at] for at in sorted(places)]
        found = {self._models[at] for at in places} - {None}
        model = found.pop() if len(found) == 1 else None
        lab = self._announcements.lab_of(model) if model else ""
        return Story(tuple(members), _find_primary(members, lab), tuple(self._joins.get(root, ())), model)


def _find_primary(members: Sequence[Told], maker: str) -> Told:
    """The maker's own account, officially first; without a known maker a lab's own; else the earliest."""

    def rank(each: Told) -> tuple[bool, bool, bool, datetime, str]:
        is_makers = bool(maker) and each.lab == maker
        return (not is_makers, not (each.lab and not maker), not each.is_official, _moment(each), each.outlet)

    return min(members, key=rank)


def _moment(told: Told) -> datetime:
    return told.document.published_at


def _read_title(title: str) -> _Title:
    """The words of a title that help to recognise a story."""
    plain = _AMOUNT.sub(r"\1b", unicodedata.normalize("NFKC", title).replace("’", "'"))
    weights: dict[str, float] = {}
    names: set[str] = set()
    figures: set[str] = set()
    for run in _ASIAN.findall(plain):
        for a, b in pairwise(run):
            weights[a + b] = 0.5
    for number, written in enumerate(_WORD.findall(_ASIAN.sub(" ", plain))):
        bare = written.casefold().removesuffix("'s").replace("'", "").rstrip(".,")
        if any(sign.isdigit() for sign in bare):
            weights[bare] = FIGURE_WEIGHT
            figures.add(bare)
        elif len(bare) > 1 and bare not in _EVERYWHERE:
            word = _stem(bare)
            weights[word] = 1.0
            if any(sign.isupper() for sign in (written[1:] if number == 0 else written)):
                names.add(word)
    return _Title(weights, frozenset(names), frozenset(figures))


def _stem(word: str) -> str:
    """English plurals and verbs' endings off: enough to meet another headline's form of a word."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _similarity(left: _Title, right: _Title) -> float:
    ours, theirs = left.weights, right.weights
    common = ours.keys() & theirs.keys()
    is_telling = common & (left.names | right.names | left.figures) or len(common) > 2 * SHARED_WORDS
    if len(common) < SHARED_WORDS or not is_telling or _contradict(left, right):
        return 0.0
    shared = sum(ours[word] for word in common)
    return (shared / sum(ours.values()) + shared / sum(theirs.values())) / 2


def _contradict(left: _Title, right: _Title) -> bool:
    """Each has a figure or each a name that the other lacks: version 3 is not 3.1, Seoul is not Milan; or
    one speaks of a variant: mini."""
    figures = (left.figures - right.figures, right.figures - left.figures)
    names = (left.names - right.weights.keys(), right.names - left.weights.keys())
    variants = (left.weights.keys() ^ right.weights.keys()) & _VARIANTS
    return all(figures) or all(names) or bool(variants)


def list_pairs(stories: Iterable[Story]) -> set[frozenset[tuple[str, str]]]:
    """Every pair of entries (outlet and key) that is one story: what an evaluation counts."""
    return {
        frozenset({(a.outlet, a.document.key), (b.outlet, b.document.key)})
        for story in stories
        for a, b in combinations(story.members, 2)
    }
