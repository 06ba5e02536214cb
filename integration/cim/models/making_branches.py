"""Records of branches: lines with total ohms, switches with their positions, transformers with their ends and taps."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from integration.cim.models import identity, making_electrics, making_typical, own
from integration.cim.models.maker import Maker
from network.domain import phases as ph
from network.domain.draft import Branch
from network.domain.identity import derived_mrid


@dataclass(slots=True)
class Electrics:
    """Electrical properties by mRID, as "Class.attribute" in ohm and siemens; of a transformer one such dictionary per end."""

    lines: dict[str, dict[str, float]] = field(default_factory=dict)
    transformers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def make_all(maker: Maker, branches: Iterable[Branch]) -> None:
    """All of these; the windings of a star are one transformer."""
    for branch in branches:
        if branch.cim_class == "PowerTransformer":
            if "star_of" not in branch.attributes:
                _make_transformer(maker, branch)
        elif branch.is_switch:
            _make_switch(maker, branch)
        else:
            _make_line(maker, branch)


def common(thing: Any) -> dict[str, Any]:
    """What every equipment says: whether it is synthetic, and what a foreign format said."""
    foreign = {name: value for name, value in thing.attributes.items() if name != "star_of"}
    return {
        own.SYNTHETIC: "true" if thing.synthetic else None,
        own.ATTRIBUTES: json.dumps(foreign, sort_keys=True),
    }


def _container(maker: Maker, branch: Branch) -> dict[str, str]:
    is_known = branch.container_mrid in maker.draft.containers
    return {"Equipment.EquipmentContainer": identity.key(branch.container_mrid)} if is_known else {}


def _ends(maker: Maker, branch: Branch) -> list[str]:
    nodes = (branch.from_node, branch.to_node)
    return [maker.terminal(branch.mrid, number, node, branch.phases) for number, node in enumerate(nodes, start=1)]


def _make_line(maker: Maker, branch: Branch) -> None:
    electrics = maker.electrics.lines.get(branch.mrid) or making_electrics.line(branch)
    text = {
        **common(branch),
        "Conductor.length": None if branch.length_m is None else branch.length_m / maker.units.metre,
        **electrics,
    }
    refs = _container(maker, branch)
    refs["ConductingEquipment.BaseVoltage"] = maker.base_voltage(maker.draft.nodes[branch.from_node].nominal_v)
    maker.make(branch.cim_class, branch.mrid, branch.name, text, refs)
    first, _ = _ends(maker, branch)
    _make_rating(maker, branch, first)
    _make_course(maker, branch)


def _make_rating(maker: Maker, branch: Branch, terminal: str) -> None:
    """A permanent limit at the first terminal."""
    if branch.rated_a is None:
        return
    kind = maker.derived("patl")
    if identity.key(kind) not in maker.store.objects:
        text = {"OperationalLimitType.isInfiniteDuration": "true", "OperationalLimitType.direction": "absoluteValue"}
        maker.make("OperationalLimitType", kind, "PATL", text)
    owner = derived_mrid(branch.mrid, "limits")
    of_set = maker.make("OperationalLimitSet", owner, branch.name, {}, {"OperationalLimitSet.Terminal": terminal})
    refs = {
        "OperationalLimit.OperationalLimitSet": of_set,
        "OperationalLimit.OperationalLimitType": identity.key(kind),
    }
    text = {"CurrentLimit.value": str(float(branch.rated_a))}
    maker.make("CurrentLimit", derived_mrid(branch.mrid, "limit"), branch.name, text, refs)


def _make_course(maker: Maker, branch: Branch) -> None:
    if len(branch.points) < 2:
        return
    system = identity.key(maker.derived("crs")) if maker.draft.crs.startswith("EPSG:") else ""
    refs = {"Location.PowerSystemResources": identity.key(branch.mrid), "Location.CoordinateSystem": system}
    location = maker.make("Location", derived_mrid(branch.mrid, "location"), branch.name, {}, refs)
    for number, (x, y) in enumerate(branch.points, start=1):
        text = {
            "PositionPoint.sequenceNumber": number,
            "PositionPoint.xPosition": x,
            "PositionPoint.yPosition": y,
        }
        mrid = derived_mrid(branch.mrid, "point", str(number))
        maker.make("PositionPoint", mrid, f"{number}", text, {"PositionPoint.Location": location})


def _make_switch(maker: Maker, branch: Branch) -> None:
    text = {
        **common(branch),
        "Switch.normalOpen": not branch.normal_closed_phases,
        "Switch.open": not branch.closed_phases,
        "Switch.retained": False,
        "Switch.ratedCurrent": branch.rated_a,
    }
    refs = _container(maker, branch)
    refs["ConductingEquipment.BaseVoltage"] = maker.base_voltage(maker.draft.nodes[branch.from_node].nominal_v)
    maker.make(branch.cim_class, branch.mrid, branch.name, text, refs)
    _ends(maker, branch)
    _make_course(maker, branch)
    if branch.closed_phases in (0, branch.phases) and branch.normal_closed_phases in (0, branch.phases):
        return
    for letter in ph.text(branch.phases):
        make_switch_phase(maker, branch.mrid, letter, branch.closed_phases, branch.normal_closed_phases)


def make_switch_phase(maker: Maker, mrid: str, letter: str, closed: int, normal: int) -> None:
    """One phase of a switch whose phases stand apart."""
    bit = ph.parse(letter)
    text = {
        "SwitchPhase.phaseSide1": letter,
        "SwitchPhase.phaseSide2": letter,
        "SwitchPhase.closed": bool(closed & bit),
        "SwitchPhase.normalOpen": not normal & bit,
    }
    refs = {"SwitchPhase.Switch": identity.key(mrid)}
    maker.make("SwitchPhase", derived_mrid(mrid, "phase", letter), letter, text, refs)


def _make_transformer(maker: Maker, branch: Branch) -> None:
    """Ends in the order of the branches: the head's from_node first, then the far node of each other winding."""
    maker.make(branch.cim_class, branch.mrid, branch.name, common(branch), _container(maker, branch))
    others = [maker.draft.branches[mrid] for mrid in maker.stars.get(branch.to_node, [branch.mrid])[1:]]
    sides = [(branch.from_node, branch.rated_kva), *((one.to_node, one.rated_kva) for one in others)]
    if not others:
        sides.append((branch.to_node, branch.rated_kva))
    known = (
        maker.electrics.transformers.get(branch.mrid)
        or making_electrics.transformer(branch, len(sides))
        or making_typical.service_transformer(branch, maker.draft.nodes[branch.from_node].nominal_v)
    )
    for number, (node, kva) in enumerate(sides, start=1):
        _make_winding(maker, branch, number, node, kva, known[number - 1] if number <= len(known) else {})
    _make_course(maker, branch)


def _make_winding(
    maker: Maker, branch: Branch, number: int, node: str, kva: float | None, known: dict[str, Any]
) -> None:
    terminal = maker.terminal(branch.mrid, number, node, branch.phases)
    volts = maker.draft.nodes[node].nominal_v
    rated = float(known.get("ratedU_v") or volts)
    text = {
        "TransformerEnd.endNumber": number,
        "PowerTransformerEnd.ratedU": rated / maker.units.volt if rated else None,
        "PowerTransformerEnd.ratedS": None if kva is None else maker.power(kva),
        **{name: value for name, value in known.items() if "TransformerEnd." in name},
    }
    refs = {
        "PowerTransformerEnd.PowerTransformer": identity.key(branch.mrid),
        "TransformerEnd.Terminal": terminal,
        "TransformerEnd.BaseVoltage": maker.base_voltage(volts),
    }
    mrid = derived_mrid(branch.mrid, "end", str(number))
    end = maker.make("PowerTransformerEnd", mrid, f"{branch.name} {number}", text, refs)
    if taps := known.get("taps"):
        tap_text = {"TapChanger.neutralU": rated / maker.units.volt, **taps}
        tap_refs = {"RatioTapChanger.TransformerEnd": end}
        maker.make("RatioTapChanger", derived_mrid(branch.mrid, "taps", str(number)), branch.name, tap_text, tap_refs)
