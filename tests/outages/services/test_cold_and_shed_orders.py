"""Cold-load pickup and load shed in turns, from the question to the closed order: suggested, rehearsed, carried out, refused."""

from typing import Any

import pytest

from adms.core.models import Setting
from network.selectors import state
from network.services import operations
from outages.domain.switching import rotation
from outages.models import Interruption, SheddingPlace, SwitchingStep
from outages.selectors import load_shedding as reading
from outages.services.switching import (
    drafting,
    executing,
    expected_loads,
    load_shedding,
    rehearsing,
    rotating,
    suggesting,
)
from outages.services.switching.drafting import NewOrder
from outages.services.switching.life_cycle import OrderRefused
from outages.services.switching.load_shedding import Place
from outages.services.switching.suggesting import Wanted
from outages.views import order_text
from tests import cast
from tests.builders.town import Town
from tests.cast import ANNA, NOON, SYSTEM, after, person
from tests.outages.services.acting import move, settle
from tests.outages.services.ordering import step, written
from tests.people import Person, text

pytestmark = pytest.mark.django_db
MINUTE = 60


@pytest.fixture(autouse=True)
def network() -> None:
    """Overrides the story feeder: most of these tests stand on a town."""
    state.forget()


def suggested(model: str, goal: str, mrid: str = "", at: float = 1, **terms: float) -> list[dict[str, Any]]:
    return suggesting.ways(actor=SYSTEM, wanted=Wanted(model, goal, mrid, terms), at=after(at))


def order_of(model: str, kind: str, proposal: dict[str, Any], at: float) -> Any:
    steps = order_text.read("\n".join(order_text.said(one) for one in proposal["steps"]), [])
    return drafting.write(actor=SYSTEM, new=NewOrder(model, kind, "as suggested", steps), at=after(at))


def test_cold_load_is_brought_back_in_stages_each_with_its_power_flow_at_the_load_as_it_comes_back() -> None:
    town = Town()
    town.report(town.head, close=False, at=1)
    at = 2 * 3600.0
    told = suggested(town.key, "cold_load", town.mrid(town.head), at, dead_min=120, wait_min=10)
    assert told
    assert all(one["is_checked"] for one in told), told[0]["unchecked"]
    best = told[0]
    assert best["factor"] == pytest.approx(1.5 + 0.5 * 60 / 180, abs=1e-3)
    order = order_of(town.key, "cold_load", best, at)
    assert order.state == "issued"
    known = rehearsing.rehearse(actor=SYSTEM, order_id=order.pk, at=after(at + 1))
    assert [one["problem"] for one in known["steps"] if one["problem"]] == []
    assert known["steps"][-1]["flow"]["is_computed"]
    # By the ledger nobody is out (this town has no usage points), so that the rehearsal takes the load as it was: it is lower
    assert known["steps"][-1]["flow"]["loss_kw"] < best["after"]["loss_kw"]


def test_since_when_a_place_is_dark_is_taken_from_the_ledger() -> None:
    cast.publish()
    move("CB1", close=False, at=0)
    settle(30)
    present = state.present("story")
    at = 3_600.0
    dead = expected_loads.dead_minutes("story", rehearsing.stand_of(present), after(at))
    dark = {row.node for row in Interruption.objects.filter(ended_at=None)}
    assert dark
    assert {round(dead[node], 6) for node in dark} == {60.0}
    assert not [node for node in range(present.grid.node_count) if node not in dark and dead[node]]
    told = suggested("story", "cold_load", "CB1", at)
    assert {one["factor"] for one in told} == {1.5}


def test_a_curve_that_is_none_is_refused_with_its_name() -> None:
    town = Town()
    town.report(town.head, close=False, at=1)
    Setting.objects.create(key="orders.cold_load_curve", value=["much"], changed_at=NOON)
    with pytest.raises(Exception, match="pairs of minutes and multiple"):
        suggested(town.key, "cold_load", town.mrid(town.head), 60, dead_min=60)


def test_the_steps_of_a_feeder_with_a_name_of_its_own_name_the_switch_at_its_head() -> None:
    """An order finds its devices by their names: no switch is called Feeder 02."""
    one = reading.ShedFeeder(
        "h",
        "Feeder 02",
        "Switch 270",
        "a",
        10.0,
        1,
        0,
        is_telemetered=True,
        group=1,
        is_protected=False,
        reason="",
        shed_at=None,
    )
    found = rotation.steps_of([rotation.Turn((rotating._feeder(one, NOON),), 10.0)], 30)
    assert [step.name for step in found if step.device] == ["Switch 270", "Switch 270"]


def test_load_is_shed_in_turns_by_the_feeders_of_the_groups_and_never_by_protected_ones() -> None:
    town = Town()
    town.solve(after(1))
    feeders = reading.feeders(town.key)
    assert len(feeders) >= 4
    assert all(one.kw > 0 and one.group is None for one in feeders)
    with pytest.raises(OrderRefused, match="put feeders into groups first"):
        suggested(town.key, "rotate", target_kw=1, turn_min=30, turns=2)
    protected, *others = feeders
    load_shedding.put(
        actor=SYSTEM, model=town.key, head_mrid=protected.mrid, place=Place(None, is_protected=True, reason="hospital"), at=after(2)
    )  # fmt: skip
    for number, one in enumerate(others):
        place = Place(1 + number % 2)
        load_shedding.put(actor=SYSTEM, model=town.key, head_mrid=one.mrid, place=place, at=after(2))
    target = min(one.kw for one in others)
    told = suggested(town.key, "rotate", target_kw=target, turn_min=30, turns=3)
    best = told[0]
    assert best["shortfall_kw"] == 0
    assert best["is_checked"], best["unchecked"]
    assert len(best["turns"]) == 3
    heads = {one.mrid: one.head for one in others}
    assert {(one["device"], one["name"]) for one in best["steps"] if one["kind"] == "open"} <= heads.items()
    assert order_of(town.key, "load_shed", best, 2).kind == "load_shed"
    shed = {name for turn in best["turns"] for name in turn["feeders"]}
    assert protected.name not in shed
    assert protected.mrid not in {one["device"] for one in best["steps"]}
    opened = [one["device"] for one in best["steps"] if one["kind"] == "open"]
    closed = [one["device"] for one in best["steps"] if one["kind"] == "close"]
    assert sorted(opened) == sorted(closed)
    anna = person("anna", "OPR")
    tag = {"equipment_mrid": others[0].mrid, "kind": "inhibit", "text": "men at work"}
    operations.place_tag(actor=anna, model=town.key, **tag, at=after(3))
    for one in suggested(town.key, "rotate", target_kw=target, turn_min=30, turns=3):
        assert others[0].mrid not in {step["device"] for step in one["steps"]}
    over = suggested(town.key, "rotate", target_kw=1e6, turn_min=30, turns=2)
    assert over[0]["shortfall_kw"] > 0
    assert any("are wanted" in words for words in over[0]["problems"])


def test_a_wait_is_ended_when_its_minutes_are_over_and_not_before() -> None:
    cast.publish()
    row = written("verify : all are ready", "wait 20 min", "verify : the load is down", kind="load_shed")
    executing.do(actor=ANNA, order_id=row.pk, step=step(row, 1).key, at=after(100))
    with pytest.raises(OrderRefused, match="waits until"):
        executing.do(actor=ANNA, order_id=row.pk, step=step(row, 2).key, at=after(100 + 20 * MINUTE - 1))
    executing.do(actor=ANNA, order_id=row.pk, step=step(row, 2).key, at=after(100 + 20 * MINUTE))
    assert step(row, 2).state == "completed"


def test_a_wait_says_minutes() -> None:
    cast.publish()
    with pytest.raises(Exception, match="said in minutes"):
        written("wait a while", kind="load_shed")


def test_a_feeder_shed_by_an_order_has_its_next_turn_last() -> None:
    cast.publish()
    row = written("open CB1", kind="load_shed")
    SwitchingStep.objects.filter(order=row).update(state="completed", occurred_at=after(50))
    by_head = {one.mrid: one for one in reading.feeders("story")}
    assert by_head["CB1"].shed_at == after(50)


def test_the_page_puts_a_feeder_into_a_group_and_tells_what_the_group_takes() -> None:
    cast.publish()
    sue, anna = Person("SOP"), Person("OPR")
    assert "No feeder is in a group" in text(anna.get("/orders/load-shed/"))
    assert "Keep the place of" not in text(anna.get("/orders/load-shed/"))
    assert sue.submit("/orders/load-shed/", model="story", head="CB1", group="2", reason="").status_code == 302
    page = text(anna.get("/orders/load-shed/"))
    assert '<td class="number">2</td>' in page
    assert "group 2" in page
    wrong = sue.submit("/orders/load-shed/", model="story", head="CB1", group="protected", reason="")
    assert "Say why it is protected" in text(wrong, 422)
    assert anna.submit("/orders/load-shed/", model="story", head="CB1", group="1").status_code == 403
    assert SheddingPlace.objects.get().group == 2
