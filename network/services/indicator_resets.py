"""A person resets a fault indicator: what it saw belongs to a fault that is over, or it was wrong."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, Refused
from adms.core.services import audit, authority, events
from network.events import MeasurementsChanged
from network.models import Equipment, TelemetryPoint
from network.selectors.indicator_words import MANUAL
from network.services import indicator_words, telemetry

RESET = "report_position"


class NothingToReset(Refused):
    """The indicator never said anything, or a person has reset it already."""

    code = "nothing_to_reset"
    status = 409


def has_something(point: TelemetryPoint) -> bool:
    """Whether it is a fault indicator that said anything since a person reset it."""
    return point.kind == indicator_words.KIND and point.value is not None and point.quality != MANUAL


@transaction.atomic
def reset(*, actor: Actor, point_mrid: str, reason: str, at: dt.datetime) -> TelemetryPoint:
    """What it saw before `at` counts no longer, for prediction and in replays; its next word is believed again.

    Raises:
        NotAuthorised: the actor may not say where devices of that area stand.
        NotFound: no such point in a model that is operated.
        Invalid: it is no fault indicator, or no reason.
        NothingToReset: it never said anything, or is reset already.
    """
    found = telemetry.find_point(point_mrid)
    point = (
        TelemetryPoint.objects.select_related("version").select_for_update(of=("self",), no_key=True).get(pk=found.pk)
    )
    device = Equipment.objects.select_related("area").get(version_id=point.version_id, mrid=point.equipment_mrid)
    authority.require(actor=actor, action=RESET, area=device.area.key)
    if point.kind != indicator_words.KIND:
        raise Invalid(_("%(name)s is no fault indicator") % {"name": point.name}, field="point")
    if len(reason.strip()) < 3:
        raise Invalid(_("say why it is reset"), field="reason")
    if not has_something(point):
        raise NothingToReset(_("%(name)s has nothing to reset") % {"name": point.name}, point=point_mrid)
    before = {"value": point.value, "quality": point.quality}
    point.value, point.quality, point.occurred_at, point.source = 0.0, MANUAL, at, actor.name[:60]
    point.save(update_fields=["value", "quality", "occurred_at", "source"])
    indicator_words.add([(point, 0.0, at, MANUAL)], at)
    audit.record(
        actor=actor, action="reset_indicator", object_=f"telemetry point:{point_mrid}", area=device.area.key,
        before=before, after={"value": 0.0, "quality": MANUAL}, reason=reason.strip()[:300], at=at,
    )  # fmt: skip
    events.publish(
        area_id=device.area_id, facts=[MeasurementsChanged(found.version.model.key, [point_mrid], at)], at=at
    )
    return point
