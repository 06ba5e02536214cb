"""Another process of the same system, for control_room.py: moves breakers and raises alarms, told by lines on standard input.

switch          open or close the next feeder head; answers with the times before and after, and the number of the state
flood N S       N alarms within S seconds, 25 at once; answers when the last is written
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adms.settings")
AT_ONCE = 25


def switch(model: str, mrid: str, *, is_closed: bool) -> dict[str, Any]:
    """One reported position."""
    from adms.core import actors, clock
    from network.selectors import display, state
    from network.services import positions
    from network.services.positions import PositionReport

    began = time.time()
    report = PositionReport(model, mrid, clock.now(), is_closed=is_closed)
    positions.record_positions(actor=actors.system("benchmark"), source="scada", reports=[report], at=clock.now())
    return {"began": began, "written": time.time(), "sequence": display.event_sequence(state.present(model))}


def flood(area: str, count: int, seconds: float) -> dict[str, Any]:
    """Alarms as a storm brings them: 40 causes, three priorities."""
    from adms.core import clock
    from adms.core.alarms import Raised
    from adms.core.services import alarms

    began, raised = time.time(), 0
    for first in range(0, count, AT_ONCE):
        facts = [
            Raised(
                "overload", f"bench:{n}", area, f"Feeder {n % 40}: 112 %", cause=f"bench:{n % 40}", priority=1 + n % 3
            )
            for n in range(first, min(first + AT_ONCE, count))
        ]
        raised += alarms.raise_(facts=facts, at=clock.now())
        time.sleep(max(0.0, began + seconds * (first + AT_ONCE) / count - time.time()))
    return {"began": began, "ended": time.time(), "raised": raised}


def main() -> None:
    """Obey until the input is closed."""
    import numpy as np

    from adms.core.models import ControlArea
    from network.selectors import state, versions

    model = versions.operated()[0]["key"]
    grid = state.present(model).grid
    heads = [grid.branch_mrid_text(branch) for branch in np.flatnonzero(grid.is_feeder_head).tolist()]
    area = ControlArea.objects.order_by("key").values_list("key", flat=True)[0]
    turn = 0
    print(json.dumps({"heads": len(heads)}), flush=True)
    for line in sys.stdin:
        word, *given = line.split()
        if word == "switch":
            told = switch(model, heads[turn // 2 % len(heads)], is_closed=bool(turn % 2))
            turn += 1
        else:
            told = flood(area, int(given[0]), float(given[1]))
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    import django

    django.setup()
    main()
