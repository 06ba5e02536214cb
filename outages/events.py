"""Facts about outages and calls."""

import datetime as dt
from dataclasses import dataclass

from adms.core.events import event


@event
@dataclass(frozen=True, slots=True)
class CallRecorded:
    """Somebody reported trouble."""

    call_id: int
    model: str
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class OutageChanged:
    """An outage was created, changed, closed (nobody is out any more) or canceled. `verb` is that of IEC 61968-100."""

    outage_id: int
    mrid: str
    model: str
    verb: str  # created, changed, closed, canceled
    revision: int
    what: str  # predicted, moved, confirmed, assigned, etr, partly restored, ...
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class CallbackChanged:
    """A promise to call a customer back was made, or moved on. `what` is its state; "due" wants it made now."""

    callback_id: int
    mrid: str
    what: str
    tries: int
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class EvidenceJoined:
    """Further evidence belongs to these outages, which are what and where they were: a flood tells it once for all of them."""

    model: str
    outage_ids: list[int]
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class PlannedOutageChanged:
    """A planned outage was created, changed, closed (all have supply again) or canceled. `verb` is that of IEC 61968-100."""

    planned_id: int
    mrid: str
    verb: str  # created, changed, closed, canceled
    what: str  # requested, approved, notified, window, in_execution, ...
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class PlannedNoticeMade:
    """Customers are to be told of a planned outage, of another window, or that it does not happen."""

    planned_id: int
    notice_id: int
    chunks: int
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class IndicesComputed:
    """The indices of a local day were computed, or computed again after the ledger changed. `area` "" is everything."""

    day: str
    area: str
    version: int
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class RuleSetSwitched:
    """A control area follows another rule set of prediction from now on."""

    area: str
    before: str
    after: str
    how: str  # hand, undo, rate, clock, plan
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class SwitchingOrderChanged:
    """A switching order, one of its steps or of its safety documents changed. `what` is the order's new state, or that of a step."""

    order_id: int
    mrid: str
    model: str
    what: str  # written, a state of the order, step, document
    step: str  # key; empty where it is about the whole order
    step_state: str
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class RehearsalMoved:
    """The rehearsal of a switching order was asked for, is to stop, or got on."""

    order_id: int
    model: str
    rehearsal: str  # id
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class OrderRehearsed:
    """The rehearsal of a switching order has ended: done, failed or cancelled."""

    order_id: int
    model: str
    rehearsal: str  # id
    state: str
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class SuggestionMoved:
    """A suggestion of switching was asked for, got on, or has ended."""

    suggestion: str  # id
    model: str
    state: str
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class FlisrChanged:
    """An event of FLISR began, was planned, moved a step, or ended. `what` is its state."""

    event_id: int
    model: str
    outage_id: int  # 0 where no outage is known yet
    what: str
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class FlisrModeSet:
    """FLISR may do something else from now on, in the system, an area, or a feeder."""

    scope: str
    key: str
    before: str
    after: str
    at: dt.datetime
