"""Feeder reconfiguration and restoration against full enumerations and the best sets known (P02, P04)."""

import csv
import functools
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from integration.netfiles import switchable
from integration.netfiles.reading import read_net
from integration.netfiles.switchable import Named
from network.domain.energisation import energise
from network.domain.grid import Grid, compile_grid
from network.domain.reconfiguration import exchange, operated, plans, turns
from network.domain.reconfiguration.flow import Workshop
from network.domain.reconfiguration.operated import Electrical
from network.domain.reconfiguration.plans import Limits, Plan
from network.engines.balanced import solve_net
from tests.builders.network import NetworkBuilder
from tests.paths import REFERENCE, needs_shared

KV = {"baran_wu_33": 12.66, "civanlar_16": 23.0, "tpc_84": 11.4}
FOLDER = REFERENCE / "reconfiguration"


def net_of(name: str) -> Any:
    return read_net([FOLDER / f"{name}_buses.csv", FOLDER / f"{name}_branches.csv"], kv=KV[name])


@functools.cache
def study(name: str) -> Named:
    return switchable.to_case(net_of(name))


def rows(kind: str) -> Iterator[tuple[str, dict[str, str]]]:
    for name in KV:
        path = FOLDER / f"{name}_restoration_{kind}.csv"
        if path.exists():
            with path.open(encoding="utf-8") as file:
                yield from ((name, row) for row in csv.DictReader(file))


def by_fault() -> list[Any]:
    found: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for name, row in rows("single_tie"):
        found[name, row["faulted_pair"]].append(row)
    return [pytest.param(*key, value, id="-".join(key)) for key, value in found.items()]


@needs_shared
@pytest.mark.parametrize("name", KV)
def test_the_best_set_known_is_found_from_any_seed(name: str) -> None:
    expected = json.loads((FOLDER / "expected_losses.json").read_text())[name]["results"]
    optimum = next(one for one in expected if one["label"] == "optimum")
    case = study(name).case
    for seed in (1, 7):
        found = exchange.reconfigure(case, seed=seed)
        assert found is not None
        assert found.is_settled
        flow = Workshop(case).flow(found.closed)
        assert flow.loss_kw == pytest.approx(optimum["loss_kW"], abs=1e-3)
        assert flow.v_min_pu == pytest.approx(optimum["v_min_pu"], abs=1e-6)
        assert study(name).buses[flow.v_min_bus] == optimum["v_min_bus"]


def table(name: str, kind: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}_{kind}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def as_operated(name: str) -> tuple[Grid, Electrical]:
    """The network drawn as one that is operated: a breaker at each source bus, a switch at the beginning of each branch."""
    draw = NetworkBuilder(name, voltage=1e3 * KV[name])
    for row in table(name, "buses"):
        if row["type"] == "source":
            draw.source(f"S{row['bus']}").breaker(f"CB{row['bus']}").to(row["bus"])
        else:
            draw.node(row["bus"])
    for row in table(name, "branches"):
        pair = f"{row['from_bus']}-{row['to_bus']}"
        draw.back_to(row["from_bus"]).switch(pair, closed=row["normally"] == "closed").line(f"L{pair}").to(
            row["to_bus"]
        )
    grid = compile_grid(draw.draft())
    electrical = Electrical(
        *(np.zeros(size, complex) for size in (grid.branch_count, grid.branch_count, grid.node_count))
    )
    for row in table(name, "buses"):
        electrical.load[grid.node_index(row["bus"])] = complex(float(row["load_kW"]), float(row["load_kvar"]))
    for row in table(name, "branches"):
        line = grid.branch_index(f"L{row['from_bus']}-{row['to_bus']}")
        electrical.z[line] = complex(float(row["r_ohm"]), float(row["x_ohm"]))
    return grid, electrical


@needs_shared
@pytest.mark.parametrize("name", KV)
def test_the_rings_of_an_operated_network_come_to_the_best_set_known_by_exchanges_that_stay_radial(name: str) -> None:
    expected = json.loads((FOLDER / "expected_losses.json").read_text())[name]["results"]
    optimum = next(one for one in expected if one["label"] == "optimum")
    grid, electrical = as_operated(name)
    heads = np.flatnonzero(grid.is_feeder_head).tolist()
    may_move = grid.is_switch & ~grid.is_feeder_head
    state = (grid, grid.initial_closed, energise(grid, grid.initial_closed))
    rings = operated.rings(state, heads, electrical, may_move)
    assert rings is not None
    found = exchange.reconfigure(rings.case)
    assert found is not None
    named, closed = study(name), study(name).case.closed.copy()
    for one in turns.in_turn(rings.case, found.closed):
        close, open_ = (named.find(grid.branch_mrid_text(int(rings.branch[end]))) for end in (one.close, one.open))
        closed[close], closed[open_] = True, False
        assert Workshop(named.case).flow(closed).converged  # radial, too
    assert Workshop(named.case).flow(closed).loss_kw == pytest.approx(optimum["loss_kW"], abs=1e-3)


@needs_shared
@pytest.mark.parametrize("name", KV)
def test_the_sweep_agrees_with_another_engine(name: str) -> None:
    flow = Workshop(study(name).case).flow(study(name).case.closed)
    other = solve_net(net_of(name), "pandapower")
    assert flow.loss_kw == pytest.approx(other.loss_kw, abs=1e-6)
    assert np.abs(flow.v).min() == pytest.approx(other.v_min_pu, abs=1e-9)


@needs_shared
@pytest.mark.parametrize(("name", "fault", "expected"), by_fault())
def test_single_ties_come_in_the_published_order(name: str, fault: str, expected: list[dict[str, str]]) -> None:
    named = study(name)
    found = [one for one in plans.single_ties(plans.look(named.case, named.find(fault))) if one.converged]
    assert [named.names[one.close[0]] for one in found] == [row["tie_closed"] for row in expected]
    for one, row in zip(found, expected, strict=True):
        assert one.loss_kw == pytest.approx(float(row["loss_kW"]), abs=1e-3)
        assert one.v_min_pu == pytest.approx(float(row["v_min_pu"]), abs=1e-6)
        assert named.buses[one.v_min_bus] == row["v_min_bus"]


@needs_shared
@pytest.mark.parametrize(("name", "row"), [pytest.param(n, r, id=f"{n}-{r['faulted_pair']}") for n, r in rows("best")])
def test_the_best_plans_are_those_of_a_full_enumeration(name: str, row: dict[str, str]) -> None:
    named = study(name)
    outlook = plans.look(named.case, named.find(row["faulted_pair"]))
    assert int(outlook.dead.sum()) == int(row["island_buses"])
    found = plans.restore(outlook, Limits(v_min_pu=float(row["v_limit_pu"])))
    assert found.tried_all
    whole = [one for one in found.plans if one.is_whole]
    single = [one for one in whole if len(one.close) == 1]
    double = [one for one in whole if len(one.close) == 2]
    agree(named, single, row["best_single_tie"], "", row["loss_kW_single"], row["v_min_single"])
    agree(named, double, row["best_two_ties"], row["sectionalizer_opened"], row["loss_kW_two"], row["v_min_two"])
    if row["v_min_hv"]:
        assert max(one.v_min_pu for one in whole or found.beyond) == pytest.approx(float(row["v_min_hv"]), abs=1e-6)
    assert [one.rank for one in found.plans] == sorted(one.rank for one in found.plans)


def agree(named: Named, found: list[Plan], ties: str, section: str, loss: str, v_min: str) -> None:
    if not ties:
        assert found == []
        return
    best = found[0]
    assert {named.names[tie] for tie in best.close} == set(ties.split(" + "))
    assert {named.names[branch] for branch in best.open} == ({section} if section else set())
    assert best.loss_kw == pytest.approx(float(loss), abs=1e-3)
    assert best.v_min_pu == pytest.approx(float(v_min), abs=1e-6)
