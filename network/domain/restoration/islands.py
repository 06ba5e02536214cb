"""Generation within a dead area: which parts it keeps alive until the repair, and what must be separated before supply comes back.

    CB1/tripped -- [0 faulted] --SW1-- [1: 40 customers] --SWG-- [2: G]        G still makes power, as its readings since the trip say

    enough for every hour until the repair       self-sustaining: the island is held off the fault, known to have supply, and left alone
    not enough in some hour                      insufficient: G is parted (SWG) and a tie supplies the island's customers, too
    G hangs on the faulted section               parted from it before anything is restored; where no switch can, restoration waits

What is expected of an hour is the least that machines made, and the most that customers took, at that hour of the days before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from network.domain.restoration import search
from network.domain.restoration.blocks import Blocks
from network.domain.restoration.search import Isolation

SUFFICIENT, INSUFFICIENT, PARTED, FEEDING = "self_sustaining", "insufficient", "parted", "feeding"
#: Less than this, in kW, is no generation.
RUNS_KW = 1.0
#: So many days before are looked at, and so many of them must have a value for an hour.
DAYS, LEAST_DAYS = 14, 3
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Machine:
    """What makes power at a node; `expected` is the least it will make in each hour until the repair, kW, empty where nobody knows."""

    mrid: str
    name: str
    node: int
    kw: float
    expected: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlook:
    """Generation of a dead area until the repair.

    Attributes:
        machines: those that run, by readings since the trip.
        hours: beginnings of the hours until the repair.
        load: the most that is taken in each hour, as a multiple of the model's loads; empty: take what the plan expects.
        reserve: generation must be so many times the load.
    """

    machines: tuple[Machine, ...] = ()
    hours: tuple[dt.datetime, ...] = ()
    load: tuple[float, ...] = ()
    reserve: float = 1.1


@dataclass(frozen=True, slots=True)
class Island:
    """A part of the dead area with machines that run, and what follows from it; kW by hour."""

    verdict: str
    machines: tuple[Machine, ...]
    blocks: frozenset[int]
    customers: int = 0
    load: tuple[float, ...] = ()
    generation: tuple[float, ...] = ()
    switches: tuple[int, ...] = ()  # that part the machines
    reserve: float = 1.1  # generation must be so many times the load

    @property
    def carrier(self) -> Machine:
        """The machine that makes most, and so holds the voltage."""
        return max(self.machines, key=lambda one: (one.kw, one.mrid))

    @property
    def short_kw(self) -> float:
        """The most that is missing in any hour, the reserve not counted."""
        return max((load - made for load, made in zip(self.load, self.generation, strict=True)), default=0.0)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """All islands; `kept` are the blocks a plan leaves alone, `apart` those of machines that it parts."""

    islands: tuple[Island, ...] = ()
    kept: frozenset[int] = frozenset()
    apart: frozenset[int] = frozenset()

    def kept_by(self, held: Isolation) -> tuple[Island, ...]:
        """The islands that sustain themselves once the fault is held off so."""
        return tuple(one for one in self.islands if one.verdict == SUFFICIENT and not one.blocks & held.faulted)

    @property
    def feeding(self) -> list[Machine]:
        """Machines that feed the faulted section and that no switch parts from it."""
        return [machine for one in self.islands if one.verdict == FEEDING for machine in one.machines]


def expected(
    history: Mapping[dt.datetime, float], hours: Iterable[dt.datetime], worst: Callable[[Sequence[float]], float]
) -> tuple[float, ...]:
    """What is expected of each hour by the same hour of the days before; empty where one of them has too few.

    Args:
        history: means by beginning of the hour.
        hours: the hours asked about.
        worst: `min` for what is made, `max` for what is taken.
    """
    found = []
    for hour in hours:
        known = [history[day] for back in range(1, DAYS + 1) if (day := hour - back * _DAY) in history]
        if len(known) < LEAST_DAYS:
            return ()
        found.append(float(worst(known)))
    return tuple(found)


def judge(blocks: Blocks, held: Isolation, outlook: Outlook) -> Verdicts:
    """What becomes of every part with machines that run.

    Args:
        blocks: of the dead area.
        held: the fault as it is held off; what it leaves healthy is judged by islands.
        outlook: see there.
    """
    at: dict[int, list[Machine]] = {}
    for machine in outlook.machines:
        if machine.kw >= RUNS_KW and (block := blocks.of_node(machine.node)) >= 0:
            at.setdefault(block, []).append(machine)
    feeding = [one for block in sorted(held.faulted) for one in at.get(block, ())]
    found = [Island(FEEDING, tuple(feeding), held.faulted)] if feeding else []
    for members in search.islands(blocks, held):
        running = tuple(one for block in sorted(members) for one in at.get(block, ()))
        if running:
            found.append(_island(blocks, held, members, running, outlook))
    kept = [one.blocks for one in found if one.verdict in (SUFFICIENT, PARTED)]
    apart = {blocks.of_node(one.node) for island in found if island.verdict == INSUFFICIENT for one in island.machines}
    return Verdicts(tuple(found), frozenset().union(*kept), frozenset(apart))


def _island(
    blocks: Blocks, held: Isolation, members: frozenset[int], running: tuple[Machine, ...], outlook: Outlook
) -> Island:
    part = list(members)
    customers, model_kw = int(blocks.customers[part].sum()), float(_model_kw(blocks, members))
    if not customers and not model_kw:  # nobody but the machine itself: it hung on the fault, or on nobody
        around = {edge.branch for block in members for edge in blocks.edges_of(block) if edge.is_closed}
        return Island(PARTED, running, members, switches=tuple(sorted(around & {edge.branch for edge in held.open})))
    ahead = float(blocks.kw[part].sum())
    load = tuple(one * model_kw for one in outlook.load) or tuple(ahead for _ in outlook.hours)
    is_known = all(len(one.expected) == len(outlook.hours) for one in running)
    made = tuple(map(sum, zip(*(one.expected for one in running), strict=True))) if is_known else ()
    island = Island(INSUFFICIENT, running, members, customers, load, tuple(map(float, made)), reserve=outlook.reserve)
    is_enough = bool(made) and all(
        kw >= outlook.reserve * asked for kw, asked in zip(island.generation, load, strict=True)
    )
    if is_enough:
        return replace(island, verdict=SUFFICIENT)
    own = {blocks.of_node(one.node) for one in running}
    switches = {
        edge.branch
        for block in own
        for edge in blocks.edges_of(block)
        if edge.is_closed and edge.other(block) not in own
    }
    return replace(island, generation=island.generation or tuple(0.0 for _ in load), switches=tuple(sorted(switches)))


def _model_kw(blocks: Blocks, members: frozenset[int]) -> float:
    return float(np.asarray(blocks.grid.node_kw[blocks.nodes_of(members)]).sum())


def held_off(blocks: Blocks, suspects: frozenset[int], verdicts: Verdicts, may_use: search.MayUse) -> Isolation:
    """The isolation of the fault that parts what must be parted, and leaves islands that sustain themselves alone."""
    held = search.isolation(blocks, suspects | verdicts.apart, may_use)
    return replace(held, healthy=held.healthy - verdicts.kept)
