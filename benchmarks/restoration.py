"""Restoration plans per second: ours against power-grid-model as the checker, on the same plans in the same run.

    python -m benchmarks.restoration [--rounds 5]

A feeder group of 2,600 buses: a dead block of 600, and twenty ties onto a living feeder of 2,000. Each plan closes one tie; both
solve the whole case for every plan. power-grid-model solves the plans as one batch on one thread by its iterative current
method, which is its fastest exact one.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
from power_grid_model import LoadGenType, PowerGridModel, initialize_array

from network.domain.reconfiguration import kernels
from network.domain.reconfiguration.case import Case
from network.domain.reconfiguration.flow import QUICK_CHECK, Workshop, outcomes

LIVING, DEAD, TIES = 2_000, 600, 20
BASE_KV, BASE_MVA = 10.0, 1.0


def group(rng: np.random.Generator) -> Case:
    """Bus 0 is the source, 1 to 2000 live, 2001 to 2600 are dead; the ties come last."""

    def tree(first: int, count: int, root: int) -> list[tuple[int, int]]:
        return [(root if k == 0 else first + int(rng.integers(max(0, k - 6), k)), first + k) for k in range(count)]

    rows = tree(1, LIVING, 0) + tree(1 + LIVING, DEAD, -1)[1:]
    ties = [(int(rng.integers(1, LIVING + 1)), int(rng.integers(LIVING + 1, LIVING + DEAD + 1))) for _ in range(TIES)]
    ends = np.array(rows + ties, np.int32)
    buses, branches = 1 + LIVING + DEAD, len(ends)
    load = np.zeros(buses, complex)
    load[1:] = rng.uniform(0.5, 1.5, buses - 1) * (1.0 + 0.3j) / 1e3
    closed = np.arange(branches) < len(rows)
    ones = np.ones(branches, complex)
    return Case(
        BASE_MVA * 1e3, load, np.zeros(buses, complex), np.zeros(1, np.int32), np.ones(1, complex),
        ends[:, 0].copy(), ends[:, 1].copy(), (0.4 + 0.3j) * 1e-4 * ones, 0.0 * ones, ones, closed, np.ones(branches, bool),
    )  # fmt: skip


class Peer:
    """The same case in power-grid-model, a plan being a scenario."""

    def __init__(self, case: Case) -> None:
        ohm = BASE_KV**2 / BASE_MVA
        node = initialize_array("input", "node", case.buses)
        node["id"], node["u_rated"] = np.arange(case.buses), BASE_KV * 1e3
        line = initialize_array("input", "line", case.branches)
        self.lines = case.buses + np.arange(case.branches)
        line["id"], line["from_node"], line["to_node"] = self.lines, case.from_bus, case.to_bus
        line["from_status"] = line["to_status"] = case.closed
        line["r1"], line["x1"], line["c1"], line["tan1"] = case.z.real * ohm, case.z.imag * ohm, 0.0, 0.0
        source = initialize_array("input", "source", 1)
        source["id"], source["node"], source["status"], source["u_ref"], source["sk"] = 10**6, 0, 1, 1.0, 1e20
        load = initialize_array("input", "sym_load", case.buses - 1)
        load["id"], load["node"], load["status"] = 2 * 10**6 + np.arange(case.buses - 1), np.arange(1, case.buses), 1
        load["type"] = LoadGenType.const_power
        load["p_specified"], load["q_specified"] = (
            case.load[1:].real * BASE_MVA * 1e6,
            case.load[1:].imag * BASE_MVA * 1e6,
        )
        self.model = PowerGridModel({"node": node, "line": line, "source": source, "sym_load": load})
        update = initialize_array("update", "line", (TIES, 1))
        update["id"][:, 0], update["from_status"], update["to_status"] = self.lines[-TIES:], 1, 1
        self.update = {"line": update}

    def solve(self) -> np.ndarray:
        """(plans) the loss of each in kW."""
        found = self.model.calculate_power_flow(
            update_data=self.update, calculation_method="iterative_current", error_tolerance=1e-9, threading=-1,
            output_component_types=["line"],
        )["line"]  # fmt: skip
        return (found["p_from"] + found["p_to"]).sum(axis=1) / 1e3


def main() -> None:
    """Time both, turn about."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    case = group(np.random.default_rng(1))
    shop, peer, outcome = Workshop(case), Peer(case), outcomes(TIES)
    close, nothing = (
        np.arange(case.branches - TIES, case.branches, dtype=np.int32)[:, None],
        np.full((1, 1), -1, np.int32),
    )
    forest = shop.forest()

    def ours() -> np.ndarray:
        kernels.try_all(shop.lines, case.closed.copy(), close, nothing, forest, shop.work, outcome, QUICK_CHECK)
        return outcome.loss * case.base_kw

    difference = float(np.abs(ours() - peer.solve()).max())
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(rounds):
        for name, run in (("ours", ours), ("peer", peer.solve)):
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    own, other = (statistics.median(times[name]) / TIES for name in ("ours", "peer"))
    print(f"{case.buses:,} buses, {TIES} plans, losses differ by {difference:.1e} kW at most")
    print(f"ours              {1 / own:10,.0f} plans/s   {own * 1e6:8,.0f} us a plan")
    print(f"power-grid-model  {1 / other:10,.0f} plans/s   {other * 1e6:8,.0f} us a plan")
    print(f"ratio {other / own:.1f}")


if __name__ == "__main__":
    main()
