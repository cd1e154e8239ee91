"""Which prices moved, and which changes only corrected an error (methodology 6).

A change that is undone within 48 hours is a correction of a mistake, and so is what undoes it: neither is a
move. Each rate is judged by itself, because a typing error rarely hits both. Time is when we first knew a
price: of prices seen at two collections nobody knows more, and a revert within one day leaves one price. Of a
price that was told afterwards only the day is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from analyzers.analysis import PriceMove
from analyzers.prices.pricing import blended_price
from store.records import Basis, Offer, PriceChange

CORRECTION = timedelta(hours=48)
"""The longest a price that was a mistake may have stood; exactly 48 hours still is one."""

RATES = ("input_usd_per_mtok", "output_usd_per_mtok")


@dataclass(frozen=True, slots=True)
class Step:
    """One rate became `after` (USD per million tokens) at `at`; None: not stated."""

    at: datetime
    before: float | None
    after: float | None


def find_corrections(steps: Sequence[Step]) -> frozenset[int]:
    """The positions of the steps that belong to a correction. `steps` are one rate's, in order of time.

    A step away from a price and all that follow up to the return to it are one correction when the return is
    at most 48 hours after the step. Read from the front, each step belongs to one correction at most:
    3, 15, 3, 15 within two days is a correction and then a move to 15 that stands, and a step on to a third
    price (A, B, C) is none. A first price is no change and so cannot be undone.
    """
    corrected: set[int] = set()
    position = 0
    while position < len(steps):
        step = steps[position]
        returned = None
        if step.before is not None and step.before != step.after:
            for later in range(position + 1, len(steps)):
                if steps[later].at - step.at > CORRECTION:
                    break
                if steps[later].after == step.before:
                    returned = later
                    break
        if returned is None:
            position += 1
        else:
            corrected.update(range(position, returned + 1))
            position = returned + 1
    return frozenset(corrected)


def find_moves(changes: Iterable[PriceChange], since: date = date.min) -> tuple[PriceMove, ...]:
    """Changes of the blended price on or after `since`, newest first; evidence is added by the caller.

    Give it the changes of the two days before `since` too, or what was undone right after `since` looks
    like a move. Where a step changed one rate for good and the other by mistake, the move is that of the one,
    reckoned without the other's mistake. An offer that is new or was free before has no price before, hence
    no change.
    """
    per_offer: dict[tuple[str, str, str], list[PriceChange]] = defaultdict(list)
    for change in changes:
        per_offer[change.after.price_list, change.after.provider, change.after.model].append(change)
    moves = [move for key in sorted(per_offer) for move in _list_moves(per_offer[key]) if move.day >= since]
    return tuple(sorted(moves, key=lambda m: (-m.day.toordinal(), -abs(m.change or 0), m.provider, m.model)))


def _list_moves(changes: Iterable[PriceChange]) -> Iterable[PriceMove]:
    """The moves and corrections of one offer."""
    steps = sorted(changes, key=lambda change: change.after.day)
    corrected = {
        rate: find_corrections(
            [
                Step(_moment(change.after), _rate(change.before, rate), _rate(change.after, rate))
                for change in steps
            ]
        )
        for rate in RATES
    }
    standing = steps[0].before
    for position, change in enumerate(steps):
        after = change.after
        # What stands once a mistake is taken for what it is: the rate before it.
        settled = after
        if position in corrected["input_usd_per_mtok"]:
            settled = replace(settled, input_usd_per_mtok=_rate(standing, "input_usd_per_mtok"))
        if position in corrected["output_usd_per_mtok"]:
            settled = replace(settled, output_usd_per_mtok=_rate(standing, "output_usd_per_mtok"))
        changed = [rate for rate in RATES if _rate(change.before, rate) != _rate(after, rate)]
        is_correction = bool(changed) and all(position in corrected[rate] for rate in changed)
        before, now = (change.before, after) if is_correction else (standing, settled)
        standing = settled
        then = None if before is None else blended_price(before)
        price = blended_price(now)
        if after.is_withdrawn or price is None or price == then:
            continue
        yield PriceMove(
            day=after.day,
            provider=after.provider,
            model=after.model,
            blend_before=then,
            blend_after=price,
            change=None if then is None else price / then - 1,
            openness=after.openness,
            is_correction=is_correction,
            is_bundled=after.provenance.basis is Basis.BUNDLED,
            evidence=(),
        )


def _moment(offer: Offer) -> datetime:
    """When the price was known, if that was on its day; else the start of its day (UTC): what a history tells
    all at once did not change all at once."""
    told_at = offer.told_at
    if told_at is not None and told_at.date() == offer.day:
        return told_at
    return datetime.combine(offer.day, time(), UTC)


def _rate(offer: Offer | None, rate: str) -> float | None:
    value: float | None = None if offer is None else getattr(offer, rate)
    return value
