"""Models that a name not linked with any may mean, for people to judge; nothing here links.

Similarity is the cosine of character trigrams, lowered for what usually tells models apart: figures that
contradict each other are never suggested, figures or words that only one of the names has cost a part. Every
score is below the threshold for links.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from store.records import SubjectRef
from store.resolution.resolver import THRESHOLD, Resolver
from store.resolution.spelling import Name

LEAST = 0.5
"""Candidates less similar than this are noise."""

MOST = THRESHOLD - 0.01
ONE_SIDED_FIGURES, ONE_SIDED_WORDS, OTHER_MAKER = 0.85, 0.75, 0.6
MOST_CANDIDATES = 3

_TELLS_APART = frozenset(
    re.split(
        r"\s+",
        "base instruct chat it thinking reasoning vision vl coder code math audio image tts embed preview"
        " exp mini nano micro lite small medium large pro max plus ultra turbo fast flash highspeed distill"
        " fp8 fp4 nvfp4 int4 int8 awq gptq gguf latest guard safeguard",
    )
)
_WORD, _FIGURES = re.compile(r"[a-z]+|\d+(?:\.\d+)*[bmk]?"), re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`score` 0 to 1, always below the threshold for links; `reason`: what speaks for it and against it."""

    subject: SubjectRef
    model: str
    score: float
    reason: str


def suggest_links(resolver: Resolver, subjects: Iterable[SubjectRef]) -> list[Suggestion]:
    """For every subject that is linked with no model the most similar ones, the likeliest first."""
    open_ = [subject for subject in subjects if resolver.resolve(subject).model is None]
    found: list[Suggestion] = []
    rest: list[SubjectRef] = []
    for subject in open_:
        resolution = resolver.resolve(subject)
        if resolution.status == "ambiguous":
            reason = f"ambiguous: {resolution.reason}"
            found += [Suggestion(subject, key, MOST, reason) for key in resolution.candidates]
        else:
            rest.append(subject)
    found += _list_similar(resolver, rest)
    return sorted(found, key=lambda s: (-s.score, s.subject.source, s.subject.name, s.model))


def _list_similar(resolver: Resolver, subjects: Sequence[SubjectRef]) -> Iterable[Suggestion]:
    names = [resolver.read(subject) for subject in subjects]
    known = sorted(
        {
            (resolver.standing_key(key), resolver.words.read(text).stem): None
            for key, model in resolver.models.items()
            for text in model.names
        }
    )
    if not names or not known:
        return
    stems = [name.stem for name in names]
    similarity = (_count_trigrams(stems + [stem for _, stem in known])).tocsr()
    cosine = (similarity[: len(stems)] @ similarity[len(stems) :].T).tocsr()
    for row, (subject, name) in enumerate(zip(subjects, names, strict=True)):
        columns = cosine.indices[cosine.indptr[row] : cosine.indptr[row + 1]]
        values = cosine.data[cosine.indptr[row] : cosine.indptr[row + 1]]
        best: dict[str, tuple[float, str]] = {}
        for column, value in zip(columns, values, strict=True):
            key, stem = known[column]
            if value < LEAST or resolver.is_forbidden(subject, key):
                continue
            score, reason = _weigh(float(value), name, stem, resolver.lab_of(key))
            if score >= LEAST and score > best.get(key, (0.0, ""))[0]:
                best[key] = (score, reason)
        ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))[:MOST_CANDIDATES]
        yield from (Suggestion(subject, key, score, reason) for key, (score, reason) in ranked)


def _weigh(cosine: float, name: Name, stem: str, lab: str) -> tuple[float, str]:
    """The score of one candidate and why; 0 where the figures contradict each other."""
    ours, theirs = _FIGURES.findall(name.stem), _FIGURES.findall(stem)
    reasons = [f"similarity {cosine:.2f}"]
    score = min(cosine, 1.0)
    if "".join(ours) != "".join(theirs):
        more, less = Counter(ours) - Counter(theirs), Counter(theirs) - Counter(ours)
        if more and less:
            return 0.0, ""
        score *= ONE_SIDED_FIGURES
        reasons.append(f"only one has {', '.join(sorted(more or less))}")
    elif ours != theirs:
        reasons.append("the same figures, points apart")
    words = {
        word for word in set(_WORD.findall(name.stem)) ^ set(_WORD.findall(stem)) if word in _TELLS_APART
    } | {word for word in _TELLS_APART if len(word) > 2 and (word in name.stem) != (word in stem)}
    if words:
        score *= ONE_SIDED_WORDS
        reasons.append(f"only one is called {', '.join(sorted(words))}")
    if name.maker is not None and name.maker != lab:
        score *= OTHER_MAKER
        reasons.append(f"made by {name.maker}, not {lab}")
    if name.snapshot is not None:
        score *= ONE_SIDED_FIGURES
        reasons.append(f"the snapshot {name.snapshot}, which nothing ties to this model")
    return round(min(score, MOST), 4), "; ".join(reasons)


def _count_trigrams(stems: Sequence[str]) -> csr_array:
    """One row of unit length per stem, one column per trigram (shape: stems × trigrams)."""
    columns: dict[str, int] = {}
    rows: list[int] = []
    places: list[int] = []
    values: list[float] = []
    for row, stem in enumerate(stems):
        padded = f"^{stem}$"
        counts = Counter(padded[i : i + 3] for i in range(max(len(padded) - 2, 1)))
        length = float(np.sqrt(sum(count * count for count in counts.values())))
        for trigram, count in counts.items():
            rows.append(row)
            places.append(columns.setdefault(trigram, len(columns)))
            values.append(count / length)
    return csr_array((values, (rows, places)), shape=(len(stems), max(len(columns), 1)))
