"""Reading files of rows that somebody else made: bytes in, records out; nothing here touches a database.

    bytes ── lines.read_table ──▶ rows ── one module per kind ──▶ entries ── entry.settle ──▶ records

A row that cannot be read is a value with its line, its column and the reason, never an exception; what
is wrong with the file as a whole (no header, another encoding) raises Unreadable.
"""

from store.imports import claim, document, model, observation, price, rating, usage
from store.imports.entry import Context, ImportKind, Parsed, parse_table
from store.imports.lines import read_table
from store.imports.row import BadLine, Row, Table

KINDS: dict[str, ImportKind] = {
    kind.name: kind
    for kind in (
        observation.KIND,
        model.KIND,
        rating.KIND,
        claim.KIND,
        price.KIND,
        usage.KIND,
        document.KIND,
    )
}
"""What can be imported, by the name the command uses."""

__all__ = [
    "KINDS",
    "BadLine",
    "Context",
    "ImportKind",
    "Parsed",
    "Row",
    "Table",
    "parse_table",
    "read_table",
]
