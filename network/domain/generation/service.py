"""From medium voltage to the customers: fuse, service transformer, low-voltage lines, consumers at their ends.

site --F-- o --T-- bar --+-- line -- consumer (some customers)
+-- line -- consumer
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from network.domain import phases as ph
from network.domain.generation.pieces import Pieces
from network.domain.generation.styles import Style
from network.domain.generation.substations import Feeders
from network.domain.generation.texts import digits, joined, runs, spread
from network.domain.grid.arrays import Byte, Float, Int, Text

#: Of each set of phases, one by lot among six.
_ONE_OF = np.array([[bit for bit in (1, 2, 4) if bits & bit] * 6 for bits in range(1, 8)], dtype=object)
_CHOICE = np.array([[1] * 6] + [list(row)[:6] for row in _ONE_OF], np.uint8)
#: Share of three-phase transformers where the lateral has three phases, in a style that builds single-phase ones.
_THREE = 0.12
_EAST, _NORTH = np.array([1.0, 0.0, -1.0, 0.0]), np.array([0.0, 1.0, 0.0, -1.0])
_POWER_FACTOR_LOADING = 0.75


@dataclass(slots=True)
class Sites:
    """Where service transformers stand."""

    node: Int
    x: Float
    y: Float
    phases: Byte
    feeder: Int  # place among its kind's feeders, ascending
    street: Int
    house: Int  # first house number of the site
    is_switched: bool  # a switch-fuse of a ring main unit; else a cutout at a pole


@dataclass(slots=True)
class _Banks:
    """Service transformers, site by site."""

    number: Text
    phases: Byte
    kw: Float
    bar: Int = field(default_factory=lambda: np.empty(0, np.int32))  # their low side
    volts: Float = field(default_factory=lambda: np.empty(0))


@dataclass(slots=True)
class Served:
    """Consumers of a kind in their order: how many customers, and where these live."""

    customers: Int
    phases: Byte
    street: Int
    house: Int


def build(
    rng: np.random.Generator, pieces: Pieces, style: Style, feeders: Feeders, sites: Sites, first_number: int
) -> Served:
    """Transformers numbered from `first_number`, with all that hangs on them."""
    kind, count = feeders.kind, sites.node.size
    at_feeder = np.bincount(sites.feeder, minlength=feeders.customers.size)
    customers = spread(rng, feeders.customers, at_feeder)
    phases = _transformer_phases(rng, style, sites)
    kw = customers * style.kw_each * rng.uniform(0.7, 1.3, count)
    banks = _Banks(digits(first_number + np.arange(count), 7), phases, kw)
    _transformers(pieces, style, feeders, sites, banks)
    lines = np.minimum(np.maximum(customers, 1), kind.lines)
    owner, place = runs(lines)
    ends = _lines(pieces, style, feeders, sites, banks, owner, place)
    each = spread(rng, customers, lines)
    share = np.rint(1000 * kw[owner] * each / np.maximum(customers[owner], 1)) * 0.001  # whole watts, as files say them
    container = feeders.container[sites.feeder[owner]]
    name = joined(banks.number[owner], b"-", digits(place + 1, 1))
    pieces.consumers(name, ends, container, each, share, phases=phases[owner])
    return Served(each, phases[owner], sites.street[owner], sites.house[owner] + 2 * place)


def _transformer_phases(rng: np.random.Generator, style: Style, sites: Sites) -> Byte:
    bits = sites.phases
    if sites.is_switched or len(style.kva[0]) == 1:  # a style of three-phase transformers only
        return bits
    one = _CHOICE[bits, rng.integers(0, 6, bits.size)]
    is_three = (bits == ph.ABC) & (rng.random(bits.size) < _THREE)
    return np.where(is_three, ph.ABC, one).astype(np.uint8)


def _transformers(pieces: Pieces, style: Style, feeders: Feeders, sites: Sites, banks: _Banks) -> None:
    phases, number, kw = banks.phases, banks.number, banks.kw
    container = feeders.container[sites.feeder]
    behind = pieces.nodes(sites.x + 1.5, sites.y - 2.5, style.medium_v, container)
    volts = np.where(phases == ph.ABC, style.three_v, style.single_v)
    bar = pieces.nodes(sites.x + 1.5, sites.y - 6.0, volts, container)
    fuse = joined(b"F" if sites.is_switched else b"C", number)
    pieces.branches("Fuse", fuse, sites.node, behind, container, phases=phases, rated_a=40.0)
    kva = np.where(phases == ph.ABC, _size(kw, style.kva[1]), _size(kw, style.kva[0]))
    pieces.branches("PowerTransformer", joined(b"T", number), behind, bar, container, phases=phases, rated_kva=kva)
    banks.bar, banks.volts = bar, volts


def _size(kw: Float, sizes: tuple[float, ...]) -> Float:
    """The next size above the load."""
    at = np.searchsorted(np.array(sizes), kw / _POWER_FACTOR_LOADING)
    return np.array(sizes)[np.minimum(at, len(sizes) - 1)]


def _lines(pieces: Pieces, style: Style, feeders: Feeders, sites: Sites, banks: _Banks, owner: Int, place: Int) -> Int:
    """One line in each direction, the consumer at its end."""
    kind = feeders.kind
    reach = kind.line_m * (1 + place // 4 * 0.5)
    way = (place + 1) % 4
    x = sites.x[owner] + 1.5 + _EAST[way] * reach * 0.5 + np.where(_EAST[way] == 0, 6.0, 0.0)
    y = sites.y[owner] - 6.0 + _NORTH[way] * reach * 0.5
    container = feeders.container[sites.feeder[owner]]
    end = pieces.nodes(x, y, banks.volts[owner], container)
    name = joined(banks.number[owner], b" LV", digits(place + 1, 1))
    pieces.branches(
        "ACLineSegment", name, banks.bar[owner], end, container, phases=banks.phases[owner],
        length_m=reach, rated_a=style.low.rated_a, conductor=0,
    )  # fmt: skip
    return end
