"""People in the field, as far as the server tells of them: a switch that a crew has moved by hand has been moved.

The server's picture of hand-operated switches is asked for every few seconds. Where it changes, somebody reported having moved the
switch, so it is moved here. A crew that closes what a fault had opened has repaired the fault first.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from integration.simulators.client import Client, Refused, Unreachable
from integration.simulators.timeline import Timeline
from integration.simulators.world import Change, World

log = logging.getLogger(__name__)

PATH = "api/v1/simulation/positions"
EVERY_S = 3.0


class Crews:
    """Follows the picture in a thread of its own."""

    def __init__(
        self, *, timeline: Timeline, world: World, model: str, version: int, apply: Callable[[Change], None]
    ) -> None:
        self.timeline, self.world, self.apply = timeline, world, apply
        self.model, self.version = model, version
        self.is_outdated = False  # another version of the model was published
        self.moves = 0
        self._seen = {
            index: world.closed[index]
            for index, branch in enumerate(world.branches)
            if branch.is_switch and not branch.is_telemetered
        }
        self._ended = threading.Event()

    def begin(self, client: Client) -> None:
        """Follow until `end`."""
        threading.Thread(target=self._follow, args=(client,), name="crews", daemon=True).start()

    def end(self) -> None:
        """Look no more."""
        self._ended.set()

    def learn(self, closed: dict[str, bool]) -> None:
        """Take over what changed in the picture (positions by mRID)."""
        for mrid, is_closed in closed.items():
            index = self.world.branch_at.get(mrid, -1)
            if self._seen.get(index, is_closed) != is_closed:
                self._seen[index] = is_closed
                self._move(index, is_closed=is_closed)

    def _move(self, index: int, *, is_closed: bool) -> None:
        fault = self.world.fault_behind(index)
        self.moves += 1
        if is_closed and fault is not None:
            log.info("a crew repaired %s", self.world.branches[fault].name)
            self.apply(self.world.repair(fault))
        self.apply(self.world.move(index, is_closed=is_closed))

    def _follow(self, client: Client) -> None:
        while not self._ended.wait(EVERY_S):
            try:
                document = client.get(PATH, model=self.model)
                closed = {str(mrid): bool(one) for mrid, one in document["closed"].items()}
                is_outdated = int(document["version"]) != self.version
            except (Unreachable, Refused, KeyError, TypeError, ValueError, AttributeError) as error:
                log.debug("the positions were not to be had: %s", error)
                continue
            if is_outdated:
                self.is_outdated = True
                self.timeline.stop()
                return
            with self.timeline.joined():
                self.learn(closed)
