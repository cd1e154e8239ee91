"""What options of several commands may be: days and spans of time."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Any

import click

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
