"""What fault indicators say, as the engines take it: each at the device it stands at, or at those behind it.

    D --line--[i]--line--+-- F1      i saw the fault's current:  D, or something below it, is open
                         +-- F2      i saw none:                 neither F1 nor F2 is, nor anything below them; D itself may be

One that operated counts while the reports behind it do: since a little before the first of them, and also when it has reset by itself
meanwhile, as indicators do after a time or when the line carries load again. It counts no longer when nothing behind it is dark any
more, or a person has reset it. One that did not operate counts if its word is of good quality: it says what it says until it says
otherwise.
"""

import datetime as dt
import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from network.selectors import equipment, indicator_words
from network.selectors.indicator_words import Word
from outages.domain.prediction.evidence import Indicators
from outages.selectors.trees import Devices

#: An operation so much older than the first report belongs to another fault.
BEFORE_S = 900.0
GOOD = "good"
NOBODY = Indicators.of()

#: What points said, with operations since a moment.
Source = Callable[[list[int], dt.datetime], list[Word]]


def of(
    devices: Devices, reported: NDArray[np.integer], reported_at: NDArray[np.float64], words: Source | None = None
) -> Indicators:
    """The words of indicators in these trees, beside open reports at these devices (-1: none of them) at these times.

    Times are seconds since 1970; `words` tells what points said last, the present if it is not given.
    """
    points, branches = _points(devices.state.version_id)
    if not (points.size and reported_at.size):
        return NOBODY
    branch, node = _places(devices, branches)
    device = devices.at_nodes(node)
    here = (node >= 0) & (device >= 0)
    at = {int(point): place for place, point in enumerate(points) if here[place]}
    words = words or functools.partial(indicator_words.present, devices.state.model_id, devices.state.version_id)
    first = _First(devices, reported, reported_at)
    found: list[tuple[int, bool, int]] = []
    for word in words(list(at), dt.datetime.fromtimestamp(first.of_all - BEFORE_S, dt.UTC)):
        place = at[word.point]
        one = int(device[place])
        if first.is_of_fault(word, one):
            found.append((one, True, word.point))
        elif not word.value and word.quality == GOOD:
            found += [
                (below, False, word.point) for below in _behind(devices, one, int(branch[place]), int(node[place]))
            ]
    return Indicators.of(found)


class _First:
    """When the first report was made: of all, and of those at or below a device."""

    def __init__(self, devices: Devices, reported: NDArray[np.integer], reported_at: NDArray[np.float64]) -> None:
        self.of_all = float(reported_at.min())
        self._tree, self._reported, self._at = devices.tree, reported, reported_at

    def is_of_fault(self, word: Word, device: int) -> bool:
        """Whether an indicator operated by the fault of which the reports tell; one that has reset since only by those behind it."""
        if word.operated_at is None:
            return False
        behind = self._at[(self._reported >= 0) & self._tree.below(device)[self._reported]]
        since = float(behind.min()) if behind.size else self.of_all
        return (behind.size > 0 or word.value != 0) and word.operated_at.timestamp() >= since - BEFORE_S


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
