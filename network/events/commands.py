"""The one fact that makes the field move. Only the control gate may tell it: an import contract keeps this module from all others."""

import datetime as dt
from dataclasses import dataclass

from adms.core.events import event


@event
@dataclass(frozen=True, slots=True)
class CommandRequested:
    """A telemetered switch is to be moved; the door sends it to the field."""

    model: str
    operation_id: str
    equipment_mrid: str
    name: str
    is_close: bool
    deadline_at: dt.datetime
