"""Another process of the same system, for map.py: opens and closes feeder breakers, one a second, until its input is closed."""

from __future__ import annotations

import os
import sys
import threading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adms.settings")


def main() -> None:
    """Each second another feeder goes dark or comes back: about a thousand elements change."""
    import numpy as np

    from adms.core import actors, clock
    from network.selectors import state, versions
    from network.services import positions
    from network.services.positions import PositionReport

    model = max(versions.operated(), key=lambda one: one["customers"])["key"]
    grid = state.present(model).grid
    heads = np.flatnonzero(grid.is_feeder_head).tolist()
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    print("ready", flush=True)
    turn = 0
    while not ended.wait(1):
        head, is_closed = heads[turn // 2 % len(heads)], bool(turn % 2)
        report = PositionReport(model, grid.branch_mrid_text(head), clock.now(), is_closed=is_closed)
        positions.record_positions(actor=actors.system("benchmark"), source="scada", reports=[report], at=clock.now())
        turn += 1


if __name__ == "__main__":
    import django

    django.setup()
    main()
