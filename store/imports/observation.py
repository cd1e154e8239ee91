"""Values of declared counters: `source,kind,key,metric,day,value[,observed_at]`."""

from __future__ import annotations

import re

from store.catalogue import midnight
from store.change import is_storable
from store.imports.entry import Context, Entry, ImportKind, Statement
from store.imports.field import check_score, read_day, read_key, read_moment, read_number
from store.imports.row import BadField, Row, quote
from store.records import Kind, Metric, Observation, SubjectRef

_SOURCE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def parse_row(row: Row, context: Context) -> Entry:
    """One value of one subject's metric on a day. It was known when it was observed, else on that day."""
    source = row.need("source")
    if not _SOURCE.fullmatch(source):
        raise BadField(
            "source", f"{quote(source)} is no source; use small letters, digits, dots, hyphens, underscores"
        )
    subject = SubjectRef(source, _kind(row), read_key(row, "key"))
    metric = _metric(row, context)
    day = read_day(row, "day", context.now)
    value = read_number(row, "value")
    if not is_storable(value, metric.semantics):
        raise BadField("value", f"{quote(row.text('value'))} is negative, which only a score may be")
    if metric.unit.endswith("points"):
        check_score(value, "value")
    known_at = midnight(day)
    if row.text("observed_at"):
        observed_at = read_moment(row, "observed_at", context.now)
        if observed_at < known_at:
            raise BadField("observed_at", f"{row.text('observed_at')} is before the day {day}")
        known_at = observed_at
    identity = (source, subject.kind.value, subject.name, metric.name, day)
    said = Statement("the same source, kind, key, metric and day", identity, value)
    return Entry(row.line, known_at, (said,), (Observation(subject, metric.name, day, value, known_at),))


def _kind(row: Row) -> Kind:
    text = row.need("kind")
    try:
        return Kind(text)
    except ValueError as error:
        raise BadField("kind", f"{quote(text)} is no kind; there are: {', '.join(Kind)}") from error


def _metric(row: Row, context: Context) -> Metric:
    name = row.need("metric")
    if name not in context.metrics:
        raise BadField("metric", f"no metric is called {quote(name)}{context.near_metrics(name)}")
    return context.metrics[name]


KIND = ImportKind(
    "observations", ("source", "kind", "key", "metric", "day", "value"), ("observed_at",), parse_row
)
