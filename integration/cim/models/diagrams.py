"""Positions that the model has of its own: DiagramObjects with their points, by diagram.

A terminal's object is the wire from its equipment to its node. y grows downwards on our sheets, as CIM's negative orientation says;
what is drawn the other way round is turned over.
"""

from __future__ import annotations

from collections import defaultdict

from integration.cim.models.build import Build
from integration.cim.models.store import Record
from network.domain.draft import Drawn

_OBJECT = "DiagramObjectPoint.DiagramObject"
_X, _Y, _NUMBER = (f"DiagramObjectPoint.{name}" for name in ("xPosition", "yPosition", "sequenceNumber"))


def build_diagrams(build: Build) -> None:
    """What of the draft's equipment and nodes stands where, by mRID of the diagram."""
    points = _points(build)
    wires = {
        end.terminal.id: (build.store.objects[key].id, end.node)
        for key, ends in build.ends.items()
        if key in build.store.objects
        for end in ends
    }
    for key, record in build.store.of_class("DiagramObject"):
        meant = build.store.follow(record, "DiagramObject.IdentifiedObject")
        diagram = build.store.follow(record, "DiagramObject.Diagram")
        if meant is None or diagram is None or key not in points:
            continue
        mrid, node = wires.get(meant.id, (meant.id, ""))
        course = [(x, _height(diagram, y)) for x, y in points[key]]
        rotation = record.number("DiagramObject.rotation")
        build.draft.diagrams.setdefault(diagram.id, []).append(Drawn(mrid, course, rotation, node))


def _points(build: Build) -> dict[str, list[tuple[float, float]]]:
    numbered: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for _, point in build.store.of_class("DiagramObjectPoint"):
        x, y, number = point.number(_X), point.number(_Y), point.number(_NUMBER)
        owner = point.refs.get(_OBJECT)
        if owner and x is not None and y is not None:
            numbered[owner].append((len(numbered[owner]) if number is None else number, x, y))
    return {owner: [(x, y) for _, x, y in sorted(found)] for owner, found in numbered.items()}


def _height(diagram: Record, y: float) -> float:
    said = diagram.refs.get("Diagram.orientation", "") + diagram.text.get("Diagram.orientation", "")
    return -y if said.lower().endswith("positive") else y
