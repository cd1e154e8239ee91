"""What was used of models on a day: `day,model,tokens[,requests,spend_usd,cached_tokens]`."""

from __future__ import annotations

from store.catalogue import midnight
from store.imports.entry import Context, Entry, ImportKind, Statement
from store.imports.field import find_amount, find_count, read_day, read_key
from store.imports.row import BadField, Row
from store.records import Kind, Observation, SubjectRef

_COUNTS = ("tokens", "requests", "cached_tokens")


def parse_row(row: Row, context: Context) -> Entry:
    """One model's tokens, requests and spend of one day, known from that day on. Cached tokens are part
    of the tokens."""
    day = read_day(row, "day", context.now)
    model = read_key(row, "model")
    row.need("tokens")
    values = {column: find_count(row, column) for column in _COUNTS}
    values["spend_usd"] = find_amount(row, "spend_usd")
    tokens, cached = values["tokens"], values["cached_tokens"]
    if tokens is not None and cached is not None and cached > tokens:
        raise BadField("cached_tokens", f"{cached:.0f} is more than the {tokens:.0f} tokens it is part of")
    subject = SubjectRef("usage", Kind.OFFER, model)
    known_at = midnight(day)
    records = tuple(
        Observation(subject, f"usage.{column}", day, value, known_at)
        for column, value in values.items()
        if value is not None
    )
    said = Statement("the same day and model", (day, model), tuple(values.values()))
    return Entry(row.line, known_at, (said,), records)


KIND = ImportKind("usage", ("day", "model", "tokens"), ("requests", "spend_usd", "cached_tokens"), parse_row)
