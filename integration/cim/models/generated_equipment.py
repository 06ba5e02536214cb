"""The equipment, terminals, limits, measurements and places of a generated utility as CIM100 text, in SI units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from network.domain import generation
from network.domain import phases as ph
from network.domain.generation import Utility
from network.domain.generation.styles import Conductor
from network.domain.grid import BRANCH_CLASSES, Columns
from network.domain.grid.arrays import Byte, Text

CODES = [ph.text(bits) for bits in range(8)]
_PHASE = "http://iec.ch/TC57/CIM100#PhaseCode."
_KINDS = {
    "position": ("Discrete", "Pos"),
    "current": ("Analog", "A"),
    "fault_indicator": ("Discrete", "FaultIndicator"),
}


class _Branch(NamedTuple):
    mrid: str
    name: str
    start: int
    end: int
    phases: int
    closed: int
    stands: int
    container: int
    rated_a: float
    rated_kva: float
    length_m: float
    conductor: int


def objects(
    utility: Utility, columns: Columns, *, point_mrids: Text | None = None, stands: Byte | None = None
) -> Iterator[str]:
    """Everything but places and customers.

    Args:
        utility: all of it, or a part.
        columns: of the same.
        point_mrids: of the telemetry points of a part.
        stands: phase bits by branch, where switches do not stand as they normally do.
    """
    version = _text("IEC61970CIMVersion.version", "IEC61970CIM100")
    yield f'<cim:IEC61970CIMVersion rdf:ID="_version">{version}</cim:IEC61970CIMVersion>\n'
    volts = sorted({float(one) for one in columns.node_nominal_v})
    for one in volts:
        yield f'<cim:BaseVoltage rdf:ID="_v{one:.0f}">{_text("BaseVoltage.nominalVoltage", one)}</cim:BaseVoltage>\n'
    for number, conductor in enumerate(utility.style.conductors):
        yield _limit(number, conductor)
    yield from _containers(columns)
    yield from _nodes(columns)
    yield from _branches(utility, columns, utility.branches["normal_closed"] if stands is None else stands)
    yield from _injections(utility, columns)
    yield from _points(utility, columns, generation.point_mrids(utility) if point_mrids is None else point_mrids)


def locations(columns: Columns) -> Iterator[str]:
    """The course of every branch that has one."""
    system = _text("CoordinateSystem.crsUrn", "urn:ogc:def:crs:EPSG::4326")
    yield f'<cim:CoordinateSystem rdf:ID="_wgs84">{system}</cim:CoordinateSystem>\n'
    offsets, points = columns.point_offsets.tolist(), columns.points.tolist()
    for mrid, first, end in zip(columns.branch_mrid.astype(str).tolist(), offsets, offsets[1:], strict=False):
        if end == first:
            continue
        yield (
            f'<cim:Location rdf:ID="_{mrid}-l"><cim:Location.CoordinateSystem rdf:resource="#_wgs84"/>'
            f'<cim:Location.PowerSystemResources rdf:resource="urn:uuid:{mrid}"/></cim:Location>\n'
        )
        for number, (x, y) in enumerate(points[first:end], start=1):
            yield (
                f'<cim:PositionPoint rdf:ID="_{mrid}-p{number}"><cim:PositionPoint.Location rdf:resource="#_{mrid}-l"/>'
                f"<cim:PositionPoint.sequenceNumber>{number}</cim:PositionPoint.sequenceNumber>"
                f"<cim:PositionPoint.xPosition>{x:.7f}</cim:PositionPoint.xPosition>"
                f"<cim:PositionPoint.yPosition>{y:.7f}</cim:PositionPoint.yPosition></cim:PositionPoint>\n"
            )


def _limit(number: int, conductor: Conductor) -> str:
    return (
        f'<cim:OperationalLimitSet rdf:ID="_limits{number}"><cim:IdentifiedObject.name>{conductor.name}</cim:IdentifiedObject.name>'
        "</cim:OperationalLimitSet>\n"
        f'<cim:CurrentLimit rdf:ID="_limit{number}"><cim:CurrentLimit.value>{conductor.rated_a}</cim:CurrentLimit.value>'
        f'<cim:OperationalLimit.OperationalLimitSet rdf:resource="#_limits{number}"/></cim:CurrentLimit>\n'
    )


def _containers(columns: Columns) -> Iterator[str]:
    mrids = columns.container_mrid.astype(str).tolist()
    above = {"Substation": "Substation.Region", "Feeder": "Feeder.NormalEnergizingSubstation"}
    rows = zip(mrids, columns.container_name, columns.container_class, columns.container_parent.tolist(), strict=True)
    for mrid, name, raw, parent in rows:
        kind = raw.decode()
        link = f'<cim:{above[kind]} rdf:resource="urn:uuid:{mrids[parent]}"/>' if parent >= 0 else ""
        yield f"{_begin(kind, mrid, name.decode())}{link}</cim:{kind}>\n"


def _nodes(columns: Columns) -> Iterator[str]:
    containers = columns.container_mrid.astype(str).tolist()
    rows = zip(columns.node_mrid.astype(str).tolist(), columns.node_container.tolist(), strict=True)
    for mrid, container in rows:
        number = int(mrid[:8], 16) + 1  # mRIDs begin with a running number
        held = f'<cim:ConnectivityNode.ConnectivityNodeContainer rdf:resource="urn:uuid:{containers[container]}"/>'
        yield f"{_begin('ConnectivityNode', mrid, f'N{number:08d}')}{held}</cim:ConnectivityNode>\n"


def _branches(utility: Utility, columns: Columns, stands: Byte) -> Iterator[str]:
    made = utility.branches | {"stands": stands}
    fields = (
        "start",
        "end",
        "phases",
        "normal_closed",
        "stands",
        "container",
        "rated_a",
        "rated_kva",
        "length_m",
        "conductor",
    )
    rows = zip(
        columns.branch_mrid.astype(str).tolist(),
        [name.decode() for name in made["name"].tolist()],
        *(made[name].tolist() for name in fields),
        strict=True,
    )
    containers = columns.container_mrid.astype(str).tolist()
    nodes, volts = columns.node_mrid.astype(str).tolist(), columns.node_nominal_v.tolist()
    for code, row in zip(made["code"].tolist(), rows, strict=True):
        branch, kind = _Branch(*row), BRANCH_CLASSES[code]
        ends = nodes[branch.start], nodes[branch.end]
        held = f'<cim:Equipment.EquipmentContainer rdf:resource="urn:uuid:{containers[branch.container]}"/>'
        yield f"{_begin(kind, branch.mrid, branch.name)}{held}{_said(kind, branch, utility, volts)}</cim:{kind}>\n"
        yield _terminals(branch.mrid, ends, branch.phases, branch.conductor)
        if kind == "PowerTransformer":
            yield _windings(branch, (volts[branch.start], volts[branch.end]))


def _said(kind: str, branch: _Branch, utility: Utility, volts: list[float]) -> str:
    if kind == "PowerTransformer":
        return ""
    base = f'<cim:ConductingEquipment.BaseVoltage rdf:resource="#_v{volts[branch.start]:.0f}"/>'
    if kind != "ACLineSegment":
        usually, now = ("false" if bits else "true" for bits in (branch.closed, branch.stands))
        return (
            f"{base}<cim:Switch.normalOpen>{usually}</cim:Switch.normalOpen><cim:Switch.open>{now}</cim:Switch.open>"
            f"<cim:Switch.ratedCurrent>{branch.rated_a}</cim:Switch.ratedCurrent>"
        )
    conductor, km = utility.style.conductors[branch.conductor], branch.length_m / 1000
    ohms = "".join(
        f"<cim:ACLineSegment.{name}>{getattr(conductor, name) * km:.6f}</cim:ACLineSegment.{name}>"
        for name in ("r", "x", "r0", "x0")
    )
    return f"{base}<cim:Conductor.length>{branch.length_m:.2f}</cim:Conductor.length>{ohms}"


def _terminals(mrid: str, nodes: tuple[str, ...], phases: int, conductor: int = -1) -> str:
    limits = f'<cim:ACDCTerminal.OperationalLimitSet rdf:resource="#_limits{conductor}"/>' if conductor >= 0 else ""
    return "".join(
        f'<cim:Terminal rdf:ID="_{mrid}-t{number}">{_text("ACDCTerminal.sequenceNumber", number)}'
        f'<cim:Terminal.ConductingEquipment rdf:resource="urn:uuid:{mrid}"/>'
        f'<cim:Terminal.phases rdf:resource="{_PHASE}{CODES[phases]}"/>'
        f'<cim:Terminal.ConnectivityNode rdf:resource="urn:uuid:{node}"/>{limits}</cim:Terminal>\n'
        for number, node in enumerate(nodes, start=1)
    )


def _windings(branch: _Branch, volts: tuple[float, float]) -> str:
    """Both ends; the whole impedance is said on the first."""
    base = generation.transformer_base(volts[0], branch.rated_kva * 1000, branch.phases.bit_count())
    ohms = (generation.TRANSFORMER_R * base, generation.TRANSFORMER_X * base), (0.0, 0.0)
    return "".join(
        f'<cim:PowerTransformerEnd rdf:ID="_{branch.mrid}-w{number}">{_text("TransformerEnd.endNumber", number)}'
        f'<cim:PowerTransformerEnd.PowerTransformer rdf:resource="urn:uuid:{branch.mrid}"/>'
        f'<cim:TransformerEnd.Terminal rdf:resource="#_{branch.mrid}-t{number}"/>'
        f'<cim:TransformerEnd.BaseVoltage rdf:resource="#_v{volt:.0f}"/>'
        f"<cim:PowerTransformerEnd.ratedU>{volt}</cim:PowerTransformerEnd.ratedU>"
        f"<cim:PowerTransformerEnd.ratedS>{branch.rated_kva * 1000}</cim:PowerTransformerEnd.ratedS>"
        f"<cim:PowerTransformerEnd.r>{r:.6f}</cim:PowerTransformerEnd.r><cim:PowerTransformerEnd.x>{x:.6f}</cim:PowerTransformerEnd.x>"
        '<cim:PowerTransformerEnd.connectionKind rdf:resource="http://iec.ch/TC57/CIM100#WindingConnection.Yn"/>'
        "</cim:PowerTransformerEnd>\n"
        for number, (volt, (r, x)) in enumerate(zip(volts, ohms, strict=True), start=1)
    )


def _injections(utility: Utility, columns: Columns) -> Iterator[str]:
    mrids = columns.injection_mrid.astype(str).tolist()
    at, bits = columns.injection_node.tolist(), columns.injection_phases.tolist()
    nodes, volts = columns.node_mrid.astype(str).tolist(), columns.node_nominal_v.tolist()
    containers = columns.container_mrid.astype(str).tolist()
    made = utility.consumers
    stations = columns.node_container[columns.injection_node[columns.is_source]].tolist()
    sources = [f"{columns.container_name[station].decode()} source" for station in stations]
    names = sources + [name.decode() for name in made["name"].tolist()]
    held = stations + made["container"].tolist()
    kw = columns.injection_kw.tolist()
    for place, (mrid, name, node, phases) in enumerate(zip(mrids, names, at, bits, strict=True)):
        kind = "EnergySource" if columns.is_source[place] else "EnergyConsumer"
        said = (
            f'<cim:Equipment.EquipmentContainer rdf:resource="urn:uuid:{containers[held[place]]}"/>'
            f'<cim:ConductingEquipment.BaseVoltage rdf:resource="#_v{volts[node]:.0f}"/>'
        )
        if kind == "EnergySource":
            said += f"<cim:EnergySource.nominalVoltage>{volts[node]}</cim:EnergySource.nominalVoltage>"
        else:
            watts, vars_ = kw[place] * 1000, kw[place] * 1000 * generation.KVAR_PER_KW
            said += f"<cim:EnergyConsumer.p>{watts:.0f}</cim:EnergyConsumer.p><cim:EnergyConsumer.q>{vars_:.1f}</cim:EnergyConsumer.q>"
        yield f"{_begin(kind, mrid, name)}{said}</cim:{kind}>\n"
        yield _terminals(mrid, (nodes[node],), phases)


def _points(utility: Utility, columns: Columns, point_mrids: Text) -> Iterator[str]:
    mrids = point_mrids.astype(str).tolist()
    owners = columns.branch_mrid[utility.point_branch].astype(str).tolist()
    names = utility.branches["name"][utility.point_branch].tolist()
    for mrid, owner, name, code in zip(mrids, owners, names, utility.point_kind.tolist(), strict=True):
        kind = generation.POINTS[code]
        cls, said = _KINDS[kind]
        yield (
            f"{_begin(cls, mrid, f'{name.decode()} {kind}')}<cim:Measurement.measurementType>{said}</cim:Measurement.measurementType>"
            f'<cim:Measurement.PowerSystemResource rdf:resource="urn:uuid:{owner}"/></cim:{cls}>\n'
        )


def _text(name: str, value: object) -> str:
    return f"<cim:{name}>{value}</cim:{name}>"


def _begin(cls: str, mrid: str, name: str) -> str:
    return f'<cim:{cls} rdf:about="urn:uuid:{mrid}"><cim:IdentifiedObject.name>{name}</cim:IdentifiedObject.name>'
