"""The arrays of a compiled network model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from network.domain.grid.lookup import Lookup
from network.domain.kernels import forest

Int = NDArray[np.int32]
Byte = NDArray[np.uint8]
Bool = NDArray[np.bool_]
Float = NDArray[np.float64]
Text = NDArray[np.bytes_]

_Scalar = TypeVar("_Scalar", bound=np.generic)

#: CIM classes of branches by their code in `Grid.branch_class`. Append only: codes are stored.
BRANCH_CLASSES = ("Other", "ACLineSegment", "PowerTransformer", "Breaker", "Recloser", "Fuse", "Sectionaliser",
                  "LoadBreakSwitch", "Disconnector", "GroundDisconnector", "Jumper", "Cut", "Switch",
                  "DisconnectingCircuitBreaker", "SeriesCompensator", "BusbarSection")  # fmt: skip


def frozen(array: NDArray[_Scalar]) -> NDArray[_Scalar]:
    """The same array, not to be written to any more; kernels are compiled for such arrays."""
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False, repr=False)
class Grid:
    """What is built, as read-only arrays. Where the switches stand is a mask (u8 phase bits per branch) beside it.

    n nodes are numbered depth first over the normal forest (the breadth-first spanning forest of the normal switch positions),
    so a normal subtree is the run of nodes [node, normal_exit[node]), and a parent has a smaller number than its children.
    m branches are numbered by the node they feed in the normal forest; those outside of it (`off_forest`) come last.

        source 0 --CB1-- 1 --L1-- 2 --L2-- 3        normal_parent = [-1, 0, 1, 2, 2]
                                  +--F1--- 4        normal_exit   = [ 5, 5, 5, 4, 5]
    """

    # Nodes, n of them.
    node_mrid: Text
    node_phases: Byte  # of what is connected
    node_nominal_v: Float  # line to line
    node_x: Float  # nan where unknown
    node_y: Float
    node_customers: Int  # usage points at this node: low side of their service transformer, or their consumer's node
    node_kw: Float  # of the consumers
    node_container: Int  # index of the containers, -1 if none
    node_substation: Int  # index of the containers: its own, else that of the source which normally feeds it
    node_feeder: Int  # head branch of the feeder which normally feeds it, -1 above the heads
    node_feeder_label: Int  # index of the feeder labels
    normal_branch: Int  # to the normal parent, -1 at roots
    normal_parent: Int
    normal_exit: Int
    normal_source: Int  # index of the sources, -1 if normally dead
    # Branches, m of them.
    branch_mrid: Text
    branch_from: Int
    branch_to: Int
    branch_phases: Byte  # with N; never zero: where the model says nothing, ABC
    branch_class: Byte  # index of BRANCH_CLASSES
    branch_rated_a: Float  # nan where unknown
    branch_container: Int
    branch_substation: Int
    branch_feeder: Int
    branch_feeder_label: Int
    is_switch: Bool
    is_protective: Bool
    is_transformer: Bool
    is_telemetered: Bool  # its position is
    is_feeder_head: Bool
    service_transformer: Bool  # with customers right behind it, or a low side under 1.1 kV
    normal_closed: Byte  # phase bits; all phases where not a switch
    initial_closed: Byte  # as the model says it stood when it was made
    off_forest: Int  # branches outside of the normal forest
    point_offsets: NDArray[np.int64]  # m + 1; branch b runs along points[point_offsets[b]:point_offsets[b + 1]]
    points: Float  # (k, 2)
    # adjacency: node i touches adj_branch[indptr[i]:indptr[i + 1]], whose far ends are adj_node[...]
    indptr: Int
    adj_branch: Int
    adj_node: Int
    # sources, at most one per node
    source_node: Int
    source_phases: Byte
    source_injection: Int
    source_at: Int  # per node: the source there, -1 if none
    # one-terminal equipment
    injection_mrid: Text
    injection_node: Int
    injection_kw: Float
    injection_phases: Byte
    # customers by node, ascending, and the phases they use
    group_node: Int
    group_phases: Byte
    group_customers: Int
    # containers and feeder labels
    container_mrid: Text
    container_name: Text
    container_class: Text
    container_parent: Int
    feeder_label_mrid: Text
    feeder_label_name: Text

    def __repr__(self) -> str:
        return f"Grid({self.node_count} nodes, {self.branch_count} branches, {self.source_node.size} sources)"

    @property
    def node_count(self) -> int:
        """How many nodes."""
        return int(self.node_mrid.size)

    @property
    def branch_count(self) -> int:
        """How many branches."""
        return int(self.branch_mrid.size)

    def node_index(self, mrid: str) -> int:
        """The node of this mRID, -1 if there is none."""
        return self._nodes.at(mrid)

    def branch_index(self, mrid: str) -> int:
        """The branch of this mRID, -1 if there is none."""
        return self._branches.at(mrid)

    def branch_indices(self, mrids: Sequence[str] | Text) -> Int:
        """The branches of these mRIDs, -1 where there is none."""
        return self._branches.all(mrids)

    def injection_indices(self, mrids: Sequence[str] | Text) -> Int:
        """The injections of these mRIDs, -1 where there is none."""
        return self._injections.all(mrids)

    def injection_index(self, mrid: str) -> int:
        """The injection of this mRID, -1 if there is none."""
        return self._injections.at(mrid)

    def node_mrid_text(self, node: int) -> str:
        """The mRID of a node."""
        return _text(self.node_mrid, node)

    def branch_mrid_text(self, branch: int) -> str:
        """The mRID of a branch."""
        return _text(self.branch_mrid, branch)

    def branch_class_name(self, branch: int) -> str:
        """The CIM class of a branch."""
        return BRANCH_CLASSES[self.branch_class[branch]]

    def feeder_name(self, branch: int) -> str:
        """Name of the feeder a branch was built into; given a feeder head, of the feeder that begins there."""
        return _label(self.feeder_label_name, self.branch_feeder_label, branch)

    def node_feeder_name(self, node: int) -> str:
        """Name of the feeder a node was built into."""
        return _label(self.feeder_label_name, self.node_feeder_label, node)

    def substation_name(self, branch: int) -> str:
        """Name of the substation that normally feeds a branch."""
        return _label(self.container_name, self.branch_substation, branch)

    def node_substation_name(self, node: int) -> str:
        """Name of the substation that normally feeds a node."""
        return _label(self.container_name, self.node_substation, node)

    def course(self, branch: int) -> Float:
        """The points (k, 2) a branch runs along, from `branch_from` to `branch_to`; empty where the model has none."""
        return self.points[self.point_offsets[branch] : self.point_offsets[branch + 1]]

    @cached_property
    def wires(self) -> forest.Wires:
        """What the kernels need of it."""
        return forest.Wires(
            self.indptr, self.adj_branch, self.adj_node, self.branch_from, self.branch_to, self.source_at,
            self.source_node, self.source_phases, self.is_feeder_head, self.normal_branch,
        )  # fmt: skip

    @cached_property
    def normal_fed(self) -> Int:
        """The node that each branch of the normal forest feeds; as many as there are, the others come after."""
        return frozen(np.flatnonzero(self.normal_branch >= 0).astype(np.int32))

    @cached_property
    def _nodes(self) -> Lookup:
        return Lookup(self.node_mrid)

    @cached_property
    def _branches(self) -> Lookup:
        return Lookup(self.branch_mrid)

    @cached_property
    def _injections(self) -> Lookup:
        return Lookup(self.injection_mrid)


def _text(texts: Text, index: int) -> str:
    return bytes(texts[index]).decode()


def _label(names: Text, labels: Int, index: int) -> str:
    label = int(labels[index])
    return _text(names, label) if label >= 0 else ""
