"""Three feeders of one source as CIM RDF/XML, of which B can supply what A lost only after it has handed load to C.

Grid --CB-A-- [ A1 10 ] --SW-A2-- [ A2 30 ] --T1/open-- B1          kW by the model; the first line of B carries 60 of 80 kW, that of C
     --CB-B-- [ B1 20 ] --SW-B2-- [ B2 25 ] --SW-B3-- [ B3 15 ] --T2/open-- C1         20 of 50 kW
     --CB-C-- [ C1 20 ]

A1 is faulty when CB-A trips and the indicator of SW-A2 has not operated: B has 20 kW to spare for the 30 of A2, and 35 once B3 is C's.
A house takes a kilowatt. Every switch is telemetered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from integration.cim.models import read_model
from integration.services import circuits, models
from network.selectors import dead_area, state
from network.services import positions, power_flow
from network.services.positions import PositionReport
from tests.builders.generating import _node, _point
from tests.builders.street import HEAD, equipment, switch
from tests.cast import GATEWAY, NOON, SYSTEM, after

KEY = "handing"
LOADS = {"A": (10, 30), "B": (20, 25, 15), "C": (20,)}
#: kW that the first line of a feeder may carry at a power factor of 0.95, which is what the ampere are of.
LIMITS = {"A": 100.0, "B": 80.0, "C": 50.0}
_KW_OF_AN_AMPERE = 3.0**0.5 * 0.4 * 0.95


def handing() -> str:
    """The file."""
    return HEAD + "\n".join(_objects()) + "\n</rdf:RDF>\n"


def _objects() -> Iterator[str]:
    yield _node("grid")
    yield equipment("EnergySource", "Grid", ["grid"], [(0, 0)])
    for row, (name, loads) in enumerate(LOADS.items()):
        yield from _feeder(name, loads, 100.0 * row)
    yield from _switch("T1", ("A2", "B1"), 100.0, is_open=True)
    yield from _switch("T2", ("B3", "C1"), 200.0, is_open=True)
    yield _point("SW-A2-fi", "SW-A2", "FaultIndicator", "Discrete")


def _feeder(name: str, loads: Sequence[int], y: float) -> Iterator[str]:
    before = "grid"
    for number, kw in enumerate(loads, 1):
        at = f"{name}{number}"
        yield from map(_node, (f"{at}-in", at))
        name_of = f"CB-{name}" if number == 1 else f"SW-{at}"
        cls = "Breaker" if number == 1 else "LoadBreakSwitch"
        yield from _switch(name_of, (before, f"{at}-in"), y, cls=cls)
        impedance = "".join(f"<cim:ACLineSegment.{one}>0.002</cim:ACLineSegment.{one}>" for one in ("r", "x"))
        course = [(50.0 * number, y), (50.0 * number + 40.0, y)]
        yield equipment("ACLineSegment", f"L-{at}", [f"{at}-in", at], course, impedance)
        if number == 1:
            yield _limit(f"L-{at}", LIMITS[name] / _KW_OF_AN_AMPERE)
        load = f"<cim:EnergyConsumer.p>{kw * 1e3:g}</cim:EnergyConsumer.p>"
        yield equipment("EnergyConsumer", f"V-{at}", [at], [course[1]], load)
        for house in range(kw):
            resource = f'<cim:UsagePoint.Equipments rdf:resource="#_V-{at}"/>'
            yield f'<cim:UsagePoint rdf:ID="_u-{at}-{house}">{resource}</cim:UsagePoint>'
        before = at


def _switch(
    name: str, ends: tuple[str, str], y: float, *, cls: str = "LoadBreakSwitch", is_open: bool = False
) -> Iterator[str]:
    yield equipment(cls, name, list(ends), [(20.0, y), (30.0, y)], switch(is_open=is_open))
    yield _point(f"{name}-pos", name, "SwitchPosition", "Discrete")


def _limit(line: str, amperes: float) -> str:
    limits = f'<cim:OperationalLimit.OperationalLimitSet rdf:resource="#_{line}-limits"/>'
    return (
        f'<cim:OperationalLimitSet rdf:ID="_{line}-limits">'
        f'<cim:OperationalLimitSet.Equipment rdf:resource="#_{line}"/></cim:OperationalLimitSet>'
        f'<cim:CurrentLimit rdf:ID="_{line}-limit"><cim:CurrentLimit.value>{amperes:g}</cim:CurrentLimit.value>{limits}</cim:CurrentLimit>'
    )


class Handing:
    """The published network, solved as it stands."""

    def __init__(self, folder: Path, *, solve: bool = True) -> None:
        """Publish it."""
        state.forget()
        path = folder / "handing.xml"
        path.write_text(handing())
        models.publish_draft(actor=SYSTEM, draft=read_model([path], name=KEY), source="test", at=NOON)
        circuits.build_missing()
        if solve:
            power_flow.run(model=KEY, at=NOON)
        self.key = KEY

    @property
    def present(self) -> state.NetworkState:
        """As it stands now."""
        return state.present(KEY)

    @property
    def trunk(self) -> list[int]:
        """What the field breaks a line between: behind CB-A."""
        return [self.branch(name) for name in ("CB-B", "CB-A", "SW-A2")]

    def branch(self, mrid: str) -> int:
        """The place of a switch."""
        return self.present.grid.branch_index(mrid)

    def is_closed(self, mrid: str) -> bool:
        """Where a switch stands."""
        return bool(self.present.positions[self.branch(mrid)])

    def name(self, branch: int) -> str:
        """Of a branch."""
        return dead_area.names(self.present, [branch])[branch]

    def report(self, mrid: str, *, close: bool, at: float, quality: str = "good") -> None:
        """SCADA reports where a switch stands."""
        told = PositionReport(KEY, mrid, after(at), is_closed=close, quality=quality)
        positions.record_positions(actor=GATEWAY, source="scada", reports=[told], at=after(at))

    def live_customers(self) -> int:
        """Customers with supply."""
        present = self.present
        return int(present.grid.node_customers[present.energisation.live > 0].sum())
