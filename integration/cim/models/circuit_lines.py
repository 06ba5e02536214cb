"""Lines with their impedances, and switches. Impedance comes per length by phase or sequence, as totals, or from the wires."""

from __future__ import annotations

from integration.cim.models import circuit_wires, classes, units
from integration.cim.models.circuit_parts import Parts
from integration.cim.models.store import Record
from network.domain import phases as ph
from network.domain.physics.circuit import SPLIT, Conductors, Line, LineCode, Switch, Triangle
from network.domain.physics.line_constants import sequence_code

_TOTALS = {
    "ACLineSegment": ("r", "x", "gch", "bch", "r0", "x0", "g0ch", "b0ch"),
    "SeriesCompensator": ("r", "x", "", "", "r0", "x0", "", ""),
    "EquivalentBranch": ("r", "x", "", "", "zeroR12", "zeroX12", "", ""),
    "PerLengthSequenceImpedance": ("r", "x", "gch", "bch", "r0", "x0", "g0ch", "b0ch"),
}
#: Of the eight values of a sequence code, those in ohm.
_OHMS = (0, 1, 4, 5)


def build_lines(parts: Parts) -> None:
    """Every line between two nodes. One without any impedance is taken as a switch that is always closed."""
    matrices = _matrices(parts)
    wires = circuit_wires.Wires(parts)
    for key, record in parts.build.store.of_class(*classes.LINES):
        nodes = parts.two_nodes(key, record)
        if nodes is None:
            continue
        phases, code, length = _impedance(parts, key, record, matrices, wires)
        branch = parts.build.draft.branches.get(record.id)
        rated = (branch.rated_a if branch else None) or wires.rated_a(key)
        found = parts.circuit.line_codes.get(code)
        if found is None or not (any(found.r) or any(found.x)) or not length:
            parts.regret(record, "no impedance; taken as a closed switch")
            parts.circuit.switches.append(Switch(record.id, record.name, *nodes, phases, phases, rated))
        else:
            parts.circuit.lines.append(Line(record.id, record.name, *nodes, phases, code, length, rated))


def _impedance(
    parts: Parts, key: str, record: Record, matrices: dict[str, LineCode], wires: circuit_wires.Wires
) -> tuple[Conductors, str, float]:
    """Phases in the order of the rows, the name of the code in the circuit, and what to multiply it by."""
    codes = parts.circuit.line_codes
    length = units.metres_of(record, parts.build.units)
    per_length = parts.build.store.follow(record, "ACLineSegment.PerLengthImpedance")
    phases = _in_rows(parts, key)
    if per_length is not None and per_length.cls == "PerLengthPhaseImpedance":
        name, size = per_length.id, _size(matrices.get(per_length.id))
        phases = _fitting(parts, key, phases, size)
        codes.setdefault(name, matrices.get(name, LineCode((), (), (), ())))
        return phases, name, length if len(phases) == size else 0.0
    if per_length is not None:
        name = f"{per_length.id}/{len(phases)}"
        if name not in codes:
            codes[name] = sequence_code(_values(per_length), len(phases))
        return phases, name, length
    if "ACLineSegment.WireSpacingInfo" in record.refs and (found := wires.code(key, record)):
        codes.setdefault(found[1], found[2])
        return found[0], found[1], length
    factor = units.ohm_factor(record, parts.build.units)
    values = tuple(value * factor if i in _OHMS else value for i, value in enumerate(_values(record)))
    codes[record.id] = sequence_code(values, len(phases))
    return phases, record.id, 1.0


def _in_rows(parts: Parts, key: str) -> Conductors:
    """Phases in the order of sequence numbers, without the neutral."""
    rows = parts.rows.get(key, ())
    if not rows or any(row.number("ACLineSegmentPhase.sequenceNumber") is None for row in rows):
        return parts.phases(key)
    ordered = sorted(rows, key=lambda row: row.number("ACLineSegmentPhase.sequenceNumber") or 0.0)
    found = [row.text.get("ACLineSegmentPhase.phase", "") for row in ordered]
    return tuple(phase for phase in found if phase != "N") or parts.phases(key)


def _fitting(parts: Parts, key: str, phases: Conductors, size: int) -> Conductors:
    """A code with a row for the neutral keeps it out; a line with more phases than rows is reported by its emptiness."""
    return phases if len(phases) == size else parts.phases(key)


def _size(code: LineCode | None) -> int:
    rows = {1: 1, 3: 2, 6: 3, 10: 4}
    return rows.get(len(code.r), 0) if code else 0


def _values(record: Record) -> tuple[float, ...]:
    """r, x, g, b of positive, then of zero sequence; a line without zero sequence has the positive one twice."""
    values = [record.number(f"{record.cls}.{name}") if name else 0.0 for name in _TOTALS[record.cls]]
    first = [value or 0.0 for value in values[:4]]
    if values[4] is None and values[5] is None:
        return (*first, *first)
    zero = [value or 0.0 for value in values[4:]]
    return (*first, *zero) if any(zero[:2]) else (*first, *first)


def _matrices(parts: Parts) -> dict[str, LineCode]:
    """PerLengthPhaseImpedance by mRID, from its PhaseImpedanceData; a code of CGMES would be per km."""
    data: dict[str, dict[tuple[int, int], Record]] = {}
    for _, record in parts.build.store.of_class("PhaseImpedanceData"):
        owner = parts.build.store.follow(record, "PhaseImpedanceData.PhaseImpedance")
        row, column = record.number("PhaseImpedanceData.row"), record.number("PhaseImpedanceData.column")
        if owner and row and column:
            data.setdefault(owner.id, {})[int(max(row, column)), int(min(row, column))] = record
    return {mrid: _matrix(entries, 1.0 / parts.build.units.metre) for mrid, entries in data.items()}


def _matrix(entries: dict[tuple[int, int], Record], factor: float) -> LineCode:
    size = max(row for row, _ in entries)
    places = [(i, j) for i in range(1, size + 1) for j in range(1, i + 1)]

    def values(name: str) -> Triangle:
        found = (entries.get(place) for place in places)
        return tuple((one.number(f"PhaseImpedanceData.{name}", 0.0) or 0.0) * factor if one else 0.0 for one in found)

    return LineCode(values("r"), values("x"), values("g"), values("b"))


def build_switches(parts: Parts) -> None:
    """Every switch between two nodes, with what is closed as the draft understood it."""
    split = _split_switches(parts)
    for key, record in parts.build.store.of_class(*classes.SWITCHES):
        nodes, branch = parts.two_nodes(key, record), parts.build.draft.branches.get(record.id)
        if nodes is None or branch is None:
            continue
        phases: Conductors = tuple(ph.text(branch.phases & ph.ABC))
        closed: Conductors = tuple(ph.text(branch.closed_phases & ph.ABC))
        if key in split:
            phases, closed = SPLIT, SPLIT if branch.closed_phases else ()
        if phases:  # else it earths a neutral
            parts.circuit.switches.append(Switch(record.id, record.name, *nodes, phases, closed, branch.rated_a))


def _split_switches(parts: Parts) -> set[str]:
    """Keys of switches whose phases are legs of a split-phase secondary."""
    return {
        part.refs.get("SwitchPhase.Switch", "")
        for _, part in parts.build.store.of_class("SwitchPhase")
        if part.text.get("SwitchPhase.phaseSide1", "").startswith("s")
    }
