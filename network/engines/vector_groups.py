"""Vector groups apart from the solution: a radial or consistently built network needs them for angles only.

A Newton iteration from a flat start fails where a Yd5 turns half the network by 150 degrees. So shifts are taken out of a net
before it is solved, and come back to the angles of its buses. Where two ways between buses turn differently, the shifts stay.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Any

Turns = dict[int, list[tuple[int, float]]]


def take_out(net: Any) -> dict[str, float]:
    """Set the shifts of a net's transformers to zero.

    Returns:
        by mRID of the bus: degrees it is behind its source; empty where the shifts had to stay.
    """
    turns = _turns(net)
    behind: dict[int, float] = {}
    for source in net.ext_grid["bus"]:
        if int(source) not in behind and not _spread(int(source), turns, behind):
            return {}
    net.trafo["shift_degree"] = 0.0
    return {str(net.bus.at[bus, "mrid"]): degrees for bus, degrees in behind.items()}


def _turns(net: Any) -> Turns:
    """Neighbours of every bus with what a way to them turns."""
    turns: Turns = defaultdict(list)

    def join(one: int, other: int, degrees: float = 0.0) -> None:
        turns[int(one)].append((int(other), degrees))
        turns[int(other)].append((int(one), -degrees))

    for one, other in zip(net.line["from_bus"], net.line["to_bus"], strict=True):
        join(one, other)
    for one, other, closed in zip(net.switch["bus"], net.switch["element"], net.switch["closed"], strict=True):
        if closed:
            join(one, other)
    for row in net.trafo.itertuples():
        join(row.hv_bus, row.lv_bus, row.shift_degree)
    return turns


def _spread(source: int, turns: Turns, behind: dict[int, float]) -> bool:
    """Give every bus of a source's island its turn; False where two ways disagree."""
    behind[source] = 0.0
    waiting = deque([source])
    while waiting:
        bus = waiting.popleft()
        for other, degrees in turns[bus]:
            turned = behind[bus] + degrees
            if other not in behind:
                behind[other] = turned
                waiting.append(other)
            elif abs((behind[other] - turned + 180.0) % 360.0 - 180.0) > 1e-6:
                return False
    return True
