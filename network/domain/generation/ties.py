"""Normally open ties between overhead feeders that come near each other."""

from __future__ import annotations

import numpy as np

from network.domain.generation.pieces import Pieces
from network.domain.generation.styles import Style
from network.domain.generation.texts import digits, joined
from network.domain.grid.arrays import Int, Text

_NEAR = 24


def build(pieces: Pieces, style: Style, trunk: Int, feeder: Int, container: Int, code: Text, conductor: int) -> Int:
    """Three per feeder where a neighbour is: at its end, half-way and between; the switches built.

    Args:
        pieces: gets them.
        style: of the utility.
        trunk: nodes of all overhead trunks, from the head outwards.
        feeder: of each trunk node, ascending.
        container: of each feeder.
        code: of each feeder.
        conductor: number of the conductor to build with.
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415 - takes a second to import

    counts = np.bincount(feeder, minlength=code.size)
    first = np.cumsum(counts) - counts
    picks = [first + np.maximum(np.rint(counts * share).astype(int) - 1, 0) for share in (1.0, 0.5, 0.75)]
    chosen = np.unique(np.concatenate(picks)[np.concatenate([counts] * 3) > 0])
    x, y = pieces.place(trunk)
    points = np.column_stack([x, y])
    near = cKDTree(points).query(points[chosen], k=min(_NEAR, trunk.size))[1].reshape(chosen.size, -1)
    others = feeder[near] != feeder[chosen][:, None]
    found = others.any(axis=1)
    one, other = chosen[found], near[found, others[found].argmax(axis=1)]
    _, single = np.unique(np.sort(np.column_stack([feeder[one], feeder[other]]), axis=1), axis=0, return_index=True)
    single = single[np.argsort(feeder[one[single]], kind="stable")]
    return _join(
        pieces, style, trunk[one[single]], trunk[other[single]], feeder[one[single]], container, code, conductor
    )


def _join(
    pieces: Pieces, style: Style, start: Int, end: Int, feeder: Int, container: Int, code: Text, conductor: int
) -> Int:
    (x, y), (far_x, far_y) = pieces.place(start), pieces.place(end)
    middle = pieces.nodes(x + 0.1 * (far_x - x), y + 0.1 * (far_y - y), style.medium_v, container[feeder])
    number = digits(np.arange(start.size) - np.searchsorted(feeder, feeder), 2)
    name = joined(code[feeder], b" TIE", number)
    switches = pieces.branches(
        "LoadBreakSwitch", name, start, middle, container[feeder], rated_a=600.0, normal_closed=0
    )
    length = np.maximum(np.hypot(far_x - x, far_y - y), 10.0)
    pieces.branches(
        "ACLineSegment", joined(name, b" LINE"), middle, end, container[feeder], length_m=length,
        rated_a=style.conductors[conductor].rated_a, conductor=conductor,
    )  # fmt: skip
    return switches
