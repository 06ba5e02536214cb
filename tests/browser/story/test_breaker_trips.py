"""A breaker trips: from the alarm to the healthy customers back, on one page and by the keyboard alone (P02).

The flow is that of the design of the operator's screens: F8, A, R Enter, then each step by R Enter, what arms it, and Ctrl+Enter. The design
arms by two digits, nine keys to the fault held off; a step that takes supply from nobody asks for a tick instead, which is one key more.
The step that brings supply back is the same six again. No page errs meanwhile: the browser writes scripts that fail and answers of
400 and above to its console, and each line there counts.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.story.windows import PATIENCE_MS, Window
from tests.builders.generating import generating
from tests.faults.listener import Listener
from tests.journeys.console import PASSWORD
from tests.journeys.field import Field, hurried, report, tell, until, values
from tests.journeys.partners import Partner
from tests.journeys.people import enter
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]
STEP = ["r", "Enter", "Shift+Tab", "Shift+Tab", "Space", "Control+Enter"]
TO_ISOLATED = ["F8", "a", "r", "Enter", *STEP]
#: Branches without supply, as the map draws them.
DEAD = "() => document.querySelector('[data-network-map]').networkMap.network.state.filter((state) => (state & 7) === 1).length"


class Keys:
    """A person who has only a keyboard; every press counts."""

    def __init__(self, window: Window) -> None:
        self._page, self.pressed = window.page, list[str]()

    def press(self, *keys: str) -> None:
        """One after the other."""
        for key in keys:
            self._page.keyboard.press(key)
            self.pressed.append(key)


def test_from_the_alarm_to_the_healthy_customers_back_by_the_keys_of_the_design(
    live_system: LiveSystem, browser: Browser, tmp_path: Path
) -> None:
    system, listener = live_system, Listener(refuse=0.0)
    path = tmp_path / "generating.xml"
    path.write_text(generating(("A17", "B18", "C19")))
    system.manage("import_model", path, "--name", "generating", "--json")
    words = ("--allow", "changed MeasurementValues", "--subscribe", "Controls", "--endpoint", listener.url, "--json")
    scada = Partner(
        system.base_url, "SCADA", json.loads(system.manage("create_partner", "SCADA", *words).stdout)["token"]
    )
    hurried(system)
    until(system, lambda: system.rows("SELECT count(*) FROM network_modelcircuit") == [(1,)])
    with Field(system, scada), enter(system, "maria", "SOP") as senior, enter(system, "anna", "OPR"):
        senior.post("flisr/modes", scope="system", key="", mode="manual", reason="tested before")
        anna = Window(browser, system.base_url, "anna", PASSWORD)
        anna.open("/")
        report(scada, "CB-A17", closed=False)
        tell(scada, values("Discrete", [("SW-A17-fi", 0, dt.datetime.now(dt.UTC))]))
        until(system, lambda: system.rows("SELECT state FROM outages_flisrevent") == [("proposed",)])
        keys, dialog = Keys(anna), anna.page.locator("#dialog")
        with anna.without_reload():
            anna.sees("[data-key=r]", "Take the plan")
            anna.sees(".beside [data-key=f8]:not([disabled]), [data-key=f8]:not([disabled])")
            keys.press("F8")
            anna.sees("#device-panel h2", "CB-A17")
            keys.press("a")
            anna.gone("[data-key=f8]:not([disabled])")
            keys.press("r")
            anna.sees(dialog.locator("[type=submit]"), "Take the plan")
            keys.press("Enter")
            anna.sees("[data-key=r]", "Open SW-A17")
            operate(anna, keys)
            until(system, lambda: stands(system, "SW-A17") == 0)
            assert keys.pressed == TO_ISOLATED
            anna.sees("[data-key=r]", "Close TIE-A17")
            anna.sees_figure("Customers out", 20)
            dead = anna.page.evaluate(DEAD)
            anna.sees(dialog, "Reported by the field")
            anna.sees("[data-key=r]", "Close TIE-A17")
            operate(anna, keys)  # the dialog that tells how the last step ended is in nobody's way
            until(system, lambda: stands(system, "TIE-A17") == 7)
            assert keys.pressed == [*TO_ISOLATED, *STEP]
            anna.sees_figure("Customers out", 10)
            anna.page.wait_for_function(f"before => ({DEAD})() < before", arg=dead)
            anna.sees(anna.card(outage(system)), "10")
            until(system, lambda: system.rows("SELECT state FROM outages_flisrevent") == [("done",)])
        assert system.rows(OUT) == [(10,)]
        assert anna.wrong == []
        anna.leave()
    listener.close()


#: Customers without supply, by the ledger.
OUT = "SELECT sum(customers) FROM outages_interruption WHERE ended_at IS NULL AND superseded_at IS NULL"


def outage(system: LiveSystem) -> int:
    """The number of the only outage."""
    ((number,),) = system.rows("SELECT id FROM outages_outage")
    return int(number)


def operate(anna: Window, keys: Keys) -> None:
    """The next step: select, say that the device was read, execute."""
    dialog = anna.page.locator("#dialog")
    keys.press("r")
    anna.sees(dialog, "Step 1 of 2")
    expect(dialog.locator("[data-select]")).to_be_focused(timeout=PATIENCE_MS)
    keys.press("Enter")
    anna.sees(dialog, "Step 2 of 2")
    keys.press("Shift+Tab", "Shift+Tab", "Space")
    expect(dialog.locator("[data-arm-tick]")).to_be_checked(timeout=PATIENCE_MS)
    expect(dialog.locator("[data-execute]")).to_be_enabled(timeout=PATIENCE_MS)
    keys.press("Control+Enter")


def stands(system: LiveSystem, mrid: str) -> int | None:
    """Phases that a switch conducts, as it was last reported; None if it never moved."""
    rows = system.rows("SELECT closed_phases FROM network_switchstate WHERE equipment_mrid = %s", (mrid,))
    return rows[0][0] if rows else None
