"""What stands in the way of a fault of all three phases: impedances of the positive sequence, per unit on 1 MVA.

So much per unit adds up through transformers; a fault behind the sum z draws 1/|z| MVA. Only what has three phases is here.
"""

from __future__ import annotations

from network.domain.physics.circuit import Circuit, LineCode, Transformer, Triangle

BASE_VA = 1e6


def of_branches(circuit: Circuit) -> dict[str, complex]:
    """By mRID of lines, closed or open switches (nothing), and transformers of two windings or more (the first two)."""
    found = {one.mrid: 0j for one in circuit.switches if len(one.phases) == 3}
    codes = {name: _positive(code) for name, code in circuit.line_codes.items() if len(code.r) == 6}
    for line in circuit.lines:
        volts = circuit.buses[line.from_bus].nominal_v * 3.0**0.5
        if len(line.phases) == 3 and line.code in codes and volts:
            found[line.mrid] = codes[line.code] * line.length * BASE_VA / volts**2
    for transformer in circuit.transformers:
        z = _of_transformer(transformer)
        if z is not None:
            found[transformer.bank_mrid] = z
    return found


def of_sources(circuit: Circuit) -> dict[str, complex]:
    """By mRID of the bus, of what holds the network alive; nothing where the model knows none."""
    holding = [one for one in circuit.sources if one.voltage_v and len(one.phases) == 3]
    return {one.bus: complex(one.r_ohm, one.x_ohm) * BASE_VA / one.voltage_v**2 for one in holding}


def _positive(code: LineCode) -> complex:
    """Ohm per metre: what a phase has of its own, less what the others induce."""
    return complex(_own(code.r), _own(code.x))


def _own(triangle: Triangle) -> float:
    aa, ab, bb, ac, bc, cc = triangle
    return (aa + bb + cc) / 3.0 - (ab + ac + bc) / 3.0


def _of_transformer(one: Transformer) -> complex | None:
    x = next((x for a, b, x, _ in one.leakage if {a, b} == {0, 1}), None)
    if x is None or any(winding.connection == "I" for winding in one.windings) or not one.windings[1].rated_v:
        return None
    first, second = one.windings[:2]
    r = first.r_ohm + second.r_ohm * (first.rated_v / second.rated_v) ** 2
    return complex(r, x) * BASE_VA / first.rated_v**2
