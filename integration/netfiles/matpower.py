"""MATPOWER cases: `.m` files with baseMVA, bus, gen and branch. A branch's status is its normal state.

Columns are those of the MATPOWER manual, appendix B. A branch with a ratio, a shift, or ends of different nominal voltage is a
transformer; its ratio stands at the from end and its impedance at the to end.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from integration.netfiles import matlab
from integration.netfiles.plain import PlainBranch, PlainBus, PlainNet, add_lines, pair_names, to_net
from integration.netfiles.refusals import NetFileRefused

_REF, _PV, _ISOLATED = 3, 2, 4
_LEAST_COLUMNS = {"bus": 13, "gen": 8, "branch": 11}
Matrix = NDArray[np.float64]


@dataclass(slots=True)
class Case:
    """A case in MATPOWER's units: MW, Mvar, p.u. on `base_mva`, degrees."""

    name: str
    base_mva: float
    bus: Matrix
    gen: Matrix
    branch: Matrix


def read_case(path: Path) -> Case:
    """The matrices of a case after its own conversions.

    Raises:
        NetFileRefused: it is no case, a statement is unknown, or the matrices contradict each other.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise NetFileRefused(f"{path}: {error.strerror or error}") from None
    values = matlab.read_variables(text, path.name)
    for field, columns in _LEAST_COLUMNS.items():
        matrix = values[field]
        if not isinstance(matrix, np.ndarray) or matrix.shape[1] < columns:
            raise NetFileRefused(f"{path.name}: {field} is no matrix of at least {columns} columns")
    case = Case(path.stem, float(values["baseMVA"]), values["bus"], values["gen"], values["branch"])
    _check(case, path.name)
    case.bus[case.bus[:, 9] == 0, 9] = 1.0  # cases in p.u. only leave the voltage away
    return case


def _check(case: Case, name: str) -> None:
    numbers = set(case.bus[:, 0])
    if len(numbers) != len(case.bus):
        raise NetFileRefused(f"{name}: a bus number is there twice")
    for field, ends in (("branch", case.branch[:, :2]), ("gen", case.gen[:, :1])):
        if unknown := [number for number in ends.ravel() if number not in numbers]:
            raise NetFileRefused(f"{name}: a {field} stands at bus {unknown[0]:g}, which is not there")
    if not (case.bus[:, 1] == _REF).any():
        raise NetFileRefused(f"{name}: no reference bus (type 3): nothing feeds this network")
    if not case.base_mva > 0 or not (case.bus[:, 9] >= 0).all():
        raise NetFileRefused(f"{name}: baseMVA must be above zero, and no baseKV below it")
    if bad := [row for row in case.branch if not (row[2] or row[3]) or not np.isfinite(row[2:5]).all()]:
        raise NetFileRefused(f"{name}: branch {bad[0][0]:g}-{bad[0][1]:g} has no impedance")


def case_to_net(case: Case) -> Any:
    """A pandapower net with the bus numbers as names and FROM-TO as names of branches, in the rows' order."""
    buses = [_plain_bus(row) for row in case.bus]
    plain = PlainNet(case.name, buses, [], _sources(case))
    net = to_net(plain)
    net.sn_mva = case.base_mva
    places = {bus.name: index for index, bus in enumerate(buses)}
    names = pair_names([(_name(row[0]), _name(row[1])) for row in case.branch])
    kv = {bus.name: bus.kv for bus in buses}
    is_line = [not _is_transformer(row, kv) for row in case.branch]
    rows = [(row, name) for row, name, line in zip(case.branch, names, is_line, strict=True) if line]
    add_lines(net, [_plain_branch(case, row, kv) for row, _ in rows], [name for _, name in rows], places)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for row, name, line in zip(case.branch, names, is_line, strict=True):
            if not line:
                _add_transformer(net, case, row, name, kv, places)
        _add_shunts(net, case, places)
        _add_generators(net, case, places)
    net["start"] = case.bus[:, 7], case.bus[:, 8]  # where MATPOWER starts, too
    return net


def _name(number: float) -> str:
    return f"{number:.0f}"


def _plain_bus(row: Matrix) -> PlainBus:
    return PlainBus(_name(row[0]), row[9], row[2] * 1e3, row[3] * 1e3, in_service=row[1] != _ISOLATED)


def _sources(case: Case) -> dict[str, float]:
    """Reference buses with the voltage of their generator in service, else the bus's own."""
    held = {row[0]: row[5] for row in reversed(case.gen) if row[7] > 0}
    return {_name(row[0]): float(held.get(row[0], row[7])) for row in case.bus if row[1] == _REF}


def _is_transformer(row: Matrix, kv: dict[str, float]) -> bool:
    differs = not math.isclose(kv[_name(row[0])], kv[_name(row[1])], rel_tol=1e-6)
    return differs or row[9] != 0 or row[8] not in (0, 1)


def _plain_branch(case: Case, row: Matrix, kv: dict[str, float]) -> PlainBranch:
    volts = kv[_name(row[1])]
    ohm = volts**2 / case.base_mva
    c_nf = row[4] / ohm / (2 * math.pi * 50.0) * 1e9
    rated = row[5] / math.sqrt(3.0) / volts * 1e3 if row[5] > 0 else math.nan
    return PlainBranch(
        _name(row[0]), _name(row[1]), row[2] * ohm, row[3] * ohm, closed=row[10] > 0, c_nf=c_nf, rated_a=rated
    )


def _add_transformer(
    net: Any, case: Case, row: Matrix, name: str, kv: dict[str, float], places: dict[str, int]
) -> None:
    """The ratio belongs to the from end's rated voltage; charging becomes two shunts, seen through the ratio at the from end."""
    from pandapower import create_shunt, create_transformer_from_parameters  # noqa: PLC0415

    ends = [_name(row[0]), _name(row[1])]
    ratio = row[8] or 1.0
    volts = [kv[ends[0]] * ratio, kv[ends[1]]]
    is_turned = kv[ends[0]] < kv[ends[1]]
    high, low = (1, 0) if is_turned else (0, 1)
    create_transformer_from_parameters(
        net,
        places[ends[high]],
        places[ends[low]],
        sn_mva=case.base_mva,
        vn_hv_kv=volts[high],
        vn_lv_kv=volts[low],
        vk_percent=math.copysign(math.hypot(row[2], row[3]), row[3]) * 100.0,
        vkr_percent=row[2] * 100.0,
        pfe_kw=0.0,
        i0_percent=0.0,
        shift_degree=-row[9] if is_turned else row[9],
        name=name,
        in_service=bool(row[10] > 0),
        max_loading_percent=100.0,
    )
    for end, share in ((0, 1.0 / ratio**2), (1, 1.0)) if row[4] else ():
        q_mvar = -row[4] / 2.0 * share * case.base_mva
        create_shunt(net, places[ends[end]], q_mvar=q_mvar, name=f"{name} charging", in_service=bool(row[10] > 0))


def _add_shunts(net: Any, case: Case, places: dict[str, int]) -> None:
    from pandapower import create_shunt  # noqa: PLC0415

    for row in case.bus:
        if row[4] or row[5]:
            create_shunt(net, places[_name(row[0])], p_mw=row[4], q_mvar=-row[5], name=_name(row[0]))


def _add_generators(net: Any, case: Case, places: dict[str, int]) -> None:
    """Generators in service: voltage-holding at PV buses (the first one; others add power), else fixed power; none at sources."""
    from pandapower import create_gen, create_sgen  # noqa: PLC0415

    kinds = dict(zip(case.bus[:, 0], case.bus[:, 1], strict=True))
    holds: set[float] = set()
    for row in case.gen:
        kind, name = kinds[row[0]], _name(row[0])
        if row[7] <= 0 or kind in (_REF, _ISOLATED):
            continue
        if kind == _PV and row[0] not in holds:
            holds.add(row[0])
            create_gen(net, places[name], p_mw=row[1], vm_pu=row[5], name=name)
        else:
            create_sgen(net, places[name], p_mw=row[1], q_mvar=0.0 if kind == _PV else row[2], name=name)
