"""What fault indicators say now, or had said as of a past moment, by when it was known.

12:00  1   the indicator saw a fault's current: it operated
12:04  0   it reset by itself (its time was up, the line has load again): that it operated stays true
12:30  0   manual: a person reset it; what it saw counts no longer
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q

from network.models import IndicatorWord
from network.selectors import equipment

#: The quality of the word by which a person reset an indicator.
MANUAL = "manual"
#: So much later than the field's clock a word may have been recorded.
LATE = dt.timedelta(hours=1)
Said = tuple[float, str, dt.datetime]


class Word(NamedTuple):
    """What a point said last, and when it operated last without a person's having reset it since (None: not since then)."""

    point: int
    value: float  # 0: no fault's current
    quality: str
    said_at: dt.datetime
    operated_at: dt.datetime | None


def present(model_id: int, version_id: int, points: Collection[int], since: dt.datetime) -> list[Word]:
    """What these points say now; operations are looked for `since` then."""
    names = {pk: mrid for pk, _, mrid in equipment.indicator_points(version_id)}
    words = IndicatorWord.objects.filter(model_id=model_id, recorded_at__gte=since).filter(
        ~Q(value=0) | Q(quality=MANUAL)
    )
    latest = words.order_by("point_mrid", "-recorded_at", "-pk").distinct("point_mrid")
    operated = {
        mrid: at
        for mrid, value, at in latest.values_list("point_mrid", "value", "occurred_at")
        if value and at >= since - LATE
    }
    return [
        Word(point, value, quality, at, at if value else operated.get(names[point]))
        for point, value, quality, at in equipment.indicator_words(points)
    ]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a model's indicators in a period: by their point's number in one version, when each was known and what it was."""

    known_at: dict[int, list[dt.datetime]]
    said: dict[int, list[Said]]

    @classmethod
    def of(cls, model_id: int, version_id: int, begin: dt.datetime, end: dt.datetime) -> Words:
        """All recorded up to the end of the period, and of each point the last one before it began."""
        number = {mrid: pk for pk, _, mrid in equipment.indicator_points(version_id)}
        own = IndicatorWord.objects.filter(model_id=model_id, point_mrid__in=list(number))
        before = own.filter(recorded_at__lt=begin).order_by("point_mrid", "-recorded_at", "-pk").distinct("point_mrid")
        meanwhile = own.filter(recorded_at__gte=begin, recorded_at__lte=end).order_by("recorded_at", "pk")
        known_at, said = defaultdict(list), defaultdict(list)
        for word in (*before, *meanwhile):
            known_at[number[word.point_mrid]].append(word.recorded_at)
            said[number[word.point_mrid]].append((word.value, word.quality, word.occurred_at))
        return cls(dict(known_at), dict(said))

    def at(self, points: Collection[int], since: dt.datetime, *, moment: dt.datetime) -> list[Word]:
        """The same as of a moment."""
        found = []
        for point in points:
            place = bisect.bisect_right(self.known_at.get(point, []), moment)
            if place:
                said = self.said[point][:place]
                found.append(Word(point, *said[-1], _operated(said, since)))
        return found


def _operated(said: list[Said], since: dt.datetime) -> dt.datetime | None:
    for value, quality, at in reversed(said):
        if value:
            return at if at >= since - LATE else None
        if quality == MANUAL:
            return None
    return None
