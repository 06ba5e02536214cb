"""What meters report that somebody has to look at: tampering and limits, as alarms that end when the meter says so (T02, T04, L09)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext_lazy

from adms.core import alarms, days
from adms.core.alarms import Raised
from adms.core.events import Recorded
from adms.core.services import alarms as raising
from metering.domain import device_codes
from metering.selectors import device_words, reported
from metering.selectors.reported import Report
from network.domain.phrases import phrase

_SAYS = {
    "reported": gettext_lazy("%(meter)s at %(point)s: %(what)s, %(when)s"),
    "reported_by_many": gettext_lazy("%(count)s meters, the first %(meter)s at %(point)s: %(what)s"),
}
TAMPERED = alarms.declare(
    "meter_tampered",
    priority=2,
    title=gettext_lazy("A meter reports tampering"),
    response=gettext_lazy(
        "Compare its readings with those before; send somebody to look at the meter before it is disconnected."
    ),
    says=_SAYS,
)
BEYOND = alarms.declare(
    "meter_beyond_limits",
    priority=3,
    title=gettext_lazy("A meter reports a limit or a switch that failed"),
    response=gettext_lazy(
        "Look at the meter's readings; ask it again, or send somebody where its switch did not move."
    ),
    says=_SAYS,
)
#: So many meters of one message are an alarm each; more of them are one alarm of the control area.
SEVERALLY = 10


def raise_for(*, batch: Sequence[Recorded], at: dt.datetime) -> int:
    """Raise and end alarms for MetersReported that are critical; how many alarms are new."""
    came = 0
    for recorded in batch:
        if recorded.event.is_critical:
            came += _raise_for(recorded, reported.of(recorded.event), at)
    return came


def _raise_for(recorded: Recorded, told: Sequence[Report], at: dt.datetime) -> int:
    latest = {
        (_definition(one.code), one.number): one for one in sorted(told, key=lambda one: (one.occurred_at, one.number))
    }
    ended = [key for key, one in latest.items() if device_codes.is_end(one.code)]
    raising.return_(keys=ended, at=at)
    standing = {key: one for key, one in latest.items() if key not in set(ended)}
    facts = []
    for definition in (TAMPERED, BEYOND):
        own = [one for (kind, _number), one in standing.items() if kind == definition]
        facts += _one_for_all(definition, own, recorded) if len(own) > SEVERALLY else _each(definition, own, recorded)
    return raising.raise_(facts=facts, at=at)


def _definition(code: str) -> str:
    return TAMPERED if device_codes.domain(code) == device_codes.SECURITY else BEYOND


def _each(definition: str, own: Sequence[Report], recorded: Recorded) -> list[Raised]:
    return [
        Raised(
            definition,
            one.number,
            recorded.area,
            phrase(
                "reported",
                meter=one.number,
                point=one.usage_point,
                what=device_words.words(one.code),
                when=days.in_words(one.occurred_at, "%H:%M"),
            ),
            link=f"/meters/{one.number}/readings/",
        )
        for one in own
    ]


def _one_for_all(definition: str, own: Sequence[Report], recorded: Recorded) -> list[Raised]:
    """It has no end of its own: who acknowledges it has looked at them."""
    first = own[0]
    told = phrase(
        "reported_by_many",
        count=len(own),
        meter=first.number,
        point=first.usage_point,
        what=device_words.words(first.code),
    )
    return [Raised(definition, recorded.reference, recorded.area, told, is_momentary=True)]
