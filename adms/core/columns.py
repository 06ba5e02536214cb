"""Write columns of many rows by one statement of arrays.

Django's `bulk_update` makes an expression for every value of every row: in a storm, of a thousand rows with fourteen columns each,
that is most of what the writer computes.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model


def write(rows: Sequence[Model], names: Sequence[str]) -> None:
    """Save these fields of rows of one table; fields that are arrays themselves cannot be written so."""
    if not rows:
        return
    meta = type(rows[0])._meta  # noqa: SLF001
    key = meta.pk
    fields: list[Field[Any, Any]] = [field for name in names if isinstance(field := meta.get_field(name), Field)]
    columns = [connection.ops.quote_name(str(field.column)) for field in fields]
    arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
    sets = ", ".join(f"{column} = t.{column}" for column in columns)
    values = [[field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows] for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {connection.ops.quote_name(meta.db_table)} AS r SET {sets}"  # noqa: S608
            f" FROM unnest(%s::{key.rel_db_type(connection)}[], {arrays}) AS t(row_key, {', '.join(columns)})"
            f" WHERE r.{connection.ops.quote_name(str(key.column))} = t.row_key",
            [[row.pk for row in rows], *values],
        )
