"""Facts about who has authority over an area, who is asked as a second person, and what everybody has to hear of at once."""

import datetime as dt
from dataclasses import dataclass

from adms.core.events import event


@event
@dataclass(frozen=True, slots=True)
class AuthorityChanged:
    """A control area was taken, offered, handed over or given back."""

    area: str
    action: str
    actor: str
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class ApprovalChanged:
    """A second person was asked, or has answered."""

    approval_id: str
    action: str
    state: str
    asked_by: str
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class ControlAlarm:
    """Something about control that everybody has to hear of at once: broken glass, frozen control, a stopped session."""

    kind: str
    area: str
    words: str
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class HandoverChanged:
    """A shift was signed over in an area, and then accepted, declined or withdrawn: `state`."""

    handover_id: int
    area: str
    state: str
    outgoing: str
    incoming: str
    at: dt.datetime
