"""A statement on the documented views, as they answered when a report was frozen.

The views show current knowledge, which grows after a report. `recall` puts definitions of the same views
in front of a statement, under the same names, that know only the runs and moments the report knew:
rows told by a later run, or that nobody could know by the as-of, are not there, what they replaced is
current again, and a subject bears the name it had. The statement itself stays as printed.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from store.views import VIEWS

_KNOWN = re.compile(r"JOIN run r ON r\.run_id = (?P<alias>\w+)\.run_id\)")
_SUBJECT = "JOIN subject s ON"
_NAME = re.compile(r"\bv_[a-z_]+\b")


def recall(sql: str, *, last_run_id: int, as_of: date, is_sqlite: bool) -> str:
    """`sql` on the views as known to a report of the end of the UTC day `as_of` that knew the runs up to
    `last_run_id`. Views that hold no dated knowledge (v_run, v_source, …) stay as they are.

    Raises ValueError for a statement that does not begin with SELECT: nothing can be put before it.
    """
    if not sql.lstrip().casefold().startswith("select"):
        raise ValueError(f"only a SELECT can be recalled, not {sql[:40]!r}")
    named = set(_NAME.findall(sql))
    then = [
        # once, whatever the statement joins: a fresh PostgreSQL, which has counted nothing yet, would
        # else work each view out again for every row of the other
        f"{view.name} AS MATERIALIZED ({_limit(view.sql, last_run_id, as_of, is_sqlite=is_sqlite)})"
        for view in VIEWS
        if view.name in named and _KNOWN.search(view.sql)
    ]
    return f"WITH {', '.join(then)} {sql}" if then else sql


def _limit(view: str, last_run_id: int, as_of: date, *, is_sqlite: bool) -> str:
    """The view's definition over the rows of those runs and moments only."""
    after = (as_of + timedelta(days=1)).isoformat()
    # SQLite keeps moments as text, which a day's text stands right before
    moment = f"'{after}'" if is_sqlite else f"TIMESTAMPTZ '{after} 00:00:00+00'"
    known = _KNOWN.sub(
        rf"JOIN run r ON r.run_id = \g<alias>.run_id WHERE r.run_id <= {int(last_run_id)}"
        rf" AND COALESCE(\g<alias>.known_at, r.started_at) < {moment})",
        view,
    )
    named = (
        "JOIN (SELECT x.subject_id, x.world, x.source, x.kind, x.native_id, COALESCE(n.name, x.name) AS name"  # noqa: S608 - numbers and this module's constants only
        " FROM subject x LEFT JOIN (SELECT subject_id, name, row_number() OVER"
        " (PARTITION BY subject_id ORDER BY run_id DESC) AS rank FROM subject_name"
        f" WHERE run_id <= {int(last_run_id)}) n ON n.subject_id = x.subject_id AND n.rank = 1) s ON"
    )
    return known.replace(_SUBJECT, named)
