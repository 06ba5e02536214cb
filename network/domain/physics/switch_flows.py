"""What closed switches carry in a balanced power flow, whose solvers take the buses they join for one.

Kirchhoff's current law bus by bus: what leaves a bus by its lines, transformers and loads comes in by its switches. A bus with one
switch left tells what that carries, and so on inwards. Where switches run in a ring, or two of the buses they join take an
amount nobody knows (sources that hold a voltage, the inner windings of three), those between are not told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from network.domain.physics.circuit import Circuit, Load, Switch
from network.domain.physics.islands import Closed, closed_conductors, living
from network.domain.physics.results import BranchFlow, PowerFlowResult

_ALL = "ABC"


def flows(circuit: Circuit, closed: Closed | None, result: PowerFlowResult) -> Iterator[BranchFlow]:
    """Of every closed switch whose flow is told by what its buses take.

    Args:
        circuit: that was solved.
        closed: its switch positions, see `islands.closed_conductors`.
        result: a converged balanced solution with both ends of its branches, buses and branches by mRID.
    """
    volts = {bus.mrid: bus.v_pu * circuit.buses[bus.mrid].nominal_v for bus in result.buses}
    switches = [
        one
        for one in circuit.switches
        if one.from_bus in volts and one.to_bus in volts and closed_conductors(one, closed) == one.phases
    ]
    joined = {bus for one in switches for bus in (one.from_bus, one.to_bus)}
    if not joined:
        return
    taken = _Taken(circuit, volts, joined)
    taken.branches(result.branches)
    taken.single()
    taken.sources(closed)
    for switch, power in _inwards(switches, taken):
        amperes = abs(power) / (3.0 * volts[switch.from_bus])
        percent = 100.0 * amperes / switch.rated_a if switch.rated_a else None
        p_kw, q_kvar = power.real / 1e3, power.imag / 1e3
        yield BranchFlow(switch.name, _ALL, amperes, percent, switch.mrid, p_kw, q_kvar)


class _Taken:
    """VA that leave each of some buses by anything but switches; `unknown` are those where something takes an amount nobody knows."""

    def __init__(self, circuit: Circuit, volts: dict[str, float], buses: set[str]) -> None:
        self._circuit, self._volts, self._buses = circuit, volts, buses
        self.power: dict[str, complex] = defaultdict(complex)
        self.unknown: set[str] = set()

    def branches(self, found: Iterable[BranchFlow]) -> None:
        """By lines and transformers."""
        told = {one.mrid: one for one in found}
        for line in self._circuit.lines:
            self._branch(told.get(line.mrid), line.from_bus, line.to_bus)
        for transformer in self._circuit.transformers:
            buses = [one.bus for one in sorted(transformer.windings, key=lambda one: -one.rated_v)]
            if len(buses) == 2:
                self._branch(told.get(transformer.bank_mrid), *buses)
            else:
                self.unknown.update(buses)

    def _branch(self, flow: BranchFlow | None, from_bus: str, to_bus: str) -> None:
        """Into its from end, of a transformer that of the higher voltage, and its other."""
        if from_bus not in self._buses and to_bus not in self._buses:
            return
        if flow is not None and flow.far_kw is not None and flow.p_kw is not None:
            self.power[from_bus] += complex(flow.p_kw, flow.q_kvar or 0.0) * 1e3
            self.power[to_bus] += complex(flow.far_kw, flow.far_kvar or 0.0) * 1e3
        elif from_bus in self._volts and to_bus in self._volts:
            self.unknown.update((from_bus, to_bus))

    def single(self) -> None:
        """By loads, generation and shunts."""
        for load in self._circuit.loads:
            if load.bus in self._buses:
                self.power[load.bus] += _load(load, self._pu(load.bus))
        for one in self._circuit.generators:
            self.power[one.bus] -= complex(sum(one.p_w), sum(one.q_var))
        for shunt in self._circuit.shunts:
            if shunt.bus in self._buses:
                self.power[shunt.bus] += 3.0 * self._volts[shunt.bus] ** 2 * complex(shunt.g, -shunt.b)

    def sources(self, closed: Closed | None) -> None:
        """By what feeds; a source that is alone holds the voltage, whatever is live."""
        if len(self._circuit.sources) == 1:
            self.unknown.add(self._circuit.sources[0].bus)
            return
        alive = living(self._circuit, closed)
        self.unknown.update(one.bus for one in alive.references)
        for one in alive.followers:
            if one.regulates:
                self.unknown.add(one.bus)
            else:
                self.power[one.bus] -= complex(one.p_w, one.q_var)

    def _pu(self, bus: str) -> float:
        return self._volts[bus] / self._circuit.buses[bus].nominal_v


def _load(load: Load, v_pu: float) -> complex:
    """VA that a load takes at a voltage."""
    response = load.response
    if response.exponents:
        p, q = (v_pu**exponent for exponent in response.exponents)
    else:
        p, q = _factor(response.p_zip, v_pu), _factor(response.q_zip, v_pu)
    return complex(sum(load.p_w) * p, sum(load.q_var) * q)


def _factor(shares: tuple[float, float, float], v_pu: float) -> float:
    """Of constant impedance, current and power.

    >>> _factor((1.0, 0.0, 0.0), 0.5), _factor((0.0, 0.5, 0.5), 0.5)
    (0.25, 0.75)
    """
    z, i, p = shares
    return z * v_pu**2 + i * v_pu + p


def _inwards(switches: list[Switch], taken: _Taken) -> Iterator[tuple[Switch, complex]]:
    """From buses with one switch left: each with the VA that go into it at its from end."""
    at: dict[str, dict[int, Switch]] = defaultdict(dict)
    for number, one in enumerate(switches):
        if one.from_bus != one.to_bus:
            at[one.from_bus][number] = at[one.to_bus][number] = one
    ends = [bus for bus, own in at.items() if len(own) == 1]
    while ends:
        bus = ends.pop()
        if len(at[bus]) != 1 or bus in taken.unknown:
            continue
        ((number, switch),) = at[bus].items()
        other = switch.to_bus if bus == switch.from_bus else switch.from_bus
        power = taken.power[bus]
        taken.power[other] += power
        del at[bus][number], at[other][number]
        if len(at[other]) == 1:
            ends.append(other)
        yield switch, power if bus == switch.to_bus else -power
