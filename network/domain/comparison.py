"""What differs between two versions of a network model: a pure function of their contents.

1. Objects by mRID: added, removed, changed (attribute, old, new), by class; places of nodes and courses of lines count as attributes.
2. Connections: equipment whose ends are on other nodes.
3. Normally open points: switches whose normal position is another one, by phase; also of switches that came or went.
4. Customers: added, removed, moved to another service transformer; feeders whose number of customers is another one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from network.domain import phases as ph
from network.domain.draft import ModelDraft
from network.domain.grid import Grid

KINDS = ("added", "removed", "changed", "connection", "normal_open", "customer", "feeder")
Values = tuple[str, Any, Any]  # attribute, old, new


class Row(NamedTuple):
    """One piece of equipment as it is stored beside the grid."""

    mrid: str
    name: str
    cim_class: str
    is_branch: bool
    place: int
    attributes: Mapping[str, Any]


@dataclass(slots=True)
class Contents:
    """A version: its grid, its equipment by mRID, and for each usage point the equipment that supplies it."""

    grid: Grid
    equipment: dict[str, Row]
    supplied: dict[str, str]


@dataclass(slots=True)
class Change:
    """One difference. `branch` is its place in the new grid, `branch_before` in the old one, -1 where it has none."""

    kind: str
    cim_class: str
    mrid: str
    name: str
    values: list[Values] = field(default_factory=list)
    branch: int = -1
    branch_before: int = -1


@dataclass(slots=True)
class Comparison:
    """All differences in the order of KINDS, and how many there are by kind and class."""

    changes: list[Change]
    counts: dict[str, dict[str, int]]

    @property
    def lost_open_points(self) -> list[Change]:
        """Switches normally open before that are closed on some phase or gone now."""
        return [one for one in self.changes if one.kind == "normal_open" and _is_lost(one)]


def contents_of(grid: Grid, rows: Iterable[Row], supplied: Mapping[str, str]) -> Contents:
    """What `compare` needs of a version."""
    return Contents(grid, {row.mrid: row for row in rows}, dict(supplied))


def contents_of_draft(draft: ModelDraft, grid: Grid) -> Contents:
    """The same of a draft and the grid compiled from it; attributes as they would be stored."""
    rows = [
        Row(mrid, one.name, one.cim_class, True, grid.branch_index(mrid), attributes_of(one))  # noqa: FBT003
        for mrid, one in draft.branches.items()
    ]
    rows += [
        Row(mrid, one.name, one.cim_class, False, grid.injection_index(mrid), {"p_kw": one.p_kw, "q_kvar": one.q_kvar})  # noqa: FBT003
        for mrid, one in draft.injections.items()
    ]
    return contents_of(grid, rows, {mrid: point.equipment_mrid for mrid, point in draft.usage_points.items()})


def attributes_of(branch: Any) -> dict[str, Any]:
    """What is stored of a branch beside the grid: its ratings and length, and what else its file said."""
    ratings = {"rated_a": branch.rated_a, "rated_kva": branch.rated_kva, "length_m": branch.length_m}
    known: dict[str, Any] = {key: value for key, value in ratings.items() if value is not None}
    return {**known, **branch.attributes}


def compare(old: Contents, new: Contents) -> Comparison:
    """All that differs between two versions; 100 000 objects take a second or two."""
    changes = _objects(old, new) + _nodes(old.grid, new.grid) + _connections(old, new) + _normal_open(old, new)
    changes += _customers(old, new) + _feeders(old.grid, new.grid)
    changes.sort(key=lambda one: KINDS.index(one.kind))
    counts: dict[str, Counter[str]] = {}
    for one in changes:
        counts.setdefault(one.kind, Counter())[one.cim_class] += 1
    return Comparison(changes, {kind: dict(found.most_common()) for kind, found in counts.items()})


def _change(kind: str, row: Row, values: list[Values], before: Row | None = None) -> Change:
    """A difference of a piece of equipment; of what is gone only the place in the old grid is known."""
    new, old = (None, row) if kind == "removed" else (row, before)
    return Change(kind, row.cim_class, row.mrid, row.name, values, _branch(new), _branch(old))


def _branch(row: Row | None) -> int:
    return row.place if row is not None and row.is_branch else -1


def _objects(old: Contents, new: Contents) -> list[Change]:
    found = [_change("added", row, []) for mrid, row in new.equipment.items() if mrid not in old.equipment]
    for mrid, before in old.equipment.items():
        row = new.equipment.get(mrid)
        if row is None:
            found.append(_change("removed", before, []))
        elif values := _values(old.grid, before, new.grid, row):
            found.append(_change("changed", row, values, before))
    return found


def _values(old: Grid, before: Row, new: Grid, row: Row) -> list[Values]:
    """Attributes that differ, by name."""
    values: list[Values] = []
    if before.name != row.name:
        values.append(("name", before.name, row.name))
    if before.cim_class != row.cim_class:
        values.append(("class", before.cim_class, row.cim_class))
    if before.attributes != row.attributes:
        for key in sorted(before.attributes.keys() | row.attributes.keys()):
            was, now = before.attributes.get(key), row.attributes.get(key)
            if was != now:
                values.append((key, was, now))
    was_phases, phases = _phases(old, before), _phases(new, row)
    if was_phases != phases:
        values.append(("phases", ph.text(was_phases), ph.text(phases)))
    if before.is_branch and row.is_branch:
        was_course, course = old.course(before.place), new.course(row.place)
        if not np.array_equal(was_course, course):
            moved = " elsewhere" if len(course) == len(was_course) else ""
            values.append(("course", f"{len(was_course)} points", f"{len(course)} points{moved}"))
    return values


def _phases(grid: Grid, row: Row) -> int:
    phases = grid.branch_phases if row.is_branch else grid.injection_phases
    return int(phases[row.place])


def _nodes(old: Grid, new: Grid) -> list[Change]:
    """Nodes by mRID: their voltage and place."""
    found: list[Change] = []
    at = {mrid: index for index, mrid in enumerate(old.node_mrid.tolist())}
    common: list[tuple[int, int]] = []
    for index, mrid in enumerate(new.node_mrid.tolist()):
        before = at.pop(mrid, None)
        if before is None:
            found.append(Change("added", "ConnectivityNode", mrid.decode(), mrid.decode()))
        else:
            common.append((before, index))
    found += [Change("removed", "ConnectivityNode", mrid.decode(), mrid.decode()) for mrid in at]
    if common:
        found += _nodes_changed(old, new, np.array(common))
    return found


def _nodes_changed(old: Grid, new: Grid, common: np.ndarray[Any, np.dtype[np.int64]]) -> list[Change]:
    was, now = common[:, 0], common[:, 1]
    columns = {
        "nominal_v": (old.node_nominal_v[was], new.node_nominal_v[now]),
        "x": (old.node_x[was], new.node_x[now]),
        "y": (old.node_y[was], new.node_y[now]),
    }
    differs = {name: ~((a == b) | (np.isnan(a) & np.isnan(b))) for name, (a, b) in columns.items()}
    found = []
    for i in np.flatnonzero(np.logical_or.reduce(list(differs.values()))).tolist():
        mrid = new.node_mrid_text(int(now[i]))
        values = [(name, _plain(a[i]), _plain(b[i])) for name, (a, b) in columns.items() if differs[name][i]]
        found.append(Change("changed", "ConnectivityNode", mrid, mrid, values))
    return found


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _connections(old: Contents, new: Contents) -> list[Change]:
    found = []
    for mrid, row in new.equipment.items():
        before = old.equipment.get(mrid)
        if before is None or before.is_branch != row.is_branch:
            continue
        was, now = _ends(old.grid, before), _ends(new.grid, row)
        if was != now:
            listed = zip(("from", "to"), was, now, strict=False)
            values = [(end, a.decode(), b.decode()) for end, a, b in listed if a != b]
            found.append(_change("connection", row, values, before))
    return found


def _ends(grid: Grid, row: Row) -> list[bytes]:
    if not row.is_branch:
        return [bytes(grid.node_mrid[grid.injection_node[row.place]])]
    return [bytes(grid.node_mrid[node]) for node in (grid.branch_from[row.place], grid.branch_to[row.place])]


def _normal_open(old: Contents, new: Contents) -> list[Change]:
    """Switches whose normal position is another one; those that come or go count if they are normally open on some phase."""
    found = []
    was_open, is_open = _open_points(old), _open_points(new)
    for mrid in was_open.keys() | is_open.keys():
        row, before = new.equipment.get(mrid), old.equipment.get(mrid)
        was, now = _position(before, was_open.get(mrid, 0)), _position(row, is_open.get(mrid, 0))
        if was != now:
            known = row or before
            assert known is not None  # noqa: S101 - it is open in one of the two
            change = _change("normal_open" if row else "removed", known, [("normal position", was, now)], before)
            change.kind = "normal_open"
            found.append(change)
    return sorted(found, key=lambda one: one.name)


def _open_points(contents: Contents) -> dict[str, int]:
    """By mRID of a switch the phases on which it is normally open."""
    grid = contents.grid
    carried = grid.branch_phases & ph.ABC
    missing = np.where(grid.is_switch, carried & ~grid.normal_closed, 0)
    return {grid.branch_mrid_text(int(branch)): int(missing[branch]) for branch in np.flatnonzero(missing)}


def _position(row: Row | None, open_phases: int) -> str | None:
    if row is None:
        return None
    return f"open on {ph.text(open_phases)}" if open_phases else "closed"


def _is_lost(change: Change) -> bool:
    _, was, now = change.values[0]
    return bool(was and was.startswith("open")) and not (now and now.startswith("open"))


def _customers(old: Contents, new: Contents) -> list[Change]:
    found = []
    for mrid, equipment in new.supplied.items():
        was = old.supplied.get(mrid)
        if was != equipment:
            values: list[Values] = [("transformer", was and _name(old, was), _name(new, equipment))]
            found.append(_customer(old, new, mrid, values, was, equipment))
    for mrid, was in old.supplied.items():
        if mrid not in new.supplied:
            found.append(_customer(old, new, mrid, [("transformer", _name(old, was), None)], was, None))
    return found


def _customer(
    old: Contents, new: Contents, mrid: str, values: list[Values], was: str | None, now: str | None
) -> Change:
    before, row = old.equipment.get(was or ""), new.equipment.get(now or "")
    return Change("customer", "UsagePoint", mrid, mrid, values, _branch(row), _branch(before))


def _name(contents: Contents, mrid: str) -> str:
    row = contents.equipment.get(mrid)
    return row.name if row else mrid


def _feeders(old: Grid, new: Grid) -> list[Change]:
    """Customers by feeder as built, where their number is another one."""
    was, now = _by_feeder(old), _by_feeder(new)
    return [
        Change("feeder", "Feeder", name, name or "no feeder", [("customers", was.get(name, 0), now.get(name, 0))])
        for name in sorted(was.keys() | now.keys())
        if was.get(name, 0) != now.get(name, 0)
    ]


def _by_feeder(grid: Grid) -> dict[str, int]:
    labels = grid.node_feeder_label
    totals = np.bincount(labels + 1, weights=grid.node_customers, minlength=grid.feeder_label_name.size + 1)
    names = ["", *(name.decode() for name in grid.feeder_label_name.tolist())]
    found: Counter[str] = Counter()
    for name, total in zip(names, totals.tolist(), strict=True):
        found[name] += int(total)
    return {name: total for name, total in found.items() if total}
