"""A customer is called back and says that nothing works: what was thought to be over is opened again (X07).

a fuse blows, a customer below calls             -> the operator sees the known outage beside him and promises a call
confirmed and restored                           -> the customer stands among those to be called, by itself
called back, he is still out                     -> his word is a call, a new outage begins, the old one says why, he is promised anew
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from adms.core.demo import DEMO_PASSWORD
from tests.browser.story.field import Device, Field, ago
from tests.browser.story.windows import PATIENCE_MS, Window
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@dataclass
class Story:
    """The field and the operator."""

    field: Field
    anna: Window


@pytest.fixture
def story(live_system: LiveSystem, browser: Browser) -> Iterator[Story]:
    field = Field(live_system)
    live_system.rows(
        "INSERT INTO core_setting (key, value, changed_by, changed_at) VALUES ('ping.calls', 'false', 'test', now())"
    )
    values = {"hold_time_calls_s": 5, "ask_on_prediction": "none", "ask_after_restoration": "none"}
    live_system.rows(
        "INSERT INTO outages_rulesetversion (name, version, values, reason, reason_told, changed_by, changed_at)"
        " VALUES ('normal', 1, %s, 'short holds, and nobody asks the meters', '{}', 'test', now())",
        [json.dumps(values)],
    )
    anna = Window(browser, live_system.base_url, "operator", DEMO_PASSWORD)
    yield Story(field, anna)
    anna.leave()
    field.commands.close()


def test_a_customer_who_is_called_back_and_still_out_opens_the_matter_again(story: Story) -> None:
    breaker, _ = story.field.breaker_and_switch()
    (fuse,) = story.field.fuses(1, outside=breaker)
    story.field.gasp(fuse, ago(20))
    old = story.field.outage_at(fuse)
    account, name = a_customer_calls(story, fuse, old)
    everybody_is_thought_to_be_back(story, old)
    callback = the_customer_is_to_be_called(story, name)
    he_is_still_out(story, callback, account, old)
    assert not story.anna.wrong


def a_customer_calls(story: Story, fuse: Device, old: int) -> tuple[str, str]:
    """Found by the account; what is known stands beside the form before anything is promised."""
    anna = story.anna
    ((account, name),) = story.field.system.rows(
        "SELECT c.account_number, c.name FROM metering_meter m JOIN metering_usagepoint u ON u.id = m.usage_point_id"
        " JOIN metering_customer c ON c.id = u.customer_id WHERE m.number = %s",
        [fuse.meters[-1]],
    )
    page = anna.open("/calls/new/")
    page.locator("#customer-text").press_sequentially(account)
    page.locator("#customer-results").get_by_role("option").filter(has_text=account).first.click()
    anna.sees("#customer", f"Known outage {old}")
    page.get_by_label("Wants to be called back").check()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/calls/")
    anna.sees(page.locator("#call-rows tbody tr").first, name)
    linked = "SELECT 1 FROM outages_callback WHERE outage_id = %s"  # the sweeper finds the outage of the promise
    story.field.system.wait_until(lambda: story.field.system.rows(linked, [old]))
    return account, name


def everybody_is_thought_to_be_back(story: Story, old: int) -> None:
    """Confirmed and restored on the outage's page, which tells of the promise."""
    anna = story.anna
    anna.open(f"/outages/{old}/")
    anna.sees("#outage", "1 wait for supply")
    for verb, done in (("Confirm", "Confirmed"), ("Restore", "0 of")):
        anna.press(verb, "#outage .headline")
        anna.sees("#dialog", f"{verb} outage {old}")
        anna.press(verb, "#dialog")
        anna.gone("#dialog")
        anna.sees("#outage .headline", done)


def the_customer_is_to_be_called(story: Story, name: str) -> str:
    """Nobody takes the messages of the demo, so a person has to call; the row of the list."""
    anna = story.anna
    page = anna.open("/callbacks/")
    row = page.locator("#callback-rows tbody tr[data-row]").filter(has_text=name)
    anna.sees(row, "by a person")
    anna.sees(row, "supply was restored")
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    return row.get_attribute("data-row") or ""


def he_is_still_out(story: Story, callback: str, account: str, old: int) -> None:
    """Pressed on the list; the new outage is found from there, and the old one tells."""
    anna, system = story.anna, story.field.system
    row = f"#callback-rows tr[data-row='{callback}']"
    with anna.without_reload():
        anna.press("Still out", row)
        anna.gone(row)  # over, so no longer among those to be called
    ((new,),) = system.wait_until(
        lambda: system.rows(
            "SELECT outage_id FROM outages_callback WHERE follows_id = %s AND state = 'waiting' AND outage_id <> %s",
            [callback, old],
        )
    )
    page = anna.open("/callbacks/?show=still_out")
    anna.sees(row, account)
    page.locator(row).get_by_role("link", name=f"open again as outage {new}").click()
    page.wait_for_url(f"**/outages/{new}/")
    anna.sees("#outage .headline", "1 of 1")
    anna.sees("#outage", "1 wait for supply")
    anna.open(f"/outages/{old}/")
    anna.sees("#outage", "1 still out")
    timeline = anna.page.locator("section").filter(has=anna.page.locator("#timeline-title"))
    expect(timeline).to_contain_text("says so when called back", timeout=PATIENCE_MS)
