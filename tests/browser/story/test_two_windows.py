"""The whole story as two people see it: an operator and a dispatcher, each at a screen of their own, on the demo network.

last gasps below a fuse       -> the operator's page shows it by itself, and why; the dispatcher sends a crew, the operator sees it go
confirmed and restored        -> gone from both screens
a breaker trips               -> dead elements on the map; a switch behind it is opened by hand, the breaker closed by telecontrol
part is back, then the rest   -> both screens say so; the reliability page counts it, row by row
the server dies               -> both pages say that they are old, hold operating back, and return with what happened meanwhile
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from adms.core.demo import DEMO_PASSWORD
from tests.browser.story.field import Device, Field, ago
from tests.browser.story.windows import PATIENCE_MS, Window, spoken
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CREW = "c11"


@dataclass
class Story:
    """The field, and the two people."""

    field: Field
    anna: Window  # the operator
    tom: Window  # the dispatcher


@pytest.fixture
def story(live_system: LiveSystem, browser: Browser) -> Iterator[Story]:
    field = Field(live_system)
    windows = [Window(browser, live_system.base_url, name, DEMO_PASSWORD) for name in ("operator", "dispatcher")]
    yield Story(field, *windows)
    for window in windows:
        window.leave()
    field.commands.close()


def test_operator_and_dispatcher_play_the_whole_story(story: Story) -> None:
    breaker, switch = story.field.breaker_and_switch()
    fuse, other_fuse = story.field.fuses(2, outside=breaker)
    story.anna.open("/")
    story.tom.open("/dispatch/")
    outage = fuse_blows(story, fuse)
    operator_asks_why(story, fuse, outage)
    crew_goes(story, outage)
    operator_closes_the_report(story, fuse, outage)
    tripped = breaker_trips(story, breaker)
    part_is_restored(story, breaker, switch, tripped)
    rest_is_restored(story, switch, tripped)
    figures_count_it(story, fuse, breaker)
    server_dies_and_returns(story, other_fuse)
    assert not story.anna.wrong + story.tom.wrong


def fuse_blows(story: Story, fuse: Device) -> int:
    """Both see the outage without doing anything."""
    anna, tom = story.anna, story.tom
    with anna.without_reload(), tom.without_reload():
        anna.sees_figure("Customers out", 0)
        story.field.gasp(fuse, ago(20))
        outage = story.field.outage_at(fuse)
        anna.sees(anna.card(outage), fuse.name)
        anna.sees(anna.card(outage), "Predicted · New")
        anna.sees(anna.card(outage).locator(".number b"), spoken(len(fuse.meters)))
        anna.sees_figure("Customers out", len(fuse.meters))
        tom.sees(f"tr[data-row='{outage}']", fuse.name)
        tom.sees_figure("Customers out", len(fuse.meters))
    return outage


def operator_asks_why(story: Story, fuse: Device, outage: int) -> None:
    """The card leads to the device, the outage page to the reasons, each line to its evidence and threshold."""
    anna = story.anna
    anna.card(outage).locator("[data-primary]").click()
    anna.sees("#device-panel h2", fuse.name)
    anna.card(outage).locator(".about a").click()
    anna.page.wait_for_url(f"**/outages/{outage}/")
    anna.sees("#why-title")
    anna.sees(".reasons", f"{fuse.name} is predicted open")
    lines = anna.page.locator(".reasons > li")
    with_threshold = lines.filter(has=anna.page.locator("dl.facts")).first
    with_threshold.locator("summary").click()
    anna.sees(
        with_threshold.locator("dl.facts"),
        re.compile(r"Counted\s*[\d.]+.*Threshold\s*at (least|most) [\d.]+", re.DOTALL),
    )
    with_evidence = lines.filter(has=anna.page.locator("tbody tr")).last
    for _ in range(10):  # reports still come, and another line may have become the last
        if with_evidence.locator("tbody tr").first.is_visible():
            break
        with_evidence.locator("summary").click()
        anna.page.wait_for_timeout(500)
    anna.sees(with_evidence.locator("tbody tr").first, re.compile(r"\d\d:\d\d:\d\d"))


def crew_goes(story: Story, outage: int) -> None:
    """Assigned in two steps, then under way and on site; the operator's page follows."""
    anna, tom = story.anna, story.tom
    anna.open("/")
    with anna.without_reload(), tom.without_reload():
        tom.page.locator(f"tr[data-row='{outage}'] [data-primary]").click()
        tom.sees("#dispatch-crews", f"Crews for outage {outage}")
        tom.page.locator(f"#dispatch-crews tr[data-row='{CREW}'] button").click()
        tom.sees("#dialog", f"to outage {outage}?")
        anna.sees(anna.card(outage), "no crew")  # one click sends nobody
        tom.page.locator("#dialog [type=submit]").click()
        tom.sees(f"[data-lane=sent] [data-crew='{CREW}']", str(outage))
        anna.sees(anna.card(outage), "Trouble 11")
        for lane, words in (("en_route", "En route"), ("on_site", "On site")):
            tom.choose(f"#menu-{CREW}", words)
            tom.sees(f"[data-lane={lane}] [data-crew='{CREW}']")
            anna.sees(anna.card(outage), f"Predicted · {words}")


def operator_closes_the_report(story: Story, fuse: Device, outage: int) -> None:
    """Confirmed, restored, completed on the outage's page; the dispatcher's board empties itself."""
    anna, tom = story.anna, story.tom
    anna.open(f"/outages/{outage}/")
    headline = anna.page.locator("#outage .headline")
    with tom.without_reload():
        for verb, done in (("Confirm", "Confirmed"), ("Restore", "0 of")):
            anna.press(verb, "#outage .headline")
            anna.sees("#dialog", f"{verb} outage {outage}")
            anna.press(verb, "#dialog")
            anna.gone("#dialog")
            anna.sees(headline, done)
        tom.gone(f"tr[data-row='{outage}']")
        tom.sees_figure("Customers out", 0)
    anna.press("Complete", "#outage .headline")
    anna.page.select_option("#dialog #cause", "tree")
    anna.press("Complete", "#dialog")
    anna.sees(headline, "Cause")
    anna.sees(anna.page.locator("#outage .stepper li").last, re.compile(r"\d\d:\d\d:\d\d"))
    tom.sees(f"[data-lane=free] [data-crew='{CREW}']")  # its job ended with the report


def breaker_trips(story: Story, breaker: Device) -> int:
    """The map's twin in words lists what is open and what is dead."""
    anna, tom = story.anna, story.tom
    anna.open("/")
    anna.page.wait_for_selector(".map[data-ready]")
    with anna.without_reload(), tom.without_reload():
        anna.page.locator("[data-map-do=list]").first.click()
        anna.sees("[data-map-items]", "Nothing is out of the ordinary")
        story.field.report(breaker, ago(15), closed=False)
        tripped = story.field.outage_at(breaker)
        anna.sees(f"[data-map-items] [data-branch='{breaker.branch}']", "open, abnormal position")
        dead = anna.page.locator("[data-map-items] .option").filter(has_text="de-energised")
        anna.sees(dead.filter(has_text="Service transformer").first)
        anna.sees(anna.card(tripped), "Confirmed")
        for window in (anna, tom):
            window.sees_figure("Customers out", len(breaker.meters))
        anna.page.locator("#abnormal-list [data-map-do=list]").click()
        anna.gone("#abnormal-list")
    return tripped


def part_is_restored(story: Story, breaker: Device, switch: Device, tripped: int) -> None:
    """A switch is opened by hand behind the breaker, then the breaker closed by telecontrol; the map never shows what is only wished."""
    anna, tom = story.anna, story.tom
    with anna.without_reload(), tom.without_reload():
        anna.find(switch.name)
        anna.operate("Open", "isolate the fault")
        anna.sees("#dialog", "Recorded as operated by hand")
        anna.press("Close", "#dialog")
        anna.sees("#device-panel .facts", "OPEN")
        anna.card(tripped).locator("[data-primary]").click()
        anna.sees("#device-panel h2", breaker.name)
        anna.operate("Close", "restore up to the isolating switch")
        anna.sees("#dialog", "CLOSING")
        anna.sees_figure("Customers out", len(breaker.meters))
        story.field.obey(breaker, closed=True)
        anna.sees("#dialog", "Reported by the field")
        anna.press("Close", "#dialog")
        anna.sees(anna.card(tripped), "Partly restored")
        anna.sees(anna.card(tripped).locator(".number b"), spoken(len(switch.meters)))
        tom.sees(f"tr[data-row='{tripped}']", "Partly restored")
        for window in (anna, tom):
            window.sees_figure("Customers out", len(switch.meters))


def rest_is_restored(story: Story, switch: Device, tripped: int) -> None:
    """The switch closes, and nothing is left."""
    anna, tom = story.anna, story.tom
    with anna.without_reload(), tom.without_reload():
        anna.find(switch.name)
        anna.operate("Close", "the fault is mended")
        anna.sees("#dialog", "Recorded as operated by hand")
        anna.press("Close", "#dialog")
        anna.gone(anna.card(tripped))
        anna.sees(".outage-cards", f"Last closed: {tripped}")
        tom.gone(f"tr[data-row='{tripped}']")
        for window in (anna, tom):
            window.sees_figure("Customers out", 0)


def figures_count_it(story: Story, fuse: Device, breaker: Device) -> None:
    """Who was without supply is counted once each, and the figure shows its rows."""
    today = dt.datetime.now(dt.UTC).date()
    first, last = today - dt.timedelta(days=2), today + dt.timedelta(days=1)
    page = story.anna.open(f"/reliability/?from={first}&to={last}&med=with")
    interrupted = len(fuse.meters) + len(breaker.meters)
    story.anna.sees("#figures > .whole.row", f"{spoken(interrupted)} customers interrupted")
    saidi = page.locator(".tile").filter(has_text="SAIDI").locator("button.value")
    assert float(re.search(r"[\d.]+", saidi.inner_text())[0]) > 0
    saidi.click()
    story.anna.sees("#dialog", "SAIDI")
    counted = page.locator("#dialog tbody td:nth-child(5)").all_inner_texts()
    assert sum(int(re.sub(r"\D", "", customers)) for customers in counted) == interrupted
    expect(page.locator("#dialog tbody tr").first).to_contain_text(re.compile("sustained"))
    story.anna.press("Close", "#dialog")
    evidence_in_two_clicks(story, f"/reliability/?from={first}&to={last}&med=with")


def evidence_in_two_clicks(story: Story, address: str) -> None:
    """Index, feeder and its causes, interruption with its evidence; the same from a cause."""
    anna = story.anna
    for by in ("feeder", "cause"):
        page = anna.open(f"{address}&by={by}")
        group = page.locator("[data-rows=feeders] tbody tr").first.get_by_role("button")
        name = group.inner_text()
        group.click()  # one
        anna.sees("#feeder-outages", name)
        anna.sees("#feeder-causes", name)
        outage = page.locator("[data-rows=feeder-outages] tbody tr").first.get_by_role("link")
        number = outage.inner_text()
        outage.click()  # two
        page.wait_for_url(f"**/outages/{number}/")
        expect(page.locator("#evidence-title")).to_contain_text(re.compile(r"Evidence · [1-9]"))


def server_dies_and_returns(story: Story, fuse: Device) -> None:
    """The pages say so, hold operating back, and come back by themselves with the outage that began meanwhile."""
    anna, tom, system = story.anna, story.tom, story.field.system
    anna.open(f"/?branch={fuse.branch}")
    buttons = anna.page.locator("#device-panel [data-needs-live]")
    expect(buttons.first).to_be_enabled(timeout=PATIENCE_MS)
    system.hold("control")  # nobody predicts until the pages are blind
    with anna.without_reload(), tom.without_reload(), anna.server_away(), tom.server_away():
        story.field.gasp(fuse, ago(10))
        system.kill("web")
        system.hold("web")
        for window in (anna, tom):
            window.sees("[data-stale-banner]", "operating is held back")
            window.sees("[data-live]", "Lost")
        expect(buttons.first).to_be_disabled()
        system.resume("control")
        outage = story.field.outage_at(fuse)
        expect(anna.card(outage)).to_have_count(0)
        system.resume("web")
        for window in (anna, tom):
            window.gone("[data-stale-banner]")
            window.sees("[data-live]", "Live")
        anna.sees(anna.card(outage), fuse.name)
        tom.sees(f"tr[data-row='{outage}']", fuse.name)
        expect(buttons.first).to_be_enabled(timeout=PATIENCE_MS)
        for window in (anna, tom):
            window.sees_figure("Customers out", len(fuse.meters))
