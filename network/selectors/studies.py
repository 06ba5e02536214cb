"""Studies as their owners see them: the base and the actions, computed on arrays whenever they are asked for."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import QuerySet

from adms.core.errors import NotFound
from network.domain import display, supply, temporary
from network.domain.energisation import Energisation, energise
from network.domain.grid.arrays import Byte, frozen
from network.domain.temporary import Element, Fitted, Overlay
from network.models import Equipment, Study, StudyAction
from network.selectors import grids, state
from network.selectors.display import Plane, encode_state


@dataclass(frozen=True, slots=True)
class StudyState:
    """The network in a study: where its switches stand, what of it conducts and what is live."""

    fitted: Fitted
    positions: Byte
    closed: Byte
    energisation: Energisation


@dataclass(frozen=True, slots=True)
class Difference:
    """A switch that stands otherwise in a study than now, as phase bits; `now` is None where the model has lost it since."""

    mrid: str
    in_study: int
    now: int | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A study with its actions in order, customers, those without supply, and what differs from now."""

    study: Study
    actions: list[StudyAction]
    customers: int
    customers_out: int
    differences: list[Difference]


def owned(owner: str) -> QuerySet[Study]:
    """The studies of one person that are not discarded, newest first."""
    return Study.objects.select_related("model", "version").filter(owner=owner, discarded_at=None).order_by("-pk")


def find(owner: str, number: int) -> Study:
    """A study of this person.

    Raises:
        NotFound: there is none, it is somebody else's, or it is discarded.
    """
    found = owned(owner).filter(pk=number).first()
    if found is None:
        raise NotFound(f"you have no study {number}", study=number)
    return found


def shown(owner: str, number: int) -> Shown:
    """A study and what came of it.

    Raises:
        NotFound: as `find`.
    """
    study = find(owner, number)
    reached = state_of(study)
    grid = reached.fitted.grid
    out = supply.customers_out(grid, reached.energisation)
    actions = list(study.actions.order_by("number"))
    return Shown(study, actions, int(grid.group_customers.sum()), out, _differences(study, reached))


def state_of(study: Study) -> StudyState:
    """The base, and every action that is not undone."""
    base = grids.load(study.version.checksum)
    positions = np.frombuffer(zlib.decompress(bytes(study.positions)), np.uint8).copy()
    done = study.actions.filter(is_undone=False).order_by("number")
    for mrid, after in done.values_list("equipment_mrid", "closed_after"):
        positions[base.branch_index(mrid)] = after
    fitted = temporary.fit(base, unpacked_overlay(study.overlay))
    closed = fitted.conducting(frozen(positions))
    return StudyState(fitted, positions, closed, energise(fitted.grid, closed))


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


def state_file(study: Study) -> bytes:
    """What its map shows: state.bin, one byte per branch of the version."""
    reached = state_of(study)
    earthed = temporary.earthed(reached.fitted, reached.energisation) if reached.fitted.grounds else None
    states = display.state_bytes(reached.fitted.grid, reached.closed, reached.energisation, earthed=earthed)
    return encode_state(Plane(study.model.key, study.version.number, 0, states[: reached.positions.size]))
