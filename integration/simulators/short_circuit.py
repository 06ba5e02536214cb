"""What a fault of all phases draws: the voltage of the source over all that is in the way, as the chart tells impedances.

Behind a source z, a breaker, a line z and half of the line that broke, it is 1 / |z + z + z/2| MVA, the same in every device before it.
"""

from __future__ import annotations

from integration.simulators.chart import Chart

_MIDDLE = 0.5  # of a line: where it breaks


def mva(chart: Chart, branch: int) -> float | None:
    """Short-circuit power in MVA of a fault on a branch, as switches stand now; None where it is dead, or an impedance is not known."""
    struck, feeder = chart.world.branches[branch], chart.world.feeders()
    far = next((end for end in (struck.a, struck.b) if feeder.get(end, (-1, -1))[0] == branch), None)
    node = struck.a if far is None else feeder[far][1]
    if node not in feeder:
        return None
    parts = [_of(chart, branch, _MIDDLE)]
    while node >= 0:
        index, above = feeder[node]
        parts.append(_of(chart, index) if index >= 0 else chart.source_z.get(node, 0j))
        node = above
    known = [one for one in parts if one is not None]
    total = abs(sum(known))
    return 1.0 / total if len(known) == len(parts) and total > 0.0 else None


def _of(chart: Chart, index: int, share: float = 1.0) -> complex | None:
    z = chart.impedance.get(index)
    return None if z is None else z * share
