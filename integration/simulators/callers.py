"""Customers without supply: some of them call after minutes, if it is still dark then."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from integration.simulators import messages
from integration.simulators.delivery import Message
from integration.simulators.messages import Call
from integration.simulators.pens import Pen
from integration.simulators.timeline import Timeline
from integration.simulators.world import Change, World

COMMENTS = ("No power since a few minutes", "Everything went dark", "Lights flickered, then nothing", "Heard a bang, no supply",
            "The whole street is dark", "")  # fmt: skip


_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How customers take it."""

    calling: float = 0.08  # share of the dark ones who call
    median_s: float = 150.0
    spread: float = 0.7  # of the logarithm
    seeing_hazard: float = 0.02
    wanting_callback: float = 0.3


class Callers:
    """The customers of a world, and the customer system that takes their calls."""

    def __init__(
        self,
        *,
        timeline: Timeline,
        world: World,
        put: Callable[[Message], None],
        rng: np.random.Generator,
        patience: Patience | None = None,
    ) -> None:
        self.timeline, self.world, self.put, self.rng = timeline, world, put, rng
        self.patience = patience or Patience()
        self.pen = Pen("CIS-SIM", timeline)
        self.calls = self.house_faults = 0
        self._expected: set[int] = set()

    def see(self, change: Change) -> None:
        """Some customers lost supply."""
        calling = self.rng.random(len(change.lost)) < self.patience.calling
        for meter, is_calling in zip(change.lost, calling, strict=True):
            if is_calling and meter not in self._expected:
                self._expected.add(meter)
                wait_s = self.patience.median_s * float(np.exp(self.rng.normal(0.0, self.patience.spread)))
                self.timeline.after(wait_s, functools.partial(self._call, meter))

    def begin_house_faults(self, per_hour: float, rng: np.random.Generator) -> None:
        """Now and then a fuse blows in a house: a customer calls whose meter has supply. Chance of its own, the day stays the same."""
        if per_hour > 0 and self.world.meters:
            self.timeline.after(
                rng.exponential(_HOUR_S / per_hour), functools.partial(self._house_fault, per_hour, rng)
            )

    def _house_fault(self, per_hour: float, rng: np.random.Generator) -> None:
        meter = int(rng.integers(len(self.world.meters)))
        if self.world.is_lit[meter] and meter not in self._expected:
            self.calls += 1
            self.house_faults += 1
            number = f"TT-H{self.timeline.started_at:%d%H%M%S}-{self.house_faults}"
            usage_point = self.world.meters[meter].usage_point
            call = Call(
                self.pen.id(), number, self.timeline.at, usage_point, comment="No power, the neighbours have light"
            )
            sender = self.pen.sender()
            self.put(Message(sender.message_id, messages.trouble_tickets(sender, [call])))
        self.begin_house_faults(per_hour, rng)

    def _call(self, meter: int) -> None:
        self._expected.discard(meter)
        if self.world.is_lit[meter]:
            return
        self.calls += 1
        sees_hazard = self.rng.random() < self.patience.seeing_hazard
        call = Call(
            mrid=self.pen.id(),
            number=f"TT-{self.timeline.started_at:%d%H%M%S}-{self.calls}",
            reported_at=self.timeline.at,
            usage_point=self.world.meters[meter].usage_point,
            trouble_code="NO_POWER WIRE_DOWN" if sees_hazard else "NO_POWER",
            comment=COMMENTS[int(self.rng.integers(len(COMMENTS)))],
            hazard="wireDown" if sees_hazard else "",
            phone=f"+1-555-01{self.rng.integers(100):02d}"
            if self.rng.random() < self.patience.wanting_callback
            else "",
            is_street_dark=bool(self.rng.random() < 0.5),
        )
        sender = self.pen.sender()
        self.put(Message(sender.message_id, messages.trouble_tickets(sender, [call])))
