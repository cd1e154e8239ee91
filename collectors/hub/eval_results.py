"""Results in a model's `.eval_results/*.yaml`, as the field `evalResults` and leaderboards give them. Pure.

    {filename, verified, pullRequest?, data: {dataset: {id, task_id, revision?}, value, date?, notes?,
     source?: {url, name, user, org}}}       or `metrics: [{metric_id, value}]` in the place of `value`
    {filename, error}                        a file that the Hub could not read

Marked as work in progress by the Hub: fields come and go, and only the data set and a value are needed here.
`verified` is the Hub's own verdict; a `verifyToken` without it proves nothing, as only the Hub can check it.
Source: https://huggingface.co/docs/hub/eval-results and huggingface_hub's parser.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from collectors.hub.claims import (
    TEXT_LENGTH,
    BenchmarkMeaning,
    ClaimNames,
    Source,
    judge_source,
    parse_day,
    parse_score,
    write_settings,
)
from collectors.hub.wire import Name
from collectors.offers import ITEM_ERRORS, MalformedItem, describe_problem
from collectors.text import clean_text, parse_link
from store.records import Claim, Standing


class _Dataset(msgspec.Struct):
    id: Name
    task_id: str | None = None
    revision: str | None = None


class _Metric(msgspec.Struct):
    metric_id: str
    value: object


class _Result(msgspec.Struct):
    dataset: _Dataset
    value: object = None
    metrics: list[_Metric] = []
    date: object = None
    source: Source | None = None
    notes: str | None = None


class _Entry(msgspec.Struct):
    """What stands around a result; `pull_request` is the number of an open one."""

    filename: str | None = None
    verified: bool | None = None
    pull_request: int | None = msgspec.field(name="pullRequest", default=None)


@dataclass(frozen=True, slots=True)
class Statement:
    """One score of one model on a task of a data set. `task` None: nothing names one."""

    model: str
    dataset: str
    task: str | None
    value: object
    metric: str = ""
    filename: str | None = None
    is_verified: bool = False
    pull_request: int | None = None
    source: Source | None = None
    revision: str | None = None
    notes: str | None = None
    day: date | None = None


def parse_eval_results(
    listed: object, model: str, now: datetime, *, site: str, names: ClaimNames, skipped: list[str]
) -> Iterator[Claim]:
    """The claims of the field `evalResults` of `model`; what is wrong with single ones goes to `skipped`."""
    if listed is None:
        return
    if not isinstance(listed, list):
        skipped.append(f"{model}: evalResults: expected a list, got {type(listed).__name__}")
        return
    for number, item in enumerate(listed):
        path = f"{model}: evalResults[{number}]"
        try:
            if isinstance(item, dict) and "error" in item:
                name = clean_text(str(item.get("filename")), TEXT_LENGTH)
                raise MalformedItem(f"the Hub could not read {name}: {item['error']}")
            entry = msgspec.convert(item, _Entry)
            data = item["data"] if isinstance(item, dict) and "data" in item else item
            yield from _list_claims(entry, msgspec.convert(data, _Result), model, now, site, names)
        except ITEM_ERRORS as error:
            skipped.append(describe_problem(path, error))


def _list_claims(
    entry: _Entry, result: _Result, model: str, now: datetime, site: str, names: ClaimNames
) -> list[Claim]:
    values = [("", result.value)] if result.value is not None or not result.metrics else []
    values += [(metric.metric_id, metric.value) for metric in result.metrics]
    return [
        write_claim(
            Statement(
                model=model,
                dataset=result.dataset.id,
                task=result.dataset.task_id or "",
                value=value,
                metric=metric,
                filename=entry.filename,
                is_verified=entry.verified is True,
                pull_request=entry.pull_request,
                source=result.source,
                revision=result.dataset.revision,
                notes=result.notes,
                day=parse_day(result.date, now),
            ),
            site=site,
            names=names,
        )
        for metric, value in values
    ]


def write_claim(said: Statement, *, site: str, names: ClaimNames) -> Claim:
    """The statement as a claim. Raises MalformedItem for a value that is no number."""
    score, has_percent_sign = parse_score(said.value)
    declared = names.find_hub_benchmark(said.dataset, said.task)
    meaning: BenchmarkMeaning | None = declared
    if meaning is None and _is_the_whole(said):
        meaning = names.find_benchmark(said.dataset.rpartition("/")[2])
    is_percent = has_percent_sign or "%" in f"{said.task}{said.metric}"
    address = parse_link(said.source.url or "") if said.source is not None else None
    if said.is_verified:
        standing = Standing.VERIFIED
    elif said.pull_request is not None:
        standing = Standing.THIRD_PARTY
    else:
        standing = judge_source(said.source, address, said.model.partition("/")[0], names)
    return Claim(
        model=said.model,
        benchmark=meaning.benchmark if meaning is not None else said.dataset,
        score=score,
        unit="percent" if is_percent else declared.unit if declared is not None else "",
        metric=clean_text(said.metric, TEXT_LENGTH),
        standing=standing,
        claimed_on=said.day,
        source_url=address or _find_page(said, site),
        version=meaning.version if meaning is not None else "",
        settings=write_settings(
            {"task": said.task if meaning is None else None, "revision": said.revision}, said.notes
        ),
    )


def _is_the_whole(said: Statement) -> bool:
    """Whether no part of the data set is chosen: a task of another name is another test."""
    name = said.dataset.rpartition("/")[2]
    return said.task in (None, "", "default") or _spell(said.task) == _spell(name)


def _spell(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _find_page(said: Statement, site: str) -> str:
    """Where on the Hub the result can be seen: its pull request, its file, else the model's page."""
    page = f"{site}/{said.model}"
    if said.pull_request is not None:
        return f"{page}/discussions/{said.pull_request}"
    file = f"{page}/blob/main/{said.filename}" if said.filename else page
    return parse_link(file) or page
