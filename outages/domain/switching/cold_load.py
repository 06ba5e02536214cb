"""Load that comes back after an interruption is higher than it was: by how much, and how to close onto it in stages.

head/open --[block 0]--+--SW1--[block 1]--SW2--[block 2]       a block is what no usable switch parts
                       +--SW3--[block 3]

    1. The area: what closing the head would bring back, cut into blocks by its closed switches.
    2. A stage takes the head's block, then, the most customers first, blocks beside what has supply, for as long as the load, cold
       as it comes back and as far as earlier stages have warmed up, stays within the room of the way to the source.
    3. The switches at which later stages begin are opened while all is dead; then the stages are closed, with a wait between them.

What comes back takes a multiple of its load by how long it was without supply (`Pickup.factor`), which goes down to one within
`lasts_min`: every thermostat asks at once, and after a while each at its own time again. The curve is a setting of the utility's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.domain.energisation import Energisation
from network.domain.phases import ABC
from outages.domain.switching import rehearsal
from outages.domain.switching.rehearsal import Rehearsed, Stand
from outages.domain.switching.steps import Step
from outages.domain.switching.suggestions import Namer, is_remote, step_of

Floats = NDArray[np.float64]
#: More stages than this nobody carries out by hand.
MOST_STAGES = 12
_POWER_FACTOR = 0.95


@dataclass(frozen=True, slots=True)
class Pickup:
    """The multiple of a load that comes back: points (minutes without supply, multiple), straight between them; and how long it lasts.

    >>> pickup = Pickup(((0.0, 1.0), (30.0, 1.5), (120.0, 2.0)), 30.0)
    >>> pickup.factor(15), pickup.factor(600), pickup.left(15, 15)
    (1.25, 2.0, 1.125)
    """

    curve: tuple[tuple[float, float], ...]
    lasts_min: float

    def factor(self, dead_min: float) -> float:
        """The multiple at the moment of coming back, after so many minutes without supply."""
        return float(np.interp(dead_min, [one[0] for one in self.curve], [one[1] for one in self.curve]))

    def left(self, dead_min: float, live_min: float) -> float:
        """What is left of it so many minutes after that."""
        return 1.0 + (self.factor(dead_min) - 1.0) * max(0.0, 1.0 - live_min / max(self.lasts_min, 1e-9))


def multiples(stands: Sequence[Stand], dead_min: Floats, pickup: Pickup) -> list[Floats | None]:
    """By what each node's load is multiplied in each of the stands that follow each other.

    Args:
        stands: of one rehearsal; the first is as it is now.
        dead_min: per node of the version, minutes it has been without supply now; 0 where that is not known.
        pickup: the curve.

    Returns:
        Per stand an array per node; None where nothing is multiplied.
    """
    size = dead_min.size
    before = _is_live(stands[0].energisation, size)
    fell_at, back_at, peak = -dead_min, np.full(size, -np.inf), np.ones(size)
    xs, ys = ([one[place] for one in pickup.curve] for place in (0, 1))
    found: list[Floats | None] = []
    for stand in stands:
        live, now = _is_live(stand.energisation, size), stand.minutes
        fell, back = before & ~live, live & ~before
        fell_at[fell] = now
        peak[back], back_at[back] = np.interp(now - fell_at[back], xs, ys), now
        left = 1.0 + (peak - 1.0) * np.clip(1.0 - (now - back_at) / max(pickup.lasts_min, 1e-9), 0.0, 1.0)
        left[~live] = 1.0
        found.append(left if (left != 1.0).any() else None)
        before = live
    return found


def _is_live(energisation: Energisation, size: int) -> NDArray[np.bool_]:
    return np.asarray((energisation.live[:size] & ABC) != 0, np.bool_)


@dataclass(frozen=True, slots=True)
class Block:
    """What comes back together behind one switch: the switch, the block it hangs on (-1: the head's), load in kW, customers."""

    entry: int
    above: int
    kw: float
    customers: int


@dataclass(frozen=True, slots=True)
class Staged:
    """A restoration in stages; `stages` are the switches each closes, `left_out` those behind which the load finds no room."""

    stages: tuple[tuple[int, ...], ...]
    opened: tuple[int, ...]
    left_out: tuple[int, ...]
    steps: tuple[Step, ...]
    rehearsed: Rehearsed
    room_kw: float
    worst_kw: float  # the most at once, by the arithmetic of the stages
    by_hand: int


def staged(
    start: Stand, head: int, name_of: Namer, *, dead_min: float, pickup: Pickup, wait_min: int, room_kw: float, telemetered: bool
) -> Staged | None:  # fmt: skip
    """Close an open switch onto what is dead behind it, in stages.

    Args:
        start: the network now.
        head: the switch, a branch of the version.
        name_of: names branches.
        dead_min: minutes the area has been without supply.
        pickup: the curve.
        wait_min: minutes between two stages.
        room_kw: what the way to the source can take on.
        telemetered: whether only telemetered switches part stages.

    Returns:
        None where closing it brings nothing back.
    """
    blocks = blocks_behind(start, head, telemetered=telemetered)
    if not blocks:
        return None
    stages, left_out, worst = packed(blocks, pickup=pickup, dead_min=dead_min, wait_min=wait_min, room_kw=room_kw)
    of_stage = {place: number for number, stage in enumerate(stages) for place in stage}
    begins = [p for p in range(1, len(blocks)) if of_stage.get(p, -1) != of_stage.get(blocks[p].above, -1)]
    opened = [blocks[place].entry for place in begins]
    steps = [step_of("open", branch, start, name_of) for branch in reversed(opened)]
    closes = [[head], *([blocks[p].entry for p in stage if p in begins] for stage in stages[1:])]
    waited = 0
    for number, stage in enumerate(closes):
        if stage and waited:
            steps.append(Step(f"wait-{number}", "wait", text=f"{waited} min"))
        steps += [step_of("close", branch, start, name_of) for branch in stage]
        waited = wait_min + (0 if stage else waited)
    return Staged(
        stages=tuple(tuple(stage) for stage in closes if stage),
        opened=tuple(opened),
        left_out=tuple(blocks[place].entry for place in left_out if place in begins),
        steps=tuple(steps),
        rehearsed=rehearsal.run(start, steps),
        room_kw=room_kw,
        worst_kw=worst,
        by_hand=sum(one.kind != "wait" and not is_remote(start, one) for one in steps),
    )


def blocks_behind(start: Stand, head: int, *, telemetered: bool) -> list[Block]:
    """The blocks of what closing the head brings back, each after the one it hangs on; the first is the head's."""
    base = start.fitted.base
    close = Step("head", "close", base.branch_mrid_text(head))
    after = rehearsal.run(start, [close]).stands[-1].energisation
    size = base.node_count
    area = np.flatnonzero(_is_live(after, size) & ~_is_live(start.energisation, size))
    block_of: dict[int, int] = {}
    entries, above = [head], [-1]
    kw, customers = [0.0], [0]
    for node in sorted(area.tolist(), key=lambda one: int(after.enter[one])):
        branch, parent = int(after.parent_branch[node]), int(after.parent_node[node])
        mine = block_of.get(parent, 0)
        if branch != head and parent in block_of and _may_part(start, branch, telemetered=telemetered):
            entries.append(branch)
            above.append(mine)
            kw.append(0.0)
            customers.append(0)
            mine = len(entries) - 1
        block_of[node] = mine
        kw[mine] += float(base.node_kw[node])
        customers[mine] += int(base.node_customers[node])
    if not area.size:
        return []
    return [Block(*one) for one in zip(entries, above, kw, customers, strict=True)]


def _may_part(start: Stand, branch: int, *, telemetered: bool) -> bool:
    base = start.fitted.base
    if not 0 <= branch < base.branch_count or not base.is_switch[branch]:
        return False
    return (bool(base.is_telemetered[branch]) or not telemetered) and base.branch_mrid_text(branch) not in start.tagged


def packed(
    blocks: Sequence[Block], *, pickup: Pickup, dead_min: float, wait_min: int, room_kw: float
) -> tuple[list[list[int]], list[int], float]:
    """Stages of blocks (places in `blocks`), the blocks that find no room, and the most load at once in kW.

    A stage without a block is a wait that goes on. The head's block is closed whatever it takes: without it nothing is. A block waits
    until what hangs before it has supply.
    """
    stages: list[list[int]] = [[0]]
    stage_of = {0: 0}
    worst = 0.0

    def load(stage: int) -> float:
        """At the moment a stage is closed; a block of stage n was dead for n waits longer than the first."""
        return sum(
            blocks[place].kw * pickup.left(dead_min + own * wait_min, (stage - own) * wait_min)
            for place, own in stage_of.items()
        )

    stage = 0
    while True:
        for place in _beside(blocks, stage_of):
            if load(stage) + blocks[place].kw * pickup.factor(dead_min + stage * wait_min) <= room_kw:
                stage_of[place] = stage
                stages[stage].append(place)
                break
        else:
            worst = max(worst, load(stage))
            has_warmed = stage * wait_min > (max(stage_of.values()) * wait_min + pickup.lasts_min)
            if len(stage_of) == len(blocks) or has_warmed or stage + 1 >= MOST_STAGES:
                break
            stage += 1
            stages.append([])
    left = [place for place in range(len(blocks)) if place not in stage_of]
    while not stages[-1]:
        stages.pop()
    return [sorted(one) for one in stages], left, worst


def _beside(blocks: Sequence[Block], taken: dict[int, int]) -> list[int]:
    """Blocks not taken that hang on one that is, the most customers first, then the least load."""
    found = [place for place, one in enumerate(blocks) if place not in taken and one.above in taken]
    return sorted(found, key=lambda place: (-blocks[place].customers, blocks[place].kw, place))


def way_up(start: Stand, head: int) -> list[tuple[int, int]]:
    """The branches from a switch up to its source, each with the node it feeds; the switch itself is none of them."""
    base, energisation = start.fitted.base, start.energisation
    ends = (int(base.branch_from[head]), int(base.branch_to[head]))
    node = next((one for one in ends if energisation.live[one] & ABC), -1)
    way = []
    while node >= 0:
        branch = int(energisation.parent_branch[node])
        if 0 <= branch < base.branch_count:
            way.append((branch, node))
        node = int(energisation.parent_node[node])
    return way


def room_kw(start: Stand, head: int, rated_kva: Mapping[int, float]) -> float:
    """What the rated branches from a switch up to its source can take on by the model's loads, in kW; infinite where none is rated.

    Args:
        start: the network now.
        head: the switch, a branch of the version.
        rated_kva: of transformers, by branch; others are rated in amperes.
    """
    base, energisation = start.fitted.base, start.energisation
    room = _rated_kw(start, head, rated_kva)
    for branch, node in way_up(start, head):
        fed = energisation.order[energisation.enter[node] : energisation.exit[node]]
        carried = float(base.node_kw[fed[fed < base.node_count]].sum())
        room = min(room, _rated_kw(start, branch, rated_kva) - carried)
    return max(room, 0.0)


def _rated_kw(start: Stand, branch: int, rated_kva: Mapping[int, float]) -> float:
    base = start.fitted.base
    if branch in rated_kva:
        return rated_kva[branch] * _POWER_FACTOR
    amperes, volts = float(base.branch_rated_a[branch]), float(base.node_nominal_v[base.branch_from[branch]])
    kw = 3.0**0.5 * amperes * volts / 1e3 * _POWER_FACTOR
    return kw if np.isfinite(kw) and kw > 0.0 else float("inf")
