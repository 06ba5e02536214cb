"""Values of telemetry points as SCADA reports them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext

from adms.core.errors import NotFound
from adms.core.services import events
from network.events import MeasurementsChanged
from network.models import HEAVY, Equipment, TelemetryPoint
from network.services import feeder_energy, indicator_words, power_hours
from network.services.feeder_energy import Held


@dataclass(frozen=True, slots=True)
class Measurement:
    """A value of a point."""

    point_mrid: str
    value: float
    occurred_at: dt.datetime
    quality: str = "good"


@dataclass(frozen=True, slots=True)
class Target:
    """What a position value is about: the switch itself, or the switch of a Discrete point."""

    model: str
    equipment_mrid: str
    name: str


def resolve_switches(mrids: Sequence[str], names: Sequence[str] = ()) -> dict[str, Target]:
    """Switches of the published models by the mRID of a Discrete, or the mRID or (unique) name of the switch itself."""
    points = dict(
        TelemetryPoint.objects.filter(version__state="published", mrid__in=list(mrids), kind="position").values_list(
            "mrid", "equipment_mrid"
        )
    )
    wanted = set(mrids) | set(points.values())
    published = Equipment.objects.filter(version__state="published", is_switch=True)
    switches = published.select_related("version__model").defer(*HEAVY)
    by_mrid = {row.mrid: _target(row) for row in switches.filter(mrid__in=wanted)}
    found = {mrid: by_mrid[mrid] for mrid in mrids if mrid in by_mrid}
    found |= {point: by_mrid[mrid] for point, mrid in points.items() if mrid in by_mrid}
    named = defaultdict(list)
    for row in switches.filter(name__in=list(names)):
        named[row.name].append(_target(row))
    return found | {name: targets[0] for name, targets in named.items() if len(targets) == 1}


@transaction.atomic
def record_measurements(*, measurements: Sequence[Measurement], source: str = "", at: dt.datetime) -> list[str]:
    """Keep what points say; returns the mRIDs that are no points of ours.

    Of each point the latest value and the system that told it (`source`), of powers sums by the hour, of feeders their energy, of fault
    indicators every word.
    """
    points = {
        point.mrid: point
        for point in TelemetryPoint.objects.select_related("version__model")
        .defer(*HEAVY)
        .filter(version__state="published", mrid__in=[m.point_mrid for m in measurements])
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)  # a value holds until the next one, and must be counted once
    }
    touched: dict[str, list[str]] = defaultdict(list)
    taken: list[power_hours.Value] = []
    said: list[power_hours.Value] = []
    held: list[Held] = []
    for measurement in sorted(measurements, key=lambda m: m.occurred_at):
        point = points.get(measurement.point_mrid)
        if point is None or (point.occurred_at and point.occurred_at > measurement.occurred_at):
            continue
        if point.quality == "good" and point.value is not None and point.occurred_at:
            held.append(Held(point.version_id, point.mrid, point.value, point.occurred_at, measurement.occurred_at))
        if indicator_words.is_news(point, measurement.value, measurement.quality):
            said.append((point, measurement.value, measurement.occurred_at, measurement.quality))
        point.value, point.quality, point.occurred_at = measurement.value, measurement.quality, measurement.occurred_at
        point.source = source[:60]
        touched[point.version.model.key].append(point.mrid)
        taken.append((point, measurement.value, measurement.occurred_at, measurement.quality))
    _write([point for point, *_ in taken])
    power_hours.add(taken)
    indicator_words.add(said, at)
    feeder_energy.note(held)
    for model, mrids in sorted(touched.items()):
        area = (
            Equipment.objects.filter(version__model__key=model, version__state="published")
            .values_list("area_id")
            .first()
        )
        if area is not None:
            events.publish(area_id=area[0], facts=[MeasurementsChanged(model, sorted(set(mrids)), at)], at=at)
    return sorted({m.point_mrid for m in measurements} - set(points))


def _write(points: Iterable[TelemetryPoint]) -> None:
    """The values of these points in one statement of a few arrays; a CASE for each value costs six times the processor."""
    rows = list({point.pk: point for point in points}.values())
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE network_telemetrypoint AS point SET value = told.v, quality = told.q, occurred_at = told.o, source = told.s
            FROM unnest(%s::bigint[], %s::float8[], %s::text[], %s::timestamptz[], %s::text[]) AS told(id, v, q, o, s)
            WHERE point.id = told.id
            """,
            [
                [one.pk for one in rows],
                [one.value for one in rows],
                [one.quality for one in rows],
                [one.occurred_at for one in rows],
                [one.source for one in rows],
            ],
        )


def _target(row: Equipment) -> Target:
    return Target(row.version.model.key, row.mrid, row.name)


def find_point(mrid: str) -> TelemetryPoint:
    """A point of the published models.

    Raises:
        NotFound: there is none.
    """
    published = TelemetryPoint.objects.filter(version__state="published").select_related("version__model")
    point = published.defer(*HEAVY).filter(mrid=mrid).first()
    if point is None:
        raise NotFound(gettext("no telemetry point %(mrid)s") % {"mrid": mrid}, point=mrid)
    return point
