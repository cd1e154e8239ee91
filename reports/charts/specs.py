"""One builder per kind of chart: `(rows, palette, width, labels)` to a Vega-Lite v6 specification.

Pure functions to plain dicts. Data are inlined, dates are `YYYY-MM-DD` strings on a UTC scale with
explicit ticks (so that no time zone and no locale can move them), labels stand at the marks instead of
in a legend, bars start at zero. Widths below `NARROW` get fewer ticks and shorter labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from reports.charts.axes import Row, Spec
from reports.charts.comparisons import build_price, build_share
from reports.charts.palettes import Palette
from reports.charts.timelines import build_frontier, build_gap, build_lag

Builder: TypeAlias = Callable[[Sequence[Row], Palette, int, Mapping[str, str]], Spec]

BUILDERS: Final[Mapping[str, Builder]] = {
    "frontier": build_frontier,
    "gap": build_gap,
    "lag": build_lag,
    "price": build_price,
    "share": build_share,
}
