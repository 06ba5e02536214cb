"""What FLISR calls people for: a plan that waits to be taken, an event that is held, a ring that nobody opens."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from adms.core import alarms
from adms.core.alarms import HIGH, MEDIUM, Raised
from adms.core.models import Alarm
from adms.core.services import alarms as raising
from network.domain.phrases import Phrase, phrase
from network.services.alarming import device_cause
from outages.domain.flisr import life
from outages.models import FlisrEvent, FlisrStep
from outages.services.flisr import rings

PROPOSED = alarms.declare(
    "flisr_proposed",
    priority=MEDIUM,
    title=_("A restoration plan waits"),
    response=_("Look at the plan, take it or decline it."),
    says={"plan": _("%(device)s: FLISR %(flisr)s")},
)
HELD = alarms.declare(
    "flisr_held",
    priority=MEDIUM,
    title=_("FLISR is held"),
    response=_("Look at why it does not go on; plan anew, or stop it and restore by hand."),
    says={"held": _("%(device)s: FLISR %(flisr)s is held")},
)
RING = alarms.declare(
    "ring_stands",
    priority=HIGH,
    title=_("Feeders run in a ring"),
    response=_("Open one of the two switches: look first which of them keeps everybody supplied."),
    says={"ring": _("%(tie)s and %(part)s are both closed after FLISR %(flisr)s")},
)
#: Rings are looked for so long after an event.
_AFTER = dt.timedelta(days=1)


def follow(*, numbers: set[int], at: dt.datetime) -> None:
    """Each of some events where it stands now."""
    rows = list(FlisrEvent.objects.filter(pk__in=numbers).select_related("area").order_by("pk"))
    if not rows:
        return
    for kind, code, waits in (
        (PROPOSED, "plan", [row for row in rows if row.state == life.PROPOSED]),
        (HELD, "held", [row for row in rows if row.state == life.HELD and row.next_at is None]),
    ):
        raising.return_(keys=[(kind, str(row.pk)) for row in rows if row not in waits], at=at)
        facts = [_about(row, kind, phrase(code, device=row.device_name, flisr=str(row.pk))) for row in waits]
        raising.raise_(facts=facts, at=at)
    watch(at=at)


def watch(*, at: dt.datetime) -> int:
    """Rings of load transfers that no step is about to open; how many alarms are new."""
    facts = [fact for row in _handed_over(at) if (fact := _ring(row)) is not None]
    raising.return_others(definition=RING, standing=[fact.source for fact in facts], at=at)
    return raising.raise_(facts=facts, at=at)


def _handed_over(at: dt.datetime) -> Sequence[FlisrEvent]:
    """Events that have commanded a tie, and carry nothing out now."""
    told = Alarm.objects.filter(definition=RING, closed_at=None).values_list("source", flat=True)
    recent = Q(ended_at=None) | Q(ended_at__gt=at - _AFTER) | Q(pk__in=[int(one) for one in told])
    ties = FlisrStep.objects.filter(rings.COMMANDED).values("event_id")
    found = FlisrEvent.objects.filter(recent, pk__in=ties).exclude(state=life.EXECUTING)
    return list(found.select_related("area").order_by("pk"))


def _ring(row: FlisrEvent) -> Raised | None:
    ring = rings.left(row)
    if ring is None:
        return None
    tie, part = ring.tie.equipment_name, ring.part.equipment_name
    return _about(row, RING, phrase("ring", tie=tie, part=part, flisr=str(row.pk)))


def _about(row: FlisrEvent, kind: str, told: Phrase) -> Raised:
    return Raised(
        kind,
        str(row.pk),
        row.area.key,
        told,
        cause=device_cause(row.device_mrid),
        link=f"/flisr/{row.pk}/",
        model=row.model_key,
    )
