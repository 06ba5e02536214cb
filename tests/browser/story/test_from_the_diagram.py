"""Operating from a one-line diagram by the keyboard, what keeps a switch from being selected, and control at one console at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from adms.core.demo import DEMO_PASSWORD
from tests.browser.story.field import Device, Field
from tests.browser.story.windows import PATIENCE_MS, Window
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MODEL = "oberrhein"
#: Beyond so many customers the gate asks for a second person (control.customers_at_once).
GUARD = 2000


@pytest.fixture(scope="module")
def field(live_system: LiveSystem) -> Field:
    return Field(live_system)


@pytest.fixture(scope="module")
def anna(field: Field, browser: Browser) -> Iterator[Window]:
    """An operator at one console for all of it."""
    window = Window(browser, field.system.base_url, "operator", DEMO_PASSWORD)
    yield window
    window.leave()
    assert not window.wrong


def by_hand(field: Field, *, least: int, most: int) -> Device:
    """A hand-operated switch, closed, with so many customers below it."""
    for branch in field.world.of_class("LoadBreakSwitch", "Disconnector"):
        if branch["closed"] and not branch["is_telemetered"]:
            found = field.device(branch)
            if least <= len(found.meters) <= most:
                return found
    raise AssertionError(f"no hand-operated switch has {least} to {most} customers below it")


def diagram(window: Window, device: Device) -> Page:
    """The diagram the switch is on, with nothing but the keyboard to go on by."""
    page = window.open(f"/network/{MODEL}/one-line/{device.mrid}/")
    page.wait_for_selector("[data-one-line][data-ready]")
    page.locator("summary", has_text="switches as a list").press("Enter")
    row = page.locator("[data-diagram-list] button").filter(has_text=re.compile(rf"^{re.escape(device.name)}\b"))
    row.first.press("Enter")
    window.sees("#device-panel h2", device.name)
    return page


def symbol(page: Page, device: Device) -> Locator:
    return page.locator(f".ol-symbol[data-branch='{device.branch}']").first


def test_a_switch_is_opened_from_the_diagram_by_keys_and_seen_open_on_the_map(field: Field, anna: Window) -> None:
    device = by_hand(field, least=5, most=300)
    page, dialog = diagram(anna, device), anna.page.locator("#dialog")
    expect(symbol(page, device)).to_have_attribute("data-position", "closed")
    with anna.without_reload():
        page.keyboard.press("Shift+X")
        anna.sees(dialog, "Step 1 of 2")
        anna.sees(dialog, "selecting takes control of it for you")
        expect(dialog.locator("[data-select]")).to_be_focused(timeout=PATIENCE_MS)
        page.keyboard.press("Enter")
        anna.sees(dialog, "Step 2 of 2")
        digits = dialog.locator("[data-arm-digits]")
        page.keyboard.type(str(digits.get_attribute("data-arm-digits")))
        expect(digits).to_be_focused()
        expect(dialog.locator("[data-execute]")).to_be_disabled()  # a reason is still missing
        page.keyboard.press("Tab")
        expect(dialog.locator("#reason")).to_be_focused()
        page.keyboard.type("cable to be cut")
        expect(dialog.locator("[data-execute]")).to_be_enabled(timeout=PATIENCE_MS)
        page.keyboard.press("Control+Enter")
        expect(symbol(page, device)).to_have_attribute("data-position", "open", timeout=PATIENCE_MS)
        anna.sees("header [aria-label^='You hold']")
    page.keyboard.press("Escape")
    anna.gone("#dialog")
    page.keyboard.press("m")
    page.wait_for_selector(".map[data-ready]", timeout=PATIENCE_MS)
    anna.sees("#device-panel .facts", re.compile(r"OPEN\s*\(normal: closed\)"))
    states = page.evaluate("document.querySelector('[data-network-map]').networkMap.report()")
    assert states["selected"] == device.branch
    (row,) = field.system.rows(
        "SELECT actor, closed_after, reason FROM network_journalentry WHERE equipment_mrid = %s", (device.mrid,)
    )
    assert row == ("operator", 0, "cable to be cut")


def test_what_keeps_a_switch_from_being_selected_is_said_beside_the_button(field: Field, anna: Window) -> None:
    device = by_hand(field, least=GUARD + 1, most=10**6)
    page, dialog = diagram(anna, device), anna.page.locator("#dialog")
    page.keyboard.press("Shift+X")
    anna.sees(
        "#select-why", "more customers or load at once than the guard allows (can be lifted by your password again"
    )
    select = dialog.locator("[data-select]")
    expect(select).to_be_disabled()
    expect(select).to_have_attribute("aria-describedby", "select-why")
    anna.sees(dialog, "Your password again")  # how to get there
    page.keyboard.press("Escape")


def test_the_second_console_operates_only_after_control_was_taken_to_it(field: Field, browser: Browser) -> None:
    device = by_hand(field, least=301, most=GUARD)
    here = Window(browser, field.system.base_url, "senior", DEMO_PASSWORD)
    there = Window(browser, field.system.base_url, "senior", DEMO_PASSWORD)
    held = field.system.rows("SELECT holder FROM core_arealease WHERE ended_at IS NULL")
    area = field.system.rows(
        "SELECT a.key, a.name FROM network_equipment e JOIN core_controlarea a ON a.id = e.area_id"
        " JOIN network_modelversion v ON v.id = e.version_id WHERE v.state = 'published' AND e.mrid = %s",
        (device.mrid,),
    )[0]
    if held:  # the operator of the test before
        control(here, area[1], "Break the glass", "the shift is over")
    else:
        control(here, area[1], "Take control", "")
    dialog = there.page.locator("#dialog")
    diagram(there, device).keyboard.press("Shift+X")
    there.sees("#select-why", "is at your other console")
    expect(dialog.locator("[data-select]")).to_be_disabled()
    there.press("Take control to this console", "#dialog")
    there.sees(dialog, "is at this console now")
    expect(dialog.locator("[data-select]")).to_be_enabled(timeout=PATIENCE_MS)
    expect(dialog.locator("[data-select]")).to_be_focused(timeout=PATIENCE_MS)
    there.page.keyboard.press("Escape")

    here.sees("header", re.compile(r"from 127\.0\.0\.1"))  # and the first console is told, without a reload
    diagram(here, device).keyboard.press("Shift+X")
    here.sees("#select-why", "is at your other console")
    trail = field.system.rows("SELECT actor, object FROM core_auditentry WHERE action = 'move_area'")
    assert trail == [("senior", area[0])]
    for window in (here, there):
        window.leave()
        assert not window.wrong


def control(window: Window, area: str, verb: str, reason: str) -> None:
    """Press a verb of an area on the page of control."""
    page = window.open("/control/")
    page.get_by_role("button", name=f"{verb}: {area}", exact=True).click()
    dialog = page.locator("#dialog")
    if reason:
        dialog.locator("#control-reason").fill(reason)
    dialog.locator("[type=submit]").click()
    window.gone("#dialog")
    window.sees("header [aria-label^='You hold']")
