"""Branches that lie in an outage the network itself does not show: it takes the device for closed, and them for live."""

import numpy as np
from numpy.typing import NDArray

from network.selectors.state import NetworkState
from outages.domain import lifecycle
from outages.models import Outage
from outages.selectors import trees


def branches_in_outages(present: NetworkState) -> NDArray[np.int32]:
    """Branch numbers below the devices of going outages."""
    running = Outage.objects.filter(model_key=present.model, state__in=lifecycle.RUNNING).exclude(kind="single")
    hidden = [outage for outage in running.defer("explanation") if trees.is_hidden(present.grid, outage)]
    if not hidden:
        return np.zeros(0, dtype=np.int32)
    devices = trees.devices(present, [])
    inside = np.zeros(present.grid.node_count, dtype=np.bool_)
    for outage in hidden:
        inside[trees.nodes_of(devices, outage)] = True
    both = inside[present.grid.branch_from] | inside[present.grid.branch_to]
    own = np.array([present.grid.branch_index(outage.device_mrid) for outage in hidden], dtype=np.int32)
    return np.union1d(both.nonzero()[0], own[own >= 0]).astype(np.int32)
