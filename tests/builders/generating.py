"""Three feeders with generation as CIM RDF/XML; each has a fault behind its breaker when a test says so.

Grid --CB-- [ near: ten houses ] --SW-- [ far: ten houses ] --TIE/open-- Grid
                 |                          |
               SWG3 of C only            SWG1, SWG2 of A and B       a machine hangs behind each SWG

Every switch is telemetered, SW has a fault indicator; power is read at the breakers and at the machines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.builders.street import HEAD, equipment, switch

FEEDERS = ("A", "B", "C")
#: kW that the houses of each section take by the model.
SECTION_KW = 9.0


def generating(feeders: Sequence[str] = FEEDERS) -> str:
    """The file; the machine of the last feeder hangs on the near section."""
    return HEAD + "\n".join(_objects(feeders)) + "\n</rdf:RDF>\n"


def _objects(feeders: Sequence[str]) -> Iterator[str]:
    yield _node("grid")
    yield equipment("EnergySource", "Grid", ["grid"], [(0, 0)])
    for row, name in enumerate(feeders):
        yield from _feeder(name, 100.0 * row, machine_at="near" if name == feeders[-1] else "far")


def _feeder(name: str, y: float, *, machine_at: str) -> Iterator[str]:
    places = ("head", "near", "mid", "far", "gen")
    at = {place: f"{place}{name}" for place in places}
    x = {place: 50.0 * (number + 1) for number, place in enumerate(places)}
    yield from map(_node, at.values())
    for kind, label, start, end, is_open in (
        ("Breaker", "CB", "grid", "head", False),
        ("LoadBreakSwitch", "SW", "near", "mid", False),
        ("LoadBreakSwitch", "TIE", "far", "grid", True),
        ("Breaker", "SWG", machine_at, "gen", False),
    ):
        ends = [at.get(start, start), at.get(end, end)]
        course = [(x.get(place, 0.0), y) for place in (start, end)]
        yield equipment(kind, f"{label}-{name}", ends, course, switch(is_open=is_open))
        yield _point(f"{label}-{name}-pos", f"{label}-{name}", "SwitchPosition", "Discrete")
    for label, start, end in (("L1", "head", "near"), ("L2", "mid", "far")):
        impedance = "".join(f"<cim:ACLineSegment.{one}>0.01</cim:ACLineSegment.{one}>" for one in ("r", "x"))
        yield equipment(
            "ACLineSegment", f"{label}-{name}", [at[start], at[end]], [(x[start], y), (x[end], y)], impedance
        )
        load = f"<cim:EnergyConsumer.p>{SECTION_KW * 1e3:g}</cim:EnergyConsumer.p>"
        yield equipment("EnergyConsumer", f"V{label}-{name}", [at[end]], [(x[end], y)], load)
        for house in range(10):
            resource = f'<cim:UsagePoint.Equipments rdf:resource="#_V{label}-{name}"/>'
            yield f'<cim:UsagePoint rdf:ID="_u{label}-{name}-{house}">{resource}</cim:UsagePoint>'
    rated = "<cim:PowerElectronicsConnection.ratedS>50000</cim:PowerElectronicsConnection.ratedS>"
    yield equipment("PowerElectronicsConnection", f"G-{name}", [at["gen"]], [(x["gen"], y)], rated)
    yield _point(f"SW-{name}-fi", f"SW-{name}", "FaultIndicator", "Discrete")
    for label in ("CB", "G"):
        yield _point(f"{label}-{name}-p", f"{label}-{name}", "ThreePhaseActivePower", "Analog")


def _node(name: str) -> str:
    return f'<cim:ConnectivityNode rdf:ID="_{name}"/>'


def _point(name: str, owner: str, kind: str, cls: str) -> str:
    return (
        f'<cim:{cls} rdf:ID="_{name}"><cim:IdentifiedObject.name>{name}</cim:IdentifiedObject.name>'
        f"<cim:Measurement.measurementType>{kind}</cim:Measurement.measurementType>"
        f'<cim:Measurement.PowerSystemResource rdf:resource="#_{owner}"/></cim:{cls}>'
    )
