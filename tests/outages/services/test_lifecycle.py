"""What people may do with an outage, what is refused, and what it leaves behind."""

import pytest

from adms.core.errors import Invalid, NotFound
from adms.core.models import AuditEntry, ControlArea, Setting, StoredEvent
from adms.core.services.authority import NotAuthorised
from network.selectors import state
from outages.models import Evidence, Interruption, Outage, OutageEntry
from outages.services import lifecycle, prediction, undoing
from outages.services.incidents import ETR, OutageRefused
from tests.cast import ANNA, NOON, RAVI, TOM, after, deliver, gasp, meters_at, person
from tests.outages.services.acting import call, going, move, outage_at, rows, settle
from workforce.models import WorkOrder

pytestmark = pytest.mark.django_db


def predicted() -> Outage:
    gasp(meters_at("T1", "T2"), NOON)
    settle(31)
    return outage_at("F1")


def completed() -> Outage:
    outage = predicted()
    lifecycle.restore(actor=TOM, outage_id=outage.pk, occurred_at=after(900), at=after(901))
    return lifecycle.complete(actor=TOM, outage_id=outage.pk, cause="tree", at=after(1000))


def test_an_outage_is_acknowledged_once():
    outage = predicted()
    for at in (40, 41):
        lifecycle.acknowledge(actor=ANNA, outage_id=outage.pk, at=after(at))
    outage.refresh_from_db()
    assert outage.state == "acknowledged"
    assert outage.entries.filter(kind="acknowledged").count() == 1
    assert AuditEntry.objects.filter(action="outage_acknowledged", object=f"outage:{outage.pk}").count() == 1


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda pk: lifecycle.complete(actor=TOM, outage_id=pk, cause="tree", at=after(50)), "cannot become completed"),
        (lambda pk: lifecycle.reopen(actor=TOM, outage_id=pk, reason="x", at=after(50)), "is new, not completed"),
        (lambda pk: lifecycle.cancel(actor=TOM, outage_id=pk, reason="  ", at=after(50)), "a reason is needed"),
        (lambda pk: lifecycle.complete(actor=TOM, outage_id=pk, cause="ufo", at=after(50)), "unknown cause 'ufo'"),
        (lambda pk: lifecycle.set_etr(actor=TOM, outage_id=pk, etr_at=after(49), at=after(50)), "lies in the past"),
        (
            lambda pk: lifecycle.restore(actor=TOM, outage_id=pk, occurred_at=after(-1), at=after(50)),
            "must lie between",
        ),
        (
            lambda pk: lifecycle.restore(actor=TOM, outage_id=pk, occurred_at=after(500), at=after(50)),
            "must lie between",
        ),
    ],
)
def test_what_does_not_follow_is_refused_in_words_and_changes_nothing(act, words):
    outage = predicted()
    before = rows(), OutageEntry.objects.count(), StoredEvent.objects.count()
    with pytest.raises((OutageRefused, Invalid), match=words):
        act(outage.pk)
    assert (rows(), OutageEntry.objects.count(), StoredEvent.objects.count()) == before
    assert Outage.objects.get(pk=outage.pk).state == "new"


@pytest.mark.parametrize(
    "act",
    [
        lambda pk: lifecycle.acknowledge(actor=TOM, outage_id=pk, at=after(2000)),
        lambda pk: lifecycle.confirm(actor=TOM, outage_id=pk, at=after(2000)),
        lambda pk: lifecycle.restore(actor=TOM, outage_id=pk, occurred_at=after(1900), at=after(2000)),
        lambda pk: lifecycle.cancel(actor=TOM, outage_id=pk, reason="none", at=after(2000)),
        lambda pk: lifecycle.set_etr(actor=TOM, outage_id=pk, etr_at=after(9000), at=after(2000)),
    ],
)
def test_what_is_over_takes_no_more_steps(act):
    outage = completed()
    with pytest.raises(OutageRefused, match="it is completed"):
        act(outage.pk)


def test_a_completed_outage_is_reopened_with_a_reason_and_completed_anew():
    outage = completed()
    with pytest.raises(Invalid, match="reason"):
        lifecycle.reopen(actor=TOM, outage_id=outage.pk, reason="", at=after(1100))
    lifecycle.reopen(actor=TOM, outage_id=outage.pk, reason="it was an animal", at=after(1100))
    again = Outage.objects.get(pk=outage.pk)
    assert (again.state, again.completed_at, again.restored_at) == ("restored", None, after(900))
    assert AuditEntry.objects.get(action="outage_reopened").reason == "Reopened: it was an animal"
    lifecycle.complete(actor=TOM, outage_id=outage.pk, cause="animal", at=after(1200))
    again.refresh_from_db()
    assert (again.state, again.cause) == ("completed", "animal")
    assert [entry.kind for entry in again.entries.all()] == [
        "created",
        "restored",
        "completed",
        "reopened",
        "completed",
    ]


def test_an_actor_of_another_area_or_role_is_refused():
    outage = predicted()
    for actor in (RAVI, person("cleo", "CRW")):
        with pytest.raises(NotAuthorised):
            lifecycle.acknowledge(actor=actor, outage_id=outage.pk, at=after(40))


def test_there_is_no_such_outage():
    with pytest.raises(NotFound, match="no outage 0"):
        lifecycle.acknowledge(actor=TOM, outage_id=0, at=NOON)


def test_a_cancelled_outage_counts_nobody_and_its_work_is_gone():
    outage = predicted()
    lifecycle.confirm(actor=TOM, outage_id=outage.pk, at=after(40))
    settle(41)
    lifecycle.cancel(actor=TOM, outage_id=outage.pk, reason="a test of the meters", at=after(50))
    settle(51)
    assert rows() == []
    assert going() == set()
    assert WorkOrder.objects.get().state == "cancelled"
    present = state.present("story")
    assert present.closed[present.grid.branch_index("F1")] == 7
    assert set(Evidence.objects.values_list("settled_reason", flat=True)) == {"cancelled: a test of the meters"}


def said_and_taken_back(*, bell: bool) -> Outage:
    """Confirmed and cancelled by hand, with or without the bell having rung between."""
    outage = predicted()
    lifecycle.confirm(actor=TOM, outage_id=outage.pk, at=after(40))
    if bell:
        deliver(after(41))
    lifecycle.cancel(actor=TOM, outage_id=outage.pk, reason="a mistake", at=after(50))
    return outage


@pytest.mark.parametrize("bell", [True, False])
def test_confirmed_and_cancelled_nobody_was_out_whether_the_bell_rang_between_or_not(bell):
    outage = said_and_taken_back(bell=bell)
    deliver(after(60))
    assert (rows(), going()) == ([], set())
    assert list(Outage.objects.values_list("pk", "state")) == [(outage.pk, "cancelled")]
    [trip] = Evidence.objects.filter(kind="trip")
    assert (trip.outage_id, trip.settled_reason) == (outage.pk, "cancelled: a mistake")


@pytest.mark.parametrize("bell", [True, False])
def test_the_cancellation_taken_back_everybody_was_out_all_the_time_whether_the_bell_rang_between_or_not(bell):
    outage = said_and_taken_back(bell=bell)
    undoing.undo(actor=TOM, outage_id=outage.pk, at=after(55))
    deliver(after(60))
    assert (rows(outage), going()) == ([("T1", 5, 0, None), ("T2", 4, 0, None)], {("F1", "new", 9)})
    assert Outage.objects.count() == 1
    assert not state.present("story").energisation.branch_live[state.present("story").grid.branch_index("F1")]


def test_a_device_that_is_opened_later_is_out_though_an_outage_there_was_cancelled():
    said_and_taken_back(bell=False)
    move("F1", close=False, at=70)
    deliver(after(71))
    assert going() == {("F1", "new", 9)}


def test_an_outage_that_telemetry_shows_is_not_cancelled():
    move("CB1", close=False, at=0)
    settle(1)
    with pytest.raises(OutageRefused, match="CB1 is seen open"):
        lifecycle.cancel(actor=TOM, outage_id=outage_at("CB1").pk, reason="no", at=after(10))


def test_only_those_the_network_can_supply_are_restored_by_a_word():
    """F1 stands open by hand below the open CB1: closing it gives nobody supply."""
    outage = predicted()
    lifecycle.confirm(actor=TOM, outage_id=outage.pk, at=after(40))
    move("CB1", close=False, at=600)
    settle(601)
    with pytest.raises(OutageRefused, match="a switch above it is open"):
        lifecycle.restore(actor=TOM, outage_id=outage.pk, occurred_at=after(700), at=after(701))
    move("CB1", close=True, at=800)
    settle(801)
    assert going() == {("F1", "new", 9)}
    lifecycle.restore(actor=TOM, outage_id=outage.pk, occurred_at=after(900), at=after(901))
    assert going() == set()


def test_what_the_network_shows_dead_is_not_restored_by_a_word():
    move("CB1", close=False, at=0)
    settle(1)
    with pytest.raises(OutageRefused, match="the network shows all of it dead"):
        lifecycle.restore(actor=TOM, outage_id=outage_at("CB1").pk, occurred_at=after(5), at=after(10))
    assert going() == {("CB1", "new", 20)}


def test_who_said_after_a_restoration_that_he_is_dark_was_never_back():
    outage = predicted()
    call("T2", at=950)
    settle(951)
    lifecycle.restore(actor=TOM, outage_id=outage.pk, occurred_at=after(900), at=after(960))
    assert going() == set()
    settle(1100)
    assert going() == {("T2", "new", 1)}
    assert outage_at("T2").parent == outage_at("F1")
    assert rows(outage_at("T2")) == [("T2", 1, 0.0, None)]
    assert (outage_at("F1").state, outage_at("F1").restored_at) == ("restored", after(900))


def test_who_confirms_late_does_not_make_the_outage_begin_late():
    outage = predicted()
    lifecycle.confirm(actor=TOM, outage_id=outage.pk, occurred_at=after(600), at=after(610))
    settle(611)
    assert rows() == [("T1", 5, 0.0, None), ("T2", 4, 0.0, None)]
    assert not Interruption.objects.filter(is_provisional=True).exists()


def test_the_machine_expects_by_its_setting_and_never_overwrites_people():
    area = ControlArea.objects.get(name="story S")
    Setting.objects.create(key=ETR, area=area, value=45, changed_by="test", changed_at=NOON)
    outage = predicted()
    assert (outage.etr_at, outage.etr_source) == (after(31 + 45 * 60), "machine")
    lifecycle.set_etr(actor=TOM, outage_id=outage.pk, etr_at=after(7000), source="crew", at=after(40))
    call("T5", at=50)
    gasp(meters_at("T3", "T4"), after(50))
    settle(200)
    outage.refresh_from_db()
    assert (outage.etr_at, outage.etr_source) == (after(7000), "crew")


def test_nothing_is_expected_where_the_setting_is_none():
    Setting.objects.create(key=ETR, area=None, value=0, changed_by="test", changed_at=NOON)
    assert predicted().etr_at is None


def test_the_sweeper_runs_when_a_hold_time_or_the_time_to_freeze_has_passed_and_else_rests():
    assert prediction.next_run(model="story") is None
    gasp(meters_at("T1"), NOON)
    deliver(after(1))
    assert prediction.next_run(model="story") == after(30)
    assert prediction.run_due(model="story", at=after(29)) == []
    assert len(prediction.run_due(model="story", at=after(30))) == 1
    assert prediction.next_run(model="story") == after(30 + 1200)
    call("T3", at=40)
    assert prediction.next_run(model="story") == after(40 + 120)
    assert len(prediction.run_due(model="story", at=after(1230))) == 2
    assert outage_at("T1").confidence == "probable"


def test_the_sweeper_does_not_ask_again_about_what_no_outage_explains(django_capture_on_commit_callbacks):
    """The place of the report hangs on no source, so nothing is predicted from it."""
    move("TIE", close=False, at=0)
    call("T3", at=0)
    Evidence.objects.update(node=10**6)
    assert prediction.next_run(model="story") == after(120)
    with django_capture_on_commit_callbacks(execute=True):
        prediction.run_due(model="story", at=after(126))
    assert prediction.next_run(model="story") is None
