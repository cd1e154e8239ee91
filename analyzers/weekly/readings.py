"""Everything one week's rules look at, read once from the query and computed once.

A part that cannot be computed is an `Absent` with its reason; nothing here raises for want of data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from analyzers.absence import Absent, present
from analyzers.analysis import GapPoint, PriceMove
from analyzers.claims.checking import Checked, check_claims
from analyzers.figures import CHANNELS, Share, find_share, year_before
from analyzers.momentum.alignment import weekly_grid
from analyzers.momentum.baskets import BasketRace, find_race, race_history
from analyzers.momentum.moves import Moves, find_moves
from analyzers.openness.shares import ApprovedShare, approved_share, latest_share
from analyzers.port import Query
from analyzers.prices.breakeven import OwnNode, find_own_node
from analyzers.prices.moves import CORRECTION
from analyzers.prices.moves import find_moves as find_price_moves
from analyzers.prices.pricing import PriceList, PriceRatio, list_prices, price_ratio
from analyzers.quality.frontier import Entry, Sides, best_at, dated_openness, running_maximum, split_sides
from analyzers.quality.gap import Board, gap_points
from analyzers.quality.gap_trend import GapTrend, gap_trend
from analyzers.quality.lag import (
    CatchUp,
    HorizontalLag,
    Survival,
    catch_ups,
    day_by_day,
    horizontal,
    lag_history,
    survival,
)
from store.errors import NotFound
from store.records import (
    FactChange,
    IndexScore,
    Kind,
    Model,
    Provenance,
    Rating,
    Series,
    SourceStatus,
    StoredDocument,
    StoredFigure,
    StoredRelease,
)

BOARD = "text"
STARS = "github.stars"
DOWNLOADS = "hub.downloads.30d"
POLICY_ADDED = "policy.lines_added"
POLICY_REMOVED = "policy.lines_removed"
LOOK_BACK = timedelta(days=182)
HISTORY_WEEKS = 104
CHANGED_ATTRIBUTES = ("licence", "openness", "gated", "archived")
Points = tuple[tuple[date, float], ...]


@dataclass(frozen=True, slots=True)
class Capability:
    """The capability index: `end` is the day up to which it can know models."""

    scores: tuple[IndexScore, ...]
    sides: Sides
    end: date | None
    is_recent: bool
    lag: HorizontalLag | Absent
    lag_points: Points
    gap_points: Points
    matches: tuple[CatchUp, ...]
    waiting: int
    daily_months: float | Absent
    survival: Survival | Absent

    @property
    def best_open(self) -> Entry | None:
        return max(self.sides.open, key=_best, default=None)

    @property
    def best_closed(self) -> Entry | None:
        return max(self.sides.closed, key=_best, default=None)


@dataclass(frozen=True, slots=True)
class Arena:
    """The rating board; `latest` is None without a gap, `is_recent` says whether it is under a year old."""

    ratings: tuple[Rating, ...]
    board: Board
    latest: GapPoint | None
    trend: GapTrend | Absent
    is_recent: bool


@dataclass(frozen=True, slots=True)
class Readings:
    world: str
    as_of: date
    capability: Capability
    arena: Arena
    prices: PriceList
    ratio: PriceRatio | Absent
    price_moves: tuple[PriceMove, ...]
    price_provenances: tuple[Provenance, ...]
    shares: Mapping[str, Share | Absent]
    figures: tuple[StoredFigure, ...]
    race: BasketRace | Absent
    race_points: Points
    stars: tuple[Series, ...]
    downloads: tuple[Series, ...]
    moves: Moves
    models: tuple[Model, ...]
    approved: ApprovedShare | Absent
    approved_points: Points
    checked: Checked
    own_node: OwnNode | Absent
    policy_added: tuple[Series, ...]
    policy_removed: tuple[Series, ...]
    releases: tuple[StoredRelease, ...]
    documents: tuple[StoredDocument, ...]
    fact_changes: tuple[FactChange, ...]
    sources: tuple[SourceStatus, ...]

    @property
    def recent_shares(self) -> dict[str, Share]:
        return {name: share for name, share in self.shares.items() if isinstance(share, Share)}


def read_week(query: Query, roles: Mapping[str, str], *, draws: int, seed: int) -> Readings:
    """Read the query and compute every part. `draws` and `seed` make the intervals repeatable."""
    as_of = query.as_of
    since = as_of - LOOK_BACK
    rule = query.open_rule
    scores = tuple(query.list_index_scores())
    models = tuple(query.list_models())
    steps, _ = dated_openness(scores, models, rule)
    capability = read_capability(scores, split_sides(scores, rule, steps), as_of, draws=draws, seed=seed)
    price_changes = query.list_price_changes(since - CORRECTION)
    ratings = tuple(query.list_ratings(BOARD))
    board = gap_points(ratings, rule)
    latest = board.points[-1] if board.points else None
    prices = list_prices(query.list_offers(), scores, rule)
    ratio = price_ratio(prices.models, draws=draws, seed=seed)
    figures = tuple(query.list_figures())
    stars = _list_series(query, STARS, Kind.GITHUB_REPO)
    downloads = _list_series(query, DOWNLOADS, Kind.HUB_MODEL)
    race = find_race(stars, roles, as_of, draws=draws, seed=seed)
    approved = latest_share(models, as_of)
    return Readings(
        world=query.world,
        as_of=as_of,
        capability=capability,
        arena=Arena(
            ratings,
            board,
            latest,
            gap_trend(board.points),
            latest is not None and latest.board_date >= year_before(as_of),
        ),
        prices=prices,
        ratio=ratio,
        price_moves=find_price_moves(price_changes, since),
        price_provenances=tuple(c.after.provenance for c in price_changes if c.after.day >= since),
        shares={channel: find_share(figures, channel, as_of) for channel in CHANNELS},
        figures=figures,
        race=race,
        race_points=race_history(stars, roles, weekly_grid(race.end, 26, step_weeks=4))
        if isinstance(race, BasketRace)
        else (),
        stars=stars,
        downloads=downloads,
        moves=find_moves([*stars, *downloads], as_of),
        models=models,
        approved=approved,
        approved_points=_approved_history(models, approved.end)
        if isinstance(approved, ApprovedShare)
        else (),
        checked=check_claims(query.list_claims(), query.list_benchmark_terms()),
        own_node=find_own_node(figures, as_of, _api_price(present(ratio))),
        policy_added=_list_series(query, POLICY_ADDED),
        policy_removed=_list_series(query, POLICY_REMOVED),
        releases=tuple(query.list_releases(since)),
        documents=tuple(query.list_documents(since)),
        fact_changes=tuple(query.list_fact_changes(CHANGED_ATTRIBUTES, since)),
        sources=tuple(query.list_sources()),
    )


def read_capability(
    scores: tuple[IndexScore, ...], sides: Sides, as_of: date, *, draws: int, seed: int
) -> Capability:
    """All estimators of the lag on one publication of the index, and its retrospective histories."""
    end = max((row.published_on for row in scores), default=None)
    if end is None:
        nothing = Absent("the capability index has no scores")
        return Capability(
            scores,
            sides,
            end=None,
            is_recent=False,
            lag=nothing,
            lag_points=(),
            gap_points=(),
            matches=(),
            waiting=0,
            daily_months=nothing,
            survival=nothing,
        )
    days = weekly_grid(end, HISTORY_WEEKS + 1)
    matches, waiting = catch_ups(sides.open, sides.closed, epsilon=0.0)
    return Capability(
        scores=scores,
        sides=sides,
        end=end,
        is_recent=end >= year_before(as_of),
        lag=horizontal(sides.open, sides.closed, draws=draws, seed=seed),
        lag_points=lag_history(sides.open, sides.closed, days),
        gap_points=_gap_history(sides, days),
        matches=matches,
        waiting=len(waiting),
        daily_months=day_by_day(sides.open, sides.closed, end, tolerance=0.0),
        survival=survival(sides.open, sides.closed, end, draws=draws, seed=seed),
    )


def _gap_history(sides: Sides, days: Sequence[date]) -> Points:
    opens, closeds = running_maximum(sides.open), running_maximum(sides.closed)
    points = []
    for day in days:
        best_open, best_closed = best_at(opens, day), best_at(closeds, day)
        if best_open and best_closed:
            points.append((day, best_closed.score - best_open.score))
    return tuple(points)


def _approved_history(models: Sequence[Model], end: date) -> Points:
    points = []
    for day in weekly_grid(end, 13, step_weeks=4):
        share = approved_share(models, day)
        if not isinstance(share, Absent):
            points.append((day, 100 * share.share))
    return tuple(points)


def _api_price(ratio: PriceRatio | None) -> tuple[str, float] | None:
    """What calling a closed model costs at the highest level an open model reaches."""
    if ratio is None:
        return None
    for level in reversed(ratio.levels):
        if level.ratio is not None and level.closed_model is not None and level.closed_usd is not None:
            return level.closed_model, level.closed_usd
    return None


def _list_series(query: Query, metric: str, kind: Kind | None = None) -> tuple[Series, ...]:
    """The series of a metric; none where this world has not declared it."""
    try:
        return tuple(query.list_series(metric, kind))
    except NotFound:
        return ()


def _best(entry: Entry) -> tuple[float, int, str]:
    return (entry.score, -entry.day.toordinal(), entry.name)
