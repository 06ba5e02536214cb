"""What the balanced power flow says when there is no good answer, and which engine it takes."""

from typing import Any

import numpy as np
import pandapower
import pytest

from integration.netfiles.plain import PlainBranch, PlainBus, PlainNet, to_net
from network.engines.balanced import Engine, solve_batch, solve_net

BOTH: tuple[Engine, ...] = ("pandapower", "pgm")


def chain(kw: float = 1000.0, *, second_closed: bool = True) -> Any:
    """S ---- 1 ---- 2, 10 kV, 1 + j1 ohm each, the same load at 1 and 2."""
    buses = [PlainBus("S", 10.0), PlainBus("1", 10.0, kw, 0.0), PlainBus("2", 10.0, kw, 0.0)]
    branches = [PlainBranch("S", "1", 1.0, 1.0, rated_a=100.0), PlainBranch("1", "2", 1.0, 1.0, closed=second_closed)]
    return to_net(PlainNet("chain", buses, branches, {"S": 1.0}))


@pytest.mark.parametrize("engine", BOTH)
def test_too_much_load_is_an_answer_with_a_reason_and_no_figures(engine: Engine) -> None:
    result = solve_net(chain(1e6), engine)
    assert not result.converged
    assert "no solution was found" in result.reason
    assert (result.loss_kw, result.buses, result.v_min_pu) == (None, [], None)


@pytest.mark.parametrize("engine", BOTH)
def test_a_network_without_source_is_an_answer_with_a_reason(engine: Engine) -> None:
    net = chain()
    net.ext_grid["in_service"] = False
    assert solve_net(net, engine).reason == "no source is in service"


@pytest.mark.parametrize("engine", BOTH)
def test_a_bus_without_supply_is_not_reported(engine: Engine) -> None:
    result = solve_net(chain(second_closed=False), engine)
    assert [bus.name for bus in result.buses] == ["S", "1"]
    assert [branch.name for branch in result.branches] == ["S-1"]
    assert result.source_kw == pytest.approx(1000.0 + (result.loss_kw or 0.0))


@pytest.mark.parametrize("engine", BOTH)
def test_the_load_of_one_branch_follows_from_ohms_law(engine: Engine) -> None:
    result = solve_net(chain(second_closed=False), engine)
    volts = (
        100e6 - 2e6 + np.sqrt((2e6 - 100e6) ** 2 - 4 * 2 * 1e12)
    ) / 2  # |V|^4 + (2RP - 100 kV^2)|V|^2 + |Z|^2 P^2 = 0
    assert result.buses[1].v_pu == pytest.approx(np.sqrt(volts) / 1e4, abs=1e-9)
    (flow,) = result.branches
    assert flow.loading_percent == pytest.approx(flow.i_a)
    assert [one.kind for one in result.violations] == []


def test_what_a_dc_line_loses_is_a_loss_of_the_network() -> None:
    net = chain()
    pandapower.create_dcline(net, 1, 2, p_mw=0.2, loss_percent=1.0, loss_mw=0.01, vm_from_pu=0.99, vm_to_pu=0.99)
    result = solve_net(net, "pandapower")
    assert result.loss_kw == pytest.approx((result.source_kw or 0.0) - 2000.0)
    assert result.loss_kw == pytest.approx(float(net.res_line.pl_mw.sum()) * 1e3 + 11.89, abs=0.2)


def test_what_power_grid_model_cannot_express_is_said_and_left_to_pandapower() -> None:
    net = chain()
    net.load["const_z_p_percent"] = 50.0
    assert "loads follow the voltage" in solve_net(net, "pgm").reason
    loads = np.full((2, 2), 500.0)
    assert solve_batch(net, loads, loads * 0.1).engine == "pandapower"


def test_a_scenario_without_solution_spoils_no_other() -> None:
    net = chain()
    p_kw = np.array([[100.0, 100.0], [1e6, 1e6], [200.0, 200.0]])
    batch = solve_batch(net, p_kw, p_kw * 0.0)
    assert batch.converged.tolist() == [True, False, True]
    assert np.isnan(batch.v_pu[1]).all()
    assert batch.source_kw[2] == pytest.approx(400.0 + batch.loss_kw[2])


def test_loads_of_a_wrong_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="for 2 loads"):
        solve_batch(chain(), np.zeros((3, 5)), np.zeros((3, 5)))
