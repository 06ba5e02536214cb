"""Load allocation on a balanced pandapower net: heads are lines or transformers, all phases together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from network.domain.physics.allocation import Allocation, allocate, below
from network.engines import balanced_pandapower

Head = tuple[str, int]  # table and index of a branch
_ENDS = {"line": ("from", "to"), "trafo": ("hv", "lv")}


def allocate_net(net: Any, measured: Mapping[Head, complex], weights: Mapping[str, float] | None = None) -> Allocation:
    """Loads of a net from what its heads measure; the net's load table holds them afterwards.

    Args:
        net: a pandapower net.
        measured: kW + j kvar into the feeder by head.
        weights: by name of the load; by default its rated, else its present apparent power.

    Raises:
        ValueError: nothing with a weight lies below a head, or a weight names no load.
    """
    edges, places = _edges(net)
    index = {int(bus): place for place, bus in enumerate(net.bus.index)}
    sources = [index[int(bus)] for bus in net.ext_grid["bus"][net.ext_grid["in_service"]]]
    areas = [below(len(index), edges, places[head], sources) for head in measured if _is_closed(head, places, net)]
    at = np.array([index[int(bus)] for bus in net.load["bus"]], dtype=np.int64)
    present = (net.load["p_mw"] + 1j * net.load["q_mvar"]).to_numpy() * net.load["scaling"].to_numpy() * 1e3
    ends = [_feeding_end(net, head, area, index) for head, area in zip(measured, areas, strict=True)]
    net.load["scaling"] = 1.0

    def flows(loads: NDArray[np.complex128]) -> NDArray[np.complex128] | None:
        net.load["p_mw"], net.load["q_mvar"] = loads.real / 1e3, loads.imag / 1e3
        if not balanced_pandapower.solve(net).converged:
            return None
        return np.array([_flow(net, head, end) for head, end in zip(measured, ends, strict=True)])

    values = np.array(list(measured.values()), dtype=np.complex128)
    return allocate(values, _channels(areas, at), _weights(net, present, weights), present, flows)


def _edges(net: Any) -> tuple[list[tuple[int, int]], dict[Head, int]]:
    """Closed branches between positions of buses, and the number of each."""
    index = {int(bus): place for place, bus in enumerate(net.bus.index)}
    opened = {(row.et, int(row.element)) for row in net.switch.itertuples() if row.et != "b" and not row.closed}
    edges: list[tuple[int, int]] = []
    places: dict[Head, int] = {}
    for table, kind in (("line", "l"), ("trafo", "t")):
        start, end = (f"{side}_bus" for side in _ENDS[table])
        for row in net[table].itertuples():
            if row.in_service and (kind, int(row.Index)) not in opened:
                places[table, int(row.Index)] = len(edges)
                edges.append((index[int(getattr(row, start))], index[int(getattr(row, end))]))
    joined = (row for row in net.switch.itertuples() if row.et == "b" and row.closed)
    edges += [(index[int(row.bus)], index[int(row.element)]) for row in joined]
    return edges, places


def _is_closed(head: Head, places: dict[Head, int], net: Any) -> bool:
    if head not in places:
        raise ValueError(f"branch {net[head[0]]['name'][head[1]]} is open: it feeds nothing")
    return True


def _feeding_end(net: Any, head: Head, area: NDArray[np.bool_], index: dict[int, int]) -> str:
    """The side of a head from which the power comes."""
    table, row = head
    first, second = _ENDS[table]
    starts, ends = (bool(area[index[int(net[table][f"{side}_bus"][row])]]) for side in (first, second))
    if starts == ends:
        raise ValueError(f"branch {net[table]['name'][row]} is no head: what lies behind it is also fed otherwise")
    return first if ends else second


def _flow(net: Any, head: Head, end: str) -> complex:
    solved = net[f"res_{head[0]}"].loc[head[1]]
    return complex(solved[f"p_{end}_mw"], solved[f"q_{end}_mvar"]) * 1e3


def _channels(areas: list[NDArray[np.bool_]], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each load the innermost head above it, -1 for none."""
    channel = np.full(len(at), -1, dtype=np.int64)
    for number in sorted(range(len(areas)), key=lambda place: -int(areas[place].sum())):
        channel[areas[number][at]] = number
    return channel


def _weights(net: Any, present: NDArray[np.complex128], weights: Mapping[str, float] | None) -> NDArray[np.float64]:
    in_service = net.load["in_service"].to_numpy(dtype=bool)
    if weights is None:
        rated = net.load["sn_mva"].to_numpy(dtype=float) * 1e3
        return np.where(in_service, np.where(np.isfinite(rated) & (rated > 0), rated, np.abs(present)), 0.0)
    names = [str(name) for name in net.load["name"]]
    if unknown := sorted(set(weights) - set(names)):
        raise ValueError(f"weight of {unknown[0]!r}: there is no such load")
    return np.where(in_service, np.array([weights.get(name, 0.0) for name in names]), 0.0)
