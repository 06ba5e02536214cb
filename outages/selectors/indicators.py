"""What fault indicators say, as the engines take it: each at the device it stands at, or at those behind it.

    D --line--[i]--line--+-- F1      i saw the fault's current:  D, or something below it, is open
                         +-- F2      i saw none:                 neither F1 nor F2 is, nor anything below them; D itself may be

One that operated counts while the reports do: since a little before the first of them. One that did not counts if its word is of good
quality: it says what it says until it says otherwise.
"""

import datetime as dt
import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from network.selectors import equipment
from outages.domain.prediction.evidence import Indicators
from outages.selectors.trees import Devices

#: An operation so much older than the first report belongs to another fault.
BEFORE_S = 900.0
GOOD = "good"
NOBODY = Indicators.of()

Word = tuple[int, float, str, dt.datetime]  # point, value (0: no fault's current), quality, when


def of(
    devices: Devices, since: float, words: Callable[[list[int]], list[Word]] = equipment.indicator_words
) -> Indicators:
    """The words of indicators in these trees; `since` is when the first report was made, `words` what points said last."""
    points, branches = _points(devices.state.version_id)
    if not points.size:
        return NOBODY
    branch, node = _places(devices, branches)
    device = devices.at_nodes(node)
    here = (node >= 0) & (device >= 0)
    at = {int(point): place for place, point in enumerate(points) if here[place]}
    found: list[tuple[int, bool, int]] = []
    for point, value, quality, said_at in words(list(at)):
        place = at[point]
        if value and said_at.timestamp() >= since - BEFORE_S:
            found.append((int(device[place]), True, point))
        elif not value and quality == GOOD:
            found += [
                (one, False, point)
                for one in _behind(devices, int(device[place]), int(branch[place]), int(node[place]))
            ]
    return Indicators.of(found)


@functools.lru_cache(maxsize=4)
def _points(version_id: int) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Indicators of a version never change: the numbers of their points, and where they are."""
    rows = equipment.indicator_points(version_id)
    return np.array([pk for pk, _, _ in rows], np.int64), tuple(mrid for _, mrid, _ in rows)


def _places(devices: Devices, mrids: tuple[str, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The branch of each, and the node behind it; -1 where it feeds none."""
    grid, energised = devices.state.grid, devices.energisation
    branch = np.asarray(grid.branch_indices(list(mrids)), np.int64)
    node = np.full(branch.size, -1, np.int64)
    for ends in (grid.branch_from, grid.branch_to):
        end = ends[np.maximum(branch, 0)]
        feeds = (branch >= 0) & (energised.parent_branch[end] == branch)
        node[feeds] = end[feeds]
    return branch, node


def _behind(devices: Devices, device: int, branch: int, node: int) -> list[int]:
    """The devices that one which saw nothing speaks against: its own, where it stands at one, else the next ones behind it."""
    if int(devices.places.branch[device]) == branch:
        return [device]
    children = devices.tree.children(device)
    below = devices.energisation.below(node)
    return [int(one) for one in children[np.isin(devices.places.node[children], below)]]
