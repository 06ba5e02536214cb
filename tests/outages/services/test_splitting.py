"""One outage was several, a report belongs elsewhere, a phase more is out; and what was done by hand is taken back."""

import pytest

from adms.core.errors import Invalid
from adms.core.models import AuditEntry
from network.domain.phases import A, B
from network.selectors import state
from outages.models import Call, Evidence, Interruption, ManualAction, Outage
from outages.services import lifecycle, prediction, regrouping, splitting, undoing
from outages.services.incidents import OutageRefused
from tests.cast import NOON, TOM, after, deliver, gasp, meters_at, power_back
from tests.outages.services.acting import call, going, outage_at, rows, settle
from workforce.models import WorkOrder

pytestmark = pytest.mark.django_db


def fuse() -> Outage:
    """Nine customers of T1 and T2 behind F1."""
    gasp(meters_at("T1", "T2"), NOON)
    settle(31)
    return outage_at("F1")


def picture() -> tuple[object, ...]:
    """Everything an undo has to bring back."""
    columns = ("pk", "state", "confidence", "kind", "device_mrid", "phases", "parent", "customers_out", "explanation")
    outages = sorted(Outage.objects.exclude(state="cancelled").values_list(*columns), key=str)
    reports = sorted(Evidence.objects.values_list("pk", "outage", "settled_at"))
    calls = sorted(Call.objects.values_list("pk", "outage"))
    return outages, reports, calls, rows()


# Split


def test_split_off_a_transformer_is_an_outage_nested_in_the_one_it_came_from():
    outage = fuse()
    (made,) = splitting.split(actor=TOM, outage_id=outage.pk, device_mrids=["T2"], reason="second fault", at=after(60))
    assert going() == {("F1", "new", 5), ("T2", "new", 4)}
    assert (made.parent_id, made.confidence, made.started_at) == (outage.pk, "probable", NOON)
    assert rows(made) == [("T2", 4, 0.0, None)]
    assert Evidence.objects.filter(outage=made).count() == 4
    assert AuditEntry.objects.get(action="outage_split").object == f"outage:{outage.pk}"
    lifecycle.restore(actor=TOM, outage_id=outage.pk, occurred_at=after(300), at=after(310))
    assert going() == {("T2", "new", 4)}


def test_moved_down_to_two_devices_an_outage_becomes_two_that_stand_beside_each_other():
    outage = fuse()
    (made,) = splitting.split(
        actor=TOM, outage_id=outage.pk, device_mrids=["T1", "T2"], stays=False, reason="two fuses", at=after(60)
    )
    prediction.run(model="story", at=after(61))
    assert going() == {("T1", "new", 5), ("T2", "new", 4)}
    assert outage_at("T1").pk == outage.pk
    assert made.parent_id is None
    assert rows() == [("T1", 5, 0.0, None), ("T2", 4, 0.0, None)]


@pytest.mark.parametrize(
    ("devices", "words"),
    [
        ([], "between 1 and 50"),
        (["F1"], "below F1"),
        (["F2"], "below F1"),
        (["T1", "T1"], "named twice"),
        (["nothing"], "below F1"),
    ],
)
def test_only_devices_below_are_split_off(devices, words):
    outage = fuse()
    before = picture()
    with pytest.raises(Invalid, match=words):
        splitting.split(actor=TOM, outage_id=outage.pk, device_mrids=devices, at=after(60))
    assert picture() == before


def test_a_look_before_says_what_each_device_would_take():
    outage = fuse()
    parts = splitting.preview_split(outage=outage, device_mrids=["T1", "T2"])
    assert parts == [splitting.Part("T1", 5, 0, 5), splitting.Part("T2", 4, 0, 4)]
    assert ManualAction.objects.count() == 0


def test_of_a_confirmed_outage_a_part_is_split_off_but_it_is_not_moved():
    outage = fuse()
    lifecycle.confirm(actor=TOM, outage_id=outage.pk, at=after(50))
    with pytest.raises(OutageRefused, match="confirmed at F1"):
        splitting.split(actor=TOM, outage_id=outage.pk, device_mrids=["T1"], stays=False, at=after(60))
    splitting.split(actor=TOM, outage_id=outage.pk, device_mrids=["T1"], at=after(60))
    assert outage_at("F1").confidence == "confirmed"


# Reports


def test_a_report_given_to_another_outage_leaves_whom_the_device_explains_where_he_is():
    outage = fuse()
    gasp(meters_at("T3", "T4"), after(5))
    settle(40)
    other = outage_at("F2")
    report = Evidence.objects.filter(outage=outage).order_by("pk")[0]
    splitting.reassign(
        actor=TOM, outage_id=outage.pk, reports=[report.pk], to_id=other.pk, reason="wrong meter", at=after(60)
    )
    report.refresh_from_db()
    assert report.outage_id == other.pk
    assert going() == {("F1", "new", 9), ("F2", "new", 9)}


def test_a_report_explained_by_nobody_asks_for_no_prediction_any_more():
    outage = fuse()
    report = Evidence.objects.filter(outage=outage).order_by("pk")[0]
    with pytest.raises(Invalid, match="reason"):
        splitting.reassign(actor=TOM, outage_id=outage.pk, reports=[report.pk], to_id=None, reason=" ", at=after(60))
    splitting.reassign(actor=TOM, outage_id=outage.pk, reports=[report.pk], to_id=None, reason="a child", at=after(60))
    report.refresh_from_db()
    assert (report.outage_id, report.settled_reason) == (None, "set aside by tom: a child")
    with pytest.raises(Invalid, match="not open ones of this outage"):
        splitting.reassign(
            actor=TOM, outage_id=outage.pk, reports=[report.pk], to_id=None, reason="again", at=after(61)
        )


# Phases


def test_a_phase_taken_away_was_never_out_and_one_added_is():
    outage = fuse()
    assert outage.phases & (A | B) == A | B
    regrouping.set_phases(actor=TOM, outage_id=outage.pk, phases=A, reason="one blown", at=after(60))
    outage.refresh_from_db()
    assert (outage.phases, outage.confidence) == (A, "probable")
    assert set(Interruption.objects.filter(superseded_at=None, ended_at=None).values_list("phases", flat=True)) <= {
        A,
        7,
    }
    with pytest.raises(Invalid, match="open on A already"):
        regrouping.set_phases(actor=TOM, outage_id=outage.pk, phases=A, at=after(61))
    regrouping.set_phases(actor=TOM, outage_id=outage.pk, phases=A | B, at=after(62))
    outage.refresh_from_db()
    assert outage.phases == A | B


# Undo


def split_off(outage: Outage) -> None:
    splitting.split(actor=TOM, outage_id=outage.pk, device_mrids=["T2"], at=after(60))


def moved_down(outage: Outage) -> None:
    splitting.split(actor=TOM, outage_id=outage.pk, device_mrids=["T1", "T2"], stays=False, at=after(60))


def moved(outage: Outage) -> None:
    regrouping.move(actor=TOM, outage_id=outage.pk, device_mrid="T1", at=after(60))


def one_phase(outage: Outage) -> None:
    regrouping.set_phases(actor=TOM, outage_id=outage.pk, phases=B, at=after(60))


def cancelled(outage: Outage) -> None:
    lifecycle.cancel(actor=TOM, outage_id=outage.pk, reason="a test", at=after(60))


def set_aside(outage: Outage) -> None:
    reports = list(Evidence.objects.filter(outage=outage).values_list("pk", flat=True))[:3]
    splitting.reassign(actor=TOM, outage_id=outage.pk, reports=reports, to_id=None, reason="children", at=after(60))


@pytest.mark.parametrize("act", [split_off, moved_down, moved, one_phase, cancelled, set_aside])
def test_what_was_done_by_hand_is_taken_back_whole(act):
    outage = fuse()
    before = picture()
    act(outage)
    assert picture() != before
    undoing.undo(actor=TOM, outage_id=outage.pk, at=after(90))
    assert picture() == before
    outage.refresh_from_db()
    assert outage.entries.order_by("-pk")[0].kind == "undone"
    assert WorkOrder.objects.get(subject=f"outage:{outage.pk}").state == "open"
    with pytest.raises(OutageRefused, match="nothing was done to it by hand"):
        undoing.undo(actor=TOM, outage_id=outage.pk, at=after(91))


def test_a_merge_is_taken_back_from_either_outage():
    outage = fuse()
    gasp(meters_at("T3", "T4"), after(5))
    settle(40)
    other = outage_at("F2")
    before = picture()
    regrouping.merge(actor=TOM, outage_id=other.pk, into_id=outage.pk, at=after(60))
    undoing.undo(actor=TOM, outage_id=other.pk, at=after(90))
    assert picture() == before
    assert WorkOrder.objects.get(subject=f"outage:{other.pk}").state == "open"


def test_actions_are_taken_back_one_after_the_other():
    outage = fuse()
    before = picture()
    split_off(outage)
    between = picture()
    regrouping.move(actor=TOM, outage_id=outage.pk, device_mrid="T1", at=after(70))
    undoing.undo(actor=TOM, outage_id=outage.pk, at=after(90))
    assert picture() == between
    undoing.undo(actor=TOM, outage_id=outage.pk, at=after(91))
    assert picture() == before


def test_what_was_restored_since_is_not_taken_back():
    outage = fuse()
    split_off(outage)
    lifecycle.restore(actor=TOM, outage_id=outage_at("T2").pk, occurred_at=after(80), at=after(81))
    before = picture()
    with pytest.raises(OutageRefused, match="has changed since"):
        undoing.undo(actor=TOM, outage_id=outage.pk, at=after(90))
    assert picture() == before


def test_after_a_while_nothing_is_taken_back():
    outage = fuse()
    split_off(outage)
    with pytest.raises(OutageRefused, match="more than 60 min ago"):
        undoing.undo(actor=TOM, outage_id=outage.pk, at=after(60 + 3601))


def test_reports_that_came_since_stay_with_what_is_left():
    outage = fuse()
    split_off(outage)
    call("T2", at=70)
    settle(200)
    undoing.undo(actor=TOM, outage_id=outage.pk, at=after(210))
    assert going() == {("F1", "new", 9)}
    assert set(Evidence.objects.values_list("outage", flat=True)) == {outage.pk}


def test_reports_that_came_in_do_not_make_a_decision_stale_but_a_move_does():
    outage = fuse()
    seen = outage.revision
    call("T1", at=50)
    settle(51)
    regrouping.move(actor=TOM, outage_id=outage.pk, device_mrid="T1", seen=seen, at=after(60))
    with pytest.raises(OutageRefused, match="changed since you looked"):
        regrouping.set_phases(actor=TOM, outage_id=outage.pk, phases=A, seen=seen, at=after(61))


# What the machine of test_manual_states found


def two() -> tuple[Outage, Outage]:
    outage = fuse()
    gasp(meters_at("T3", "T4"), after(5))
    settle(40)
    return outage, outage_at("F2")


def test_a_report_taken_back_is_no_more_in_the_figures_of_the_outage_it_was_given_to():
    outage = fuse()
    call("T5", at=5)
    settle(130)
    single = outage_at("T5")
    report = Evidence.objects.get(outage=single)
    splitting.reassign(
        actor=TOM, outage_id=single.pk, reports=[report.pk], to_id=outage.pk, reason="same street", at=after(140)
    )
    assert outage_at("F1").customers_out == 10
    undoing.undo(actor=TOM, outage_id=single.pk, at=after(150))
    assert going() == {("F1", "new", 9), ("T5", "new", 1)}
    assert outage_at("F1").entries.order_by("-pk")[0].kind == "undone"


def test_a_part_split_off_a_confirmed_outage_rests_on_a_prediction_again():
    outage = fuse()
    lifecycle.confirm(actor=TOM, outage_id=outage.pk, at=after(50))
    (made,) = splitting.split(actor=TOM, outage_id=outage.pk, device_mrids=["T2"], at=after(60))
    assert set(made.interruptions.values_list("is_provisional", flat=True)) == {True}
    undoing.undo(actor=TOM, outage_id=outage.pk, at=after(70))
    live = Interruption.objects.filter(superseded_at=None)
    assert set(live.values_list("outage", "is_provisional")) == {(outage.pk, False)}


def test_a_report_of_elsewhere_is_free_again_when_its_outage_is_over():
    outage, other = two()
    report = Evidence.objects.filter(outage=outage).order_by("pk")[0]
    splitting.reassign(
        actor=TOM, outage_id=outage.pk, reports=[report.pk], to_id=other.pk, reason="wrong meter", at=after(60)
    )
    power_back(meters_at("T3", "T4"), after(100))
    settle(101)
    other.refresh_from_db()
    report.refresh_from_db()
    assert (other.state, report.outage_id, report.settled_at) == ("restored", outage.pk, None)


def test_a_confirmed_outage_that_was_cancelled_by_mistake_shows_its_device_open_again():
    outage = fuse()
    lifecycle.confirm(actor=TOM, outage_id=outage.pk, at=after(50))
    deliver(after(51))
    lifecycle.cancel(actor=TOM, outage_id=outage.pk, reason="a mistake", at=after(60))
    deliver(after(61))
    undoing.undo(actor=TOM, outage_id=outage.pk, at=after(70))
    deliver(after(71))
    present = state.present("story")
    assert not present.closed[present.grid.branch_index("F1")]
    assert going() == {("F1", "new", 9)}


def test_whom_another_outage_counts_out_by_now_nothing_brings_back():
    outage = fuse()
    cancelled(outage)
    gasp(meters_at("T1", "T2"), after(100))
    settle(140)
    before = picture()
    with pytest.raises(OutageRefused, match="is at F1 since"):
        undoing.undo(actor=TOM, outage_id=outage.pk, at=after(150))
    assert picture() == before
    assert going() == {("F1", "new", 9)}


def test_reports_are_not_given_back_to_an_outage_that_is_over():
    call("T5", at=5)
    settle(130)
    single = outage_at("T5")
    report = Evidence.objects.get(outage=single)
    splitting.reassign(actor=TOM, outage_id=single.pk, reports=[report.pk], to_id=None, reason="a child", at=after(140))
    prediction.run(model="story", at=after(150))
    single.refresh_from_db()
    assert single.state == "cancelled"
    with pytest.raises(OutageRefused, match="over since"):
        undoing.undo(actor=TOM, outage_id=single.pk, at=after(160))


def test_whom_a_cancelled_part_counted_out_is_out_with_the_outage_above_it():
    outage = fuse()
    lifecycle.confirm(actor=TOM, outage_id=outage.pk, at=after(50))
    (made,) = splitting.split(actor=TOM, outage_id=outage.pk, device_mrids=["T2"], at=after(60))
    before = picture()
    lifecycle.cancel(actor=TOM, outage_id=made.pk, reason="no second fault", at=after(70))
    assert going() == {("F1", "new", 9)}
    assert rows() == [("T1", 5, 0.0, None), ("T2", 4, 0.0, None)]
    undoing.undo(actor=TOM, outage_id=made.pk, at=after(80))
    assert picture() == before
