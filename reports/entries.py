"""The rows of an issue's tables as statements: `movers.1`, `releases.1`, `claims.1`, `prices.1`,
`changes.1`, `break-even`, how many rows a section had (`claims.total`), `source.NAME`, `E1` and the lines
of the method section (`method.1`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from reports import wording
from reports.content import ChangeRow, ClaimRow, Content, MoverRow, PriceRow, ReleaseRow
from reports.formatting import NO_VALUE, format_change, format_number, format_value
from reports.phrasing import SIGNED, write_day
from reports.statement import Statement, list_fields, make_number, one, unite

SOURCE: Final = "source."
"""What the id of a source's line begins with; it is its own evidence, which are the source's runs."""


def list_entries(content: Content) -> Iterator[Statement]:
    """Every row of every table, in the order of the report."""
    yield from (_mover(f"movers.{n}", row) for n, row in enumerate(content["movers"], 1))
    yield from (_release(f"releases.{n}", row) for n, row in enumerate(content["releases"], 1))
    yield from (_claim(f"claims.{n}", row) for n, row in enumerate(content["claims"], 1))
    yield from (_price(f"prices.{n}", row) for n, row in enumerate(content["prices"], 1))
    yield from _break_even(content)
    yield from (_change(f"changes.{n}", row) for n, row in enumerate(content["changes"], 1))
    yield from _counts(content)
    yield from _sources(content)
    yield from _evidence(content)
    yield from _method(content)


def _mover(key: str, row: MoverRow) -> Statement:
    growth = ("growth_pct", "growth_low_pct", "growth_high_pct")
    return Statement(
        key,
        (wording.SECTIONS["movers"],),
        f"{row['subject']}: {format_change(row['growth_pct'], 'growth')} in {row['window_days']} days to"
        f" {format_number(row['value'])} ({wording.METRICS.get(row['metric'], row['metric'])})",
        (
            *list_fields(row, ("value", ""), *((name, SIGNED + "growth") for name in growth)),
            *list_fields(row, ("window_days", "days"), ("z", "z")),
            *(make_number("spark", value, "") for value in row["spark"]),
        ),
        tuple(row["evidence"]),
        subjects=(row["subject"],),
        days=(row["through"],),
    )


def _release(key: str, row: ReleaseRow) -> Statement:
    openness = wording.OPENNESS[row["openness"]] if row["openness"] else None
    facts = "; ".join(fact for fact in (row["licence"], openness, row["reason"]) if fact)
    return Statement(
        key,
        (wording.SECTIONS["releases"],),
        f"{write_day(row['day'])}  {row['title']} ({row['lab']}): {facts}",
        tuple(list_fields(row, ("parameters", "parameters"))),
        tuple(row["evidence"]),
        subjects=(row["title"],),
        days=(row["day"],),
        urls=one(row["url"]),
    )


def _claim(key: str, row: ClaimRow) -> Statement:
    unit = row["unit"]
    claimed, found = (
        NO_VALUE if value is None else format_value(value, unit) for value in (row["claimed"], row["found"])
    )
    state = wording.CLAIM_STATES.get(row["status"], row["status"]).lower()
    return Statement(
        key,
        (wording.SECTIONS["claims"],),
        f"{row['model']} on {row['benchmark']}: claimed {claimed}, found {found}: {state}",
        tuple(list_fields(row, ("claimed", unit), ("found", unit))),
        tuple(row["evidence"]),
        subjects=(row["model"], row["benchmark"]),
        days=one(row["claimed_on"]),
        urls=one(row["source_url"]),
    )


def _price(key: str, row: PriceRow) -> Statement:
    before = "new" if row["blend_before"] is None else f"{format_number(row['blend_before'], 'usd')} to"
    return Statement(
        key,
        (wording.SECTIONS["prices"],),
        f"{write_day(row['day'])}  {row['provider']}, {row['model']}: {before}"
        f" {format_value(row['blend_after'], 'usd')} per M tokens{' (correction)' * row['is_correction']}",
        tuple(
            list_fields(
                row, ("blend_before", "usd"), ("blend_after", "usd"), ("change_pct", SIGNED + "growth")
            )
        ),
        tuple(row["evidence"]),
        subjects=(f"{row['provider']}/{row['model']}",),
        days=(row["day"],),
    )


def _break_even(content: Content) -> Iterator[Statement]:
    own = content["break_even"]
    if own is not None:
        fields = [(f"tokens_{case}", "tokens") for case in ("low", "mid", "high")]
        yield Statement(
            "break-even",
            (wording.SECTIONS["prices"],),
            f"Build or buy: an own model is cheaper from about {format_value(own['tokens_mid'], 'tokens')} a"
            f" month on, with a range of {format_number(own['tokens_low'])} to"
            f" {format_number(own['tokens_high'])}.",
            tuple(list_fields(own, *fields)),
            tuple(own["evidence"]),
            notes=tuple(own["assumptions"]),
        )


def _change(key: str, row: ChangeRow) -> Statement:
    before = f"{row['before']} -> " if row["before"] else ""
    side = wording.TOWARD[row["direction"]].lower()
    return Statement(
        key,
        (wording.SECTIONS["changes"],),
        f"{write_day(row['day'])}  {row['actor']}, {row['kind']}: {before}{row['after']} ({side})",
        (),
        tuple(row["evidence"]),
        subjects=(row["actor"],),
        days=(row["day"],),
        urls=one(row["url"]),
    )


def _counts(content: Content) -> Iterator[Statement]:
    """How many rows each section had before it was cut, how many releases were looked through, and the
    line of each section that has none."""
    parts = cast("Mapping[str, Any]", content)
    for key, total in content["totals"].items():
        rows: Sequence[Any] = parts[key]
        yield Statement(
            f"{key}.total",
            (wording.SECTIONS[key],),
            f"{wording.SECTIONS[key]}: {format_number(total)} rows, of which {len(rows)} are listed",
            (make_number("total", total, "count"), make_number("listed", len(rows), "count")),
            unite(*(row["evidence"] for row in rows)),
        )
    seen = content["releases_seen"]
    yield Statement(
        "releases.seen",
        (wording.SECTIONS["releases"],),
        f"{format_number(seen)} releases are known in the period; the filter kept {len(content['releases'])}",
        (make_number("seen", seen, "count"), make_number("kept", len(content["releases"]), "count")),
        unite(*(row["evidence"] for row in content["releases"])),
    )
    held = {"breakeven": "break_even", "scoreboard": "measures"}
    for key, line in content["empty"].items():
        if key not in {"verdict", "perspectives"} and not parts.get(held.get(key, key)):
            section = {"breakeven": "prices", "track_record": "hypotheses", "sources": "evidence"}.get(
                key, key
            )
            yield Statement(f"{key}.empty", (wording.SECTIONS[section],), line)


def _sources(content: Content) -> Iterator[Statement]:
    for row in content["sources"]:
        problems = f": {'; '.join(row['problems'])}" if row["problems"] else ""
        yield Statement(
            f"{SOURCE}{row['key']}",
            (wording.SECTIONS["evidence"],),
            f"{row['name']}: {wording.SOURCE_STATES[row['state']].lower()}, through"
            f" {write_day(row['through'])}, {format_number(row['rows'])} rows{problems}",
            tuple(list_fields(row, ("rows", "count"), ("skipped", "count"))),
            (f"{SOURCE}{row['key']}",),
            subjects=(row["name"],),
            days=one(row["through"]),
        )


def _evidence(content: Content) -> Iterator[Statement]:
    for row in content["evidence"]:
        yield Statement(
            row["id"],
            (wording.SECTIONS["evidence"],),
            f"{row['title']}: {format_number(row['rows'])} rows, {wording.BASES[row['basis']].lower()}, as of"
            f" {write_day(row['as_of'])}",
            (make_number("rows", row["rows"], "count"),),
            (row["id"],),
            days=one(row["as_of"]),
            urls=one(row["url"]),
        )


def _method(content: Content) -> Iterator[Statement]:
    """Conventions, and what was left out of the verdict: about the evidence of verdict and scoreboard."""
    evidence = unite(
        *(part["evidence"] for part in content["verdict"]["sub_indices"]),
        *(part["evidence"] for part in content["measures"]),
    )
    for position, line in enumerate(content["assumptions"], 1):
        yield Statement(f"method.{position}", (wording.SECTIONS["method"],), line, (), evidence)
