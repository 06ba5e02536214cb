"""What a utility is put together from: nodes, branches and consumers, block by block."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from network.domain.grid.arrays import BRANCH_CLASSES, Float, Int, Text

Block = dict[str, Any]
_CODES = {name: code for code, name in enumerate(BRANCH_CLASSES)}
_BRANCH: dict[str, tuple[Any, Any]] = {
    "phases": (np.uint8, 7),
    "normal_closed": (np.uint8, 255),  # 255: all of its phases
    "rated_a": (np.float64, np.nan),
    "rated_kva": (np.float64, np.nan),
    "length_m": (np.float64, np.nan),
    "conductor": (np.int16, -1),
}
_CONSUMER: dict[str, tuple[Any, Any]] = {"phases": (np.uint8, 7)}


class Pieces:
    """Everything so far. Each `add` gives the numbers of what it added; scalars are the same for the whole block."""

    def __init__(self) -> None:
        self.node_count = 0
        self.branch_count = 0
        self._nodes: list[Block] = []
        self._branches: list[Block] = []
        self._consumers: list[Block] = []

    def nodes(self, x: Float, y: Float, volts: Float | float, container: Int) -> Int:
        """Nodes at places in m."""
        first, self.node_count = self.node_count, self.node_count + x.size
        self._nodes.append({
            "x": x, "y": y, "volts": np.broadcast_to(np.asarray(volts, np.float64), x.shape),
            "container": np.broadcast_to(container, x.shape),
        })  # fmt: skip
        return np.arange(first, self.node_count, dtype=np.int32)

    def branches(self, cim_class: str, name: Text, start: Int, end: Int, container: Int, **more: Any) -> Int:
        """Branches of a class; `more` as in the columns of a branch."""
        first, self.branch_count = self.branch_count, self.branch_count + start.size
        block: Block = {"name": name, "start": start, "end": end, "container": np.broadcast_to(container, start.shape)}
        block["code"] = np.full(start.size, _CODES[cim_class], np.uint8)
        self._branches.append(block | _filled(_BRANCH, more, start.shape))
        return np.arange(first, self.branch_count, dtype=np.int32)

    def consumers(self, name: Text, node: Int, container: Int, customers: Int, kw: Float, **more: Any) -> None:
        """EnergyConsumers with so many customers each."""
        block: Block = {"name": name, "node": node, "container": container, "customers": customers, "kw": kw}
        self._consumers.append(block | _filled(_CONSUMER, more, node.shape))

    def place(self, nodes: Int) -> tuple[Float, Float]:
        """Where nodes of the latest blocks are."""
        x = np.concatenate([block["x"] for block in self._nodes])
        y = np.concatenate([block["y"] for block in self._nodes])
        return x[nodes], y[nodes]

    def all_nodes(self) -> Block:
        """The nodes as columns."""
        return _columns(self._nodes)

    def all_branches(self) -> Block:
        """The branches as columns."""
        found = _columns(self._branches)
        closed: NDArray[np.uint8] = found["normal_closed"]
        found["normal_closed"] = np.where(closed == 255, found["phases"], closed)
        return found

    def all_consumers(self) -> Block:
        """The consumers as columns."""
        return _columns(self._consumers)


def _filled(fields: dict[str, tuple[Any, Any]], given: Block, shape: tuple[int, ...]) -> Block:
    return {
        name: np.broadcast_to(np.asarray(given.get(name, default), dtype), shape)
        for name, (dtype, default) in fields.items()
    }


def _columns(blocks: list[Block]) -> Block:
    return {name: _stacked([block[name] for block in blocks]) for name in blocks[0]}


def _stacked(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(arrays)
