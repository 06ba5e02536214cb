"""What plans must bear and whom they must think of: the highest load of the coming hours, cold-load pickup, critical customers."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from adms.core import runtime_settings
from metering.selectors import supply
from network.selectors import feeder_power, state
from network.selectors.dead_area import DeadArea
from network.services import feeder_readings
from network.services.what_if import Ahead
from outages.domain.flisr import look_ahead
from outages.models import FlisrEvent
from outages.services import cold_loads, load_profile
from outages.services.flisr import settings

#: Moments within the time for which cold load lasts.
_STEPS = 7


def ahead(row: FlisrEvent, present: state.NetworkState, at: dt.datetime) -> Ahead:
    """By the profile of the day, the settings of cold-load pickup, and what is read at the heads of the feeders."""
    since = at - dt.timedelta(seconds=float(runtime_settings.get(feeder_readings.OLDEST)))
    by_model = ahead_of(dead_for=at - row.tripped_at, at=at)
    dead_share = row.before.get("share")
    return replace(by_model, shares=feeder_power.shares(present, since, at), dead_share=dead_share)


def share_before(present: state.NetworkState, area: DeadArea, tripped_at: dt.datetime) -> float | None:
    """What the feeder of a device that tripped took until then, as a multiple of the model's loads; None where no reading tells."""
    heads = area.before.feeder[area.nodes]
    if not heads.size or heads[0] < 0:
        return None
    since = tripped_at - dt.timedelta(seconds=float(runtime_settings.get(feeder_readings.OLDEST)))
    return feeder_power.shares(replace(present, energisation=area.before), since, tripped_at).get(int(heads[0]))


def ahead_of(*, dead_for: dt.timedelta, at: dt.datetime) -> Ahead:
    """The same for what has been without supply for so long."""
    profile = [float(one) for one in runtime_settings.get(load_profile.PROFILE)]
    local = timezone.localtime(at)
    hour = local.hour + local.minute / 60.0
    growth = look_ahead.factor(profile, hour, float(runtime_settings.get(settings.AHEAD)))
    return Ahead(pickup=_pickup(dead_for, growth, lambda hours: look_ahead.factor(profile, hour, hours)), growth=growth)


def _pickup(dead_for: dt.timedelta, growth: float, until: Callable[[float], float]) -> float:
    """What comes back, as a multiple of the highest load of the coming hours: cold load has gone down when a later peak comes.

    The curve is the one of switching orders (`orders.cold_load_curve`, `orders.cold_load_lasts_min`).
    """
    cold = cold_loads.pickup()
    dead_min, steps = dead_for.total_seconds() / 60.0, np.linspace(0.0, cold.lasts_min, _STEPS)
    highest = max(cold.left(dead_min, float(minutes)) * until(float(minutes) / 60.0) for minutes in steps)
    return max(1.0, highest / growth)


def critical(model: str, nodes: NDArray[np.int32]) -> dict[int, int]:
    """Critical customers by node."""
    found = supply.supply_at(model, nodes.tolist())
    places, counts = np.unique(found.nodes[found.critical], return_counts=True)
    return dict(zip(places.tolist(), counts.tolist(), strict=True))
