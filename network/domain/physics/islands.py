"""Which conductors of a circuit are alive, for given switch positions, and who holds their voltage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from network.domain import phases as ph
from network.domain.physics.circuit import Circuit, Conductors, Source, Switch, Transformer

Closed = Mapping[str, int]
_SPLIT = frozenset({"s1", "s2"})


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

    phases: dict[str, set[str]]
    references: list[Source]
    followers: list[Source]

    def of(self, bus: str, phases: Conductors) -> Conductors:
        """Those of the phases that are alive at a bus."""
        alive = self.phases.get(bus, ())
        return tuple(one for one in phases if one in alive)


def living(circuit: Circuit, closed: Closed | None = None) -> Living:
    """Join conductors by lines, closed switches and transformers; each island lives by its sources of least rank."""
    forest = _Forest()
    for one, other in _joined(circuit, closed):
        forest.join(one, other)
    sources: dict[int, list[Source]] = defaultdict(list)
    for source in circuit.sources:
        places = [(source.bus, phase) for phase in source.phases]
        for place in places[1:]:
            forest.join(places[0], place)
    for source in circuit.sources:
        sources[forest.root((source.bus, source.phases[0]))].append(source)
    references, followers = [], []
    for found in sources.values():
        least = min(source.rank for source in found)
        references += [source for source in found if source.rank == least]
        followers += [source for source in found if source.rank != least]
    roots = {forest.root((source.bus, source.phases[0])) for source in references}
    alive: dict[str, set[str]] = defaultdict(set)
    for place in list(forest.numbers):
        if forest.root(place) in roots:
            alive[place[0]].add(place[1])
    return Living(dict(alive), references, followers)


Place = tuple[str, str]


class _Forest:
    """Union-find over places."""

    def __init__(self) -> None:
        self.numbers: dict[Place, int] = {}
        self._parent: list[int] = []

    def root(self, place: Place) -> int:
        number = self.numbers.setdefault(place, len(self._parent))
        parent = self._parent
        if number == len(parent):
            parent.append(number)
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    def join(self, one: Place, other: Place) -> None:
        self._parent[self.root(one)] = self.root(other)


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
