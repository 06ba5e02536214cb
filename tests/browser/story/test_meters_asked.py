"""Meters really used, as an operator sees it (O04, X08): a light-out verified, a prediction moved down, a nested outage found.

one customer calls, the meter has supply       -> state verify, no work order, on the operator's list by itself
two transformers gasp, one answers that it is  -> the outage at the fuse becomes one at the other transformer, and the page says why
live
a breaker trips and closes, one transformer    -> its customers never came back: a nested outage on the page of the breaker's
stays dark
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from adms.core.demo import DEMO_PASSWORD
from tests.browser.story.field import Field, ago
from tests.browser.story.head_end import HeadEnd
from tests.browser.story.windows import Window
from tests.journeys.partners import Partner, power_events, ticket
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@dataclass
class Story:
    """The field, who answers for its meters, and the operator."""

    field: Field
    head_end: HeadEnd
    cis: Partner
    anna: Window


@pytest.fixture
def story(live_system: LiveSystem, browser: Browser) -> Iterator[Story]:
    field = Field(live_system)
    live_system.rows("UPDATE integration_partner SET is_active = false WHERE source = 'HES-SIM'")
    live_system.rows(
        "INSERT INTO core_setting (key, value, changed_by, changed_at) VALUES ('ping.restoration_after_s', '1', 'test', now())"
    )
    live_system.rows(
        "INSERT INTO outages_rulesetversion (name, version, values, reason, reason_told, changed_by, changed_at)"
        " VALUES ('normal', 1, %s, 'short holds', '{}', 'test', now())",
        [json.dumps({"hold_time_gasps_s": 5})],
    )
    head_end = HeadEnd(live_system.base_url)
    made = field._partner("AMI", "reply MeterReadings", "--subscribe", "MeterReadings", "--endpoint", head_end.url)
    head_end.token = made.token
    cis = field._partner("CIS", "create TroubleTickets")
    anna = Window(browser, live_system.base_url, "operator", DEMO_PASSWORD)
    yield Story(field, head_end, cis, anna)
    anna.leave()
    head_end.close()
    field.commands.close()


def test_meters_are_asked_and_the_operator_sees_what_comes_of_it(story: Story) -> None:
    breaker, _ = story.field.breaker_and_switch()
    (fuse,) = story.field.fuses(1, outside=breaker)
    a_light_is_out_at_one_customer(story, breaker.meters[-1])
    a_prediction_moves_down(story, fuse)
    a_nested_outage_is_found(story, breaker)
    assert not story.anna.wrong


def a_light_is_out_at_one_customer(story: Story, meter: str) -> None:
    anna, system = story.anna, story.field.system
    ((point,),) = system.rows(
        "SELECT u.name FROM metering_usagepoint u JOIN metering_meter m ON m.usage_point_id = u.id WHERE m.number = %s",
        [meter],
    )
    anna.open("/outages/?show=verify")
    with anna.without_reload():
        story.cis.post("RequestMessage", "create", "TroubleTickets", ticket(point, ago(0)))
        anna.sees("#outage-rows", "Verify: meter has supply")
    ((number, order),) = system.rows("SELECT id, work_order_id FROM outages_outage WHERE state = 'verify'")
    assert order is None
    assert story.head_end.asked == [[meter]]
    anna.open(f"/outages/{number}/")
    anna.sees("main", "call the customer")
    anna.sees("main", "▲ 1 on")
    anna.open(f"/outages/{number}/evidence/")
    anna.sees("main", "the same customer")


def a_prediction_moves_down(story: Story, fuse) -> None:
    anna, world = story.anna, story.field.world
    first, second = (
        [meter["number"] for meter in world.meters_below(mrid)] for mrid in world.transformers_below(fuse.mrid)[:2]
    )
    story.head_end.dark = set(first)
    gasps = [*first[: max(2, len(first) // 2)], *second[:2]]
    story.field.hes.post("EventMessage", "created", "EndDeviceEvents", power_events(gasps, ago(0.2)))
    rows = story.field.system.wait_until(
        lambda: story.field.system.rows("SELECT outage_id FROM outages_outageentry WHERE kind = 'moved'")
    )
    anna.open(f"/outages/{rows[0][0]}/")
    anna.sees("main", f"Moved from {fuse.name}")
    anna.sees("main", "rule: new prediction")
    anna.page.keyboard.press("v")
    anna.page.wait_for_url("**/evidence/")
    anna.sees("main", f"not {fuse.name}: meters or telemetry below it are live")


def a_nested_outage_is_found(story: Story, breaker) -> None:
    anna, system, world = story.anna, story.field.system, story.field.world
    transformer = next(mrid for mrid in world.transformers_below(breaker.mrid) if len(world.meters_below(mrid)) >= 2)
    story.head_end.dark = {meter["number"] for meter in world.meters_below(transformer)}
    story.field.report(breaker, ago(2), closed=False)
    outage = story.field.outage_at(breaker)
    anna.open(f"/outages/{outage}/")
    with anna.without_reload():
        story.field.report(breaker, ago(0), closed=True)
        system.wait_until(lambda: system.rows("SELECT 1 FROM outages_outage WHERE parent_id = %s", [outage]))
        anna.sees("main", "Nested outages")
        anna.sees("main", "Is everybody back?")
    ((nested, out),) = system.rows("SELECT id, customers_out FROM outages_outage WHERE parent_id = %s", [outage])
    assert out == len(world.meters_below(transformer))
    anna.open("/pings/")
    anna.sees("#ping-rows", "restoration")
    anna.open(f"/outages/{nested}/")
    anna.sees("main", "Nested in")
