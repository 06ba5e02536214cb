"""The field of a journey, behind the control system's account: it reports values, and answers every command with a position."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from typing import Self

from tests.journeys.partners import Partner, position
from tests.live import LiveSystem

_GOOD = "<MeasurementValueQuality><source>PROCESS</source><validity>GOOD</validity></MeasurementValueQuality>"
Value = tuple[str, float, dt.datetime]


def values(kind: str, told: list[Value]) -> str:
    """Values of points by mRID, at field times; `kind` is Analog or Discrete."""
    rows = "".join(
        f"<{kind}Value><timeStamp>{at.isoformat()}</timeStamp><value>{value if kind == 'Analog' else int(value)}</value>"
        f"{_GOOD}<{kind}><mRID>{mrid}</mRID></{kind}></{kind}Value>"
        for mrid, value, at in told
    )
    return f'<MeasurementValues xmlns="urn:tieline:cim:2026:MeasurementValues#">{rows}</MeasurementValues>'


def tell(scada: Partner, payload: str) -> None:
    """Send it; it must be taken."""
    answer = scada.post("EventMessage", "changed", "MeasurementValues", payload)
    assert answer.status_code == 200 and "<Result>OK" in answer.text.replace("ns0:", ""), answer.text


def report(scada: Partner, mrid: str, *, closed: bool) -> None:
    """A switch stands so now."""
    tell(scada, position(mrid, dt.datetime.now(dt.UTC), closed=closed))


class Field:
    """Answers what is commanded: `patience_s` after a command has left, its switch reports the wanted position."""

    def __init__(self, system: LiveSystem, scada: Partner, *, patience_s: float = 0.0) -> None:
        self._system, self._scada, self._patience_s = system, scada, patience_s
        self._done, self.answered = threading.Event(), list[str]()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._done.wait(0.3):
            rows = self._system.rows(
                "SELECT id::text, equipment_mrid, closed_wanted FROM network_operation WHERE state = 'executing'"
            )
            for key, mrid, closed in rows:
                if key not in self.answered:
                    time.sleep(self._patience_s)
                    report(self._scada, mrid, closed=closed != 0)
                    self.answered.append(key)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Rest."""
        self._done.set()
        self._thread.join(30)


def hurried(system: LiveSystem) -> None:
    """FLISR waits for less than its settings have it, and looks for plans however busy the machine is."""
    for key, value in (("flisr.reclose_s", "2"), ("flisr.scan_s", "2"), ("flisr.plan_s", "600")):
        system.rows(
            "INSERT INTO core_setting (key, value, changed_by, changed_at) VALUES (%s, %s::jsonb, 'test', now())",
            (key, value),
        )


def until(system: LiveSystem, condition: Callable[[], object]) -> object:
    """Wait for it, as long as solvers may take to load on a busy machine."""
    return system.wait_until(condition, seconds=240)
