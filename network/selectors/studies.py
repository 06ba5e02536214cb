"""Studies as their owners see them: the base and the actions, computed on arrays whenever they are asked for."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from adms.core.errors import NotFound
from network.domain import display, supply, temporary, tripping
from network.domain.energisation import Energisation, energise
from network.domain.grid.arrays import Byte, frozen
from network.domain.temporary import Element, Fitted, Overlay
from network.models import Equipment, Study, StudyAction, StudyAnswer
from network.selectors import grids, state
from network.selectors.display import Plane, encode_state


@dataclass(frozen=True, slots=True)
class StudyState:
    """The network in a study: where its switches stand, what of it conducts and what is live; nodes and phases of faults by branch."""

    fitted: Fitted
    positions: Byte
    closed: Byte
    energisation: Energisation
    faults: Mapping[int, list[int]]
    fault_phases: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Difference:
    """A switch that stands otherwise in a study than now, as phase bits; `now` is None where the model has lost it since."""

    mrid: str
    in_study: int
    now: int | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A study with its actions in order, customers, those without supply, what differs from now, and the mRIDs of what is faulted."""

    study: Study
    actions: list[StudyAction]
    customers: int
    customers_out: int
    differences: list[Difference]
    faults: list[str]
    fault_phases: list[int]
    elements: tuple[Element, ...]  # temporary ones that stand in it


def owned(owner: str) -> QuerySet[Study]:
    """The studies of one person that are not discarded, newest first."""
    return _kept().filter(owner=owner)


def shared(reader: str) -> QuerySet[Study]:
    """The studies that others let everybody read, newest first."""
    return _kept().filter(is_shared=True).exclude(owner=reader)


def _kept() -> QuerySet[Study]:
    return Study.objects.select_related("model", "version").filter(discarded_at=None).order_by("-pk")


def find(reader: str, number: int) -> Study:
    """A study that this person may read.

    Raises:
        NotFound: there is none, it is somebody else's who does not share it, or it is discarded.
    """
    found = _kept().filter(Q(owner=reader) | Q(is_shared=True), pk=number).first()
    if found is None:
        raise NotFound(gettext("you have no study %(number)s") % {"number": number}, study=number)
    return found


def shown(reader: str, number: int) -> Shown:
    """A study and what came of it.

    Raises:
        NotFound: as `find`.
    """
    study = find(reader, number)
    reached = state_of(study)
    grid = reached.fitted.grid
    out = supply.customers_out(grid, reached.energisation)
    actions = list(study.actions.order_by("number"))
    faults = [grid.branch_mrid_text(branch) for branch in reached.faults]
    return Shown(
        study,
        actions,
        int(grid.group_customers.sum()),
        out,
        _differences(study, reached),
        faults,
        list(reached.fault_phases.values()),
        reached.fitted.overlay.elements,
    )


def state_of(study: Study) -> StudyState:
    """The base, and every action that is not undone."""
    base = grids.load(study.version.checksum)
    positions = np.frombuffer(zlib.decompress(bytes(study.positions)), np.uint8).copy()
    overlay = unpacked_overlay(study.overlay)
    faulted: dict[int, int] = {}
    for action in held(study):
        branch = base.branch_index(action.equipment_mrid)
        if action.kind == StudyAction.Kind.SWITCH:
            positions[branch] = action.closed_after
        elif action.kind == StudyAction.Kind.FAULT:
            faulted[branch] = action.phases
            for mrid, _, after in action.tripped():
                positions[base.branch_index(mrid)] = after
        elif action.kind == StudyAction.Kind.REPAIR:
            faulted.pop(branch, None)
        else:
            element = Element.heard(action.element)
            is_placed = action.kind == StudyAction.Kind.PLACE
            overlay = overlay.placed(element) if is_placed else overlay.removed(element.mrid)
    fitted = temporary.fit(base, overlay)
    closed = fitted.conducting(frozen(positions))
    energisation = energise(fitted.grid, closed)
    faults = {branch: tripping.fault_nodes(fitted.grid, branch) for branch in faulted}
    return StudyState(fitted, positions, closed, energisation, faults, faulted)


def held(study: Study) -> list[StudyAction]:
    """The actions that are not undone, in order."""
    return list(study.actions.filter(is_undone=False).order_by("number"))


def last_held(study: Study) -> int:
    """Which state a study is in: the row of the last action that is not undone, 0 for the base."""
    rows = study.actions.filter(is_undone=False).order_by("-number").values_list("pk", flat=True)
    return rows.first() or 0


def network_state(study: Study, reached: StudyState) -> state.NetworkState:
    """The study as whoever computes on a state of the network takes it. It has no journal numbers, and nobody doubts a position."""
    return state.NetworkState(
        model=study.model.key,
        model_id=study.model_id,
        version=study.version.number,
        version_id=study.version_id,
        grid=reached.fitted.grid,
        closed=reached.closed,
        energisation=reached.energisation,
        numbers={},
        quality_bad=frozenset(),
        positions=reached.positions,
        fitted=reached.fitted,
    )


def answers(study: Study) -> dict[str, StudyAnswer]:
    """What was asked of a study last, by kind, without what only the map wants."""
    return {one.kind: one for one in study.answers.defer("loading", "voltage")}


def heat(study: Study, kind: str) -> tuple[StudyAnswer | None, bytes]:
    """One byte per branch of its last power flow: kind is "loading" or "voltage"; empty without one."""
    row = study.answers.filter(kind=StudyAnswer.Kind.POWER_FLOW, state=StudyAnswer.State.DONE).first()
    return row, bytes(row.loading if kind == "loading" else row.voltage) if row else b""


def packed_positions(positions: Byte) -> bytes:
    """As a study keeps them."""
    return zlib.compress(positions.tobytes(), 1)


def packed_overlay(overlay: Overlay) -> dict[str, Any]:
    """As a study keeps it."""
    return {
        "elements": [one.told() for one in overlay.elements],
        "uncommissioned": sorted(overlay.uncommissioned),
    }


def unpacked_overlay(told: dict[str, Any]) -> Overlay:
    """What a study keeps."""
    return Overlay(tuple(Element.heard(one) for one in told["elements"]), frozenset(told["uncommissioned"]))


def _differences(study: Study, reached: StudyState) -> list[Difference]:
    """Switches by mRID, in that order."""
    base, present = reached.fitted.base, state.present(study.model.key)
    switches = np.flatnonzero(base.is_switch)
    mrids = [base.branch_mrid_text(int(branch)) for branch in switches]
    there = present.fitted.base.branch_indices(mrids) if mrids else np.empty(0, np.int32)
    now = np.where(there >= 0, present.positions[there], -1)
    found = np.flatnonzero(now != reached.positions[switches])
    told = [
        Difference(mrids[one], int(reached.positions[switches[one]]), int(now[one]) if now[one] >= 0 else None)
        for one in found.tolist()
    ]
    return sorted(told, key=lambda one: one.mrid)


def device(study: Study, branch: int) -> Equipment | None:
    """The element of the study's version at a place of its map."""
    return (
        Equipment.objects.select_related("area").filter(version=study.version_id, is_branch=True, index=branch).first()
    )


def names(study: Study, mrids: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Name and branch by mRID, in the study's version."""
    found = Equipment.objects.filter(version=study.version_id, mrid__in=list(mrids), is_branch=True)
    return {mrid: (name, index) for mrid, name, index in found.values_list("mrid", "name", "index")}


def mrid_of(study: Study, name: str) -> str:
    """The mRID of what is named in a study, by its mRID or by a name only one has; as it is where there is no such thing."""
    rows = Equipment.objects.filter(version=study.version_id)
    found = list(rows.filter(mrid=name)[:1]) or list(rows.filter(name=name)[:2])
    return found[0].mrid if len(found) == 1 else name


def state_file(study: Study) -> bytes:
    """What its map shows: state.bin, one byte per branch of the version."""
    reached = state_of(study)
    earthed = temporary.earthed(reached.fitted, reached.energisation) if reached.fitted.grounds else None
    states = display.state_bytes(reached.fitted.grid, reached.closed, reached.energisation, earthed=earthed)
    return encode_state(Plane(study.model.key, study.version.number, 0, states[: reached.positions.size]))
