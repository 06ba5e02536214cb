"""What a correction changes of a row of the ledger: a pure description, None where something stays as it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """How rows should have been.

    Attributes:
        began_at: when the customers went off.
        ended_at: when they were back; looked at only where `sets_end`, so that None can say "not yet".
        excluded_reason: why they do not count; "" that they do.
        cause, device_name: of the interruption, where it is not what the outage says.
        phases: bits of the phases that were dark.
        usage_points: who it was.
    """

    began_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    sets_end: bool = False
    excluded_reason: str | None = None
    cause: str | None = None
    device_name: str | None = None
    phases: int | None = None
    usage_points: tuple[int, ...] | None = None

    @property
    def moves_somebody(self) -> bool:
        """Whether it says anew who was out when."""
        return self.began_at is not None or self.sets_end or self.usage_points is not None

    def to_json(self) -> dict[str, Any]:
        """As a draft of a correction is kept until another person has agreed.

        >>> change = Change(ended_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC), sets_end=True, usage_points=(3, 4))
        >>> Change.from_json(change.to_json()) == change
        True
        """
        moments = {name: value.isoformat() for name in _MOMENTS if (value := getattr(self, name)) is not None}
        members = {} if self.usage_points is None else {"usage_points": list(self.usage_points)}
        words = {name: value for name in _PLAIN if (value := getattr(self, name)) is not None}
        return {**words, **moments, **members}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Change:
        """What `to_json` told."""
        given: dict[str, Any] = {name: told[name] for name in _PLAIN if name in told}
        given |= {name: dt.datetime.fromisoformat(told[name]) for name in _MOMENTS if name in told}
        if "usage_points" in told:
            given["usage_points"] = tuple(told["usage_points"])
        return cls(**given)


_MOMENTS = ("began_at", "ended_at")
_PLAIN = ("sets_end", "excluded_reason", "cause", "device_name", "phases")
#: The columns a correction may change, as the audit trail and the page of corrections tell them.
TOLD = ("began_at", "ended_at", "customers", "phases", "cause", "device_name", "excluded_reason")
