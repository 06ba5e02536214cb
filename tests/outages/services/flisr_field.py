"""The simulated field around a town: the real SCADA simulator over HTTP, in a test's own time (seconds after noon)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from integration.models import Partner
from integration.services import delivery, inbox, partners, simulation_world
from integration.services.partners import NewPartner
from integration.simulators import chart as charts
from integration.simulators import listening
from integration.simulators.delivery import Message
from integration.simulators.listening import Desk
from integration.simulators.scada import Field, Scada
from integration.simulators.timeline import Timeline
from integration.simulators.world import Change
from network.services import operations
from outages.models import FlisrEvent
from tests.builders.town import Town
from tests.cast import NOON, SYSTEM, after
from tests.outages.services.flisr_acting import pass_time

OBEDIENT = Field(refused=0.0, delayed=0.0)


class SimulatedField:
    """A world, the SCADA that watches it, and the control centre that hears of it: messages go by `play` alone."""

    def __init__(self, town: Town, field: Field) -> None:
        self.town, self.sent = town, list[Message]()
        self.timeline = Timeline(started_at=NOON, waits=False)
        self.chart = charts.read(simulation_world.world(model=town.key))
        self.world = self.chart.world
        rng = np.random.default_rng(1)
        self.scada = Scada(
            timeline=self.timeline, chart=self.chart, put=self.sent.append, rng=rng, apply=self.see, field=field
        )
        self.desk = Desk(
            name="SCADA", timeline=self.timeline, pen=self.scada.pen, handle=listening.commands_to(self.scada),
            rng=rng, busy=0.0,
        )  # fmt: skip
        self.partner = Partner()

    def see(self, change: Change) -> None:
        """What moved is seen by SCADA."""
        self.scada.see(change)

    def strike(self, at: float) -> int:
        """A line between two switches of the trunk breaks; its place among the branches."""
        trunk = self.town.trunk[1:]
        between = (self._between(*pair) for pair in itertools.pairwise(trunk))
        broken = next(found for found in between if found is not None)
        self.scada.interrogate()
        self.timeline.run(at)
        self.see(self.world.strike(broken))
        self.scada.see_fault(self.world.passed(broken))
        return broken

    def _between(self, one: int, other: int) -> int | None:
        """What lies between two switches and can break, no protection being in between."""
        world, ends = (
            self.world,
            [{self.world.branches[switch].a, self.world.branches[switch].b} for switch in (one, other)],
        )
        world.closed[one] = world.closed[other] = False
        zones = [world.reach([node], is_stopped_by_protection=True) for node in ends[0]]
        world.closed[one] = world.closed[other] = True
        zone = next((zone for zone in zones if zone & ends[1]), set())
        found = (
            index
            for index, branch in enumerate(world.branches)
            if not branch.is_switch and {branch.a, branch.b} <= zone
        )
        return next(found, None)

    def play(self, start: float, until: float, step: float = 2.0) -> FlisrEvent:
        """Let time go by: the field does what is due, both sides get their messages, FLISR goes on."""
        at, event = start, None
        while at <= until:
            self.timeline.run(at)
            self._deliver(at)
            operations.end_overdue(at=after(at))
            event = pass_time(at)
            delivery.deliver_to(partner_id=self.partner.pk, clock=lambda now=at: after(now))  # type: ignore[misc]
            if event is not None and event.state not in ("watching", "scanning", "planning", "executing"):
                break
            at += step
        assert event is not None
        return event

    def _deliver(self, at: float) -> None:
        while self.sent:
            answer = inbox.accept(
                partner=self.partner, data=self.sent.pop(0).body, content_type="application/xml", at=after(at)
            )
            assert answer.status == 200, answer.body


@contextmanager
def simulated(town: Town, field: Field) -> Iterator[SimulatedField]:
    """A field that listens, and the partner that speaks for it."""
    made = SimulatedField(town, field)
    with listening.listening({"/cim": made.desk.take}, 0) as port:
        wanted = NewPartner(
            "SCADA", "SCADA-SIM", ("changed MeasurementValues",), ("Controls",), f"http://127.0.0.1:{port}/cim"
        )
        made.partner, _ = partners.create_partner(actor=SYSTEM, partner=wanted, at=NOON)
        yield made
