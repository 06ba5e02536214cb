"""From a draft to columns: records become arrays in the order of their mRIDs, names become indices.

Ordering by mRID makes the grid a function of the network alone: the order of a file's elements, or of its files, changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from network.domain.draft import Branch, Injection, ModelDraft
from network.domain.grid.arrays import BRANCH_CLASSES, Grid, Int, Text
from network.domain.grid.assembly import Columns, assemble
from network.domain.phases import ABC

#: Injections whose p is load.
CONSUMER_CLASSES = frozenset({"EnergyConsumer", "ConformLoad", "NonConformLoad", "StationSupply"})
_CODES = {name: code for code, name in enumerate(BRANCH_CLASSES)}


class DanglingReference(ValueError):
    """Objects name others that are not in the model; `references` lists (object mRID, attribute, missing mRID)."""

    def __init__(self, references: list[tuple[str, str, str]]) -> None:
        self.references = references
        owner, attribute, missing = references[0]
        super().__init__(f"{owner}: {attribute} names {missing}, which is not in the model ({len(references)} such)")


def compile_grid(draft: ModelDraft) -> Grid:
    """Compile a draft to arrays.

    Raises:
        DanglingReference: a branch, injection, usage point or telemetry point names what is not there.
    """
    return assemble(_Reader(draft).columns())


class _Reader:
    """Reads one draft and notes what dangles."""

    def __init__(self, draft: ModelDraft) -> None:
        self.draft = draft
        self.nodes = [draft.nodes[mrid] for mrid in sorted(draft.nodes)]
        self.branches = [draft.branches[mrid] for mrid in sorted(draft.branches)]
        self.injections = [draft.injections[mrid] for mrid in sorted(draft.injections)]
        self.containers = [draft.containers[mrid] for mrid in sorted(draft.containers)]
        self.node_at = _positions(self.nodes)
        self.container_at = _positions(self.containers)
        self.dangling: list[tuple[str, str, str]] = []

    def columns(self) -> Columns:
        """The columns, or all that dangles at once."""
        found = self._node_columns() | self._branch_columns() | self._course_columns()
        found |= self._injection_columns() | self._customer_columns() | self._container_columns()
        if self.dangling:
            raise DanglingReference(self.dangling)
        return Columns(**found)

    def _node(self, owner: str, attribute: str, mrid: str) -> int:
        index = self.node_at.get(mrid)
        if index is None:
            self.dangling.append((owner, attribute, mrid))
            return 0
        return index

    def _container(self, mrid: str) -> int:
        return self.container_at.get(mrid, -1)  # a container only names; a missing one harms nothing

    def _node_columns(self) -> dict[str, Any]:
        nodes = self.nodes
        return {
            "node_mrid": _texts(node.mrid for node in nodes),
            "node_nominal_v": np.array([node.nominal_v for node in nodes], np.float64),
            "node_x": _numbers(node.x for node in nodes),
            "node_y": _numbers(node.y for node in nodes),
            "node_container": _indices(self._container(node.container_mrid) for node in nodes),
        }

    def _branch_columns(self) -> dict[str, Any]:
        branches = self.branches
        telemetered = {p.equipment_mrid for p in self.draft.telemetry_points.values() if p.kind == "position"}
        return {
            "branch_mrid": _texts(branch.mrid for branch in branches),
            "branch_name": _texts(branch.name for branch in branches),
            "branch_from": _indices(self._node(b.mrid, "from_node", b.from_node) for b in branches),
            "branch_to": _indices(self._node(b.mrid, "to_node", b.to_node) for b in branches),
            "branch_phases": np.array([branch.phases for branch in branches], np.uint8),
            "branch_class": np.array([_CODES.get(branch.cim_class, 0) for branch in branches], np.uint8),
            "branch_rated_a": _numbers(branch.rated_a for branch in branches),
            "branch_container": _indices(self._container(branch.container_mrid) for branch in branches),
            "is_telemetered": np.array([branch.mrid in telemetered for branch in branches], np.bool_),
            "normal_closed": np.array([branch.normal_closed_phases for branch in branches], np.uint8),
            "initial_closed": np.array([branch.closed_phases for branch in branches], np.uint8),
        }

    def _course_columns(self) -> dict[str, Any]:
        counts = [0] + [len(branch.points) for branch in self.branches]
        points = [point for branch in self.branches for point in branch.points]
        return {
            "point_offsets": np.cumsum(counts, dtype=np.int64),
            "points": np.array(points, np.float64).reshape(-1, 2),
        }

    def _injection_columns(self) -> dict[str, Any]:
        injections = self.injections
        return {
            "injection_mrid": _texts(injection.mrid for injection in injections),
            "injection_node": _indices(self._node(i.mrid, "node", i.node) for i in injections),
            "injection_kw": np.array([injection.p_kw for injection in injections], np.float64),
            "injection_phases": np.array([injection.phases for injection in injections], np.uint8),
            "is_source": np.array([injection.is_source for injection in injections], np.bool_),
            "is_consumer": np.array([injection.cim_class in CONSUMER_CLASSES for injection in injections], np.bool_),
        }

    def _customer_columns(self) -> dict[str, Any]:
        """Customers by node and phases: the usage points, or where the model has none, the consumers' own counts."""
        groups: Counter[tuple[int, int]] = Counter()
        for point in self.draft.usage_points.values():
            groups[self._supply_node(point.mrid, point.equipment_mrid), point.phases] += 1
        if not groups:
            for injection in self.injections:
                if injection.customer_count and injection.node in self.node_at:
                    groups[self.node_at[injection.node], injection.phases] += injection.customer_count
        ordered = sorted(groups)
        serving = {point.equipment_mrid for point in self.draft.usage_points.values()}
        return {
            "group_node": _indices(node for node, _ in ordered),
            "group_phases": np.array([bits & ABC for _, bits in ordered], np.uint8),
            "group_customers": _indices(groups[group] for group in ordered),
            "serves": np.array([branch.mrid in serving for branch in self.branches], np.bool_),
        }

    def _supply_node(self, owner: str, mrid: str) -> int:
        """Where the customers of a piece of equipment are: behind a branch, at an injection's node."""
        equipment: Branch | Injection | None = self.draft.branches.get(mrid) or self.draft.injections.get(mrid)
        if equipment is None:
            self.dangling.append((owner, "equipment_mrid", mrid))
            return 0
        return self.node_at.get(equipment.to_node if isinstance(equipment, Branch) else equipment.node, 0)

    def _container_columns(self) -> dict[str, Any]:
        containers = self.containers
        return {
            "container_mrid": _texts(container.mrid for container in containers),
            "container_name": _texts(container.name for container in containers),
            "container_class": _texts(container.cim_class for container in containers),
            "container_parent": _indices(self._container(container.parent_mrid) for container in containers),
        }


def _positions(records: Iterable[Any]) -> dict[str, int]:
    return {record.mrid: index for index, record in enumerate(records)}


def _texts(texts: Iterable[str]) -> Text:
    return np.array([text.encode() for text in texts], np.bytes_)


def _numbers(values: Iterable[float | None]) -> Any:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _indices(values: Iterable[int]) -> Int:
    return np.fromiter(values, np.int32)
