"""New models and versions of software, each with the one computed reason why it is listed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from analyzers.analysis import ReleaseLine
from analyzers.openness.shares import ORDER
from analyzers.stories import Outlet, Story
from analyzers.weekly.telling import Telling, list_outlets
from store.records import (
    Basis,
    Model,
    Openness,
    OpenRule,
    Precision,
    ReleaseKind,
    StoredDocument,
    StoredRelease,
)

WINDOWS = (7, 28, 91, 182)
"""Days looked back: the week, or the shortest longer window in which anything is known."""

MAX_LINES = 12
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?$")


@dataclass(frozen=True, slots=True)
class Listed:
    """What passed the filter, of how many, over how many days."""

    lines: tuple[ReleaseLine, ...]
    seen: int
    days: int


def list_releases(
    models: Sequence[Model],
    releases: Sequence[StoredRelease],
    as_of: date,
    *,
    model_evidence: tuple[str, ...],
    release_evidence: tuple[str, ...],
    documents: Sequence[StoredDocument] = (),
    outlets: Mapping[str, Outlet] | None = None,
) -> Listed:
    """The releases of the shortest window that holds any, newest first.

    Listed are models whose licence class is known, models seen as releases of a tracked organisation, and
    software versions that are neither pre-releases nor patches; announcements are only counted, each story
    once, and not at all where its model is counted. `documents`: entries of feeds, which say who told of a
    release; `outlets`: whose each feed is.
    """
    by_hub = {m.hub_name.casefold(): m for m in models if m.hub_name}
    for days in WINDOWS:
        start = as_of - timedelta(days=days)
        new_models = [m for m in models if m.released_on is not None and start < m.released_on <= as_of]
        new_releases = [
            r
            for r in releases
            if start < r.release.published_at.date() <= as_of
            and not (_model_of(r, by_hub) in new_models and r.release.kind is ReleaseKind.MODEL)
        ]
        if not new_models and not new_releases:
            continue
        telling = Telling(
            [d for d in documents if start < d.document.published_at.date() <= as_of],
            [r for r in new_releases if r.release.kind is ReleaseKind.ANNOUNCEMENT],
            models,
            outlets or {},
        )
        others = [r for r in new_releases if r.release.kind is not ReleaseKind.ANNOUNCEMENT]
        lines = [
            _model_line(m, models, telling.find_model(m), model_evidence)
            for m in new_models
            if m.openness is not Openness.UNKNOWN
        ]
        for stored in others:
            if _is_listed(stored):
                model = _model_of(stored, by_hub)
                lines.append(_release_line(stored, model, telling.find_model(model), release_evidence))
        lines.sort(key=lambda line: (-line.day.toordinal(), line.kind, line.lab, line.title))
        told_models = (*new_models, *(_model_of(r, by_hub) for r in others))
        counted = {id(story) for story in map(telling.find_model, told_models) if story is not None}
        announced = {
            id(telling.find_entry(r.release))
            for r in new_releases
            if r.release.kind is ReleaseKind.ANNOUNCEMENT
        }
        seen = len(new_models) + len(others) + len(announced - counted)
        return Listed(tuple(lines[:MAX_LINES]), seen, days)
    return Listed((), 0, WINDOWS[-1])


def explain_model(model: Model, known: Sequence[Model]) -> str:
    """Why a model is listed: what it is the first or the largest of, else its class."""
    earlier = [
        m
        for m in known
        if m.lab == model.lab
        and m.key != model.key
        and m.released_on is not None
        and model.released_on is not None
        and m.released_on < model.released_on
        and m.openness is not Openness.UNKNOWN
    ]
    is_open = OpenRule.WEIGHTS.is_open(model.openness) is True
    if is_open and earlier and not any(OpenRule.WEIGHTS.is_open(m.openness) for m in earlier):
        return "first model of this lab with open weights"
    if is_open and model.parameters:
        sizes = [m.parameters for m in earlier if m.parameters and OpenRule.WEIGHTS.is_open(m.openness)]
        if len(sizes) >= 2 and model.parameters > max(sizes):
            return "largest open model of this lab so far"
    before = max(earlier, key=lambda m: (m.released_on or date.min, m.key), default=None)
    if before is not None and before.family == model.family and before.openness is not model.openness:
        ranks = ORDER.index(model.openness), ORDER.index(before.openness)
        return "more open than its predecessor" if ranks[0] < ranks[1] else "more closed than its predecessor"
    if model.openness is Openness.UNRESTRICTED:
        return "weights under an approved licence"
    if is_open:
        return "weights under a restricted licence" if model.licence else "open weights, licence not read yet"
    return "a new closed model to catch"


def _model_of(stored: StoredRelease, by_hub: dict[str, Model]) -> Model | None:
    return by_hub.get(stored.release.subject.name.casefold())


def _is_listed(stored: StoredRelease) -> bool:
    release = stored.release
    if release.kind is ReleaseKind.MODEL:
        return True
    if release.kind is ReleaseKind.ANNOUNCEMENT or release.is_prerelease:
        return False
    found = _VERSION.search(release.version or release.key)
    return found is not None and int(found.group(3) or 0) == 0


def _model_line(
    model: Model, known: Sequence[Model], story: Story | None, evidence: tuple[str, ...]
) -> ReleaseLine:
    return ReleaseLine(
        day=model.released_on or date.min,
        precision=model.released_precision,
        title=model.name,
        lab=model.lab,
        kind=ReleaseKind.MODEL.value,
        url=None if story is None else story.primary.document.url,
        openness=model.openness,
        licence=model.licence,
        parameters=model.parameters,
        reason=explain_model(model, known),
        is_bundled=model.provenance.basis is Basis.BUNDLED,
        evidence=evidence,
        told_by=list_outlets(story),
    )


def _release_line(
    stored: StoredRelease, model: Model | None, story: Story | None, evidence: tuple[str, ...]
) -> ReleaseLine:
    release = stored.release
    is_model = release.kind is ReleaseKind.MODEL
    return ReleaseLine(
        day=release.published_at.date(),
        precision=Precision(release.precision),
        title=release.title,
        lab=release.subject.name.partition("/")[0],
        kind=release.kind.value,
        url=release.url,
        openness=model.openness if model is not None else None,
        licence=model.licence if model is not None else None,
        parameters=model.parameters if model is not None else None,
        reason="new repository of a tracked organisation"
        if is_model
        else "new version of a tracked repository",
        is_bundled=stored.provenance.basis is Basis.BUNDLED,
        evidence=evidence,
        told_by=list_outlets(story),
    )
