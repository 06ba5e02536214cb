"""Facts about the operated network. Node and branch numbers are positions in the grid of `version`."""

import datetime as dt
from dataclasses import dataclass, field

from adms.core.events import event


@event
@dataclass(frozen=True, slots=True)
class ModelPublished:
    """A version of a model became the operated network."""

    model: str
    version: int
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class SwitchPositionChanged:
    """A switch moved, or was reported to stand elsewhere than we thought."""

    model: str
    version: int
    equipment_mrid: str
    name: str
    branch: int
    closed_before: int  # phase bits
    closed_after: int
    occurred_at: dt.datetime
    source: str  # scada, operation, crew, operator
    actor: str
    is_commanded: bool
    journal: int
    operation_id: str = ""


@event
@dataclass(frozen=True, slots=True)
class EnergisationChanged:
    """Places with customers lost or regained supply on some phases by the movement of a switch: [[node, phase bits], ...]."""

    model: str
    version: int
    equipment_mrid: str
    name: str
    branch: int
    occurred_at: dt.datetime
    source: str
    actor: str
    is_commanded: bool
    is_protective: bool
    lost: list[list[int]] = field(default_factory=list)
    regained: list[list[int]] = field(default_factory=list)


@event
@dataclass(frozen=True, slots=True)
class OperationEnded:
    """An operation came to its end: completed, failed, timed out or cancelled."""

    model: str
    operation_id: str
    equipment_mrid: str
    name: str
    state: str
    result: str
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class TagChanged:
    """A tag was placed on, or removed from, a device."""

    model: str
    equipment_mrid: str
    kind: str
    is_placed: bool
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class TemporaryChanged:
    """A cut, jumper, ground or mobile generation was placed or removed."""

    model: str
    mrid: str
    kind: str
    equipment_mrid: str
    is_placed: bool
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class CommissioningChanged:
    """A piece of equipment was taken into the network or out of it."""

    model: str
    equipment_mrid: str
    life: str
    is_commissioned: bool
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class MeasurementsChanged:
    """Analog values or fault indicators arrived for these telemetry points."""

    model: str
    point_mrids: list[str]
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class RemoteControlFrozen:
    """Remote control was frozen, or the freeze was lifted: no command leaves and no automation acts meanwhile."""

    is_frozen: bool
    by: str
    reason: str
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class AutomationActed:
    """An automation began a plan on a feeder, or a person acknowledged it."""

    model: str
    feeder: str
    origin: str
    plan: str
    is_acknowledged: bool
    at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class FeederEnergyClosed:
    """The energy of the feeders of this control area is complete for a local day (YYYY-MM-DD)."""

    day: str
    at: dt.datetime
