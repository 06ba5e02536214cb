"""The present state of the operated network in this process: follows the journal by number.

Positions of switches, temporary elements and commissioning all come by the journal; what of it conducts is `NetworkState.closed`.

`present(model)` returns an immutable NetworkState. It asks PostgreSQL for the counters of the model's areas (one small query) and,
where they moved, reads the missing journal entries and re-energises incrementally. Inside a transaction the newer state is kept
for the process only once the transaction has committed, so a roll-back leaves no trace.
"""

import datetime as dt
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from adms.core.errors import NotFound
from adms.core.models import ControlArea
from network.domain import temporary
from network.domain.energisation import Energisation, energise
from network.domain.grid import Grid
from network.domain.temporary import Element, Fitted, Overlay, Place
from network.models import Commissioning, Equipment, JournalEntry, ModelVersion, SwitchState, TemporaryElement
from network.selectors import grids, past


@dataclass(frozen=True, slots=True)
class NetworkState:
    """Grid, switch positions (u8 phase bits per branch) and what is live, as of `numbers` (journal number per area id).

    `grid` is the version's with room for what temporary elements join to it (`fitted`); its first `positions.size` branches are the
    version's. `positions` is where switches stand, `closed` what conducts: they differ at cuts and at what is not commissioned.
    """

    model: str
    model_id: int
    version: int
    version_id: int
    grid: Grid
    closed: NDArray[np.uint8]
    energisation: Energisation
    numbers: dict[int, int]
    quality_bad: frozenset[int]  # branches whose position is of bad quality
    positions: NDArray[np.uint8]
    fitted: Fitted

    @property
    def sequence(self) -> int:
        """One number that grows with every change of any area of the model."""
        return sum(self.numbers.values())


_states: dict[str, NetworkState] = {}
_lock = threading.Lock()
BAD = {"suspect", "stale", "failed"}
FOLLOWED = ("position", "temporary", "commissioning")


def present(model: str) -> NetworkState:
    """The state of a model as of now (of the surrounding transaction).

    Raises:
        NotFound: if no version of it is published.
    """
    head = _published(model)
    with _lock:
        known = _waiting(model) or _states.get(model)
    numbers = _numbers(head["id"])
    if known is not None and known.version_id == head["id"]:
        if known.numbers == numbers:
            return known
        newer = _advance(known, numbers)
    else:
        newer = _from_snapshot(model, head, numbers)
    if connection.in_atomic_block:
        transaction.on_commit(_Newer(newer))
    else:
        _keep(newer)
    return newer


@dataclass(frozen=True, slots=True)
class _Newer:
    """A state read in a transaction, kept when that commits; gone where the savepoint it was read in is rolled back."""

    state: NetworkState

    def __call__(self) -> None:
        _keep(self.state)


def _waiting(model: str) -> NetworkState | None:
    """What this transaction has read already: to follow a movement anew for every question of a batch costs more than the answers."""
    found = (entry[1] for entry in reversed(connection.run_on_commit))
    return next((one.state for one in found if isinstance(one, _Newer) and one.state.model == model), None)


def normal(model: str) -> tuple[Grid, NDArray[np.uint8]]:
    """Grid and normal switch positions of the published version."""
    grid = grids.load(_published(model)["checksum"])
    return grid, grid.normal_closed


def as_known_at(model: str, at: dt.datetime, *, by_field_time: bool = True) -> tuple[Grid, NDArray[np.uint8]]:
    """Grid and what of it conducted at a past moment, rebuilt from the journal.

    `by_field_time` asks what was true in the field then (`occurred_at`); otherwise what was known then (`recorded_at`).
    """
    then = past_state(model, at, past.clock_of(as_known=not by_field_time))
    return then.grid, then.closed


def past_state(model: str, at: dt.datetime, clock: past.Clock) -> NetworkState:
    """The whole state at a past moment, in the arrays of the version published now. It has no journal numbers."""
    head = _published(model)
    grid = grids.load(head["checksum"])
    stood = past.positions(head["model_id"], grid, at, clock, BAD)
    fitted = temporary.fit(grid, past.overlay(head["model_id"], at, clock))
    closed = fitted.conducting(stood.positions)
    return NetworkState(
        model=model,
        model_id=head["model_id"],
        version=head["number"],
        version_id=head["id"],
        grid=fitted.grid,
        closed=closed,
        energisation=energise(fitted.grid, closed),
        numbers={},
        quality_bad=stood.bad,
        positions=stood.positions,
        fitted=fitted,
    )


def published_model_id(model: str) -> int:
    """The row of a model that has a published version.

    Raises:
        NotFound: if no version of it is published.
    """
    return int(_published(model)["model_id"])


def published_version_id(model: str) -> int:
    """The row of the published version of a model.

    Raises:
        NotFound: if no version of it is published.
    """
    return int(_published(model)["id"])


def models() -> list[str]:
    """Keys of the models that have a published version."""
    published = ModelVersion.objects.filter(state="published").order_by("model__key")
    return list(published.values_list("model__key", flat=True))


def forget() -> None:
    """Drop what this process holds (tests, and a model that was unpublished)."""
    connection.run_on_commit = [entry for entry in connection.run_on_commit if not isinstance(entry[1], _Newer)]
    with _lock:
        _states.clear()


def areas_of(version_id: int) -> list[int]:
    """Ids of the control areas a version's equipment lies in."""
    with _lock:
        if version_id not in _areas:
            noted = ModelVersion.objects.filter(pk=version_id).values_list("summary__areas", flat=True).first()
            _areas[version_id] = noted or _areas_by_equipment(version_id)
        return _areas[version_id]


def _areas_by_equipment(version_id: int) -> list[int]:
    """Of a version that was stored before versions noted their areas."""
    rows = Equipment.objects.filter(version_id=version_id).order_by("area_id")
    return list(rows.values_list("area_id", flat=True).distinct())


_areas: dict[int, list[int]] = {}


def _published(model: str) -> dict[str, Any]:
    fields = ("id", "number", "model_id", "checksum")
    head = ModelVersion.objects.filter(model__key=model, state="published").values(*fields).first()
    if head is None:
        raise NotFound(_("no network model %(model)s is published") % {"model": f"{model!r}"}, model=model)
    return dict(head)


def _numbers(version_id: int) -> dict[int, int]:
    ids = areas_of(version_id)
    return dict(ControlArea.objects.filter(pk__in=ids).values_list("pk", "journal_number"))


def _keep(state: NetworkState) -> None:
    with _lock:
        known = _states.get(state.model)
        if known is None or known.version_id != state.version_id or known.sequence < state.sequence:
            _states[state.model] = state


def _from_snapshot(model: str, head: dict[str, Any], numbers: dict[int, int]) -> NetworkState:
    """Positions of the file, overlaid by the present position of each switch that ever moved."""
    grid = grids.load(head["checksum"])
    closed = grid.initial_closed.copy()
    bad = set()
    states = SwitchState.objects.filter(model_id=head["model_id"])
    for mrid, position, quality in states.values_list("equipment_mrid", "closed_phases", "quality"):
        branch = grid.branch_index(mrid)
        if branch >= 0:
            closed[branch] = position
            if quality in BAD:
                bad.add(branch)
    closed.setflags(write=False)
    fitted = temporary.fit(grid, overlay(head["model_id"]))
    conducting = fitted.conducting(closed)
    return NetworkState(
        model,
        head["model_id"],
        head["number"],
        head["id"],
        fitted.grid,
        conducting,
        energise(fitted.grid, conducting),
        numbers,
        frozenset(bad),
        closed,
        fitted,
    )


def overlay(model_id: int) -> Overlay:
    """What lies over a model now."""
    rows = TemporaryElement.objects.filter(model_id=model_id, removed_at=None).order_by("pk")
    out = Commissioning.objects.filter(model_id=model_id, is_commissioned=False)
    return Overlay(tuple(element(row) for row in rows), frozenset(out.values_list("equipment_mrid", flat=True)))


def element(row: TemporaryElement) -> Element:
    """A row as the domain knows it."""
    place = Place(row.equipment_mrid, row.terminal, row.node_mrid)
    other = Place(row.other_equipment_mrid, row.other_terminal, row.other_node_mrid)
    return Element(row.mrid, row.kind, row.name, row.phases, place, other, row.slot, row.fraction)


def _advance(known: NetworkState, numbers: dict[int, int]) -> NetworkState:
    """The same version, some journal entries later."""
    closed = known.positions.copy()
    bad = set(known.quality_bad)
    over = known.fitted.overlay
    changed: list[int] = []
    for area_id, number in numbers.items():
        if number <= known.numbers.get(area_id, 0):
            continue
        entries = JournalEntry.objects.filter(
            area_id=area_id, number__gt=known.numbers.get(area_id, 0), number__lte=number, kind__in=FOLLOWED
        )
        rows = entries.filter(model_id=known.model_id).order_by("number")
        for kind, mrid, after, quality, told in rows.values_list(
            "kind", "equipment_mrid", "closed_after", "quality", "data"
        ):
            over = over.after(kind, told, mrid)
            branch = known.fitted.base.branch_index(mrid)
            if kind != "position" or branch < 0:
                continue
            closed[branch] = after or 0
            changed.append(branch)
            (bad.add if quality in BAD else bad.discard)(branch)
    closed.setflags(write=False)
    fitted = known.fitted if over == known.fitted.overlay else temporary.fit(known.fitted.base, over)
    moved = np.array(changed, dtype=np.int32)
    return NetworkState(
        known.model,
        known.model_id,
        known.version,
        known.version_id,
        fitted.grid,
        fitted.conducting(closed),
        temporary.advance(known.energisation, known.fitted, fitted, closed, moved),
        numbers,
        frozenset(bad),
        closed,
        fitted,
    )
