"""Rows by COPY: what a model of a million customers brings is written in seconds, not minutes."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection, models, transaction
from psycopg import errors, sql

#: Beyond so many rows the planner should know of them at once.
MANY = 10_000


def copy(table: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows into the table of a model, inside the surrounding transaction; how many.

    Every field without a default of the database must be named. JSON goes as text, dumped already.
    """
    name: str = table._meta.db_table  # noqa: SLF001 - Django's own name for its table
    columns = [str(table._meta.get_field(field).column) for field in fields]  # type: ignore[union-attr]  # noqa: SLF001
    count = copy_into(name, columns, rows)
    if count > MANY:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(name)))
    return count


def copy_into(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """The same by the names the database has for a table and its columns."""
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), named)
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copying:
        for row in rows:
            copying.write_row(row)
            count += 1
    return count


@contextmanager
def trusted() -> Iterator[None]:
    """Inside, PostgreSQL does not look up every foreign key of every row: they were read from the tables in this transaction.

    A million households mean five million look-ups. A database user without that right has them looked up.
    """
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute("SET LOCAL session_replication_role = replica")
        except Exception as error:
            if not isinstance(error.__cause__, errors.InsufficientPrivilege):
                raise
            yield
            return
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


@contextmanager
def unindexed(*tables: type[models.Model]) -> Iterator[None]:
    """Inside, tables that are still empty have none but unique indexes; the others are made at once afterwards, in a tenth of the time.

    Tables with rows stay as they are: others may be reading them.
    """
    made: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        for table in tables:
            if not table.objects.exists():  # type: ignore[attr-defined]
                cursor.execute(_INDEXES, [table._meta.db_table])  # noqa: SLF001
                for name, definition in cursor.fetchall():
                    cursor.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
                    made.append(definition)
        yield
        for definition in made:
            cursor.execute(definition)


_INDEXES = """
SELECT class.relname, pg_get_indexdef(index.indexrelid)
FROM pg_index index JOIN pg_class class ON class.oid = index.indexrelid
WHERE index.indrelid = %s::regclass AND NOT index.indisunique
"""


def write_bytes(row: models.Model, field: str, value: bytes) -> None:
    """Set a binary field of a row; Django would spell it out in SQL text, three times as slow for a grid of megabytes."""
    table, column = sql.Identifier(row._meta.db_table), sql.Identifier(field)  # noqa: SLF001
    with psycopg.Cursor(_bare()) as cursor:
        cursor.execute(sql.SQL("UPDATE {} SET {} = %b WHERE id = %b").format(table, column), [value, row.pk])


def read_bytes(table: type[models.Model], field: str, **where: str) -> bytes | None:
    """A binary field of the one row where a column has a value; None if there is no such row."""
    ((column, value),) = where.items()
    name, wanted, column_name = (sql.Identifier(one) for one in (table._meta.db_table, field, column))  # noqa: SLF001
    statement = sql.SQL("SELECT {} FROM {} WHERE {} = %s LIMIT 1").format(wanted, name, column_name)
    with psycopg.Cursor(_bare()) as cursor:
        row = cursor.execute(statement, [value], binary=True).fetchone()
    return None if row is None else bytes(row[0])


def _bare() -> "psycopg.Connection[Any]":
    """The connection beneath Django's, in the same transaction."""
    connection.ensure_connection()
    bare: psycopg.Connection[Any] = connection.connection
    return bare
