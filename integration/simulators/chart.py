"""The network as the server describes it (docs/subsystems/simulators.md), and the truth that is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from integration.simulators.world import Branch, Meter, World


class ChartUnreadable(ValueError):
    """The document is not what it should be; the message says where."""


@dataclass(frozen=True, slots=True)
class Analog:
    """A measured current of the SCADA system: where, and the voltage there."""

    mrid: str
    branch: str
    nominal_v: float


@dataclass(frozen=True, slots=True)
class Indicator:
    """A fault indicator that SCADA reads: its point, and the branch it sits on."""

    mrid: str
    branch: str


@dataclass(frozen=True, slots=True)
class FaultCurrent:
    """A point at which protection tells the current of a fault: where, and the voltage there."""

    mrid: str
    branch: str
    nominal_v: float


@dataclass(frozen=True, slots=True)
class Chart:
    """What the server knows of the network at one moment; impedances in pu on 1 MVA, by branch and by node of a source."""

    model: str
    version: int
    world: World
    load_kw: dict[int, float]
    analogs: tuple[Analog, ...]
    believed_dark: frozenset[str]  # meter numbers
    indicators: tuple[Indicator, ...] = ()
    fault_currents: tuple[FaultCurrent, ...] = ()
    impedance: dict[int, complex] = field(default_factory=dict)
    source_z: dict[int, complex] = field(default_factory=dict)


def read(document: dict[str, Any]) -> Chart:
    """A chart with a new world in which everything stands as the server believes.

    Raises:
        ChartUnreadable: something is missing or of the wrong kind.
    """
    try:
        return _read(document)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ChartUnreadable(f"the description of the network is not usable: {error!r}") from None


def _read(document: dict[str, Any]) -> Chart:
    branches = document["branches"]
    world = World(
        node_count=int(document["nodes"]),
        branches=[_branch(one) for one in branches],
        sources=[int(node) for node in document["sources"]],
        meters=[Meter(str(one["number"]), str(one["usage_point"]), int(one["node"])) for one in document["meters"]],
        is_open=[index for index, one in enumerate(branches) if not one["closed"]],
    )
    return Chart(
        model=str(document["model"]),
        version=int(document["version"]),
        world=world,
        load_kw={int(node): float(kw) for node, kw in document["loads"]},
        analogs=tuple(
            Analog(str(one["mrid"]), str(one["branch"]), float(one["nominal_v"])) for one in document["analogs"]
        ),
        believed_dark=frozenset(map(str, document["dark"])),
        indicators=tuple(Indicator(str(one["mrid"]), str(one["branch"])) for one in document.get("indicators", ())),
        fault_currents=tuple(
            FaultCurrent(str(one["mrid"]), str(one["branch"]), float(one["nominal_v"]))
            for one in document.get("fault_currents", ())
        ),
        impedance={index: complex(*one["z"]) for index, one in enumerate(branches) if one.get("z")},
        source_z={int(node): complex(r, x) for node, r, x in document.get("source_z", ())},
    )


def _branch(one: dict[str, Any]) -> Branch:
    return Branch(
        mrid=str(one["mrid"]),
        name=str(one["name"]),
        cim_class=str(one["class"]),
        a=int(one["from"]),
        b=int(one["to"]),
        is_switch=bool(one["is_switch"]),
        is_protective=bool(one["is_protective"]),
        is_telemetered=bool(one["is_telemetered"]),
        normal_closed=bool(one["normal_closed"]),
        point_mrid=str(one["position_point_mrid"]),
    )


def mislink(world: World, rng: np.random.Generator) -> int | None:
    """Hang one meter behind another transformer than the records say; its index, None where all are at one node."""
    nodes = sorted({meter.node for meter in world.meters})
    if len(nodes) < 2:
        return None
    meter = int(rng.integers(len(world.meters)))
    others = [node for node in nodes if node != world.meters[meter].node]
    world.relocate(meter, others[int(rng.integers(len(others)))])
    return meter
