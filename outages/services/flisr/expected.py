"""The load that plans must bear: the highest of the coming hours, and what is picked up after long without supply."""

import datetime as dt

from django.utils import timezone

from adms.core import runtime_settings
from network.services.what_if import Ahead
from outages.domain.flisr import look_ahead
from outages.models import FlisrEvent
from outages.services.flisr import settings


def ahead(row: FlisrEvent, at: dt.datetime) -> Ahead:
    """As multiples of the load of the model."""
    profile = [float(one) for one in runtime_settings.get(settings.PROFILE)]
    local = timezone.localtime(at)
    hour = local.hour + local.minute / 60.0
    factor = look_ahead.factor(profile, hour, float(runtime_settings.get(settings.AHEAD)))
    cold_after = dt.timedelta(minutes=float(runtime_settings.get(settings.COLD)))
    pickup = float(runtime_settings.get(settings.PICKUP)) if at - row.tripped_at >= cold_after else 1.0
    return Ahead(factor, pickup)
