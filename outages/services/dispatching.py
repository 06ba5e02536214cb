"""What the dispatch board asks of workforce in its own words: a crew to an outage, a crew to a lane."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, Refused
from workforce.selectors import assignments
from workforce.services import crews, work


class MoveRefused(Refused):
    """The crew cannot come to that lane by being moved there."""

    code = "move_refused"


def assign(*, actor: Actor, outage_id: int, crew: str, at: dt.datetime) -> Any:
    """Put a crew on the work order of an outage; the assignment.

    Raises:
        NotFound: no such outage or crew.
        NotAuthorised: not in this area.
        AssignmentRefused: crew off shift or on it already, outage over.
    """
    order = assignments.work_order_of(f"outage:{outage_id}")
    return work.assign_crew(actor=actor, work_order_id=order, crew_key=crew, at=at)


def take_back(*, actor: Actor, assignment_id: int, at: dt.datetime) -> Any:
    """Undo an assignment the crew has not set out on.

    Raises:
        MoveRefused: it is under way: it has to be released, by radio.
    """
    found = assignments.assignment(actor, assignment_id)
    if found.state not in {"assigned", "accepted"}:
        raise MoveRefused(
            _("%(name)s is %(state)s: release it on the board")
            % {"name": found.crew.name, "state": found.get_state_display().lower()}
        )
    return work.report_progress(actor=actor, assignment_id=assignment_id, state="released", note="taken back", at=at)


def move(*, actor: Actor, crew: str, job: Any | None, to: str, at: dt.datetime) -> None:
    """Bring a crew to a lane: the step of its present job that leads there, or its shift where it has none.

    Raises:
        Invalid: no such lane.
        MoveRefused: that lane needs an outage first.
        AssignmentRefused: the step does not follow.
    """
    if to not in {"free", "sent", "en_route", "on_site", "other"}:
        raise Invalid(_("no lane is called %(to)s") % {"to": f"{to!r}"}, field="to")
    if job is None:
        if to not in {"free", "other"}:
            raise MoveRefused(_("choose an outage and assign the crew to it first"))
        crews.set_shift(actor=actor, key=crew, shift="on" if to == "free" else "off", at=at)
        return
    if to == "sent":
        raise MoveRefused(_("it has been sent already"))
    state = {"other": "suspended", "free": "completed" if job.state in {"on_site", "made_safe"} else "released"}
    work.report_progress(actor=actor, assignment_id=job.pk, state=state.get(to, to), at=at)
