"""One run against a server: fetch the network, start the systems, play, wait for the last answers, report."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import math
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from integration.simulators import chart as charts
from integration.simulators import listening
from integration.simulators.chart import Chart
from integration.simulators.client import Client, Unreachable
from integration.simulators.crews import Crews
from integration.simulators.delivery import Outbox
from integration.simulators.listening import Desk
from integration.simulators.pens import Pen
from integration.simulators.play import Play
from integration.simulators.scenarios import PARTNERS, Scenario
from integration.simulators.systems import SYSTEMS
from integration.simulators.timeline import Timeline

log = logging.getLogger(__name__)

WORLD = "api/v1/simulation/world"
SOURCES = {"hes": "HES-SIM", "scada": "SCADA-SIM", "cis": "CIS-SIM"}
#: Connections per system: positions must arrive in their order, last gasps need not.
_WORKERS = {"hes": 4, "scada": 1, "cis": 1}
_LOAD_PER_SECOND = {"ami": 1.0, "scada": 0.1}
_RETRY_S = 1.0
#: Business systems that only listen beside the field: people do their work in the demo.
NOTING = ("wfm", "gis", "billing")


@dataclass(frozen=True, slots=True)
class Run:
    """What is wanted of one run."""

    url: str
    tokens: dict[str, str]  # by hes, scada, cis
    scenario: Scenario
    seed: int = 1
    rate: float | None = None  # a scenario's tempo, or a partner's messages per second
    minutes: float | None = None
    model: str = ""
    port: int = 8099
    patience_s: float = 120.0  # for a server that is still starting
    drain_s: float = 15.0

    @property
    def is_load(self) -> bool:
        """Whether one partner alone is wanted."""
        return self.scenario.name in PARTNERS

    @property
    def tempo(self) -> float:
        """How many times faster than written a scenario is played."""
        return 1.0 if self.is_load or self.rate is None else self.rate

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        if self.minutes is not None:
            return self.minutes * 60
        return math.inf if self.scenario.minutes is None else self.scenario.minutes * 60 / self.tempo


class Simulation:
    """Runs once; `stop` ends it early, in order, from a signal handler or another thread."""

    def __init__(self, run: Run) -> None:
        self.run_wanted = run
        self.timeline: Timeline | None = None
        self.port = 0
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End the run; what is in the queues is still delivered, for a while."""
        self._stopped.set()
        if self.timeline is not None:
            self.timeline.stop()

    def run(self) -> dict[str, Any]:
        """The report.

        Raises:
            Unreachable: no server answered in time.
            Refused: the server does not give the description of the network.
            ChartUnreadable: what it gives is none.
            OSError: the port for SCADA is taken.
        """
        run = self.run_wanted
        with contextlib.ExitStack() as stack:
            clients = {name: stack.enter_context(Client(run.url, token)) for name, token in run.tokens.items()}
            chart = self._fetch(clients["hes"])
            outboxes = {name: Outbox(SOURCES[name], clients[name].post, workers=_WORKERS[name]) for name in clients}
            self.timeline = Timeline(started_at=dt.datetime.fromtimestamp(time.time(), dt.UTC), tempo=run.tempo)
            puts = {name: outbox.put for name, outbox in outboxes.items()}
            play = Play(run.scenario, chart, self.timeline, puts, run.seed)
            desks = _desks(play)
            crews = Crews(
                timeline=self.timeline, world=chart.world, model=chart.model, version=chart.version, apply=play.apply
            )
            with self._listening(desks):
                self._play(play, crews, clients["hes"])
                waiting = self._drain(outboxes)
            return self._report(play, desks, crews, outboxes, waiting)

    def _fetch(self, client: Client) -> Chart:
        deadline = time.monotonic() + self.run_wanted.patience_s
        query = {"model": self.run_wanted.model} if self.run_wanted.model else {}
        while True:
            try:
                return charts.read(client.get(WORLD, **query))
            except Unreachable:
                if time.monotonic() > deadline or self._stopped.wait(_RETRY_S):
                    raise

    @contextlib.contextmanager
    def _listening(self, desks: dict[str, Desk]) -> Iterator[None]:
        """SCADA and the head-end listen, unless the head-end is alone: then it only makes load."""
        if self.run_wanted.scenario.name == "ami":
            yield
            return
        takes = {path: desk.take for path, desk in desks.items()}
        with listening.listening(takes, self.run_wanted.port) as self.port:
            log.info("SCADA and the head-end listen at http://127.0.0.1:%d, %s", self.port, ", ".join(takes))
            yield

    def _play(self, play: Play, crews: Crews, client: Client) -> None:
        run, timeline = self.run_wanted, play.timeline
        world = play.chart.world
        log.info("%s: %d branches, %d meters", run.scenario.name, len(world.branches), len(world.meters))
        if run.is_load:
            play.begin_load(run.scenario.name, run.rate or _LOAD_PER_SECOND[run.scenario.name])
        else:
            play.begin()
            crews.begin(client)
        if self._stopped.is_set():
            return
        timeline.run(run.seconds)
        crews.end()

    def _drain(self, outboxes: dict[str, Outbox]) -> int:
        """Let the queues empty; how many messages stay unanswered."""
        deadline = time.monotonic() + self.run_wanted.drain_s
        for outbox in outboxes.values():
            outbox.drain(max(deadline - time.monotonic(), 0.0))
            outbox.close()
        return sum(outbox.waiting for outbox in outboxes.values())

    def _report(
        self, play: Play, desks: dict[str, Desk], crews: Crews, outboxes: dict[str, Outbox], waiting: int
    ) -> dict[str, Any]:
        tallies = {outbox.name: asdict(outbox.tally) for outbox in outboxes.values()}
        totals = {key: sum(one[key] for one in tallies.values()) for key in ("sent", "accepted", "refused", "repeats")}
        return {
            **totals,
            "waiting": waiting,
            "scenario": self.run_wanted.scenario.name,
            "seed": self.run_wanted.seed,
            "model": play.chart.model,
            "seconds": play.timeline.now,
            "ended": "another version of the network was published" if crews.is_outdated else "played",
            "partners": tallies,
            "received": desks[listening.PATH].received.summary(),
            "asked": desks[listening.AMI_PATH].received.summary(),
            "noted": {name: desks[f"{listening.PATH}/{name}"].received.summary() for name in NOTING},
            "field": play.summary() | {"moved_by_crews": crews.moves},
        }


def _desks(play: Play) -> dict[str, Desk]:
    """Who answers at which path."""
    scada, headend = play.scada, play.headend
    return {
        listening.PATH: Desk(
            name="SCADA", timeline=play.timeline, pen=scada.pen, handle=listening.commands_to(scada), rng=play.rngs.desk
        ),
        listening.AMI_PATH: Desk(
            name="The head-end",
            timeline=play.timeline,
            pen=headend.pen,
            handle=play.questions.take,
            rng=play.rngs.questions,
        ),
        **{f"{listening.PATH}/{name}": _noting(name, play) for name in NOTING},
    }


def _noting(name: str, play: Play) -> Desk:
    source = SYSTEMS[name].source
    rng = np.random.default_rng([play.seed, NOTING.index(name)])
    return Desk(name=source, timeline=play.timeline, pen=Pen(source, play.timeline), handle=listening.note, rng=rng)
