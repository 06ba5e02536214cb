"""Branches that lie in a predicted or probable outage, for the map: the network itself still shows them live."""

import numpy as np
from numpy.typing import NDArray

from network.selectors.state import NetworkState
from outages.models import Outage
from outages.selectors import trees
from outages.selectors.outages import GOING_ON


def branches_in_outages(present: NetworkState) -> NDArray[np.int32]:
    """Branch numbers below the devices of going outages."""
    going = list(Outage.objects.filter(model_key=present.model, state__in=GOING_ON).exclude(kind="single"))
    if not going:
        return np.zeros(0, dtype=np.int32)
    devices = trees.devices(present, [])
    inside = np.zeros(present.grid.node_count, dtype=np.bool_)
    for outage in going:
        inside[trees.nodes_of(devices, outage.device_mrid, outage.node)] = True
    both = inside[present.grid.branch_from] | inside[present.grid.branch_to]
    own = np.array([present.grid.branch_index(outage.device_mrid) for outage in going], dtype=np.int32)
    return np.union1d(both.nonzero()[0], own[own >= 0]).astype(np.int32)
