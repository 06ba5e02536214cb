"""A grid with room for what is joined to it for a while: jumpers between nodes, mobile generation.

The arrays of a model version are frozen and shared by every process. Room for temporary elements is added behind them, so that
every number of the version keeps its meaning: slot s is node n + s and branch m + s. A slot's node is a source of its own that
feeds nothing; its branch is open and ends there. Joining a slot moves the ends of its branch, and only the rows of adjacency and a few
small columns are made anew. What conducts is said beside it, as for switches (`network.domain.temporary`).

    slot 0, empty           (n+0)            branch m+0 ends nowhere
    slot 1, jumper      x --m+1-- y          (n+1) idle
    slot 2, generation  (n+2) --m+2-- z
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from network.domain.grid import BRANCH_CLASSES, Grid
from network.domain.grid.arrays import Bool, Int, frozen
from network.domain.grid.lookup import Lookup
from network.domain.phases import ABC

#: Slots are added so many at a time: a further element then costs rows of adjacency, not a copy of every array.
BLOCK = 16
_JUMPER = BRANCH_CLASSES.index("Jumper")
_GENERATION = BRANCH_CLASSES.index("Switch")


@dataclass(frozen=True, slots=True)
class Join:
    """What fills a slot: a branch between two nodes, or from the slot's own source to `start` where `end` is -1."""

    slot: int
    mrid: str
    name: str
    start: int
    end: int = -1

    @property
    def is_generation(self) -> bool:
        """Whether it feeds in."""
        return self.end < 0


@dataclass(frozen=True, eq=False, repr=False)
class ExtendedGrid(Grid):
    """A grid with slots. Numbers below those of `base` mean what they mean there."""

    base: Grid
    joins: Mapping[int, Join]

    @property
    def slots(self) -> int:
        """How many slots it has, filled or not."""
        return self.branch_count - self.base.branch_count

    def branch_index(self, mrid: str) -> int:
        """The branch of this mRID, -1 if there is none."""
        found = self.base.branch_index(mrid)
        if found >= 0:
            return found
        slot = next((slot for slot, join in self.joins.items() if join.mrid == mrid), -1)
        return self.base.branch_count + slot if slot >= 0 else -1

    def branch_mrid_text(self, branch: int) -> str:
        """The mRID of a branch, or of the temporary element it is."""
        join = self._join(branch)
        return join.mrid if join else super().branch_mrid_text(branch)

    def feeder_name(self, branch: int) -> str:
        """Name of the feeder a branch was built into; of mobile generation its own."""
        join = self._join(branch)
        return join.name if join else super().feeder_name(branch)

    @cached_property
    def _nodes(self) -> Lookup:
        return self.base._nodes  # noqa: SLF001 - of its own class

    @cached_property
    def _branches(self) -> Lookup:
        return self.base._branches  # noqa: SLF001 - of its own class

    @cached_property
    def _injections(self) -> Lookup:
        return self.base._injections  # noqa: SLF001 - of its own class

    def _join(self, branch: int) -> Join | None:
        return self.joins.get(int(branch) - self.base.branch_count)


def slots_for(highest: int) -> int:
    """How many slots hold slot `highest` (-1: none), in whole blocks."""
    return -(-(highest + 1) // BLOCK) * BLOCK


def extend(grid: Grid, joins: Sequence[Join], cuts: Sequence[int] = ()) -> Grid:
    """The grid with these joined to it, and lines (`cuts`) that can stand open as switches do; itself where there is nothing."""
    if not joins and not cuts:
        return grid
    room = _room(grid, slots_for(max((join.slot for join in joins), default=-1)))
    if not joins:
        return dataclasses.replace(room, is_switch=_marked(room.is_switch, cuts))
    start, end = room.branch_from.copy(), room.branch_to.copy()
    for join in joins:
        branch = grid.branch_count + join.slot
        start[branch] = grid.node_count + join.slot if join.is_generation else join.start
        end[branch] = join.start if join.is_generation else join.end
    filled = np.array(sorted(grid.branch_count + join.slot for join in joins), np.int32)
    generation = [grid.branch_count + join.slot for join in joins if join.is_generation]
    return dataclasses.replace(
        room,
        joins={join.slot: join for join in joins},
        branch_from=frozen(start),
        branch_to=frozen(end),
        is_switch=_marked(room.is_switch, [*filled.tolist(), *cuts]),
        is_feeder_head=_marked(room.is_feeder_head, generation),
        branch_class=frozen(_classes(room, filled, generation)),
        **_rows(grid, room, filled, start, end),
    )


def _marked(mask: Bool, where: Sequence[int] | Int) -> Bool:
    marked = mask.copy()
    marked[np.asarray(where, np.int32)] = True
    return frozen(marked)


def _classes(room: Grid, filled: Int, generation: Sequence[int]) -> NDArray[np.uint8]:
    codes = room.branch_class.copy()
    codes[filled] = _JUMPER
    codes[np.asarray(generation, np.int32)] = _GENERATION
    return codes


def _rows(grid: Grid, room: Grid, filled: Int, start: Int, end: Int) -> dict[str, Any]:
    """The rows of adjacency with the filled slots at the end of their nodes' rows."""
    nodes = np.concatenate([start[filled], end[filled]])
    branches = np.concatenate([filled, filled])
    far = np.concatenate([end[filled], start[filled]])
    order = np.lexsort((branches, nodes))
    nodes, branches, far = nodes[order], branches[order], far[order]
    places = room.indptr[nodes + 1]
    more = np.bincount(nodes, minlength=room.node_count)
    return {
        "indptr": frozen((room.indptr + np.concatenate([[0], np.cumsum(more)])).astype(np.int32)),
        "adj_branch": frozen(np.insert(grid.adj_branch, places, branches).astype(np.int32, copy=False)),
        "adj_node": frozen(np.insert(grid.adj_node, places, far).astype(np.int32, copy=False)),
    }


@functools.lru_cache(maxsize=4)
def _room(grid: Grid, slots: int) -> ExtendedGrid:
    """The grid with empty slots: the one step that copies every array of nodes and branches."""
    arrays: dict[str, Any] = {field.name: getattr(grid, field.name) for field in dataclasses.fields(Grid)}
    for name, values in (_node_values(grid, slots) | _branch_values(grid, slots)).items():
        arrays[name] = frozen(_appended(arrays[name], values, slots))
    return ExtendedGrid(**arrays, base=grid, joins={})


def _appended(array: NDArray[Any], values: Any, slots: int) -> NDArray[Any]:
    if not slots:
        return array
    longer = np.empty(array.size + slots, array.dtype)
    longer[: array.size] = array
    longer[array.size :] = values
    return longer


def _node_values(grid: Grid, slots: int) -> dict[str, Any]:
    """What the columns of nodes and sources say of empty slots."""
    own = np.arange(slots, dtype=np.int32)
    source = grid.source_node.size + own
    nothing = ("node_container", "node_substation", "node_feeder", "node_feeder_label", "normal_branch",
               "normal_parent", "source_injection")  # fmt: skip
    zero = ("node_nominal_v", "node_customers", "node_kw")
    return {
        **dict.fromkeys(nothing, -1),
        **dict.fromkeys(zero, 0),
        "node_mrid": b"",
        "node_phases": ABC,
        "node_x": np.nan,
        "node_y": np.nan,
        "normal_exit": grid.node_count + own + 1,
        "normal_source": source,
        "source_at": source,
        "source_node": grid.node_count + own,
        "source_phases": ABC,
        "indptr": grid.indptr[-1],
    }


def _branch_values(grid: Grid, slots: int) -> dict[str, Any]:
    """What the columns of branches say of empty slots."""
    own = np.arange(slots, dtype=np.int32)
    nothing = ("branch_container", "branch_substation", "branch_feeder", "branch_feeder_label")
    no = ("is_switch", "is_protective", "is_transformer", "is_telemetered", "is_feeder_head", "service_transformer")
    return {
        **dict.fromkeys(nothing, -1),
        **dict.fromkeys(no, False),
        "branch_mrid": b"",
        "branch_from": grid.node_count + own,
        "branch_to": grid.node_count + own,
        "branch_phases": ABC,
        "branch_class": 0,
        "branch_rated_a": np.nan,
        "normal_closed": 0,
        "initial_closed": 0,
        "off_forest": grid.branch_count + own,
        "point_offsets": grid.point_offsets[-1],
    }
