"""Cuts, jumpers, grounds and mobile generation on the operated network; commissioning beside them."""

import datetime as dt

import numpy as np
import pytest

from adms.core.errors import Invalid, NotFound, Refused
from adms.core.models import AuditEntry, StoredEvent
from adms.core.services.authority import NotAuthorised
from network.domain.energisation import energise
from network.models import Commissioning, GroundedPlace, JournalEntry, TemporaryElement
from network.selectors import equipment, state, traces
from network.services import commissioning, grounded, operations, positions, temporary
from network.services.commissioning import Wanted
from network.services.operations import Request
from network.services.positions import PositionReport
from network.services.temporary import NewElement
from outages.models import Interruption, Outage
from tests.cast import ANNA, GATEWAY, NOON, RAVI, TOM, after, deliver, feeder, person, publish

pytestmark = pytest.mark.django_db
ENGINEER = person("eva", "ENG")


@pytest.fixture(autouse=True)
def network():
    state.forget()
    return publish()


def place(kind: str, where: str, terminal: int = 2, seconds: float = 0, **more: object) -> TemporaryElement:
    new = NewElement("story", kind, where, terminal, reason="storm", **more)  # type: ignore[arg-type]
    return temporary.place(actor=ANNA, new=new, at=after(seconds))


def remove(element: TemporaryElement, seconds: float) -> TemporaryElement:
    return temporary.remove(actor=ANNA, mrid=element.mrid, reason="mended", at=after(seconds))


def live(node: str) -> int:
    present = state.present("story")
    return int(present.energisation.live[present.grid.node_index(node)])


def agrees_with_a_fresh_process() -> None:
    """What this process followed is what one would compute that has just begun."""
    followed = state.present("story")
    state.forget()
    fresh = state.present("story")
    assert fresh.numbers == followed.numbers
    assert np.array_equal(fresh.closed, followed.closed)
    assert np.array_equal(fresh.energisation.live, followed.energisation.live)
    assert np.array_equal(fresh.energisation.live, energise(fresh.grid, fresh.closed).live)


def test_a_cut_is_journalled_takes_supply_and_gives_it_back():
    cut = place("cut", "L2")
    assert (live("L2"), live("T5"), live("SW1")) == (0, 0, 7)
    entry = JournalEntry.objects.get(kind="temporary")
    assert (entry.number, entry.equipment_mrid, entry.actor, entry.reason) == (cut.number, "L2", "anna", "storm")
    assert entry.occurred_at == entry.recorded_at == NOON
    lost = StoredEvent.objects.get(name="EnergisationChanged").payload
    assert len(lost["lost"]) == 3
    agrees_with_a_fresh_process()
    remove(cut, 60)
    assert live("T5") == 7
    assert JournalEntry.objects.filter(kind="temporary").count() == 2
    agrees_with_a_fresh_process()


def test_outages_begin_and_end_with_a_cut():
    cut = place("cut", "L2")
    deliver(after(5))
    outage = Outage.objects.get()
    assert (outage.device_mrid, outage.customers_out) == ("L2", 11)
    remove(cut, 600)
    deliver(after(605))
    assert not Interruption.objects.filter(ended_at=None).exists()


def test_a_jumper_restores_who_is_cut_off():
    place("cut", "L2")
    deliver(after(5))
    jumper = place("jumper", "L2", 2, 30, other_equipment_mrid="L1", other_terminal=2)
    assert live("T5") == 7
    deliver(after(35))
    assert not Interruption.objects.filter(ended_at=None).exists()
    agrees_with_a_fresh_process()
    remove(jumper, 60)
    assert live("T5") == 0
    agrees_with_a_fresh_process()


def test_mobile_generation_feeds_an_island():
    place("cut", "L2")
    generation = place("generation", "T5", 1, 30)
    assert live("T5") == 7
    present = state.present("story")
    head = int(present.energisation.feeder[present.grid.node_index("T5")])
    assert present.grid.feeder_name(head) == "Mobile generation 1"
    remove(generation, 60)
    assert live("T5") == 0


def test_what_generation_keeps_alive_is_joined_with_no_other_source_by_switch_jumper_or_cut_taken_out():
    cut = place("cut", "L2")
    generation = place("generation", "T5", 1, 30)
    wanted = Request("story", "TIE", True, 0)
    with pytest.raises(
        Refused, match="what Mobile generation 1 keeps alive with another source, out of step"
    ) as refused:
        operations.request_operation(actor=ANNA, request=wanted, at=after(40))
    assert refused.value.data["cause"] == "blocked-by-synchrocheck"
    with pytest.raises(Refused, match="out of step"):
        place("jumper", "SW1", 1, 50, other_equipment_mrid="T5", other_terminal=1)
    with pytest.raises(Refused, match="out of step"):
        remove(cut, 60)
    remove(generation, 70)
    assert operations.request_operation(actor=ANNA, request=wanted, at=after(80)).state == "selected"


def opened(mrid: str, seconds: float) -> None:
    report = PositionReport("story", mrid, after(seconds), is_closed=False)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=after(seconds))


def relied_on(equipment_mrid: str, seconds: float, held_for: str = "SD-1") -> GroundedPlace:
    at = after(seconds)
    return grounded.rely_on(
        actor=ANNA, model="story", equipment_mrid=equipment_mrid, terminal=1, held_for=held_for, at=at
    )


def test_what_people_work_on_keeps_its_ground_until_the_document_is_released():
    opened("SW1", 1)
    with pytest.raises(Refused, match="T3 is not grounded"):
        relied_on("T3", 2)
    ground = place("ground", "L2", 2, 10)
    relied_on("T3", 20)
    open_f2 = Request("story", "F2", False, 0)
    lost = "T3 would lose its ground: people rely on it under SD-1, whose holder releases it first"
    with pytest.raises(Refused, match=lost):
        remove(ground, 30)
    with pytest.raises(Refused, match=lost):
        temporary.look_ahead_without(mrid=ground.mrid)
    with pytest.raises(Refused, match=lost) as refused:
        operations.request_operation(actor=ANNA, request=open_f2, at=after(40))
    assert refused.value.data["cause"] == "blocked-by-interlocking"
    assert refused.value.data["lifted_by"] == "the holder of SD-1"
    wanted = Wanted("story", "F2", is_commissioned=False, reason="work")
    with pytest.raises(Refused, match=lost):
        commissioning.commission(actor=ENGINEER, wanted=wanted, at=after(50))
    assert operations.request_operation(actor=ANNA, request=Request("story", "F1", False, 0), at=after(55))
    grounded.let_go(model_id=state.present("story").model_id, held_for="SD-1", at=after(60))
    assert operations.request_operation(actor=ANNA, request=open_f2, at=after(70)).state == "selected"
    assert remove(ground, 80).removed_at == after(80)


def test_of_two_grounds_one_may_go_while_people_rely_on_the_other():
    opened("SW1", 1)
    first, second = place("ground", "L2", 1, 10), place("ground", "L2", 2, 20)
    relied_on("L2", 30)
    relied_on("T5", 40, "SD-2")
    remove(first, 50)
    with pytest.raises(Refused, match="L2 would lose its ground: people rely on it under SD-1"):
        remove(second, 60)
    grounded.let_go(model_id=state.present("story").model_id, held_for="SD-1", at=after(70))
    with pytest.raises(Refused, match="T5 would lose its ground: people rely on it under SD-2"):
        remove(second, 80)


def test_a_trace_up_to_mobile_generation_names_no_source_of_the_model():
    place("cut", "L2")
    place("generation", "T5", 1, 30)
    last = bytes(state.present("story").grid.injection_mrid[-1]).decode()
    found = traces.trace(equipment.find("T5", "story"), direction="up")
    assert last not in {one.mrid for one in found.objects}
    found = traces.trace(equipment.find("CB1", "story"), direction="up")
    assert [one.mrid for one in found.objects] == ["S source"]


def test_generation_beside_the_network_is_refused_with_words():
    with pytest.raises(Refused, match="is live on ABC: open it off the network first"):
        place("generation", "T5", 1)


def test_a_ground_on_what_is_live_is_refused_and_the_refusal_is_on_record():
    with pytest.raises(Refused, match="end 2 of L2 is live on ABC: what is live is not earthed"):
        place("ground", "L2")
    assert AuditEntry.objects.filter(action="place_temporary", result="refused").exists()
    assert not TemporaryElement.objects.exists()


def test_nothing_is_energised_onto_a_ground():
    cut = place("cut", "L2")
    ground = place("ground", "L2", 2, 10)
    with pytest.raises(Refused, match="energise onto Ground 1 at L2: remove the ground first"):
        remove(cut, 20)
    with pytest.raises(Refused, match="energise onto Ground 1"):
        place("jumper", "L2", 2, 20, other_equipment_mrid="L1", other_terminal=2)
    request = Request("story", "TIE", close=True, seen_number=0)
    with pytest.raises(Refused, match="energise onto Ground 1"):
        operations.request_operation(actor=ANNA, request=request, at=after(30))
    remove(ground, 40)
    remove(cut, 50)
    assert live("T5") == 7


def test_a_reported_position_is_taken_even_onto_a_ground():
    place("cut", "L2")
    place("ground", "L2", 2, 10)
    report = PositionReport("story", "TIE", after(20), is_closed=True)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=after(20))
    assert live("T5") == 7


@pytest.mark.parametrize(
    ("kind", "where", "words"),
    [("cut", "SW1", "is no line"), ("jumper", "L1", "at one node"), ("bridge", "L1", "no kind 'bridge'")],
)
def test_what_makes_no_sense_is_refused(kind, where, words):
    with pytest.raises(Refused, match=words):
        place(kind, where, 2, other_equipment_mrid=where, other_terminal=2)


def test_a_jumper_between_voltages_is_refused():
    with pytest.raises(Refused, match=r"20 kV at L1 to 0\.4 kV"):
        place("jumper", "L1", 2, other_equipment_mrid="T5", other_terminal=2)


def test_a_line_is_cut_once():
    place("cut", "L2")
    with pytest.raises(Refused, match="L2 is cut already"):
        place("cut", "L2", seconds=5)


@pytest.mark.parametrize("actor", [TOM, RAVI])
def test_only_an_operator_of_the_area_places(actor):
    with pytest.raises(NotAuthorised):
        temporary.place(actor=actor, new=NewElement("story", "cut", "L2"), at=NOON)


def test_a_crews_report_may_be_of_the_past_but_not_of_the_future():
    new = NewElement("story", "cut", "L2", source="crew", occurred_at=after(-600))
    element = temporary.place(actor=GATEWAY, new=new, at=NOON)
    assert element.placed_at == after(-600)
    assert JournalEntry.objects.get(kind="temporary").source == "crew"
    with pytest.raises(Invalid, match="placed after that"):
        temporary.remove(actor=ANNA, mrid=element.mrid, occurred_at=after(-700), at=NOON)
    with pytest.raises(Invalid, match="future"):
        temporary.remove(actor=ANNA, mrid=element.mrid, occurred_at=after(10), at=NOON)


def test_what_is_removed_cannot_be_removed_again():
    cut = place("cut", "L2")
    remove(cut, 10)
    with pytest.raises(NotFound):
        remove(cut, 20)


def test_elements_and_commissioning_outlive_a_new_version_of_the_model():
    place("cut", "L2")
    place("generation", "T5", 1, 10)
    commissioning.commission(actor=ENGINEER, wanted=Wanted("story", "F1", is_commissioned=False), at=after(20))
    draft = feeder()
    draft.branches["L2"].length_m = 7
    publish(draft)
    present = state.present("story")
    assert present.version == 2
    assert (live("L2"), live("T5"), live("T1")) == (7, 7, 0)
    assert (
        present.energisation.source[present.grid.node_index("T5")]
        != present.energisation.source[present.grid.node_index("L1")]
    )
    assert "F1" in present.fitted.overlay.uncommissioned
    agrees_with_a_fresh_process()


def test_what_is_not_commissioned_is_dead_not_operated_and_keeps_its_position():
    commissioning.commission(
        actor=ENGINEER, wanted=Wanted("story", "SW1", is_commissioned=False, life="proposed"), at=NOON
    )
    present = state.present("story")
    branch = present.grid.branch_index("SW1")
    assert (int(present.positions[branch]), int(present.closed[branch]), live("L2")) == (7, 0, 0)
    with pytest.raises(Refused, match="SW1 is not commissioned"):
        operations.request_operation(actor=ANNA, request=Request("story", "SW1", False, 0), at=NOON)
    report = PositionReport("story", "SW1", after(5), is_closed=False)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=after(5))
    commissioning.commission(actor=ENGINEER, wanted=Wanted("story", "SW1", is_commissioned=True), at=after(10))
    assert live("L2") == 0  # it was opened meanwhile
    assert AuditEntry.objects.filter(action="commission_equipment").count() == 2
    assert Commissioning.objects.get().is_commissioned


def test_commissioning_is_for_engineers_and_senior_operators():
    with pytest.raises(NotAuthorised):
        commissioning.commission(actor=ANNA, wanted=Wanted("story", "SW1", is_commissioned=False), at=NOON)


def test_times_of_elements_are_those_of_the_field():
    cut = place("cut", "L2", occurred_at=NOON - dt.timedelta(minutes=5))
    assert cut.placed_at == NOON - dt.timedelta(minutes=5)
