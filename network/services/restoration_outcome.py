"""What a plan of restoration is made for, and what comes of it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from network.domain.phrases import Phrase
from network.domain.restoration.blocks import Blocks
from network.domain.restoration.islands import Island, Outlook, Verdicts
from network.domain.restoration.location import Suspects
from network.domain.restoration.search import Candidate, Spare
from network.domain.restoration.sequence import Move
from network.domain.restoration.worth import Gain, Pace
from network.services.what_if import Ahead, Checked

#: Codes of what may keep a plan from being made: all is live; some phases are; nobody knows how switches stand; machines feed the
#: fault (their names come with it, as those of the switches before); no switch helps.
NOTHING_DEAD, PARTLY, STALE, FEEDS, NO_SWITCH = "nothing_dead", "partly", "stale", "feeds", "no_switch"
#: The device that tripped has supply on both sides: what is dead begins somewhere else.
ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a plan is made for.

    Attributes:
        tripped: branch of the device that opened and stays open.
        since: when it did; indicators of before do not count.
        ahead: load to be expected, and pickup of what was dead.
        critical: critical customers by node.
        pace: how long steps and repair take.
        until_s: so long a plan may take to be found.
        restore_only: the fault is held off already: nothing but supply is wanted.
        suspected: nodes that people know to be faulted; None lets evidence speak.
        barred: switches that failed a step before, and why.
        opened: switches that were opened since the trip to hold the fault off.
        generation: what makes power in the dead area.
    """

    tripped: int
    since: dt.datetime
    ahead: Ahead = field(default_factory=Ahead)
    critical: Mapping[int, int] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)
    until_s: float = 12.0
    suspected: frozenset[int] | None = None
    barred: Mapping[int, Phrase | str] = field(default_factory=dict)
    generation: Outlook = field(default_factory=Outlook)
    opened: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Planned:
    """A candidate with its steps, what it is worth, and what the power flow says of each state in which supply comes back.

    `checked` is the worst of them; None where nobody checked it, which `unchecked` explains. `islands` have supply of their own once
    the fault is held off; `kept` says when. `spare` is what the feeders can give after a load transfer, where the plan has one.
    """

    candidate: Candidate
    moves: tuple[Move, ...]
    gains: tuple[Gain, ...]
    value: float
    customer_minutes: float
    checked: Checked | None
    unchecked: Phrase = field(default_factory=dict)
    islands: tuple[Island, ...] = ()
    kept: tuple[Gain, ...] = ()
    spare: Spare | None = None

    @property
    def is_safe(self) -> bool:
        """Whether it may be carried out."""
        return self.checked is not None and self.checked.holds

    @property
    def rank(self) -> tuple[bool, float, int, float]:
        """Sorts the better first."""
        volts = self.checked.v_min_pu if self.checked and self.checked.v_min_pu else 0.0
        return (not self.is_safe, -round(self.value, 3), self.candidate.operations, -volts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: where the fault may be, and plans, best first. Without plans `declined` says why.

    `before` is the state before the trip at the load to be expected, where a plan had something to excuse; where it has no power flow,
    nothing excuses a plan.
    """

    blocks: Blocks | None
    suspects: Suspects | None
    plans: tuple[Planned, ...]
    declined: Phrase = field(default_factory=dict)
    took_s: float = 0.0
    tried_all: bool = True
    before: Checked | None = None
    spare: Spare | None = None
    ahead: Ahead = field(default_factory=Ahead)
    verdicts: Verdicts = field(default_factory=Verdicts)
    hours: tuple[dt.datetime, ...] = ()  # until the repair, those of the islands
    blocked: Mapping[int, Phrase | str] = field(default_factory=dict)  # switches no plan moves, and why

    @property
    def unsolved_before(self) -> str:
        """Why the state before the trip has no power flow; empty where it has one, or nobody asked."""
        return "" if self.before is None or self.before.converged else self.before.reason
