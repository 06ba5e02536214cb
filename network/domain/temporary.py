"""Temporary elements and commissioning: what lies over the built network, and what of it conducts.

- A *cut* opens a line on some phases. Both stubs stay with the node at their end, so cutting is a position of the line, and whatever is
  joined to a stub is joined to the node at that end of the line (CIM Cut, IEC 61970-301).
- A *jumper* joins two nodes (CIM Jumper).
- A *ground* earths a node (CIM Ground). It moves nothing, but what would make it live is refused.
- *Generation* feeds a node from a source of its own.
- Equipment that is not *commissioned* does not conduct, whatever its position.

Elements name their places by mRID, so they outlive a model version; `fit` finds them in a grid and says which it could not find.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from network.domain import trace
from network.domain.energisation import Energisation, energise, reenergise
from network.domain.extension import ExtendedGrid, Join, extend
from network.domain.grid import Grid
from network.domain.grid.arrays import Bool, Byte, Int, frozen
from network.domain.phases import ABC

CUT, JUMPER, GROUND, GENERATION = KINDS = ("cut", "jumper", "ground", "generation")
#: Kinds that take a slot of the extended grid.
JOINING = (JUMPER, GENERATION)


@dataclass(frozen=True, slots=True)
class Place:
    """A node as a person names it: the end (1 or 2) of a piece of equipment; `node` is what it was when the element was placed."""

    equipment: str = ""
    terminal: int = 1
    node: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """One temporary element. A cut is in the line `place.equipment`, `fraction` of its length from end 1."""

    mrid: str
    kind: str
    name: str
    phases: int
    place: Place
    other: Place = Place()
    slot: int = -1
    fraction: float = 0.5

    def told(self) -> dict[str, Any]:
        """The element as a journal entry keeps it."""
        places = {key: [p.equipment, p.terminal, p.node] for key, p in (("place", self.place), ("other", self.other))}
        plain = {key: getattr(self, key) for key in ("mrid", "kind", "name", "phases", "slot", "fraction")}
        return plain | places

    @classmethod
    def heard(cls, told: dict[str, Any]) -> Element:
        """The element of a journal entry."""
        plain = {key: told[key] for key in ("mrid", "kind", "name", "phases", "slot", "fraction")}
        return cls(place=Place(*told["place"]), other=Place(*told["other"]), **plain)


@dataclass(frozen=True, slots=True)
class Overlay:
    """All that lies over a model: its temporary elements in the order they were placed, and what is not commissioned."""

    elements: tuple[Element, ...] = ()
    uncommissioned: frozenset[str] = frozenset()

    def placed(self, element: Element) -> Overlay:
        """With one more."""
        return replace(self.removed(element.mrid), elements=(*self.removed(element.mrid).elements, element))

    def removed(self, mrid: str) -> Overlay:
        """Without one."""
        return replace(self, elements=tuple(one for one in self.elements if one.mrid != mrid))

    def commissioned(self, equipment: str, *, is_commissioned: bool) -> Overlay:
        """With a piece of equipment in or out of the network."""
        change = self.uncommissioned.difference if is_commissioned else self.uncommissioned.union
        return replace(self, uncommissioned=change({equipment}))

    def after(self, kind: str, told: dict[str, Any], equipment: str) -> Overlay:
        """What a journal entry makes of it; entries of other kinds change nothing."""
        if kind == "commissioning":
            return self.commissioned(equipment, is_commissioned=bool(told["is_commissioned"]))
        if kind != "temporary":
            return self
        element = Element.heard(told)
        return self.placed(element) if told["is_placed"] else self.removed(element.mrid)

    def free_slot(self) -> int:
        """The lowest slot nothing stands in."""
        taken = {one.slot for one in self.elements}
        return next(slot for slot in range(len(taken) + 1) if slot not in taken)


@dataclass(frozen=True, eq=False, slots=True)
class Fitted:
    """An overlay on a grid: the grid with room for it, and what it does to the positions."""

    base: Grid
    overlay: Overlay
    grid: Grid
    masked: dict[int, int]  # branch: phases that may conduct
    joined: dict[int, int]  # branch of a slot: phases that do
    grounds: tuple[tuple[int, Element], ...]  # node and element
    missing: tuple[Element, ...]  # not to be found in this version

    def conducting(self, positions: Byte) -> Byte:
        """What conducts with these positions (of the branches of `base`)."""
        if not self.masked and self.grid.branch_count == positions.size:
            return positions
        closed = np.zeros(self.grid.branch_count, np.uint8)
        closed[: positions.size] = positions
        for branch, phases in self.masked.items():
            closed[branch] &= phases
        for branch, phases in self.joined.items():
            closed[branch] = phases
        return frozen(closed)

    def conducting_at(self, branch: int, position: int) -> int:
        """What one branch of the version conducts in a position."""
        return position & self.masked.get(branch, 0xFF)


def fit(base: Grid, overlay: Overlay) -> Fitted:
    """Find the overlay's places in a grid, and join what is to be joined."""
    masked: dict[int, int] = {branch: 0 for mrid in overlay.uncommissioned if (branch := base.branch_index(mrid)) >= 0}
    joins, joined, grounds, missing, cuts = [], {}, [], [], []
    for element in overlay.elements:
        nodes = [node_of(base, place) for place in _places(element)]
        if min(nodes) < 0:
            missing.append(element)
        elif element.kind == CUT:
            branch = base.branch_index(element.place.equipment)
            masked[branch] = masked.get(branch, 0xFF) & ~element.phases & 0xFF
            cuts.append(branch)
        elif element.kind == GROUND:
            grounds.append((nodes[0], element))
        else:
            joins.append(Join(element.slot, element.mrid, element.name, *nodes))
            joined[base.branch_count + element.slot] = element.phases & ABC
    grid = extend(base, joins, cuts)
    return Fitted(base, overlay, grid, masked, joined, tuple(grounds), tuple(missing))


def node_of(grid: Grid, place: Place) -> int:
    """The node of a place: the end of its equipment, else the node by its own mRID; -1 where the grid has neither."""
    branch = grid.branch_index(place.equipment)
    if branch >= 0:
        return int(grid.branch_from[branch] if place.terminal == 1 else grid.branch_to[branch])
    injection = grid.injection_index(place.equipment)
    if injection >= 0:
        return int(grid.injection_node[injection])
    return grid.node_index(place.node) if place.node else -1


def ends_of(grid: Grid, equipment: str, terminal: int = 1) -> list[int]:
    """The nodes of a piece of equipment: of a line or transformer both ends, else the end that is named; empty where there is none."""
    branch = grid.branch_index(equipment)
    if branch >= 0 and not grid.is_switch[branch]:
        return [int(grid.branch_from[branch]), int(grid.branch_to[branch])]
    node = node_of(grid, Place(equipment, terminal))
    return [node] if node >= 0 else []


def _places(element: Element) -> Sequence[Place]:
    return (element.place, element.other) if element.kind == JUMPER else (element.place,)


def advance(before: Energisation, was: Fitted, now: Fitted, positions: Byte, moved: Int) -> Energisation:
    """What is live after switches moved and the overlay changed, from the state before.

    Incremental, except where a slot was emptied or room was added: then nothing of the old forest may be kept.

    Args:
        before: the state under `was`.
        was: the overlay of the state before.
        now: the overlay of the state wanted; of the same version.
        positions: u8[m] of the version's branches, wanted.
        moved: branches whose position differs, at least.
    """
    closed = now.conducting(positions)
    if closed.size != before.closed.size or any(now.joined.get(branch) is None for branch in was.joined):
        return energise(now.grid, closed)
    if _moved_joins(was.grid, now.grid):
        return energise(now.grid, closed)
    touched = {*was.masked, *now.masked, *was.joined, *now.joined}
    changed = np.union1d(np.asarray(moved, np.int32), np.array(sorted(touched), np.int32)).astype(np.int32)
    return reenergise(now.grid, before, closed, changed)


def _moved_joins(was: Grid, now: Grid) -> bool:
    """Whether a slot joins other nodes than before."""
    if not isinstance(was, ExtendedGrid) or not isinstance(now, ExtendedGrid):
        return False
    return any(now.joins.get(slot) != join for slot, join in was.joins.items())


def earthed(fitted: Fitted, energisation: Energisation) -> Bool:
    """Per node, whether it is dead and joined to a ground."""
    found = np.zeros(fitted.grid.node_count, np.bool_)
    for node, _ in fitted.grounds:
        if energisation.live[node] == 0 and not found[node]:
            found[trace.connected(energisation, node).nodes] = True
    return found


def is_earthed(fitted: Fitted, energisation: Energisation, nodes: Sequence[int]) -> bool:
    """Whether each of these nodes is dead and joined to a ground."""
    found = earthed(fitted, energisation)
    return bool(nodes) and all(bool(found[node]) for node in nodes)


def live_grounds(fitted: Fitted, energisation: Energisation) -> list[Element]:
    """Grounds whose node is live on a phase they earth: what must never be."""
    return [element for node, element in fitted.grounds if int(energisation.live[node]) & element.phases]


def out_of_step(fitted: Fitted, energisation: Energisation) -> list[Element]:
    """Generation that runs joined with another source, with which nobody has synchronised it: what must never be."""
    grid, base = fitted.grid, fitted.base
    found = []
    for element in fitted.overlay.elements:
        branch = base.branch_count + element.slot
        if element.kind != GENERATION or branch not in fitted.joined:
            continue
        own = int(grid.source_at[base.node_count + element.slot])
        islands = energisation.source_islands
        if np.count_nonzero(islands == islands[own]) > 1:
            found.append(element)
    return found


Told = tuple[Fitted, Energisation]


def newly(rule: Callable[[Fitted, Energisation], list[Element]], before: Told, after: Told) -> list[Element]:
    """Elements of which a rule (`live_grounds`, `out_of_step`) tells after a change and did not before."""
    known = {one.mrid for one in rule(*before)}
    return [one for one in rule(*after) if one.mrid not in known]
