"""What a caller says is wrong, as codes: each with a priority, a weight as evidence and what kind of trouble it is.

Several codes of one call add up: a wire down at a house without supply is worse than either. The table is the default of a
setting; a utility edits it.

>>> assess(["NO_POWER", "WIRE_DOWN"])
Assessment(priority=110, weight=1.0, kind='hazard', hazard='wire_down', unknown=())
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from network.domain.phrases import gettext_noop

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class TroubleCode:
    """One thing a caller may say.

    Attributes:
        code: as it comes in TroubleTicket.troubleCode.
        label: as a person reads it.
        priority: what it adds to the priority of the call.
        weight: what it weighs as evidence of an outage; 0 is none.
        kind: "outage", "hazard", "voltage" or "non_electric".
        hazard: which danger, "" for none.
    """

    code: str
    label: str
    priority: int
    weight: float = 0.0
    kind: str = "non_electric"
    hazard: str = ""


DEFAULT: Mapping[str, TroubleCode] = {
    entry.code: entry
    for entry in (
        TroubleCode("NO_POWER", gettext_noop("No supply"), 10, 1.0, "outage"),
        TroubleCode("PART_POWER", gettext_noop("Part of the supply missing"), 8, 1.0, "outage"),
        TroubleCode("AREA_OUT", gettext_noop("Neighbours are out too"), 5, 1.0, "outage"),
        TroubleCode("STILL_OUT", gettext_noop("Still out after restoration"), 15, 1.0, "outage"),
        TroubleCode("DIM", gettext_noop("Lights dim"), 4, 0.0, "voltage"),
        TroubleCode("FLICKER", gettext_noop("Lights flicker"), 3, 0.0, "voltage"),
        TroubleCode("HIGH_VOLTAGE", gettext_noop("Lights too bright, appliances failing"), 12, 0.0, "voltage"),
        TroubleCode("LIFE_SUPPORT", gettext_noop("Somebody depends on life support"), 60),
        TroubleCode("WIRE_DOWN", gettext_noop("Wire down"), 100, 0.0, "hazard", "wire_down"),
        TroubleCode("WIRE_LOW", gettext_noop("Wire hangs low"), 50, 0.0, "hazard", "wire_low"),
        TroubleCode("POLE_DOWN", gettext_noop("Pole broken or leaning"), 80, 0.0, "hazard", "pole"),
        TroubleCode("TREE_ON_WIRE", gettext_noop("Tree on the line"), 40, 0.0, "hazard", "tree"),
        TroubleCode("FIRE", gettext_noop("Fire"), 120, 0.0, "hazard", "fire"),
        TroubleCode("SPARKS", gettext_noop("Sparks or arcing"), 70, 0.0, "hazard", "arcing"),
        TroubleCode("EXPLOSION", gettext_noop("Loud bang"), 30, 0.0, "hazard", "bang"),
        TroubleCode("GAS", gettext_noop("Smell of gas"), 120, 0.0, "hazard", "gas"),
        TroubleCode("SHOCK", gettext_noop("Electric shock"), 120, 0.0, "hazard", "shock"),
        TroubleCode("OPEN_EQUIPMENT", gettext_noop("Cabinet open or damaged"), 50, 0.0, "hazard", "open_equipment"),
        TroubleCode("METER", gettext_noop("Meter damaged"), 5),
        TroubleCode("STREET_LIGHT", gettext_noop("Street light"), 1),
        TroubleCode("OTHER", gettext_noop("Something else"), 2),
    )
}

_GRAVEST_FIRST = ("hazard", "outage", "voltage", "non_electric")


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the codes of one call come to together.

    Attributes:
        priority: the sum.
        weight: as evidence: the heaviest, since one call is one voice.
        kind: the gravest.
        hazard: of the code with the highest priority that has one.
        unknown: codes that are in no table: kept, and worth what OTHER is.
    """

    priority: int
    weight: float
    kind: str
    hazard: str
    unknown: tuple[str, ...]


def assess(codes: Iterable[str], table: Mapping[str, TroubleCode] = DEFAULT) -> Assessment:
    """What these codes come to; told twice counts once, and a call without any code is a call that says "no supply"."""
    named = list(dict.fromkeys(codes)) or ["NO_POWER"]
    found = [table[code] for code in named if code in table]
    unknown = tuple(code for code in named if code not in table)
    hazards = [entry for entry in found if entry.hazard]
    kinds = {entry.kind for entry in found}
    return Assessment(
        priority=sum(entry.priority for entry in found) + len(unknown) * DEFAULT["OTHER"].priority,
        weight=max((entry.weight for entry in found), default=0.0),
        kind=next((kind for kind in _GRAVEST_FIRST if kind in kinds), "non_electric"),
        hazard=max(hazards, key=lambda entry: entry.priority).hazard if hazards else "",
        unknown=unknown,
    )
