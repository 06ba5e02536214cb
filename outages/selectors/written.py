"""What a process may keep of a table whose rows say which transaction wrote them.

`written_by` is stamped by a trigger. A row whose transaction had ended when a process looked can change only by a later one, which
stamps it at or above the border of that look: so rows below the border may be kept, and those at or above it are read anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Look:
    """A table at one moment.

    Attributes:
        place: the database and the file of the table: another one is another table, or one that was emptied.
        border: every transaction below it has ended.
    """

    place: tuple[str, int]
    border: int


def look(table: str) -> Look:
    """Where a table is, and up to where what is read from it now may be kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_relation_filenode(%s::regclass)::bigint, pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
            [table],
        )
        file, border = cursor.fetchone()
    return Look((str(connection.settings_dict["NAME"]), file), border)
