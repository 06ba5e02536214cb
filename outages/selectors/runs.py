"""Very many grid nodes as runs of numbers: a source's tree of four thousand nodes is one run, or a few.

A network numbers what hangs together together, so the rows at the nodes of fifty trees are fifty look-ups in an index instead of two
hundred thousand. Runs may hold nodes between that were not meant (`GAP`): rows at these are left out afterwards.
"""

from __future__ import annotations

import numpy as np
from django.db import connection
from numpy.typing import NDArray

#: Nodes no further apart than this are in one run.
GAP = 32

_OUTAGES = """
SELECT o.id, o.node FROM unnest(%s::int[], %s::int[]) AS run(low, high)
CROSS JOIN LATERAL (
    SELECT id, node FROM outages_outage WHERE model_key = %s AND node BETWEEN run.low AND run.high OFFSET 0
) AS o
"""


def of(nodes: NDArray[np.integer]) -> tuple[list[int], list[int]]:
    """The first and the last node of each run, ascending.

    >>> of(np.array([7, 3, 4, 100, 5]))
    ([3, 100], [7, 100])
    """
    found = np.unique(nodes)
    if not found.size:
        return [], []
    ends = np.flatnonzero(np.diff(found) > GAP)
    low, high = found[np.concatenate([[0], ends + 1])], found[np.concatenate([ends, [found.size - 1]])]
    return low.tolist(), high.tolist()


def outages_at(model: str, nodes: NDArray[np.integer]) -> list[int]:
    """Numbers of the outages of a model that are at some nodes, ascending."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTAGES, [*of(nodes), model])
        rows = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
    return sorted(rows[np.isin(rows[:, 1], nodes), 0].tolist())
