"""What metering does by itself, round by round."""

import datetime as dt
from collections.abc import Sequence

from adms.core import topics
from adms.core.events import Recorded
from adms.core.subscriptions import subscribe
from adms.core.sweeping import sweep
from metering.events import MetersReported, PingsAnswered, PingsRequested
from metering.services import alerts, ping_answers, pings, reading_requests, validating

topics.touch(PingsRequested, "pings")
topics.touch(PingsAnswered, "pings")


@subscribe("metering.alerts", MetersReported, is_across=True)
def raise_alerts(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Alarms for what is critical."""
    alerts.raise_for(batch=batch, at=at)


@sweep("pings", pause_s=1)
def follow_pings(at: dt.datetime) -> int:
    """Questions whose turn has come go out; those whose time is over end."""
    return pings.release(at=at, is_patient=False) + ping_answers.end_overdue(at=at)


@sweep("readings", pause_s=5)
def judge_readings(at: dt.datetime) -> int:
    """Days that are over are judged, meters with gaps asked once; questions nobody answered end."""
    return validating.run_due(at=at) + reading_requests.end_overdue(at=at)
