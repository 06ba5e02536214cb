"""Transformers of a feeder's tables: three-phase ones by their own data, tanks by their code, regulators with their controls."""

from __future__ import annotations

import math
from itertools import combinations

from integration.gis.feeder.rdf import Enum, Ref, Value
from integration.gis.feeder.rows import Row
from integration.gis.feeder.tables import Feeder

_KINDS = {"w": "Y", "y": "Y", "d": "D", "wye": "Y", "delta": "D", "i": "I"}


def build(feeder: Feeder) -> None:
    """All of them."""
    for row in feeder.rows("Transformers"):
        _three_phase(feeder, row)
    codes = {row.text("Name").lower(): row for row in feeder.rows("XfmrCodes")}
    for row in codes.values():
        _code(feeder, row)
    banks: dict[str, str] = {}
    for row in feeder.rows("XfmrTanks"):
        ends = [
            (
                row.text(f"Wdg{n}Bus"),
                row.text("Phases" if n == 1 else f"Phases {n}"),
                row.text("Grnd" if n == 1 else f"Grnd {n}"),
            )
            for n in (1, 2, 3)
            if row.cells.get(f"Wdg{n}Bus")
        ]
        _tank(feeder, row, banks, row.text("BankName"), _known(row, codes, row.text("XfmrCode")), ends)
    for row in feeder.rows("Regulators"):
        ends = [(row.text("Bus1"), row.text("Phases"), "true"), (row.text("Bus2"), row.text("Phases 2"), "true")]
        bank = f"{row.text('Bus1')}_{row.text('Bus2')}"
        wound = _tank(feeder, row, banks, bank, _known(row, codes, f"cimxfmrcode_{row.text('Name')}"), ends)
        _regulator(feeder, row, wound)


def _kind(row: Row, column: str) -> Enum:
    said = row.text(column).lower()
    if said not in _KINDS:
        raise row.refusal(f"{column}: {said!r} is no connection of a winding")
    return Enum(f"WindingConnection.{_KINDS[said]}")


def _known(row: Row, codes: dict[str, Row], name: str) -> Row:
    found = codes.get(name.lower())
    if found is None:
        raise row.refusal(f"transformer {row.text('Name')}: no transformer code {name}")
    return found


def _three_phase(feeder: Feeder, row: Row) -> None:
    name, count = row.text("Name"), int(row.number("NumWindings"))
    numbers = range(1, count + 1)
    owner = feeder.equipment("PowerTransformer", row, {}, [row.text(f"Bus{n}") for n in numbers])
    ends = [_end(feeder, row, owner, n) for n in numbers]
    square_v, rated_va = (row.number("kV1") * 1e3) ** 2, row.number("kVA1") * 1e3
    for i, j in combinations(numbers, 2):
        x = row.number(f"%x{i}{j}") / 100.0 * (row.number(f"kV{i}") * 1e3) ** 2 / rated_va
        r = row.number(f"R{i}") + row.number(f"R{j}") * (row.number(f"kV{i}") / row.number(f"kV{j}")) ** 2
        values: dict[str, Value] = {f"TransformerMeshImpedance.{label}": r for label in ("r", "r0")}
        values |= {f"TransformerMeshImpedance.{label}": x for label in ("x", "x0")}
        values["TransformerMeshImpedance.FromTransformerEnd"] = Ref(ends[i - 1])
        values["TransformerMeshImpedance.ToTransformerEnd"] = Ref(ends[j - 1])
        feeder.document.add("TransformerMeshImpedance", f"{name}_Zsc_{i}{j}", values)
    core: dict[str, Value] = {"TransformerCoreAdmittance.TransformerEnd": Ref(ends[0])}
    for label, column in (("g", "%noloadloss"), ("b", "%imag")):
        siemens = row.number(column) / 100.0 * rated_va / square_v
        core |= {f"TransformerCoreAdmittance.{label}": siemens, f"TransformerCoreAdmittance.{label}0": siemens}
    feeder.document.add("TransformerCoreAdmittance", f"{name}_Yc", core)


def _end(feeder: Feeder, row: Row, owner: str, number: int) -> str:
    name, bus = row.text("Name"), row.text(f"Bus{number}")
    values: dict[str, Value] = {
        "PowerTransformerEnd.PowerTransformer": Ref(owner),
        "PowerTransformerEnd.ratedS": row.number(f"kVA{number}") * 1e3,
        "PowerTransformerEnd.ratedU": row.number(f"kV{number}") * 1e3,
        "PowerTransformerEnd.r": row.number(f"R{number}"),
        "PowerTransformerEnd.connectionKind": _kind(row, f"Conn{number}"),
        "PowerTransformerEnd.phaseAngleClock": int(row.number(f"ClockAng{number}")),
        "TransformerEnd.grounded": row.text(f"Grnd{number}") == "true",
        "TransformerEnd.rground": row.number(f"Rg{number}"),
        "TransformerEnd.xground": row.number(f"Xg{number}"),
        "TransformerEnd.endNumber": number,
        "TransformerEnd.Terminal": Ref(feeder.terminals[f"PowerTransformer.{name}"][number - 1]),
        "TransformerEnd.BaseVoltage": feeder.base(row, bus),
    }
    return feeder.document.add("PowerTransformerEnd", f"{name}_End_{number}", values)


def _code(feeder: Feeder, row: Row) -> None:
    """The data sheet of a tank: windings, short-circuit and no-load tests. Resistances are percent of the winding's rating."""
    name, count = row.text("Name"), int(row.number("NumWindings"))
    info = Ref(feeder.document.add("TransformerTankInfo", name, {}))
    ends = []
    for n in range(1, count + 1):
        volts, rated_va = row.number(f"Wdg{n}kV") * 1e3, row.number(f"Wdg{n}kVA") * 1e3
        single = int(row.number("NumPhases")) == 1
        values: dict[str, Value] = {
            "TransformerEndInfo.TransformerTankInfo": info,
            "TransformerEndInfo.endNumber": n,
            "TransformerEndInfo.connectionKind": Enum("WindingConnection.I") if single else _kind(row, f"Wdg{n}Conn"),
            "TransformerEndInfo.phaseAngleClock": int(row.number(f"Wdg{n}ClockAng")),
            "TransformerEndInfo.ratedU": volts,
            "TransformerEndInfo.ratedS": rated_va,
            "TransformerEndInfo.r": row.number(f"Wdg{n}R") / 100.0 * volts**2 / rated_va,
        }
        ends.append(feeder.document.add("TransformerEndInfo", f"{name}_{n}", values))
    for i, j in combinations(range(1, count + 1), 2):
        volts, rated_va = row.number(f"Wdg{i}kV") * 1e3, row.number("Wdg1kVA") * 1e3
        r_percent = row.number(f"Wdg{i}R") + row.number(f"Wdg{j}R")
        z = math.hypot(row.number(f"%x{i}{j}"), r_percent) / 100.0 * volts**2 / rated_va
        test: dict[str, Value] = {
            f"ShortCircuitTest.{label}": z for label in ("leakageImpedance", "leakageImpedanceZero")
        }
        test |= {f"ShortCircuitTest.{label}": r_percent / 1e5 * rated_va for label in ("loss", "lossZero")}
        test |= {"ShortCircuitTest.EnergisedEnd": Ref(ends[i - 1]), "ShortCircuitTest.GroundedEnds": Ref(ends[j - 1])}
        test["TransformerTest.basePower"] = rated_va
        feeder.document.add("ShortCircuitTest", f"{name}_{i}{j}", test)
    rated_va, loss = row.number("Wdg1kVA") * 1e3, row.number("%NoLoadLoss")
    empty: dict[str, Value] = {
        "NoLoadTest.EnergisedEnd": Ref(ends[0]),
        "NoLoadTest.energisedEndVoltage": row.number("Wdg1kV") * 1e3,
        "NoLoadTest.excitingCurrent": math.hypot(row.number("%imag"), loss),
        "NoLoadTest.loss": loss / 1e5 * rated_va,
        "TransformerTest.basePower": rated_va,
    }
    feeder.document.add("NoLoadTest", name, empty)


def _tank(
    feeder: Feeder, row: Row, banks: dict[str, str], bank: str, code: Row, ends: list[tuple[str, str, str]]
) -> list[tuple[str, str]]:
    """A tank in its bank; (end, terminal) of each winding."""
    if len(ends) != int(code.number("NumWindings")):
        raise row.refusal(f"transformer {row.text('Name')}: {len(ends)} windings, but {code.text('Name')} has others")
    name = row.text("Name")
    if bank not in banks:
        banks[bank] = _bank(feeder, row, bank, ends)
    values: dict[str, Value] = {
        "TransformerTank.PowerTransformer": Ref(banks[bank]),
        "TransformerTank.TransformerTankInfo": Ref(feeder.document.mrid("TransformerTankInfo", code.text("Name"))),
        "Equipment.EquipmentContainer": feeder.container,
    }
    tank = Ref(feeder.document.add("TransformerTank", name, values))
    found = []
    for number, (bus, phases, grounded) in enumerate(ends, start=1):
        terminal = feeder.terminal(banks[bank], "PowerTransformer", bank, bus)
        end: dict[str, Value] = {
            "TransformerTankEnd.TransformerTank": tank,
            "TransformerTankEnd.orderedPhases": Enum(f"OrderedPhaseCodeKind.{phases}"),
            "TransformerEnd.endNumber": number,
            "TransformerEnd.grounded": grounded == "true",
            "TransformerEnd.Terminal": Ref(terminal),
            "TransformerEnd.BaseVoltage": feeder.base(row, bus),
        }
        found.append((feeder.document.add("TransformerTankEnd", f"{name}_End_{number}", end), terminal))
    return found


def _bank(feeder: Feeder, row: Row, bank: str, ends: list[tuple[str, str, str]]) -> str:
    """A bank where its first bus stands; its terminals come with its tanks."""
    place = feeder.place("PowerTransformer", bank, [bus for bus, _, _ in ends[:1]])
    values: dict[str, Value] = {"PowerSystemResource.Location": place} if place else {}
    return feeder.equipment("PowerTransformer", row, values, [], name=bank)


def _regulator(feeder: Feeder, row: Row, ends: list[tuple[str, str]]) -> None:
    name, (end, terminal) = row.text("Name"), ends[int(row.number("Wdg")) - 1]
    is_on = row.text("Enabled") == "true"
    control: dict[str, Value] = {
        "RegulatingControl.mode": Enum(f"RegulatingControlModeKind.{row.text('CtlMode')}"),
        "RegulatingControl.Terminal": Ref(terminal),
        "RegulatingControl.monitoredPhase": Enum(f"PhaseCode.{row.text('MonPhs')}"),
        "RegulatingControl.enabled": is_on,
        "RegulatingControl.discrete": True,
        "RegulatingControl.targetValue": row.number("Vreg"),
        "RegulatingControl.targetDeadband": row.number("Band"),
        "TapChangerControl.lineDropCompensation": row.text("LDC") == "true",
        "TapChangerControl.lineDropR": row.number("R"),
        "TapChangerControl.lineDropX": row.number("X"),
        "TapChangerControl.reversible": row.text("reversible") == "true",
        "TapChangerControl.reverseToNeutral": row.cells.get("reverseToNeutral") == "true",
        "TapChangerControl.maxLimitVoltage": row.number("vLimit"),
        "TapChangerControl.minLimitVoltage": row.number("vMin"),
    }
    if row.text("reversible") == "true":
        pairs = {"reverseLineDropR": ("revR", 1.0), "reverseLineDropX": ("revX", 1.0), "reversingDelay": ("revDelay", 1.0),
                 "reversingPowerThreshold": ("revKWThreshold", 1000.0)}  # fmt: skip
        control |= {f"TapChangerControl.{label}": row.number(column) * unit for label, (column, unit) in pairs.items()}
    changer: dict[str, Value] = {
        "RatioTapChanger.TransformerEnd": Ref(end),
        "RatioTapChanger.stepVoltageIncrement": row.number("Increment"),
        "TapChanger.TapChangerControl": Ref(feeder.document.add("TapChangerControl", f"{name}_Ctrl", control)),
        "TapChanger.ltcFlag": row.text("LTC") == "true",
        "TapChanger.controlEnabled": row.text("CtlEnabled") == "true",
    }
    steps = {"highStep": "highStep", "lowStep": "lowStep", "neutralStep": "neutralStep", "normalStep": "normalStep", "step": "Step",
             "neutralU": "neutralU", "initialDelay": "initDelay", "subsequentDelay": "subDelay", "ptRatio": "PTRatio",
             "ctRatio": "CTRatio", "ctRating": "CTRating"}  # fmt: skip
    changer |= {f"TapChanger.{label}": row.number(column) for label, column in steps.items()}
    feeder.document.add("RatioTapChanger", name, changer)
