"""Interruptions end when and for whom supply is back: by field time, by phase, and not for the nested."""

import pytest

from network.domain.draft import ModelDraft
from outages.models import Evidence, Interruption, Outage
from outages.services import lifecycle
from tests.builders.network import NetworkBuilder
from tests.cast import NOON, TOM, after, deliver, gasp, meters_at, power_back, publish
from tests.outages.services.acting import call, going, move, outage_at, redeliver, rows, settle

pytestmark = pytest.mark.django_db
A, B, C, AB, ABC = 1, 2, 4, 3, 7


def test_open_close_open_in_one_batch_is_one_outage_with_each_interruption_at_its_field_time():
    """A recloser's sequence arrives in one message after the line was down."""
    for at, close in ((10, False), (12, True), (42, False)):
        move("CB1", close=close, at=at)
    settle(60)
    outage = outage_at("CB1")
    assert (outage.state, outage.kind, outage.started_at) == ("acknowledged", "outage", after(10))
    assert {row[2:] for row in rows()} == {(10.0, 12.0), (42.0, None)}
    assert sum(row[1] for row in rows() if row[3] is None) == 20
    move("CB1", close=True, at=4000)
    settle(4001)
    assert {row[2:] for row in rows()} == {(10.0, 12.0), (42.0, 4000.0)}
    assert outage_at("CB1").state == "restored"


def test_what_opens_again_long_after_is_another_outage():
    for at, close in ((10, False), (12, True), (400, False)):
        move("CB1", close=close, at=at)
    settle(401)
    assert sorted(Outage.objects.values_list("kind", "state")) == [("momentary", "restored"), ("outage", "new")]


def test_the_same_movements_told_twice_change_nothing():
    gasp(meters_at("T1", "T2"), NOON)
    move("CB1", close=False, at=5)
    move("SW1", close=False, at=300)
    move("CB1", close=True, at=600)
    settle(601)
    before = rows(), going(), Evidence.objects.count(), list(Outage.objects.values_list("revision", flat=True))
    redeliver()
    settle(602)
    assert (
        rows(),
        going(),
        Evidence.objects.count(),
        list(Outage.objects.values_list("revision", flat=True)),
    ) == before


def test_a_three_phase_customer_is_back_with_its_last_phase():
    move("CB1", close=False, at=0)
    settle(1)
    move("CB1", close=False, at=100, phases=AB)
    settle(101)
    assert going() == {("CB1", "new", 20)}
    assert set(Interruption.objects.values_list("phases", flat=True)) == {C}
    move("CB1", close=True, at=200)
    settle(201)
    assert {row[2:] for row in rows()} == {(0.0, 200.0)}


def test_a_phase_lost_again_is_missed_again():
    move("CB1", close=False, at=0)
    settle(1)
    move("CB1", close=False, at=100, phases=AB)
    settle(101)
    move("CB1", close=False, at=150, phases=A)
    settle(151)
    assert set(Interruption.objects.values_list("phases", flat=True)) == {B | C}
    move("CB1", close=False, at=200, phases=A | C)
    settle(201)
    assert going() == {("CB1", "new", 20)}
    move("CB1", close=True, at=300)
    settle(301)
    assert {row[2:] for row in rows()} == {(0.0, 300.0)}


def test_who_is_known_dark_after_the_close_stays_out_and_is_nested():
    """F2 blew with the fault: gasps of T3 come again after CB1 has closed, but are heard before the close is."""
    move("CB1", close=False, at=0)
    settle(1)
    gasp(meters_at("T3", "T4"), after(620))
    deliver(after(625))
    assert going() == {("CB1", "new", 20)}
    move("CB1", close=True, at=600)
    settle(626)
    assert going() == {("CB1", "partly_restored", 9)}
    settle(660)
    assert going() == {("F2", "new", 9)}
    assert rows(outage_at("F2")) == [("T3", 6, 0.0, None), ("T4", 3, 0.0, None)]
    assert (outage_at("CB1").state, outage_at("CB1").restored_at) == ("restored", after(600))
    assert outage_at("F2").parent == outage_at("CB1")


def test_a_predicted_outage_below_a_trip_stays_what_it_is():
    gasp(meters_at("T3", "T4"), NOON)
    settle(31)
    move("CB1", close=False, at=600)
    settle(601)
    inner = outage_at("F2")
    assert (inner.confidence, inner.parent) == ("predicted", outage_at("CB1"))
    gasp(meters_at("T5"), after(602))
    settle(640)
    assert going() == {("F2", "new", 9), ("CB1", "new", 11)}


def test_a_nested_outage_takes_the_reports_below_it():
    gasp(meters_at("T3")[:3] + meters_at("T4")[:2], NOON)
    settle(31)
    move("CB1", close=False, at=600)
    settle(601)
    made = call("T4", at=700, number=2)
    settle(900)
    assert Evidence.objects.get(reference=f"call:{made.pk}").outage == outage_at("F2")


def test_a_prediction_heard_of_before_the_trip_begins_no_later_than_the_trip():
    """The call came half a minute after the lights went out; SCADA knows when they did."""
    call("T1", at=30)
    call("T2", at=31)
    settle(151)
    assert outage_at("F1").started_at == after(30)
    move("CB1", close=False, at=0)
    settle(160)
    assert going() == {("CB1", "new", 20)}
    assert {row[2:] for row in rows()} == {(0.0, None)}


def test_a_fuse_that_opens_on_one_phase_below_an_open_phase_nests_nothing_above_it():
    publish(_hand_operated())
    move("CB1", close=False, at=0, phases=B | C)
    settle(1)
    outer = outage_at("CB1")
    move("LBS", close=False, at=100)
    settle(101)
    assert Outage.objects.get(pk=outer.pk).parent is None


def test_an_outage_on_one_phase_is_over_when_the_model_shows_all_live():
    move("CB1", close=False, at=0, phases=B | C)
    settle(1)
    assert outage_at("CB1").phases == A
    move("CB1", close=True, at=60)
    settle(61)
    assert (outage_at("CB1").state, outage_at("CB1").kind) == ("restored", "momentary")


def test_a_hidden_outage_holds_its_customers_when_what_lies_above_closes_and_opens():
    """All in one batch: only the field times tell what was open when."""
    gasp(meters_at("T3", "T4"), NOON)
    settle(31)
    lifecycle.acknowledge(actor=TOM, outage_id=outage_at("F2").pk, at=after(32))
    for at, close in ((600, False), (700, True), (1500, False), (1600, True)):
        move("CB1", close=close, at=at)
    settle(1601)
    assert rows(outage_at("F2")) == [("T3", 6, 0.0, None), ("T4", 3, 0.0, None)]
    assert {row[2:] for row in rows() if row[0] in ("T1", "T2", "T5")} == {(600.0, 700.0), (1500.0, 1600.0)}
    assert going() == {("F2", "acknowledged", 9)}


@pytest.mark.parametrize(("ended", "kind"), [(300, "momentary"), (301, "outage")])
def test_an_outage_whose_interruptions_are_all_short_was_momentary(ended, kind):
    move("CB1", close=False, at=0)
    move("CB1", close=True, at=ended)
    settle(400)
    assert outage_at("CB1").kind == kind


def test_an_outage_with_one_long_interruption_was_not_momentary():
    move("CB1", close=False, at=0)
    move("SW1", close=False, at=10)
    move("CB1", close=True, at=20)
    move("SW1", close=True, at=2000)
    settle(2001)
    assert (outage_at("CB1").state, outage_at("CB1").kind) == ("restored", "outage")


def test_words_of_life_and_darkness_settle_by_field_time_in_whatever_order_they_come():
    power_back(meters_at("T1"), after(50))
    settle(51)
    gasp(meters_at("T1"), after(10))
    settle(100)
    assert not Outage.objects.exists()
    gasp(meters_at("T1"), after(60))
    settle(130)
    assert going() == {("T1", "new", 5)}
    assert rows() == [("T1", 5, 60.0, None)]


def _hand_operated() -> ModelDraft:
    return (
        NetworkBuilder("story")
        .source("S").breaker("CB1").line("L1").switch("LBS").telemetered().line("L2").transformer("T1").customers(3)
        .draft()
    )  # fmt: skip
