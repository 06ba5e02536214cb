"""Nets are made from one empty net, kept and copied: each is as pandapower makes it, and none sees what another holds."""

import pandapower
import pandas as pd

from network.domain.physics.circuit import Circuit
from network.engines import from_circuit_pandapower


def test_a_copied_net_is_what_pandapower_makes_and_the_next_one_is_empty_again() -> None:
    circuit = Circuit("north", 50.0)
    found = from_circuit_pandapower.to_net(circuit)
    made = pandapower.create_empty_network(name="north", f_hz=circuit.frequency_hz)
    assert type(found) is type(made)
    assert set(found) == set(made)
    for name, value in made.items():
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(found[name], value)
        else:
            assert found[name] == value, name
    pandapower.create_bus(found, 10.0)
    found.std_types["line"].clear()
    again = from_circuit_pandapower.to_net(circuit)
    assert again.bus.empty
    assert again.std_types["line"]
