"""Which conductors of a circuit are alive, for given switch positions, and who holds their voltage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from network.domain import phases as ph
from network.domain.physics.circuit import Circuit, Conductors, Source, Switch, Transformer

Closed = Mapping[str, int]
_SPLIT = frozenset({"s1", "s2"})
_NONE = frozenset[str]()


def closed_conductors(switch: Switch, closed: Closed | None) -> Conductors:
    """Conductors of a switch that are closed: by the bits for its mRID, else as the file has it.

    >>> switch = Switch("s", "s", "a", "b", ("A", "B"), ("A", "B"))
    >>> closed_conductors(switch, None), closed_conductors(switch, {"s": 1}), closed_conductors(switch, {"s": 0})
    (('A', 'B'), ('A',), ())
    """
    if closed is None or switch.mrid not in closed:
        return switch.closed
    bits = closed[switch.mrid]
    return tuple(one for one in switch.phases if bits & ph.parse(one) or (bits and one in _SPLIT))


@dataclass(slots=True, frozen=True)
class Living:
    """Live conductors by bus, the sources that hold them, and those that only deliver."""

    phases: dict[str, frozenset[str]]
    references: list[Source]
    followers: list[Source]

    def of(self, bus: str, phases: Conductors) -> Conductors:
        """Those of the phases that are alive at a bus."""
        return _those(phases, self.phases.get(bus, _NONE))


def living(circuit: Circuit, closed: Closed | None = None) -> Living:
    """Join conductors by lines, closed switches and transformers; each island lives by its sources of least rank."""
    places = _Places()
    for one, other in _joined(circuit, closed):
        places.join(one, other)
    for source in circuit.sources:
        head, *others = [(source.bus, phase) for phase in source.phases]
        places.number(head)
        for place in others:
            places.join(head, place)
    island = places.islands()
    sources: dict[int, list[Source]] = defaultdict(list)
    for source in circuit.sources:
        sources[island[places.numbers[source.bus, source.phases[0]]]].append(source)
    references, followers = [], []
    for found in sources.values():
        least = min(source.rank for source in found)
        references += [source for source in found if source.rank == least]
        followers += [source for source in found if source.rank != least]
    held = {island[places.numbers[source.bus, source.phases[0]]] for source in references}
    alive: dict[str, list[str]] = defaultdict(list)
    for (bus, phase), number in places.numbers.items():
        if island[number] in held:
            alive[bus].append(phase)
    return Living({bus: _as_one(tuple(phases)) for bus, phases in alive.items()}, references, followers)


@cache
def _as_one(phases: Conductors) -> frozenset[str]:
    """The same set for the many buses that have the same conductors."""
    return frozenset(phases)


@cache
def _those(phases: Conductors, alive: frozenset[str]) -> Conductors:
    return tuple(one for one in phases if one in alive)


Place = tuple[str, str]


class _Places:
    """Conductors at buses by their numbers, and which of them hang together."""

    def __init__(self) -> None:
        self.numbers: dict[Place, int] = {}
        self._pairs: list[int] = []

    def number(self, place: Place) -> int:
        """The number of a place, a new one if need be."""
        return self.numbers.setdefault(place, len(self.numbers))

    def join(self, one: Place, other: Place) -> None:
        """These two hang together."""
        self._pairs += (self.number(one), self.number(other))

    def islands(self) -> list[int]:
        """By number, the number of the island."""
        size, pairs = len(self.numbers), np.array(self._pairs, np.int32).reshape(-1, 2)
        if not size:
            return []
        graph = coo_matrix((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
        found: list[int] = connected_components(graph, directed=False)[1].tolist()
        return found


def _joined(circuit: Circuit, closed: Closed | None) -> Iterator[tuple[Place, Place]]:
    for line in circuit.lines:
        for phase in line.phases:
            yield (line.from_bus, phase), (line.to_bus, phase)
    for switch in circuit.switches:
        for phase in closed_conductors(switch, closed):
            yield (switch.from_bus, phase), (switch.to_bus, phase)
    for transformer in circuit.transformers:
        yield from _through(transformer)


def _through(transformer: Transformer) -> Iterator[tuple[Place, Place]]:
    """Star to star passes each phase by itself; everything else joins all its conductors."""
    windings = transformer.windings
    places = [[(one.bus, phase) for phase in one.phases if phase != "N"] for one in windings]
    if all(one.connection == "Y" for one in windings) and len({len(one) for one in places}) == 1:
        for other in places[1:]:
            yield from zip(places[0], other, strict=True)
        return
    flat = [place for one in places for place in one]
    for place in flat[1:]:
        yield flat[0], place
