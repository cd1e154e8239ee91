"""Which evidence each part of the week's readings stands on, recorded once under fixed keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from analyzers.baskets import BasketRace
from analyzers.breakeven import OwnNode
from analyzers.evidence import Ledger, quote, quote_all
from analyzers.figures import QUALITY_PRICE, list_card_prices
from analyzers.openness import WINDOW_DAYS, ApprovedShare
from analyzers.readings import BOARD, DOWNLOADS, POLICY_ADDED, POLICY_REMOVED, STARS, Readings
from store.records import Series, StoredFigure

INDEX_METRIC = "epoch.eci"
PRICE_METRICS = ("price.input_usd_per_mtok", "price.output_usd_per_mtok")
VALUE_COLUMNS = "subject, day, value, basis, run_id"
Keys = tuple[str, ...]


def record_evidence(readings: Readings, ledger: Ledger) -> Mapping[str, Keys]:
    """Fill the ledger from the readings; per part the evidence to name, empty where it has no rows."""
    found: dict[str, Keys] = {}
    found["index"] = _index(readings, ledger)
    found["board"] = _board(readings, ledger)
    found["prices"] = _prices(readings, ledger)
    found["price_moves"] = _price_moves(readings, ledger)
    for channel, share in readings.recent_shares.items():
        found[f"share.{channel}"] = add_figures(
            ledger, f"share.{channel}", f"Published figures: open share of {channel}", share.figures
        )
    found["cards"] = add_figures(
        ledger, "cards", "Published prices of a GPU under contract", list_card_prices(readings.figures)
    )
    found["quality_price"] = add_figures(
        ledger,
        "quality_price",
        "Published price of fixed quality",
        [f for f in readings.figures if f.figure.measure.casefold() == QUALITY_PRICE],
    )
    if isinstance(readings.own_node, OwnNode):
        found["own_node"] = add_figures(
            ledger, "own_node", "Published throughput and GPU prices", readings.own_node.figures
        )
    if isinstance(readings.race, BasketRace):
        found["race"] = add_series(
            ledger, "race", "Stars of the open stack and the closed SDKs", STARS, readings.race.series
        )
    for metric, series, title in (
        (STARS, readings.stars, "GitHub stars of the movers"),
        (DOWNLOADS, readings.downloads, "Hub downloads in 30 days of the movers"),
    ):
        names = {m.series.subject.name for m in readings.moves.top if m.series.metric.name == metric}
        used = [one for one in series if one.subject.name in names]
        found[f"movers.{metric}"] = add_series(ledger, f"movers.{metric}", title, metric, used)
    if events := readings.moves.recent_events(readings.as_of):
        event = events[-1]
        found["event"] = ledger.add(
            "event",
            title="A day on which many series jumped together",
            view="v_observation",
            columns=VALUE_COLUMNS,
            where=f"metric = {quote(event.metric)} and day = {quote(event.day.isoformat())}"
            f" and subject in ({quote_all(event.jumped)})",
            provenances=[
                one.provenance
                for one in (*readings.stars, *readings.downloads)
                if one.metric.name == event.metric and one.subject.name in event.jumped
            ],
            as_of=event.day,
        )
    if isinstance(readings.approved, ApprovedShare):
        models = readings.approved.models
        end = readings.approved.end
        start = end - timedelta(days=WINDOW_DAYS)
        found["models"] = ledger.add(
            "models",
            title="Licence classes of new models",
            view="v_model_fact",
            columns="model, attribute, value, valid_from, evidence_url, basis, run_id",
            where="attribute in ('released_on', 'openness', 'open_weights', 'licence') and model in"  # noqa: S608 - text for the reader, values are quoted
            " (select model from v_model_fact where attribute = 'released_on'"
            f" and value > {quote(start.isoformat())} and value <= {quote(end.isoformat())})",
            provenances=[m.provenance for m in models],
            as_of=end,
        )
    claims = readings.checked.sources
    found["claims"] = ledger.add(
        "claims",
        title="Benchmark claims and independent results",
        view="v_claim",
        where="model in (select model from v_claim where standing = 'self_reported')",
        provenances=[c.provenance for c in claims],
        as_of=max((c.claim.claimed_on for c in claims if c.claim.claimed_on), default=None),
    )
    found["policy"] = ledger.add(
        "policy",
        title="Recorded changes of provider policies",
        view="v_observation",
        columns=f"metric, {VALUE_COLUMNS}",
        where=f"metric in ({quote_all((POLICY_ADDED, POLICY_REMOVED))})",
        provenances=[
            one.provenance for one in (*readings.policy_added, *readings.policy_removed) for _ in one.days
        ],
        as_of=_last(readings.policy_added),
    )
    changes = readings.fact_changes
    found["facts"] = ledger.add(
        "facts",
        title="Changes of licence, openness and access",
        view="v_fact",
        where=f"subject in ({quote_all(c.subject for c in changes)})"
        f" and attribute in ({quote_all(c.attribute for c in changes)})",
        provenances=[c.provenance for c in changes],
        as_of=max((c.valid_from for c in changes), default=None),
    )
    found["releases"] = ledger.add(
        "releases",
        title="Releases and announcements",
        view="v_release",
        where=f"subject in ({quote_all(r.release.subject.name for r in readings.releases)})",
        provenances=[r.provenance for r in readings.releases],
        as_of=max((r.release.published_at.date() for r in readings.releases), default=None),
    )
    new = [m for m in readings.models if m.released_on is not None]
    found["model_list"] = ledger.add(
        "model_list",
        title="Models with their release dates",
        view="v_model_fact",
        columns="model, attribute, value, valid_from, basis, run_id",
        where="attribute in ('released_on', 'openness', 'open_weights', 'licence', 'parameters')",
        provenances=[m.provenance for m in new],
        as_of=max((m.released_on for m in new if m.released_on is not None), default=None),
    )
    return found


def add_figures(ledger: Ledger, key: str, title: str, figures: Iterable[StoredFigure]) -> Keys:
    """Evidence for published figures, named by their measures."""
    rows = list(figures)
    return ledger.add(
        key,
        title=title,
        view="v_figure",
        where=f"measure in ({quote_all(f.figure.measure for f in rows)})",
        provenances=[f.provenance for f in rows],
        as_of=max((f.figure.as_of for f in rows), default=None),
        origins=[f.figure.source for f in rows],
    )


def add_series(ledger: Ledger, key: str, title: str, metric: str, series: Iterable[Series]) -> Keys:
    """Evidence for the series of one metric, one row counted per value."""
    used = list(series)
    return ledger.add(
        key,
        title=title,
        view="v_observation",
        columns=VALUE_COLUMNS,
        where=f"metric = {quote(metric)} and subject in ({quote_all(s.subject.name for s in used)})",
        provenances=[s.provenance for s in used for _ in s.days],
        as_of=_last(used),
    )


def _last(series: Iterable[Series]) -> date | None:
    return max((one.days[-1] for one in series if one.days), default=None)


def _index(readings: Readings, ledger: Ledger) -> Keys:
    return ledger.add(
        "index",
        title="Capability index: score and release date per model",
        view="v_observation",
        columns=VALUE_COLUMNS,
        where=f"metric = {quote(INDEX_METRIC)}",
        provenances=[row.provenance for row in readings.capability.scores],
        as_of=readings.capability.end,
    )


def _board(readings: Readings, ledger: Ledger) -> Keys:
    return ledger.add(
        "board",
        title="Rating board: every publication",
        view="v_observation",
        columns=VALUE_COLUMNS,
        where=f"metric = {quote(f'arena.{BOARD}.rating')}",
        provenances=[row.provenance for row in readings.arena.ratings],
        as_of=max((row.board_date for row in readings.arena.ratings), default=None),
    )


def _prices(readings: Readings, ledger: Ledger) -> Keys:
    """The offers that set the price of an index model, not every offer that was looked at."""
    offers = [model.offer for model in readings.prices.models]
    return ledger.add(
        "prices",
        title="List prices of models on the capability index",
        view="v_observation",
        columns=f"metric, {VALUE_COLUMNS}",
        where=f"metric in ({quote_all(PRICE_METRICS)}) and subject in"
        f" ({quote_all(f'{offer.provider}/{offer.model}' for offer in offers)})",
        provenances=[offer.provenance for offer in offers],
        as_of=max((offer.day for offer in offers), default=None),
    )


def _price_moves(readings: Readings, ledger: Ledger) -> Keys:
    since = min((m.day for m in readings.price_moves), default=readings.as_of)
    return ledger.add(
        "price_moves",
        title="List prices that changed",
        view="v_observation",
        columns=f"metric, {VALUE_COLUMNS}",
        where=f"metric in ({quote_all(PRICE_METRICS)}) and day >= {quote(since.isoformat())}",
        provenances=readings.price_provenances,
        as_of=max((m.day for m in readings.price_moves), default=None),
    )
