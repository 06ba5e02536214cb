"""The power flow somebody asks for: the figures of the page, of any size, nothing stored."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from adms.core.commands import BadInput
from adms.core.models import Setting
from integration.services import utilities
from network.domain import generation
from network.models import PowerFlow
from network.selectors import state
from network.services import positions, power_flow, power_flow_asked, temporary
from network.services.positions import PositionReport
from network.services.power_flow_asked import Wanted
from network.services.temporary import NewElement
from tests.cast import ANNA, GATEWAY, NOON, SYSTEM, after

pytestmark = pytest.mark.django_db(transaction=True)
FIGURES = ("loss_kw", "loss_kvar", "source_kw", "source_kvar", "v_min_pu", "v_max_pu")


@pytest.fixture
def utility() -> str:
    """A generated utility of 1,500 customers with records in the database only."""
    state.forget()
    Setting.objects.create(key=power_flow.TURN, value=3_600, changed_at=NOON)  # however busy the machine
    return utilities.publish(actor=SYSTEM, utility=generation.generate(1_500, 3), at=NOON).key


def asked(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("power_flow", *arguments, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def open_a_switch(model: str) -> str:
    """A closed switch within a feeder opens; its mRID."""
    present = state.present(model)
    grid, heads = present.grid, present.energisation.feeder
    inside = (heads[grid.branch_from] == heads[grid.branch_to]) & (heads[grid.branch_to] >= 0)
    place = int((grid.is_switch & (present.closed == 7) & inside).nonzero()[0][0])
    mrid = grid.branch_mrid_text(place)
    report = PositionReport(model, mrid, after(10), is_closed=False)
    positions.record_positions(actor=GATEWAY, reports=[report], source="scada", at=after(11))
    return mrid


def test_the_command_answers_with_the_figures_of_the_page(utility: str) -> None:
    open_a_switch(utility)
    power_flow.run(model=utility, at=after(20))
    row = PowerFlow.objects.get()
    told = asked(utility)
    assert told["converged"] is row.converged is True
    for name in FIGURES:
        assert told[name] == pytest.approx(row.figures[name], rel=1e-9), name
    assert told["groups"]["count"] == row.figures["groups"]
    assert len(told["violations"]) == row.figures["violations"]
    present = state.present(utility)
    live = int((present.energisation.live[: present.grid.node_count] > 0).sum())
    assert len({one["name"] for one in told["buses"]}) == live
    places = [(one["name"], one["phase"]) for one in told["buses"]]
    assert len(places) == len(set(places))  # the bus at a head is told once
    assert PowerFlow.objects.count() == 1  # asking stores nothing


def test_mobile_generation_is_in_the_answer(utility: str) -> None:
    before = asked(utility)
    mrid = open_a_switch(utility)
    dark = asked(utility)
    present = state.present(utility)
    place = present.grid.branch_index(mrid)
    ends = (present.grid.branch_from[place], present.grid.branch_to[place])
    terminal = next(number for number, node in enumerate(ends, 1) if present.energisation.live[node] == 0)
    new = NewElement(utility, "generation", mrid, terminal, name="Set 1")
    temporary.place(actor=ANNA, new=new, at=after(30))
    supplied = asked(utility)
    assert len(dark["buses"]) < len(before["buses"]) == len(supplied["buses"])
    assert supplied["converged"], supplied["reason"]
    assert (
        supplied["groups"]["count"] == dark["groups"]["count"] + 1
    )  # and none of the empty places for further elements


def test_of_a_large_network_what_is_stored_is_taken_and_the_rest_is_solved(
    utility: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(power_flow, "LARGE", 100)
    power_flow.run(model=utility, at=NOON)
    open_a_switch(utility)
    said: list[str] = []
    found = power_flow_asked.answer(model=utility, wanted=Wanted(), at=after(30), progress=said.append)
    assert found is not None
    assert found.buses is None
    assert 0 < found.figures["solved_now"] < found.figures["groups"]
    assert "as they were computed by the worker" in said[0]
    power_flow.run(model=utility, at=after(30))
    row = PowerFlow.objects.order_by("-pk")[0]
    for name in FIGURES:
        assert found.figures[name] == pytest.approx(row.figures[name], rel=1e-9), name
    again = power_flow_asked.answer(model=utility, wanted=Wanted(fix_taps=True), at=after(40), progress=said.append)
    assert again is not None
    assert again.figures["solved_now"] == again.figures["groups"]
    assert again.figures["source_kw"] == pytest.approx(row.figures["source_kw"], rel=1e-3)


def test_short_circuits_of_a_station_are_those_of_the_whole(utility: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def rows(*more: str) -> list[dict[str, Any]]:
        out = StringIO()
        call_command("short_circuit", utility, "--source-mva", "500", *more, "--json", stdout=out, stderr=StringIO())
        found: list[dict[str, Any]] = json.loads(out.getvalue())["results"]
        return found

    whole = {one["bus"]: one["ikss_ka"] for one in rows()}
    present = state.present(utility)
    heads = sorted(set(present.energisation.feeder[present.energisation.feeder >= 0].tolist()))
    monkeypatch.setattr(power_flow, "LARGE", 100)
    parts = [rows("--feeder", present.grid.feeder_name(head)) for head in heads]
    by_phases = [part for part in parts if "phases" in part[0]]  # as the whole is; balanced stations are by IEC 60909
    assert by_phases
    for part in by_phases:
        assert 0 < len(part) < len(whole)
        assert [one["ikss_ka"] for one in part] == pytest.approx([whole[one["bus"]] for one in part], rel=1e-6)
    with pytest.raises(BadInput, match="name a feeder"):
        rows()
