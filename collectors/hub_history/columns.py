"""What the data set's columns are called and what they count.

Known of the file: that it is keyed by `hub_id`, has a line per repository and day, and download counts. Its
other names are unverified, so the likely ones are looked for and a file with none of them says what it has
instead. A column merely called `downloads` does not say which counter it is; the Hub's own field of that name
is the sum of 30 days, which is assumed unless the operator says otherwise, and checked against how the values
behave.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log
from statistics import median

from collectors.parquet import Table
from store.errors import SourceChanged

THIRTY_DAYS, ALL_TIME = "hub.downloads.30d", "hub.downloads.all_time"
METRICS: Mapping[str, str] = {"30d": THIRTY_DAYS, "all_time": ALL_TIME}

_ID = ("hub_id", "repo_id", "model_id", "id")
_DAY = ("date", "day", "snapshot_date", "observed_on", "timestamp")
_TYPE = ("repo_type", "type", "kind")
_PLAIN = "downloads"
_NAMED: Mapping[str, Sequence[str]] = {
    THIRTY_DAYS: ("downloads_30d", "downloads_last_30_days", "downloads_last_month"),
    ALL_TIME: ("downloads_all_time", "downloadsAllTime", "all_time_downloads", "downloads_alltime"),
}
MODEL_TYPES = ("model", "models")

_STEPS_NEEDED = 200
_MEANINGFUL_FROM = 100.0
_LARGEST_STEP = 0.25
_MOST_FALLS = 0.2


@dataclass(frozen=True, slots=True)
class HubHistoryOptions:
    """`url`: the file. `models`: whose counts are wanted, as owner/name. `downloads_are`: what a column
    merely called `downloads` counts, a key of METRICS. `most_bytes`: of the file in one run."""

    url: str = (
        "https://huggingface.co/datasets/harvardMadsys/hf-hub-characterization/resolve/main/downloads.parquet"
    )
    endpoint: str = "https://huggingface.co"
    token: str | None = field(default=None, repr=False)
    models: tuple[str, ...] = ()
    downloads_are: str = "30d"
    most_bytes: int = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Columns:
    """`counters`: the column of each metric. `type`: the column that tells models from data sets, if any."""

    id: str
    day: str
    counters: Mapping[str, str]
    type: str | None

    @property
    def names(self) -> list[str]:
        return [self.id, self.day, *self.counters.values(), *([self.type] if self.type else [])]


def find_columns(table: Table, downloads_are: str) -> Columns:
    """Raises SourceChanged, which names what is missing and what there is."""
    counters = {metric: found for metric, names in _NAMED.items() if (found := table.find(*names))}
    if METRICS[downloads_are] not in counters and table.find(_PLAIN):
        counters[METRICS[downloads_are]] = _PLAIN
    if not counters:
        table.need(_PLAIN)
    return Columns(table.need(*_ID), table.need(*_DAY), counters, table.find(*_TYPE))


def check_behaviour(metric: str, column: str, steps: Sequence[tuple[float, float]]) -> None:
    """Refuse values that cannot be what they are taken for.

    `steps`: pairs of a repository's values on days that follow each other. A sum of 30 days moves by little
    from one day to the next and falls now and then; a count per day jumps; a total hardly ever falls. Raises
    SourceChanged. Too few steps say nothing.
    """
    told = [(before, after) for before, after in steps if before >= _MEANINGFUL_FROM and after > 0]
    if len(told) < _STEPS_NEEDED:
        return
    for problem in _list_contradictions(metric, told):
        raise SourceChanged(
            column,
            f"{problem} over {len(told):,} days, which a value of {metric} does not;"
            " say in hub_history.downloads_are what it counts",
        )


def _list_contradictions(metric: str, steps: Sequence[tuple[float, float]]) -> Iterator[str]:
    falls = sum(after < before for before, after in steps) / len(steps)
    jump = median(abs(log(after / before)) for before, after in steps)
    if metric == THIRTY_DAYS and falls == 0:
        yield "never falls"
    if metric == THIRTY_DAYS and jump > _LARGEST_STEP:
        yield f"moves by a factor of {exp(jump):.2f} from day to day"
    if metric == ALL_TIME and falls > _MOST_FALLS:
        yield f"falls on {falls:.0%} of days"
