"""The one network of the stage, who listens, and what tests may do to it."""

import json
import os
import time

import numpy as np

from tests.browser.stage import grid

net = grid.grow(int(os.environ.get("STAGE_SEGMENTS", "100000")))
spots = grid.upset(net)
grid_listeners: list = []
ui_listeners: list = []
silent = False
refuses = 0
drop_next = False
version = 1


def push(listeners: list, frame: bytes | str) -> None:
    for loop, queue in list(listeners):
        loop.call_soon_threadsafe(queue.put_nowait, frame)


def tell_ui(*topics: str) -> None:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    push(ui_listeners, json.dumps({"type": "changed", "seq": {"north": net.seq}, "topics": list(topics), "at": at}))


def switch(branch: int, *, is_open: bool) -> int:
    """Open or close, and everything below goes dead or comes back."""
    ids = net.below(branch)
    states = net.state[ids].copy()
    if is_open:
        states = (states & ~np.uint8(7)) | 1
        states[0] |= grid.OPEN | grid.ABNORMAL
    else:
        states &= ~np.uint8(7)
        states[0] &= ~np.uint8(grid.OPEN | grid.ABNORMAL)
    send(net.change(ids, states))
    tell_ui("devices", "outages", "kpi")
    return len(ids)


def flood(count: int, seed: int) -> None:
    """A thousand changes at once, anywhere."""
    rng = np.random.default_rng(seed)
    ids = np.unique(rng.integers(0, len(net.lines), count))
    send(
        net.change(
            ids, np.where(net.state[ids] & 7 == 1, net.state[ids] & ~np.uint8(7), net.state[ids] | 1).astype(np.uint8)
        )
    )


def send(frame: bytes) -> None:
    global drop_next  # noqa: PLW0603 - the stage is one process and this is its switchboard
    if drop_next:
        drop_next = False
        return
    push(grid_listeners, frame)
