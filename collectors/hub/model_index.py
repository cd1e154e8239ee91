"""The older notation of results: `model-index` in a model's card, as the API gives it. Pure.

    [{name, results: [{task, dataset: {type, name, config?, split?, revision?, args?},
                       metrics: [{type, value, name?, config?, args?, verified?, verifyToken?}],
                       source?: {name, url}}]}]

Cards are written by people: a result without a data set, or a metric whose value is no number, is skipped and
counted, and the rest of the card is read. A score is one of this repository, whatever `name` the index has.
Source: https://huggingface.co/docs/hub/model-cards and the model-index specification.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from collectors.hub.claims import (
    TEXT_LENGTH,
    BenchmarkMeaning,
    ClaimNames,
    Source,
    judge_source,
    parse_score,
    write_settings,
)
from collectors.offers import ITEM_ERRORS, MalformedItem, describe_problem, parse_name
from collectors.text import clean_text, parse_link
from store.records import Claim, Standing

_SIGNED = re.compile(r"[\w-]{4,}\.[\w-]{4,}\.[\w-]{4,}", re.ASCII)
"""The form of a signed token (JSON Web Token): three parts."""


class _Index(msgspec.Struct):
    results: list[object] = []


class _Dataset(msgspec.Struct):
    type: str
    name: str
    config: str | None = None
    split: str | None = None
    revision: str | None = None
    args: object = None


class _Metric(msgspec.Struct):
    type: str
    value: object
    name: str | None = None
    config: str | None = None
    args: object = None
    verified: bool | None = None
    verify_token: str | None = msgspec.field(name="verifyToken", default=None)


class _Result(msgspec.Struct):
    dataset: _Dataset
    metrics: list[object]
    source: Source | None = None


def find_model_index(item: Mapping[object, object]) -> object:
    """The index of one answer: the Hub takes it out of the card, or leaves it there."""
    card = item.get("cardData")
    return item.get("model-index") or (card.get("model-index") if isinstance(card, dict) else None)


def parse_model_index(
    listed: object, model: str, *, site: str, names: ClaimNames, skipped: list[str]
) -> Iterator[Claim]:
    """The claims of a card's index; what is wrong with single results goes to `skipped`."""
    if listed is None:
        return
    if not isinstance(listed, list):
        skipped.append(f"{model}: model-index: expected a list, got {type(listed).__name__}")
        return
    for number, index in enumerate(listed):
        path = f"{model}: model-index[{number}]"
        try:
            results = msgspec.convert(index, _Index).results
        except ITEM_ERRORS as error:
            skipped.append(describe_problem(path, error))
            continue
        for place, item in enumerate(results):
            try:
                result = msgspec.convert(item, _Result)
            except ITEM_ERRORS as error:
                skipped.append(describe_problem(f"{path}.results[{place}]", error))
                continue
            for last, metric in enumerate(result.metrics):
                try:
                    yield _write_claim(result, msgspec.convert(metric, _Metric), model, site, names)
                except ITEM_ERRORS as error:
                    skipped.append(describe_problem(f"{path}.results[{place}].metrics[{last}]", error))


def _write_claim(result: _Result, metric: _Metric, model: str, site: str, names: ClaimNames) -> Claim:
    score, has_percent_sign = parse_score(metric.value)
    dataset = result.dataset
    meaning: BenchmarkMeaning | None = names.find_benchmark(dataset.name)
    declared = names.find_hub_benchmark(dataset.type, dataset.config)
    meaning = meaning or declared or names.find_benchmark(dataset.type)
    name = clean_text(metric.name or "", TEXT_LENGTH)
    is_percent = has_percent_sign or "%" in f"{metric.type}{name}"
    is_verified = metric.verified is True and bool(_SIGNED.fullmatch(metric.verify_token or ""))
    address = parse_link(result.source.url or "") if result.source is not None else None
    settings = {
        "dataset": None if meaning is not None else dataset.type,
        "config": metric.config or dataset.config,
        "split": dataset.split,
        "revision": dataset.revision,
        "arguments": metric.args or dataset.args,
        "metric": None if name.casefold() in ("", metric.type.casefold()) else name,
    }
    benchmark = clean_text(dataset.name, TEXT_LENGTH) or clean_text(dataset.type, TEXT_LENGTH)
    if not benchmark:
        raise MalformedItem("dataset: has no name")
    return Claim(
        model=model,
        benchmark=meaning.benchmark if meaning is not None else parse_name(benchmark),
        score=score,
        unit="percent" if is_percent else "",
        metric=clean_text(metric.type, TEXT_LENGTH),
        standing=Standing.VERIFIED
        if is_verified
        else judge_source(result.source, address, model.partition("/")[0], names),
        claimed_on=None,
        source_url=address or f"{site}/{model}",
        version=meaning.version if meaning is not None else "",
        settings=write_settings(settings),
    )
