"""The head-end is asked: which of these meters answer, and with what? Or: what have they counted?

It knows who is dark from the field, and it is no better than the radio: slow, now and then silent, in parts, or failing altogether.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from integration.simulators import consumption, messages
from integration.simulators.delivery import Message
from integration.simulators.incoming import Incoming, Question
from integration.simulators.messages import Reading
from integration.simulators.pens import Pen
from integration.simulators.timeline import Timeline
from integration.simulators.world import World

MAX_METERS = 5000  # in one question


@dataclass(frozen=True, slots=True)
class Reach:
    """How well meters can be asked: shares between 0 and 1, seconds from and to."""

    answering: float = 0.97  # of the meters with supply
    with_battery: float = 0.10  # of the meters without: they answer with no voltage
    answers_s: tuple[float, float] = (2.0, 12.0)
    slow: float = 0.02  # of the questions
    slow_s: tuple[float, float] = (50.0, 90.0)
    parted: float = 0.15  # of the questions: answered in two messages
    failing: float = 0.02  # of the questions: refused as a whole


class Questions:
    """Answers on-demand reads of one head-end."""

    def __init__(
        self,
        *,
        timeline: Timeline,
        world: World,
        put: Callable[[Message], None],
        rng: np.random.Generator,
        pen: Pen,
        reach: Reach | None = None,
    ) -> None:
        self.timeline, self.world, self.put, self.rng, self.pen = timeline, world, put, rng, pen
        self.reach = reach or Reach()
        self.asked = self.meters_asked = self.failed = self.slow = self.parted = 0
        self._number = {meter.number: index for index, meter in enumerate(world.meters)}

    def take(self, message: Incoming) -> tuple[str, str]:
        """Take a question: code and reason of the acknowledgment. The answer follows in messages of its own."""
        question = message.question
        if message.verb != "get" or message.noun != "MeterReadings" or question is None:
            return "2.9", f"{message.verb} {message.noun} is not taken here"
        if len(question.meters) > MAX_METERS:
            return "3.1", f"{len(question.meters)} meters; {MAX_METERS} are taken"
        self.asked += 1
        self.meters_asked += len(question.meters)
        if self.rng.random() < self.reach.failing:
            self.failed += 1
            return "5.3", "the head-end cannot reach its collectors"
        delay_s = self.rng.uniform(*self.reach.answers_s)
        if self.rng.random() < self.reach.slow:
            self.slow += 1
            delay_s = self.rng.uniform(*self.reach.slow_s)
        is_parted = len(question.meters) > 1 and self.rng.random() < self.reach.parted
        self.parted += is_parted
        half = len(question.meters) // 2 if is_parted else 0
        correlation = message.correlation_id
        if half:
            first = dataclasses.replace(question, meters=question.meters[:half])
            self._later(delay_s, first, correlation, is_last=False)
            delay_s += self.rng.uniform(1.0, 5.0)
        rest = dataclasses.replace(question, meters=question.meters[half:])
        self._later(delay_s, rest, correlation, is_last=True)
        return "0.3", ""

    def _later(self, delay_s: float, question: Question, correlation_id: str, *, is_last: bool) -> None:
        answer = functools.partial(self._answer, question, correlation_id, is_last=is_last)
        self.timeline.after(delay_s, answer)

    def _answer(self, question: Question, correlation_id: str, *, is_last: bool) -> None:
        sender = self.pen.sender()
        if consumption.ENERGY in question.types:  # meters count whether they are heard or not, and tell of it later
            body = consumption.answer(sender, question, self._number, correlation_id=correlation_id, is_last=is_last)
        else:
            readings = [self._reading(number) for number in question.meters]
            body = messages.meter_readings(sender, readings, correlation_id=correlation_id, is_last=is_last)
        self.put(Message(sender.message_id, body, len(question.meters)))

    def _reading(self, number: str) -> Reading:
        at, index = self.timeline.at, self._number.get(number)
        if index is None:
            return Reading(number, at, code="2.4", reason="no such meter here")
        is_lit, chance = bool(self.world.is_lit[index]), float(self.rng.random())
        if chance < (self.reach.answering if is_lit else self.reach.with_battery):
            return Reading(number, at, volts=float(self.rng.normal(231.0, 2.0)) if is_lit else 0.0)
        return Reading(number, at, code="4.1", reason="the meter did not answer")
