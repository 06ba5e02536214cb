"""State estimation on a pandapower net: its pi circuits, its readings, and what its loads say where no reading does.

Buses at which nothing is connected draw nothing, which is exact knowledge. A network whose loads are all zero says nothing about loads,
so none of its buses is taken as such. Where the readings alone do not determine the state, the net's loads join as pseudo-measurements
of half their own size in standard deviation, and the sources' voltages where no voltage is read at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from network.domain.physics import estimation_equations as equations
from network.domain.physics.estimation import Estimate, Measurements, Places, Problem, estimate
from network.engines.balanced_pi import PiForm, to_pi

_PSEUDO_SHARE, _PSEUDO_LEAST_PU, _PSEUDO_VOLTAGE = 0.5, 1e-4, 0.01
_BUS_KINDS = {"v": equations.BUS_V, "p": equations.BUS_P, "q": equations.BUS_Q}
_BRANCH_KINDS = {
    ("from", "p"): equations.FROM_P,
    ("from", "q"): equations.FROM_Q,
    ("from", "i"): equations.FROM_I,
    ("to", "p"): equations.TO_P,
    ("to", "q"): equations.TO_Q,
    ("to", "i"): equations.TO_I,
}
_INJECTING = (
    "load",
    "sgen",
    "gen",
    "ext_grid",
    "storage",
    "ward",
    "xward",
    "motor",
    "asymmetric_load",
    "asymmetric_sgen",
)


class Reading(Protocol):
    """A measurement as its file says it: v in p.u., p and q in MW and Mvar (buses: consumption), i in kA."""

    @property
    def where(self) -> str: ...  # noqa: D102
    @property
    def type(self) -> str: ...  # noqa: D102
    @property
    def element(self) -> str: ...  # noqa: D102
    @property
    def number(self) -> str: ...  # noqa: D102
    @property
    def side(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> float: ...  # noqa: D102
    @property
    def sigma(self) -> float: ...  # noqa: D102


class UnknownElement(ValueError):
    """A measurement of something the net does not have; the message names the place."""


@dataclass(slots=True)
class NetEstimate:
    """An estimate with the way back to the net: rows of the pi form per bus, and how many rows were not read but assumed."""

    estimate: Estimate
    form: PiForm
    readings: list[Any]
    pseudo: int = 0
    zero_injections: int = 0
    ignored: list[str] = field(default_factory=list)


def estimate_net(net: Any, readings: Iterable[Reading], *, remove_bad: bool = False) -> NetEstimate:
    """The most likely state of a net.

    Raises:
        NoSource: nothing feeds it.
        UnknownElement: a reading belongs to nothing in it.
    """
    form = to_pi(net)
    answer = NetEstimate(Estimate(converged=False), form, [])
    rows = _rows(net, form, readings, answer)
    zero = _zero_injections(net, form, rows)
    answer.zero_injections = len(zero)
    answer.estimate = estimate(_problem(form, rows, zero), remove_bad=remove_bad)
    if answer.estimate.unobservable:
        more = _pseudo(form, rows, zero)
        answer.pseudo = len(more)
        answer.estimate = estimate(_problem(form, rows + more, zero), remove_bad=remove_bad)
    return answer


Row = tuple[int, int, float, float]


def _problem(form: PiForm, rows: list[Row], zero: Places) -> Problem:
    kinds, places, values, sigmas = (np.array(column) for column in zip(*rows, strict=True))
    measurements = Measurements(kinds.astype(np.int64), places.astype(np.int64), values, sigmas)
    return Problem(form.network, form.sources, np.angle(form.source_v), measurements, zero)


def _rows(net: Any, form: PiForm, readings: Iterable[Reading], answer: NetEstimate) -> list[Row]:
    names = [str(name) for name in net.bus["name"]]
    are_numbered = names == [str(index) for index in net.bus.index]
    at = {} if are_numbered else {name: place for place, name in enumerate(names)}
    tables = {table: {str(name): place for place, name in enumerate(net[table]["name"])} for table in ("line", "trafo")}
    rows = []
    for one in readings:
        if one.element == "bus":
            place = at[one.number] if one.number in at else _counted(one, len(names))
            row = int(form.bus_row[net.bus.index[place]])
        else:
            own = tables[one.element]
            place = own[one.number] if one.number in own else _counted(one, len(own))
            row = int(form.branch_rows[one.element][place])
        if row < 0:
            answer.ignored.append(f"{one.where}: {one.element} {one.number} is not in service")
            continue
        rows.append(_row(form, one, row))
        answer.readings.append(one)
    if not rows:
        raise UnknownElement("no measurement belongs to anything in service")
    return rows


def _counted(one: Reading, count: int) -> int:
    """The place of an element by its number from one."""
    if one.number.isdecimal() and 1 <= int(one.number) <= count:
        return int(one.number) - 1
    raise UnknownElement(f"{one.where}: there is no {one.element} {one.number}")


def _row(form: PiForm, one: Reading, row: int) -> Row:
    network = form.network
    if one.element == "bus":
        base = 1.0 if one.type == "v" else network.base_mva
        return _BUS_KINDS[one.type], row, one.value / base, one.sigma / base
    base = network.base_mva
    if one.type == "i":
        ends = network.from_bus if one.side == "from" else network.to_bus
        base /= math.sqrt(3.0) * float(network.base_kv[ends[row]])
    return _BRANCH_KINDS[one.side, one.type], row, one.value / base, one.sigma / base


def _zero_injections(net: Any, form: PiForm, rows: list[Row]) -> Places:
    """Buses at which nothing is connected and nothing is read."""
    if not np.any(form.load):
        return np.zeros(0, dtype=np.int64)
    busy = np.zeros(form.network.size, dtype=bool)
    for table in _INJECTING:
        if len(frame := net.get(table, ())):
            places = form.bus_row[frame["bus"].to_numpy(dtype=np.int64)]
            busy[places[places >= 0]] = True
    read = [place for kind, place, *_ in rows if kind in (equations.BUS_P, equations.BUS_Q)]
    busy[read] = True
    busy[form.sources] = True
    return np.flatnonzero(~busy)


def _pseudo(form: PiForm, rows: list[Row], zero: Places) -> list[Row]:
    """Loads of the net at buses without reading, and the sources' voltages where none is read."""
    known = {(kind, place) for kind, place, *_ in rows}
    base = form.network.base_mva
    skipped = {*zero.tolist(), *form.sources.tolist()}
    more: list[Row] = []
    for bus, load in enumerate(form.load / base):
        for kind, value in ((equations.BUS_P, load.real), (equations.BUS_Q, load.imag)):
            if bus not in skipped and (kind, bus) not in known:
                more.append((kind, bus, float(value), max(_PSEUDO_SHARE * abs(load), _PSEUDO_LEAST_PU)))
    if not any(kind == equations.BUS_V for kind, _ in known):
        more += [
            (equations.BUS_V, int(bus), abs(v), _PSEUDO_VOLTAGE)
            for bus, v in zip(form.sources, form.source_v, strict=True)
        ]
    return more
