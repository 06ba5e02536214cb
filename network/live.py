"""The feed behind /ws/grid/: numbered differences of the state bytes of one network model."""

import datetime as dt
import struct
from dataclasses import dataclass

from network.selectors import display

DELTA, HEARTBEAT, RELOAD = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Delta:
    """State bytes of the branches that changed between two sequence numbers; `reload` when the model itself changed."""

    before: int
    after: int
    states: dict[int, int]
    reload: bool = False


class GridFeed:
    """Follows one model for all its viewers in this process."""

    per_listener_s = 0.0  # what it sends is what changed: nobody has to fetch anything
    _feeds: "dict[str, GridFeed]" = {}

    def __init__(self, model: str) -> None:
        self.plane = display.plane(model)
        self.pace_s = 0.0

    @classmethod
    def of(cls, model: str) -> "GridFeed":
        """The one feed of a model in this process.

        Raises:
            NotFound: the model is not published.
        """
        if model not in cls._feeds:
            cls._feeds[model] = cls(model)
        return cls._feeds[model]

    def poll(self) -> Delta | None:
        """The branches whose byte changed since the last poll."""
        if display.is_current(self.plane):
            return None
        new = display.plane(self.plane.model)
        old, self.plane = self.plane, new
        if new.version != old.version:
            return Delta(old.sequence, new.sequence, {}, reload=True)
        if new.sequence == old.sequence:
            return None
        changed = (new.states != old.states).nonzero()[0]
        return Delta(old.sequence, new.sequence, {int(i): int(new.states[i]) for i in changed})

    def merge(self, older: Delta, newer: Delta) -> Delta:
        """From the older's beginning to the newer's end; the newer byte wins."""
        return Delta(older.before, newer.after, older.states | newer.states, older.reload or newer.reload)

    def encode(self, increment: Delta) -> bytes:
        """u8 type, 3 pad, u32 sequence, u32 previous, u32 count, u32 branch numbers, u8 states."""
        kind = RELOAD if increment.reload else DELTA
        count = len(increment.states)
        head = struct.pack("<B3xIII", kind, increment.after & 0xFFFFFFFF, increment.before & 0xFFFFFFFF, count)
        return head + struct.pack(f"<{count}I", *increment.states) + bytes(increment.states.values())

    def heartbeat(self, at: dt.datetime) -> bytes:
        """u8 type, 3 pad, u32 sequence, u32 sequence, f64 server time in seconds since the epoch."""
        sequence = self.plane.sequence & 0xFFFFFFFF
        return struct.pack("<B3xIId", HEARTBEAT, sequence, sequence, at.timestamp())
