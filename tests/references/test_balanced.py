"""Balanced power flow against published losses and voltages, by both engines."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from integration.netfiles.branches import find_branch
from integration.netfiles.reading import read_net
from network.engines.balanced import Engine, solve_batch, solve_net
from tests.paths import REFERENCE, needs_shared

KV = {"baran_wu_33": 12.66, "civanlar_16": 23.0, "tpc_84": 11.4}
FOLDER = REFERENCE / "reconfiguration"
BOTH: tuple[Engine, ...] = ("pandapower", "pgm")


def net_of(name: str) -> Any:
    return read_net([FOLDER / f"{name}_buses.csv", FOLDER / f"{name}_branches.csv"], kv=KV[name])


def published() -> Iterator[Any]:
    path = FOLDER / "expected_losses.json"
    for name, case in (json.loads(path.read_text()) if path.exists() else {}).items():
        for result in case["results"]:
            yield pytest.param(name, result, id=f"{name} {result['label'][:12]}")


@needs_shared
@pytest.mark.parametrize("engine", BOTH)
@pytest.mark.parametrize(("name", "expected"), list(published()))
def test_losses_and_lowest_voltage_are_the_published_ones(name: str, expected: dict[str, Any], engine: Engine) -> None:
    net = net_of(name)
    net.line["in_service"] = True
    for pair in expected["open_pairs"]:
        table, index = find_branch(net, pair)
        net[table].loc[index, "in_service"] = False
    result = solve_net(net, engine)
    assert result.converged, result.reason
    assert result.loss_kw == pytest.approx(expected["loss_kW"], abs=1e-3)
    lowest = min(result.buses, key=lambda bus: bus.v_pu)
    assert (lowest.name, lowest.v_pu) == (expected["v_min_bus"], pytest.approx(expected["v_min_pu"], abs=1e-6))


@needs_shared
def test_a_batch_of_a_day_agrees_with_single_solutions() -> None:
    net = net_of("tpc_84")
    shape = 0.6 + 0.4 * np.sin(np.linspace(0.0, 2.0 * np.pi, 96))
    p_kw = np.outer(shape, net.load["p_mw"] * 1e3)
    q_kvar = np.outer(shape, net.load["q_mvar"] * 1e3)
    batch = solve_batch(net, p_kw, q_kvar)
    assert batch.engine == "power-grid-model"
    assert batch.converged.all()
    few = solve_batch(net, p_kw[[0, 70]], q_kvar[[0, 70]], "pandapower")
    assert batch.v_pu[[0, 70]] == pytest.approx(few.v_pu, abs=1e-8, nan_ok=True)
    assert batch.i_a[[0, 70]] == pytest.approx(few.i_a, abs=1e-4, nan_ok=True)
    assert batch.loss_kw[[0, 70]] == pytest.approx(few.loss_kw, abs=1e-5)
    assert batch.source_kvar[[0, 70]] == pytest.approx(few.source_kvar, abs=1e-4)
