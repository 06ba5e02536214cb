"""The feed behind /ws/ui/: the event log of all areas, as topics."""

import datetime as dt
import json
import time
from dataclasses import dataclass
from typing import ClassVar

from django.db import connection

from adms.core import sharing, topics
from adms.core.models import ControlArea

#: A freeze or another holder of an area is seen at once, whatever else goes on.
URGENT = "control"

_NEW = """
SELECT DISTINCT e.name FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS t(key, before, number)
JOIN core_controlarea AS a ON a.key = t.key
JOIN core_storedevent AS e ON e.area_id = a.id AND e.number > t.before AND e.number <= t.number
"""


@dataclass(frozen=True, slots=True)
class Changed:
    """Topics touched, and the numbers the areas have come to."""

    topics: frozenset[str]
    numbers: dict[str, int]


class UiFeed:
    """Follows every area's event number; says which topics to fetch anew."""

    #: Fetching anew what one announcement touches costs the server so much per browser: fifty browsers are told every five seconds.
    per_listener_s = 0.1
    _shared: ClassVar["UiFeed | None"] = None

    def __init__(self) -> None:
        self.numbers = self._read()
        self.pace_s = 0.0
        self._seen = self.numbers
        self._held: set[str] = set()
        self._told_at = 0.0

    @classmethod
    def shared(cls) -> "UiFeed":
        """The one of this process."""
        if cls._shared is None:
            cls._shared = cls()
        return cls._shared

    def poll(self) -> Changed | None:
        """The topics of all events since the last increment; while that is less than the pace ago only what is urgent brings them."""
        numbers = self._read()
        sharing.followed()
        self._held |= topics.of(self._new(numbers))
        self._seen = numbers
        is_due = time.monotonic() >= self._told_at + self.pace_s
        if numbers == self.numbers or not (is_due or URGENT in self._held):
            return None
        sharing.changed()
        told, self._held = frozenset(self._held), set()
        self.numbers, self._told_at = numbers, time.monotonic()
        return Changed(told, numbers)

    def _new(self, numbers: dict[str, int]) -> set[str]:
        """The names of events since the last look: one question, however many areas a storm moves."""
        moved = [(key, self._seen.get(key, 0), number) for key, number in numbers.items()]
        moved = [one for one in moved if one[2] > one[1]]
        if not moved:
            return set()
        with connection.cursor() as cursor:
            cursor.execute(_NEW, [list(column) for column in zip(*moved, strict=True)])
            return {name for (name,) in cursor.fetchall()}

    def merge(self, older: Changed, newer: Changed) -> Changed:
        """All topics, the latest numbers."""
        return Changed(older.topics | newer.topics, newer.numbers)

    def encode(self, increment: Changed) -> str:
        """{"type": "changed", "seq": {area: number}, "topics": [...]}; where many listen "spread_s": wait a part of it."""
        told: dict[str, object] = {"type": "changed", "seq": increment.numbers, "topics": sorted(increment.topics)}
        if self.pace_s > 1:
            told["spread_s"] = round(self.pace_s * 0.4, 1)
        return json.dumps(told)

    def heartbeat(self, at: dt.datetime) -> str:
        """{"type": "heartbeat", "seq": {area: number}, "at": server time}."""
        return json.dumps({"type": "heartbeat", "seq": self.numbers, "at": at.isoformat()})

    @staticmethod
    def _read() -> dict[str, int]:
        return dict(ControlArea.objects.values_list("key", "event_number"))
