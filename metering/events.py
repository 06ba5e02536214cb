"""Facts about meters. One event carries all meters of one message and area: a thousand last gasps are one event."""

import datetime as dt
from dataclasses import dataclass, field

from adms.core.events import event


@event
@dataclass(frozen=True, slots=True)
class MetersLostPower:
    """Meters said they lost supply. Parallel lists; `occurred_at` are seconds since the epoch, field time."""

    model: str
    usage_point_ids: list[int]
    meter_ids: list[int]
    occurred_at: list[float]
    source: str = ""
    kind: str = "gasp"  # gasp, ping_off
    phases: list[int] = field(default_factory=list)  # dark ones, as bits; empty: all the usage point has
    weights: list[float] = field(default_factory=list)  # as evidence; empty: 1 each


@event
@dataclass(frozen=True, slots=True)
class MetersRegainedPower:
    """Meters said they have supply (again)."""

    model: str
    usage_point_ids: list[int]
    meter_ids: list[int]
    occurred_at: list[float]
    source: str = ""
    kind: str = "restore"  # restore, ping_on
    phases: list[int] = field(default_factory=list)  # live ones, as bits; empty: all the usage point has


@event
@dataclass(frozen=True, slots=True)
class MetersReported:
    """Meters said something else than that they lost or regained supply. Parallel lists, as above.

    Codes are domain.subDomain.eventOrAction; what is critical is passed on at once.
    """

    model: str
    usage_point_ids: list[int]
    meter_ids: list[int]
    codes: list[str]
    occurred_at: list[float]
    source: str = ""
    is_critical: bool = False


@event
@dataclass(frozen=True, slots=True)
class PingsRequested:
    """Meters are to be asked whether they have supply. Parallel lists, one place per message to a head-end."""

    ping: str
    purpose: str
    reference: str
    batches: list[str]
    head_ends: list[str]
    meters: list[int]
    deadline_at: dt.datetime


@event
@dataclass(frozen=True, slots=True)
class PingsAnswered:
    """What meters answered, or that they did not. Parallel lists; answers are on, part, off, none, refused, unknown."""

    model: str
    ping: str
    purpose: str
    reference: str
    usage_point_ids: list[int]
    answers: list[str]
    is_complete: bool  # nothing of this ping is waited for any more


@event
@dataclass(frozen=True, slots=True)
class ReadingsRequested:
    """Meters are to be asked for readings. Parallel lists, one place per message to a head-end."""

    requests: list[str]
    head_ends: list[str]


@event
@dataclass(frozen=True, slots=True)
class ReadingGapsJudged:
    """Interval readings of a day that were missing are estimated now, or told at last. One kind, by the code of its ReadingType."""

    day: str  # as YYYY-MM-DD
    code: str
    meter_ids: list[int]
