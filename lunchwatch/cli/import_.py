"""`lunchwatch import`: rows that somebody else gathered, from files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lunchwatch.cli.output import emit_json, say

if TYPE_CHECKING:
    from lunchwatch.importing import Imported
    from store.importing import Told

_KINDS = {
    "observations": (
        "Values of declared counters, one subject's metric and day a row.",
        "source,kind,key,metric,day,value[,observed_at]",
    ),
    "models": (
        "Models and how open they are, dated.",
        "model,lab,name,released_on,openness[,licence,valid_from,hub_id,family]",
    ),
    "ratings": (
        "Dated rating boards.",
        "board,board_date,model,rating[,ci_low,ci_high,votes,organisation,licence]",
    ),
    "claims": (
        "Benchmark claims: who says that a model scored what.",
        "model,benchmark,score[,version,metric,unit,standing,date,source,quote,settings]",
    ),
    "prices": (
        "List prices in USD per million tokens.",
        "at,provider,model,input_usd_per_mtok,output_usd_per_mtok[,cache_read_usd_per_mtok]",
    ),
    "usage": (
        "What was used of models on a day.",
        "day,model,tokens[,requests,spend_usd,cached_tokens]",
    ),
    "documents": (
        "Recorded versions of documents; JSON lines only.",
        "service,document,recorded_at,text",
    ),
}
_SHOWN = 20
_KEPT_IN_JSON = 1000


@click.group("import")
def import_() -> None:
    """Import files: observations, models, ratings, claims, prices, usage, documents.

    A file is CSV with a header or JSON lines, in UTF-8; - reads standard input. The whole file is written
    or nothing of it, and importing it again changes nothing. docs/imports.md describes each kind.
    """


def _add(kind: str, summary: str, columns: str) -> None:
    @import_.command(kind, help=f"{summary}\n\n\b\nColumns: {columns}")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
    @click.option(
        "--world", metavar="NAME", default=None, help="Import into a world of its own; default: live."
    )
    @click.option("--skip-bad", is_flag=True, help="Leave out lines that cannot be read; write the others.")
    @click.option("--dry-run", is_flag=True, help="Say what would be written; write nothing.")
    @click.option("--json", "as_json", is_flag=True, help="The counts and what was left out, as JSON.")
    def command(file: str, world: str | None, skip_bad: bool, dry_run: bool, as_json: bool) -> None:
        from lunchwatch import clock
        from lunchwatch.importing import import_file
        from store.errors import Unreadable

        done = import_file(kind, file, world=world, skips_bad=skip_bad, is_trial=dry_run, clock=clock.now)
        _say_what_was_seen(done)
        if as_json:
            emit_json("lunchwatch/import@1", _counts(done), _meta(done))
        elif done.told is not None:
            click.echo(_summary(done, done.told))
        bad = len(done.parsed.bad)
        if bad and not skip_bad:
            raise Unreadable(
                f"{bad:,} of {done.parsed.rows:,} rows of {done.file} cannot be read; nothing was written",
                remedy="mend them, or leave them out with --skip-bad",
            )


for _kind, (_summary_line, _columns) in _KINDS.items():
    _add(_kind, _summary_line, _columns)


def _say_what_was_seen(done: Imported) -> None:
    """Beside the result: what was left out and why, and what the author should look at."""
    parsed = done.parsed
    for line in parsed.bad[:_SHOWN]:
        say(str(line))
    if len(parsed.bad) > _SHOWN:
        say(f"… and {len(parsed.bad) - _SHOWN:,} more; --json lists the first {_KEPT_IN_JSON:,}")
    if parsed.unknown:
        names = ", ".join(parsed.unknown[:_SHOWN])
        say(f"note: left out {_plural(len(parsed.unknown), 'column')} nobody knows: {names}")
    for note in parsed.notes[:_SHOWN]:
        say(f"note: {note}")
    kept = done.told.kept if done.told is not None else ()
    if kept:
        more = f" and {len(kept) - 5:,} more" if len(kept) > 5 else ""
        say(
            f"note: {_plural(len(kept), 'model')} told before under another lab, name or family"
            f" stayed as they were: {', '.join(kept[:5])}{more}"
        )


def _summary(done: Imported, told: Told) -> str:
    parsed = done.parsed
    parts = [_plural(parsed.rows, "row")]
    parts += [
        f"{count:,} {what}"
        for count, what in ((len(parsed.bad), "left out"), (parsed.repeated, "repeated"))
        if count
    ]
    end = "dry run: nothing was written" if done.is_trial else f"run {told.run_id}"
    replaced = f", {parsed.replaced:,} replaced by a later one of the same day" if parsed.replaced else ""
    return (
        f"{done.file}: {', '.join(parts)}\n"
        f"world {done.world}: {_plural(len(parsed.records), 'record')}: {told.new:,} new,"
        f" {told.corrected:,} corrected, {told.unchanged:,} unchanged{replaced} ({end})"
    )


def _counts(done: Imported) -> dict[str, Any]:
    parsed, told = done.parsed, done.told
    return {
        "kind": done.kind,
        "file": done.file,
        "rows": parsed.rows,
        "bad": len(parsed.bad),
        "repeated": parsed.repeated,
        "replaced": parsed.replaced,
        "records": len(parsed.records),
        "new": None if told is None else told.new,
        "corrected": None if told is None else told.corrected,
        "unchanged": None if told is None else told.unchanged,
    }


def _meta(done: Imported) -> dict[str, Any]:
    parsed, told = done.parsed, done.told
    return {
        "world": done.world,
        "is_dry_run": done.is_trial,
        "run_id": None if told is None else told.run_id,
        "left_out": [
            {"line": bad.line, "column": bad.column, "reason": bad.reason}
            for bad in parsed.bad[:_KEPT_IN_JSON]
        ],
        "unknown_columns": parsed.unknown,
        "notes": parsed.notes,
        "models_kept_as_they_were": () if told is None else told.kept,
    }


def _plural(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
