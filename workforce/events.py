"""Facts about crews and their work."""

import datetime as dt
from dataclasses import dataclass

from adms.core.events import event


@event
@dataclass(frozen=True, slots=True)
class AssignmentChanged:
    """A crew was put on a work order, or its work there moved on."""

    subject: str  # what the work order is for, in the words of who asked: "outage:12"
    work_order: int
    crew: str
    crew_name: str
    state: str
    at: dt.datetime
    actor: str
    note: str = ""


@event
@dataclass(frozen=True, slots=True)
class CrewChanged:
    """Shift, availability or position of a crew changed."""

    crew: str
    at: dt.datetime
