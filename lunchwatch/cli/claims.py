"""`lunchwatch claims`: what makers say of their models against what others found."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from lunchwatch.cli.options import analysis_options
from lunchwatch.cli.output import emit, format_options, say
from lunchwatch.printing import one_line

if TYPE_CHECKING:
    from analyzers.claims.checking import Comparison, Summary
    from store.query import StoreQuery
    from store.records import Model, OpenRule, StoredClaim

COLUMNS = (
    "model",
    "benchmark",
    "version",
    "metric",
    "unit",
    "settings",
    "claimed",
    "standing",
    "claimed_on",
    "source",
    "found",
    "found_standing",
    "found_on",
    "found_source",
    "difference",
    "status",
    "tolerance",
    "reason",
    "detail",
    "unstated",
    "found_settings",
    "side",
    "also_told_by",
    "found_also_told_by",
)
NONE = "–"
_NEAR = 5
_LONGEST_NAME = 26
_SHORTEST_BASIS = 20
"""Columns on a terminal."""


@click.command()
@click.option(
    "--status",
    type=click.Choice(["reproduced", "lower", "higher", "pending", "not_comparable"]),
    default=None,
    help="Only these; lower: others found less than was claimed.",
)
@click.option("--model", metavar="NAME", default=None, help="Only claims about this model.")
@click.option("--benchmark", metavar="NAME", default=None, help="Only claims on this benchmark.")
@click.option("--lab", metavar="NAME", default=None, help="Only claims about this lab's models.")
@analysis_options
@format_options
def claims(
    status: str | None,
    model: str | None,
    benchmark: str | None,
    lab: str | None,
    world: str | None,
    as_of: date | None,
    open_rule: OpenRule,
    format_: str,
) -> None:
    """Set what makers claim of their models beside what others found, one line per pair.

    Nothing is averaged: contradicting results stand below each other. A result is reproduced when it lies
    within the tolerance, which is part of the line; two scores of another version, metric, unit or setting
    are not comparable, and the line says why. Pending: nobody else has a result. One result that several
    sources carry counts once.
    """
    from analyzers.claims.checking import check_claims, summarise
    from analyzers.quality.sides import side_of
    from lunchwatch.wiring import open_query

    with open_query(world, as_of, open_rule) as query:
        known = query.list_claims()
        models = {one.key: one for one in query.list_models()}
        chosen = _choose(query, known, models, model=model, benchmark=benchmark, lab=lab)
        checked = check_claims(chosen, query.list_benchmark_terms())
    sides = [
        side_of(models.get(c.model), c.claimed.claim.claimed_on or query.as_of, open_rule)
        for c in checked.comparisons
    ]
    summary = summarise(checked.comparisons)
    meta = {
        "world": query.world,
        "as_of": query.as_of,
        "open_rule": str(open_rule),
        "status": status,
        "claims_known": len(known),
        **_describe(summary),
        "by_side": {
            side: _describe(
                summarise([c for c, s in zip(checked.comparisons, sides, strict=True) if s == side])
            )
            for side in ("open", "closed", "unknown")
        },
        "unclaimed_results": len(checked.unclaimed),
        "reason": None if checked.comparisons else _explain_empty(known, chosen),
    }
    rows = [
        (comparison, side)
        for comparison, side in zip(checked.comparisons, sides, strict=True)
        if status in (None, comparison.status)
    ]
    if format_ == "table" or (format_ == "auto" and sys.stdout.isatty()):
        _print_table([comparison for comparison, _ in rows])
        if checked.comparisons and not rows:
            say(f"No claim is {str(status).replace('_', ' ')}.")
    else:
        emit("lunchwatch/claims@1", COLUMNS, [_row(*row) for row in rows], format_, meta=meta)
    if format_ not in ("json", "jsonl"):
        say(
            _phrase(summary, len(checked.unclaimed))
            if checked.comparisons
            else f"Not enough data: {meta['reason']}."
        )


def _choose(
    query: StoreQuery,
    known: Sequence[StoredClaim],
    models: Mapping[str, Model],
    *,
    model: str | None,
    benchmark: str | None,
    lab: str | None,
) -> list[StoredClaim]:
    """The claims about a model, benchmark and lab; raises NotFound for one that nothing is known of."""
    chosen = list(known)
    if model is not None:
        wanted = _find_model(query, known, models, model)
        chosen = [c for c in chosen if (c.model_key or c.claim.model) == wanted]
    if benchmark is not None:
        meant = query.catalogue.find_benchmark(benchmark)
        key = _find(
            benchmark, {c.claim.benchmark for c in known}, "benchmark", meant.benchmark if meant else None
        )
        version = meant.version if meant is not None else ""
        chosen = [c for c in chosen if c.claim.benchmark == key and version in ("", c.claim.version)]
    if lab is not None:
        labs = {c: _lab_of(c, models) for c in known}
        named = query.catalogue.lab_of(lab)
        key = _find(
            lab, {*labs.values(), *(m.lab for m in models.values())}, "lab", named.key if named else None
        )
        chosen = [c for c in chosen if labs[c] == key]
    return chosen


def _find_model(
    query: StoreQuery, known: Sequence[StoredClaim], models: Mapping[str, Model], text: str
) -> str:
    """The key of a model, or the name under which something is claimed; raises NotFound, or Refused for a
    name that several models have."""
    from store.errors import Refused

    key = query.catalogue.find_model(text)
    if key is not None and key in models:
        return key
    names = {c.model_key or c.claim.model for c in known} | models.keys()
    fitting = sorted(name for name in names if name.casefold().partition("/")[2] == text.casefold())
    if len(fitting) > 1 and text not in names:
        raise Refused(f"{text} is the name of several models", remedy=f"there are: {', '.join(fitting)}")
    return _find(text, names, "model", fitting[0] if fitting else None)


def _find(text: str, names: set[str], kind: str, meant: str | None) -> str:
    """`meant` where it is one of the names, else the name that is spelt alike; raises NotFound, which lists
    the near ones."""
    import difflib

    from store.errors import NotFound

    spelt = {name.casefold(): name for name in sorted(names)}
    if meant in names:
        return str(meant)
    if text.casefold() in spelt:
        return spelt[text.casefold()]
    near = difflib.get_close_matches(text.casefold(), spelt, n=_NEAR, cutoff=0.3) or list(spelt)[:_NEAR]
    remedy = f"near: {', '.join(spelt[name] for name in near)}" if near else None
    raise NotFound(f"nothing is claimed of a {kind} called {text}", remedy=remedy)


def _lab_of(stored: StoredClaim, models: Mapping[str, Model]) -> str:
    key = stored.model_key or stored.claim.model
    return models[key].lab if key in models else key.partition("/")[0] if "/" in key else ""


def _row(comparison: Comparison, side: str) -> tuple[Any, ...]:
    claim, ours, theirs = comparison.claimed.claim, comparison.ours, comparison.theirs
    found = comparison.found.claim if comparison.found is not None else None
    return (
        comparison.model,
        claim.benchmark,
        claim.version,
        ours.metric,
        comparison.unit,
        claim.settings,
        ours.score,
        str(claim.standing),
        claim.claimed_on,
        claim.source_url,
        None if theirs is None else theirs.score,
        None if found is None else str(found.standing),
        None if found is None else found.claimed_on,
        None if found is None else found.source_url,
        comparison.difference,
        comparison.status,
        comparison.tolerance,
        comparison.reason,
        comparison.detail,
        ", ".join(comparison.unstated),
        None if found is None else found.settings,
        side,
        _also(comparison.claimed),
        "" if comparison.found is None else _also(comparison.found),
    )


def _also(stored: StoredClaim) -> str:
    """Other sources that carry the same result."""
    return ", ".join(sorted({told.source for told in stored.also_told_by}))


def _describe(summary: Summary) -> dict[str, Any]:
    return {
        "claims": summary.claims,
        "counts": dict(summary.counts),
        "compared": summary.compared,
        "contradicted": summary.contradicted,
        "reproduction_rate": summary.rate,
        "reproduction_rate_ci90": None if summary.rate is None else [summary.rate_low, summary.rate_high],
        "median_shortfall_pp": summary.median_shortfall,
        "median_shortfall_n": summary.shortfalls,
    }


def _explain_empty(known: Sequence[StoredClaim], chosen: Sequence[StoredClaim]) -> str:
    if not known:
        return "no benchmark claim is known"
    if not chosen:
        return f"none of {len(known)} known scores is about that"
    return f"{len(chosen)} scores are known, none of them by the model's maker"


def _phrase(summary: Summary, unclaimed: int) -> str:
    counts = summary.counts
    head = (
        f"{summary.claims} claims of makers: {counts['reproduced']} pairs reproduced, {counts['lower']}"
        f" lower, {counts['higher']} higher, {counts['not_comparable']} not comparable; {counts['pending']}"
        f" pending. {unclaimed} results of others stand without a claim."
    )
    if summary.rate is None or summary.rate_low is None or summary.rate_high is None:
        return f"{head} No reproduction rate: no pair is comparable."
    text = (
        f"{head} Reproduced {100 * summary.rate:.0f} % of {summary.compared} pairs (90 %"
        f" {100 * summary.rate_low:.0f} to {100 * summary.rate_high:.0f})"
    )
    if summary.median_shortfall is not None:
        text += f"; median shortfall {_signed(summary.median_shortfall)} percentage points"
    return f"{text}."


def _print_table(comparisons: Sequence[Comparison]) -> None:
    """The pairs line by line; what nobody else has measured in one line per model."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console()
    pairs = [one for one in comparisons if one.found is not None]
    if pairs:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name in ("Model", "Benchmark"):
            table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=_LONGEST_NAME)
        for name in ("Claimed", "Found", "Diff."):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("Status", no_wrap=True)
        table.add_column("Basis", overflow="fold", min_width=_SHORTEST_BASIS)
        before: StoredClaim | None = None
        for one in pairs:
            claim = one.claimed.claim
            # results of one claim stand below each other
            is_same, before = one.claimed is before, one.claimed
            table.add_row(
                "" if is_same else _short(one.model),
                "" if is_same else one_line(f"{claim.benchmark} {claim.version}".strip()),
                "" if is_same else f"{one.ours.score:g}",
                NONE if one.theirs is None else f"{one.theirs.score:g}",
                NONE if one.difference is None else _signed(one.difference),
                one.status.replace("_", " "),
                one_line(_explain(one)),
            )
        console.print(table)
    waiting: dict[str, list[str]] = {}
    for one in comparisons:
        if one.found is None:
            claim = one.claimed.claim
            name = f"{claim.benchmark} {claim.version}".strip()
            waiting.setdefault(one.model, []).append(one_line(f"{name} {one.ours.score:g}"))
    if waiting:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column("Model", no_wrap=True, overflow="ellipsis", max_width=_LONGEST_NAME)
        table.add_column("Claimed, and nobody else has a result", overflow="fold")
        for model, claimed in waiting.items():
            table.add_row(_short(model), ", ".join(claimed))
        console.print(table)


def _short(model: str) -> str:
    """A model without its maker."""
    return one_line(model.partition("/")[2] or model)


def _explain(one: Comparison) -> str:
    if one.found is None:
        return NONE
    if one.reason is not None:
        return one.detail or one.reason
    claim = one.found.claim
    day = "" if claim.claimed_on is None else f", {claim.claimed_on}"
    parts = [f"{str(claim.standing).replace('_', ' ')}{day}", f"tolerance {one.tolerance:.3g}"]
    if one.found.also_told_by:
        parts.append(f"also told by {_also(one.found)}")
    if one.unstated:
        parts.append(f"one side alone states {', '.join(one.unstated)}")
    return "; ".join(parts)


def _signed(value: float) -> str:
    return f"{value:+.3g}".replace("-", "−")
