"""Coordinates of a pandapower net: GeoJSON texts per bus and line."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable
from typing import Any

from network.domain.draft import ModelDraft

_EARTH_M = 6_371_000.0
Point = tuple[float, float]


def set_places(net: Any, draft: ModelDraft, mrid: Callable[..., str]) -> None:
    """Nodes and lines get their coordinates; auxiliary nodes stand beside their bus."""
    for index, points in _courses(net, "bus"):
        node = draft.nodes[mrid("bus", index)]
        node.x, node.y = points[0]
    _place_auxiliary(draft)
    for index, points in _courses(net, "line"):
        branch = draft.branches.get(mrid("line", index))
        if branch and len(points) > 1:
            start, end = draft.nodes[branch.from_node], draft.nodes[branch.to_node]
            is_backwards = _apart(points[0], (start.x, start.y)) > _apart(points[0], (end.x, end.y))
            branch.points = points[::-1] if is_backwards else points
    draft.crs = "EPSG:4326" if _is_geographic(draft) else ""


def _courses(net: Any, table: str) -> list[tuple[Any, list[Point]]]:
    frame = net[table]
    if "geo" not in frame.columns:
        return []
    found = []
    for index, text in frame["geo"].items():
        if isinstance(text, str) and text:
            coordinates = json.loads(text)["coordinates"]
            flat = coordinates if coordinates and isinstance(coordinates[0], list) else [coordinates]
            found.append((index, [(float(x), float(y)) for x, y, *_ in flat]))
    return found


def _place_auxiliary(draft: ModelDraft) -> None:
    """What has no place takes that of the node a switch or transformer joins it to."""
    for _ in range(3):  # switches in a row
        for branch in draft.branches.values():
            if branch.is_switch or branch.cim_class == "PowerTransformer":
                start, end = draft.nodes[branch.from_node], draft.nodes[branch.to_node]
                if start.x is None and end.x is not None:
                    start.x, start.y = end.x, end.y
                elif end.x is None and start.x is not None:
                    end.x, end.y = start.x, start.y


def _apart(one: Point, other: tuple[float | None, float | None]) -> float:
    return math.inf if other[0] is None or other[1] is None else math.dist(one, (other[0], other[1]))


def _is_geographic(draft: ModelDraft) -> bool:
    """Whether the distances between coordinates, read as degrees, are in proportion to the lengths of the lines."""
    ratios = []
    for branch in draft.branches.values():
        start, end = draft.nodes[branch.from_node], draft.nodes[branch.to_node]
        if branch.length_m and start.x is not None and start.y is not None and end.x is not None and end.y is not None:
            if max(abs(start.y), abs(end.y)) > 90 or max(abs(start.x), abs(end.x)) > 180:
                return False
            ratios.append(_metres((start.x, start.y), (end.x, end.y)) / branch.length_m)
    return bool(ratios) and 0.1 < statistics.median(ratios) < 1.5


def _metres(one: Point, other: Point) -> float:
    width = math.radians(other[0] - one[0]) * math.cos(math.radians((one[1] + other[1]) / 2))
    return _EARTH_M * math.hypot(width, math.radians(other[1] - one[1]))
