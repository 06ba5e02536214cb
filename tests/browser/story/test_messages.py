"""The pages of the bus on the real system: the inspector with every kind of message, a partner's dialect, the readings of meters.

what comes in and goes out     -> taken, partly taken, repeated, refused, in another's words, and a dead letter, each on its page
menus narrow the list          -> by noun, verb and partner, kept by the chips
a dialect nobody can follow    -> is refused, and what was typed stays
a meter's readings             -> nothing told, a day with gaps judged and estimated, a day without any
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from adms.core.demo import DEMO_PASSWORD
from tests.browser.story.windows import Window
from tests.journeys.partners import Partner, power_events, ticket
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ENERGY = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
QUARTER = dt.timedelta(minutes=15)
DIALECT = {"codes": [["troubleCode", "NO_POWER", "OUT-1"]], "name_types": [["UsagePointNumber", "PremiseNo"]]}
DEAD = (
    "INSERT INTO integration_outboxmessage (partner_id, message_id, cause, object_key, verb, noun, body, state, attempts,"
    " next_attempt_at, created_at, latest_error, reply) SELECT id, %s, 'event:north/1', 'outage:x', 'created', 'UnplannedOutages',"
    " %s, 'dead', 5, now(), now(), 'HTTP 400', '' FROM integration_partner WHERE source = 'CALLS'"
)
NOTHING = '<EndDeviceEvents xmlns="http://iec.ch/TC57/2011/EndDeviceEvents#"><nothing/></EndDeviceEvents>'
BODY = b'<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Payload/></EventMessage>'


@dataclass
class Bus:
    """A head-end, a customer system with words of its own, and somebody who looks after them."""

    system: LiveSystem
    hes: Partner
    calls: Partner
    meters: list[dict[str, str]]
    anne: Window  # an administrator
    olga: Window  # an operator


@pytest.fixture(scope="module")
def bus(live_system: LiveSystem, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bus]:
    live_system.manage("load_demo")
    dialect = tmp_path_factory.mktemp("bus") / "dialect.json"
    dialect.write_text(json.dumps(DIALECT))
    hes = partner(live_system, "HES", "created EndDeviceEvents,created MeterReadings")
    calls = partner(live_system, "CALLS", "create TroubleTickets", "--dialect", dialect)
    meters = hes.get("api/v1/simulation/world")["meters"]
    windows = [Window(chromium, live_system.base_url, name, DEMO_PASSWORD) for name in ("administrator", "operator")]
    yield Bus(live_system, hes, calls, meters, *windows)
    for window in windows:
        window.leave()


def partner(system: LiveSystem, source: str, allowed: str, *more: object) -> Partner:
    names = [word for name in allowed.split(",") for word in ("--allow", name)]
    told = system.manage("create_partner", source, *names, *more, "--json")
    return Partner(system.base_url, source, json.loads(told.stdout)["token"])


def looks_right(window: Window) -> None:
    """In both themes for a reader of the page, and on a phone without scrolling sideways."""
    page = window.page
    for theme in ("night", "day"):
        page.evaluate("(theme) => document.documentElement.dataset.theme = theme", theme)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.url
    page.set_viewport_size({"width": 1440, "height": 900})


def test_every_kind_of_message_is_found_and_shown(bus: Bus) -> None:
    at, (first, second, *_) = dt.datetime.now(dt.UTC), bus.meters
    bus.hes.post("EventMessage", "created", "EndDeviceEvents", power_events([first["number"]], at), "good-1")
    bus.hes.post(
        "EventMessage", "created", "EndDeviceEvents", power_events([second["number"], "NONE-1"], at), "partly-1"
    )
    wrong = bus.hes._message("EventMessage", "created", "EndDeviceEvents", NOTHING, "refused-1")
    assert bus.hes._post(wrong).status_code == 422
    own = ticket(first["usage_point"], at).replace("NO_POWER", "OUT-1").replace("UsagePointNumber", "PremiseNo")
    bus.calls.post("RequestMessage", "create", "TroubleTickets", own, "own-words-1")
    bus.system.rows(DEAD, [uuid.uuid4(), BODY])
    page = bus.anne.open("/messages/")
    for number, words in (("good-1", "✓ taken"), ("partly-1", "✕ 2.4"), ("own-words-1", "Call: NO_POWER")):
        page.goto(f"/messages/?q={number}")
        page.locator("#message-rows [data-primary]").first.click()
        bus.anne.sees("main", words)
        bus.anne.sees("main", "answered alike, without effect")
        looks_right(bus.anne)
    for show, words in (("refused", "Why it was refused"), ("dead", "HTTP 400")):
        page.goto(f"/messages/?show={show}")
        page.locator("#message-rows [data-primary]").first.click()
        bus.anne.sees("main", words)
        looks_right(bus.anne)
    assert bus.anne.wrong == []


def test_menus_narrow_the_list_and_stay_with_the_chips(bus: Bus) -> None:
    page = bus.anne.open("/messages/")
    rows = page.locator("#message-rows tbody tr")
    page.get_by_label("Noun", exact=True).select_option("TroubleTickets")
    page.wait_for_url("**noun=TroubleTickets**")
    expect(rows).to_have_count(1)
    page.locator("a.chip[href*='show=in']").click()
    page.wait_for_url("**show=in**")
    expect(page.get_by_label("Noun", exact=True)).to_have_value("TroubleTickets")
    page.get_by_label("Partner", exact=True).select_option(label="HES")
    page.wait_for_url("**partner=**")
    bus.anne.sees("#message-rows", "No messages here")
    page = bus.anne.open("/messages/?verb=created")
    bus.anne.sees("#message-rows", "created EndDeviceEvents")
    expect(page.get_by_label("Verb", exact=True)).to_have_value("created")
    page.keyboard.press("f")
    expect(page.get_by_role("searchbox")).to_be_focused()
    looks_right(bus.anne)
    assert bus.anne.wrong == []


def test_a_dialect_nobody_can_follow_is_refused_and_what_was_typed_stays(bus: Bus) -> None:
    page = bus.anne.open("/messages/")
    page.get_by_role("link", name="CALLS", exact=True).click()
    bus.anne.sees("main", "codes: 1")
    page.get_by_role("link", name="Change", exact=True).click()
    page.locator("[name=codes]").fill("troubleCode NO_POWER = OUT-1\nnonsense")
    page.locator("[name=dropped]").fill("Vendor")
    page.locator("main button[type=submit]").click()
    bus.anne.sees("main [role=alert]", "ours = its")
    expect(page.locator("[name=dropped]")).to_have_value("Vendor")
    looks_right(bus.anne)
    page.locator("[name=codes]").fill("troubleCode NO_POWER = OUT-2")
    page.locator("[name=added]").fill("TroubleTicket Channel = web")
    page.locator("main button[type=submit]").click()
    bus.anne.sees("main", "added: 1")
    looks_right(bus.anne)


def test_readings_of_a_meter_are_shown_with_gaps_and_estimates(bus: Bus) -> None:
    told, silent = bus.meters[2]["number"], bus.meters[3]["number"]
    midnight = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0) - dt.timedelta(days=3)
    intervals = "".join(
        f"<IntervalReadings><timeStamp>{(midnight + number * QUARTER).isoformat()}</timeStamp><value>{0.2 + number % 8 / 10}</value>"
        "</IntervalReadings>"
        for number in range(1, 97)
        if number not in {20, 21, 22, 60}
    )
    block = f'<IntervalBlocks>{intervals}<ReadingType ref="{ENERGY}"/></IntervalBlocks>'
    payload = f"<MeterReading>{block}<Meter><Names><name>{told}</name></Names></Meter></MeterReading>"
    payload = f'<MeterReadings xmlns="http://iec.ch/TC57/2011/MeterReadings#">{payload}</MeterReadings>'
    assert bus.hes.post("EventMessage", "created", "MeterReadings", payload).status_code == 200
    bus.system.wait_until(
        lambda: bus.system.rows("SELECT estimated FROM metering_readingday WHERE validated_at IS NOT NULL AND told > 0")
    )
    page = bus.olga.open(f"/meters/{silent}/readings/")
    bus.olga.sees("main", "This meter has told no readings")
    looks_right(bus.olga)
    page = bus.olga.open(f"/meters/{told}/readings/")
    bus.olga.sees("main", "92 of 96 told, 4 estimated")
    expect(page.locator("main .tag", has_text="estimated")).to_have_count(4)
    looks_right(bus.olga)
    page.get_by_role("link", name="The day before").click()
    bus.olga.sees("main", "No readings of this day")
    looks_right(bus.olga)
    assert bus.olga.wrong == []
