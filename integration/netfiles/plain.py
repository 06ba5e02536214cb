"""A network as plain columns, as files without any model of classes write it, and its way into a pandapower net."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class PlainBus:
    """A bus: nominal line voltage in kV, load in kW and kvar."""

    name: str
    kv: float
    p_kw: float = 0.0
    q_kvar: float = 0.0
    in_service: bool = True


@dataclass(slots=True)
class PlainBranch:
    """A branch between two buses by name; ohms at the nominal voltage, `rated_a` NaN where unknown."""

    from_bus: str
    to_bus: str
    r_ohm: float
    x_ohm: float
    closed: bool = True
    c_nf: float = 0.0
    rated_a: float = math.nan


@dataclass(slots=True)
class PlainNet:
    """Buses, branches and the sources with the voltage they hold (p.u.)."""

    name: str
    buses: list[PlainBus] = field(default_factory=list)
    branches: list[PlainBranch] = field(default_factory=list)
    sources: dict[str, float] = field(default_factory=dict)


def pair_names(pairs: list[tuple[str, str]]) -> list[str]:
    """FROM-TO for every branch; the second between the same buses (either way round) is FROM-TO#2.

    Examples:
        >>> pair_names([("1", "2"), ("2", "3"), ("2", "1")])
        ['1-2', '2-3', '2-1#2']
    """
    seen: Counter[frozenset[str]] = Counter()
    names = []
    for start, end in pairs:
        both = frozenset((start, end))
        seen[both] += 1
        names.append(f"{start}-{end}" if seen[both] == 1 else f"{start}-{end}#{seen[both]}")
    return names


def to_net(plain: PlainNet) -> Any:
    """A pandapower net; open branches stay in it, out of service."""
    import pandapower  # noqa: PLC0415 - takes seconds

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = pandapower.create_empty_network(name=plain.name)
        buses = _add_buses(net, plain)
        add_lines(net, plain.branches, pair_names([(one.from_bus, one.to_bus) for one in plain.branches]), buses)
        for name, v_pu in plain.sources.items():
            pandapower.create_ext_grid(net, buses[name], vm_pu=v_pu, name=name)
    return net


def _add_buses(net: Any, plain: PlainNet) -> dict[str, int]:
    from pandapower import create_buses, create_loads  # noqa: PLC0415

    given = plain.buses
    indices = create_buses(
        net,
        len(given),
        vn_kv=[bus.kv for bus in given],
        name=[bus.name for bus in given],
        in_service=[bus.in_service for bus in given],
    )
    places = {bus.name: int(index) for bus, index in zip(given, indices, strict=True)}
    loads = [bus for bus in given if bus.p_kw or bus.q_kvar]
    if loads:
        create_loads(
            net,
            [places[bus.name] for bus in loads],
            p_mw=[bus.p_kw / 1e3 for bus in loads],
            q_mvar=[bus.q_kvar / 1e3 for bus in loads],
            name=[bus.name for bus in loads],
        )
    return places


def add_lines(net: Any, branches: list[PlainBranch], names: list[str], buses: dict[str, int]) -> None:
    """Lines of one kilometre each, so that the values per kilometre are those of the branch."""
    from pandapower import create_lines_from_parameters  # noqa: PLC0415

    if not branches:
        return
    create_lines_from_parameters(
        net,
        [buses[one.from_bus] for one in branches],
        [buses[one.to_bus] for one in branches],
        length_km=1.0,
        r_ohm_per_km=[one.r_ohm for one in branches],
        x_ohm_per_km=[one.x_ohm for one in branches],
        c_nf_per_km=[one.c_nf for one in branches],
        max_i_ka=[one.rated_a / 1e3 for one in branches],
        name=names,
        in_service=[one.closed for one in branches],
    )
