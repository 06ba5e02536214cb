"""What history there is, how large, how long it is kept, and what would go now."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from adms.core import partitions
from adms.core.retention import Kept, declared

#: Tables of history that nothing is ever removed from, and why.
FOR_EVER = {
    "core_auditentry": "the audit trail is a chain: a link that is missing breaks it",
    "network_journalentry": "numbered without gaps; the present and any past second are its sum",
    "network_operation": "what the journal refers to",
    "outages_outage": "explained and reported for years",
    "outages_evidence": "explains the outages",
    "outages_call": "explains the outages",
    "outages_interruption": "the ledger, the only base of the reliability figures",
}
#: Of a table, or of its partitions where it has some: a plain table is no tree of partitions. Until it was analysed nobody has
#: estimated its rows (-1), but those that came and went are counted.
_SIZE = """
SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint,
       coalesce(sum(greatest(reltuples, pg_stat_get_live_tuples(oid), 0)), 0)::bigint
FROM pg_class
WHERE oid = %(table)s::regclass AND relkind = 'r'
   OR oid IN (SELECT relid FROM pg_partition_tree(%(table)s::regclass) WHERE isleaf)
"""


@dataclass(frozen=True, slots=True)
class History:
    """One kind of history: `rows` is PostgreSQL's estimate, `due` counted; `days` 0: kept for ever."""

    name: str
    table: str
    what: str
    days: int
    least_days: int
    bytes: int
    rows: int
    due: int
    cutoff: dt.datetime | None


def overview(at: dt.datetime) -> list[History]:
    """Every kind that may go, then the tables that never do."""
    return [_history(kept, at) for kept in declared()] + [
        History(table, table, why, 0, 0, *_size(table), 0, None) for table, why in FOR_EVER.items()
    ]


def _history(kept: Kept, at: dt.datetime) -> History:
    days = kept.kept_days
    cutoff = at - dt.timedelta(days=days) if days else None
    due = _due(kept, cutoff) if cutoff else 0
    return History(kept.name, kept.table, kept.what, days, kept.least_days, *_size(kept.table), due, cutoff)


def _size(table: str) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_SIZE, {"table": table})
        size, rows = cursor.fetchone()
    return int(size), int(rows)


def _due(kept: Kept, cutoff: dt.datetime) -> int:
    """Rows that would go: those of whole months, and of the rest by its condition."""
    table = f"{kept.table}_rest" if kept.month_of else kept.table
    count = 0
    with connection.cursor() as cursor:
        if kept.month_of:
            for name in [name for name, end in partitions.months(kept.table).items() if end <= cutoff]:
                cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))
                count += int(cursor.fetchone()[0])
        counted = sql.SQL("SELECT count(*) FROM {} one WHERE {}")
        cursor.execute(
            counted.format(sql.Identifier(table), sql.SQL(kept.condition)), {"cutoff": cutoff, **kept.parameters()}
        )
        return count + int(cursor.fetchone()[0])
