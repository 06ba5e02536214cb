"""Tables partitioned by month: months made ahead, months dropped whole. What belongs to no month made lies in the default partition."""

import datetime as dt
from typing import Any

from django.db import connection, transaction
from psycopg import sql

#: Months that stand ready after the present one.
AHEAD = 2
_MONTHS = """
SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
WHERE inhparent = %s::regclass AND child.relname ~ '_[0-9]{4}_[0-9]{2}$' ORDER BY 1
"""

_MOVE = """
WITH moved AS (DELETE FROM {rest} WHERE {column} >= {start} AND {column} < {end} RETURNING *) INSERT INTO {name} SELECT * FROM moved
"""


def months(table: str) -> dict[str, dt.datetime]:
    """The partitions of a table by name, and when the month of each ends."""
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, [table])
        return {name: _after(int(name[-7:-3]), int(name[-2:])) for (name,) in cursor.fetchall()}


def ensure(table: str, column: str, at: dt.datetime) -> int:
    """Make this month and the next ones where they are missing; how many were made.

    Rows of such a month that came before it was made move into it from the default partition.
    """
    there, made = months(table), 0
    start = dt.datetime(at.year, at.month, 1, tzinfo=dt.UTC)
    for _ in range(AHEAD + 1):
        end = _after(start.year, start.month)
        if (name := f"{table}_{start:%Y_%m}") not in there:
            _make(table, column, name, start, end)
            made += 1
        start = end
    return made


@transaction.atomic
def _make(table: str, column: str, name: str, start: dt.datetime, end: dt.datetime) -> None:
    given: dict[str, Any] = {
        "table": sql.Identifier(table),
        "rest": sql.Identifier(f"{table}_rest"),
        "name": sql.Identifier(name),
        "column": sql.Identifier(column),
        "start": sql.Literal(start),
        "end": sql.Literal(end),
    }
    statements = (
        "LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE",
        "CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)",
        _MOVE,
        "ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})",
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '3s'")  # who cannot have the table now comes back in the next round
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(**given))


@transaction.atomic
def drop(name: str) -> int:
    """Drop a month; how many rows it had."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '3s'")
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))
        count = int(cursor.fetchone()[0])
        cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))
    return count


def _after(year: int, month: int) -> dt.datetime:
    return dt.datetime(year + month // 12, month % 12 + 1, 1, tzinfo=dt.UTC)
