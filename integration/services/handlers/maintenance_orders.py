"""changed(MaintenanceOrders): what the field force says of its crews and of the outage they work on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from adms.core.services.authority import NotAuthorised
from integration.cim.errors import ReplyError
from integration.cim.nouns.maintenance_orders import CrewStep, Report
from integration.services import work_messages
from integration.services.handled import Handled
from outages.services import field_reports
from outages.services.field_reports import FieldReport
from workforce.selectors import work_orders
from workforce.services import work

_KIND = "outage"


def handle(*, actor: Actor, source: str, items: Sequence[Report], at: dt.datetime) -> Handled:  # noqa: ARG001
    """Take each order's report whole or not at all."""
    handled = Handled(effects={"work_orders": []})
    numbers = {item.number: work_messages.number_of(item.number) for item in items}
    subjects = work_orders.subjects_of([one for one in numbers.values() if one is not None])
    work.lock(subjects=sorted(subjects.values()))
    for item in items:
        number = numbers[item.number]
        subject = subjects.get(number) if number is not None else None
        try:
            if number is None or subject is None:
                raise NotFound(f"no work order {item.number}", work_order=item.number)
            _take(actor, number, subject, item, at)
        except NotAuthorised:
            raise
        except Refused as refused:
            code = "2.15" if isinstance(refused, NotFound) else "6.1"
            handled.errors.append(ReplyError(code, refused.message, item.object_id))
        else:
            handled.taken += 1
            handled.effects["work_orders"].append(number)
    return handled


@transaction.atomic
def _take(actor: Actor, number: int, subject: str, item: Report, at: dt.datetime) -> None:
    for step in item.steps:
        _move(actor, number, step, item.note, at)
    kind, _, outage = subject.partition(":")
    said = FieldReport(item.expected_at, item.restored_at, item.cause, item.remedy)
    if kind == _KIND and said:
        field_reports.report(actor=actor, outage_id=int(outage), said=said, at=at)


def _move(actor: Actor, number: int, step: CrewStep, note: str, at: dt.datetime) -> None:
    """Bring a crew to the state it reports; one that is not on the order yet is put on it. What is so already stays."""
    found = work_orders.live_assignment(number, step.crew)
    if found is None:
        if step.state in {"completed", "released"}:
            return
        found = work.assign_crew(actor=actor, work_order_id=number, crew_key=step.crew, at=at)
    work.report_progress(actor=actor, assignment_id=found.pk, state=step.state, note=note, at=at)
