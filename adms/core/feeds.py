"""The feed behind /ws/ui/: the event log of all areas, as topics."""

import datetime as dt
import json
from dataclasses import dataclass
from typing import ClassVar

from adms.core import topics
from adms.core.models import ControlArea, StoredEvent


@dataclass(frozen=True, slots=True)
class Changed:
    """Topics touched, and the numbers the areas have come to."""

    topics: frozenset[str]
    numbers: dict[str, int]


class UiFeed:
    """Follows every area's event number; says which topics to fetch anew."""

    _shared: ClassVar["UiFeed | None"] = None

    def __init__(self) -> None:
        self.numbers = self._read()

    @classmethod
    def shared(cls) -> "UiFeed":
        """The one of this process."""
        if cls._shared is None:
            cls._shared = cls()
        return cls._shared

    def poll(self) -> Changed | None:
        """The topics of all events since the last poll."""
        numbers = self._read()
        if numbers == self.numbers:
            return None
        names: set[str] = set()
        for key, number in numbers.items():
            before = self.numbers.get(key, 0)
            if number > before:
                new = StoredEvent.objects.filter(area__key=key, number__gt=before, number__lte=number)
                names |= set(new.order_by().values_list("name", flat=True).distinct())
        self.numbers = numbers
        return Changed(frozenset(topics.of(names)), numbers)

    def merge(self, older: Changed, newer: Changed) -> Changed:
        """All topics, the latest numbers."""
        return Changed(older.topics | newer.topics, newer.numbers)

    def encode(self, increment: Changed) -> str:
        """{"type": "changed", "seq": {area: number}, "topics": [...]}."""
        return json.dumps({"type": "changed", "seq": increment.numbers, "topics": sorted(increment.topics)})

    def heartbeat(self, at: dt.datetime) -> str:
        """{"type": "heartbeat", "seq": {area: number}, "at": server time}."""
        return json.dumps({"type": "heartbeat", "seq": self.numbers, "at": at.isoformat()})

    @staticmethod
    def _read() -> dict[str, int]:
        return dict(ControlArea.objects.values_list("key", "event_number"))
