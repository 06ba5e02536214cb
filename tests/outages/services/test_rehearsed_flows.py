"""P05: the power flow after each step of a rehearsal, against the one that is found once the step was really done."""

from __future__ import annotations

import numpy as np
import pytest

from adms.core.models import Setting
from network.services import power_flow, power_flow_asked
from network.services.power_flow_asked import Answer, Wanted
from outages.models import SwitchingOrder
from outages.selectors import served_days
from outages.services.switching import approving, drafting, rehearsing
from outages.services.switching.drafting import NewOrder, NewStep
from outages.services.switching.life_cycle import OrderRefused
from tests.builders.town import Town
from tests.cast import NOON, SYSTEM, after, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network() -> None:
    """Overrides the story feeder: these tests stand on a town."""


def give(seconds: float) -> None:
    """Time for the power flows of a rehearsal."""
    Setting.objects.create(key="orders.rehearsal_flow_s", value=seconds, changed_at=NOON)


def operated(town: Town) -> Answer:
    found = power_flow_asked.answer(model=town.key, wanted=Wanted(), at=after(20), progress=lambda _: None)
    assert found is not None
    assert found.converged, found.reason
    return found


def test_each_step_tells_the_figures_and_places_that_are_found_when_it_is_done() -> None:
    give(3_600)
    town = Town()
    switch = town.trunk[town.peopled]
    steps = [NewStep("open", town.mrid(switch)), NewStep("verify", text="nobody is there")]
    new = NewOrder(town.key, "planned", "Open the ring", steps, after(3_600), after(7_200))
    row = drafting.write(actor=SYSTEM, new=new, at=after(1))
    told = rehearsing.rehearse(actor=SYSTEM, order_id=row.pk, at=after(2))
    flows = [told["before"], *(one["flow"] for one in told["steps"])]
    assert [(one["is_computed"], one["reason"]) for one in flows] == [(True, "")] * 3
    as_it_was = operated(town)
    town.report(switch, close=False, at=10)
    as_it_is = operated(town)
    for flow, found in ((flows[0], as_it_was), (flows[1], as_it_is), (flows[2], as_it_is)):
        assert found.buses is not None
        assert found.branches is not None
        lowest = min(found.buses, key=lambda one: one.v_pu)
        loads = {f"{one.name} {one.phase}": one.loading_percent for one in found.branches if one.loading_percent}
        assert flow["v_min_pu"] == pytest.approx(lowest.v_pu, abs=1e-9)
        places = {f"{one.name} {one.phase}": one.v_pu for one in found.buses}
        assert places[flow["v_min_at"]] == pytest.approx(lowest.v_pu, abs=1e-9)
        assert flow["loading_percent"] == pytest.approx(max(loads.values()), abs=1e-6)
        assert loads[flow["loading_at"]] == pytest.approx(max(loads.values()), abs=1e-6)
    assert flows[0]["solved_now"] == flows[0]["groups"]
    assert 0 < flows[1]["solved_now"] < flows[1]["groups"]  # feeders that stay as they were keep their result
    more = flows[1]["loss_kw"] - flows[0]["loss_kw"]  # what other stations lose is none of it, and stays
    assert more == pytest.approx(as_it_is.figures["loss_kw"] - as_it_was.figures["loss_kw"], abs=1e-6)
    assert more != pytest.approx(0.0, abs=1e-6)


def test_check_and_approval_take_the_flows_of_the_rehearsal_until_something_moves() -> None:
    give(0)  # what is not known cannot be solved now
    town = Town()
    switch = town.trunk[town.peopled]
    steps = [NewStep("open", town.mrid(switch)), NewStep("close", town.mrid(switch))]
    new = NewOrder(town.key, "planned", "Open", steps, after(3_600), after(7_200))
    row = drafting.write(actor=SYSTEM, new=new, at=after(1))
    rehearsed = rehearsing.rehearse(actor=SYSTEM, order_id=row.pk, at=after(2))
    assert rehearsed["before"]["is_computed"]
    drafting.request(actor=SYSTEM, order_id=row.pk, at=after(3))
    approving.prepare(actor=SYSTEM, order_id=row.pk, at=after(4))
    checked = approving.check(actor=SYSTEM, order_id=row.pk, at=after(5)).rehearsal
    assert [one["flow"] for one in checked["steps"]] == [one["flow"] for one in rehearsed["steps"]]
    town.report(town.trunk[-1], close=False, at=6)
    sue = person("sue", "SOP")
    with pytest.raises(
        OrderRefused, match="no figures are known of the state before the first step, and of 2 more: rehearse it anew"
    ):
        approving.approve(actor=sue, order_id=row.pk, at=after(8))
    rehearsing.rehearse(actor=sue, order_id=row.pk, at=after(9))
    approved = approving.approve(actor=sue, order_id=row.pk, at=after(10)).rehearsal
    assert approved["before"]["is_computed"] and approved["before"] != rehearsed["before"]


def rehearsed(town: Town) -> SwitchingOrder:
    """An order that opens a switch and closes it again, ready to be checked, with a rehearsal; nothing more can be solved then."""
    give(0)
    switch = town.mrid(town.trunk[town.peopled])
    new = NewOrder(
        town.key, "planned", "Open", [NewStep("open", switch), NewStep("close", switch)], after(3_600), after(7_200)
    )
    row = drafting.write(actor=SYSTEM, new=new, at=after(1))
    drafting.request(actor=SYSTEM, order_id=row.pk, at=after(2))
    approving.prepare(actor=SYSTEM, order_id=row.pk, at=after(3))
    rehearsing.rehearse(actor=SYSTEM, order_id=row.pk, at=after(4))
    return SwitchingOrder.objects.get(pk=row.pk)


def heads(town: Town) -> dict[bool, list[int]]:
    """The other live feeders' heads: True those of the station the order works on, False those of other stations."""
    present, of = town.present, served_days.substations()
    name = present.grid.feeder_name
    found: dict[bool, list[int]] = {True: [], False: []}
    for head in np.unique(present.energisation.feeder[present.energisation.feeder >= 0]).tolist():
        if head != town.head:
            found[of[name(head)] == of[name(town.head)]].append(head)
    return found


def test_a_movement_elsewhere_leaves_a_rehearsal_as_it_was() -> None:
    town = Town()
    row = rehearsed(town)
    town.report(heads(town)[False][0], close=False, at=6)  # a trip at another station, as in a storm
    assert rehearsing.is_fresh(row, at=after(7))
    checked = approving.check(actor=SYSTEM, order_id=row.pk, at=after(8)).rehearsal
    assert checked["steps"] == row.rehearsal["steps"]
    assert checked["of"] != row.rehearsal["of"]
    town.report(heads(town)[False][0], close=True, at=9)
    assert rehearsing.is_fresh(SwitchingOrder.objects.get(pk=row.pk), at=after(10))


@pytest.mark.parametrize("where", ["own feeder", "own station"])
def test_a_movement_at_the_station_an_order_works_on_counts(where: str) -> None:
    town = Town()
    row = rehearsed(town)
    town.report(town.trunk[-1] if where == "own feeder" else heads(town)[True][0], close=False, at=6)
    assert not rehearsing.is_fresh(row, at=after(7))
    with pytest.raises(OrderRefused, match="the network it works on has moved since the rehearsal"):
        approving.check(actor=SYSTEM, order_id=row.pk, at=after(8))


def test_in_doubt_every_movement_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town()
    row = rehearsed(town)
    monkeypatch.setattr(power_flow, "circuits_of", lambda _version: None)  # nobody can tell what hangs together
    assert rehearsing.is_fresh(row, at=after(5))
    town.report(heads(town)[False][0], close=False, at=6)
    assert not rehearsing.is_fresh(row, at=after(7))
