"""What is not as it normally is: switches out of their normal position, temporary elements, equipment that is not commissioned."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from network.domain import phases as ph
from network.domain import temporary
from network.domain.grid import Grid
from network.domain.temporary import Element, Fitted, Place
from network.models import Equipment, JournalEntry, TemporaryElement
from network.selectors import equipment, past
from network.selectors.state import NetworkState


@dataclass(frozen=True, slots=True)
class Unusual:
    """One thing out of the normal: what, since when, by whom, why. `branch` is where the map shows it, -1 if nowhere."""

    kind: str  # switch, cut, jumper, ground, generation, uncommissioned
    mrid: str
    name: str
    equipment_mrid: str
    branch: int
    area: str
    feeder: str
    now: str
    normal: str
    since: dt.datetime | None
    actor: str
    source: str
    reason: str
    is_conflict: bool = False  # a ground that is live
    is_missing: bool = False  # its place is not in this version of the model


def listed(shown: NetworkState, *, at: dt.datetime | None = None, as_known: bool = False) -> list[Unusual]:
    """Everything unusual in a state, the latest first.

    Args:
        shown: the present state, or a past one.
        at: the second of a past one; its journal is read no further.
        as_known: whether `at` is by what was known.
    """
    found = [
        *_switches(shown, at, as_known=as_known),
        *_elements(shown),
        *_uncommissioned(shown, at, as_known=as_known),
    ]
    oldest = dt.datetime.min.replace(tzinfo=dt.UTC)
    return sorted(found, key=lambda one: (one.since or oldest, one.name), reverse=True)


def elements(model_id: int, mrids: list[str]) -> dict[str, TemporaryElement]:
    """Rows of temporary elements, gone ones too."""
    rows = TemporaryElement.objects.select_related("area").filter(model_id=model_id, mrid__in=mrids)
    return {row.mrid: row for row in rows}


def site(fitted: Fitted, element: Element) -> int:
    """The branch at which an element is shown."""
    branch = fitted.base.branch_index(element.place.equipment)
    if branch >= 0:
        return branch
    return branch_at(fitted.base, temporary.node_of(fitted.base, element.place))


def branch_of(grid: Grid, mrid: str) -> int:
    """Where equipment is shown: the branch that it is, or one at the node on which it hangs; -1 where it is not in the network."""
    branch, injection = grid.branch_index(mrid), grid.injection_index(mrid)
    return branch if branch >= 0 or injection < 0 else branch_at(grid, int(grid.injection_node[injection]))


def branch_at(grid: Grid, node: int) -> int:
    """A branch that ends at a node; -1 where none does."""
    return int(grid.adj_branch[grid.indptr[node]]) if node >= 0 and grid.indptr[node + 1] > grid.indptr[node] else -1


def _switches(shown: NetworkState, at: dt.datetime | None, *, as_known: bool) -> list[Unusual]:
    grid = shown.fitted.base
    away = np.flatnonzero(grid.is_switch & (shown.positions != grid.normal_closed))
    mrids = [grid.branch_mrid_text(int(branch)) for branch in away]
    rows = _equipment(shown.version_id, mrids)
    latest = _latest(shown.model_id, "position", mrids, at, as_known=as_known)
    return [
        _switch(shown, rows[mrid], int(branch), latest.get(mrid))
        for mrid, branch in zip(mrids, away.tolist(), strict=True)
        if mrid in rows
    ]


def _switch(shown: NetworkState, row: Equipment, branch: int, entry: JournalEntry | None) -> Unusual:
    stands, normal = int(shown.positions[branch]), int(shown.fitted.base.normal_closed[branch])
    return Unusual(
        kind="switch",
        mrid=row.mrid,
        name=row.name,
        equipment_mrid=row.mrid,
        branch=branch,
        area=row.area.name,
        feeder=row.feeder,
        now=equipment.position_word(stands, row.phases),
        normal=equipment.position_word(normal, row.phases),
        since=entry.occurred_at if entry else None,
        actor=entry.actor if entry else "",
        source=entry.source if entry else "model",
        reason=entry.reason if entry else "so in the model's files",
    )


def _elements(shown: NetworkState) -> list[Unusual]:
    fitted = shown.fitted
    stored = elements(shown.model_id, [one.mrid for one in fitted.overlay.elements])
    named = _equipment(
        shown.version_id, [p.equipment for one in fitted.overlay.elements for p in (one.place, one.other)]
    )
    live = {one.mrid for one in temporary.live_grounds(fitted, shown.energisation)}
    missing = {one.mrid for one in fitted.missing}
    return [
        _element(shown, one, stored[one.mrid], named, is_conflict=one.mrid in live, is_missing=one.mrid in missing)
        for one in fitted.overlay.elements
        if one.mrid in stored
    ]


def _element(
    shown: NetworkState,
    one: Element,
    row: TemporaryElement,
    named: dict[str, Equipment],
    *,
    is_conflict: bool,
    is_missing: bool,
) -> Unusual:
    at = named.get(one.place.equipment)
    return Unusual(
        kind=one.kind,
        mrid=one.mrid,
        name=one.name,
        equipment_mrid=one.place.equipment,
        branch=site(shown.fitted, one),
        area=row.area.name,
        feeder=at.feeder if at else "",
        now=words(one, named),
        normal="not there",
        since=row.placed_at,
        actor=row.placed_by,
        source=row.source,
        reason=row.reason,
        is_conflict=is_conflict,
        is_missing=is_missing,
    )


def words(one: Element, named: dict[str, Equipment]) -> str:
    """Where an element is, in words: "cut in L2", "jumper from end 2 of L2 to end 1 of L7, A"."""

    def end(place: Place) -> str:
        row = named.get(place.equipment)
        return f"end {place.terminal} of {row.name if row else place.equipment}"

    label = {"cut": "cut", "jumper": "jumper", "ground": "earthed", "generation": "feeds in"}[one.kind]
    if one.kind == "cut":
        row = named.get(one.place.equipment)
        where = f"in {row.name if row else one.place.equipment}"
    elif one.kind == "jumper":
        where = f"from {end(one.place)} to {end(one.other)}"
    else:
        where = f"at {end(one.place)}"
    return f"{label} {where}" + ("" if one.phases & ph.ABC == ph.ABC else f", {ph.text(one.phases)} only")


def _uncommissioned(shown: NetworkState, at: dt.datetime | None, *, as_known: bool) -> list[Unusual]:
    mrids = sorted(shown.fitted.overlay.uncommissioned)
    rows = _equipment(shown.version_id, mrids)
    latest = _latest(shown.model_id, "commissioning", mrids, at, as_known=as_known)
    return [
        Unusual(
            kind="uncommissioned",
            mrid=mrid,
            name=rows[mrid].name,
            equipment_mrid=mrid,
            branch=rows[mrid].index,
            area=rows[mrid].area.name,
            feeder=rows[mrid].feeder,
            now=f"not commissioned, {latest[mrid].data.get('life', '').replace('_', ' ')}",
            normal="commissioned",
            since=latest[mrid].occurred_at,
            actor=latest[mrid].actor,
            source=latest[mrid].source,
            reason=latest[mrid].reason,
        )
        for mrid in mrids
        if mrid in rows and mrid in latest
    ]


def _equipment(version_id: int, mrids: list[str]) -> dict[str, Equipment]:
    rows = Equipment.objects.select_related("area").filter(version_id=version_id, mrid__in=mrids)
    return {row.mrid: row for row in rows}


def _latest(
    model_id: int, kind: str, mrids: list[str], at: dt.datetime | None, *, as_known: bool
) -> dict[str, JournalEntry]:
    """The latest entry of each, up to a second."""
    entries = JournalEntry.objects.filter(model_id=model_id, kind=kind, equipment_mrid__in=mrids)
    if at is not None:
        entries = entries.filter(**{f"{past.clock_of(as_known=as_known)}__lte": at})
    rows: Any = entries.order_by("equipment_mrid", "-pk").distinct("equipment_mrid")
    return {row.equipment_mrid: row for row in rows}
