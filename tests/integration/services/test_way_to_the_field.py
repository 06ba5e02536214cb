"""Whether a command could reach the field at all: the gate is told by the door, and asks before it lets one pass."""

import datetime as dt

import pytest

from adms.core import actors
from adms.core.models import ControlArea
from integration.models import Partner
from integration.services import controls, partners
from integration.services.partners import NewPartner
from network.models import Equipment, FrontEnd
from network.selectors import state
from network.services import operations
from network.services.operations import OperationRefused, Request
from tests import cast
from tests.cast import ANNA, NOON, after

pytestmark = pytest.mark.django_db
TOLERATED = 3


@pytest.fixture(autouse=True)
def network():
    state.forget()
    cast.publish()


def partner(name: str, noun: str = "Controls", *areas: str) -> Partner:
    made, _ = partners.create_partner(
        actor=actors.system("test"), partner=NewPartner(name, name.upper().replace(" ", "-"), (), (noun,)), at=NOON
    )
    made.endpoint_url = "http://127.0.0.1:9/"
    made.filters = {noun: {"areas": list(areas)}} if areas else {}
    made.save()
    return made


def silent(one: Partner, *, since: dt.datetime = NOON, for_s: int = 60) -> None:
    one.failures, one.paused_until, one.latest_error = TOLERATED + 1, since + dt.timedelta(seconds=for_s), "refused"
    one.save()
    controls.note_way(partner=one, tolerated=TOLERATED, at=since)


def passes(at: dt.datetime) -> bool:
    try:
        row = operations.request_operation(
            actor=ANNA, request=Request("story", "SW1", close=False, seen_number=0), at=at
        )
    except OperationRefused as refused:
        assert refused.data["cause"] == "abortion-by-communication-loss"
        return False
    operations.cancel_operation(actor=ANNA, operation_id=row.pk, at=at)
    return True


def test_the_way_is_down_only_when_nobody_who_takes_commands_can_be_reached():
    one, other = partner("north rtu"), partner("south rtu")
    silent(one)
    assert passes(after(1))
    silent(other)
    assert not passes(after(2))
    Partner.objects.filter(pk=one.pk).update(failures=0, paused_until=None)
    controls.note_way(partner=one, tolerated=TOLERATED, at=after(3))
    assert passes(after(4))


def test_a_command_may_try_the_way_once_the_pause_is_over():
    silent(partner("rtu"))
    assert not passes(after(59))
    assert passes(after(61))


def test_a_partner_that_takes_no_commands_says_nothing_of_the_way():
    silent(partner("call centre", "UnplannedOutages"))
    assert passes(after(1))


def test_each_area_has_the_way_of_those_who_serve_it():
    area = state_area()
    ControlArea.objects.create(key="elsewhere", name="Elsewhere")
    here, there = partner("here", "Controls", area), partner("there", "Controls", "elsewhere")
    silent(there)
    assert passes(after(1))
    silent(here)
    assert not passes(after(2))
    assert set(FrontEnd.objects.filter(is_up=False).values_list("key", flat=True)) == {
        f"the field in {area}",
        "the field in elsewhere",
    }
    Partner.objects.filter(pk=here.pk).update(failures=0, paused_until=None)
    controls.note_way(partner=here, tolerated=TOLERATED, at=after(3))
    assert passes(after(4))


def test_who_takes_commands_everywhere_keeps_the_way_of_every_area_up():
    area = state_area()
    partner("everywhere")
    silent(partner("here", "Controls", area))
    assert passes(after(1))


def test_ways_of_filters_that_are_gone_are_forgotten():
    area = state_area()
    here = partner("here", "Controls", area)
    silent(here)
    assert not passes(after(1))
    Partner.objects.filter(pk=here.pk).update(filters={}, failures=0, paused_until=None)
    controls.note_way(partner=Partner.objects.get(pk=here.pk), tolerated=TOLERATED, at=after(2))
    assert list(FrontEnd.objects.values_list("key", "is_up")) == [("the field", True)]
    assert passes(after(3))


def state_area() -> str:
    return str(Equipment.objects.get(mrid="SW1").area.key)
