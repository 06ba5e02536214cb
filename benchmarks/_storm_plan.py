"""The storm that storm.py plays: faults with known truth on a generated utility, and every message they make somebody send.

Two in five feeders lose a telemetered breaker or recloser (the SCADA says so); half of these close again within a minute or two,
and open again later. On the others most lateral fuses blow, and here and there a transformer's. Every customer below a fault is
dark; the last gasp of most gets through, some seconds later. The head-end sends some events twice. Dark customers call, and some
who are not dark.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LOST, RESTORED = 0, 1
BACKBONE, LATERAL = 0.4, 0.9  # share of feeders with a fault of the backbone; of the laterals of the others
TRANSFORMER = 0.05
GASP_SUCCESS, RESTORE_SUCCESS, TWICE = 0.8, 0.85, 0.12
STRAY_CALLS = 0.02
GASP_DELAY_S, QUIET_END_S = 8.0, 20.0


@dataclass(slots=True)
class Storm:
    """Times are seconds from the beginning; a customer is a row of the utility's people."""

    model: str
    at: NDArray[np.float64]  # of each meter event: when the head-end has it, ascending
    customer: NDArray[np.int64]
    code: NDArray[np.int8]
    occurred: NDArray[np.float64]
    calls: list[tuple[float, int]]
    positions: list[tuple[float, str, bool]]  # when, which switch (mRID), closed
    faults: dict[str, int]  # what stays open at the end (mRID) and the customers below
    changes: list[tuple[float, NDArray[np.int64], bool]]  # when, which customers, are dark from then on
    customers: int
    number: Any  # of a customer: what its meter and usage point are called

    @property
    def distinct(self) -> int:
        """Meter events without those sent twice."""
        return self.distinct_among(np.ones(self.at.size, np.bool_))

    def distinct_among(self, chosen: NDArray[np.bool_]) -> int:
        """The same of some of them."""
        columns = (self.customer, self.code.astype(np.int64), np.round(self.occurred * 1e6).astype(np.int64))
        return int(np.unique(np.stack([column[chosen] for column in columns], 1), axis=0).shape[0])


def make(customers: int, events: int, seconds: float, calls_per_s: float, seed: int = 7) -> Storm:
    """The storm of this size on the utility `generate_network --customers N --seed 1` publishes."""
    from network.domain import generation

    utility = generation.generate(customers, 1)
    world = _World(utility)
    rng = np.random.default_rng([seed, customers, events])
    rows: list[tuple[NDArray[Any], ...]] = []
    positions: list[tuple[float, str, bool]] = []
    faults: dict[str, int] = {}
    dark: list[tuple[float, NDArray[np.int64]]] = []
    changes: list[tuple[float, NDArray[np.int64], bool]] = []
    count, wanted = 0, int(events * (1 - TWICE))
    span = seconds - QUIET_END_S
    for head in rng.permutation(world.heads).tolist():
        if count >= wanted:
            break
        for device, is_telemetered in _faults_of(world, head, rng):
            if count >= wanted:
                break
            below = world.customers_below(device)
            began = float(rng.uniform(0, span))
            mrid = world.mrid(device)
            is_over = is_telemetered and rng.random() < 0.5
            while began < span and count < wanted:
                rows.append(_told(rng, below, began, LOST, GASP_SUCCESS))
                changes.append((began, below, True))
                positions += [(began, mrid, False)] if is_telemetered else []
                count += rows[-1][0].size
                closed = began + float(rng.uniform(30, 90))
                if not is_over or closed >= span:
                    faults[mrid] = int(below.size)
                    dark.append((began, below))
                    break
                positions.append((closed, mrid, True))
                rows.append(_told(rng, below, closed, RESTORED, RESTORE_SUCCESS))
                changes.append((closed, below, False))
                count += rows[-1][0].size
                began = closed + float(rng.uniform(120, 600))
    at, customer, code, occurred = (np.concatenate(column) for column in zip(*rows, strict=True))
    again = rng.choice(at.size, max(events - at.size, 0))
    at = np.concatenate([at, at[again] + rng.uniform(1, 30, again.size)])
    customer, code, occurred = (np.concatenate([one, one[again]]) for one in (customer, code, occurred))
    order = np.argsort(at, kind="stable")[:events]
    columns = (np.minimum(at[order], seconds), customer[order], code[order], occurred[order])
    calls = _calls(rng, dark, world.count, int(seconds * calls_per_s), seconds)
    prefix = utility.people.code
    changes.sort(key=lambda one: one[0])
    number = lambda one: f"{prefix}{one + 1:07d}"  # noqa: E731
    return Storm(utility.name, *columns, calls, sorted(positions), faults, changes, world.count, number)


class _World:
    """The utility as its engineers know it."""

    def __init__(self, utility: Any) -> None:
        from network.domain import generation
        from network.domain.energisation import energise
        from network.domain.grid import assemble
        from network.domain.protection import protection_tree

        self.grid = assemble(generation.columns(utility))
        energisation = energise(self.grid, self.grid.normal_closed)
        self.tree = protection_tree(self.grid, energisation, self.grid.normal_closed)
        nodes = self.grid.injection_node[len(utility.substations.name) :][utility.people.consumer]
        device = self.tree.device_of_node[nodes]
        self.order = np.argsort(device, kind="stable")
        self.device = device[self.order]
        self.count = int(nodes.size)
        tree = self.tree
        is_head = np.zeros(tree.size, np.bool_)
        heads = np.isin(tree.branch, np.unique(tree.feeder[tree.feeder >= 0]))
        is_head[heads] = True
        self.heads = np.flatnonzero(is_head)

    def customers_below(self, device: int) -> NDArray[np.int64]:
        """Everything below a device stands in a run."""
        low, high = np.searchsorted(self.device, [device, self.tree.exit[device]])
        return self.order[low:high]

    def mrid(self, device: int) -> str:
        """Of its equipment."""
        branch = int(self.tree.branch[device])
        return (
            self.grid.branch_mrid_text(branch) if branch >= 0 else self.grid.node_mrid_text(int(self.tree.node[device]))
        )


def _faults_of(world: _World, head: int, rng: np.random.Generator) -> list[tuple[int, bool]]:
    """The faults of one feeder: one of the backbone, or many of laterals and transformers; (device, is telemetered)."""
    tree = world.tree
    below = np.arange(head, tree.exit[head])
    if rng.random() < BACKBONE:
        choice = below[tree.is_telemetered[below] & ~tree.is_transformer[below]]
        return [(int(rng.choice(choice)), True)] if choice.size else []
    found: list[tuple[int, bool]] = []
    covered = -1
    for device in below.tolist():
        if device < covered or tree.is_telemetered[device]:
            continue
        parent = int(tree.parent[device])
        is_top = parent < 0 or tree.is_telemetered[parent]
        share = (LATERAL if not tree.is_transformer[device] else TRANSFORMER) if is_top else TRANSFORMER
        if rng.random() < share:
            found.append((device, False))
            covered = int(tree.exit[device])
    return found


def _told(
    rng: np.random.Generator, customers: NDArray[np.int64], moment: float, code: int, success: float
) -> tuple[NDArray[Any], ...]:
    """What the meters of these customers say of one moment: (at, customer, code, occurred)."""
    said = customers[rng.random(customers.size) < success]
    occurred = np.round(moment + rng.uniform(0, 0.5, said.size), 3)
    at = occurred + np.minimum(rng.exponential(GASP_DELAY_S, said.size), 60.0)
    return at, said, np.full(said.size, code, np.int8), occurred


def _calls(
    rng: np.random.Generator, dark: list[tuple[float, NDArray[np.int64]]], customers: int, number: int, seconds: float
) -> list[tuple[float, int]]:
    """Callers: at an even rate, each of a fault that began before, a few of none."""
    began = np.array([at for at, _ in dark])
    order = np.argsort(began)
    found = []
    for moment in np.sort(rng.uniform(1, seconds, number)).tolist():
        known = int(np.searchsorted(began[order], moment - 5))
        if known == 0 or rng.random() < STRAY_CALLS:
            found.append((moment, int(rng.integers(customers))))
            continue
        _, members = dark[order[int(rng.integers(known))]]
        found.append((moment, int(rng.choice(members)) if members.size else int(rng.integers(customers))))
    return found
