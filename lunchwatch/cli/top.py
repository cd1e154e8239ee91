"""`lunchwatch top`: subjects ranked by a metric."""

from __future__ import annotations

from datetime import date

import click

from lunchwatch.cli.options import as_of_option, world_option
from lunchwatch.cli.output import emit, format_options, say


@click.command()
@click.argument("metric")
@click.option("-n", "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@world_option
@as_of_option
@format_options
def top(metric: str, limit: int, world: str | None, as_of: date | None, format_: str) -> None:
    """Rank subjects by METRIC, such as github.stars or hub.downloads.30d.

    The last known value of each subject is ranked; `day` says when it was last seen to change, `basis`
    whether it was observed here or came bundled.
    """
    from lunchwatch.wiring import open_query

    with open_query(world, as_of) as query:
        declared = query.find_metric(metric)
        found = query.list_series(metric)
    ranked = sorted(found, key=lambda s: (-s.values[-1], s.subject.name))[:limit]
    rows = [
        (rank, s.subject.name, s.values[-1], s.days[-1], str(s.provenance.basis))
        for rank, s in enumerate(ranked, 1)
    ]
    meta = {
        "metric": declared.name,
        "unit": declared.unit,
        "semantics": str(declared.semantics),
        "caveat": declared.caveat,
        "world": query.world,
        "as_of": query.as_of,
        "subjects": len(found),
    }
    emit("lunchwatch/top@1", ("rank", "subject", "value", "day", "basis"), rows, format_, meta=meta)
    say(f"{declared.unit}, {declared.semantics}: {declared.caveat}")
