"""Indices that ask who was out: the rows of a period are read once more, with everybody's number."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from outages.domain import indices
from outages.domain.indices import Indices
from outages.domain.interruptions import Steps
from outages.models import Interruption
from outages.selectors import ledger_columns as columns
from outages.selectors.ledger_columns import Rows

#: Interruptions of customers beyond which nobody is followed one by one.
MOST_MEMBERS = 5_000_000


def of_rows(rows: Rows, *, customers: float, begin: dt.datetime, end: dt.datetime, border_min: float) -> Indices | None:
    """Every index of some rows; those that ask who was out are None beyond `MOST_MEMBERS`, all of them where nobody is served."""
    if not customers:
        return None
    who = None
    if int(rows["customers"].sum()) <= MOST_MEMBERS:
        members = _members(rows["pk"].tolist())
        who = [members[pk] for pk in rows["pk"].tolist()]
    steps = Steps.of(
        event=rows["outage"],
        duration_min=columns.minutes(rows, end),
        customers=rows["customers"],
        kva=rows["kva"],
        began_at=rows["began"] / 1e6,
        is_planned=rows["is_planned"],
        who=who,
    )
    hours = (end - begin).total_seconds() / 3600
    return indices.compute(
        steps, indices.Base(customers_served=customers, period_h=hours or None, momentary_min=border_min)
    )


def _members(ids: list[int]) -> dict[int, list[int]]:
    statement = f"SELECT id, usage_points FROM {Interruption._meta.db_table} WHERE id = ANY(%s)"  # noqa: S608, SLF001
    with connection.cursor() as cursor:
        cursor.execute(statement, [ids])
        return dict(cursor.fetchall())
