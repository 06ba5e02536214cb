"""One business system alone against a server: it listens, does what it does, and says at the end what became of its messages."""

from __future__ import annotations

import datetime as dt
import functools
import logging
import math
import re
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from integration.simulators import listening, messages, offers, temper
from integration.simulators.accents import Accent
from integration.simulators.client import Client, Refused, Unreachable
from integration.simulators.delivery import Message, Outbox
from integration.simulators.listening import Desk
from integration.simulators.pens import Pen
from integration.simulators.systems.base import System, Tools
from integration.simulators.temper import Temper
from integration.simulators.timeline import Timeline

log = logging.getLogger(__name__)

_RETRY_S = 1.0
_CODE = re.compile(rb"<(?:\w+:)?code>([^<]*)<")


@dataclass(frozen=True, slots=True)
class SystemRun:
    """What is wanted of one run."""

    url: str
    token: str
    name: str  # its path is /cim/NAME
    made_by: type[System]
    seed: int = 1
    rate: float | None = None
    minutes: float | None = None  # None: until it is stopped
    port: int = 8099
    temper: Temper = Temper()  # noqa: RUF009 - frozen
    accent: Accent | None = None
    is_offering: bool = False  # it also tells, once each, what it has that is refused so far (`offers`)
    drain_s: float = 15.0
    patience_s: float = 120.0  # for a server that is still starting


class Running:
    """Runs once; `stop` ends it in order, from a signal handler or another thread. `system` is there as soon as `ready` is set."""

    def __init__(self, run: SystemRun) -> None:
        self.run_wanted = run
        self.timeline: Timeline | None = None
        self.system: System | None = None
        self.port = 0
        self.ready = threading.Event()
        self._stopped = threading.Event()
        self._offered: dict[str, str] = {}

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/cim/{self.run_wanted.name}"

    def stop(self) -> None:
        """End the run; what is in the queue is still delivered, for a while."""
        self._stopped.set()
        if self.timeline is not None:
            self.timeline.stop()

    def run(self) -> dict[str, Any]:
        """The report.

        Raises:
            Unreachable: no server answered in time.
            OSError: the port is taken.
        """
        run = self.run_wanted
        with Client(run.url, run.token) as client:
            self._await_server(client)
        self.timeline = Timeline(started_at=dt.datetime.fromtimestamp(time.time(), dt.UTC))
        pen = Pen(run.made_by.source, self.timeline)
        chances = [np.random.default_rng(one) for one in np.random.SeedSequence(run.seed).spawn(3)]
        with Client(run.url, run.token) as client:
            outbox = Outbox(run.made_by.source, run.accent.posting(client.post) if run.accent else client.post)
            outgoing = temper.Outgoing(outbox.put, run.temper, chances[1], pen.id)
            tools = Tools(self.timeline, pen, outgoing.put, chances[0], client, run.rate)
            self.system = run.made_by(tools)
            desk = Desk(
                name=run.made_by.source,
                timeline=self.timeline,
                pen=pen,
                handle=self.system.take,
                rng=chances[2],
                busy=run.temper.failing,
            )
            take = run.accent.taking(desk.take) if run.accent else desk.take
            takes = {f"/cim/{run.name}": temper.slowly(take, run.temper)}
            with listening.listening(takes, run.port) as self.port:
                log.info("%s listens at %s", run.made_by.source, self.address)
                self.timeline.after(0, functools.partial(self._begin, self.system))
                if not self._stopped.is_set():
                    self.timeline.run(math.inf if run.minutes is None else run.minutes * 60)
                outgoing.flush()
                waiting = outbox.drain(run.drain_s)
                outbox.close()
            return self._report(outbox, desk, outgoing, waiting)

    def _await_server(self, client: Client) -> None:
        """Until it answers; that it has no network yet, or does not tell this system, is an answer."""
        deadline = time.monotonic() + self.run_wanted.patience_s
        while not self._stopped.is_set():
            try:
                client.get("api/v1/simulation/world")
            except Refused:
                return
            except Unreachable:
                if time.monotonic() > deadline:
                    raise
                self._stopped.wait(_RETRY_S)
            else:
                return

    def _begin(self, system: System) -> None:
        system.begin()
        if self.run_wanted.is_offering:
            self._offer(system)
        self.ready.set()

    def _offer(self, system: System) -> None:
        """Send each, and note the code it was answered."""
        try:
            meters = system.tools.client.get("api/v1/simulation/world").get("meters", [])
        except (Unreachable, Refused):
            meters = []
        point = str(meters[0]["usage_point"]) if meters else "UP-1"
        for one in offers.OFFERS.get(self.run_wanted.name, ()):
            sender = system.tools.pen.sender()
            body = messages.written(one.root, one.verb, one.noun, sender, one.write(system.at, point))
            told = functools.partial(self._note, f"{one.verb} {one.noun}")
            system.tools.put(Message(sender.message_id, body, told=told))

    def _note(self, name: str, answer: bytes) -> None:
        found = _CODE.search(answer)
        self._offered[name] = found[1].decode() if found else ""

    def _report(self, outbox: Outbox, desk: Desk, outgoing: temper.Outgoing, waiting: int) -> dict[str, Any]:
        tally, run = asdict(outbox.tally), self.run_wanted
        totals = {key: tally[key] for key in ("sent", "accepted", "refused", "repeats")}
        return {
            **totals,
            "waiting": waiting,
            "partner": run.name,
            "seed": run.seed,
            "seconds": self.timeline.now if self.timeline else 0.0,
            "changed_answers": tally["changed_answers"],
            "refusals": tally["refusals"],
            "temper": asdict(run.temper)
            | {"sent_twice": outgoing.repeated, "let_past": outgoing.reordered, "sent_broken": outgoing.garbled},
            "received": desk.received.summary(),
            "offered": self._offered,
            "knows": self.system.state() if self.system else {},
        }
