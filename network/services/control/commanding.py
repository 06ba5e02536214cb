"""The two ways a movement becomes real: a command to the field, or the record of a hand-operated switch. Nothing else may do either."""

import datetime as dt

from adms.core.actors import Actor
from adms.core.services import areas, events
from network.events.commands import CommandRequested
from network.models import Equipment, Operation
from network.services import moving
from network.services.moving import PositionReport


def command(operation: Operation, equipment: Equipment, at: dt.datetime) -> None:
    """Ask the field, through the door."""
    deadline = operation.deadline_at or at
    fact = CommandRequested(
        operation.model.key, str(operation.pk), equipment.mrid, equipment.name, operation.closed_wanted != 0, deadline
    )
    events.publish(area_id=equipment.area_id, facts=[fact], at=at)


def record(operation: Operation, equipment: Equipment, actor: Actor, reason: str, at: dt.datetime) -> None:
    """Nobody but a person can say where the switch stands: they state that it was moved."""
    report = PositionReport(
        operation.model.key, equipment.mrid, at, operation.closed_wanted != 0, operation.closed_wanted, "manual", reason
    )
    areas.lock([equipment.area_id])
    moving.apply(actor=actor, source="operation", reports={report: equipment}, at=at, operation=operation)
