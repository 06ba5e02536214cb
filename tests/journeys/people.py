"""People of a journey."""

import contextlib
import os
from collections.abc import Iterator

from tests.journeys.console import PASSWORD, Desk
from tests.live import LiveSystem


@contextlib.contextmanager
def enter(system: LiveSystem, name: str, role: str) -> Iterator[Desk]:
    """Somebody new, signed in."""
    os.environ["TIELINE_PASSWORD"] = system.environment["TIELINE_PASSWORD"] = PASSWORD
    system.manage("create_user", name, "--role", role, "--json")
    desk = Desk(system.base_url, name)
    try:
        yield desk
    finally:
        desk.leave()
