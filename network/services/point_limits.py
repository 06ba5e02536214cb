"""Limits of telemetry points: engineers set them; values beyond them, or that change too fast, are alarms, one for each limit.

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
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from adms.core import alarms, columns
from adms.core.actors import Actor
from adms.core.alarms import Raised
from adms.core.errors import Invalid
from adms.core.services import alarms as raising
from adms.core.services import audit, authority, events
from network.domain import point_limits as domain
from network.domain.phrases import Phrase, phrase
from network.domain.point_limits import Limits
from network.models import HEAVY, Equipment, PointLimits, TelemetryPoint
from network.selectors import points as reading
from network.services import telemetry

EDIT = "edit_alarms"
OBJECT = "telemetry point"
_LOOK = _("Find out why it goes there, by its neighbours and the power flow; switch, or have it mended.")
_ACT = _("Act now: take load over, adjust taps or capacitors, before protection does.")
_SAYS = {
    "too_high": _("%(device)s, %(point)s: %(value)s, %(limit)s at most"),
    "too_low": _("%(device)s, %(point)s: %(value)s, %(limit)s at least"),
    "too_fast": _("%(device)s, %(point)s: %(value)s a minute, %(limit)s at most"),
}
KINDS = {
    "high_high": alarms.declare("point_high_high", priority=2, title=_("Value very high"), response=_ACT, says=_SAYS),
    "high": alarms.declare("point_high", priority=3, title=_("Value high"), response=_LOOK, says=_SAYS),
    "low": alarms.declare("point_low", priority=3, title=_("Value low"), response=_LOOK, says=_SAYS),
    "low_low": alarms.declare("point_low_low", priority=2, title=_("Value very low"), response=_ACT, says=_SAYS),
    domain.RATE: alarms.declare("point_rate", priority=3, title=_("Value changes fast"), response=_LOOK, says=_SAYS),
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
        raise Invalid(
            gettext("%(name)s says %(kind)s, which has no limits")
            % {"name": point.name, "kind": point.kind.replace("_", " ")},
            field="point",
        )
    why = domain.contradiction(limits)
    if why:
        raise Invalid(why, field="limits")
    if len(reason.strip()) < 3:
        raise Invalid(gettext("say why they are set so"), field="reason")
    kept = PointLimits.objects.filter(model_id=point.version.model_id, point_mrid=point.mrid)
    before = kept.select_for_update(no_key=True).first()
    if limits.names:
        signed = {"reason": reason.strip()[:300], "set_by": actor.name, "set_at": at} | _held(point)
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
        after=asdict(limits) if limits.names else None,
        reason=reason.strip()[:400],
        at=at,
    )
    with events.deferred():
        _judge([(point, limits)], at)
        if limits.rate is None:
            raising.return_(keys=[(KINDS[domain.RATE], point.mrid)], at=at)


def _held(point: TelemetryPoint) -> dict[str, object]:
    """The value that the next one is compared with."""
    is_good = point.value is not None and point.quality not in reading.BAD
    return {"held_value": point.value if is_good else None, "held_at": point.occurred_at if is_good else None}


def judge(*, model: str, point_mrids: Sequence[str], at: dt.datetime) -> None:
    """Values of these points came: raise what is beyond a limit or changes too fast, return what has come back."""
    rows = {row.point_mrid: row for row in PointLimits.objects.filter(model__key=model, point_mrid__in=point_mrids)}
    if not rows:
        return
    found = TelemetryPoint.objects.filter(version__state="published", version__model__key=model, mrid__in=rows)
    points = list(found.select_related("version__model").defer(*HEAVY))
    _judge([(point, reading.limits_of(rows[point.mrid])) for point in points], at)
    _judge_rates([(point, rows[point.mrid]) for point in points], at)


def sweep_gone(*, at: dt.datetime) -> None:
    """Alarms whose point or limit is no more return to normal."""
    standing = reading.with_limits()
    for name, kind in KINDS.items():
        raising.return_others(definition=kind, standing=[mrid for mrid, names in standing if name in names], at=at)


Said = tuple[TelemetryPoint, str, Phrase]  # a point, which limit, and what is said of it


def _judge(found: Iterable[tuple[TelemetryPoint, Limits]], at: dt.datetime) -> None:
    told = [(point, limits) for point, limits in found if point.value is not None and point.quality not in reading.BAD]
    gone: list[tuple[str, str]] = []
    beyond: list[Said] = []
    for point, limits in told:
        judged = domain.judge(point.value or 0.0, limits)
        gone += [(KINDS[level], point.mrid) for level in judged.within]
        for level in judged.beyond:
            value, limit = reading.spoken(point.kind, point.value), reading.spoken(point.kind, limits.values[level])
            code = "too_high" if level.startswith("high") else "too_low"
            beyond.append((point, level, phrase(code, value=value, limit=limit)))
    raising.return_(keys=gone, at=at)
    raising.raise_(facts=_facts(beyond), at=at)


def _judge_rates(found: Iterable[tuple[TelemetryPoint, PointLimits]], at: dt.datetime) -> None:
    """Compare each value with the one that is held of its point, and hold it for the next."""
    calm: list[tuple[str, str]] = []
    fast: list[Said] = []
    held: list[PointLimits] = []
    for point, row in found:
        if row.rate is None or point.value is None or point.occurred_at is None or point.quality in reading.BAD:
            continue
        rate = None
        if row.held_value is not None and row.held_at is not None:
            rate = domain.per_minute(point.value, point.occurred_at, row.held_value, row.held_at)
            if rate is None:
                continue
        if rate is not None and abs(rate) >= row.rate:
            sign = "+" if rate > 0 else ""
            value, limit = f"{sign}{reading.spoken(point.kind, rate)}", reading.spoken(point.kind, row.rate)
            fast.append((point, domain.RATE, phrase("too_fast", value=value, limit=limit)))
        elif rate is not None:
            calm.append((KINDS[domain.RATE], point.mrid))
        row.held_value, row.held_at = point.value, point.occurred_at
        held.append(row)
    columns.write(held, ["held_value", "held_at"])
    raising.return_(keys=calm, at=at)
    raising.raise_(facts=_facts(fast), at=at)


def _facts(said: Sequence[Said]) -> list[Raised]:
    """The alarms of points, with where each lies."""
    mrids: dict[int, set[str]] = defaultdict(set)
    for point, _name, _said in said:
        mrids[point.version_id].add(point.equipment_mrid)
    lying = {
        (version, row.mrid): row
        for version, several in mrids.items()
        for row in Equipment.objects.filter(version=version, mrid__in=several).select_related("area")
    }
    found = []
    for point, name, said_of in said:
        where = lying.get((point.version_id, point.equipment_mrid))
        if where is None:
            continue
        found.append(
            Raised(
                KINDS[name],
                point.mrid,
                where.area.key,
                said_of | {"device": where.name, "point": point.name},
                cause=f"device:{where.mrid}",
                model=point.version.model.key,
                branch=where.index if where.is_branch else None,
            )
        )
    return found
