"""P05: load taken off a feeder of a town: each way with its power flow, as it is found once the way was gone."""

import pytest

from adms.core.models import Setting
from network.services import power_flow_asked
from network.services.power_flow_asked import Wanted
from outages.services.switching import suggesting
from tests.builders.town import Town
from tests.cast import NOON, SYSTEM, after
from tests.rest import Api

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network() -> None:
    """Overrides the story feeder: these tests stand on a town."""


def loss_kw(town: Town) -> float:
    found = power_flow_asked.answer(model=town.key, wanted=Wanted(), at=after(20), progress=lambda _: None)
    assert found is not None
    return float(found.figures["loss_kw"])


def test_a_way_to_unload_a_feeder_tells_what_is_found_when_it_is_gone() -> None:
    Setting.objects.create(key="orders.rehearsal_flow_s", value=3_600, changed_at=NOON)
    town = Town()
    head = town.mrid(town.head)
    told = suggesting.unload(actor=SYSTEM, model=town.key, equipment_mrid=head, at=after(1))
    assert told
    assert all(one["is_checked"] for one in told)
    assert [len(one["problems"]) for one in told] == sorted(len(one["problems"]) for one in told)
    best = told[0]
    assert best["moved_kw"] > 0
    before = loss_kw(town)
    for number, step in enumerate(best["steps"]):
        branch = town.present.grid.branch_index(step["device"])
        town.report(branch, close=step["kind"] == "close", at=5 + number)
    more = best["after"]["loss_kw"] - best["before"]["loss_kw"]
    assert more == pytest.approx(loss_kw(town) - before, abs=0.05)
    answer = Api("OPR").post(
        "switching-orders/suggestions", {"model": town.key, "equipment_mrid": head, "goal": "unload"}
    )
    assert answer.status_code == 200, answer.content


def test_what_there_is_no_time_to_solve_says_so() -> None:
    Setting.objects.create(key="orders.rehearsal_flow_s", value=0, changed_at=NOON)
    town = Town()
    told = suggesting.unload(actor=SYSTEM, model=town.key, equipment_mrid=town.mrid(town.head), at=after(1))
    assert told
    assert {(one["is_checked"], one["unchecked"]) for one in told} == {(False, "the time for the power flow was over")}
