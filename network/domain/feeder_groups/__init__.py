"""Feeder groups: the live network in parts that can be solved one by one, and the circuit of each.

groups_of(circuits, fitted, energisation, closed) -> FeederGroups     how a state is cut
circuits.circuit_of(groups, number) -> Circuit                     what one of them is, as it conducts now
Coupling(...).settle(numbers)                                      their results, heads and stations agreed
"""

from network.domain.feeder_groups.coupling import Coupling, GroupResult, held
from network.domain.feeder_groups.cutting import CircuitIndex, Circuits, circuit_of_group, groups_of
from network.domain.feeder_groups.groups import FeederGroup, FeederGroups, cut

__all__ = [
    "CircuitIndex",
    "Circuits",
    "Coupling",
    "FeederGroup",
    "FeederGroups",
    "GroupResult",
    "circuit_of_group",
    "cut",
    "groups_of",
    "held",
]
