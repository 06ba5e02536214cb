"""Lines of a feeder's tables by matrices, by spacing and wires, or by their own impedance; switches and series reactors."""

from __future__ import annotations

import math

from integration.gis.feeder.rdf import Enum, Ref, Value
from integration.gis.feeder.rows import Row
from integration.gis.feeder.tables import Feeder, conductors

_OMEGA = 2.0 * math.pi * 60.0
_SWITCHES = {
    "Breaker",
    "Recloser",
    "Fuse",
    "LoadBreakSwitch",
    "Disconnector",
    "Sectionaliser",
    "Switch",
    "Jumper",
    "Cut",
}


def build(feeder: Feeder) -> None:
    """All of them."""
    _codes(feeder)
    _wires(feeder)
    _spacings(feeder)
    codes = {row.text("Name") for row in feeder.rows("PhaseLineCodes")}
    for table in ("LinesCodeZ", "TriplexLines"):
        for row in feeder.rows(table):
            _by_code(feeder, row, codes)
    known = _known_wires(feeder), {row.text("Name"): row for row in feeder.rows("Spacings")}
    for row in feeder.rows("LinesSpacingZ"):
        _by_spacing(feeder, row, *known)
    for row in feeder.rows("LinesInstanceZ"):
        _by_itself(feeder, row)
    for row in feeder.rows("SeriesCompensator"):
        values: dict[str, Value] = {f"SeriesCompensator.{n.lower()}": row.number(n) for n in ("R1", "X1", "R0", "X0")}
        values = {label.replace("r1", "r").replace("x1", "x"): value for label, value in values.items()}
        feeder.equipment("SeriesCompensator", row, values, _ends(row))
    for row in feeder.rows("Switches"):
        _switch(feeder, row)


def _ends(row: Row) -> tuple[str, str]:
    return row.text("Bus1"), row.text("Bus2")


def _codes(feeder: Feeder) -> None:
    """Matrices per metre."""
    for row in feeder.rows("PhaseLineCodes"):
        count, per, name = int(row.number("NumPhases")), row.metres(), row.text("Name")
        values: dict[str, Value] = {"PerLengthPhaseImpedance.conductorCount": count}
        code = Ref(feeder.document.add("PerLengthPhaseImpedance", name, values))
        for i in range(1, count + 1):
            for j in range(1, i + 1):
                cells = {
                    "r": row.number(f"r{i}{j}") / per,
                    "x": row.number(f"x{i}{j}") / per,
                    "b": row.number(f"c{i}{j}") * 1e-9 * _OMEGA / per,
                }
                cell: dict[str, Value] = {f"PhaseImpedanceData.{label}": value for label, value in cells.items()}
                cell |= {
                    "PhaseImpedanceData.row": i,
                    "PhaseImpedanceData.column": j,
                    "PhaseImpedanceData.PhaseImpedance": code,
                }
                feeder.document.add("PhaseImpedanceData", f"{name}_{i}{j}", cell)


def _known_wires(feeder: Feeder) -> dict[str, str]:
    """Class of every wire by its name."""
    tables = {"Wires": "OverheadWireInfo", "CNCables": "ConcentricNeutralCableInfo", "TSCables": "TapeShieldCableInfo"}
    return {row.text("Name"): cls for table, cls in tables.items() for row in feeder.rows(table)}


def _wires(feeder: Feeder) -> None:
    """Wires and cables in metres."""
    for row in [*feeder.rows("Wires"), *feeder.rows("CNCables"), *feeder.rows("TSCables")]:
        per = row.metres()
        values: dict[str, Value] = {
            "WireInfo.gmr": row.number("GMR") * per,
            "WireInfo.radius": row.number("Radius") * per,
            "WireInfo.ratedCurrent": row.number("NormAmps"),
        }
        pairs = (("rAC25", "Rac25"), ("rAC50", "Rac50"), ("rAC75", "Rac75"), ("rDC20", "Rdc"))
        values |= {f"WireInfo.{label}": row.number(column) / per for label, column in pairs}
        if "EpsRel" in row.cells:
            values |= _cable(row, per)
        feeder.document.add(_known_wires(feeder)[row.text("Name")], row.text("Name"), values)


def _cable(row: Row, per: float) -> dict[str, Value]:
    lengths = {
        "WireInfo.insulationThickness": "InsThick", "CableInfo.diameterOverCore": "DIACore",
        "CableInfo.diameterOverJacket": "DIAJacket", "CableInfo.diameterOverInsulation": "DIAIns",
        "CableInfo.diameterOverScreen": "DIAScreen",
    }  # fmt: skip
    values: dict[str, Value] = {"CableInfo.relativePermittivity": row.number("EpsRel")}
    values |= {label: row.number(column) * per for label, column in lengths.items()}
    if "Ns" in row.cells:
        kind, strand = "ConcentricNeutralCableInfo", row.number("DIAs") * per
        values |= {f"{kind}.neutralStrandCount": int(row.number("Ns")), f"{kind}.neutralStrandRadius": strand / 2.0}
        values |= {
            f"{kind}.neutralStrandGmr": row.number("GMRs") * per,
            f"{kind}.neutralStrandRDC20": row.number("RESs") / per,
        }
        around = row.number("DIAn") * per or row.number("DIAScreen") * per + 2.0 * strand
        values[f"{kind}.diameterOverNeutral"] = around
    else:
        values |= {
            "TapeShieldCableInfo.tapeLap": row.number("Tlap"),
            "TapeShieldCableInfo.tapeThickness": row.number("Tthick") * per,
        }
    return values


def _spacings(feeder: Feeder) -> None:
    for row in feeder.rows("Spacings"):
        name, per = row.text("Name"), row.metres()
        spacing = Ref(feeder.document.add("WireSpacingInfo", name, {}))
        places = zip(_numbers(row, "Xvals"), _numbers(row, "Yvals"), strict=True)
        for number, (x, y) in enumerate(places, start=1):
            values: dict[str, Value] = {"WirePosition.xCoord": x * per, "WirePosition.yCoord": y * per}
            values |= {"WirePosition.sequenceNumber": number, "WirePosition.WireSpacingInfo": spacing}
            feeder.document.add("WirePosition", f"{name}_{number}", values)


def _numbers(row: Row, column: str) -> list[float]:
    try:
        return [float(one) for one in row.text(column).strip("[]").split(",")]
    except ValueError:
        raise row.refusal(f"{column}: {row.text(column)!r} is no list of numbers") from None


def _by_code(feeder: Feeder, row: Row, codes: set[str]) -> None:
    code, name = row.text("LineCode"), row.text("Name")
    if code not in codes:
        raise row.refusal(f"line {name}: no line code {code}")
    values: dict[str, Value] = {
        "Conductor.length": row.number("Length") * row.metres(),
        "ACLineSegment.PerLengthImpedance": Ref(feeder.document.mrid("PerLengthPhaseImpedance", code)),
    }
    line = feeder.equipment("ACLineSegment", row, values, _ends(row))
    for number, phase in enumerate(conductors(row.text("Phases")), start=1):
        feeder.phases("ACLineSegmentPhase", line, name, [phase], {"ACLineSegmentPhase.sequenceNumber": number})


def _by_spacing(feeder: Feeder, row: Row, wires: dict[str, str], spacings: dict[str, Row]) -> None:
    """The wires in the order of the spacing's positions: phases first, what is left is neutral."""
    name, phases = row.text("Name"), conductors(row.text("Phases"))
    spacing = next(
        (one for one in (f"{row.text('Spacing')}_{row.text('Phases')}", row.text("Spacing")) if one in spacings), ""
    )
    if not spacing:
        raise row.refusal(f"line {name}: no spacing {row.text('Spacing')}")
    used = row.text("WireNames").split(",")
    if unknown := [wire for wire in used if wire not in wires]:
        raise row.refusal(f"line {name}: no wire {unknown[0]}")
    values: dict[str, Value] = {
        "Conductor.length": row.number("Length") * row.metres(),
        "ACLineSegment.WireSpacingInfo": Ref(feeder.document.mrid("WireSpacingInfo", spacing)),
    }
    line = feeder.equipment("ACLineSegment", row, values, _ends(row))
    for number, wire in enumerate(used, start=1):
        part: dict[str, Value] = {
            "ACLineSegmentPhase.sequenceNumber": number,
            "PowerSystemResource.AssetDatasheet": Ref(feeder.document.mrid(wires[wire], wire)),
        }
        phase = phases[number - 1] if number <= len(phases) else "N"
        feeder.phases("ACLineSegmentPhase", line, name, [phase], part)


def _by_itself(feeder: Feeder, row: Row) -> None:
    values: dict[str, Value] = {"Conductor.length": 1.0}
    for label, column in (("r", "R1"), ("x", "X1"), ("r0", "R0"), ("x0", "X0")):
        values[f"ACLineSegment.{label}"] = row.number(column)
    for label, column in (("bch", "C1[nF]"), ("b0ch", "C0[nF]")):
        values[f"ACLineSegment.{label}"] = row.number(column) * 1e-9 * _OMEGA
    feeder.equipment("ACLineSegment", row, values, _ends(row))


def _switch(feeder: Feeder, row: Row) -> None:
    kind, status, name = row.text("Type"), row.text("Status"), row.text("Name")
    if kind not in _SWITCHES or status not in ("Open", "Closed"):
        raise row.refusal(f"switch {name}: {kind}, {status} is no kind and state of a switch")
    is_open, phases = status == "Open", conductors(row.text("Phases"))
    values: dict[str, Value] = {"Switch.normalOpen": is_open, "Switch.open": is_open, "Switch.retained": True}
    if (rated := row.number("RatedAmps")) > 0:
        values["Switch.ratedCurrent"] = rated
    switch = feeder.equipment(kind, row, values, _ends(row))
    for phase in phases if len(phases) < 3 else ():
        side = Enum(f"SinglePhaseKind.{phase}")
        part: dict[str, Value] = {
            "SwitchPhase.phaseSide1": side,
            "SwitchPhase.phaseSide2": side,
            "SwitchPhase.Switch": Ref(switch),
        }
        part |= {"SwitchPhase.closed": not is_open, "SwitchPhase.normalOpen": is_open}
        feeder.document.add("SwitchPhase", f"{name}_{phase}", part)
