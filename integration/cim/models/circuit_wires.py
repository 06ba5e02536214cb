"""Line impedances out of wire data: WireSpacingInfo with its positions, OverheadWireInfo and cable infos."""

from __future__ import annotations

from integration.cim.models.circuit_parts import Parts
from integration.cim.models.store import Record
from network.domain.physics.circuit import Conductors, LineCode
from network.domain.physics.line_constants import Conductor, Sheath, concentric_neutral, line_code, tape_shield

_RESISTANCES = ("rAC50", "rAC75", "rAC25", "rDC20")


class Wires:
    """Codes of lines by their spacing and wires; each arrangement is computed once."""

    def __init__(self, parts: Parts) -> None:
        """Index positions by spacing."""
        self._parts = parts
        self._codes: dict[tuple[str, ...], LineCode | None] = {}
        self._positions: dict[str, dict[int, Record]] = {}
        for _, record in parts.build.store.of_class("WirePosition"):
            spacing = record.refs.get("WirePosition.WireSpacingInfo", "")
            number = int(record.number("WirePosition.sequenceNumber") or 0)
            self._positions.setdefault(spacing, {})[number] = record

    def rated_a(self, key: str) -> float | None:
        """The least rated current of the phase wires of a line."""
        rated = [
            wire.number("WireInfo.ratedCurrent") or 0.0
            for row in self._parts.rows.get(key, ())
            if row.text.get("ACLineSegmentPhase.phase") != "N" and (wire := self._wire(row))
        ]
        return min(rated, default=0.0) or None

    def code(self, key: str, line: Record) -> tuple[Conductors, str, LineCode] | None:
        """Phases, a name for the arrangement and its matrices; None where the wires do not suffice."""
        rows = sorted(
            self._parts.rows.get(key, ()), key=lambda row: row.number("ACLineSegmentPhase.sequenceNumber") or 0
        )
        phases = tuple(row.text.get("ACLineSegmentPhase.phase", "") for row in rows)
        spacing = line.refs.get("ACLineSegment.WireSpacingInfo", "")
        name = (spacing, *(row.refs.get("ACLineSegmentPhase.WireInfo", "") for row in rows), "".join(phases))
        if name not in self._codes:
            self._codes[name] = self._computed(line, rows, self._positions.get(spacing, {}))
        found = self._codes[name]
        return (tuple(one for one in phases if one != "N"), "/".join(name), found) if found else None

    def _computed(self, line: Record, rows: list[Record], positions: dict[int, Record]) -> LineCode | None:
        try:
            return line_code(self._conductors(rows, positions), self._parts.circuit.frequency_hz)
        except (ValueError, ZeroDivisionError) as error:
            self._parts.regret(line, str(error))
            return None

    def _conductors(self, rows: list[Record], positions: dict[int, Record]) -> list[Conductor]:
        found = []
        for order, row in enumerate(rows, start=1):
            number = int(row.number("ACLineSegmentPhase.sequenceNumber") or order)
            place, wire = positions.get(number), self._wire(row)
            if place is None or wire is None:
                raise ValueError(f"conductor {number} has no position or no wire")
            found.append(_conductor(place, wire, is_reduced=row.text.get("ACLineSegmentPhase.phase") == "N"))
        return found

    def _wire(self, row: Record) -> Record | None:
        store = self._parts.build.store
        return store.follow(row, "ACLineSegmentPhase.WireInfo") or store.follow(
            row, "PowerSystemResource.AssetDatasheet"
        )


def _conductor(place: Record, wire: Record, *, is_reduced: bool) -> Conductor:
    ohm = next((value for name in _RESISTANCES if (value := wire.number(f"WireInfo.{name}"))), 0.0)
    return Conductor(
        place.number("WirePosition.xCoord") or 0.0,
        place.number("WirePosition.yCoord") or 0.0,
        ohm,
        wire.number("WireInfo.gmr") or 0.0,
        wire.number("WireInfo.radius") or 0.0,
        is_reduced,
        _sheath(wire),
        _insulation(wire),
    )


def _sheath(wire: Record) -> Sheath | None:
    if wire.cls == "ConcentricNeutralCableInfo":
        strand = wire.number("ConcentricNeutralCableInfo.neutralStrandRadius") or 0.0
        circle = (wire.number("ConcentricNeutralCableInfo.diameterOverNeutral") or 0.0) / 2.0 - strand
        count = int(wire.number("ConcentricNeutralCableInfo.neutralStrandCount") or 0)
        ohm = wire.number("ConcentricNeutralCableInfo.neutralStrandRDC20") or 0.0
        gmr = wire.number("ConcentricNeutralCableInfo.neutralStrandGmr") or 0.7788 * strand
        return concentric_neutral(count, ohm, gmr, circle) if count and circle > 0 else None
    if wire.cls == "TapeShieldCableInfo":
        thickness = wire.number("TapeShieldCableInfo.tapeThickness") or 0.0
        diameter = (wire.number("CableInfo.diameterOverScreen") or 0.0) + 2.0 * thickness
        return (
            tape_shield(diameter, thickness, wire.number("TapeShieldCableInfo.tapeLap") or 0.0) if thickness else None
        )
    return None


def _insulation(wire: Record) -> tuple[float, float, float] | None:
    outer = (wire.number("CableInfo.diameterOverInsulation") or 0.0) / 2.0
    inner = outer - (wire.number("WireInfo.insulationThickness") or 0.0)
    return (inner, outer, wire.number("CableInfo.relativePermittivity") or 2.3) if 0.0 < inner < outer else None
