"""FLISR on a million customers, or on feeders of 5,000 nodes: from the trip of a breaker to plans that a power flow has checked.

    python -m benchmarks.flisr [--customers 1000000] [--style american] [--faults 20] [--nodes 5000] [--write]

A generated utility is published in a PostgreSQL of its own; feeders of the style `estates` have some 5,000 nodes. The feeders
nearest to so many nodes trip one after the other for a fault at a chance place, told by their indicators. What is timed is what a
worker does: follow the journal, locate, search, check. In turns with it: networkx as the search (graph of the dead area, components
without the faulted part, ties by load), and pandapower and power-grid-model as checkers of the state the best plan leads to.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import os
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import _live
from network.domain.generation.styles import STYLES

if TYPE_CHECKING:
    from network.domain.physics.circuit import Circuit, LineCode
    from network.selectors.state import NetworkState
    from network.services.restoration_outcome import Outcome

Rows = list[tuple[str, str, str]]


@dataclass(slots=True)
class Times:
    """Seconds by what took them, and what came of each fault."""

    ours: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    networkx: list[float] = field(default_factory=list)
    checkers: dict[str, list[float]] = field(default_factory=dict)
    cannot: dict[str, str] = field(default_factory=dict)
    ours_check: list[float] = field(default_factory=list)
    solved_nodes: list[int] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    safe: int = 0
    whole: int = 0
    unsolved_before: int = 0
    reasons: list[str] = field(default_factory=list)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--style", default="american", choices=sorted(STYLES))
    parser.add_argument("--faults", type=int, default=20)
    parser.add_argument("--nodes", type=int, default=5_000)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    before = os.getloadavg()
    try:
        rows = _measure(options.customers, options.style, options.faults, options.nodes)
    finally:
        _live.conftest.pytest_unconfigure()
    wanted = f"--customers {options.customers} --style {options.style}"
    words = f"{wanted} --faults {options.faults} --nodes {options.nodes}"
    head = f"# FLISR\n\n`python -m benchmarks.flisr {words}`, {_live.machine(before)}.\n\n"
    name = f"flisr_{options.style}_{options.customers}.md"
    _live.publish(head + _live.table(("what", "measured", "of"), rows), name, write=options.write)


def _measure(customers: int, style: str, faults: int, nodes: int) -> Rows:
    from django.db import connection

    from adms.core import actors, clock
    from integration.services import utilities
    from network.domain import generation
    from network.selectors import state
    from network.services import solver_warming

    os.environ.pop("SERVERS_MIGRATE", None)  # a database of its own, made and migrated by the first connection
    connection.ensure_connection()
    _live.say(f"generating and publishing {customers} customers")
    utility = generation.generate(customers, 1, style)
    key = utilities.publish(actor=actors.system("benchmark"), utility=utility, at=clock.now()).key
    warm_s = solver_warming.warm()
    present = state.present(key)
    solved = _solve_all(key)
    times = Times(checkers={"pandapower": [], "pgm": []})
    rng = np.random.default_rng(1)
    for number, head in enumerate(_heads(present, faults, nodes)):
        _Fault(key, head, rng, times).measure()
        _live.say(f"fault {number + 1}: {times.nodes[-1]} nodes, {times.ours[-1]:.2f} s")
    return [
        *_told(times, present, warm_s),
        ("power flow of the network before the faults", solved, "as it runs all day"),
    ]


def _solve_all(key: str, at_most_s: float = 600.0) -> str:
    """What the worker of the power flow does all day; a large network is not finished in the time of a benchmark."""
    from adms.core import clock
    from network.services import power_flow

    began, waiting = time.perf_counter(), 1
    while waiting and time.perf_counter() - began < at_most_s:
        row = power_flow.run(model=key, at=clock.now())
        waiting = 0 if row is None else int(row.figures.get("waiting") or 0)
    return f"{waiting} groups unsolved" if waiting else "complete"


def _heads(present: NetworkState, faults: int, nodes: int) -> list[int]:
    """The feeders whose size is nearest to the wanted."""
    heads = present.energisation.feeder
    sizes = np.bincount(heads[heads >= 0], minlength=present.grid.branch_count)
    found = np.flatnonzero(sizes)
    return sorted(found.tolist(), key=lambda head: (abs(int(sizes[head]) - nodes), head))[:faults]


class _Fault:
    """One trip, and what everybody makes of it."""

    def __init__(self, key: str, head: int, rng: np.random.Generator, times: Times) -> None:
        from adms.core import clock
        from network.selectors import state

        self.key, self.head, self.times, self.at = key, head, times, clock.now()
        self.before = state.present(key)
        members = np.flatnonzero(self.before.energisation.feeder == head)
        self.node = int(rng.choice(members))
        times.nodes.append(members.size)

    def measure(self) -> None:
        """The breaker opens, indicators tell, plans are made by all; it closes again."""
        from network.selectors import state
        from network.services import restoration_plans
        from network.services.restoration_outcome import Wish

        self._indicate(operated=True)
        self._report(is_closed=False)
        began, processor = time.perf_counter(), time.process_time()
        present = state.present(self.key)
        wish = Wish(self.head, self.at - dt.timedelta(seconds=1), until_s=600.0)  # others may use the machine
        outcome = restoration_plans.plan(present=present, wish=wish)
        self.times.ours.append(time.perf_counter() - began)
        self.times.processor.append(time.process_time() - processor)
        self._note(outcome)
        self._by_networkx(present, outcome)
        self._check(present, outcome)
        self._report(is_closed=True)
        self._indicate(operated=False)

    def _report(self, *, is_closed: bool) -> None:
        from adms.core import actors, clock
        from network.services import positions
        from network.services.positions import PositionReport

        report = PositionReport(
            self.key, self.before.grid.branch_mrid_text(self.head), clock.now(), is_closed=is_closed
        )
        positions.record_positions(actor=actors.system("field"), source="scada", reports=[report], at=clock.now())

    def _indicate(self, *, operated: bool) -> None:
        """The indicators between the breaker and the fault, as SCADA would report them; the others of the feeder have not operated."""
        from adms.core import clock
        from network.models import TelemetryPoint
        from network.services import telemetry
        from network.services.telemetry import Measurement

        grid, energisation = self.before.grid, self.before.energisation
        path, node = set(), self.node
        while (branch := int(energisation.parent_branch[node])) >= 0:
            path.add(grid.branch_mrid_text(branch))
            node = int(energisation.parent_node[node])
        points = TelemetryPoint.objects.filter(version_id=self.before.version_id, kind="fault_indicator")
        mine = {
            grid.branch_mrid_text(int(one))
            for one in np.flatnonzero(energisation.feeder[grid.branch_from] == self.head)
        }
        rows = [row for row in points.values_list("mrid", "equipment_mrid") if row[1] in mine]
        told = [Measurement(mrid, float(operated and owner in path), clock.now()) for mrid, owner in rows]
        if told:
            telemetry.record_measurements(measurements=told, at=clock.now())

    def _note(self, outcome: Outcome) -> None:
        times, best = self.times, outcome.plans[0] if outcome.plans else None
        times.unsolved_before += bool(outcome.unsolved_before)
        if best is None or not best.is_safe:
            times.reasons.append(outcome.unsolved_before or _why(outcome))
            return
        times.safe += 1
        times.whole += not best.candidate.unserved

    def _by_networkx(self, present: NetworkState, outcome: Outcome) -> None:
        """What one would write with networkx: parts of the dead area without the faulted one, for each the tie with most to spare."""
        import networkx as nx

        from network.selectors import dead_area

        if outcome.blocks is None or outcome.suspects is None or outcome.spare is None:
            return
        grid, spare = present.grid, outcome.spare
        faulted = set(outcome.blocks.nodes_of(outcome.suspects.blocks).tolist())
        began = time.perf_counter()
        dead = dead_area.behind(present, self.head).nodes.tolist()
        graph = nx.Graph()
        graph.add_nodes_from((node, {"kw": float(grid.node_kw[node])}) for node in dead)
        inside = set(dead)
        ends = zip(grid.branch_from.tolist(), grid.branch_to.tolist(), strict=True)
        outside: dict[int, list[int]] = {}
        for branch, (a, b) in enumerate(ends):
            if a in inside and b in inside and present.closed[branch]:
                graph.add_edge(a, b)
            elif grid.is_switch[branch] and (a in inside) != (b in inside):
                outside.setdefault(a if a in inside else b, []).append(branch)
        graph.remove_nodes_from(faulted)
        for part in nx.connected_components(graph):
            kw = sum(graph.nodes[node]["kw"] for node in part)
            ties = [branch for node in part for branch in outside.get(node, ())]
            fitting = [one for one in ties if spare.by_switch.get(one, np.inf) >= kw]
            max(fitting, key=lambda one: spare.by_switch.get(one, np.inf), default=None)
        self.times.networkx.append(time.perf_counter() - began)

    def _check(self, present: NetworkState, outcome: Outcome) -> None:
        """The feeder groups that the best plan changes, solved by each engine; the circuits are made beforehand."""
        from network.domain.energisation import reenergise
        from network.domain.feeder_groups import cutting
        from network.services import power_flow, step_checks

        circuits = power_flow.circuits_of(present.version_id)
        if not outcome.plans or circuits is None:
            return
        moves = outcome.plans[0].moves
        grid = present.grid
        closed, changed = step_checks.moved(present, moves), np.array([move.branch for move in moves], np.int32)
        after = reenergise(present.grid, present.energisation, closed, changed)
        groups = cutting.groups_of(circuits, present.fitted, after, closed)
        ends = np.concatenate([present.grid.branch_from[changed], present.grid.branch_to[changed]])
        touched = {int(one) for one in groups.of_node[ends] if one >= 0}
        nodes = {one: grid.node_mrid_text(groups.groups[one].at) for one in touched if groups.groups[one].at >= 0}
        made = [_held(circuits.circuit_of(groups, one), nodes.get(one, "")) for one in sorted(touched)]
        self.times.solved_nodes.append(sum(len(one.buses) for one in made))
        self.times.ours_check.append(self._seconds("auto", [made]))
        even = [_even(one) for one in made]
        for engine in ("pandapower", "pgm"):
            self.times.checkers[engine].append(self._seconds(engine, [made, even]))

    def _seconds(self, engine: Any, ways: Sequence[Sequence[Circuit]]) -> float:
        """Of the first way the engine can express; why it cannot express the others is kept."""
        from network.engines import port

        for made in ways:
            began = time.perf_counter()
            try:
                results = [port.solve(circuit, engine=engine) for circuit in made]
            except ValueError as error:
                self.times.cannot.setdefault(str(engine), str(error))
                continue
            took = time.perf_counter() - began
            if failed := next((one.reason for one in results if not one.converged), ""):
                self.times.cannot.setdefault(str(engine), failed)
                continue
            return took
        return float("nan")


def _why(outcome: Outcome) -> str:
    """Why the best plan does not hold, or there is none."""
    if not outcome.plans:
        return str(outcome.declined.get("code", ""))
    best = outcome.plans[0]
    if best.checked is None or not best.checked.converged:
        return str(best.unchecked.get("code", "")) or (best.checked.reason if best.checked else "")
    kinds = Counter(one.kind for one in best.checked.violations)
    return ", ".join(f"{count} x {kind}" for kind, count in sorted(kinds.items()))


def _held(circuit: Circuit, bus: str) -> Circuit:
    """A feeder alone, held at nominal voltage at its head."""
    from network.domain.feeder_groups import coupling

    return coupling.held(circuit, bus, {"ABC": (1.0, 0.0)}) if bus else circuit


def _even(circuit: Circuit) -> Circuit:
    """The same with every part on three phases and every load spread evenly: what engines of one phase can express."""
    from network.domain.physics.circuit import ABC

    whole = {code.rsplit(" ", 1)[0] for code in circuit.line_codes}
    codes = {name: _code_of(circuit, name) for name in whole}
    return dataclasses.replace(
        circuit,
        buses={mrid: dataclasses.replace(bus, phases=ABC) for mrid, bus in circuit.buses.items()},
        line_codes=codes,
        lines=[dataclasses.replace(one, phases=ABC, code=one.code.rsplit(" ", 1)[0]) for one in circuit.lines],
        switches=[dataclasses.replace(one, phases=ABC, closed=ABC) for one in circuit.switches],
        transformers=[
            dataclasses.replace(one, windings=tuple(dataclasses.replace(w, phases=ABC) for w in one.windings))
            for one in circuit.transformers
        ],
        loads=[
            dataclasses.replace(one, phases=ABC, p_w=(sum(one.p_w) / 3.0,) * 3, q_var=(sum(one.q_var) / 3.0,) * 3)
            for one in circuit.loads
        ],
    )


def _code_of(circuit: Circuit, name: str) -> LineCode:
    """Three conductors of a kind: one that is there, else out of the figures of the one that stands alone."""
    from network.domain.physics.circuit import LineCode

    if (found := circuit.line_codes.get(f"{name} 3")) is not None:
        return found
    code = next(code for key, code in circuit.line_codes.items() if key.rsplit(" ", 1)[0] == name)
    rows = [(row[0], 0.0, row[0], 0.0, 0.0, row[0]) for row in (code.r, code.x, code.g, code.b)]
    return LineCode(*rows)


def _told(times: Times, present: NetworkState, warm_s: float) -> Rows:
    def median(values: list[float]) -> str:
        known = [one for one in values if np.isfinite(one)]
        return f"{statistics.median(known):.3f} s" if known else "cannot"

    count = len(times.ours)
    rows = [
        ("network", f"{present.grid.node_count:,} nodes", f"feeders of {min(times.nodes):,} to {max(times.nodes):,} nodes"),
        ("a fresh process warms up", f"{warm_s:.1f} s", "once, at its start"),
        ("trip to checked plans, median", median(times.ours), f"{count} faults; worst {max(times.ours):.2f} s"),
        ("processor time of it, median", median(times.processor), f"worst {max(times.processor):.2f} s"),
        ("networkx: graph and single ties, unchecked, median", median(times.networkx), "the same faults"),
        *((f"{name} as checker, one state, circuit made before, median", median(found), "the same, loads even on three phases")
          for name, found in times.checkers.items()),
        ("ours as checker, one state, circuit made before, median", median(times.ours_check),
         f"{statistics.median(times.solved_nodes):,.0f} nodes, phase by phase" if times.solved_nodes else ""),
        *((f"{name} cannot express the feeders as they are", "", reason[:110]) for name, reason in times.cannot.items()),
        ("faults with a safe plan", f"{times.safe} of {count}", f"{times.whole} bring back all who are healthy"),
        ("no power flow before the trip", f"{times.unsolved_before} of {count}", ""),
    ]  # fmt: skip
    return rows + [("without a safe plan", reason[:90], "") for reason in sorted(set(times.reasons))]


if __name__ == "__main__":
    main()
