"""A wrong time in the ledger is found, its correction looked at before it is made, and the figures told twice: original and restated.

a fuse blows, an operator restores and completes    -> the ledger has it, the manager freezes the month's report
the manager drafts when it began                    -> the effect is shown before; nothing moves: a report of the month is frozen
the senior operator agrees                          -> sees what it changes, the index moves
the manager looks                                   -> original and restated side by side, who, when, why
the report                                          -> still says what it said; its restatement is a report of its own
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from adms.core.demo import DEMO_PASSWORD
from tests.browser.story.field import Device, Field, ago
from tests.browser.story.windows import Window
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]

REASON = "The crew found the fuse blown later"


@dataclass
class Story:
    """The field, and the two people."""

    field: Field
    ingrid: Window  # the senior operator
    paul: Window  # the manager


@pytest.fixture
def story(live_system: LiveSystem, browser: Browser) -> Iterator[Story]:
    field = Field(live_system)
    windows = [Window(browser, live_system.base_url, name, DEMO_PASSWORD) for name in ("senior", "manager")]
    yield Story(field, *windows)
    for window in windows:
        window.leave()
    field.commands.close()


def test_a_correction_restates_the_figures_and_leaves_what_was_told(story: Story) -> None:
    breaker, _ = story.field.breaker_and_switch()
    (fuse,) = story.field.fuses(1, outside=breaker)
    outage = fuse_blows_and_is_mended(story, fuse)
    before = saidi(story)
    freeze(story, "As told")
    correct(story, outage)
    after = saidi(story)
    assert 0 < after < before
    both_are_shown(story, outage)
    restate(story)
    assert_accessible(story)
    assert not story.ingrid.wrong + story.paul.wrong


def fuse_blows_and_is_mended(story: Story, fuse: Device) -> int:
    """Last gasps two hours ago; confirmed, restored and completed on the outage's page."""
    story.field.gasp(fuse, ago(120))
    outage = story.field.outage_at(fuse)
    ingrid = story.ingrid
    ingrid.open(f"/outages/{outage}/")
    headline = ingrid.page.locator("#outage .headline")
    for verb, done in (("Confirm", "Confirmed"), ("Restore", "0 of")):
        ingrid.press(verb, "#outage .headline")
        ingrid.sees("#dialog", f"{verb} outage {outage}")
        ingrid.press(verb, "#dialog")
        ingrid.gone("#dialog")
        ingrid.sees(headline, done)
    ingrid.press("Complete", "#outage .headline")
    ingrid.page.select_option("#dialog #cause", "tree")
    ingrid.press("Complete", "#dialog")
    ingrid.sees(headline, "Cause")
    return outage


def month() -> str:
    """The month of two hours ago."""
    return f"{ago(120):%Y-%m}"


def saidi(story: Story) -> float:
    """The figure on the manager's page."""
    page = story.paul.open(f"/reliability/?month={month()}&med=with")
    label = page.locator(".tile").filter(has_text="SAIDI").locator("button.value").get_attribute("aria-label") or ""
    page.locator(".tile").filter(has_text="SAIDI").locator("button.value").click()
    story.paul.sees("#dialog", "customer-minutes")
    parts = [float(re.sub(r"[^\d.]", "", text)) for text in page.locator("#dialog dl.figures dd").all_inner_texts()[:2]]
    story.paul.press("Close", "#dialog")
    assert label.startswith("SAIDI")
    return parts[0] / parts[1]


def freeze(story: Story, name: str) -> None:
    """The month's tables under a name."""
    page = story.paul.open("/reliability/reports/")
    page.select_option("#month", month())
    page.fill("#name", name)
    story.paul.press("Freeze")
    story.paul.sees(".page-head h1", name)
    story.paul.sees("body", "SHA-256")


def correct(story: Story, outage: int) -> None:
    """From the outage to the draft of a correction of all its rows, and the word of the second person."""
    paul, ingrid = story.paul, story.ingrid
    page = paul.open(f"/outages/{outage}/")
    page.get_by_role("link", name=re.compile("^Correct")).click()
    paul.sees(".page-head h1", f"Correct the ledger of outage {outage}")
    paul.sees("body", "“As told” is frozen: another senior operator must agree")
    later = ago(60).replace(second=0)
    page.fill("#began", later.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S"))
    page.fill("#why", REASON)
    paul.press("What would it change?")
    paul.sees("#effects-title", "What it would change")
    expect(page.locator("#began")).to_have_value(re.compile(r"\d{4}-"))
    page.locator(".form-grid").get_by_role("button", name="Ask a second person", exact=True).click()
    page.wait_for_url("**/reliability/restated/**")
    paul.sees("#drafts-title", "Waiting for a second person")
    expect(page.get_by_role("button", name=re.compile("^Agree"))).to_have_count(0)
    page = ingrid.open("/reliability/restated/")
    page.get_by_role("button", name=re.compile("^Agree")).first.click()
    ingrid.sees("#dialog", REASON)
    ingrid.sees("#dialog", "SAIDI")
    page.locator("#dialog").get_by_role("button", name="Agree and correct", exact=True).click()
    ingrid.gone("#drafts-title")


def both_are_shown(story: Story, outage: int) -> None:
    """Original and restated, and every corrected row with its reason."""
    page = story.paul.open(f"/reliability/restated/?month={month()}")
    story.paul.sees("#effect-title", "Before any correction, and now")
    line = page.locator("tbody tr").filter(has_text="SAIDI").first
    before, now = (float(line.locator("td").nth(place).inner_text().replace(",", "")) for place in (1, 2))
    assert before > now > 0
    row = page.locator("tbody tr").filter(has_text=REASON).first
    expect(row).to_contain_text("manager")
    expect(row).to_contain_text("agreed by senior")
    expect(row.get_by_role("link", name=str(outage))).to_be_visible()


def restate(story: Story) -> None:
    """The frozen report says what it said, and offers to be restated."""
    page = story.paul.open("/reliability/reports/")
    page.get_by_role("link", name="As told", exact=True).click()
    frozen = page.locator("#table-months").locator("xpath=ancestor::section").locator("tbody tr").last.inner_text()
    page.get_by_role("link", name=re.compile("^Compare")).click()
    story.paul.sees("body", "have changed since")
    page.fill("#new-name", "As it was")
    page.fill("#why", REASON)
    story.paul.press("Restate")
    story.paul.sees(".page-head h1", "As it was")
    restated = page.locator("#table-months").locator("xpath=ancestor::section").locator("tbody tr").last.inner_text()
    assert restated != frozen
    page.get_by_role("link", name="The report it restates").click()
    story.paul.sees(".page-head h1", "As told")
    again = page.locator("#table-months").locator("xpath=ancestor::section").locator("tbody tr").last.inner_text()
    assert again == frozen


def assert_accessible(story: Story) -> None:
    """No violation by axe on the pages of the journey, at night and by day."""
    for theme in ("dark", "light"):
        story.paul.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for address in (
            f"/reliability/?month={month()}",
            f"/reliability/restated/?month={month()}",
            "/reliability/reports/",
            f"/reliability/reports/preview/?month={month()}",
            "/reliability/file/",
        ):
            page = story.paul.open(address)
            found = Axe().run(page)
            assert found.violations_count == 0, f"{address}: {found.generate_report()}"
