"""Very many grid nodes as runs of numbers: a source's tree of four thousand nodes is one run, or a few.

A network numbers what hangs together together, so the rows at the nodes of fifty trees are fifty look-ups in an index instead of two
hundred thousand. Runs may hold nodes between that were not meant (`GAP`): rows at these are left out afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A part of the grid: its runs, ascending and apart, and which nodes are really meant.

    Made once for a piece of work: to sort the nodes of a million customers takes longer than to predict there.
    """

    low: list[int]
    high: list[int]
    has: Callable[[NDArray[np.integer]], NDArray[np.bool_]]

    @classmethod
    def of_nodes(cls, nodes: NDArray[np.integer]) -> Region:
        """Of any nodes."""
        return cls(*of(nodes), lambda some: np.isin(some, nodes))

    @classmethod
    def of_runs(
        cls,
        low: NDArray[np.integer],
        high: NDArray[np.integer],
        has: Callable[[NDArray[np.integer]], NDArray[np.bool_]],
    ) -> Region:
        """Of runs in any order, which may lie over each other."""
        order = np.argsort(low, kind="stable")
        low, high = low[order], np.maximum.accumulate(high[order])
        begins = np.flatnonzero(np.concatenate([[True], low[1:] > high[:-1]])) if low.size else order
        ends = np.append(begins[1:], low.size) - 1 if low.size else order
        return cls(low[begins].tolist(), high[ends].tolist(), has)


def outages_at(model: str, region: Region) -> list[int]:
    """Numbers of the outages of a model that are in a region, ascending."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTAGES, [region.low, region.high, model])
        rows = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
    return sorted(rows[region.has(rows[:, 1]), 0].tolist())
