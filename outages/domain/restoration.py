"""Who is dark since a switch moved, whose interruption ends, and who stays dark behind it.

Rows of the ledger stand for groups of usage points at one node; here every usage point is one element of the arrays, so that
a group whose members come back at different times can be split.

>>> points = Points.of(row=[1, 1, 2], usage_point=[10, 11, 20], node=[5, 5, 6], phases=[7, 7, 1])
>>> settled = settle(points, Supply.of([5], [7]), still_dark=[11])
>>> settled.is_back.tolist(), settled.is_nested.tolist(), settled.phases.tolist()
([True, False, False], [False, True, False], [0, 7, 1])
>>> pieces(points, settled)[0]
Piece(row=1, usage_points=(10,), phases=0, is_back=True, is_nested=False)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from network.domain import phases as ph

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


#: Who says within this time of a restoration that he is dark never came back; later it is another outage (a setting).
STILL_OUT_S = 3600.0


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """Nodes that lost or regained supply at one moment, each once, with the phases concerned; ascending by node."""

    node: NDArray[np.int64]
    phases: NDArray[np.uint8]

    @classmethod
    def of(cls, node: ArrayLike, phases: ArrayLike) -> Supply:
        """Of arrays in any order; a node named twice joins its phases."""
        given, bits = np.asarray(node, np.int64), np.asarray(phases, np.uint8)
        nodes, row = np.unique(given, return_inverse=True)
        joined = np.zeros(nodes.size, np.uint8)
        np.bitwise_or.at(joined, row, bits)
        return cls(nodes, joined)

    def at(self, node: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The phases concerned at each of these nodes, 0 where the node is not among them."""
        if self.node.size == 0:
            return np.zeros(node.size, np.uint8)
        place = np.minimum(np.searchsorted(self.node, node), self.node.size - 1)
        return np.where(self.node[place] == node, self.phases[place], 0).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Usage points, one element each.

    Attributes:
        row: the ledger row it is in, -1 when it is in none.
        usage_point: its id.
        node: where it is supplied.
        phases: of an open row the phases that are dark; else those it is supplied by.
    """

    row: NDArray[np.int64]
    usage_point: NDArray[np.int64]
    node: NDArray[np.int64]
    phases: NDArray[np.uint8]

    @classmethod
    def of(cls, row: ArrayLike, usage_point: ArrayLike, node: ArrayLike, phases: ArrayLike) -> Points:
        """Of anything array-like."""
        return cls(
            np.asarray(row, np.int64), np.asarray(usage_point, np.int64), np.asarray(node, np.int64), np.asarray(phases, np.uint8)
        )  # fmt: skip

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> Points:
        """Only these."""
        return Points(self.row[chosen], self.usage_point[chosen], self.node[chosen], self.phases[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Settlement:
    """What became of each usage point of the open rows.

    Attributes:
        is_back: its interruption ends.
        is_nested: its node has supply again by the model, yet it is known to be dark: another, smaller outage holds it.
        phases: phase bits still dark.
    """

    is_back: NDArray[np.bool_]
    is_nested: NDArray[np.bool_]
    phases: NDArray[np.uint8]


class Piece(NamedTuple):
    """Usage points of one ledger row that fare alike; a row in several pieces is split."""

    row: int
    usage_points: tuple[int, ...]
    phases: int
    is_back: bool
    is_nested: bool


def newly_dark(points: Points, lost: Supply) -> NDArray[np.uint8]:
    """The phases each usage point lost now; 0 for those untouched. A point on no named phase is on all three."""
    return _own(points.phases) & lost.at(points.node)


def settle(points: Points, regained: Supply, still_dark: ArrayLike = ()) -> Settlement:
    """Whose interruption ends when these nodes regain supply.

    1. A usage point is back when every phase it missed is back: two of three phases are no supply to a three-phase customer.
    2. One in `still_dark` (its meter or its owner said so after the switch moved) stays out: nested.
    3. What the model still shows dead, behind an open point downstream, is not among the regained and stays as it was.
    """
    missing = _own(points.phases)
    left = missing & ~regained.at(points.node)
    restored = left == 0
    denied = np.isin(points.usage_point, np.asarray(still_dark, np.int64))
    nested = restored & denied
    return Settlement(restored & ~denied, nested, np.where(nested, missing, left).astype(np.uint8))


def pieces(points: Points, settled: Settlement) -> list[Piece]:
    """The usage points of every row, grouped by what became of them; one piece means the row stays whole."""
    groups: dict[tuple[int, int, bool, bool], list[int]] = {}
    columns = (points.row, settled.phases, settled.is_back, settled.is_nested, points.usage_point)
    for row, phases, is_back, is_nested, usage_point in zip(*(column.tolist() for column in columns), strict=True):
        groups.setdefault((row, phases, is_back, is_nested), []).append(usage_point)
    return [
        Piece(row, tuple(sorted(members)), phases, is_back, is_nested)
        for (row, phases, is_back, is_nested), members in sorted(
            groups.items(), key=lambda group: (group[0][0], min(group[1]))
        )
    ]


def never_back(
    ended_at: NDArray[np.float64],
    dark_at: NDArray[np.float64],
    live_at: NDArray[np.float64],
    *,
    within_s: float = STILL_OUT_S,
) -> NDArray[np.bool_]:
    """Which interruptions that were closed have in truth gone on: a report of darkness after the end, and no life since the end.

    One element a usage point: when its row was closed, its latest report of darkness and of life (-inf for none). A report
    later than `within_s` after the end is a new outage and not the old one.

    >>> ended, inf = np.array([100.0, 100.0, 100.0]), np.inf
    >>> never_back(ended, np.array([160.0, 160.0, 90.0]), np.array([-inf, 150.0, -inf])).tolist()
    [True, False, False]
    """
    return np.asarray((dark_at > ended_at) & (dark_at - ended_at <= within_s) & (live_at < ended_at), np.bool_)


def _own(phases: NDArray[np.uint8]) -> NDArray[np.uint8]:
    bits = phases & ph.ABC
    return np.where(bits == 0, ph.ABC, bits).astype(np.uint8)
