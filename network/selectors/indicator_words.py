"""What fault indicators had said as of a past moment, by when it was known."""

from __future__ import annotations

import bisect
import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from network.models import IndicatorWord
from network.selectors import equipment

Word = tuple[float, str, dt.datetime]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a model's indicators in a period: by their point's number in one version, when each was known and what it was."""

    known_at: dict[int, list[dt.datetime]]
    said: dict[int, list[Word]]

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

    def at(self, points: Collection[int], moment: dt.datetime) -> list[tuple[int, float, str, dt.datetime]]:
        """The last words of these points as of a moment, as `equipment.indicator_words` tells the present ones."""
        found = []
        for point in points:
            place = bisect.bisect_right(self.known_at.get(point, []), moment)
            if place:
                found.append((point, *self.said[point][place - 1]))
        return found
