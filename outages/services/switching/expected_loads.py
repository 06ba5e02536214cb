"""The load while an order is carried out: what comes back takes more than it did, and after a wait it is another hour of the day.

1. What a feeder will take is what it takes now, as its load went up or down between these hours on the days before (means of hours);
   where too few of them are known, by the profile of the day (`flisr.load_profile`).
2. What comes back takes a multiple by how long it was without supply (`cold_load.Pickup`).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.utils import timezone

from adms.core import runtime_settings
from network.domain.grid.arrays import Int
from network.selectors import feeder_power, power_history
from network.selectors.power_history import HOUR
from network.selectors.state import NetworkState
from network.services import feeder_readings
from outages.domain.switching import cold_load
from outages.domain.switching.cold_load import Floats
from outages.domain.switching.rehearsal import Stand
from outages.models import Interruption
from outages.services import cold_loads, load_profile


@dataclass(frozen=True, slots=True)
class Course:
    """How the load goes on from now: by hour (the running one first) as a multiple of now.

    `by_head` are feeders whose days before are known well enough; all others follow `profile`.
    """

    begins_at: dt.datetime  # of the running hour
    at: dt.datetime
    profile: tuple[float, ...]
    by_head: Mapping[int, tuple[float, ...]] = field(default_factory=dict)

    def factor(self, head: int, minutes: float) -> float:
        """The multiple of a feeder in so many minutes; what lies beyond the last hour is as that one."""
        course = self.by_head.get(head, self.profile)
        place = int((self.at + dt.timedelta(minutes=minutes) - self.begins_at) / HOUR)
        return course[min(place, len(course) - 1)]

    def least(self, head: int, begin: float, end: float) -> float:
        """The smallest multiple between two moments, minutes from now."""
        hours = np.arange(begin, end, 60.0)
        return min(self.factor(head, minutes) for minutes in (*hours.tolist(), max(end - 1e-6, begin)))


def course(present: NetworkState, heads: Sequence[int], at: dt.datetime, minutes: float) -> Course:
    """How the load of feeders goes on for so many minutes."""
    begins_at = power_history.hour_of(at)
    hours = [begins_at]
    while hours[-1] + HOUR < at + dt.timedelta(minutes=minutes):
        hours.append(hours[-1] + HOUR)
    day = [float(one) for one in runtime_settings.get(load_profile.PROFILE)]
    profile = _as_multiples([day[timezone.localtime(hour).hour % len(day)] for hour in hours])
    known = power_history.expected_kw(present, heads, hours) if len(hours) > 1 else {}
    by_head = {head: _as_multiples(told) for head, told in known.items() if min(told) > 0.0}
    return Course(begins_at, at, profile, by_head)


def _as_multiples(told: Sequence[float]) -> tuple[float, ...]:
    return tuple(one / told[0] for one in told) if told[0] > 0.0 else (1.0,) * len(told)


def of_stands(
    present: NetworkState, stands: Sequence[Stand], at: dt.datetime, dead_min: Floats | None = None
) -> list[Floats | None]:
    """Multiples of the load of the model per node after each step of a rehearsal that begins now; None: as telemetry tells now.

    Args:
        present: the network now.
        stands: of the rehearsal.
        at: now.
        dead_min: minutes without supply per node; by the ledger where it is not given.
    """
    dead = dead_minutes(present.model, stands[0], at) if dead_min is None else dead_min
    cold = cold_load.multiples(stands, dead, cold_loads.pickup())
    if stands[-1].minutes <= 0.0:
        return cold
    feeder = stands[0].energisation.feeder[: dead.size]
    heads = np.unique(feeder[feeder >= 0]).tolist()
    ahead = course(present, heads, at, stands[-1].minutes)
    now = shares(present, at)
    return [_later(one, stand.minutes, ahead, now, feeder) for one, stand in zip(cold, stands, strict=True)]


def shares(present: NetworkState, at: dt.datetime) -> dict[int, float]:
    """What feeders take now by the readings at their heads, as multiples of the model's loads."""
    since = at - dt.timedelta(seconds=float(runtime_settings.get(feeder_readings.OLDEST)))
    return feeder_power.shares(present, since, at)


def _later(
    cold: Floats | None,
    minutes: float,
    ahead: Course,
    now: Mapping[int, float],
    feeder: Int,
) -> Floats | None:
    """The multiples of one moment; where it is still the running hour, those of what comes back alone."""
    factors = {head: ahead.factor(head, minutes) for head in np.unique(feeder[feeder >= 0]).tolist()}
    if all(one == 1.0 for one in factors.values()):
        return cold
    table = np.ones(int(feeder.max()) + 2)
    for head, one in factors.items():
        table[head] = one * now.get(head, 1.0)
    return table[feeder] * (1.0 if cold is None else cold)


def dead_minutes(model: str, stand: Stand, at: dt.datetime) -> Floats:
    """Per node of the version, minutes since its supply went, by the ledger; 0 where nobody is known to be without it."""
    found = np.zeros(stand.fitted.base.node_count)
    rows = Interruption.objects.filter(model_key=model, ended_at=None, superseded_at=None)
    for node, began_at in rows.values_list("node", "began_at"):
        if 0 <= node < found.size:
            found[node] = max(found[node], (at - began_at).total_seconds() / 60.0)
    return np.maximum(found, 0.0)
