"""`manage.py trace`: per phase, now and at past times by either clock.

S --CB-- L1 --+-- FA (A) --+
              +-- FB (B) --+-- L2 -- T1 (3 on ABC)
              +-- FC (C) --+
              +-- SP (A) -- TA (2 on A)
"""

import datetime as dt
import json

import pytest
from django.core.management import CommandError, call_command

from adms.core import actors, clock
from network.selectors import devices, traces
from network.services import positions
from network.services.positions import PositionReport
from tests.builders.network import NetworkBuilder
from tests.rest import Api, publish

pytestmark = pytest.mark.django_db
SCADA = actors.system("scada")


def draft():
    builder = NetworkBuilder("phased").source("S").breaker("CB").line("L1").mark("tee")
    for letter in "ABC":
        builder = builder.back_to("tee").fuse(f"F{letter}", phases=letter).to("join")
    builder = builder.back_to("join").line("L2", phases="ABC").transformer("T1").customers(3)
    return builder.back_to("tee").line("SP", phases="A").transformer("TA").customers(2).draft()


@pytest.fixture(autouse=True)
def network():
    publish(draft())


def answer(capsys, *words):
    call_command("trace", *words, "--json")
    return json.loads(capsys.readouterr().out)


def move(name, *, is_closed, occurred, recorded=None):
    report = PositionReport("phased", name, occurred, is_closed=is_closed)
    positions.record_positions(actor=SCADA, source="scada", reports=[report], at=recorded or occurred)


def met(told):
    return {one["name"]: one["phases"] for one in told["objects"]}


def test_each_phase_goes_its_own_way_up(capsys):
    told = answer(capsys, "L2", "--direction", "up")
    assert told["from"] == "L2"
    assert met(told) == {"FA": "A", "FB": "B", "FC": "C", "L1": "ABC", "CB": "ABC", "S source": "ABC"}
    assert {one["class"] for one in told["objects"]} == {"Fuse", "ACLineSegment", "Breaker", "EnergySource"}


def test_down_counts_the_customers_of_each_phase(capsys):
    told = answer(capsys, "CB", "--direction", "down")
    assert (told["customers"], told["kw"]) == (5, 5.0)
    assert told["by_phase"]["A"] == {"customers": 5, "kw": 3.0}
    assert told["by_phase"]["B"] == {"customers": 3, "kw": 1.0}
    assert met(told)["SP"] == "A"


def test_on_chosen_phases_only_what_they_reach_is_met(capsys):
    told = answer(capsys, "CB", "--direction", "down", "--phases", "BC")
    assert not {"SP", "TA", "FA"} & met(told).keys()
    assert told["customers"] == 3
    assert set(told["by_phase"]) == {"B", "C"}


def test_an_open_fuse_takes_its_phase_alone(capsys):
    move("FB", is_closed=False, occurred=clock.now())
    told = answer(capsys, "T1", "--direction", "up")
    assert met(told)["L2"] == "AC"
    assert "FB" not in met(told)


def test_a_past_time_by_the_field_and_by_what_was_known_differ(capsys):
    start = clock.now()
    happened, learnt = start + dt.timedelta(minutes=1), start + dt.timedelta(minutes=10)
    move("CB", is_closed=False, occurred=happened, recorded=learnt)
    between = (start + dt.timedelta(minutes=5)).isoformat()
    assert answer(capsys, "T1", "--direction", "up", "--at", between)["objects"] == []
    assert "CB" in met(answer(capsys, "T1", "--direction", "up", "--at", between, "--as-known"))
    api = Api("OPR")
    assert api.get("devices/T1/trace", direction="up", at=between).json()["objects"] == []
    known = api.get("devices/T1/trace", direction="up", at=between, as_known="true").json()
    assert "CB" in [one["name"] for one in known["objects"]]


def test_the_switch_that_two_devices_have_in_common_is_the_nearest_one():
    both = [devices.device(name) for name in ("T1", "TA")]
    assert traces.common_upstream(both).mrid == "CB"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nothing", "--direction", "up"), "no device nothing"),
        (("CB", "--direction", "up", "--phases", "AX"), "--phases"),
        (("CB", "--direction", "up", "--at", "yesterday"), "--at"),
        (("CB", "--direction", "up", "--as-known"), "--as-known"),
    ],
)
def test_bad_input_ends_with_two_and_says_what(words, says):
    with pytest.raises(CommandError) as refused:
        call_command("trace", *words)
    assert refused.value.returncode == 2
    assert says in str(refused.value)


def test_for_people_it_is_a_list_with_sums(capsys):
    call_command("trace", "CB", "--direction", "down")
    assert "5 customers" in capsys.readouterr().out
