"""Benchmark scores that the text of an entry states, each with the sentence it stands on. Pure.

Read is what a sentence or a table says of one model, one benchmark and one number, and nothing that would
need a guess. A sentence counts up to where it begins to compare ("ahead of …", "than", "up from"), and only
when

* every score in it stands at a benchmark and every benchmark at a score ("84.2% on GPQA Diamond",
  "MMLU-Pro: 81.3", "81% MMLU"); one left over on either side, and nothing of it is read;
* it names exactly one model that is known; or none at all, and the entry's title names exactly one;
* nothing in it makes the number something else: gains, ranks, estimates, plans, what others had, people.

Scores are percentages from 0 to 100. A benchmark that is counted otherwise is left to the boards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from collectors.feeds import wordings
from collectors.feeds.announcement import find_announced_name
from collectors.feeds.entry import PUBLISHED
from collectors.feeds.markup import Table, list_tables
from collectors.feeds.naming import ClaimNames, Meaning
from collectors.text import clean_text
from store.mentions import Mention
from store.records import Claim, Document, Standing

QUOTE_LENGTH = 300
_MOST_CLAIMS = 200
"""Of one entry."""

_HIGHEST = 100.0


@dataclass(frozen=True, slots=True)
class _Pair:
    meaning: Meaning
    version: str
    score: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ClaimReader:
    """`feed_lab`: whose feed it is, empty for nobody's; what it says of its own models is self-reported."""

    names: ClaimNames
    feed_lab: str = ""

    def read(self, document: Document, text: str, markup: str) -> list[Claim]:
        """The claims of one entry, whose whole text and markup are given; in the order they are made."""
        said = f"{document.title}\n{text}"
        if document.url is None or not any(sign.isdigit() for sign in said):
            return []
        if not self.names.find_benchmarks(said):
            return []
        subject = self._find_subject(document.title)
        found: dict[tuple[str, ...], Claim | None] = {}
        tables = list_tables(markup)
        for each in (
            *self._read_tables(document, tables),
            *self._read_prose(document, document.title, subject),
            *self._read_prose(document, text, subject),
        ):
            identity = (each.model, each.benchmark, each.version, each.metric, each.settings)
            known = found.setdefault(identity, each)
            if known is not None and known.score != each.score:
                found[identity] = None  # two scores for the same: it cannot be told which is meant
        return [each for each in found.values() if each is not None][:_MOST_CLAIMS]

    def _find_subject(self, title: str) -> str | None:
        """The one model that an entry's title is about. In a lab's own feed a model of its lines counts
        that nobody knows yet."""
        mentions = self.names.find_models(title)
        keys = {mention.key for mention in mentions}
        if len(keys) == 1:
            key = mentions[0].key
            if key is not None:
                return key
        elif keys:
            return None
        announced = find_announced_name(title) or (title if len(title.split()) <= 5 else None)
        if announced is None or not self.feed_lab:
            return None
        return announced if self.names.lab_of_line(announced) == self.feed_lab else None

    # ------------------------------------------------------------------ sentences

    def _read_prose(self, document: Document, text: str, subject: str | None) -> Iterator[Claim]:
        for part in wordings.SENTENCE_END.split(text):
            sentence = " ".join((part or "").split())
            if not 5 <= len(sentence) <= 1_000 or not any(sign.isdigit() for sign in sentence):
                continue
            comparison = wordings.COMPARISON.search(sentence)
            head = sentence[: comparison.start()] if comparison else sentence
            named = self.names.find_benchmarks(head)
            # what a benchmark is called says nothing of its score: HumanEval, Humanity's Last Exam
            rest = _blank(head, [(mention.start, mention.end) for mention, _ in named])
            pairs = self._pair(head, named) if named and not wordings.OTHERWISE.search(rest) else []
            model = self._find_model(rest, pairs, subject) if pairs else None
            if model is None:
                continue
            settings = self._place_settings(head, pairs)
            for pair, setting in zip(pairs, settings, strict=True):
                yield self._make(document, model, pair, setting, sentence)

    def _pair(self, head: str, names: Sequence[tuple[Mention, Meaning]]) -> list[_Pair]:
        """Scores and benchmarks one to one, or nothing."""
        inside = [(m.start, m.end) for m, _ in names]
        inside += [(m.start, m.end) for m in self.names.find_models(head)]
        numbers = [
            each
            for each in wordings.SCORE.finditer(head)
            if not any(s <= each.start() < e for s, e in inside)
        ]
        pairs: list[_Pair] = []
        used: set[int] = set()
        for mention, meaning in names:
            version_behind = wordings.VERSION_BEHIND.match(head, mention.end)
            end = version_behind.end() if version_behind else mention.end
            if meaning.unit != "percent" or (
                version_behind is None and wordings.OTHER_BEHIND.match(head, mention.end)
            ):
                return []
            number = _find_before(head, mention.start, numbers, used) or _find_behind(
                head, end, numbers, used
            )
            if number is None:
                return []
            used.add(number.start())
            score = float(number["value"])
            if score > _HIGHEST or wordings.ROUGH.search(head, 0, number.start()):
                return []
            version = version_behind["version"] if version_behind else meaning.version
            start, stop = min(number.start(), mention.start), max(number.end(), end)
            pairs.append(_Pair(meaning, version, score, start, stop))
        left = [each for each in numbers if each["percent"] and each.start() not in used]
        return [] if left else sorted(pairs, key=lambda pair: pair.start)

    def _find_model(self, head: str, pairs: Sequence[_Pair], subject: str | None) -> str | None:
        mentions = self.names.find_models(head)
        keys = {mention.key for mention in mentions}
        if len(keys) == 1:
            (key,) = keys
            own = mentions[0]
            if key is None and subject is not None:
                is_subject = head[own.start :].casefold().startswith(subject.casefold())
                return subject if is_subject else None
            return key
        if keys or subject is None:
            return None
        rest = _blank(head, [(pair.start, pair.end) for pair in pairs])
        for other in wordings.MODEL_LIKE.finditer(rest):
            if subject.casefold() not in rest[max(0, other.start() - 30) : other.end()].casefold():
                return None
        return subject

    def _place_settings(self, head: str, pairs: Sequence[_Pair]) -> list[str]:
        """For each pair the settings said of it: what stands before the first is meant for all, what
        stands in or behind a pair for that one."""
        found: list[list[str]] = [[] for _ in pairs]
        for each in wordings.SETTING.finditer(head):
            setting = " ".join(each[0].lower().split())
            places = [n for n, pair in enumerate(pairs) if pair.start <= each.start()]
            for place in [places[-1]] if places else range(len(pairs)):
                if setting not in found[place]:
                    found[place].append(setting)
        return [", ".join(each) for each in found]

    # ------------------------------------------------------------------ tables

    def _read_tables(self, document: Document, tables: Sequence[Table]) -> Iterator[Claim]:
        for table in tables:
            rows = table.rows
            if any(len(row) != len(rows[0]) for row in rows) or len(rows[0]) < 2:
                continue
            across = [self._cell_model(cell) for cell in rows[0][1:]]
            if any(across):
                for row in rows[1:]:
                    yield from self._read_line(document, row, rows[0], across, is_row=True)
            elif any(self._cell_benchmark(cell) for cell in rows[0][1:]):
                down = [self._cell_model(row[0]) for row in rows[1:]]
                columns = [[row[at] for row in rows] for at in range(1, len(rows[0]))]
                heads = [row[0] for row in rows]
                for column in columns:
                    yield from self._read_line(document, column, heads, down, is_row=False)

    def _read_line(
        self,
        document: Document,
        cells: Sequence[str],
        heads: Sequence[str],
        models: Sequence[str | None],
        *,
        is_row: bool,
    ) -> Iterator[Claim]:
        """A benchmark's scores, one for each model; `heads` has the models as written, behind a corner."""
        named = self._cell_benchmark(cells[0])
        if named is None:
            return
        meaning, version, setting = named
        values = [wordings.CELL.fullmatch(cell.strip()) for cell in cells[1:]]
        # 0.84 for 84 %: a line that counts in fractions is not guessed at
        if all(float(v["value"]) <= 1 for v in values if v is not None):
            return
        for model, value, head, cell in zip(models, values, heads[1:], cells[1:], strict=True):
            if model is None or value is None or float(value["value"]) > _HIGHEST:
                continue
            pair = _Pair(meaning, version, float(value["value"]), 0, 0)
            words = (cells[0], head, cell) if is_row else (head, cells[0], cell)
            yield self._make(document, model, pair, setting, " | ".join(words))

    def _cell_model(self, cell: str) -> str | None:
        mentions = self.names.find_models(cell)
        if len(mentions) != 1 or mentions[0].key is None:
            return None
        rest = (cell[: mentions[0].start] + cell[mentions[0].end :]).strip()
        return mentions[0].key if not rest else None

    def _cell_benchmark(self, cell: str) -> tuple[Meaning, str, str] | None:
        """The benchmark a cell names, with its version and settings; nothing else may stand in it."""
        found = self.names.find_benchmarks(cell)
        if len(found) != 1:
            return None
        mention, meaning = found[0]
        rest = cell[mention.end :]
        version_behind = wordings.VERSION_BEHIND.match(rest)
        rest = rest[version_behind.end() :] if version_behind else rest
        settings = [" ".join(each[0].lower().split()) for each in wordings.SETTING.finditer(rest)]
        left = wordings.EMPTY_WORDS.sub("", wordings.SETTING.sub("", rest))
        if left or cell[: mention.start].strip() or meaning.unit != "percent":
            return None
        version = version_behind["version"] if version_behind else meaning.version
        return meaning, version, ", ".join(settings)

    # ------------------------------------------------------------------ records

    def _make(self, document: Document, model: str, pair: _Pair, settings: str, words: str) -> Claim:
        metric = next((each for each in settings.split(", ") if "@" in each), "")
        settings = ", ".join(each for each in settings.split(", ") if each and "@" not in each)
        claimed_on = document.published_at.date() if document.published_basis == PUBLISHED else None
        return Claim(
            model=model,
            benchmark=pair.meaning.benchmark,
            score=pair.score,
            unit="percent",
            metric=metric,
            standing=self._standing(model),
            claimed_on=claimed_on,
            source_url=document.url or "",
            version=pair.version,
            settings=settings,
            quote=clean_text(words, QUOTE_LENGTH),
            known_at=None if claimed_on is None else datetime.combine(claimed_on, time(), UTC),
        )

    def _standing(self, model: str) -> Standing:
        lab = self.names.lab_of(model) if "/" in model else self.names.lab_of_line(model)
        is_own = bool(self.feed_lab) and lab == self.feed_lab
        return Standing.SELF_REPORTED if is_own else Standing.THIRD_PARTY


def _find_before(
    head: str, start: int, numbers: Sequence[re.Match[str]], used: set[int]
) -> re.Match[str] | None:
    """The percentage right before a benchmark: "84.2% on GPQA Diamond", "81% MMLU"."""
    for number in numbers:
        if number.end() <= start and number.start() not in used:
            between = head[number.end() : start]
            joint = wordings.TO_BENCHMARK.fullmatch(between)
            if joint is not None and (number["percent"] or joint["said"]):
                return number
    return None


def _find_behind(
    head: str, end: int, numbers: Sequence[re.Match[str]], used: set[int]
) -> re.Match[str] | None:
    """The number right behind a benchmark: "MMLU-Pro: 81.3", "GPQA Diamond (84.2%)", "MMLU score of 81%"."""
    between = wordings.TO_SCORE.match(head, end)
    place = between.end() if between is not None else -1
    for number in numbers:
        is_next = bool(number["percent"]) and head[end : number.start()] == " "
        if (number.start() == place or is_next) and number.start() not in used:
            return number
    return None


def _blank(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
