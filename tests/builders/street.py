"""A street of any length as CIM RDF/XML, with coordinates, houses and a tie: what a test uploads, changes line by line, and uploads again.

Grid --CB-- n0 --L1-- n1 --L2-- n2 ... --Ln-- nn --TIE/open-- m --SW-- n0     a village of ten houses hangs at each ni
"""

from collections.abc import Iterator

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:cim="http://iec.ch/TC57/CIM100#">
<cim:BaseVoltage rdf:ID="_bv"><cim:BaseVoltage.nominalVoltage>400</cim:BaseVoltage.nominalVoltage></cim:BaseVoltage>
"""


def street(lines: int, *, rated_a: float = 400, is_tie_open: bool = True, houses: int = 1, gap: int = 0) -> str:
    """The file.

    Args:
        lines: how many stretches it has.
        rated_a: of its breaker.
        is_tie_open: whether the tie is normally open; a loop otherwise.
        houses: usage points at each node.
        gap: number of the line that is left out, so that what lies behind it is unreachable; 0 for none.
    """
    return HEAD + "\n".join(_objects(lines, rated_a, houses, gap, is_tie_open=is_tie_open)) + "\n</rdf:RDF>\n"


def _objects(lines: int, rated_a: float, houses: int, gap: int, *, is_tie_open: bool) -> Iterator[str]:
    for name in ("grid", "m", *(f"n{i}" for i in range(lines + 1))):
        yield f'<cim:ConnectivityNode rdf:ID="_{name}"/>'
    yield equipment("EnergySource", "Grid", ["grid"], [(-100, 0)])
    yield equipment("Breaker", "CB", ["grid", "n0"], [(-100, 0), (0, 0)], f"{switch(is_open=False)}{_rated(rated_a)}")
    for i in range(1, lines + 1):
        ends, course = [f"n{i - 1}", f"n{i}"], [_place(i - 1), _place(i)]
        impedance = "".join(f"<cim:ACLineSegment.{one}>0.1</cim:ACLineSegment.{one}>" for one in ("r", "x"))
        if i != gap:
            yield equipment("ACLineSegment", f"L{i}", ends, course, impedance)
        yield equipment(
            "EnergyConsumer", f"V{i}", [f"n{i}"], [_place(i)], "<cim:EnergyConsumer.p>9000</cim:EnergyConsumer.p>"
        )
        for house in range(houses):
            yield f'<cim:UsagePoint rdf:ID="_u{i}-{house}"><cim:UsagePoint.Equipments rdf:resource="#_V{i}"/></cim:UsagePoint>'
    x, y = _place(lines)
    yield equipment("LoadBreakSwitch", "TIE", [f"n{lines}", "m"], [(x, y), (x, y + 60)], switch(is_open=is_tie_open))
    yield equipment("LoadBreakSwitch", "SW", ["m", "n0"], [(x, y + 60), (0, 60)], switch(is_open=False))


def _place(i: int) -> tuple[float, float]:
    return 50.0 * (i % 200), 80.0 * (i // 200)


def switch(*, is_open: bool) -> str:
    """The normal position of a switch."""
    return f"<cim:Switch.normalOpen>{str(is_open).lower()}</cim:Switch.normalOpen>"


def _rated(rated_a: float) -> str:
    return f"<cim:Switch.ratedCurrent>{rated_a:g}</cim:Switch.ratedCurrent>"


def equipment(cls: str, name: str, nodes: list[str], course: list[tuple[float, float]], more: str = "") -> str:
    """A piece of equipment with its terminals and where it stands; `more` are properties of its own."""
    parts = [
        (
            f'<cim:{cls} rdf:ID="_{name}"><cim:IdentifiedObject.name>{name}</cim:IdentifiedObject.name>{more}'
            '<cim:ConductingEquipment.BaseVoltage rdf:resource="#_bv"/>'
            f'<cim:PowerSystemResource.Location rdf:resource="#_{name}-place"/></cim:{cls}>'
        ),
        f'<cim:Location rdf:ID="_{name}-place"/>',
    ]
    for number, node in enumerate(nodes, start=1):
        parts.append(
            f'<cim:Terminal rdf:ID="_{name}-t{number}"><cim:ACDCTerminal.sequenceNumber>{number}</cim:ACDCTerminal.sequenceNumber>'
            f'<cim:Terminal.ConductingEquipment rdf:resource="#_{name}"/>'
            f'<cim:Terminal.ConnectivityNode rdf:resource="#_{node}"/></cim:Terminal>'
        )
    for number, (x, y) in enumerate(course, start=1):
        parts.append(
            f'<cim:PositionPoint rdf:ID="_{name}-p{number}"><cim:PositionPoint.sequenceNumber>{number}</cim:PositionPoint.sequenceNumber>'
            f"<cim:PositionPoint.xPosition>{x}</cim:PositionPoint.xPosition><cim:PositionPoint.yPosition>{y}</cim:PositionPoint.yPosition>"
            f'<cim:PositionPoint.Location rdf:resource="#_{name}-place"/></cim:PositionPoint>'
        )
    return "\n".join(parts)
