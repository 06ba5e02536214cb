"""Overhead feeders: a three-phase trunk with a recloser and sectionalising switches, fused laterals of one, two or three phases.

CB -- o --+-- o --[R]-- o --+-- o -- ...  trunk, one turn to the side half-way
F                 F
+-- o -- o -- o   +-- o -- ...  laterals, left and right; a transformer at each pole
"""

from __future__ import annotations

import numpy as np

from network.domain import phases as ph
from network.domain.generation.pieces import Pieces
from network.domain.generation.service import Sites
from network.domain.generation.styles import FeederKind, Style
from network.domain.generation.substations import Feeders
from network.domain.generation.texts import digits, joined, runs, spread
from network.domain.grid.arrays import Byte, Float, Int

#: East, north, west, south.
_EAST, _NORTH = np.array([1.0, 0.0, -1.0, 0.0]), np.array([0.0, 1.0, 0.0, -1.0])
#: Poles of a lateral from which on it gets a recloser instead of a fuse.
_LONG = 20
_ONE = np.array([ph.A, ph.B, ph.C], np.uint8)
_TWO = np.array([ph.A | ph.B, ph.B | ph.C, ph.A | ph.C], np.uint8)


def build(rng: np.random.Generator, pieces: Pieces, style: Style, feeders: Feeders) -> tuple[Sites, Int, Int, Int]:
    """The sites of the service transformers; trunk nodes, the feeder of each, and the switches built on the way."""
    kind = feeders.kind
    transformers = np.maximum(feeders.customers // kind.per_transformer, 1)
    laterals = np.maximum(transformers // kind.per_lateral, 1)
    poles = spread(rng, transformers, laterals)
    owner, place = runs(laterals)
    x, y, side = _trunk_places(feeders, laterals, owner, place)
    trunk, switches = _trunk(pieces, style, feeders, laterals, owner, place, x, y)
    bits = _lateral_phases(rng, kind, owner.size)
    starts, guards = _guards(pieces, style, feeders, trunk, owner, place, poles, bits)
    sites = _laterals(pieces, style, feeders, owner, poles, starts, bits, (x, y, side))
    return sites, trunk, owner, np.concatenate([switches, guards])


def _trunk_places(feeders: Feeders, laterals: Int, owner: Int, place: Int) -> tuple[Float, Float, Int]:
    """Where the trunk nodes are, and the way (quarter turns) their laterals go."""
    step, way = feeders.kind.trunk_step, feeders.way[owner]
    bend = np.maximum(laterals[owner] // 2, 1)
    lane = feeders.lane[owner]
    turned = (way + np.where(lane, 1, 3)) % 4
    ahead = np.minimum(place + 1, bend) * step + lane * 0.5 * step
    aside = np.maximum(place + 1 - bend, 0) * step
    x = feeders.x[owner] + _EAST[way] * ahead + _EAST[turned] * aside
    y = feeders.y[owner] + _NORTH[way] * ahead + _NORTH[turned] * aside
    along = np.where(place + 1 > bend, turned, way)
    side = (along + np.where(place % 2, 1, 3)) % 4
    return x, y, side


def _trunk(
    pieces: Pieces, style: Style, feeders: Feeders, laterals: Int, owner: Int, place: Int, x: Float, y: Float
) -> tuple[Int, Int]:
    kind, container = feeders.kind, feeders.container[owner]
    trunk = pieces.nodes(x, y, style.medium_v, container)
    start = np.where(place == 0, feeders.head[owner], trunk - 1).astype(np.int32)
    before_x = np.where(place == 0, feeders.x[owner], np.roll(x, 1))
    before_y = np.where(place == 0, feeders.y[owner], np.roll(y, 1))
    count = laterals[owner]
    is_recloser = (count >= 4) & (place == count // 2)
    is_switch = (count >= 8) & ((place == count // 4) | (place == 3 * count // 4))
    begin, built = start.copy(), []
    for cim_class, letter, chosen in (
        ("Recloser", b" R", is_recloser),
        ("LoadBreakSwitch", b" S", is_switch & (place < count // 2)),
        ("Sectionaliser", b" X", is_switch & (place >= count // 2)),
    ):
        at = np.flatnonzero(chosen)
        mid_x, mid_y = before_x[at] + 0.1 * (x[at] - before_x[at]), before_y[at] + 0.1 * (y[at] - before_y[at])
        behind = pieces.nodes(mid_x, mid_y, style.medium_v, container[at])
        name = joined(feeders.code[owner[at]], letter, digits(place[at], 3))
        built.append(pieces.branches(cim_class, name, start[at], behind, container[at], rated_a=600.0))
        begin[at] = behind
    name = joined(feeders.code[owner], b" M", digits(place, 3))
    length = np.hypot(x - before_x, y - before_y)
    pieces.branches(
        "ACLineSegment", name, begin, trunk, container, length_m=length, rated_a=kind.main.rated_a,
        conductor=style.conductors.index(kind.main),
    )  # fmt: skip
    return trunk, np.concatenate(built)


def _lateral_phases(rng: np.random.Generator, kind: FeederKind, count: int) -> Byte:
    lot, which = rng.random(count), rng.integers(0, 3, count)
    two = kind.three_phase + (1 - kind.three_phase) * 0.1
    return np.where(lot < kind.three_phase, ph.ABC, np.where(lot < two, _TWO[which], _ONE[which])).astype(np.uint8)


def _guards(
    pieces: Pieces, style: Style, feeders: Feeders, trunk: Int, owner: Int, place: Int, poles: Int, bits: Byte
) -> tuple[Int, Int]:
    """A fuse where each lateral leaves the trunk, a recloser on long three-phase ones; the nodes behind and the reclosers."""
    container = feeders.container[owner]
    x, y = pieces.place(trunk)
    behind = pieces.nodes(x + 3.0, y + 3.0, style.medium_v, container)
    is_long = (poles >= _LONG) & (bits == ph.ABC)
    made = []
    for cim_class, letter, amps, chosen in (("Fuse", b" F", 100.0, ~is_long), ("Recloser", b" L", 280.0, is_long)):
        at = np.flatnonzero(chosen)
        name = joined(feeders.code[owner[at]], letter, digits(place[at], 3))
        ends = trunk[at], behind[at]
        made.append(pieces.branches(cim_class, name, *ends, container[at], phases=bits[at], rated_a=amps))
    return behind, made[1]


def _laterals(
    pieces: Pieces, style: Style, feeders: Feeders, owner: Int, poles: Int, starts: Int, bits: Byte,
    places: tuple[Float, Float, Int],
) -> Sites:  # fmt: skip
    """The poles of each lateral in a row."""
    kind = feeders.kind
    lateral, rank = runs(poles)
    side = places[2][lateral]
    x = places[0][lateral] + _EAST[side] * (rank + 1) * kind.step
    y = places[1][lateral] + _NORTH[side] * (rank + 1) * kind.step
    feeder = owner[lateral]
    container = feeders.container[feeder]
    pole = pieces.nodes(x, y, style.medium_v, container)
    start = np.where(rank == 0, starts[lateral], pole - 1).astype(np.int32)
    number = np.arange(pole.size) - np.searchsorted(feeder, feeder)
    name = joined(feeders.code[feeder], b" L", digits(number, 4))
    pieces.branches(
        "ACLineSegment", name, start, pole, container, phases=bits[lateral], length_m=kind.step,
        rated_a=kind.side.rated_a, conductor=style.conductors.index(kind.side),
    )  # fmt: skip
    street = lateral + np.int32(7919) * feeders.container[0]
    return Sites(pole, x, y, bits[lateral], feeder, street.astype(np.int32), rank * 8, is_switched=False)
