"""Whether a command could reach the field at all: the gate is told by the door, and asks before it lets one pass."""

import datetime as dt

import pytest

from adms.core import actors
from integration.models import Partner
from integration.services import controls, partners
from integration.services.partners import NewPartner
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


def partner(name: str, noun: str = "Controls") -> Partner:
    made, _ = partners.create_partner(
        actor=actors.system("test"), partner=NewPartner(name, name.upper().replace(" ", "-"), (), (noun,)), at=NOON
    )
    made.endpoint_url = "http://127.0.0.1:9/"
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
