"""Cable rings: ring main units in a row, and the far ends of two feeders joined behind an open switch.

CB ==cable== o -S- unit -S- o ==cable== o -S- unit -S- o ==cable== ... -S/open- o ==cable== the next feeder's last unit
|                        |
F                        F             a switch-fuse and a transformer at each unit
"""

from __future__ import annotations

import numpy as np

from network.domain.generation.pieces import Pieces
from network.domain.generation.service import Sites
from network.domain.generation.styles import Style
from network.domain.generation.substations import Feeders
from network.domain.generation.texts import digits, joined, runs
from network.domain.grid.arrays import Float, Int, Text

_EAST, _NORTH = np.array([1.0, 0.0, -1.0, 0.0]), np.array([0.0, 1.0, 0.0, -1.0])
_ROW = 6  # units in a street before the cable turns into the next one


def build(pieces: Pieces, style: Style, feeders: Feeders) -> tuple[Sites, Int, Int, Int]:
    """The sites of the service transformers; units, the feeder of each, and the switches built on the way."""
    kind = feeders.kind
    units = np.maximum(feeders.customers // kind.per_transformer, 1)
    owner, place = runs(units)
    x, y = _places(feeders, owner, place)
    container = feeders.container[owner]
    bar = pieces.nodes(x, y, style.medium_v, container)
    into = pieces.nodes(x - 4.0, y, style.medium_v, container)
    out = pieces.nodes(x + 4.0, y, style.medium_v, container)
    is_last = place + 1 == units[owner]
    is_open = is_last & (owner % 2 == 0) & (owner + 1 < units.size)
    switches = [
        pieces.branches("LoadBreakSwitch", _name(feeders, owner, place, letter), start, end, container, **position)
        for letter, start, end, position in (
            (b" A", into, bar, {"rated_a": 630.0}),
            (b" B", bar, out, {"rated_a": 630.0, "normal_closed": np.where(is_open, 0, 255)}),
        )
    ]
    start = np.where(place == 0, feeders.head[owner], out - 1).astype(np.int32)
    _cables(pieces, style, feeders, _name(feeders, owner, place, b" K"), start, into, container)
    _close_rings(pieces, style, feeders, out[is_last])
    street = (owner * 97 + place // _ROW + 7919 * feeders.container[0]).astype(np.int32)
    phases = np.full(bar.size, 7, np.uint8)
    sites = Sites(bar, x, y, phases, owner, street, place % _ROW * 12, is_switched=True)
    return sites, bar, owner, np.concatenate(switches)


def _places(feeders: Feeders, owner: Int, place: Int) -> tuple[Float, Float]:
    """In rows: along a street, one street further, and back. The two of a ring go the same way, side by side."""
    step = feeders.kind.step
    row, along = place // _ROW, place % _ROW
    along = np.where(row % 2, _ROW - 1 - along, along)
    way, lane = feeders.way[owner] // 2 + 2 * feeders.lane[owner], feeders.way[owner] % 2
    aside = (along + 0.5 + lane * _ROW) * step
    ahead = (row + 1) * step
    turned = (way + 1) % 4
    x = feeders.x[owner] + _EAST[way] * ahead + _EAST[turned] * aside
    y = feeders.y[owner] + _NORTH[way] * ahead + _NORTH[turned] * aside
    return x, y


def _close_rings(pieces: Pieces, style: Style, feeders: Feeders, last: Int) -> None:
    """A cable between the last units of each pair of feeders."""
    one = np.arange(0, last.size - 1, 2)
    name = joined(feeders.code[one], b" RING")
    _cables(pieces, style, feeders, name, last[one], last[one + 1], feeders.container[one + 1])


def _cables(pieces: Pieces, style: Style, feeders: Feeders, name: Text, start: Int, end: Int, container: Int) -> None:
    main = feeders.kind.main
    (x, y), (far_x, far_y) = pieces.place(start), pieces.place(end)
    length = np.maximum(np.abs(x - far_x) + np.abs(y - far_y), 20.0)  # along the streets
    pieces.branches(
        "ACLineSegment", name, start, end, container, length_m=length, rated_a=main.rated_a,
        conductor=style.conductors.index(main),
    )  # fmt: skip


def _name(feeders: Feeders, owner: Int, place: Int, letter: bytes) -> Text:
    return joined(feeders.code[owner], letter, digits(place, 3))
