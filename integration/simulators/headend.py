"""The AMI head-end: what meters say when they lose and regain supply, and how much of it gets through.

A last gasp is a radio message from a meter whose power is gone: most arrive within seconds, some minutes later, three in ten
never. Now and then a meter gasps that has supply. Now and then a whole message is sent twice.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from integration.simulators import messages
from integration.simulators.delivery import Message
from integration.simulators.messages import POWER_LOST, POWER_RESTORED, MeterEvent
from integration.simulators.pens import Pen
from integration.simulators.timeline import Timeline
from integration.simulators.world import Change, World

MAX_EVENTS = 100  # per message
_GATHER_S = 0.5  # how long events wait for others to share a message with
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Radio:
    """How well meters are heard: shares between 0 and 1, delays in seconds from and to."""

    arriving: float = 0.70
    restored_arriving: float = 0.97
    delay_s: tuple[float, float] = (1.0, 8.0)
    late: float = 0.02  # of those that arrive
    late_s: tuple[float, float] = (60.0, 420.0)
    doubled: float = 0.01  # of the messages
    false_per_hour: float = 0.5  # per thousand meters
    false_then_restored: float = 0.6


class HeadEnd:
    """Watches a world through its meters."""

    def __init__(
        self,
        *,
        timeline: Timeline,
        world: World,
        put: Callable[[Message], None],
        rng: np.random.Generator,
        radio: Radio | None = None,
    ) -> None:
        self.timeline, self.world, self.put, self.rng = timeline, world, put, rng
        self.radio = radio or Radio()
        self.pen = Pen("HES-SIM", timeline)
        self.gasps_made = self.gasps_heard = self.false_gasps = self.doubled = 0
        count = len(world.meters)
        self._clock_off_s = rng.uniform(0.0, 0.8, count)  # meters' clocks are not quite right, but each is so steadily
        self._on_off = rng.integers(1, 40, count)
        self._gathered: list[MeterEvent] = []

    def see(self, change: Change) -> None:
        """Some meters lost or regained supply."""
        self.gasps_made += len(change.lost)
        self.gasps_heard += self._say(change.lost, POWER_LOST, self.radio.arriving)
        self._say(change.regained, POWER_RESTORED, self.radio.restored_arriving)

    def resume(self, believed_dark: Iterable[str]) -> None:
        """Meters that the server thinks are dark, and are not, say so (the simulation was interrupted)."""
        wanted = set(believed_dark)
        lit = [
            index for index, one in enumerate(self.world.meters) if one.number in wanted and self.world.is_lit[index]
        ]
        self._say(lit, POWER_RESTORED, 1.0)

    def begin_false_gasps(self) -> None:
        """Let meters cry wolf from now on, at the rate of the radio."""
        per_hour = self.radio.false_per_hour * len(self.world.meters) / 1000
        if per_hour > 0:
            self.timeline.after(self.rng.exponential(_HOUR_S / per_hour), self._cry_wolf)

    def flicker(self, meters: Sequence[int]) -> None:
        """One message in which some meters lost supply and regained it a second later: load that leaves nothing dark."""
        at = self.timeline.at
        self._on_off[list(meters)] += 1
        lost = [self._event(meter, POWER_LOST, at - dt.timedelta(seconds=2)) for meter in meters]
        back = [self._event(meter, POWER_RESTORED, at - dt.timedelta(seconds=1)) for meter in meters]
        self._send([*lost, *back])

    def _say(self, meters: Sequence[int], code: str, share: float) -> int:
        """Make the events of these meters and let them arrive, or not; how many will."""
        if not meters:
            return 0
        radio, count = self.radio, len(meters)
        arrives = self.rng.random(count) < share
        is_late = self.rng.random(count) < radio.late
        delay = np.where(is_late, self.rng.uniform(*radio.late_s, count), self.rng.uniform(*radio.delay_s, count))
        for meter, is_heard, delay_s in zip(meters, arrives, delay, strict=True):
            self._on_off[meter] += code == POWER_LOST
            if is_heard:
                occurred_at = self.timeline.at + dt.timedelta(seconds=float(self._clock_off_s[meter]))
                self.timeline.after(
                    float(delay_s), functools.partial(self._gather, self._event(meter, code, occurred_at))
                )
        return int(arrives.sum())

    def _event(self, meter: int, code: str, occurred_at: dt.datetime) -> MeterEvent:
        known = self.world.meters[meter]
        return MeterEvent(self.pen.id(), occurred_at, code, known.number, known.usage_point, int(self._on_off[meter]))

    def _cry_wolf(self) -> None:
        meter = int(self.rng.integers(len(self.world.meters)))
        if self.world.is_lit[meter]:
            self.false_gasps += 1
            self._gather(self._event(meter, POWER_LOST, self.timeline.at))
            if self.rng.random() < self.radio.false_then_restored:
                self.timeline.after(self.rng.uniform(60, 180), functools.partial(self._take_back, meter))
        self.begin_false_gasps()

    def _take_back(self, meter: int) -> None:
        if self.world.is_lit[meter]:
            self._gather(self._event(meter, POWER_RESTORED, self.timeline.at))

    def _gather(self, event: MeterEvent) -> None:
        """Events that arrive within half a second travel together."""
        if not self._gathered:
            self.timeline.after(_GATHER_S, self._flush)
        self._gathered.append(event)

    def _flush(self) -> None:
        gathered, self._gathered = self._gathered, []
        for start in range(0, len(gathered), MAX_EVENTS):
            self._send(gathered[start : start + MAX_EVENTS])

    def _send(self, events: Sequence[MeterEvent]) -> None:
        sender = self.pen.sender()
        message = Message(sender.message_id, messages.device_events(sender, events), len(events))
        self.put(message)
        if self.rng.random() < self.radio.doubled:
            self.doubled += 1
            self.timeline.after(self.rng.uniform(0.0, 5.0), functools.partial(self.put, message))
