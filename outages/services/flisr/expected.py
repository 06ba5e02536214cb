"""What plans must bear and whom they must think of: the highest load of the coming hours, cold-load pickup, critical customers."""

import datetime as dt
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
from outages.services.flisr import settings


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
    profile = [float(one) for one in runtime_settings.get(settings.PROFILE)]
    local = timezone.localtime(at)
    hour = local.hour + local.minute / 60.0
    growth = look_ahead.factor(profile, hour, float(runtime_settings.get(settings.AHEAD)))
    cold_after = dt.timedelta(minutes=float(runtime_settings.get(settings.COLD)))
    pickup = float(runtime_settings.get(settings.PICKUP)) if dead_for >= cold_after else 1.0
    return Ahead(pickup=pickup, growth=growth)


def critical(model: str, nodes: NDArray[np.int32]) -> dict[int, int]:
    """Critical customers by node."""
    found = supply.supply_at(model, nodes.tolist())
    places, counts = np.unique(found.nodes[found.critical], return_counts=True)
    return dict(zip(places.tolist(), counts.tolist(), strict=True))
