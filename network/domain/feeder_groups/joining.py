"""Circuits of feeder groups put together again: the live part of a station, with everything that hangs on it, as one circuit."""

from collections.abc import Iterable, Sequence

from network.domain.feeder_groups.cutting import Circuits
from network.domain.feeder_groups.groups import FeederGroups
from network.domain.physics.circuit import Circuit

_TABLES = ("lines", "switches", "transformers", "shunts", "loads", "generators", "sources")


def joined(circuits: Circuits, groups: FeederGroups, stations: Iterable[int]) -> Circuit:
    """The circuit of stations and of the feeders that hang on them, as they conduct now, with temporary elements.

    Args:
        circuits: what gives the circuit of each group.
        groups: of a state.
        stations: numbers of groups that have sources of their own.
    """
    numbers = [number for one in stations for number in (one, *(below.number for below in groups.below(one)))]
    if not numbers:
        raise ValueError("no group has a source")
    return together(circuits, groups, numbers)


def together(circuits: Circuits, groups: FeederGroups, numbers: Sequence[int]) -> Circuit:
    """The circuit of some groups, at least one, as they conduct now; nothing stands for those that hang on them and are left out."""
    parts = [circuits.circuit_of(groups, number) for number in numbers]
    whole = Circuit(parts[0].name, parts[0].frequency_hz)
    for part in parts:
        whole.buses |= part.buses
        whole.line_codes |= part.line_codes
        for table in _TABLES:
            getattr(whole, table).extend(getattr(part, table))
    return whole
