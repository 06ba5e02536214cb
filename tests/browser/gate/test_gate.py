"""An engineer brings a network through the gate: upload -> findings -> difference -> publish -> back, on real processes."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.story.windows import PATIENCE_MS, Window
from tests.builders.street import street
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "correct-horse-battery"


@pytest.fixture
def mei(live_system: LiveSystem, browser: Browser) -> Window:
    live_system.manage("create_user", "mei", "--role", "ENG", TIELINE_PASSWORD=PASSWORD)
    return Window(browser, live_system.base_url, "mei", PASSWORD)


def test_an_engineer_uploads_looks_publishes_and_goes_back(
    live_system: LiveSystem, mei: Window, tmp_path: Path
) -> None:
    first, second = tmp_path / "street.xml", tmp_path / "street2.xml"
    first.write_text(street(12))
    second.write_text(street(14, rated_a=630, is_tie_open=False))
    upload(mei, first)
    mei.sees("#job", "is staged as version")
    publish_from_job(mei, 1)
    upload(mei, second)
    look_at_findings(mei)
    accept(mei)
    look_at_difference(mei)
    decide(mei, "Publish …", 2)
    assert state(live_system) == {1: "retired", 2: "published"}
    go_back(mei)
    assert state(live_system) == {1: "published", 2: "retired"}
    assert not mei.wrong


def upload(mei: Window, file: Path) -> None:
    """Through the page, and wait until the job page says what came of it, by itself."""
    page = mei.open("/models/")
    follow(mei, "Upload a model")
    page.fill("#name", "Street")
    page.set_input_files("#files", file)
    mei.sees("[data-upload-files]", file.name)
    mei.press("Upload and check")
    page.wait_for_url(re.compile("/models/jobs/"))
    expect(page.locator("#job")).to_have_attribute("data-state", "done", timeout=PATIENCE_MS)


def follow(mei: Window, link: str) -> None:
    """To another page, until it is live."""
    mei.page.get_by_role("link", name=re.compile(f"^{link}")).click()
    mei.page.wait_for_load_state("load")
    mei.page.wait_for_selector("body[data-ws=open]")


def publish_from_job(mei: Window, number: int) -> None:
    """The first version has only notes: it is ready at once."""
    follow(mei, "Look at findings and difference")
    mei.sees("body", "Ready to be published")
    decide(mei, "Publish …", number)


def look_at_findings(mei: Window) -> None:
    """The lost open point and the loop are listed, and marked on the map of the staged version."""
    follow(mei, "Look at findings and difference")
    mei.sees(".finding-class[open]", "Why:")
    page = mei.page
    page.wait_for_selector(".map[data-ready]")
    mei.sees("body", "Normally open points lost")
    page.locator("summary", has_text="Normally open points lost").click()
    page.get_by_role("button", name=re.compile("^TIE")).last.click()
    report = page.evaluate("document.querySelector('[data-network-map]').networkMap.report()")
    assert report["selected"] >= 0
    expect(page.get_by_role("button", name="Publish …")).to_be_disabled()


def accept(mei: Window) -> None:
    """By name, with a reason."""
    mei.press("Accept warnings")
    dialog = mei.page.locator("#dialog")
    dialog.locator("[name=reason]").fill("ring on purpose")
    dialog.get_by_role("button", name="Accept warnings").click()
    mei.sees("body", "accepted by mei")
    mei.page.wait_for_selector("body[data-ws=open]")


def look_at_difference(mei: Window) -> None:
    """What is added, what has another rating; and where on the map."""
    page = mei.page
    follow(mei, "Difference")
    mei.sees("#difference", "Difference to v1")
    mei.sees("#difference", "Switch.ratedCurrent")
    follow(mei, "Added")
    mei.sees("#difference", "L14")
    page.wait_for_selector(".map[data-ready]")
    follow(mei, "As it was")
    mei.sees(".map-legend", "removed")


def decide(mei: Window, button: str, number: int) -> None:
    """Both steps of publishing; the job page says when it is done."""
    page, dialog = mei.page, mei.page.locator("#dialog")
    mei.press(button)
    mei.sees(dialog, "Step 1 of 2")
    dialog.get_by_role("button", name="Continue").click()
    mei.sees(dialog, "Step 2 of 2")
    execute = dialog.locator("[data-execute]")
    expect(execute).to_be_disabled()
    dialog.locator("#confirmation").fill(str(number))
    dialog.locator("#reason").fill("agreed with GIS")
    execute.click()
    page.wait_for_url(re.compile("/models/jobs/"))
    mei.sees("#job", f"is operated in version {number}")


def go_back(mei: Window) -> None:
    """One click from the version in operation."""
    follow(mei, "To the version")
    decide(mei, "Go back to v1", 1)


def state(system: LiveSystem) -> dict[int, str]:
    """What the database says of the versions."""
    return dict(system.rows("SELECT number, state FROM network_modelversion"))
