"""pandapower networks (a net, its JSON file or the name of one that ships with it) to a draft.

    bus ---[switch]--- auxiliary node ---[line]--- auxiliary node ---[switch]--- bus

A bus-line or bus-transformer switch becomes a branch of its own at the end of its element. A line out of service is kept behind a
normally open switch: in distribution nets that is how a tie is written. pandapower is balanced, so everything has the phases ABC.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from integration.cim.models import making
from integration.cim.models import pandapower_files as files
from integration.cim.models import pandapower_places as places
from network.domain.draft import Branch, Container, Injection, ModelDraft, Node
from network.domain.findings import Findings
from network.domain.identity import derived_mrid

_SWITCH_CLASSES = {"CB": "Breaker", "DS": "Disconnector"}  # all others can break load: LS, LBS, unknown
_SUBSTATION_V = 30_000.0  # a transformer down from this much or more stands in a substation
#: Tables of one-terminal elements: CIM class, sign of p and q as taken from the network.
_INJECTIONS = {
    "load": ("EnergyConsumer", 1.0),
    "ext_grid": ("ExternalNetworkInjection", 1.0),
    "sgen": ("PowerElectronicsConnection", -1.0),
    "storage": ("PowerElectronicsConnection", 1.0),
    "gen": ("SynchronousMachine", -1.0),
    "shunt": ("LinearShuntCompensator", 1.0),
}
_TAKEN = {
    "bus": "ConnectivityNode",
    "line": "ACLineSegment",
    "trafo": "PowerTransformer",
    "trafo3w": "PowerTransformer",
}
_NO_ELEMENTS = ("poly_cost", "pwl_cost", "measurement", "group", "controller")


def read_pandapower(net: Any, *, name: str | None = None) -> ModelDraft:
    """A draft of a pandapower net; the same net under the same name gives the same mRIDs.

    Args:
        net: a pandapowerNet, the path of its JSON file, or "pandapower:NAME" for a network that ships with pandapower.
        name: of the model; else the net's own name, else that of the file.

    Raises:
        PandapowerRefused: when it is no pandapower network.
    """
    fallback = "pandapower"
    if isinstance(net, str | Path):
        fallback = files.name_of(net)
        net = files.load(net)
    return _Reader(net, name or str(net.get("name") or "") or fallback).read()


class _Reader:
    """Walks the tables of one net."""

    def __init__(self, net: Any, name: str) -> None:
        self.net = net
        self.draft = ModelDraft(name, mrid=derived_mrid("model", name), source="pandapower")
        self.findings = Findings()
        self.switches: dict[tuple[str, int, int], list[Any]] = defaultdict(list)  # by element type, element and bus

    def read(self) -> ModelDraft:
        """Nodes first, then what stands on them."""
        self._count_classes()
        self._read_buses()
        for row in self._rows("switch"):
            if row.et == "b":
                self._add_switch(row, self._node(row.bus), self._node(row.element))
            else:
                self.switches[row.et, int(row.element), int(row.bus)].append(row)
        self._read_lines()
        self._read_transformers()
        for table, (cim_class, sign) in _INJECTIONS.items():
            self._read_injections(table, cim_class, sign)
        self._read_substations()
        places.set_places(self.net, self.draft, self._mrid)
        self.draft.findings = self.findings.listed()
        self.draft.kept = making.records_of(self.draft)
        return self.draft

    def _count_classes(self) -> None:
        for table, cim_class in {
            **_TAKEN,
            **{table: cim_class for table, (cim_class, _) in _INJECTIONS.items()},
        }.items():
            if count := len(self.net.get(table, ())):
                self.draft.classes[cim_class] = self.draft.classes.get(cim_class, 0) + count
        for row in self._rows("switch"):
            cim_class = _switch_class(row)
            self.draft.classes[cim_class] = self.draft.classes.get(cim_class, 0) + 1
        for table, count in files.other_elements(self.net, {*_TAKEN, *_INJECTIONS, "switch", *_NO_ELEMENTS}).items():
            self.draft.classes[table] = self.draft.skipped[table] = count
            self.findings.add(
                "warning", "class_skipped", f"{count} elements of this table are not used", cim_class=table
            )

    def _rows(self, table: str) -> Iterator[Any]:
        frame = self.net.get(table)
        return iter(()) if frame is None else frame.itertuples()

    def _mrid(self, table: str, index: Any, *more: str) -> str:
        return derived_mrid(self.draft.name, table, str(int(index)), *more)

    def _node(self, bus: Any) -> str:
        return self._mrid("bus", bus)

    def _out_of_service(self, table: str, row: Any, text: str) -> None:
        self.findings.add("info", "out_of_service", text, object_=_name(table, row), cim_class=_TAKEN.get(table, table))

    def _read_buses(self) -> None:
        for row in self._rows("bus"):
            mrid = self._node(row.Index)
            self.draft.nodes[mrid] = Node(mrid, _name("bus", row), nominal_v=float(row.vn_kv) * 1000.0)

    def _read_lines(self) -> None:
        for row in self._rows("line"):
            mrid = self._mrid("line", row.Index)
            start = self._end("l", row, row.from_bus)
            end = self._end("l", row, row.to_bus)
            if not row.in_service:
                start = self._add_tie(row, start)
                self._out_of_service("line", row, "taken as a line behind a normally open switch")
            count = int(getattr(row, "parallel", 1) or 1)
            self.draft.branches[mrid] = Branch(
                mrid,
                _name("line", row),
                "ACLineSegment",
                start,
                end,
                rated_a=_positive(row.max_i_ka * 1000.0 * getattr(row, "df", 1.0) * count),
                length_m=float(row.length_km) * 1000.0,
                attributes=_attributes("line", row),
            )

    def _end(self, kind: str, row: Any, bus: Any) -> str:
        """The node where an element ends: its bus, or an auxiliary node behind the switches it has there."""
        node = self._node(bus)
        for switch in self.switches.get((kind, int(row.Index), int(bus)), ()):
            behind = self._auxiliary(switch.Index, "switch", node)
            self._add_switch(switch, node, behind)
            node = behind
        return node

    def _auxiliary(self, index: Any, table: str, beside: str) -> str:
        near = self.draft.nodes[beside]
        mrid = self._mrid(table, index, "node")
        self.draft.nodes[mrid] = Node(mrid, f"{near.name} {table} {index}", nominal_v=near.nominal_v)
        return mrid

    def _add_switch(self, row: Any, start: str, end: str) -> None:
        mrid = self._mrid("switch", row.Index)
        branch = Branch(mrid, _name("switch", row), _switch_class(row), start, end)
        if not row.closed:
            branch.closed_phases = branch.normal_closed_phases = 0
        in_ka = getattr(row, "in_ka", math.nan)
        branch.rated_a = _positive(in_ka * 1000.0)
        self.draft.branches[mrid] = branch

    def _add_tie(self, row: Any, node: str) -> str:
        behind = self._auxiliary(row.Index, "line", node)
        mrid = self._mrid("line", row.Index, "tie")
        tie = Branch(mrid, f"{_name('line', row)} tie", "LoadBreakSwitch", node, behind, synthetic=True)
        tie.closed_phases = tie.normal_closed_phases = 0
        self.draft.branches[mrid] = tie
        return behind

    def _read_transformers(self) -> None:
        for row in self._rows("trafo"):
            if not row.in_service:
                self._out_of_service("trafo", row, "left out")
                continue
            high, low = self._end("t", row, row.hv_bus), self._end("t", row, row.lv_bus)
            count = int(getattr(row, "parallel", 1) or 1)
            self._add_winding("trafo", row, high, low, float(row.sn_mva) * count)
        for row in self._rows("trafo3w"):
            if row.in_service:
                self._add_three_windings(row)
            else:
                self._out_of_service("trafo3w", row, "left out")

    def _add_three_windings(self, row: Any) -> None:
        """Hv --- star point, star point --- mv, star point --- lv; named as those of a transformer in CIM."""
        head = self._mrid("trafo3w", row.Index)
        star = Node(derived_mrid(head, "star"), f"{_name('trafo3w', row)} star point")
        star.nominal_v = float(row.vn_hv_kv) * 1000.0
        self.draft.nodes[star.mrid] = star
        self._add_winding("trafo3w", row, self._end("t3", row, row.hv_bus), star.mrid, float(row.sn_hv_mva))
        for number, side in ((2, "mv"), (3, "lv")):
            end = self._end("t3", row, getattr(row, f"{side}_bus"))
            self._add_winding("trafo3w", row, star.mrid, end, float(getattr(row, f"sn_{side}_mva")), number)

    def _add_winding(self, table: str, row: Any, start: str, end: str, mva: float, number: int = 1) -> None:
        head, name = self._mrid(table, row.Index), _name(table, row)
        branch = Branch(head, name, "PowerTransformer", start, end, rated_kva=mva * 1000.0)
        branch.attributes = _attributes(table, row)
        if number > 1:
            branch.mrid, branch.name = derived_mrid(head, "winding", str(number)), f"{name} winding {number}"
            branch.attributes, branch.synthetic = {"star_of": head}, True
        self.draft.branches[branch.mrid] = branch

    def _read_injections(self, table: str, cim_class: str, sign: float) -> None:
        for row in self._rows(table):
            if not row.in_service and table in ("ext_grid", "gen"):
                self._out_of_service(table, row, "left out")
                continue
            scale = 1000.0 * sign * float(getattr(row, "scaling", 1.0)) * bool(row.in_service)
            mrid = self._mrid(table, row.Index)
            self.draft.injections[mrid] = Injection(
                mrid,
                _name(table, row),
                cim_class,
                self._node(row.bus),
                p_kw=_number(getattr(row, "p_mw", 0.0)) * scale,
                q_kvar=_number(getattr(row, "q_mvar", 0.0)) * scale,
                attributes=_attributes(table, row),
                holds_supply=bool(getattr(row, "slack", False)),
            )

    def _read_substations(self) -> None:
        """One per high-voltage source: what its transformers join belongs to it."""
        groups = _joined(self.draft)
        for number, nodes in enumerate(groups, start=1):
            mrid = derived_mrid(self.draft.name, "substation", str(number))
            self.draft.containers[mrid] = Container(mrid, f"Substation {number}", "Substation")
            for node in nodes:
                self.draft.nodes[node].container_mrid = mrid
            for branch in self.draft.branches.values():
                if branch.from_node in nodes and branch.to_node in nodes:
                    branch.container_mrid = mrid


def _joined(draft: ModelDraft) -> list[set[str]]:
    """Nodes that transformers from high voltage join to a source, in the order of the sources."""
    groups: list[set[str]] = []
    for source in (one for one in draft.injections.values() if one.is_source):
        if any(source.node in group for group in groups):
            continue
        group, grown = {source.node}, True
        while grown:
            before = len(group)
            for branch in draft.branches.values():
                ends = {branch.from_node, branch.to_node}
                if ends & group and _is_inside(draft, branch):
                    group |= ends
            grown = len(group) > before
        groups.append(group)
    return groups


def _is_inside(draft: ModelDraft, branch: Branch) -> bool:
    high = draft.nodes[branch.from_node].nominal_v >= _SUBSTATION_V
    return high and (branch.cim_class == "PowerTransformer" or branch.is_switch)


def _switch_class(row: Any) -> str:
    return _SWITCH_CLASSES.get(str(row.type), "LoadBreakSwitch")


def _name(table: str, row: Any) -> str:
    name = getattr(row, "name", None)
    return str(name)[:120] if isinstance(name, str) and name.strip() else f"{table} {row.Index}"


def _number(value: Any) -> float:
    number = float(value)
    return 0.0 if math.isnan(number) else number


def _positive(value: float) -> float | None:
    return float(value) if value > 0 and math.isfinite(value) else None


def _attributes(table: str, row: Any) -> dict[str, Any]:
    """What else the row says, by "table.column"."""
    kept = {}
    for column, value in row._asdict().items():
        plain = value.item() if hasattr(value, "item") else value
        is_said = isinstance(plain, str | bool | int) or (isinstance(plain, float) and math.isfinite(plain))
        if is_said and column not in ("Index", "name", "geo"):
            kept[f"{table}.{column}"] = plain
    return kept
