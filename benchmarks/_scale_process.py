"""Another process of the same system, for scale.py: loads the state, or follows it by number."""

from __future__ import annotations

import os
import sys
import threading
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adms.settings")


def load(key: str) -> None:
    """Print seconds until the present state is there, then the memory in MB: resident, and its own alone."""
    import psutil

    from network.selectors import state

    began = time.perf_counter()
    state.present(key)
    took = time.perf_counter() - began
    memory = psutil.Process().memory_full_info()
    print(took, memory.rss / 1e6, memory.uss / 1e6)


def follow(key: str) -> None:
    """Print when each new state was there, until the standard input is closed."""
    from network.selectors import state

    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    known = state.present(key).sequence
    print("ready", flush=True)
    while not ended.is_set():
        found = state.present(key).sequence
        if found != known:
            known = found
            print(time.time(), flush=True)
        time.sleep(0.001)


if __name__ == "__main__":
    import django

    django.setup()
    {"load": load, "follow": follow}[sys.argv[1]](sys.argv[2])
