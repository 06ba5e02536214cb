"""A diagram on its sheet: symbols, wires and marks, in pixels from the upper left corner."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A piece of equipment. `is_upright`: its terminals are above and below it, else left and right."""

    kind: str  # breaker, recloser, fuse, load_break, disconnector, ground, switch, power, service, source, load, other
    x: float
    y: float
    branch: int = -1
    node: int = -1  # of sources and loads
    is_upright: bool = True


@dataclass(frozen=True, slots=True)
class Wire:
    """A run of straight pieces; of a line (`branch`), else of what is joined at a node."""

    points: tuple[Point, ...]
    branch: int = -1
    node: int = -1
    is_bus: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the diagram ends and the network goes on: by `branch`, into the feeder or station `leads_to`.

    Two marks of one `number` are the same node: what closes a ring is drawn once, and said at its other end.
    """

    x: float
    y: float
    node: int
    branch: int = -1
    number: int = 0
    is_upright: bool = True


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of a diagram; `is_given` when the model has its positions."""

    width: float
    height: float
    symbols: tuple[Symbol, ...]
    wires: tuple[Wire, ...]
    marks: tuple[Mark, ...]
    is_given: bool = False

    @property
    def branches(self) -> list[int]:
        """Every branch drawn, ascending."""
        drawn = {one.branch for one in self.symbols} | {one.branch for one in self.wires}
        return sorted(drawn - {-1})

    @property
    def nodes(self) -> list[int]:
        """Every node drawn, ascending."""
        drawn = {one.node for one in self.symbols} | {one.node for one in self.wires} | {one.node for one in self.marks}
        return sorted(drawn - {-1})
