"""Business systems of a journey: a partner account, and the simulated system behind it, run in this process, talking over HTTP."""

import contextlib
import json
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from integration.simulators.systems import SYSTEMS
from integration.simulators.systems.running import Running, SystemRun
from integration.simulators.temper import Temper
from tests.live import LiveSystem, free_port


@contextlib.contextmanager
def business_system(
    system: LiveSystem,
    name: str,
    *,
    allow: Sequence[str] = (),
    subscribe: Sequence[str] = (),
    rate: float | None = None,
    temper: Temper | None = None,
) -> Iterator[Running]:
    """One of them, listening where its partner account says."""
    made_by, port = SYSTEMS[name], free_port()
    words = ["create_partner", made_by.source, "--endpoint", f"http://127.0.0.1:{port}/cim/{name}", "--json"]
    for message in allow:
        words += ["--allow", message]
    for noun in subscribe:
        words += ["--subscribe", noun]
    token = json.loads(system.manage(*words).stdout)["token"]
    running = Running(
        SystemRun(system.base_url, token, name, made_by, rate=rate, port=port, temper=temper or Temper(), drain_s=60)
    )
    ended: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: ended.append(running.run()), name=name, daemon=True)
    thread.start()
    assert running.ready.wait(60), f"{name} did not begin"
    try:
        yield running
    finally:
        running.stop()
        thread.join(90)
    assert ended, f"{name} did not end in order"
    report = ended[0]
    assert (report["waiting"], report["changed_answers"], report["received"]["changed"]) == (0, 0, 0), report
