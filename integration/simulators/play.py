"""A scenario played on a world, watched by the systems: the one place where all parts meet.

1. Hang one meter behind the wrong transformer; let the systems look.
2. Strike, as the scenario says; each strike picks its place among those that fit, repairs follow.
3. Whatever changes is shown to the head-end, SCADA and the callers, who make of it what they can.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from integration.simulators import chart as charts
from integration.simulators import short_circuit
from integration.simulators.callers import Callers
from integration.simulators.chart import Chart
from integration.simulators.delivery import Message
from integration.simulators.headend import HeadEnd
from integration.simulators.questions import Questions
from integration.simulators.scada import Scada
from integration.simulators.scenarios import ANYWHERE, FEEDER, LATERAL, Scenario, Strike
from integration.simulators.timeline import Timeline
from integration.simulators.world import Change

log = logging.getLogger(__name__)

Put = Callable[[Message], None]
_TRIES = 60  # switches looked at to place one strike
_FLICKERING = 50  # meters in one message of `ami`


@dataclass(slots=True)
class Happening:
    """What was struck when, for the report."""

    at_s: float
    branch: str
    device: str
    meters: int
    cleared_by: int  # branch of the device
    repaired_at_s: float | None = None


@dataclass(slots=True)
class _Rngs:
    """Chance, one stream per part: what one of them draws does not change what the others meet."""

    world: np.random.Generator
    headend: np.random.Generator
    scada: np.random.Generator
    callers: np.random.Generator
    desk: np.random.Generator
    questions: np.random.Generator
    homes: np.random.Generator

    @classmethod
    def of(cls, seed: int) -> _Rngs:
        return cls(*(np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(7)))


@dataclass(slots=True)
class Play:
    """One run."""

    scenario: Scenario
    chart: Chart
    timeline: Timeline
    puts: Mapping[str, Put]  # by partner: hes, scada, cis
    seed: int = 1
    happenings: list[Happening] = field(default_factory=list)
    mislinked: int | None = None
    rngs: _Rngs = field(init=False)
    headend: HeadEnd = field(init=False)
    scada: Scada = field(init=False)
    callers: Callers = field(init=False)
    questions: Questions = field(init=False)

    def __post_init__(self) -> None:
        self.rngs = _Rngs.of(self.seed)
        world, timeline = self.chart.world, self.timeline
        self.mislinked = charts.mislink(world, self.rngs.world)
        self.headend = HeadEnd(
            timeline=timeline,
            world=world,
            put=self.puts["hes"],
            rng=self.rngs.headend,
            radio=self.scenario.radio,
        )
        self.scada = Scada(
            timeline=timeline, chart=self.chart, put=self.puts["scada"], rng=self.rngs.scada, apply=self.apply
        )
        self.callers = Callers(timeline=timeline, world=world, put=self.puts["cis"], rng=self.rngs.callers)
        self.questions = Questions(
            timeline=timeline, world=world, put=self.puts["hes"], rng=self.rngs.questions, pen=self.headend.pen
        )

    # Beginning

    def begin(self) -> None:
        """Put the scenario's first actions on the timeline."""
        for strike in self.scenario.strikes:
            self.timeline.after(strike.after_s, functools.partial(self._strike, strike))
        if self.scenario.every_s:
            self._plan_next()
        self.headend.resume(self.chart.believed_dark)
        self.headend.begin_false_gasps()
        self.callers.begin_house_faults(self.scenario.house_faults_per_hour, self.rngs.homes)
        self.scada.interrogate()
        self.scada.begin_sweeps()

    def begin_load(self, partner: str, per_second: float) -> None:
        """Messages of one partner at a steady rate."""
        self.headend.resume(self.chart.believed_dark)
        if partner == "ami":
            self._flicker(1.0 / per_second)
        else:
            self.scada.begin_sweeps(1.0 / per_second)

    def apply(self, change: Change) -> None:
        """Show a change to everybody who could see it."""
        for index, is_closed in change.moved:
            log.info("%s %s", self.chart.world.branches[index].name, "closed" if is_closed else "opened")
        if change.lost or change.regained:
            log.info("%d meters lost supply, %d regained it", len(change.lost), len(change.regained))
        self.scada.see(change)
        self.headend.see(change)
        self.callers.see(change)

    def summary(self) -> dict[str, Any]:
        """What happened in the field."""
        return {
            "faults": [
                {
                    "at_s": one.at_s,
                    "branch": one.branch,
                    "device": one.device,
                    "meters": one.meters,
                    "repaired_at_s": one.repaired_at_s,
                }
                for one in self.happenings
            ],
            "gasps": {
                "made": self.headend.gasps_made,
                "heard": self.headend.gasps_heard,
                "false": self.headend.false_gasps,
                "messages_doubled": self.headend.doubled,
            },
            "commands": {
                "taken": self.scada.commands,
                "refused": self.scada.commands_refused,
                "delayed": self.scada.commands_delayed,
                "stuck": self.scada.commands_stuck,
                "contrary": self.scada.commands_contrary,
            },
            "calls": self.callers.calls,
            "house_faults": self.callers.house_faults,
            "questions": {
                "taken": self.questions.asked,
                "meters": self.questions.meters_asked,
                "failed": self.questions.failed,
                "slow": self.questions.slow,
                "parted": self.questions.parted,
            },
            "mislinked_meter": self._mislinked(),
            "meters_dark": int((~self.chart.world.is_lit).sum()),
        }

    # Faults

    def _plan_next(self) -> None:
        if self.scenario.every_s:
            self.timeline.after(self.rngs.world.uniform(*self.scenario.every_s), self._strike_usual)

    def _strike_usual(self) -> None:
        if not self._is_calm():
            self._plan_next()
            return
        shares = np.array([share for share, _ in self.scenario.mix])
        number = self.rngs.world.choice(len(shares), p=shares / shares.sum())
        self._strike(self.scenario.mix[int(number)][1])
        self._plan_next()

    def _is_calm(self) -> bool:
        """Whether people keep up: a demonstration left alone is not to end in a storm."""
        most = self.scenario.most_waiting
        open_ = sum(not self.chart.world.closed[one] for one in {happening.cleared_by for happening in self.happenings})
        return most is None or open_ < most

    def _strike(self, strike: Strike) -> None:
        """Break something behind a switch of the wanted kind; where there is none, behind any."""
        anywhere = dataclasses.replace(strike, where=ANYWHERE, fewest_places=1)
        place = self._place(strike) or self._place(anywhere)
        if place is None:
            log.warning("nothing was found that a fault could switch off")
            return
        device, branch, meters = place
        world = self.chart.world
        happening = Happening(
            self.timeline.now, world.branches[branch].name, world.branches[device].name, meters, device
        )
        self.happenings.append(happening)
        log.info("fault on %s, to be cleared by %s", happening.branch, happening.device)
        mva = short_circuit.mva(self.chart, branch)
        self.apply(world.strike(branch))
        passed = world.passed(branch)
        self.scada.see_fault(passed, world.faults[branch].tripped, mva)
        lasts_s = self.rngs.world.uniform(*strike.lasts_s)
        self.timeline.after(lasts_s, functools.partial(self._repair, branch, passed, happening))

    def _place(self, strike: Strike) -> tuple[int, int, int] | None:
        """A switch of the kind, a branch whose fault opens it alone, and how many meters that darkens."""
        world = self.chart.world
        fitting = [
            index
            for index, branch in enumerate(world.branches)
            if branch.is_protective and world.closed[index] and branch.a in world.live and _fits(branch, strike.where)
        ]
        for device in self.rngs.world.permutation(fitting)[:_TRIES].tolist():
            dark = world.dark_without(device)
            is_enough = len(dark) >= strike.fewest_meters and world.places(dark) >= strike.fewest_places
            if is_enough and (branches := world.protected_by(device)):
                return device, branches[int(self.rngs.world.integers(len(branches)))], len(dark)
        return None

    def _repair(self, branch: int, passed: set[int], happening: Happening) -> None:
        if branch in self.chart.world.faults:
            log.info("%s is repaired", happening.branch)
            happening.repaired_at_s = self.timeline.now
            self.apply(self.chart.world.repair(branch))
            self.scada.see_repair(passed)

    # Load

    def _flicker(self, every_s: float) -> None:
        world = self.chart.world
        count = min(_FLICKERING, len(world.meters))
        if count:
            self.headend.flicker(self.rngs.world.choice(len(world.meters), count, replace=False).tolist())
        self.timeline.after(every_s, functools.partial(self._flicker, every_s))

    def _mislinked(self) -> dict[str, Any] | None:
        if self.mislinked is None:
            return None
        meter = self.chart.world.meters[self.mislinked]
        return {
            "number": meter.number,
            "recorded_node": meter.node,
            "true_node": self.chart.world.meter_node[self.mislinked],
        }


def _fits(branch: Any, where: str) -> bool:
    """Whether a switch is of the wanted kind: fuses clear laterals, telemetered breakers and reclosers feeders."""
    if where == LATERAL:
        return bool(branch.cim_class == "Fuse")
    if where == FEEDER:
        return bool(branch.is_telemetered and branch.cim_class != "Fuse")
    return True
