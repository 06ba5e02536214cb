"""Limits of telemetry points: engineers set them, values beyond them are alarms, one for each limit.

    set_limits    an engineer's act: judged at once, on the audit trail
    judge         called for each batch of values that came
    sweep_gone    alarms of points that no longer exist, or no longer have that limit

Only a value of good quality, or one set by hand, is judged: a stale one neither rings nor calms.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from adms.core import alarms
from adms.core.actors import Actor
from adms.core.alarms import Raised
from adms.core.errors import Invalid
from adms.core.services import alarms as raising
from adms.core.services import audit, authority, events
from network.domain import point_limits as domain
from network.domain.point_limits import Limits
from network.models import HEAVY, Equipment, PointLimits, TelemetryPoint
from network.selectors import points as reading
from network.services import telemetry

EDIT = "edit_alarms"
OBJECT = "telemetry point"
_LOOK = _("Find out why it goes there, by its neighbours and the power flow; switch, or have it mended.")
_ACT = _("Act now: take load over, adjust taps or capacitors, before protection does.")
KINDS = {
    "high_high": alarms.declare("point_high_high", priority=2, title=_("Value very high"), response=_ACT),
    "high": alarms.declare("point_high", priority=3, title=_("Value high"), response=_LOOK),
    "low": alarms.declare("point_low", priority=3, title=_("Value low"), response=_LOOK),
    "low_low": alarms.declare("point_low_low", priority=2, title=_("Value very low"), response=_ACT),
}


@transaction.atomic
def set_limits(*, actor: Actor, point_mrid: str, limits: Limits, reason: str, at: dt.datetime) -> None:
    """Let values of a point be alarms from now on, judged by the value it has; limits without a value take them away.

    Raises:
        NotAuthorised: no engineer.
        NotFound: no such point in a model that is operated.
        Invalid: it is no measured value, the limits contradict each other, or no reason.
    """
    authority.require(actor=actor, action=EDIT)
    point = telemetry.find_point(point_mrid)
    if point.kind in reading.DISCRETE:
        raise Invalid(f"{point.name} says {point.kind.replace('_', ' ')}, which has no limits", field="point")
    why = domain.contradiction(limits)
    if why:
        raise Invalid(why, field="limits")
    if len(reason.strip()) < 3:
        raise Invalid("say why they are set so", field="reason")
    kept = PointLimits.objects.filter(model_id=point.version.model_id, point_mrid=point.mrid)
    before = kept.select_for_update(no_key=True).first()
    if limits.values:
        signed = {"reason": reason.strip()[:300], "set_by": actor.name, "set_at": at}
        PointLimits.objects.update_or_create(
            model_id=point.version.model_id, point_mrid=point.mrid, defaults=asdict(limits) | signed
        )
    else:
        kept.delete()
    audit.record(
        actor=actor,
        action=EDIT,
        object_=f"{OBJECT} {point.mrid}",
        before=asdict(reading.limits_of(before)) if before else None,
        after=asdict(limits) if limits.values else None,
        reason=reason.strip()[:400],
        at=at,
    )
    with events.deferred():
        _judge([(point, limits)], at)


def judge(*, model: str, point_mrids: Sequence[str], at: dt.datetime) -> None:
    """Values of these points came: raise what is beyond a limit, return what has come back."""
    rows = {
        row.point_mrid: reading.limits_of(row)
        for row in PointLimits.objects.filter(model__key=model, point_mrid__in=point_mrids)
    }
    if rows:
        found = TelemetryPoint.objects.filter(version__state="published", version__model__key=model, mrid__in=rows)
        _judge([(point, rows[point.mrid]) for point in found.select_related("version__model").defer(*HEAVY)], at)


def sweep_gone(*, at: dt.datetime) -> None:
    """Alarms whose point or limit is no more return to normal."""
    standing = reading.with_limits()
    for level, kind in KINDS.items():
        raising.return_others(definition=kind, standing=[mrid for mrid, levels in standing if level in levels], at=at)


def _judge(found: Iterable[tuple[TelemetryPoint, Limits]], at: dt.datetime) -> None:
    told = [(point, limits) for point, limits in found if point.value is not None and point.quality not in reading.BAD]
    gone: list[tuple[str, str]] = []
    beyond: dict[int, list[tuple[TelemetryPoint, str, float]]] = defaultdict(list)
    for point, limits in told:
        judged = domain.judge(point.value or 0.0, limits)
        gone += [(KINDS[level], point.mrid) for level in judged.within]
        beyond[point.version_id] += [(point, level, limits.values[level]) for level in judged.beyond]
    raising.return_(keys=gone, at=at)
    facts = [one for version, several in beyond.items() for one in _facts(version, several)]
    raising.raise_(facts=facts, at=at)


def _facts(version: int, several: Sequence[tuple[TelemetryPoint, str, float]]) -> list[Raised]:
    """The alarms of points of one version, with where each lies."""
    mrids = {point.equipment_mrid for point, _level, _limit in several}
    lying = {row.mrid: row for row in Equipment.objects.filter(version=version, mrid__in=mrids).select_related("area")}
    found = []
    for point, level, limit in several:
        where = lying.get(point.equipment_mrid)
        if where is None:
            continue
        told = f"{reading.spoken(point.kind, point.value)}, {reading.spoken(point.kind, limit)}"
        found.append(
            Raised(
                KINDS[level],
                point.mrid,
                where.area.key,
                f"{where.name}, {point.name}: {told} {'at most' if level.startswith('high') else 'at least'}",
                cause=f"device:{where.mrid}",
                model=point.version.model.key,
                branch=where.index if where.is_branch else None,
            )
        )
    return found
