"""Facts about meters. One event carries all meters of one message and area: a thousand last gasps are one event."""

from dataclasses import dataclass

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
