"""Coordinates: PositionPoints of Locations become the course of branches and the place of nodes.

The first and the last point of a branch are at its terminals 1 and 2 (OpenDSS exports write one point per terminal). A node without
any takes the point of its substation.
"""

from __future__ import annotations

import re
from collections import defaultdict

from integration.cim.models import own
from integration.cim.models.build import Build

_EPSG = re.compile(r"EPSG:[\d.]*:?(\d{4,6})$", re.IGNORECASE)
Point = tuple[float, float]


def set_places(build: Build) -> None:
    """Nodes and branches of the draft get their coordinates; the coordinate system only where it is a known one."""
    build.draft.crs = _known_system(build)
    points = _points_by_location(build)
    if build.draft.crs == "EPSG:4326":
        points = _upright(build, points)
    located = [(key, points[location]) for key, location in _locations(build) if location in points]
    for key, course in located:
        _place(build, key, course)
    _place_by_container(build, located)


def _known_system(build: Build) -> str:
    for _, system in build.store.of_class("CoordinateSystem"):
        found = _EPSG.search(system.text.get("CoordinateSystem.crsUrn", ""))
        if found:
            return f"EPSG:{found.group(1)}"
    return ""


def _points_by_location(build: Build) -> dict[str, list[Point]]:
    numbered: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for _, point in build.store.of_class("PositionPoint"):
        x, y = point.number("PositionPoint.xPosition"), point.number("PositionPoint.yPosition")
        location = point.refs.get("PositionPoint.Location")
        if location and x is not None and y is not None:
            number = point.number("PositionPoint.sequenceNumber")
            numbered[location].append((len(numbered[location]) if number is None else number, x, y))
    return {location: [(x, y) for _, x, y in sorted(points)] for location, points in numbered.items()}


def _upright(build: Build, points: dict[str, list[Point]]) -> dict[str, list[Point]]:
    """Longitude and latitude in the wrong order can be seen where a "latitude" is beyond the pole."""
    if not any(abs(y) > 90 for course in points.values() for _, y in course):
        return points
    build.store.findings.add("warning", "axes_swapped", "latitudes beyond 90 degrees: x and y were exchanged")
    return {location: [(y, x) for x, y in course] for location, course in points.items()}


def _locations(build: Build) -> list[tuple[str, str]]:
    """Equipment and its location; either side may name the other."""
    pairs = [
        (key, record.refs["PowerSystemResource.Location"])
        for key, record in build.store.objects.items()
        if "PowerSystemResource.Location" in record.refs
    ]
    for location_key, record in build.store.of_class("Location"):
        named = record.refs.get("Location.PowerSystemResources", "").split()
        pairs += [(key, location_key) for key in named if key in build.store.objects]
    return pairs


def _place(build: Build, key: str, course: list[Point]) -> None:
    ends = build.ends.get(key, ())
    for end, point in zip(ends, (course[0], course[-1]), strict=False):
        node = build.draft.nodes[end.node]
        if node.x is None:
            node.x, node.y = point
    branch = build.draft.branches.get(build.store.objects[key].id)
    if branch and own.COURSE in build.store.objects[key].text:
        branch.points = own.course(build.store.objects[key])
    elif branch and len(course) > 1 and len(ends) > 1 and len(set(course)) > 1:
        branch.points = course if branch.from_node == ends[0].node else course[::-1]


def _place_by_container(build: Build, located: list[tuple[str, list[Point]]]) -> None:
    of_container = {build.store.objects[key].id: course[0] for key, course in located}
    for node in build.draft.nodes.values():
        container = build.draft.containers.get(node.container_mrid)
        while node.x is None and container is not None:
            if container.mrid in of_container:
                node.x, node.y = of_container[container.mrid]
            container = build.draft.containers.get(container.parent_mrid)
