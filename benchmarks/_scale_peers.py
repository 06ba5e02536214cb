"""What the figures of scale.py are held against: scipy, one touch of the memory, Django's own ways; and a long journal."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

SAMPLE = 20_000


class Scipy:
    """Breadth-first search over a matrix of the closed branches, which is made before the clock runs; one more node is all sources."""

    def __init__(self, grid: Any) -> None:
        self.grid = grid
        self.size = grid.node_count + 1

    def matrix(self, closed: np.ndarray) -> Any:
        """The matrix of some positions."""
        grid = self.grid
        on = (closed & 7) > 0
        start = np.concatenate([grid.branch_from[on], np.full(grid.source_node.size, grid.node_count)])
        end = np.concatenate([grid.branch_to[on], grid.source_node])
        return csr_array((np.ones(start.size, np.int8), (start, end)), (self.size, self.size))

    def live(self, matrix: Any) -> int:
        """Nodes that a source reaches."""
        found = breadth_first_order(matrix, self.size - 1, directed=False, return_predecessors=False)
        return int(found.size) - 1


def touch(grid: Any) -> Callable[[], int]:
    """Read parents, branches and positions once and write one byte per node."""
    out = np.empty(grid.node_count, np.uint8)

    def once() -> int:
        out[:] = 7
        return int(grid.normal_parent.sum() + grid.normal_branch.sum() + grid.normal_closed.sum() + out.sum())

    return once


def bulk_create_rate() -> float:
    """Rows per second of Django's bulk_create for equipment, on a sample that is rolled back."""
    from django.db import transaction

    from network.models import Equipment

    rows = list(Equipment.objects.order_by("pk")[:SAMPLE])
    for number, row in enumerate(rows):
        row.pk, row.mrid = None, f"sample {number}"
    with transaction.atomic():
        began = time.perf_counter()
        Equipment.objects.bulk_create(rows, batch_size=2000)
        took = time.perf_counter() - began
        transaction.set_rollback(True)
    return len(rows) / took


def icontains_ms(text: str) -> float:
    """A search of equipment as Django would write it."""
    from network.models import Equipment

    began = time.perf_counter()
    list(Equipment.objects.filter(version__state="published", name__icontains=text).order_by("name")[:20])
    return 1000 * (time.perf_counter() - began)


def journal(present: Any, count: int, at: dt.datetime) -> None:
    """Append operations of random line switches to the journal of one area, a millisecond apart."""
    from django.db import transaction

    from adms.core import bulk
    from adms.core.services import areas
    from network.models import Equipment, JournalEntry

    equipment = Equipment.objects.filter(version_id=present.version_id, is_switch=True)
    area = equipment.order_by("pk").values_list("area_id", flat=True)[0]
    mrids = list(equipment.filter(area_id=area).values_list("mrid", flat=True))
    rng = np.random.default_rng(1)
    picks, positions = rng.integers(0, len(mrids), count).tolist(), (rng.integers(0, 2, count) * 7).tolist()
    fields = ("area", "number", "model", "kind", "equipment_mrid", "closed_before", "closed_after", "quality",
              "occurred_at", "recorded_at", "source", "actor", "reason", "data")  # fmt: skip
    with transaction.atomic():
        first = areas.next_numbers(area, "journal_number", count)
        bulk.copy(
            JournalEntry,
            fields,
            (
                (area, first + one, present.model_id, "position", mrids[pick], 7 - after, after, "good", when, when, "scada",
                 "benchmark", "", "{}")
                for one, (pick, after) in enumerate(zip(picks, positions, strict=True))
                for when in [at + dt.timedelta(milliseconds=one)]
            ),
        )  # fmt: skip
