"""Where a fault lies: by the fault indicators of a feeder, or by the voltages and currents at its head."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from adms.core.commands import BadInput, JsonCommand, read_text
from adms.core.errors import Refused
from integration.netfiles import phasors
from network.domain import fault_indicators
from network.domain.physics import fault_distance

STATES = {"operated": True, "not": False, "unknown": None}


class Command(JsonCommand):
    """Where a fault lies: by the fault indicators of a feeder, or by the voltages and currents at its head."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Cases of indicators, or lines and phasors."""
        parser.add_argument("--file", type=Path, metavar="CASES.json", help="a feeder of indicators and cases")
        parser.add_argument("--lines", type=Path, metavar="CSV", help="the lines with their matrices")
        parser.add_argument("--phasors", type=Path, metavar="CSV", help="what the head measured during each fault")
        parser.add_argument(
            "--head", metavar="BUS", help="where it was measured; else the beginning that feeds the most line"
        )
        parser.add_argument(
            "--tolerance-percent", type=float, default=1.0, help="by which the distance may be wrong (at least 50 m)"
        )

    def answer(self, **options: Any) -> dict[str, Any]:
        """Every case or every fault."""
        if options["file"] and not options["lines"] and not options["phasors"]:
            return _by_indicators(options["file"])
        if options["lines"] and options["phasors"] and not options["file"]:
            return _by_phasors(options)
        raise BadInput("give --file CASES.json, or --lines CSV with --phasors CSV")

    def words(self, document: dict[str, Any]) -> str:
        """A line per case or fault."""
        if "cases" in document:
            return "\n".join(_case_words(one) for one in document["cases"])
        return "\n".join(_fault_words(one) for one in document["faults"])


# Fault indicators


def _by_indicators(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise BadInput(f"{path}: line {error.lineno}: not JSON: {error.msg}") from None
    if not isinstance(document, dict):
        raise BadInput(f"{path}: not an object with 'parent' and 'cases'")
    parent, cases = document.get("parent"), document.get("cases")
    if not isinstance(parent, dict) or not all(isinstance(one, str) for one in parent.values()):
        raise BadInput(f"{path}: 'parent' does not name for each indicator what stands before it")
    if not isinstance(cases, list):
        raise BadInput(f"{path}: 'cases' is no list")
    try:
        feeder = fault_indicators.Feeder.of(parent)
    except fault_indicators.FeederError as error:
        raise BadInput(f"{path}: {error}") from None
    return {"cases": [_case(f"{path}: case {i}", feeder, case) for i, case in enumerate(cases, 1)]}


def _case(where: str, feeder: fault_indicators.Feeder, case: Any) -> dict[str, Any]:
    if not isinstance(case, dict) or not isinstance(case.get("name"), str):
        raise BadInput(f"{where}: no 'name'")
    where = f"{where} ({case['name']!r})"
    if not isinstance(case.get("state"), dict):
        raise BadInput(f"{where}: no 'state' of the indicators")
    found = fault_indicators.locate(feeder, dict(_operated(where, feeder, case["state"])))
    answer = {
        "name": case["name"],
        "sections": [str(section) for section in found.sections],
        "inconsistent": list(found.inconsistent),
    }
    if found.otherwise is not None:
        failed, sections = found.otherwise
        answer["otherwise"] = {"failed": list(failed), "sections": [str(section) for section in sections]}
    return answer


def _operated(where: str, feeder: fault_indicators.Feeder, state: dict[str, Any]) -> list[tuple[str, bool]]:
    told = []
    for name, word in state.items():
        if name not in feeder.parent:
            raise BadInput(f"{where}: {name!r} is no indicator of this feeder")
        if not isinstance(word, str) or word not in STATES:
            raise BadInput(f"{where}: {name} is {word!r}, which is none of {', '.join(STATES)}")
        operated = STATES[word]
        if operated is not None:
            told.append((name, operated))
    return told


def _case_words(case: dict[str, Any]) -> str:
    text = f"{case['name']}: {'; '.join(case['sections'])}"
    if "otherwise" in case:
        other = case["otherwise"]
        text += f" (inconsistent: {', '.join(case['inconsistent'])}; "
        text += f"if {', '.join(other['failed'])} failed: {'; '.join(other['sections'])})"
    return text


# Voltages and currents


def _by_phasors(options: dict[str, Any]) -> dict[str, Any]:
    tolerance = options["tolerance_percent"]
    if not 0 < tolerance <= 100:
        raise BadInput("--tolerance-percent is above 0 and at most 100")
    try:
        lines = phasors.read_lines(options["lines"])
        feeder = fault_distance.Feeder.of(lines, options["head"])
        measured = phasors.read_phasors(options["phasors"])
    except Refused as refusal:
        raise BadInput(refusal.message) from None
    except fault_distance.LocationError as error:
        raise BadInput(f"{options['lines'].name}: {error}") from None
    left = [f"{line.from_bus}-{line.to_bus}" for line in feeder.unreached]
    if left:
        sys.stderr.write(f"{options['lines'].name}: not fed from {feeder.head}, left out: {', '.join(left)}\n")
    faults = [_fault(i, where, feeder, one, tolerance / 100) for i, (where, one) in enumerate(measured, 1)]
    return {"head": feeder.head, "not_reached": left, "tolerance_percent": tolerance, "faults": faults}


def _fault(
    row: int, where: str, feeder: fault_distance.Feeder, measured: fault_distance.Phasors, tolerance: float
) -> dict[str, Any]:
    try:
        found = fault_distance.locate(feeder, measured, tolerance=tolerance)
    except fault_distance.LocationError as error:
        raise BadInput(f"{where}: {error}") from None
    return {
        "row": row,
        "count": len(found),
        "spread_km": max((one.farthest_km for one in found), default=0.0)
        - min((one.nearest_km for one in found), default=0.0),
        "candidates": [
            {
                "from_bus": one.from_bus,
                "to_bus": one.to_bus,
                "distance_km": one.distance_km,
                "nearest_km": one.nearest_km,
                "farthest_km": one.farthest_km,
                "off_km": one.off_km,
                "fault_ohm": one.fault_ohm,
            }
            for one in found
        ],
    }


def _fault_words(fault: dict[str, Any]) -> str:
    if not fault["candidates"]:
        return f"fault {fault['row']}: farther away than the lines go"
    places = [f"{one['from_bus']}-{one['to_bus']} at {one['distance_km']:.3f} km" for one in fault["candidates"]]
    return f"fault {fault['row']}: {fault['count']} candidate{'s' if fault['count'] > 1 else ''}: {', '.join(places)}"
