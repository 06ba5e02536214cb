"""SCADA: sees telemetered switches and measures currents; sends commands to the field, which now and then refuses or is slow."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

import numpy as np

from integration.simulators import messages
from integration.simulators.chart import Chart
from integration.simulators.delivery import Message
from integration.simulators.incoming import Control
from integration.simulators.messages import Value
from integration.simulators.pens import Pen
from integration.simulators.timeline import Timeline
from integration.simulators.world import Change

MAX_VALUES = 200  # per message
SWEEP_S = 10.0
_SEES = 0.005  # standard deviation of a fault current that protection tells, as a share
_RELAY = (
    "51 time overcurrent, phases"  # what the relay of a device that clears a fault shows (IEEE C37.2 device number)
)
_TRIP_S = 0.06  # from one movement of a happening to the next
_SEEN_S = (0.1, 0.6)  # from the switch to the control centre

Apply = Callable[[Change], None]


@dataclass(frozen=True, slots=True)
class Field:
    """How the field takes commands: shares of them that fare badly, and seconds.

    Attributes:
        refused: answered FAILED; nothing moves.
        delayed: carried out so much later.
        stuck: the drive stops half-way: the switch stays as it was, and SCADA is not sure of it.
        contrary: the switch moves, but its contact tells where it stood before.
    """

    refused: float = 0.03
    delayed: float = 0.03
    stuck: float = 0.0
    contrary: float = 0.0
    executes_s: tuple[float, float] = (1.0, 4.0)
    delay_s: float = 30.0


class Scada:
    """Watches a world through its telemetry points, and moves switches in it."""

    def __init__(
        self,
        *,
        timeline: Timeline,
        chart: Chart,
        put: Callable[[Message], None],
        rng: np.random.Generator,
        apply: Apply,
        field: Field | None = None,
    ) -> None:
        self.timeline, self.chart, self.put, self.rng, self.apply = timeline, chart, put, rng, apply
        self.world = chart.world
        self.field = field or Field()
        self.pen = Pen("SCADA-SIM", timeline)
        self.commands = self.commands_refused = self.commands_delayed = self.commands_stuck = self.commands_contrary = 0
        self._operations: dict[str, tuple[str, str]] = {}
        self._load = 1.0

    def see(self, change: Change) -> None:
        """Report the telemetered switches among those that moved, in order, shortly after."""
        values = []
        for order, (index, is_closed) in enumerate(change.moved):
            branch = self.world.branches[index]
            if branch.is_telemetered:
                kind = "Discrete" if branch.point_mrid else "Switch"
                moved_at = self.timeline.at + dt.timedelta(seconds=order * _TRIP_S)
                is_trip = not is_closed and self.world.fault_behind(index) is not None
                reason = _RELAY if is_trip else ""
                values.append(Value(kind, branch.point_mrid or branch.mrid, float(is_closed), moved_at, reason=reason))
        if values:
            self.timeline.after(self.rng.uniform(*_SEEN_S), functools.partial(self._send, values))

    def interrogate(self) -> None:
        """Tell how the fault indicators stand when the day begins: none has operated."""
        if self.chart.indicators:
            self._send([Value("Discrete", one.mrid, 0.0, self.timeline.at) for one in self.chart.indicators])

    def see_fault(self, passed: Set[int], tripped: Set[int] = frozenset(), mva: float | None = None) -> None:
        """Report the fault indicators through whose branches the current of a fault came, and what tripped devices saw, shortly after.

        `mva` is the short-circuit power at the fault; None where nobody can say, and then no device tells a current.
        """
        self._indicate(passed, operated=True)
        if mva is not None and len(tripped) == 1:
            self._tell_currents(self.world.branches[next(iter(tripped))].mrid, mva)

    def _tell_currents(self, device: str, mva: float) -> None:
        """The current of a fault of all phases, as the protection of the device measured it: within a percent or two."""
        mine = [one for one in self.chart.fault_currents if one.branch == device]
        noise = self.rng.normal(1.0, _SEES, len(mine)) if mine else ()
        values = [
            Value("Analog", one.mrid, mva * 1e6 / (3.0**0.5 * one.nominal_v) * float(by), self.timeline.at)
            for one, by in zip(mine, noise, strict=True)
        ]
        if values:
            self.timeline.after(self.rng.uniform(*_SEEN_S), functools.partial(self._send, values))

    def see_repair(self, passed: Set[int]) -> None:
        """Report that these indicators were reset."""
        self._indicate(passed, operated=False)

    def _indicate(self, passed: Set[int], *, operated: bool) -> None:
        on = {self.world.branches[index].mrid for index in passed}
        values = [
            Value("Discrete", one.mrid, float(operated), self.timeline.at)
            for one in self.chart.indicators
            if one.branch in on
        ]
        if values:
            self.timeline.after(self.rng.uniform(*_SEEN_S), functools.partial(self._send, values))

    def begin_sweeps(self, every_s: float = SWEEP_S) -> None:
        """Measure the feeders' currents again and again."""
        if self.chart.analogs:
            self.timeline.after(every_s, functools.partial(self._sweep, every_s))

    def command(self, control: Control) -> tuple[str, str]:
        """Take a command; the code and reason of the reply. The same operation again changes nothing and gets the same."""
        if control.operation not in self._operations:
            self._operations[control.operation] = self._take(control)
        return self._operations[control.operation]

    def _take(self, control: Control) -> tuple[str, str]:
        self.commands += 1
        index = self.world.branch_at.get(control.switch)
        if index is None or not self.world.branches[index].is_switch:
            return "2.15", f"no switch {control.switch} here"
        name = self.world.branches[index].name
        if not self.world.branches[index].is_telemetered:
            return "2.15", f"{name} is not remote controlled"
        if control.until is not None and control.until < self.timeline.at:
            return "4.1", f"{name}: the command came too late"
        if self.rng.random() < self.field.refused:
            self.commands_refused += 1
            return "6.1", f"{name}: blocked by the device (spring not charged)"
        delay_s = self.rng.uniform(*self.field.executes_s)
        if self.rng.random() < self.field.delayed:
            self.commands_delayed += 1
            delay_s += self.field.delay_s
        execute = self._execute
        # A field that always obeys draws nothing here, so that its day stays the same under one seed.
        if self.field.stuck and self.rng.random() < self.field.stuck:
            self.commands_stuck += 1
            execute = self._get_stuck
        elif self.field.contrary and self.rng.random() < self.field.contrary:
            self.commands_contrary += 1
            execute = self._tell_the_contrary
        self.timeline.after(delay_s, functools.partial(execute, index, control.is_closed))
        return "0.0", ""

    def _get_stuck(self, index: int, is_closed: bool) -> None:  # noqa: ARG002, FBT001 - called once, by partial
        self._tell(index, self.world.closed[index], "QUESTIONABLE")

    def _tell_the_contrary(self, index: int, is_closed: bool) -> None:  # noqa: FBT001 - called once, by partial
        self.world.move(index, is_closed=is_closed)
        self._tell(index, not is_closed, "GOOD")

    def _tell(self, index: int, is_closed: bool, validity: str) -> None:  # noqa: FBT001
        branch = self.world.branches[index]
        kind = "Discrete" if branch.point_mrid else "Switch"
        self._send([Value(kind, branch.point_mrid or branch.mrid, float(is_closed), self.timeline.at, validity)])

    def _execute(self, index: int, is_closed: bool) -> None:  # noqa: FBT001 - called once, by partial
        change = self.world.move(index, is_closed=is_closed)
        # Where nothing moved the position is reported all the same: who asked waits for it.
        self.apply(change or Change(moved=((index, is_closed),)))

    def _sweep(self, every_s: float) -> None:
        self._load = float(np.clip(self._load + self.rng.normal(0.0, 0.01), 0.6, 1.2))
        at = {self.world.branch_at[one.branch]: one for one in self.chart.analogs if one.branch in self.world.branch_at}
        amperes = self.world.currents(self.chart.load_kw, {index: one.nominal_v for index, one in at.items()})
        noise = self.rng.normal(1.0, 0.01, len(at))
        values = [
            Value("Analog", one.mrid, amperes[index] * self._load * float(factor), self.timeline.at)
            for (index, one), factor in zip(at.items(), noise, strict=True)
        ]
        self._send(values)
        self.begin_sweeps(every_s)

    def _send(self, values: Sequence[Value]) -> None:
        for start in range(0, len(values), MAX_VALUES):
            sender = self.pen.sender()
            part = values[start : start + MAX_VALUES]
            self.put(Message(sender.message_id, messages.measurement_values(sender, part), len(part)))
