"""Relative Adoption Metric: a model's downloads against those of its size class at the same age.

After the ATOM report (arXiv 2604.07190), methodology 3. Downloads are cumulative (`hub.downloads.all_time`)
at an age in days since the model's release. A model whose history does not reach the age has no number:
it is counted as without enough history, never as zero; one that left a listing is unknown from then on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

from analyzers.absence import Absent
from analyzers.momentum.alignment import value_at, without_suspect_zeros
from store.errors import Refused
from store.records import Semantics, Series

AGES = (7, 14, 30, 60, 90, 180, 365)
PEERS = 10
FIRST_RELEASE = date(2022, 12, 1)
MIN_DOWNLOADS = 100_000.0
BILLION = 1e9
BUCKETS = ((1.0, "<1"), (5.0, "1–5"), (10.0, "5–10"), (50.0, "10–50"), (100.0, "50–100"), (250.0, "100–250"))
LARGEST = "250+"
LANGUAGE_TASKS = (
    "text-generation",
    "text2text-generation",
    "image-text-to-text",
    "any-to-any",
    "visual-question-answering",
    "video-text-to-text",
    "audio-text-to-text",
)

_DERIVED = {
    "a quantisation": r"gguf|gptq|awq|exl[23]|bnb|nf4|mlx|onnx|ggml|openvino|compressed[-_]tensors"
    r"|(?:w\d)?a(?:8|16)|w[48]|(?:mx|nv)?fp[48](?:[-_]\w+)?|u?int[2-8]|[2-8][-_]?bits?|q[2-8](?:[-_]\w+)?|quantized",
    "an adapter": r"q?lora|adapters?|dora|peft",
    "a guard": r"guard\w*|guardian|shield\w*|safeguard|moderation|prompt[-_]guard",
    "an embedder": r"embed\w*|bge|gte|e5|colbert\w*|sentence",
    "a reranker": r"re[-_]?rank\w*|cross[-_]encoder",
    "a test repository": r"test(?:ing)?|tiny[-_]random|dummy|debug|internal[-_]testing",
}
_RULES = {
    reason: re.compile(rf"(?:^|[-_./ ])(?:{words})(?=$|[-_./ ])", re.IGNORECASE)
    for reason, words in _DERIVED.items()
}
_SIZE = re.compile(r"(?:^|[-_ ])(\d+(?:\.\d+)?)([BM])(?=$|[-_. ])", re.IGNORECASE)
_EXPERTS = re.compile(r"(?:^|[-_ ])\d+x\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Hub repository that might be in the population. `parameters`: total, not in billions;
    `is_first_party`: its maker's own repository; `task`: the Hub's pipeline tag, where it is known."""

    series: Series
    released_on: date | None
    parameters: float | None
    is_first_party: bool
    task: str | None = None

    @property
    def name(self) -> str:
        return self.series.subject.name


@dataclass(frozen=True, slots=True)
class Adoption:
    """One model's metric: `downloads` at `age_days`, `reference` those of its peers, `ram` the ratio.
    `size_basis`: stated, or name where only the name tells the size. `total` is the last known one."""

    candidate: Candidate
    bucket: str
    parameters: float
    size_basis: str
    age_days: int
    downloads: float
    reference: float
    ram: float
    peers: int
    total: float


@dataclass(frozen=True, slots=True)
class Adoptions:
    """Ranked adoptions, and why other candidates are not among them (reason to count)."""

    adoptions: tuple[Adoption, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    buckets: Mapping[str, int] = field(default_factory=dict)


def size_bucket(parameters: float) -> str:
    """The class of a number of parameters, lower bound inclusive: 1e9 is in `1–5`."""
    if parameters <= 0:
        raise Refused(f"a model of {parameters:g} parameters has no size")
    return next((name for bound, name in BUCKETS if parameters < bound * BILLION), LARGEST)


def relative_adoption(downloads: float, peers: Sequence[float], version: int = 2) -> float | Absent:
    """D over the reference of its `peers` at the same age.

    Absent with fewer than ten peers or where the reference is zero. Raises Refused for another version
    or negative downloads.
    """
    if downloads < 0:
        raise Refused("negative downloads are a revision, no adoption")
    reference = find_reference(peers, version)
    return reference if isinstance(reference, Absent) else downloads / reference


def find_reference(peers: Sequence[float], version: int = 2) -> float | Absent:
    """What the ten largest of `peers` stand for: their median (version 1) or the tenth (version 2)."""
    if version not in (1, 2):
        raise Refused(f"there is no version {version} of the metric")
    top = sorted(peers, reverse=True)[:PEERS]
    if len(top) < PEERS:
        return Absent(f"{len(top)} peers with that much history; the reference needs {PEERS}")
    if top[-1] < 0:
        raise Refused("negative downloads are a revision, no adoption")
    reference = median(top) if version == 1 else top[-1]
    return Absent("the reference is zero") if reference == 0 else reference


def exclude(candidate: Candidate) -> str | None:
    """Why the candidate is not in the population, by rule; None where it is."""
    if candidate.series.metric.semantics is not Semantics.CUMULATIVE:
        raise Refused(
            f"{candidate.series.metric.name} is no cumulative counter: it has no downloads since release"
        )
    if not candidate.is_first_party:
        return "not its maker's own repository"
    repository = candidate.name.rpartition("/")[2]
    for reason, rule in _RULES.items():
        if rule.search(repository):
            return reason
    if candidate.task is not None and candidate.task not in LANGUAGE_TASKS:
        return "no language or vision-language model"
    if candidate.released_on is None:
        return "release date unknown"
    if candidate.released_on < FIRST_RELEASE:
        return "released before December 2022"
    if max(candidate.series.values, default=0.0) <= MIN_DOWNLOADS:
        return "at most 100,000 downloads"
    if _size(candidate) is None:
        return "size unknown"
    return None


def downloads_at(candidate: Candidate, age_days: int, as_of: date) -> float | Absent:
    """Cumulative downloads `age_days` after release: the last value until then and since release, at most
    a quarter of the age and a week old. A zero after a positive value is no value."""
    if candidate.released_on is None:
        return Absent("release date unknown")
    day = candidate.released_on + timedelta(days=age_days)
    if day > as_of:
        return Absent(f"{(day - as_of).days} days too young")
    series, _ = without_suspect_zeros(candidate.series)
    fresh = min(7, max(1, age_days // 4))
    found = value_at(series, day, fresh)
    if not isinstance(found, Absent):
        return found.value
    if not series.days or series.days[-1] <= day:
        return Absent(_unreached(age_days))
    return Absent(f"no value in the {'day' if fresh == 1 else f'{fresh} days'} before day {age_days}")


def _unreached(age_days: int) -> str:
    return f"not enough history for {age_days} days"


def rank_adoption(
    candidates: Sequence[Candidate], as_of: date, *, age_days: int = 30, version: int = 2
) -> Adoptions:
    """The metric of every model of the population at one age, largest first.

    A model's peers are the others of its bucket with a history that reaches the age: a model is not its own
    yardstick. Version 1 takes the ten with the most downloads to date, version 2 the tenth at that age,
    made monotone: never less than at a shorter age.
    """
    if age_days not in AGES:
        raise Refused(f"ages are {', '.join(map(str, AGES))} days")
    left_out: Counter[str] = Counter()
    buckets: dict[str, list[_Member]] = {}
    for candidate in candidates:
        reason = exclude(candidate)
        size = _size(candidate)
        if reason is not None or size is None:
            left_out[reason or "size unknown"] += 1
            continue
        known = {age: downloads_at(candidate, age, as_of) for age in AGES if age <= age_days}
        reached = {age: value for age, value in known.items() if not isinstance(value, Absent)}
        at_age = known[age_days]
        # how many days too young each one is differs: these are counted together
        is_young = candidate.released_on is not None and (as_of - candidate.released_on).days < age_days
        missing = at_age.reason if isinstance(at_age, Absent) and not is_young else _unreached(age_days)
        buckets.setdefault(size_bucket(size[0]), []).append(_Member(candidate, *size, reached, missing))
    adoptions: list[Adoption] = []
    for bucket, members in buckets.items():
        for member in members:
            if age_days not in member.reached:
                left_out[member.missing] += 1
                continue
            peers = [other for other in members if other is not member]
            reference = _reference(peers, age_days, version)
            if isinstance(reference, Absent):
                left_out[f"bucket {bucket}: {reference.reason}"] += 1
                continue
            downloads = member.reached[age_days]
            adoptions.append(
                Adoption(
                    candidate=member.candidate,
                    bucket=bucket,
                    parameters=member.parameters,
                    size_basis=member.size_basis,
                    age_days=age_days,
                    downloads=downloads,
                    reference=reference,
                    ram=downloads / reference,
                    peers=sum(age_days in peer.reached for peer in peers),
                    total=member.total,
                )
            )
    adoptions.sort(key=lambda a: (-a.ram, a.candidate.name))
    sizes = {name: len(buckets[name]) for name in (*(n for _, n in BUCKETS), LARGEST) if name in buckets}
    return Adoptions(tuple(adoptions), dict(left_out), sizes)


@dataclass(frozen=True, slots=True)
class _Member:
    """A candidate of the population; `reached`: its downloads at each age that its history reaches;
    `missing`: why it has none at the age in question, where it has none."""

    candidate: Candidate
    parameters: float
    size_basis: str
    reached: Mapping[int, float]
    missing: str

    @property
    def total(self) -> float:
        series, _ = without_suspect_zeros(self.candidate.series)
        return series.values[-1]


def _reference(peers: Sequence[_Member], age_days: int, version: int) -> float | Absent:
    reaching = [peer for peer in peers if age_days in peer.reached]
    if version == 1:
        reaching = sorted(reaching, key=lambda m: (-m.total, m.candidate.name))[:PEERS]
    reference = find_reference([peer.reached[age_days] for peer in reaching], version)
    if version == 1 or isinstance(reference, Absent):
        return reference
    younger = [
        find_reference([peer.reached[age] for peer in peers if age in peer.reached])
        for age in AGES
        if age < age_days
    ]
    return max(reference, *(value for value in younger if not isinstance(value, Absent)), 0.0)


def _size(candidate: Candidate) -> tuple[float, str] | None:
    """Total parameters and where they come from. A name such as 8x7B does not tell the total, and one
    such as 30B-A3B tells it first; the active ones drive speed, not size."""
    if candidate.parameters:
        return candidate.parameters, "stated"
    repository = candidate.name.rpartition("/")[2]
    found = _SIZE.search(repository)
    if found is None or _EXPERTS.search(repository):
        return None
    return float(found[1]) * (BILLION if found[2].upper() == "B" else 1e6), "name"
