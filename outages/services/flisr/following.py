"""What FLISR hears: devices that trip, come back or lock out, and what became of its own steps."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction

from adms.core import runtime_settings
from adms.core.events import Recorded
from network.domain.phases import ABC
from network.domain.phrases import phrase
from network.events import EnergisationChanged, MeasurementsChanged, OperationEnded, SwitchPositionChanged
from network.selectors import dead_area, equipment, state
from outages.domain.flisr import life, modes
from outages.models import FlisrEvent
from outages.services.flisr import expected, hearing, record, rings, settings
from outages.services.flisr import modes as setting

_HELD_OFF = {modes.DISABLED}


def follow(*, batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Take facts of the network in their order."""
    for recorded in batch:
        fact = recorded.event
        if isinstance(fact, EnergisationChanged):
            _energisation(fact, recorded.area, at)
        elif isinstance(fact, SwitchPositionChanged):
            _position(fact, at)
        elif isinstance(fact, OperationEnded):
            hearing.hear(operation_id=fact.operation_id, at=at)
        elif isinstance(fact, MeasurementsChanged):
            _measurements(fact, at)


def _energisation(fact: EnergisationChanged, area: str, at: dt.datetime) -> None:
    """A protective device that opened by itself and took supply is watched."""
    is_trip = fact.is_protective and fact.lost and not fact.is_commanded and fact.source == "scada"
    if not is_trip:
        return
    present = state.present(fact.model)
    branch = present.grid.branch_index(fact.equipment_mrid)
    if branch < 0 or is_back(present, branch):
        return
    dead = dead_area.behind(present, branch)
    head = _head(dead, branch)
    head_mrid = present.grid.branch_mrid_text(head)
    mode = setting.effective(model=fact.model, area=area, feeder_mrid=head_mrid)
    if mode in _HELD_OFF or _is_within_another(present, fact, at):
        return
    customers = sum(int(present.grid.node_customers[node]) for node, _ in fact.lost)
    found = equipment.find(fact.equipment_mrid, fact.model)
    row = FlisrEvent(
        area=found.area,
        model_key=fact.model,
        device_mrid=fact.equipment_mrid,
        device_name=fact.name,
        feeder_mrid=head_mrid,
        feeder=present.grid.feeder_name(head) or found.feeder,
        mode=mode,
        state=life.WATCHING,
        trigger="trip",
        tripped_at=fact.occurred_at,
        next_at=fact.occurred_at + dt.timedelta(seconds=float(runtime_settings.get(settings.RECLOSE))),
        before={
            "customers": customers,
            **dead_area.loads_before(present, head),
            "share": expected.share_before(present, dead, fact.occurred_at),
        },
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return  # it is watched already
    told = phrase("tripped", device=fact.name, customers=customers)
    record.note(row, "tripped", told, fact.occurred_at)
    record.tell(row, at)


def _head(area: dead_area.DeadArea, branch: int) -> int:
    """The head of the feeder a device is in: of the one it was fed by, or itself."""
    heads = area.before.feeder[area.nodes]
    return int(heads[0]) if heads.size and heads[0] >= 0 else branch


def _is_within_another(present: state.NetworkState, fact: EnergisationChanged, at: dt.datetime) -> bool:
    """Whether an event of a device above goes on: what trips within what is dead, or at the same time, belongs to it."""
    grid, live = present.grid, present.energisation.live
    ends = {int(grid.branch_from[fact.branch]), int(grid.branch_to[fact.branch])}
    if any(not int(grid.node_phases[end]) & ~int(live[end]) & ABC for end in ends):
        return False  # an end has all its phases: it is within nothing that is dead
    going = FlisrEvent.objects.filter(model_key=fact.model, ended_at=None).exclude(device_mrid=fact.equipment_mrid)
    for row in going.order_by("pk"):
        above = grid.branch_index(row.device_mrid)
        if above >= 0 and ends <= set(dead_area.behind(present, above).nodes.tolist()):
            record.note(row, "tripped", phrase("tripped_too", device=fact.name), at)
            return True
    return False


def is_back(present: state.NetworkState, branch: int) -> bool:
    """Whether a device is closed on all its phases; one that opened some of them has tripped."""
    return not int(present.grid.branch_phases[branch]) & ~int(present.positions[branch]) & ABC


def _position(fact: SwitchPositionChanged, at: dt.datetime) -> None:
    """A device that came back may end its event; a step that waits may be there now."""
    if fact.closed_after:
        row = FlisrEvent.objects.filter(model_key=fact.model, device_mrid=fact.equipment_mrid, ended_at=None).first()
        came_back = row is not None and is_back(state.present(fact.model), fact.branch)
        if row is not None and came_back and (held := record.locked(row.pk)):
            _came_back(held, at)
    hearing.hear_position(
        model=fact.model, equipment_mrid=fact.equipment_mrid, is_closed=bool(fact.closed_after), at=at
    )


def _came_back(row: FlisrEvent, at: dt.datetime) -> None:
    """The device that tripped is closed: nobody asked for it, or its repair is over, or it is a step of the plan."""
    if row.state in (life.WATCHING, life.SCANNING):
        record.step_to(row, life.RECLOSED, phrase("reclosed", device=row.device_name), at)
    elif row.state == life.EXECUTING:
        row.next_at = at  # whoever goes on with its steps looks what it means for them
        row.save(update_fields=["next_at"])
    elif row.state in (life.PROPOSED, life.HELD) and is_all_back(row) and rings.standing(row) is None:
        record.step_to(row, life.OVER, phrase("closed_again", device=row.device_name), at)


def is_all_back(row: FlisrEvent, opened: Iterable[int] = ()) -> bool:
    """Whether the device that tripped is closed, and nothing behind it is dead, nor behind what was `opened` since."""
    present = state.present(row.model_key)
    branch = present.grid.branch_index(row.device_mrid)
    return branch >= 0 and is_back(present, branch) and not dead_area.behind(present, branch, opened).nodes.size


def _measurements(fact: MeasurementsChanged, at: dt.datetime) -> None:
    """A lockout signal triggers at once."""
    watched = {row.device_mrid: row for row in FlisrEvent.objects.filter(model_key=fact.model, state=life.WATCHING)}
    if not watched:
        return
    for mrid in dead_area.locked_out(state.present(fact.model), fact.point_mrids):
        row = record.locked(watched[mrid].pk) if mrid in watched else None
        if row is not None and row.state == life.WATCHING:
            trigger(row, "lockout", at)


def trigger(row: FlisrEvent, why: str, at: dt.datetime) -> None:
    """The device stays open: wait for a fresh scan, then plan."""
    row.trigger, row.triggered_at = why, at
    row.next_at = at + dt.timedelta(seconds=float(runtime_settings.get(settings.SCAN)))
    code = "locked_out" if why == "lockout" else "not_reclosed"
    record.step_to(row, life.SCANNING, phrase(code, device=row.device_name), at)
