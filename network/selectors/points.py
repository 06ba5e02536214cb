"""Telemetry points as people look through them: values in the units they speak in, how old they are, who told them, their limits."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.actors import Actor
from network.domain.point_limits import Limits, judge
from network.models import HEAVY, Equipment, PointLimits, TelemetryPoint

#: Readings in the units people speak in: factor, unit, places.
UNITS = {
    "current": (1.0, "A", 0),
    "fault_current": (1.0, "A", 0),
    "voltage": (1e-3, "kV", 2),
    "active_power": (1e-6, "MW", 2),
    "reactive_power": (1e-6, "Mvar", 2),
    "apparent_power": (1e-6, "MVA", 2),
}
#: Kinds of points that say one thing or the other; they have no limits.
DISCRETE = frozenset({"position", "fault_indicator", "lockout", "local_mode"})
BAD = frozenset({"suspect", "stale", "failed", "unknown"})
STALE, LIMITED, BEYOND, ALL = SHOWS = ("stale", "limited", "beyond", "all")
STALE_AFTER = runtime_settings.declare(
    "telemetry.stale_after_s",
    900,
    unit="s",
    help_=gettext_noop(
        "A measured value older than this is stale on the page of points; a position only by its quality. 0: none."
    ),
)
STALE_ALARM_FROM = runtime_settings.declare(
    "telemetry.stale_alarm_from",
    1,
    help_=gettext_noop("So many stale points of one source in one control area are one alarm. 0: none."),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A point with what it is on and its limits."""

    point: TelemetryPoint
    device: Equipment | None
    limits: PointLimits | None
    is_stale: bool
    beyond: str  # the outermost limit its value is at or past, "" where none


def scale(kind: str) -> tuple[float, str, int]:
    """Factor from the unit a point reports in to the one people speak in, that unit, and its places.

    >>> scale("voltage"), scale("other")
    ((0.001, 'kV', 2), (1.0, '', 2))
    """
    return UNITS.get(kind, (1.0, "", 2))


def spoken(kind: str, value: float | None) -> str:
    """A value with its unit, as people say it."""
    if value is None:
        return "—"
    factor, unit, places = scale(kind)
    return f"{value * factor:,.{places}f} {unit}".strip()


def told(point: TelemetryPoint) -> str:
    """Its present value as people say it; "" where nothing was heard."""
    if point.value is None:
        return ""
    if point.kind == "position":
        return _("closed") if point.value else _("open")
    if point.kind in DISCRETE:
        return _("yes") if point.value else _("no")
    return spoken(point.kind, point.value)


def limits_of(row: PointLimits) -> Limits:
    """The limits of a row."""
    return Limits(row.high_high, row.high, row.low, row.low_low, row.dead_band, row.rate)


def _published() -> QuerySet[TelemetryPoint]:
    return TelemetryPoint.objects.filter(version__state="published").select_related("version__model").defer(*HEAVY)


def _kept() -> QuerySet[PointLimits]:
    return PointLimits.objects.filter(model=OuterRef("version__model"), point_mrid=OuterRef("mrid"))


def _past() -> Q:
    """Values at or past a limit, in SQL as `domain.point_limits.judge` says it, dead band aside."""
    value = OuterRef("value")
    return Q(high_high__lte=value) | Q(high__lte=value) | Q(low__gte=value) | Q(low_low__gte=value)


def listed(actor: Actor, *, show: str, at: dt.datetime, text: str = "", area: str = "") -> QuerySet[TelemetryPoint]:
    """Points of the operated models in the areas one may see, those heard of longest ago first.

    `show` is one of SHOWS; `text` a part of the point's or its device's name, or the mRID of one of them.
    """
    found = _published()
    device = Equipment.objects.filter(version=OuterRef("version"), mrid=OuterRef("equipment_mrid"))
    areas = frozenset({area}) if area else actor.areas_for("see_network")
    if areas is not None:
        found = found.filter(Exists(device.filter(area__key__in=areas)))
    if text:
        named = Q(name__icontains=text) | Q(mrid=text) | Q(equipment_mrid=text) | Q(source__iexact=text)
        found = found.filter(named | Exists(device.filter(name__icontains=text)))
    if show == STALE:
        found = found.filter(_stale(at))
    elif show == LIMITED:
        found = found.filter(Exists(_kept()))
    elif show == BEYOND:
        found = found.exclude(quality__in=BAD).filter(Exists(_kept().filter(_past())))
    return found.order_by(F("occurred_at").asc(nulls_first=True), "name", "mrid", "pk")


def _stale(at: dt.datetime) -> Q:
    old = Q(quality__in=BAD) | Q(value=None)
    after = float(runtime_settings.get(STALE_AFTER))
    if after > 0:
        old |= Q(occurred_at__lt=at - dt.timedelta(seconds=after)) & ~Q(kind__in=DISCRETE)
    return old


def counts(actor: Actor, *, at: dt.datetime, text: str = "", area: str = "") -> dict[str, int]:
    """How many there are under each of SHOWS."""
    return {show: listed(actor, show=show, at=at, text=text, area=area).count() for show in SHOWS}


def rows(found: Sequence[TelemetryPoint], at: dt.datetime) -> list[Row]:
    """Points with their devices and limits, in two questions."""
    devices = {
        (row.version_id, row.mrid): row
        for row in Equipment.objects.select_related("area").filter(
            version__in={point.version_id for point in found}, mrid__in={point.equipment_mrid for point in found}
        )
    }
    kept = {
        (row.model_id, row.point_mrid): row
        for row in PointLimits.objects.filter(point_mrid__in=[point.mrid for point in found])
    }
    after = float(runtime_settings.get(STALE_AFTER))
    told = []
    for point in found:
        limits = kept.get((point.version.model_id, point.mrid))
        told.append(
            Row(
                point,
                devices.get((point.version_id, point.equipment_mrid)),
                limits,
                _is_stale(point, at, after),
                _beyond(point, limits),
            )
        )
    return told


def _is_stale(point: TelemetryPoint, at: dt.datetime, after: float) -> bool:
    if point.quality in BAD or point.value is None:
        return True
    is_old = bool(after and point.occurred_at and (at - point.occurred_at).total_seconds() > after)
    return is_old and point.kind not in DISCRETE


def _beyond(point: TelemetryPoint, limits: PointLimits | None) -> str:
    if limits is None or point.value is None or point.quality in BAD:
        return ""
    levels = judge(point.value, limits_of(limits)).beyond
    if not levels:
        return ""
    return levels[0] if levels[0].startswith("high") else levels[-1]


def with_limits() -> list[tuple[str, frozenset[str]]]:
    """Points of the operated models that have limits: mRID, and which of LEVELS and RATE are set."""
    kept = PointLimits.objects.filter(
        Exists(_published().filter(version__model=OuterRef("model"), mrid=OuterRef("point_mrid")))
    )
    return [(row.point_mrid, limits_of(row).names) for row in kept]


@dataclass(frozen=True, slots=True)
class Silent:
    """Points of one source in one area that speak no longer: how many of how many, the longest since when."""

    source: str
    area: str
    stale: int
    points: int
    since: dt.datetime


def silent(at: dt.datetime, *, least: int) -> list[Silent]:
    """Sources with at least so many stale points in an area; what was never heard of is no news."""
    device = Equipment.objects.filter(version=OuterRef("version"), mrid=OuterRef("equipment_mrid"))
    heard = TelemetryPoint.objects.filter(version__state="published", occurred_at__isnull=False)
    counted = (
        heard.annotate(area=Subquery(device.values("area__key")[:1]))
        .values("source", "area")
        .annotate(stale=Count("pk", filter=_stale(at)), points=Count("pk"), since=Min("occurred_at", filter=_stale(at)))
        .filter(stale__gte=max(1, least), area__isnull=False)
        .order_by("source", "area")
    )
    return [Silent(**row) for row in counted]
