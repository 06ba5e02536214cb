"""How what is healthy of a dead area may be supplied again: hold the fault off, then choose switches that bring supply in.

    CB1/tripped -- [0] --SW1-- [1 faulted] --SW2-- [2] --SW3-- [3] --TIE1-- feeder B (600 kW spare)
                                                    +--TIE2-- feeder C (200 kW spare)

SW1 and SW2 are opened; CB1 brings [0] back; TIE1 alone brings [2] and [3] back, or both ties with SW3 open between them. Single ties
are tried first. Where none of them carries everything, the radial set of switches that serves most, by priority, is a mixed-integer
programme (HiGHS): each served block hangs on exactly one switch, flows add up, no feeder gives more than it has to spare.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix

from network.domain.restoration.blocks import OUTSIDE, Blocks, Edge

#: Weight of a customer, of a critical one on top of it, and of a kW of those who are nobody's customer.
CUSTOMER, CRITICAL, KW = 1.0, 1_000.0, 0.01
_MOST_SINGLE = 12  # combinations of single ties, over all islands
_COST_REMOTE, _COST_HAND = 0.01, 0.3  # of moving a switch, in customers

MayUse = Callable[[Edge], bool]


@dataclass(frozen=True, slots=True)
class Isolation:
    """What holds the fault off.

    Attributes:
        faulted: the blocks that stay dead: the suspects, and what cannot be separated from them.
        added: those of them that no suspicion but a switch that may not be moved leaves dead.
        open: the switches to open.
        healthy: blocks that may be supplied again.
    """

    faulted: frozenset[int]
    added: frozenset[int]
    open: tuple[Edge, ...]
    healthy: frozenset[int]


@dataclass(frozen=True, slots=True)
class Spare:
    """What the network around can still give, in kW: by feeder (key) together, and by switch alone; inf where nobody knows."""

    key_of: Mapping[int, int]  # by branch of a switch to the outside
    by_key: Mapping[int, float]
    by_switch: Mapping[int, float]

    def scaled(self, key: int, kw: float) -> Spare:
        """With so much for one feeder."""
        return Spare(self.key_of, {**self.by_key, key: kw}, self.by_switch)


@dataclass(frozen=True, slots=True)
class Transfer:
    """Load that one feeder hands to another: the tie is closed, then the switch opened that parts it, so that nobody loses supply.

    Attributes:
        tie: the open switch between both, `inner` its end in what moves, `outer` the other one.
        part: the closed switch above what moves, goes by remote control; `node` is the one that it feeds.
        giver: head of the feeder that gets rid of the load, `taker` of the one that gets it; below -1 where a source has no head.
        kw: the load ahead.
        is_remote: whether the tie goes by remote control, too.
    """

    tie: int
    inner: int
    outer: int
    part: int
    node: int
    giver: int
    taker: int
    kw: float
    customers: int
    is_remote: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to supply: switches to open (beside the isolation) and to close, and whom that serves.

    Attributes:
        taken: kW by feeder that picks up.
        method: single, search, transfer, island.
        transfer: load that a feeder hands to another first, so that it can pick up.
        waiting: switches to the outside that are closed only then.
    """

    isolation: Isolation
    open: tuple[Edge, ...]
    close: tuple[Edge, ...]
    served: frozenset[int]
    taken: tuple[tuple[int, float], ...]
    method: str
    transfer: Transfer | None = None
    waiting: frozenset[int] = frozenset()

    @property
    def unserved(self) -> frozenset[int]:
        """Healthy blocks that stay dead."""
        return self.isolation.healthy - self.served

    @property
    def by_hand(self) -> int:
        """Switches somebody has to drive to."""
        own = sum(not edge.is_remote for edge in (*self.isolation.open, *self.open, *self.close))
        return own + (self.transfer is not None and not self.transfer.is_remote)

    @property
    def operations(self) -> int:
        """How many switches are moved."""
        own = len(self.isolation.open) + len(self.open) + len(self.close)
        return own if self.transfer is None else own + 2

    def rank(self, blocks: Blocks) -> tuple[int, int, float, int, int]:
        """Sorts the better first: critical customers, customers, load, switches by hand, switches."""
        served = list(self.served)
        return (
            -int(blocks.critical[served].sum()), -int(blocks.customers[served].sum()),
            -round(float(blocks.kw[served].sum()), 3), self.by_hand, self.operations,
        )  # fmt: skip

    @property
    def key(self) -> tuple[frozenset[int], frozenset[int]]:
        """The same for plans that leave every switch in the same position."""
        opened = {edge.branch for edge in (*self.isolation.open, *self.open)}
        closed = {edge.branch for edge in self.close}
        if self.transfer is not None:
            opened, closed = opened | {self.transfer.part}, closed | {self.transfer.tie}
        return frozenset(opened), frozenset(closed)


def isolation(blocks: Blocks, suspects: frozenset[int], may_use: MayUse = lambda _: True) -> Isolation:
    """Hold the suspects off with the nearest switches that may be used; over one that may not, the next block stays dead, too."""
    faulted, waiting = set(suspects), sorted(suspects)
    opened: dict[int, Edge] = {}
    for block in waiting:  # grows while it is read
        for edge in blocks.edges_of(block):
            other = edge.other(block)
            if not edge.is_closed or other in faulted:
                continue
            if not edge.blocked and may_use(edge):
                opened[edge.branch] = edge
            elif other != OUTSIDE:
                faulted.add(other)
                waiting.append(other)
    needed = [edge for edge in opened.values() if not {edge.a, edge.b} <= faulted]
    healthy = frozenset(range(blocks.size)) - faulted
    return Isolation(
        frozenset(faulted), frozenset(faulted - suspects), tuple(sorted(needed, key=lambda e: e.branch)), healthy
    )


def warm() -> None:
    """Load the solver of the programme: the least one there is."""
    milp(np.ones(1), integrality=np.ones(1, np.int64), bounds=Bounds(0.0, 1.0))


def candidates(
    blocks: Blocks, held: Isolation, spare: Spare, may_use: MayUse = lambda _: True, *, time_limit_s: float = 1.0
) -> list[Candidate]:
    """Ways to supply what is healthy, best first by arithmetic: single ties, then what the programme finds."""
    found: dict[object, Candidate] = {}
    for one in singles(blocks, held, spare, may_use):
        found.setdefault(one.key, one)
    whole = any(is_whole(blocks, one) for one in found.values())
    if not whole and (searched := search(blocks, held, spare, may_use, time_limit_s=time_limit_s)):
        found.setdefault(searched.key, searched)
    return sorted(found.values(), key=lambda one: one.rank(blocks))


def is_whole(blocks: Blocks, one: Candidate) -> bool:
    """Whether everybody healthy is served, or nobody is left who takes anything."""
    left = list(one.unserved)
    return not left or not (blocks.customers[left].any() or blocks.kw[left].any())


def usable(edge: Edge, held: Isolation, may_use: MayUse) -> bool:
    """Whether a switch may bring supply in: not into what is faulted."""
    return edge.is_source and edge.a in held.healthy and may_use(edge)


def islands(blocks: Blocks, held: Isolation) -> list[frozenset[int]]:
    """The healthy blocks that hang together by closed switches."""
    left, found = set(held.healthy), []
    while left:
        island, waiting = set(), [min(left)]
        while waiting:
            block = waiting.pop()
            if block in island:
                continue
            island.add(block)
            waiting += [
                other
                for edge in blocks.edges_of(block)
                if edge.is_closed and (other := edge.other(block)) in held.healthy and other not in island
            ]
        left -= island
        found.append(frozenset(island))
    return found


def singles(blocks: Blocks, held: Isolation, spare: Spare, may_use: MayUse = lambda _: True) -> Iterator[Candidate]:
    """One switch for each island that one can carry; islands that none can carry stay dead in these."""
    choices: list[list[_Choice]] = []
    for island in islands(blocks, held):
        kw = float(blocks.kw[list(island)].sum())
        sources = [
            edge
            for edge in blocks.edges
            if edge.a in island and usable(edge, held, may_use) and kw <= room(spare, edge)
        ]
        sources.sort(key=lambda edge: (not edge.is_remote, not _is_normal(blocks, edge), -room(spare, edge)))
        options: list[_Choice] = [(island, kw, edge) for edge in sources]
        choices.append(options or [(island, kw, None)])
    for chosen in itertools.islice(itertools.product(*choices), _MOST_SINGLE):
        kept, taken = _fitting(blocks, chosen, spare)
        if kept:
            served = frozenset().union(*(island for island, _ in kept))
            close = tuple(edge for _, edge in kept)
            yield Candidate(held, (), close, served, tuple(sorted(taken.items())), "single")


_Choice = tuple[frozenset[int], float, Edge | None]


def _fitting(
    blocks: Blocks, chosen: Sequence[_Choice], spare: Spare
) -> tuple[list[tuple[frozenset[int], Edge]], dict[int, float]]:
    """The choices that fit into what each feeder has to spare, those with critical customers first."""
    kept, taken = [], dict[int, float]()
    for island, kw, edge in sorted(chosen, key=lambda one: -weight(blocks, one[0])):
        if edge is None:
            continue
        key = spare.key_of.get(edge.branch, -1)
        if taken.get(key, 0.0) + kw <= spare.by_key.get(key, math.inf):
            taken[key] = taken.get(key, 0.0) + kw
            kept.append((island, edge))
    return kept, taken


def weight(blocks: Blocks, some: frozenset[int]) -> float:
    """How much it matters that these blocks are supplied."""
    part = list(some)
    told = CUSTOMER * blocks.customers[part] + CRITICAL * blocks.critical[part] + KW * blocks.kw[part]
    return float(told.sum())


def room(spare: Spare, edge: Edge) -> float:
    """What a switch can bring in, in kW; inf where nobody knows."""
    key = spare.key_of.get(edge.branch, -1)
    return min(spare.by_key.get(key, math.inf), spare.by_switch.get(edge.branch, math.inf))


def _is_normal(blocks: Blocks, edge: Edge) -> bool:
    """Whether it is closed as built: what tripped, as a rule."""
    return bool(blocks.grid.normal_closed[edge.branch])


# The programme


def search(
    blocks: Blocks, held: Isolation, spare: Spare, may_use: MayUse = lambda _: True, *, time_limit_s: float = 1.0
) -> Candidate | None:
    """The radial set of switches that serves most by priority; None where nothing can be served, or time was too short."""
    programme = _Programme(blocks, held, spare, may_use)
    if not programme.sources:
        return None
    return programme.solved(time_limit_s)


class _Programme:
    """The mixed-integer programme of a dead area.

    Variables, in this order: served per block; an arc each way per inner switch; in use per source; flow per inner switch and per
    source; moved per inner switch that is closed now.
    """

    def __init__(self, blocks: Blocks, held: Isolation, spare: Spare, may_use: MayUse) -> None:
        self._blocks, self._held, self._spare, self._may_use = blocks, held, spare, may_use
        self.members = sorted(held.healthy)
        self._row = {block: row for row, block in enumerate(self.members)}
        self.inner = [
            edge for edge in blocks.edges if edge.a in self._row and edge.b in self._row and self._counts(edge)
        ]
        self.sources = [edge for edge in blocks.edges if usable(edge, held, may_use)]
        n, e, s = len(self.members), len(self.inner), len(self.sources)
        self._arc, self._use, self._flow, self._moved = n, n + 2 * e, n + 2 * e + s, n + 3 * e + 2 * s
        self._size = self._moved + e
        self.kw = np.maximum(blocks.kw[self.members], 0.001)  # who takes nothing still hangs on somebody
        self._rows: list[tuple[dict[int, float], float, float]] = []

    def _counts(self, edge: Edge) -> bool:
        """A switch that is open and may not be closed is no switch here."""
        return edge.is_closed or self._is_free(edge)

    def _is_free(self, edge: Edge) -> bool:
        """Whether it may be moved; closing asks for more than opening, for the block behind it may be live by then."""
        return not edge.blocked and self._may_use(edge) and (edge.is_closed or edge.makes_load)

    def solved(self, time_limit_s: float) -> Candidate | None:
        self._hang_on_one()
        self._add_up()
        self._limit()
        self._move()
        counts = [len(row) for row, _, _ in self._rows]
        values = np.array([value for row, _, _ in self._rows for value in row.values()], np.float64)
        columns = np.array([column for row, _, _ in self._rows for column in row], np.int64)
        places = (np.repeat(np.arange(len(counts)), counts), columns)
        matrix = coo_matrix((values, places), (len(self._rows), self._size)).tocsr()
        low, high = (np.array(side) for side in zip(*((one[1], one[2]) for one in self._rows), strict=True))
        found = milp(
            self._cost(), constraints=LinearConstraint(matrix, low, high), bounds=self._bounds(),
            integrality=self._integrality(), options={"time_limit": time_limit_s, "mip_rel_gap": 1e-4},
        )  # fmt: skip
        return None if found.x is None else self._candidate(np.asarray(found.x))

    def _hang_on_one(self) -> None:
        """A served block is fed by exactly one switch, from a block that is served itself."""
        for row in range(len(self.members)):
            self._rows.append(({row: -1.0, **self._incoming(row)}, 0.0, 0.0))
        for number, edge in enumerate(self.inner):
            for way, start in enumerate((edge.a, edge.b)):
                self._rows.append(({self._arc + 2 * number + way: 1.0, self._row[start]: -1.0}, -math.inf, 0.0))

    def _incoming(self, row: int) -> dict[int, float]:
        found = {self._use + number: 1.0 for number, edge in enumerate(self.sources) if self._row[edge.a] == row}
        for number, edge in enumerate(self.inner):
            if self._row[edge.b] == row:
                found[self._arc + 2 * number] = 1.0
            if self._row[edge.a] == row:
                found[self._arc + 2 * number + 1] = 1.0
        return found

    def _add_up(self) -> None:
        """What flows into a block is its load and what flows on; nothing flows where no arc is."""
        e, total = len(self.inner), float(self.kw.sum())
        rows: list[dict[int, float]] = [{row: -float(self.kw[row])} for row in range(len(self.members))]
        for number, edge in enumerate(self.inner):
            flow = self._flow + number
            rows[self._row[edge.b]][flow], rows[self._row[edge.a]][flow] = 1.0, -1.0
            for way, sign in enumerate((1.0, -1.0)):
                self._rows.append(({flow: sign, self._arc + 2 * number + way: -total}, -math.inf, 0.0))
        for number, edge in enumerate(self.sources):
            rows[self._row[edge.a]][self._flow + e + number] = 1.0
        self._rows += [(row, 0.0, 0.0) for row in rows]

    def _limit(self) -> None:
        """No switch and no feeder gives more than it has to spare."""
        first, total, by_key = self._flow + len(self.inner), float(self.kw.sum()), dict[int, list[int]]()
        for number, edge in enumerate(self.sources):
            most = max(min(room(self._spare, edge), total), 0.0)
            self._rows.append(({first + number: 1.0, self._use + number: -most}, -math.inf, 0.0))
            by_key.setdefault(self._spare.key_of.get(edge.branch, -1), []).append(first + number)
        for key, columns in by_key.items():
            most = self._spare.by_key.get(key, math.inf)
            if math.isfinite(most):
                self._rows.append((dict.fromkeys(columns, 1.0), -math.inf, max(most, 0.0)))

    def _move(self) -> None:
        """A closed switch carries, or both its blocks stay dead, or it is opened: moved; one that may not be moved does not."""
        for number, edge in enumerate(self.inner):
            if edge.is_closed:
                arcs = {self._arc + 2 * number: -1.0, self._arc + 2 * number + 1: -1.0}
                for block in (edge.a, edge.b):
                    self._rows.append(({self._row[block]: 1.0, **arcs, self._moved + number: -1.0}, -math.inf, 0.0))

    def _cost(self) -> NDArray[np.float64]:
        cost = np.zeros(self._size)
        cost[: len(self.members)] = [-weight(self._blocks, frozenset({block})) - 1e-3 for block in self.members]
        for number, edge in enumerate(self.inner):
            price = _price(edge)
            if edge.is_closed:
                cost[self._moved + number] = price
            else:
                cost[self._arc + 2 * number : self._arc + 2 * number + 2] = price
        for number, edge in enumerate(self.sources):
            cost[self._use + number] = _price(edge) * (0.5 if _is_normal(self._blocks, edge) else 1.0)
        return cost

    def _bounds(self) -> Bounds:
        low, high = np.zeros(self._size), np.ones(self._size)
        low[self._flow : self._flow + len(self.inner)] = -math.inf
        high[self._flow : self._moved] = math.inf
        for number, edge in enumerate(self.inner):
            if not edge.is_closed or not self._is_free(edge):
                high[self._moved + number] = 0.0
        return Bounds(low, high)

    def _integrality(self) -> NDArray[np.int64]:
        kinds = np.ones(self._size, np.int64)
        kinds[self._flow :] = 0
        return kinds

    def _candidate(self, x: NDArray[np.float64]) -> Candidate | None:
        on = x > 0.5
        served = frozenset(block for row, block in enumerate(self.members) if on[row])
        if not served:
            return None
        carries = [bool(on[self._arc + 2 * k] or on[self._arc + 2 * k + 1]) for k in range(len(self.inner))]
        opened = [
            edge
            for edge, used in zip(self.inner, carries, strict=True)
            if edge.is_closed and not used and (edge.a in served or edge.b in served)
        ]
        closed = [edge for edge, used in zip(self.inner, carries, strict=True) if used and not edge.is_closed]
        first, taken = self._flow + len(self.inner), dict[int, float]()
        for number, edge in enumerate(self.sources):
            if on[self._use + number]:
                closed.append(edge)
                key = self._spare.key_of.get(edge.branch, -1)
                taken[key] = taken.get(key, 0.0) + float(x[first + number])
        return Candidate(self._held, tuple(opened), tuple(closed), served, tuple(sorted(taken.items())), "search")


def _price(edge: Edge) -> float:
    return _COST_REMOTE if edge.is_remote else _COST_HAND
