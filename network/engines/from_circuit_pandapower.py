"""A balanced circuit as a pandapower net: same names, and the mRID of everything in a column of its own.

Switches join their buses; taps are in the rated voltages; star points and sources behind an
impedance get a bus of their own, without name.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from functools import partial
from typing import Any

from network.domain.physics.balance import positive_sequence
from network.domain.physics.circuit import Circuit, Line, Load, Shunt, Source
from network.domain.physics.islands import Closed, Living, closed_conductors, living
from network.engines.from_circuit_transformers import add_transformers
from network.engines.rows import Rows

_NO_RATING_KA = 99_999.0
_STIFF_OHM = 1e-9


def to_net(circuit: Circuit, closed: Closed | None = None) -> Any:
    """The live part of a circuit.

    Raises:
        ValueError: a transformer has more than three windings.
    """
    import pandapower  # noqa: PLC0415 - takes seconds

    net = _empty(pandapower, circuit)
    builder = _Builder(pandapower, net, circuit, living(circuit, closed))
    builder.buses()
    builder.lines()
    builder.switches(closed)
    add_transformers(builder.rows, circuit, builder.place)
    builder.injections()
    builder.sources()
    builder.rows.create(pandapower, net)
    for create in builder.few:
        create()
    return net


_templates: dict[float, Any] = {}


def _empty(pandapower: Any, circuit: Circuit) -> Any:
    """A net with nothing in it, copied: pandapower takes 100 ms to make its 140 tables, a feeder of 100 buses 10 ms to solve."""
    frequency = circuit.frequency_hz
    if frequency not in _templates:
        _templates[frequency] = pandapower.create_empty_network(f_hz=frequency)
    template = _templates[frequency]
    net = type(template)({})
    for name, value in template.items():
        net[name] = value.copy() if hasattr(value, "columns") else copy.deepcopy(value)
    net.name = circuit.name
    return net


class _Builder:
    """Collects the tables one after the other; `place` is the bus number of each mRID, `few` what is created row by row."""

    def __init__(self, pandapower: Any, net: Any, circuit: Circuit, alive: Living) -> None:
        self._pp = pandapower
        self._net = net
        self._circuit = circuit
        self._alive = alive
        self.place: dict[str, int] = {}
        self.rows = Rows()
        self.few: list[Callable[[], object]] = []

    def buses(self) -> None:
        for bus in self._circuit.buses.values():
            if bus.mrid in self._alive.phases and bus.nominal_v:
                kilovolt = bus.nominal_v * math.sqrt(3.0) / 1000.0
                self.place[bus.mrid] = self.rows.bus(vn_kv=kilovolt, name=bus.name, mrid=bus.mrid)

    def _has(self, *buses: str) -> bool:
        return all(bus in self.place for bus in buses)

    def lines(self) -> None:
        for line in self._circuit.lines:
            if self._has(line.from_bus, line.to_bus):
                self._line(line)

    def _line(self, line: Line) -> None:
        series, shunt = positive_sequence(self._circuit.line_codes[line.code])
        series, shunt = series * line.length, shunt * line.length
        self.rows.add(
            "line",
            self.place[line.from_bus],
            self.place[line.to_bus],
            length_km=1.0,
            r_ohm_per_km=series.real,
            x_ohm_per_km=series.imag,
            c_nf_per_km=shunt.imag * 1e9 / (2.0 * math.pi * self._circuit.frequency_hz),
            g_us_per_km=shunt.real * 1e6,
            max_i_ka=line.rated_a / 1000.0 if line.rated_a else _NO_RATING_KA,
            name=line.name,
            mrid=line.mrid,
        )

    def switches(self, closed: Closed | None) -> None:
        for switch in self._circuit.switches:
            if self._has(switch.from_bus, switch.to_bus):
                is_closed = closed_conductors(switch, closed) == switch.phases
                ends = self.place[switch.from_bus], self.place[switch.to_bus]
                self.rows.add("switch", *ends, et="b", closed=is_closed, name=switch.name, mrid=switch.mrid)

    def injections(self) -> None:
        for load in self._circuit.loads:
            if self._has(load.bus):
                self._load(load)
        for one in self._circuit.generators:
            if self._has(one.bus):
                self._generator(one.bus, one.name, one.mrid, sum(one.p_w), sum(one.q_var))
        for shunt in self._circuit.shunts:
            if self._has(shunt.bus):
                self._shunt(shunt)

    def _shunt(self, shunt: Shunt) -> None:
        square_v = 3.0 * self._circuit.buses[shunt.bus].nominal_v ** 2 / 1e6
        columns = {"q_mvar": -shunt.b * square_v, "p_mw": shunt.g * square_v, "name": shunt.name, "mrid": shunt.mrid}
        self.few.append(partial(self._pp.create_shunt, self._net, self.place[shunt.bus], **columns))

    def _load(self, load: Load) -> None:
        p, q = _shares(load)
        self.rows.add(
            "load",
            self.place[load.bus],
            p_mw=sum(load.p_w) / 1e6,
            q_mvar=sum(load.q_var) / 1e6,
            const_z_p_percent=p[0],
            const_i_p_percent=p[1],
            const_z_q_percent=q[0],
            const_i_q_percent=q[1],
            name=load.name,
            mrid=load.mrid,
        )

    def _generator(self, bus: str, name: str, mrid: str, p_w: float, q_var: float) -> None:
        self.rows.add("sgen", self.place[bus], p_mw=p_w / 1e6, q_mvar=q_var / 1e6, name=name, mrid=mrid)

    def sources(self) -> None:
        for source in self._alive.references:
            if self._has(source.bus):
                self._reference(source)
        for source in self._alive.followers:
            if not self._has(source.bus):
                continue
            if source.regulates:
                columns = {"vm_pu": self._pu(source), "name": source.name, "mrid": source.mrid}
                place, p_mw = self.place[source.bus], source.p_w / 1e6
                self.few.append(partial(self._pp.create_gen, self._net, place, p_mw=p_mw, **columns))
            else:
                self._generator(source.bus, source.name, source.mrid, source.p_w, source.q_var)

    def _reference(self, source: Source) -> None:
        place = self.place[source.bus]
        if not source.is_stiff and abs(complex(source.r_ohm, source.x_ohm)) > _STIFF_OHM:
            behind = self.rows.bus(vn_kv=self.rows.kilovolt(place), name="", mrid="")
            self.rows.add("line", behind, place, **_impedance(source))
            place = behind
        columns = {"vm_pu": self._pu(source), "va_degree": source.angle_deg, "name": source.name, "mrid": source.mrid}
        self.few.append(partial(self._pp.create_ext_grid, self._net, place, **columns))

    def _pu(self, source: Source) -> float:
        return source.voltage_v / (self._circuit.buses[source.bus].nominal_v * math.sqrt(3.0))


def _impedance(source: Source) -> dict[str, Any]:
    """A source's own impedance as a line of one kilometre."""
    return {
        "length_km": 1.0,
        "r_ohm_per_km": source.r_ohm,
        "x_ohm_per_km": source.x_ohm,
        "c_nf_per_km": 0.0,
        "g_us_per_km": 0.0,
        "max_i_ka": _NO_RATING_KA,
        "name": "",
        "mrid": "",
    }


def _shares(load: Load) -> tuple[tuple[float, float], tuple[float, float]]:
    """Percent of constant impedance and current of p and q; an exponent lies between its neighbours."""
    if load.response.exponents is None:
        (zp, ip, _), (zq, iq, _) = load.response.p_zip, load.response.q_zip
        return (100.0 * zp, 100.0 * ip), (100.0 * zq, 100.0 * iq)
    p, q = (min(max(one, 0.0), 2.0) for one in load.response.exponents)
    return _of_exponent(p), _of_exponent(q)


def _of_exponent(exponent: float) -> tuple[float, float]:
    """Constant impedance and current in percent.

    >>> _of_exponent(1.0), _of_exponent(1.5), _of_exponent(0.0)
    ((0.0, 100.0), (50.0, 50.0), (0.0, 0.0))
    """
    z = max(exponent - 1.0, 0.0)
    return 100.0 * z, 100.0 * (1.0 - z if exponent > 1.0 else exponent)
