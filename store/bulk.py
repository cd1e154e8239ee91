"""Many rows at once, the fastest portable way: in by COPY on PostgreSQL and by the driver's own executemany
on SQLite, and keys to look up as one parameter.

SQLAlchemy's insert of dictionaries compiles its parameters row by row, which costs three times what SQLite
itself needs, and on PostgreSQL it sends every row by itself. Here the values pass the columns' own types and
then go to the driver as tuples. A list of keys that is joined as a table is read by index, key by key,
however long the history of each is; an IN list of pairs is not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Table,
    Text,
    func,
    literal,
    select,
)
from sqlalchemy.exc import DBAPIError


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows, which all have the keys of the first; other columns get the database's default.

    Raises SQLAlchemy's DBAPIError, as an ordinary statement would."""
    if not rows:
        return
    names = list(rows[0])
    converters = [_find_converter(connection, table, name) for name in names]
    columns = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in names)
    name = connection.dialect.identifier_preparer.format_table(table)
    tuples = (
        tuple(
            row[key] if convert is None else convert(row[key])
            for key, convert in zip(names, converters, strict=True)
        )
        for row in rows
    )
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {name} ({columns}) FROM STDIN", tuples)
    else:
        marks = ", ".join("?" * len(names))
        statement = f"INSERT INTO {name} ({columns}) VALUES ({marks})"  # noqa: S608 - our own quoted names
        connection.exec_driver_sql(statement, list(tuples))


def _copy(connection: Connection, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    driver = connection.dialect.loaded_dbapi
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for values in rows:
                copy.write_row(values)
    except driver.Error as error:
        is_lost = connection.dialect.is_disconnect(error, connection.connection.dbapi_connection, cursor)
        raise DBAPIError.instance(
            statement, None, error, driver.Error, connection_invalidated=is_lost, dialect=connection.dialect
        ) from error
    finally:
        cursor.close()


def _find_converter(connection: Connection, table: Table, name: str) -> Callable[[Any], Any] | None:
    """How a value of the column becomes the driver's; None where it is handed on as it is."""
    return table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)


def new_ids(connection: Connection, column: Column[int], count: int) -> list[int]:
    """So many ids that no row of the column's table has; in a writing transaction nobody else gets them."""
    table = column.table
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        numbers = func.generate_series(1, count).table_valued("n")
        return list(connection.execute(select(func.nextval(sequence)).select_from(numbers)).scalars())
    first = connection.execute(select(func.coalesce(func.max(column), 0))).scalar_one() + 1
    return list(range(first, first + count))


def integer_pairs(
    connection: Connection, pairs: Sequence[tuple[int, int]], names: tuple[str, str]
) -> FromClause:
    """The pairs as a table with these column names, to join with."""
    if connection.dialect.name == "postgresql":
        columns = [literal([pair[i] for pair in pairs], ARRAY(BigInteger)) for i in (0, 1)]
        return func.unnest(*columns).table_valued(*names, name="pairs").render_derived()
    each = func.json_each(json.dumps(pairs)).table_valued("value", name="each")
    first, second = (func.json_extract(each.c.value, f"$[{i}]").label(name) for i, name in enumerate(names))
    return select(first, second).select_from(each).subquery("pairs")


def is_one_of(
    connection: Connection, column: ColumnElement[Any], values: Sequence[str]
) -> ColumnElement[bool]:
    """The condition that a text column holds one of the values: one parameter, by the column's index."""
    if connection.dialect.name == "postgresql":
        return column == func.any(literal(list(values), ARRAY(Text)))
    return column.in_(select(func.json_each(json.dumps(values)).table_valued("value", name="each").c.value))
