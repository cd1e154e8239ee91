"""Which evidence each part of the week's readings stands on, recorded once under fixed keys.

The SQL is written for a reader who checks a statement: short conditions on the documented views, up to
the as-of. Where the rows cannot be told by such a condition, it reads more of them and the title says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from analyzers.figures import CHANNELS, QUALITY_PRICE, list_card_prices
from analyzers.momentum.baskets import BasketRace
from analyzers.momentum.moves import EVENT_MAX_GAP_DAYS, Move
from analyzers.openness.shares import WINDOW_DAYS, ApprovedShare
from analyzers.prices.breakeven import OwnNode
from analyzers.weekly.evidence import Ledger, quote, quote_all
from analyzers.weekly.readings import (
    BOARD,
    CHANGED_ATTRIBUTES,
    DOWNLOADS,
    LOOK_BACK,
    POLICY_ADDED,
    POLICY_REMOVED,
    STARS,
    Readings,
)
from store.records import Kind, Series, StoredFigure

INDEX_METRIC = "epoch.eci"
VALUE_COLUMNS = "subject, day, value, basis, run_id"
SERIES_TITLES = {STARS: "GitHub stars", DOWNLOADS: "Hub downloads in 30 days"}
Keys = tuple[str, ...]


def record_evidence(readings: Readings, ledger: Ledger) -> Mapping[str, Keys]:
    """Fill the ledger from the readings; per part the evidence to name, empty where it has no rows."""
    return {
        **_capability_and_board(readings, ledger),
        **_offers(readings, ledger),
        **_figures(readings, ledger),
        **_series(readings, ledger),
        **_models_and_changes(readings, ledger),
    }


def mover_key(move: Move) -> str:
    """The key of the evidence for a move: its own series."""
    return f"movers.{move.series.metric.name}.{move.series.subject.name}"


def _up_to(column: str, readings: Readings) -> str:
    return f"{column} <= {quote(readings.as_of.isoformat())}"


def _capability_and_board(readings: Readings, ledger: Ledger) -> dict[str, Keys]:
    scores, ratings, claims = readings.capability.scores, readings.arena.ratings, readings.checked.sources
    return {
        "index": ledger.add(
            "index",
            title="Capability index: score, release date and openness per model",
            view="v_observation join v_fact f using (world, subject_id, subject)",
            columns="subject, day, v_observation.value as score, attribute, f.value",
            where=f"metric = {quote(INDEX_METRIC)} and attribute in ('released_on', 'openness')"
            f" and {_up_to('day', readings)}",
            provenances=[row.provenance for row in scores],
            as_of=readings.capability.end,
        ),
        "board": ledger.add(
            "board",
            title="Rating board: every publication",
            view="v_observation",
            columns=VALUE_COLUMNS,
            where=f"metric = {quote(f'arena.{BOARD}.rating')} and {_up_to('day', readings)}",
            provenances=[row.provenance for row in ratings],
            as_of=max((row.board_date for row in ratings), default=None),
        ),
        "claims": ledger.add(
            "claims",
            title="Benchmark claims and independent results",
            view="v_claim",
            where="model in (select model from v_claim where standing = 'self_reported')",
            provenances=[c.provenance for c in claims],
            as_of=max((c.claim.claimed_on for c in claims if c.claim.claimed_on), default=None),
        ),
    }


def _offers(readings: Readings, ledger: Ledger) -> dict[str, Keys]:
    offers = [model.offer for model in readings.prices.models]
    return {
        # Which offer serves an index model is a matter of names, which no condition can tell.
        "prices": ledger.add(
            "prices",
            title="List prices of all offers; the rows counted set the price of a model on the index",
            view="v_observation",
            columns=f"metric, {VALUE_COLUMNS}",
            where=f"kind = {quote(Kind.OFFER)} and {_up_to('day', readings)}",
            provenances=[offer.provenance for offer in offers],
            as_of=max((offer.day for offer in offers), default=None),
        ),
        "price_moves": ledger.add(
            "price_moves",
            title="List prices of 26 weeks, new or changed, with all earlier ones of these offers",
            view="v_observation",
            columns=f"metric, {VALUE_COLUMNS}",
            where=f"{_up_to('day', readings)} and subject_id in (select subject_id from v_observation"  # noqa: S608 - text for the reader, values are quoted
            f" where kind = {quote(Kind.OFFER)} group by subject_id having"
            f" max(day) >= {quote((readings.as_of - LOOK_BACK).isoformat())})",
            provenances=readings.price_provenances,
            as_of=max((m.day for m in readings.price_moves), default=None),
        ),
    }


def _figures(readings: Readings, ledger: Ledger) -> dict[str, Keys]:
    quality = [f for f in readings.figures if f.figure.measure.casefold() == QUALITY_PRICE]
    parts: list[tuple[str, str, Iterable[StoredFigure]]] = [
        (f"share.{channel}", f"Published figures: open share of {channel}", share.figures)
        for channel, share in readings.recent_shares.items()
    ]
    parts += [
        (
            f"share.{channel}",
            f"Published figures: open share of {channel}, none recent enough to count",
            [
                f
                for f in readings.figures
                if f.figure.measure.casefold() in {said.measure for said in CHANNELS[channel]}
            ],
        )
        for channel in readings.shares
        if channel not in readings.recent_shares
    ]
    parts += [
        ("cards", "Published prices of a GPU under contract", list_card_prices(readings.figures)),
        ("quality_price", "Published price of fixed quality", quality),
    ]
    if isinstance(readings.own_node, OwnNode):
        parts.append(("own_node", "Published throughput and GPU prices", readings.own_node.figures))
    found: dict[str, Keys] = {}
    for key, title, figures in parts:
        rows = list(figures)
        found[key] = ledger.add(
            key,
            title=title,
            view="v_figure",
            where=f"measure in ({quote_all(f.figure.measure for f in rows)}) and {_up_to('as_of', readings)}",
            provenances=[f.provenance for f in rows],
            as_of=max((f.figure.as_of for f in rows), default=None),
            origins=[f.figure.source for f in rows],
        )
    return found


def _series(readings: Readings, ledger: Ledger) -> dict[str, Keys]:
    found: dict[str, Keys] = {}
    if isinstance(readings.race, BasketRace):
        found["race"] = _add_series(
            readings,
            ledger,
            "race",
            "Stars of all tracked repositories; the rows counted are of the two baskets",
            f"metric = {quote(STARS)}",
            readings.race.series,
        )
    for move in readings.moves.top:
        metric, name = move.series.metric.name, move.series.subject.name
        if mover_key(move) not in found:
            found[mover_key(move)] = _add_series(
                readings,
                ledger,
                mover_key(move),
                f"{SERIES_TITLES.get(metric, metric)} of {name}",
                f"metric = {quote(metric)} and subject = {quote(name)}",
                [m.series for m in readings.moves.top if mover_key(m) == mover_key(move)],
            )
    policies = (*readings.policy_added, *readings.policy_removed)
    found["policy"] = _add_series(
        readings,
        ledger,
        "policy",
        "Recorded changes of provider policies, in lines",
        f"metric in ({quote_all((POLICY_ADDED, POLICY_REMOVED))})",
        policies,
        columns=f"metric, {VALUE_COLUMNS}",
    )
    if events := readings.moves.recent_events(readings.as_of):
        event = events[-1]
        before = event.day - timedelta(days=EVENT_MAX_GAP_DAYS)
        found["event"] = ledger.add(
            "event",
            title="A day on which many series jumped together: all series of the metric, with their values"
            " before; the rows counted are the series that jumped",
            view="v_observation",
            columns=VALUE_COLUMNS,
            where=f"metric = {quote(event.metric)}"
            f" and day between {quote(before.isoformat())} and {quote(event.day.isoformat())}",
            provenances=[
                one.provenance
                for one in (*readings.stars, *readings.downloads)
                if one.metric.name == event.metric and one.subject.name in event.jumped
            ],
            as_of=event.day,
        )
    return found


def _add_series(
    readings: Readings,
    ledger: Ledger,
    key: str,
    title: str,
    condition: str,
    series: Iterable[Series],
    *,
    columns: str = VALUE_COLUMNS,
) -> Keys:
    """Evidence for series, one row counted per value."""
    used = list(series)
    return ledger.add(
        key,
        title=title,
        view="v_observation",
        columns=columns,
        where=f"{condition} and {_up_to('day', readings)}",
        provenances=[told for one in used for told in one.told],
        as_of=max((one.days[-1] for one in used if one.days), default=None),
    )


def _models_and_changes(readings: Readings, ledger: Ledger) -> dict[str, Keys]:
    found = {"facts": _changes(readings, ledger)}
    if isinstance(readings.approved, ApprovedShare):
        end = readings.approved.end
        start = end - timedelta(days=WINDOW_DAYS - 1)
        found["models"] = ledger.add(
            "models",
            title="Models released in 26 weeks, with all that is known of them",
            view="v_model_fact",
            columns="model, attribute, value, valid_from, evidence_url, basis, run_id",
            where="model in (select model from v_model_fact where attribute = 'released_on'"  # noqa: S608 - text for the reader, values are quoted
            f" and value between {quote(start.isoformat())} and {quote(end.isoformat())})",
            provenances=[m.provenance for m in readings.approved.models],
            as_of=end,
        )
    new = [m for m in readings.models if m.released_on is not None]
    found["model_list"] = ledger.add(
        "model_list",
        title="Models: release date, openness, licence, size",
        view="v_model_fact",
        columns="model, attribute, value, valid_from, evidence_url, basis, run_id",
        where=_up_to("valid_from", readings),
        provenances=[m.provenance for m in new],
        as_of=max((m.released_on for m in new if m.released_on is not None), default=None),
    )
    since, until = readings.as_of - LOOK_BACK, readings.as_of + timedelta(days=1)
    found["releases"] = ledger.add(
        "releases",
        title="Releases and announcements of 26 weeks",
        view="v_release",
        where=f"published_at >= {quote(since.isoformat())} and published_at < {quote(until.isoformat())}",
        provenances=[r.provenance for r in readings.releases],
        as_of=max((r.release.published_at.date() for r in readings.releases), default=None),
    )
    return found


def _changes(readings: Readings, ledger: Ledger) -> Keys:
    """Changes of subjects and of models stand in two views, hence in two rows of evidence."""
    keys = {model.key for model in readings.models}
    since = quote((readings.as_of - LOOK_BACK).isoformat())
    attributes = quote_all(CHANGED_ATTRIBUTES)
    found: Keys = ()
    for key, view, owner, title in (
        ("facts", "v_fact", "subject", "Changes of licence, openness and access: all values"),
        ("model_facts", "v_model_fact", "model", "Changes of a model's licence and openness: all values"),
    ):
        changes = [c for c in readings.fact_changes if (c.subject in keys) == (owner == "model")]
        found += ledger.add(
            key,
            title=title,
            view=view,
            columns=f"{owner}, attribute, value, valid_from, evidence_url, run_id",
            where=f"attribute in ({attributes}) and {_up_to('valid_from', readings)} and {owner}_id in"  # noqa: S608 - text for the reader, values are quoted
            f" (select {owner}_id from {view} group by {owner}_id, attribute"
            f" having count(distinct value) > 1 and max(valid_from) >= {since})",
            provenances=[c.provenance for c in changes],
            as_of=max((c.valid_from for c in changes), default=None),
        )
    return found
