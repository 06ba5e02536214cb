"""A network file as a case whose branches open and close, with the file's own names."""

from __future__ import annotations

import copy
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from integration.netfiles import plain
from integration.netfiles.refusals import NetFileRefused
from network.domain.reconfiguration.case import Case

_JOINT_OHM = 1e-6  # of a switch between two buses: it must be a branch here, and carries no loss worth the name


@dataclass(frozen=True, slots=True)
class Named:
    """A case, the name of every bus, and the ends of every branch by name.

    `left_out` are the buses that no source reaches even with every branch closed: they are no part of the case.
    """

    case: Case
    buses: list[str]
    ends: list[tuple[str, str]]
    names: list[str]  # FROM-TO, a parallel one #2
    left_out: list[str]

    def find(self, wanted: str) -> int:
        """The branch called FROM-TO, either way round.

        Raises:
            NetFileRefused: no branch is called so.
        """
        turned = plain.pair_names([(end, start) for start, end in self.ends])
        for names in (self.names, turned):
            if wanted in names:
                return names.index(wanted)
        apart = next((bus for bus in self.left_out if wanted.startswith(f"{bus}-") or wanted.endswith(f"-{bus}")), "")
        if apart:
            raise NetFileRefused(f"branch {wanted!r}: no source reaches bus {apart!r}, whatever is closed")
        raise NetFileRefused(f"no branch {wanted!r}; branches are called FROM-TO, as {self.names[0]!r}")

    def pairs(self, chosen: Any) -> list[list[str]]:
        """The ends of branches."""
        return [list(self.ends[branch]) for branch in chosen]


def to_case(net: Any) -> Named:
    """The case of a pandapower net.

    A net that has switches opens and closes by them alone; in one without, every line can be opened, and those out of
    service are the normally open ones.

    Raises:
        NetFileRefused: it has no source, or generators that hold a voltage.
    """
    from network.engines import balanced_pi  # noqa: PLC0415 - takes seconds

    whole, closed, switchable = _all_closed(net)
    try:
        form = balanced_pi.to_pi(whole)
    except balanced_pi.NoSource as error:
        raise NetFileRefused(str(error)) from None
    if form.held.size:
        raise NetFileRefused(
            f"{form.held.size} generators hold a voltage; a switching study takes loads and sources only"
        )
    network, base = form.network, form.network.base_mva
    rows = {table: form.branch_rows[table] for table in ("line", "trafo") if table in form.branch_rows}
    columns = {table: (closed[table], switchable[table]) for table in rows}
    is_closed, may_switch = np.ones(len(network.r), bool), np.zeros(len(network.r), bool)
    for table, places in rows.items():
        present = places >= 0
        is_closed[places[present]] = columns[table][0][present]
        may_switch[places[present]] = columns[table][1][present]
    case = Case(
        base_kw=base * 1e3,
        load=form.load / base,
        shunt=network.shunt,
        sources=form.sources.astype(np.int32),
        held=form.source_v,
        from_bus=network.from_bus.astype(np.int32),
        to_bus=network.to_bus.astype(np.int32),
        z=network.r + 1j * network.x,
        y=network.g + 1j * network.b,
        tap=(network.ratio * np.exp(1j * np.radians(network.shift_deg))).astype(np.complex128),
        closed=is_closed,
        switchable=may_switch,
    )
    return _named(case, whole, form)


def _all_closed(net: Any) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """The net with everything closed, and per table which rows are closed and which may be switched."""
    whole = copy.deepcopy(net)
    switches = whole.switch
    has_switches = bool(len(switches))
    closed = {table: whole[table]["in_service"].to_numpy(bool).copy() for table in ("line", "trafo")}
    may = {table: np.full(len(whole[table]), not has_switches and table == "line") for table in ("line", "trafo")}
    for table, kind in (("line", "l"), ("trafo", "t")):
        for element, is_closed in switches.loc[switches["et"] == kind, ["element", "closed"]].itertuples(index=False):
            place = whole[table].index.get_loc(element)
            closed[table][place] &= bool(is_closed)
            may[table][place] = True
    joints = switches.loc[switches["et"] == "b", ["bus", "element", "closed"]]
    whole.switch = switches.iloc[0:0]
    for table in ("line", "trafo"):
        whole[table]["in_service"] = closed[table] | may[table]
    if len(joints):
        plain.add_lines(whole, *_joints(whole, joints))
        closed["line"] = np.concatenate([closed["line"], joints["closed"].to_numpy(bool)])
        may["line"] = np.concatenate([may["line"], np.ones(len(joints), bool)])
    return whole, closed, may


def _joints(net: Any, joints: Any) -> tuple[list[plain.PlainBranch], list[str], dict[str, int]]:
    """Switches between two buses as very short lines."""
    by_index = dict(zip(net.bus.index, net.bus["name"], strict=True))
    made = [
        plain.PlainBranch(str(by_index[bus]), str(by_index[element]), _JOINT_OHM, _JOINT_OHM)
        for bus, element, _ in joints.itertuples(index=False)
    ]
    names = plain.pair_names([(one.from_bus, one.to_bus) for one in made])
    return made, names, {str(name): int(index) for index, name in by_index.items()}


def _named(case: Case, net: Any, form: Any) -> Named:
    buses, left_out = [""] * case.buses, list[str]()
    for index, name in zip(net.bus.index, net.bus["name"], strict=True):
        row = int(form.bus_row[index])
        if row >= 0:
            buses[row] = str(name)
        else:
            left_out.append(str(name))
    ends = [(buses[a], buses[b]) for a, b in zip(case.from_bus, case.to_bus, strict=True)]
    return Named(case, buses, ends, plain.pair_names(ends), left_out)


def study(options: dict[str, Any]) -> Named:
    """The case of the network a command line names; what no source reaches is left out, and standard error says so.

    Raises:
        BadInput: none is named, or it cannot be read or switched.
    """
    from adms.core.commands import BadInput  # noqa: PLC0415
    from integration.netfiles import arguments  # noqa: PLC0415

    try:
        named = to_case(arguments.read_net(options))
    except NetFileRefused as refusal:
        raise BadInput(refusal.message) from None
    if named.left_out:
        sys.stderr.write(f"no source reaches these buses, left out: {', '.join(named.left_out)}\n")
    return named
