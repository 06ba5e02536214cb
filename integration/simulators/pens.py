"""Who writes: the name of a system, the ids it gives, the moment it writes at."""

from __future__ import annotations

import uuid

from integration.simulators.messages import Sender
from integration.simulators.timeline import Timeline


class Pen:
    """Gives ids that follow from the run, the system and a count, so that one run's never meet another's."""

    def __init__(self, source: str, timeline: Timeline) -> None:
        self.source = source
        self._timeline = timeline
        self._run = uuid.uuid5(uuid.NAMESPACE_URL, f"{source} {timeline.started_at.isoformat()}")
        self._count = 0

    def id(self) -> str:
        """An id that was not there before."""
        self._count += 1
        return str(uuid.uuid5(self._run, str(self._count)))

    def sender(self) -> Sender:
        """The head of a new message."""
        return Sender(self.source, self.id(), self._timeline.at)
