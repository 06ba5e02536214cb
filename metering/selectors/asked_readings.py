"""Readings that another system asks for: of meters, or added up behind a transformer; only of the control areas its account serves."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from django.db.models import Count, Q, QuerySet, Sum

from metering.domain import reading_types
from metering.models import Meter, Reading, ReadingType

T = TypeVar("T")
Areas = Collection[str] | None


class Whose(NamedTuple):
    """A meter and the usage point it is at."""

    pk: int
    number: str
    mrid: str
    point: str
    point_mrid: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which readings: of these kinds (keys of ReadingTypes), reasons (none: all), from and to, and which part of them.

    Of an interval that ends when the time begins nothing passed within it; such a one is not meant.
    """

    kinds: Mapping[int, str]
    begins_at: dt.datetime
    ends_at: dt.datetime
    limit: int
    offset: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def intervals(self) -> list[int]:
        """The kinds that tell what passed within an interval."""
        return [pk for pk, code in self.kinds.items() if reading_types.of(code).is_interval]


class Read(NamedTuple):
    """One reading of a meter; `qualities` are those told and what validation found."""

    meter: int
    kind: int
    read_at: dt.datetime
    value: float
    qualities: tuple[str, ...]
    reason: str


class Summed(NamedTuple):
    """What the meters behind a transformer counted in one interval: how many of them told, of how many it was estimated."""

    transformer: str
    kind: int
    read_at: dt.datetime
    value: float
    told: int
    estimated: int


def kinds(codes: Collection[str] = ()) -> dict[int, str]:
    """Kinds of readings that were ever told, of these codes or all, by key."""
    rows = ReadingType.objects.all()
    return dict((rows.filter(code__in=list(codes)) if codes else rows).values_list("pk", "code"))


def whose(pks: Collection[int]) -> dict[int, Whose]:
    """Meters by key."""
    return {row[0]: Whose(*row) for row in _meters(None).filter(pk__in=list(pks))}


def meters(names: Collection[str], *, areas: Areas) -> dict[str, Whose]:
    """Meters by number and by mRID."""
    wanted = list(names)
    found = [Whose(*row) for row in _meters(areas).filter(Q(number__in=wanted) | Q(mrid__in=wanted))]
    return {name: one for one in found for name in (one.mrid, one.number)}


def at_points(names: Collection[str], *, areas: Areas) -> dict[str, list[Whose]]:
    """The meters at usage points, by mRID and by name; a name that two usage points have finds neither."""
    wanted = list(names)
    rows = _meters(areas).filter(Q(usage_point__mrid__in=wanted) | Q(usage_point__name__in=wanted))
    by_mrid, by_name = defaultdict(list), defaultdict(list)
    for one in (Whose(*row) for row in rows):
        by_mrid[one.point_mrid].append(one)
        by_name[one.point].append(one)
    unique = {name: several for name, several in by_name.items() if len({one.point_mrid for one in several}) == 1}
    return unique | by_mrid


def behind(transformers: Collection[str], *, areas: Areas) -> dict[str, int]:
    """How many meters are behind each of these transformers (by mRID), as built; one without any is left out."""
    rows = _served(areas).filter(usage_point__equipment_mrid__in=list(transformers))
    counted = rows.values_list("usage_point__equipment_mrid").annotate(Count("pk"))
    return dict(counted.order_by("usage_point__equipment_mrid"))


def readings(of: Collection[int], wanted: Wanted) -> list[Read]:
    """Readings of these meters, by meter, kind and time; one more than the limit where there are more."""
    rows = _within(wanted).filter(meter__in=list(of))
    if wanted.reasons:
        rows = rows.filter(reason__in=wanted.reasons)
    columns = ("meter_id", "type_id", "read_at", "value", "quality", "mark", "reason")
    told = _part(rows.order_by("meter_id", "type_id", "read_at").values_list(*columns), wanted)
    return [
        Read(meter, kind, at, value, tuple(dict.fromkeys(f"{quality} {mark}".split())), reason)
        for meter, kind, at, value, quality, mark, reason in told
    ]


def sums(transformers: Collection[str], wanted: Wanted, *, areas: Areas) -> list[Summed]:
    """Interval readings added up over the meters behind each transformer; one more than the limit where there are more."""
    transformer = "meter__usage_point__equipment_mrid"
    rows = _within(wanted).filter(**{f"{transformer}__in": list(transformers)}, type__in=wanted.intervals)
    if areas is not None:
        rows = rows.filter(meter__usage_point__area__key__in=areas)
    rows_added = rows.values_list(transformer, "type_id", "read_at").annotate(
        added=Sum("value"), told=Count("pk"), estimated=Count("pk", filter=Q(is_estimated=True))
    )
    return [Summed(*row) for row in _part(rows_added.order_by(transformer, "type_id", "read_at"), wanted)]


def _served(areas: Areas) -> QuerySet[Meter]:
    return Meter.objects.all() if areas is None else Meter.objects.filter(usage_point__area__key__in=areas)


def _meters(areas: Areas) -> QuerySet[Meter, tuple[int, str, str, str, str]]:
    return _served(areas).values_list("pk", "number", "mrid", "usage_point__name", "usage_point__mrid")


def _within(wanted: Wanted) -> QuerySet[Reading]:
    rows = Reading.objects.filter(type__in=list(wanted.kinds), read_at__range=(wanted.begins_at, wanted.ends_at))
    return rows.exclude(read_at=wanted.begins_at, type__in=wanted.intervals)


def _part(rows: QuerySet[Reading, T], wanted: Wanted) -> QuerySet[Reading, T]:
    return rows[wanted.offset : wanted.offset + wanted.limit + 1]
