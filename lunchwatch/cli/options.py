"""What options of several commands may be: days, spans of time, and what an analysis is computed on."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from store.records import OpenRule

F = TypeVar("F", bound=Callable[..., Any])

_FIRST_DAY = date(1970, 1, 1)


class DayType(click.ParamType[date]):
    """A day from 1970 to tomorrow, as YYYY-MM-DD; becomes a `date`."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        from lunchwatch import clock

        if isinstance(value, date):
            return value
        try:
            day = datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            self.fail(f"{value!r} is no day; write YYYY-MM-DD", param, ctx)
        last = clock.now().date() + timedelta(days=1)
        if not _FIRST_DAY <= day <= last:
            self.fail(f"{value} is not between {_FIRST_DAY} and {last}", param, ctx)
        return day


class SpanType(click.FloatRange):
    """Seconds within bounds. Not a number is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is no number of seconds", param, ctx)
        return number


as_of_option = click.option("--as-of", type=DayType(), default=None, help="As known on that day.")


class RuleType(click.ParamType["OpenRule"]):
    """What counts as open: weights, licence or science; becomes an `OpenRule`."""

    name = "weights|licence|science"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> OpenRule:
        from store.records import OpenRule

        try:
            return OpenRule(str(value).casefold())
        except ValueError:
            self.fail(f"{value!r} is no rule; there are {self.name.replace('|', ', ')}", param, ctx)


world_option = click.option(
    "--world",
    metavar="NAME",
    default=None,
    help="Compute on an imported world alone; default: live.",
)
open_rule_option = click.option(
    "--open-rule",
    type=RuleType(),
    default="weights",
    show_default=True,
    help="What counts as open: weights anybody can have, an approved licence, or science (MOF class I).",
)


def analysis_options(command: F) -> F:
    """Add --world, --as-of and --open-rule to a command; it gets `world`, `as_of`, `open_rule`."""
    return world_option(as_of_option(open_rule_option(command)))
