"""X05 on the real system, in the browsers of two people: from the request to figures that count it as planned.

an operator chooses a switch and looks ahead    -> customers and collisions are shown before anything is asked for
the senior operator approves                    -> the operator himself cannot
notices are sent                                -> the customer system takes them, each customer counts as told
the switch opens in the window                  -> one planned outage; last gasps join it and open nothing; a caller is told
it closes, the work is completed                -> the ledger has it as planned, and only the planned figures move
"""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright import sync_api
from playwright.sync_api import Browser, expect

from adms.core.demo import DEMO_PASSWORD
from tests.browser.story.field import Device, Field, ago
from tests.browser.story.windows import PATIENCE_MS, Window
from tests.faults.listener import Listener
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOUR = dt.timedelta(hours=1)


@dataclass
class Story:
    """The field, the customer system, and the two people."""

    field: Field
    cis: Listener
    anna: Window  # an operator
    ingrid: Window  # a senior operator


@pytest.fixture
def story(live_system: LiveSystem, browser: Browser) -> Iterator[Story]:
    field = Field(live_system)
    cis = Listener(refuse=0)
    live_system.manage("create_partner", "CIS", "--subscribe", "PlannedOutageNotifications", "--endpoint", cis.url)
    windows = [Window(browser, live_system.base_url, name, DEMO_PASSWORD) for name in ("operator", "senior")]
    yield Story(field, cis, *windows)
    for window in windows:
        window.leave()
    field.commands.close()
    cis.close()


def test_from_the_request_to_planned_figures(story: Story) -> None:
    _, switch = story.field.breaker_and_switch()
    number = is_asked_for(story, switch)
    is_approved_by_another(story, number)
    customers = is_told(story, number)
    outage = is_carried_out(story, switch, number)
    gasps_join_it(story, switch, outage)
    a_caller_is_told(story, switch)
    is_completed(story, switch, number)
    counts_as_planned(story, outage, customers)
    assert_accessible(story, number)
    assert not story.anna.wrong + story.ingrid.wrong


def is_asked_for(story: Story, switch: Device) -> int:
    """From the panel of the switch: a window that has just begun, looked ahead at before."""
    anna = story.anna
    page = anna.open(f"/?branch={switch.branch}")
    page.get_by_role("link", name="Plan an outage here").click()
    anna.sees(".two", switch.name)
    for name, at in (("#begins", ago(20)), ("#ends", ago(0) + 2 * HOUR)):
        page.fill(name, f"{at:%Y-%m-%dT%H:%M}")
    page.fill("#purpose", "Replace a pole")
    anna.press("Look ahead")
    anna.sees(page.locator("section", has_text="What it would do"), "notice period")
    expect(page.locator("#purpose")).to_have_value("Replace a pole", timeout=PATIENCE_MS)
    anna.press("Ask for it")
    anna.sees("#planned h1", "Planned outage")
    anna.sees("#planned .headline", "Requested")
    page.wait_for_selector("body[data-ws=open]")
    expect(page.get_by_role("button", name=re.compile("^Approve"))).to_be_disabled(timeout=PATIENCE_MS)
    return int(story.field.system.rows("SELECT id FROM outages_plannedoutage")[0][0])


def is_approved_by_another(story: Story, number: int) -> None:
    """The senior operator finds it among what is to be done; the operator's page follows by itself."""
    ingrid = story.ingrid
    page = ingrid.open("/planned/?show=todo")
    expect(page.locator("#planned-rows").get_by_role("link", name=str(number), exact=True)).to_be_visible(
        timeout=PATIENCE_MS
    )
    ingrid.open(f"/planned/{number}/")
    with story.anna.without_reload():
        does(ingrid, "Approve", "customers lose supply")
        story.anna.sees("#planned .headline", "Approved")


def does(window: Window, verb: str, words: str) -> None:
    """A step on the page of the planned outage, which may be fetched anew at the very moment its button is pressed."""
    dialog = window.page.locator("#dialog")
    for _ in range(6):
        window.press(verb, "#planned .headline")
        with suppress(sync_api.TimeoutError):
            dialog.wait_for(state="visible", timeout=10_000)
            break
    window.sees(dialog, words)
    window.press(verb, "#dialog")
    window.gone(dialog)


def is_told(story: Story, number: int) -> int:
    """Every customer is in the messages the customer system took, and counts as told."""
    anna = story.anna
    does(anna, "Send notices", "Each is told once")
    anna.sees("#planned .headline", "Notified")
    waiting = "SELECT count(*) FROM outages_plannednoticecustomer WHERE state <> 'delivered'"
    known = int(story.field.system.rows("SELECT customers_known FROM outages_plannedoutage")[0][0])
    assert known > 0
    story.field.system.wait_until(lambda: story.field.system.rows(waiting) == [(0,)])
    bodies = b"".join(body for seen in [*story.cis.bodies.values()] for body in [*seen])
    assert bodies.count(b"<PlannedOutageNotification>") == known
    page = anna.open(f"/planned/{number}/")
    row = page.locator("section", has_text="Notices").get_by_role("row").filter(has_text="Announced").first
    expect(row.get_by_role("cell").nth(1)).to_have_text(re.compile(r"\d"), timeout=PATIENCE_MS)
    return known


def is_carried_out(story: Story, switch: Device, number: int) -> int:
    """The switch opened in its window: told late, so that customers are out for longer than a moment."""
    story.field.report(switch, ago(12), closed=False)
    outage = story.field.outage_at(switch)
    story.anna.sees("#planned .headline", "In execution")
    told = story.field.system.rows("SELECT kind, planned_outage_id FROM outages_outage WHERE id = %s", [outage])
    assert told == [("planned", number)]
    return outage


def gasps_join_it(story: Story, switch: Device, outage: int) -> None:
    """Last gasps below it are its evidence, and there is no other outage."""
    story.field.gasp(switch, ago(0))
    heard = "SELECT count(*) FROM outages_evidence WHERE kind <> 'call'"
    joined = heard + " AND outage_id = %s"
    rows = story.field.system.rows
    story.field.system.wait_until(lambda: 0 < rows(heard)[0][0] == rows(joined, [outage])[0][0])
    assert rows("SELECT count(*) FROM outages_outage WHERE state <> 'cancelled'") == [(1,)]
    assert rows("SELECT count(*) FROM workforce_workorder") == [(0,)]


def a_caller_is_told(story: Story, switch: Device) -> None:
    """The card of a customer says until when."""
    query = "SELECT usage_point_id FROM metering_meter WHERE number = %s"
    (point,) = story.field.system.rows(query, [switch.meters[0]])[0]
    story.ingrid.open(f"/calls/new/?usage_point={point}")
    story.ingrid.sees(story.ingrid.page.locator(".note", has_text="Planned work until").first)


def is_completed(story: Story, switch: Device, number: int) -> None:
    """It closes again, and the operator says that the work is done."""
    anna = story.anna
    anna.open(f"/planned/{number}/")
    story.field.report(switch, ago(0), closed=True)
    anna.sees("#planned .headline", "Restored")
    does(anna, "Complete", "cause planned work")
    anna.sees("#planned .headline", "Completed")


def counts_as_planned(story: Story, outage: int, customers: int) -> None:
    """Rows of the ledger are planned, and so is what the page of indices counts."""
    rows = story.field.system.rows(
        "SELECT bool_and(is_planned), sum(customers) FROM outages_interruption WHERE outage_id = %s AND superseded_at IS NULL",
        [outage],
    )
    assert rows == [(True, customers)]
    assert minutes(story, "planned") > 0
    assert story.field.system.rows("SELECT count(*) FROM outages_interruption WHERE NOT is_planned") == [(0,)]


def minutes(story: Story, kind: str) -> float:
    """Customer-minutes of the month as the dialog of SAIDI tells them."""
    page = story.ingrid.open(f"/reliability/?month={ago(0):%Y-%m}&med=with&kind={kind}")
    page.locator(".tile").filter(has_text="SAIDI").locator("button.value").click()
    story.ingrid.sees("#dialog", "customer-minutes")
    told = page.locator("#dialog dl.figures dd").first.inner_text()
    story.ingrid.press("Close", "#dialog")
    return float(re.sub(r"[^\d.]", "", told))


def assert_accessible(story: Story, number: int) -> None:
    """No violation by axe, at night and by day; a phone scrolls only downwards."""
    pages = (
        *("/planned/?show=all", "/planned/calendar/", "/planned/calendar/?view=week", "/planned/new/"),
        *(f"/planned/{number}/", f"/planned/{number}/customers/", f"/planned/{number}/notices/1/"),
    )
    for theme in ("dark", "light"):
        story.ingrid.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for address in pages:
            found = Axe().run(story.ingrid.open(address))
            assert found.violations_count == 0, f"{address}: {found.generate_report()}"
    story.ingrid.page.set_viewport_size({"width": 390, "height": 844})
    for address in pages:
        page = story.ingrid.open(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
