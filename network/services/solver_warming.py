"""Have a process ready for plans before it is asked for the first: solvers take seconds to load, and so does a large network.

In a fresh process a first plan takes half a minute on a slow machine; one that has warmed up takes as long as every other.
"""

import time

import numpy as np

from network.domain import warming
from network.domain.feeder_groups import cutting
from network.domain.restoration import search
from network.selectors import state
from network.services import power_flow, what_if
from network.services.what_if import Ahead, Checked


def warm() -> float:
    """Load the solvers and the published networks, and solve a feeder of each; how many seconds that took."""
    began = time.perf_counter()
    warming.warm()
    search.warm()
    from network.engines import port  # noqa: F401, PLC0415 - also where no network is published yet

    for model in state.models():
        warm_model(model)
    return time.perf_counter() - began


def warm_model(model: str) -> Checked | None:
    """Solve the smallest feeder of a network as a plan would, nothing being switched; None where no power flow can be."""
    present = state.present(model)
    circuits = power_flow.circuits_of(present.version_id)
    if circuits is None:
        return None
    groups = cutting.groups_of(circuits, present.fitted, present.energisation, present.closed)
    sizes = np.bincount(groups.of_node[groups.of_node >= 0], minlength=len(groups.groups))
    feeders = [one.number for one in groups.groups if not one.is_station and sizes[one.number]]
    if not feeders:
        return None
    smallest = min(feeders, key=lambda number: (sizes[number], number))
    node = int(np.flatnonzero(groups.of_node == smallest)[0])
    nothing = np.empty(0, np.int32)
    return what_if.check(present=present, closed=present.closed, changed=nothing, ahead=Ahead(), near=[node])
