"""Indices that ask who was out: the rows of a period are read once more, with everybody's number."""

from __future__ import annotations

import datetime as dt

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from adms.core import days
from network.selectors import state
from outages.domain import indices
from outages.domain.indices import Indices
from outages.domain.interruptions import Steps
from outages.models import Interruption
from outages.selectors import connected_load
from outages.selectors import ledger_columns as columns
from outages.selectors.ledger_columns import Rows

#: Interruptions of customers beyond which nobody is followed one by one.
MOST_MEMBERS = 5_000_000
_TABLE = Interruption._meta.db_table  # noqa: SLF001


def of_rows(
    rows: Rows,
    *,
    customers: float,
    begin: dt.datetime,
    end: dt.datetime,
    border_min: float,
    connected_kva: float | None = None,
) -> Indices | None:
    """Every index of some rows; those that ask who was out are None beyond `MOST_MEMBERS`, all of them where nobody is served.

    ASIFI and ASIDI are related to `connected_kva`; the load of a row that does not say its own is that of its customers in the
    published model.
    """
    if not customers:
        return None
    who = None
    if int(rows["customers"].sum()) <= MOST_MEMBERS:
        members = _members(rows["pk"].tolist())
        who = [members[pk] for pk in rows["pk"].tolist()]
    kva = rows["kva"] if connected_kva is None else _loads(rows)
    steps = Steps.of(
        event=rows["outage"],
        duration_min=columns.minutes(rows, end),
        customers=rows["customers"],
        kva=kva,
        began_at=rows["began"] / 1e6,
        is_planned=rows["is_planned"],
        who=who,
    )
    hours = days.hours(begin, end)
    base = indices.Base(
        customers_served=customers, period_h=hours or None, connected_kva=connected_kva, momentary_min=border_min
    )
    return indices.compute(steps, base)


def _loads(rows: Rows) -> NDArray[np.float64]:
    """Connected kVA of each row; NaN where neither it nor the model says it."""
    found = rows["kva"].copy()
    missing = np.isnan(found)
    if not missing.any():
        return found
    statement = f"SELECT id, model_key, equipment_mrid FROM {_TABLE} WHERE id = ANY(%s)"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [rows["pk"][missing].tolist()])
        places = {pk: (model, mrid) for pk, model, mrid in cursor.fetchall()}
    published = set(state.models())
    each = {model: connected_load.of_model(model).by_equipment for model in {m for m, _ in places.values()} & published}
    told = [
        each.get(model, {}).get(mrid, np.nan) for model, mrid in (places[pk] for pk in rows["pk"][missing].tolist())
    ]
    found[missing] = np.array(told) * rows["customers"][missing]
    return found


def _members(ids: list[int]) -> dict[int, list[int]]:
    statement = f"SELECT id, usage_points FROM {_TABLE} WHERE id = ANY(%s)"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [ids])
        return dict(cursor.fetchall())
