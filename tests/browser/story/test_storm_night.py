"""A storm night as two people see it: the dispatcher calls it a storm, the operator draws the lines, crews go, the last one is back.

the area follows its storm rules          -> the storm page says so
two fuses blow within minutes             -> two outages on both screens by themselves, the storm page counts them
the operator moves one down and takes it  -> two outages, then the one from before, customers and reports as they were
back, splits one
the dispatcher sends crews                -> fewer outages without a crew
all are restored                          -> the figures fall to nothing on every screen
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, expect

from adms.core.demo import DEMO_PASSWORD
from tests.browser.story.field import Device, Field, ago
from tests.browser.story.windows import PATIENCE_MS, Window, spoken
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CREWS = ("c11", "c12")


@dataclass
class Story:
    """The field, the people, and a third screen on the wall."""

    field: Field
    anna: Window  # the operator
    tom: Window  # the dispatcher
    wall: Window


@pytest.fixture
def story(live_system: LiveSystem, browser: Browser) -> Iterator[Story]:
    field = Field(live_system)
    people = ("operator", "dispatcher", "dispatcher")
    windows = [Window(browser, live_system.base_url, name, DEMO_PASSWORD) for name in people]
    yield Story(field, *windows)
    for window in windows:
        window.leave()
    field.commands.close()


def test_a_storm_night_from_the_first_gust_to_the_last_customer(story: Story) -> None:
    breaker, _ = story.field.breaker_and_switch()
    fuses = story.field.fuses(2, outside=breaker)
    the_dispatcher_calls_it_a_storm(story)
    story.anna.open("/")
    story.wall.open("/storm/")
    outages = fuses_blow(story, fuses)
    the_operator_draws_the_lines(story, fuses[0], outages[0])
    crews_go(story, outages)
    everybody_is_back(story, outages)
    assert not story.anna.wrong + story.tom.wrong + story.wall.wrong


def tile(window: Window, title: str) -> Locator:
    """The figure of a tile of the storm page."""
    return (
        window.page.locator("#storm .tile").filter(has=window.page.get_by_role("heading", name=title)).locator(".value")
    )


def the_dispatcher_calls_it_a_storm(story: Story) -> None:
    tom = story.tom
    tom.open("/rules/")
    for button in tom.page.get_by_role("button", name=re.compile("^Switch the rule set of")).all():
        button.click()
        tom.sees("#dialog", "Rule set of")
        tom.page.select_option("#dialog #rule-name", "storm")
        tom.page.fill("#dialog #rule-reason", "storm warning")
        tom.press("Switch", "#dialog")
        tom.gone("#dialog")
    tom.open("/storm/")
    tom.sees(
        "#storm",
        "by its storm rules"
        if len(story.field.system.rows("SELECT 1 FROM outages_ruleplan")) == 1
        else "by their storm rules",
    )


def fuses_blow(story: Story, fuses: list[Device]) -> list[int]:
    anna, tom, wall = story.anna, story.tom, story.wall
    tom.open("/dispatch/")
    out = sum(len(fuse.meters) for fuse in fuses)
    with anna.without_reload(), tom.without_reload(), wall.without_reload():
        for minutes, fuse in zip((20, 19), fuses, strict=True):
            story.field.gasp(fuse, ago(minutes))
        outages = [story.field.outage_at(fuse) for fuse in fuses]
        for outage, fuse in zip(outages, fuses, strict=True):
            anna.sees(anna.card(outage), fuse.name)
            tom.sees(f"tr[data-row='{outage}']", fuse.name)
        for window in (anna, tom):
            window.sees_figure("Customers out", out)
        expect(tile(wall, "Customers out")).to_have_text(spoken(out), timeout=PATIENCE_MS)
        expect(tile(wall, "Outages")).to_have_text("2", timeout=PATIENCE_MS)
        wall.sees(wall.page.locator("#storm .tile").filter(has_text="without a crew"), "2 without a crew")
    return outages


def the_operator_draws_the_lines(story: Story, fuse: Device, outage: int) -> None:
    """By keys: D moves down to two transformers, Z takes it back, S splits one off."""
    anna, world = story.anna, story.field.world
    below = world.transformers_below(fuse.mrid)[:2]
    anna.open(f"/outages/{outage}/")
    headline = anna.page.locator("#outage .headline")
    anna.sees(headline, fuse.name)
    choose(anna, "d", below)
    anna.sees("#dialog", "From now on only people move these outages.")
    anna.page.fill("#dialog #confirm-reason", "both transformers found burnt")
    anna.press("Move down to", "#dialog")
    anna.gone("#dialog")
    anna.sees("#timeline-title")
    anna.sees("main", f"Moved down from {fuse.name}")
    expect(headline).not_to_contain_text(fuse.name, timeout=PATIENCE_MS)
    anna.page.keyboard.press("z")
    anna.sees("#dialog", "Take back what was done")
    anna.press("Take it back", "#dialog")
    anna.gone("#dialog")
    anna.sees(headline, fuse.name)
    anna.sees(headline, f"{spoken(len(fuse.meters))} of")
    choose(anna, "s", below[:1])
    anna.page.fill("#dialog #confirm-reason", "its own fault")
    anna.press("Split off", "#dialog")
    anna.gone("#dialog")
    anna.sees("main", "Nested outages")


def choose(anna: Window, key: str, devices: list[str]) -> None:
    """Open the dialog by its key and tick devices."""
    anna.page.keyboard.press(key)
    anna.sees("#dialog", "Devices below that are open")
    for mrid in devices:
        anna.page.check(f"#dialog [name=device][value='{mrid}']")
    anna.press("Show what changes", "#dialog")
    anna.sees("#dialog #confirm-reason")


def crews_go(story: Story, outages: list[int]) -> None:
    tom, wall = story.tom, story.wall
    with tom.without_reload(), wall.without_reload():
        for outage, crew in zip(outages[1:], CREWS, strict=False):
            tom.page.locator(f"tr[data-row='{outage}'] [data-primary]").click()
            tom.sees("#dispatch-crews", f"Crews for outage {outage}")
            tom.page.locator(f"#dispatch-crews tr[data-row='{crew}'] button").click()
            tom.sees("#dialog", f"to outage {outage}?")
            tom.page.locator("#dialog [type=submit]").click()
            tom.sees(f"[data-lane=sent] [data-crew='{crew}']", str(outage))
        wall.sees(wall.page.locator("#storm .tile").filter(has_text="without a crew"), "2 without a crew")


def everybody_is_back(story: Story, outages: list[int]) -> None:
    anna, tom, wall = story.anna, story.tom, story.wall
    nested = [
        row[0] for row in story.field.system.rows("SELECT id FROM outages_outage WHERE parent_id = %s", [outages[0]])
    ]
    with tom.without_reload(), wall.without_reload():
        for outage in [*nested, *outages]:
            anna.open(f"/outages/{outage}/")
            anna.press("Restore", "#outage .headline")
            anna.sees("#dialog", f"Restore outage {outage}")
            anna.press("Restore", "#dialog")
            anna.gone("#dialog")
            tom.gone(f"tr[data-row='{outage}']")
        tom.sees_figure("Customers out", 0)
        expect(tile(wall, "Customers out")).to_have_text("0", timeout=PATIENCE_MS)
        expect(tile(wall, "Outages")).to_have_text("0", timeout=PATIENCE_MS)
