"""An order as two people see it: one writes, rehearses and carries it out, another approves it, by keyboard and in both themes.

written with the keyboard, rehearsed by a worker       -> what each step does comes to the page by itself
requested, prepared, checked                           -> the approver's page follows; the author has no right to approve
approved in the other window                           -> the author's page follows, and issues it
verified, operated by hand, told to a crew, reported   -> both see every step end, and the order completed
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from adms.core.demo import DEMO_PASSWORD
from tests.browser.story.windows import PATIENCE_MS, Window
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SWITCH = """
    SELECT e.mrid, e.name FROM network_equipment e JOIN network_modelversion v ON v.id = e.version_id
    WHERE v.state = 'published' AND e.cim_class = 'Fuse' AND e.feeder <> ''
      AND NOT EXISTS (SELECT FROM network_telemetrypoint p WHERE p.version_id = v.id AND p.equipment_mrid = e.mrid)
    ORDER BY e.index LIMIT 1
"""


@dataclass
class Desk:
    """The author, who also carries it out, and the approver; the switch the order is about."""

    system: LiveSystem
    anna: Window
    sue: Window
    mrid: str
    name: str


@pytest.fixture
def desk(live_system: LiveSystem, browser: Browser) -> Iterator[Desk]:
    live_system.manage("load_demo")
    mrid, name = live_system.rows(SWITCH)[0]
    windows = [Window(browser, live_system.base_url, who, DEMO_PASSWORD) for who in ("operator", "senior")]
    yield Desk(live_system, *windows, mrid, name)
    for window in windows:
        window.leave()


def test_an_order_is_written_approved_in_another_window_and_carried_out(desk: Desk) -> None:
    address = written(desk)
    rehearsed(desk.anna)
    desk.sue.open(address)
    for verb, state in (("Request", "Requested"), ("Prepare", "Prepared"), ("Check", "Checked")):
        decided(desk.anna, verb, state)
        with desk.sue.without_reload():
            desk.sue.sees("#order .card-head .tag >> nth=0", state)
    expect(desk.anna.page.get_by_role("button", name="Approve")).to_be_disabled()
    with desk.anna.without_reload():
        decided(desk.sue, "Approve", "Approved")
        desk.anna.sees("#order .card-head .tag >> nth=0", "Approved")
    decided(desk.anna, "Issue", "Issued")
    clean(desk.anna)
    with desk.sue.without_reload():
        carried_out(desk)
        decided(desk.anna, "Complete", "Completed")
        desk.sue.sees("#order .card-head .tag >> nth=0", "Completed")
    clean(desk.sue)
    left = desk.system.rows("SELECT kind, state FROM outages_switchingstep ORDER BY position")
    assert left == [("verify", "completed"), ("open", "completed"), ("close", "completed")]
    assert not desk.anna.wrong + desk.sue.wrong


def written(desk: Desk) -> str:
    """From the list by N, with the keyboard alone; the address of the order."""
    page = desk.anna.open("/orders/")
    page.keyboard.press("n")
    page.wait_for_url("**/orders/new/")
    page.wait_for_selector("body[data-ws=open]")
    page.focus("#order-purpose")
    page.keyboard.type("New fuse links")
    page.fill("#order-begins", "2031-05-01T08:00")
    page.fill("#order-ends", "2031-05-01T10:00")
    page.focus("#order-steps")
    page.keyboard.type(f"verify : nobody is at {desk.name}\nopen {desk.mrid}\nclose {desk.mrid} @c11\n")
    keep = page.get_by_role("button", name="Keep", exact=True)
    keep.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/orders/\d+/"))
    page.wait_for_selector("body[data-ws=open]")
    clean(desk.anna)
    return page.url.removeprefix(desk.system.base_url.rstrip("/"))


def rehearsed(anna: Window) -> None:
    """A worker does it; the page says what it found without being loaded again."""
    with anna.without_reload():
        anna.press("Now", "#rehearsal")
        anna.sees("#rehearsal", "customers lose supply")
        anna.sees("#order tbody", "lose supply")
    clean(anna)


def decided(window: Window, verb: str, state: str) -> None:
    """A button of the order, its question answered with the keyboard, and the state that follows."""
    dialog = window.page.locator("#dialog")
    window.page.locator("#order .card-head").first.get_by_role("button", name=verb, exact=True).click()
    answer = dialog.get_by_role("button", name=verb, exact=True)
    expect(answer).to_be_visible(timeout=PATIENCE_MS)
    answer.focus()
    window.page.keyboard.press("Enter")
    window.sees("#order .card-head .tag >> nth=0", state)


def carried_out(desk: Desk) -> None:
    """Verified, operated by hand through both steps of the gate, told to a crew, and reported for it."""
    anna, dialog = desk.anna, desk.anna.page.locator("#dialog")
    rows = anna.page.locator("#order table.rows tbody tr")
    step_done(anna, "Done", 1)
    anna.sees(rows.nth(0), "Done")
    anna.press("Operate step 2", "#order")
    anna.sees(dialog, "Step 1 of 2")
    assert Axe().run(anna.page).violations_count == 0
    dialog.locator("[data-select]").click()
    anna.sees(dialog, "Step 2 of 2")
    for digits in dialog.locator("[data-arm-digits]").all():
        digits.fill(digits.get_attribute("data-arm-digits") or "")
    for tick in dialog.locator("[data-arm-tick]").all():
        tick.check()
    dialog.locator("#reason").fill("as the order says")
    dialog.locator("[data-execute]").click()
    anna.sees(dialog, "Recorded as operated by hand")
    anna.press("Close", "#dialog")
    anna.sees(rows.nth(1), "Done")
    step_done(anna, "Instruct", 3, crew="c11")
    anna.sees(rows.nth(2), "Instructed")
    step_done(anna, "Report", 3)
    anna.sees(rows.nth(2), "Done")
    desk.sue.sees(desk.sue.page.locator("#order table.rows tbody tr").nth(2), "Done")


def step_done(window: Window, verb: str, number: int, **fields: str) -> None:
    """One button of a step and its question."""
    dialog = window.page.locator("#dialog")
    window.press(f"{verb} step {number}", "#order")
    answer = dialog.get_by_role("button", name=verb, exact=True)
    expect(answer).to_be_visible(timeout=PATIENCE_MS)
    for name, value in fields.items():
        dialog.locator(f"[name={name}]").select_option(value)
    answer.click()


def clean(window: Window) -> None:
    """Accessible by axe in the theme the page has and in the other one."""
    page = window.page
    for _ in range(2):
        found = Axe().run(page)
        assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"
        before = page.evaluate("document.documentElement.dataset.theme ?? ''")
        page.evaluate("document.activeElement?.blur()")
        page.keyboard.press("t")
        page.wait_for_function("before => (document.documentElement.dataset.theme ?? '') !== before", arg=before)
