"""Lines, series compensators and switches: equipment between two nodes.

node 1 --- terminal 1 [ ACLineSegment | Breaker | ... ] terminal 2 --- node 2
"""

from __future__ import annotations

from integration.cim.models import classes, own, units
from integration.cim.models.build import Build, End, attributes_of, is_out_of_service
from integration.cim.models.store import Record
from network.domain import phases as ph
from network.domain.draft import Branch

_IMPEDANCE = (
    "ACLineSegment.PerLengthImpedance",
    "ACLineSegment.WireSpacingInfo",
    "ACLineSegment.WireSpacing",
    "PowerSystemResource.AssetDatasheet",
)


def build_branches(build: Build, rated: dict[str, float]) -> None:
    """Every line and switch with two connected terminals; the others are findings."""
    for key, record in build.store.of_class(*classes.LINES):
        if branch := _two_ended(build, key, record):
            branch.rated_a = rated.get(key)
            _describe_line(build, record, branch)
            if is_out_of_service(build, key, record):
                text = "the steady state has it out of service, but no switch of the model says so: taken as in service"
                build.store.find("warning", "out_of_service", text, record)
    parts = _switch_parts(build)
    for key, record in build.store.of_class(*classes.SWITCHES):
        if record.cls == "GroundDisconnector" and len(build.ends.get(key, ())) == 1:
            build.store.find("info", "ground_disconnector", "one terminal only, left out of the topology", record)
        elif branch := _two_ended(build, key, record):
            _describe_switch(branch, record, parts.get(key, []))
            branch.rated_a = branch.rated_a or rated.get(key)


def _two_ended(build: Build, key: str, record: Record) -> Branch | None:
    """Put into the draft with what every branch has; None if it cannot be."""
    ends = build.ends.get(key, [])
    if len(ends) != 2:
        build.store.find(
            "error", "not_two_terminals", f"{len(ends)} connected terminals, 2 are needed; left out", record
        )
        return None
    first, second = ends
    if first.node == second.node:
        build.store.find("warning", "same_node_twice", "both terminals are on one node", record)
    branch = build.draft.branches[record.id] = _branch(build, key, record, first, second)
    build.place(record)
    return branch


def _branch(build: Build, key: str, record: Record, first: End, second: End) -> Branch:
    phases = build.phases(key)
    return Branch(
        record.id,
        record.name,
        record.cls,
        first.node,
        second.node,
        phases=phases,
        closed_phases=phases,
        normal_closed_phases=phases,
        container_mrid=build.container(record),
        attributes=attributes_of(record),
        synthetic=own.is_synthetic(record),
    )


def _describe_line(build: Build, record: Record, branch: Branch) -> None:
    branch.length_m = units.length_in_metres(build.store, record, build.units)
    if record.cls != "ACLineSegment" or any(name in record.refs for name in _IMPEDANCE):
        return
    if not any(record.number(f"ACLineSegment.{name}") for name in ("r", "x")):
        build.store.find("warning", "zero_impedance", "neither r nor x nor a reference to an impedance", record)


def _switch_parts(build: Build) -> dict[str, list[Record]]:
    parts: dict[str, list[Record]] = {}
    for _, part in build.store.of_class("SwitchPhase"):
        parts.setdefault(part.refs.get("SwitchPhase.Switch", ""), []).append(part)
    return parts


def _describe_switch(branch: Branch, record: Record, parts: list[Record]) -> None:
    """Positions phase by phase where the file has SwitchPhases; Switch.open of a steady state wins over both."""
    branch.rated_a = record.number("Switch.ratedCurrent") or None
    normal_open = record.flag("Switch.normalOpen")
    is_open = record.flag("Switch.open", default=normal_open)
    if not parts:
        branch.normal_closed_phases = 0 if normal_open else branch.phases
        branch.closed_phases = 0 if is_open else branch.phases
        return
    branch.phases = branch.closed_phases = branch.normal_closed_phases = 0
    for part in parts:
        phase = ph.parse(part.text.get("SwitchPhase.phaseSide1", "") + part.text.get("SwitchPhase.phaseSide2", ""))
        branch.phases |= phase
        if not part.flag("SwitchPhase.normalOpen", default=normal_open):
            branch.normal_closed_phases |= phase
        if part.flag("SwitchPhase.closed", default=not is_open):
            branch.closed_phases |= phase
