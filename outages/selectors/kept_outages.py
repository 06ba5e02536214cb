"""Outages that go on, kept in the process that predicts: only those that were written since are read anew.

A version of a row is known by the transaction that wrote it (PostgreSQL's xmin). Kept is what a transaction wrote that had ended:
no other one has its number, so the same number is the same row. Whoever asks gets copies, which he may change.
"""

from __future__ import annotations

import numpy as np
from django.db import connection
from django.db.models import Q
from django.db.models.base import ModelState

from outages.domain import lifecycle
from outages.models import Outage
from outages.selectors.runs import Region

#: Number, node, writer, and how far the writer is below the oldest transaction that goes on; of 32 bits, as in the row.
_GOING = """
SELECT o.id, o.node, o.xmin::text::bigint,
       ((pg_snapshot_xmin(pg_current_snapshot())::text::bigint - o.xmin::text::bigint) %% 4294967296 + 4294967296) %% 4294967296
FROM unnest(%s::int[], %s::int[]) AS run(low, high)
CROSS JOIN LATERAL (
    SELECT id, node, state, xmin FROM outages_outage WHERE model_key = %s AND node BETWEEN run.low AND run.high OFFSET 0
) AS o WHERE o.state = ANY(%s)
"""
#: So many are kept at most.
MOST = 50_000

_kept: dict[int, tuple[int, Outage]] = {}  # by number: by whom it was written, and what it was


def going_at(model: str, region: Region) -> list[Outage]:
    """The outages of a model that go on in a part of the grid, without their explanations (read when they are asked for)."""
    with connection.cursor() as cursor:
        cursor.execute(_GOING, [region.low, region.high, model, sorted(lifecycle.RUNNING)])
        told = np.array(cursor.fetchall(), np.int64).reshape(-1, 4)
    told = told[region.has(told[:, 1])]
    writer = dict(zip(told[:, 0].tolist(), told[:, 2].tolist(), strict=True))
    has_ended = (told[:, 3] > 0) & (told[:, 3] < 2**31)
    may_be_kept = set(told[has_ended, 0].tolist())
    known = {pk: one[1] for pk, by in writer.items() if (one := _kept.get(pk)) is not None and one[0] == by}
    found = [_copy(one) for one in known.values()]
    for row in (
        Outage.objects.filter(Q(pk__any=[pk for pk in writer if pk not in known]))
        .select_related("area")
        .defer("explanation")
    ):
        found.append(row)
        if row.pk in may_be_kept:
            _kept[row.pk] = (writer[row.pk], _copy(row))
    if len(_kept) > MOST:
        _kept.clear()
    return [one for one in found if one.state in lifecycle.RUNNING]


def _copy(row: Outage) -> Outage:
    """Another object of the same row."""
    made = Outage.__new__(Outage)
    made.__dict__.update(row.__dict__)
    made._state = ModelState()  # noqa: SLF001
    made._state.adding, made._state.db = False, row._state.db  # noqa: SLF001
    made._state.fields_cache = dict(row._state.fields_cache)  # noqa: SLF001
    return made
