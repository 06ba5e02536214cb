"""What happens on the story feeder calls somebody: trips, outages, passed times; and stops calling by itself."""

import pytest

from adms.core.events import Recorded
from adms.core.models import Alarm
from adms.core.selectors import alarms as reading
from integration.models import Partner
from integration.services import alarming as bus_alarming
from integration.services import partners
from integration.services.delivery import TOLERATED_FAILURES
from network.models import FrontEnd, GroupPowerFlow
from network.selectors import state
from network.services import alarming as network_alarming
from network.services import operations
from network.services.control import front_end
from outages.events import OutageChanged
from outages.models import Outage
from outages.services import alarming
from tests import cast
from tests.outages.services.acting import move, outage_at, settle

pytestmark = pytest.mark.usefixtures("network")


def standing() -> set[tuple[str, str, int]]:
    """Kind, source and priority of what stands."""
    return set(Alarm.objects.filter(is_active=True).values_list("definition", "source", "priority"))


def test_a_trip_and_its_outage_are_one_group(network):
    move("CB1", close=False, at=0)
    settle(1)
    (group,) = reading.standing(actor=cast.ANNA, at=cast.after(2)).groups
    assert [one.definition for one in group.all] == ["switch_opened", "outage"]
    assert group.first.branch is not None
    outage = outage_at("CB1")
    assert standing() == {("switch_opened", "CB1", 1), ("outage", str(outage.pk), 3)}


@pytest.mark.parametrize(("points", "priority"), [(10_000, 1), (0, 3)])
def test_an_outage_is_as_urgent_as_its_mark(network, points, priority):
    move("CB1", close=False, at=0)
    settle(1)
    Outage.objects.update(priority=points)
    Alarm.objects.all().delete()
    outage = outage_at("CB1")
    fact = OutageChanged(outage.pk, outage.mrid, "story", "created", 1, "confirmed", cast.after(1))
    alarming.follow(batch=[Recorded("story", 1, cast.after(1), fact)], at=cast.after(2))
    assert standing() == {("outage", str(outage.pk), priority)}


def test_a_light_out_at_one_customer_is_an_alarm_only_where_the_customer_is_critical(network):
    cast.gasp(cast.meters_at("T5")[:1], cast.NOON)
    settle(40)
    row = Outage.objects.get()
    assert row.kind == "single"
    assert standing() == set()
    Outage.objects.update(critical_out=1)
    fact = OutageChanged(row.pk, row.mrid, "story", "created", 1, "predicted", cast.after(40))
    alarming.follow(batch=[Recorded("story", 1, cast.after(40), fact)], at=cast.after(41))
    assert [(kind, source) for kind, source, _ in standing()] == [("outage", str(row.pk))]


def test_closing_it_returns_both_and_is_no_alarm_itself(network):
    move("CB1", close=False, at=0)
    settle(1)
    move("CB1", close=True, at=60)
    settle(61)
    assert standing() == set()


def test_a_commanded_movement_calls_nobody(network):
    request = operations.Request("story", "CB1", close=False, seen_number=0)
    asked = operations.request_operation(actor=cast.ANNA, request=request, at=cast.after(0))
    operations.execute_operation(
        actor=cast.ANNA, operation_id=asked.pk, confirmation="1", reason="work", at=cast.after(1)
    )
    move("CB1", close=False, at=3)
    settle(4)
    assert not Alarm.objects.filter(definition="switch_opened").exists()


def test_a_tie_that_closes_unasked_is_an_alarm_until_it_opens(network):
    move("TIE", close=True, at=0)
    settle(1)
    assert ("switch_closed", "TIE", 2) in standing()
    move("TIE", close=False, at=5)
    settle(6)
    assert not any(kind == "switch_closed" for kind, _, _ in standing())


def test_a_passed_time_is_an_alarm_until_there_is_another(network):
    move("CB1", close=False, at=0)
    settle(1)
    Outage.objects.update(etr_at=cast.after(3600))
    assert alarming.watch(at=cast.after(3599)) == 0
    assert alarming.watch(at=cast.after(3700)) == 1
    assert alarming.watch(at=cast.after(3730)) == 0
    Outage.objects.update(etr_at=cast.after(9000))
    alarming.watch(at=cast.after(3760))
    assert not any(kind == "etr_overdue" for kind, _, _ in standing())


def test_the_way_to_the_field(network):
    front_end.report_front_end(key="SCADA", is_up=False, reason="refused", at=cast.after(0))
    assert network_alarming.watch(at=cast.after(1)) == 1
    assert ("field_silent", "SCADA", 1) in standing()
    FrontEnd.objects.update(is_up=True)
    network_alarming.watch(at=cast.after(2))
    assert standing() == set()


def test_a_partner_that_does_not_answer(network):
    partners.create_partner(actor=cast.SYSTEM, partner=partners.NewPartner("CIS", "CIS"), at=cast.NOON)
    Partner.objects.update(failures=TOLERATED_FAILURES + 1, latest_error="timed out")
    assert bus_alarming.watch(at=cast.after(1)) == 1
    assert ("partner_silent", "CIS", 2) in standing()
    Partner.objects.update(failures=0)
    bus_alarming.watch(at=cast.after(2))
    assert standing() == set()


def test_violations_of_a_feeder_are_one_alarm_of_the_worst(network):
    present = state.present("story")
    low = [
        {"kind": "voltage_low", "name": f"B{i}", "phase": "A", "value": 0.9 - i / 100, "limit": 0.95, "mrid": ""}
        for i in range(3)
    ]
    row = GroupPowerFlow.objects.create(
        model_id=present.model_id, version_id=present.version_id, key="g", name="Feeder 1", head=-1, signature="s",
        computed_at=cast.NOON, took_ms=1, engine="test", converged=True, violations=low,
    )  # fmt: skip
    assert network_alarming.watch(at=cast.after(1)) == 1
    (alarm,) = Alarm.objects.filter(definition="voltage_limit")
    assert alarm.text == "B2 A: 0.880 pu, 0.950 pu allowed; 2 more on Feeder 1"
    row.violations, row.computed_at = [], cast.after(2)
    row.save()
    network_alarming.watch(at=cast.after(2))
    assert standing() == set()
