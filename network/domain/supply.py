"""Customers with and without supply, for a whole network at once."""

from __future__ import annotations

import numpy as np

from network.domain.energisation import Energisation
from network.domain.grid import Grid
from network.domain.phases import ABC


def customers_out(grid: Grid, energisation: Energisation) -> int:
    """How many customers miss a phase they use; of a group whose phases are unknown, any phase of its node."""
    present = grid.node_phases[grid.group_node] & ABC
    used = grid.group_phases & present
    used = np.where(used, used, present)
    is_out = (energisation.live[grid.group_node] & used) != used
    return int(grid.group_customers[is_out].sum())
