"""Corrections: rows become new versions, both stay; what it does to the indices is shown before, and kept after."""

import datetime as dt

import pytest

from adms.core.models import Approval, AuditEntry
from metering.models import UsagePoint
from outages.models import Interruption, OutageEntry
from outages.selectors import reliability, restatements
from outages.services import frozen_reports
from tests.cast import person
from tests.outages.views.ledger_rows import MARCH, members, outage, row
from tests.people import Person, text, toast

pytestmark = pytest.mark.django_db
MONTH = dt.datetime(2026, 3, 1, tzinfo=dt.UTC), dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


@pytest.fixture
def rows(network):
    """4 customers of T1 for an hour, 3 of T2 for two hours: SAIDI (240 + 360) / 20 = 30."""
    of = outage()
    return [row(of, "T1", 4, 60), row(of, "T2", 3, 120)]


@pytest.fixture
def haas(db):
    return Person("SOP", name="haas")


def address(of):
    return f"/reliability/rows/{of.pk}/correct/"


def as_it_is(of, **changed):
    ended = of.ended_at.strftime("%Y-%m-%dT%H:%M:%S")
    return {"began_at": "2026-03-10T08:00:00", "ended_at": ended, "reason": "the crew's report"} | changed


def saidi(which):
    found = restatements.compared(begin=MONTH[0], end=MONTH[1])
    return (found.before if which == reliability.ORIGINAL else found.after).saidi_min


def test_the_effect_is_shown_before_anything_is_saved(rows, haas):
    page = text(haas.post(address(rows[0]), action="preview", **as_it_is(rows[0], ended_at="2026-03-10T08:30:00")))
    assert "March 2026" in page
    assert "Year 2026" in page
    assert '<td class="number">30.000</td> <td class="number"><b>24.000</b></td>' in page
    assert "−6.000" in page or "-6.000" in page
    assert not Interruption.objects.exclude(superseded_at=None).exists()


def test_a_corrected_row_keeps_what_it_replaces_who_did_it_and_when(rows, haas):
    fields = as_it_is(rows[0], ended_at="2026-03-10T08:30:00", cause="animal", device_name="F7", phases="ab")
    assert toast(haas.post(address(rows[0]), **fields))["text"] == f"Ledger row {rows[0].pk} is corrected"
    new = Interruption.objects.get(replaces=rows[0])
    assert (new.corrected_by, new.corrected_at is not None, new.superseded_at) == ("haas", True, None)
    assert (new.cause, new.device_name, new.phases, new.customers) == ("animal", "F7", 3, 4)
    old = Interruption.objects.get(pk=rows[0].pk)
    assert (old.superseded_reason, old.cause, old.phases) == ("the crew's report", "", 7)
    trail = AuditEntry.objects.get(action="correct_interruption")
    assert (trail.before["cause"], trail.after["cause"], trail.reason) == ("", "animal", "the crew's report")
    assert OutageEntry.objects.filter(kind="corrected", told__rows__contains=str(rows[0].pk)).exists()


def test_original_and_restated_figures_are_both_there(rows, haas):
    haas.post(address(rows[0]), **as_it_is(rows[0], ended_at="2026-03-10T08:30:00"))
    assert (saidi(reliability.ORIGINAL), saidi(reliability.RESTATED)) == (30.0, 24.0)
    again = Interruption.objects.get(replaces=rows[0])
    haas.post(address(again), **as_it_is(again, ended_at="2026-03-10T08:20:00"))
    assert (saidi(reliability.ORIGINAL), saidi(reliability.RESTATED)) == (30.0, 22.0)
    page = text(Person("MGR").get("/reliability/restated/", month="2026-03"))
    assert "Corrections · 2" in page
    assert '<td class="number">30.000</td>' in page
    assert "<b>22.000</b>" in page
    assert "the crew&#x27;s report" in page


def test_a_cause_that_was_corrected_moves_the_minutes_to_it(rows, haas):
    haas.post(address(rows[1]), **as_it_is(rows[1], cause="animal"))
    panel = text(haas.fetch("/reliability/feeder/", month="2026-03", group="CB1"))
    assert "Animal: 360 min · 60 %" in panel
    assert "Tree: 240 min · 40 % · Σ 100 %" in panel
    only = text(haas.get("/reliability/", month="2026-03", cause="animal"))
    assert 'aria-label="SAIDI 18.0' in only
    assert "cause animal" in only


def test_who_was_out_can_be_corrected_by_name(rows, haas):
    who = members("T1", 5)
    newcomer = UsagePoint.objects.get(pk=who[4])
    fields = as_it_is(rows[0], members_shown="1", members=[str(one) for one in who[:2]], add=newcomer.name)
    assert toast(haas.post(address(rows[0]), **fields))
    new = Interruption.objects.get(replaces=rows[0])
    assert (set(new.usage_points), new.customers) == ({who[0], who[1], who[4]}, 3)
    assert saidi(reliability.RESTATED) == (3 * 60 + 3 * 120) / 20


def test_times_nobody_touched_stay_to_the_last_fraction_of_a_second(rows, haas):
    began, ended = rows[0].began_at.replace(microsecond=929_025), rows[0].ended_at.replace(microsecond=597_108)
    Interruption.objects.filter(pk=rows[0].pk).update(began_at=began, ended_at=ended)
    who = [str(one) for one in rows[0].usage_points[:2]]
    assert toast(haas.post(address(rows[0]), **as_it_is(rows[0], members_shown="1", members=who)))
    new = Interruption.objects.get(replaces=rows[0])
    assert (new.customers, new.began_at, new.ended_at) == (2, began, ended)


def test_nobody_is_out_twice_at_a_time(rows, haas):
    taken = UsagePoint.objects.get(pk=rows[1].usage_points[0])
    answer = text(haas.post(address(rows[0]), **as_it_is(rows[0], add=taken.name)), 409)
    assert f"row {rows[1].pk} of outage {rows[1].outage_id} has him too" in answer
    assert not Interruption.objects.exclude(replaces=None).exists()


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({}, 422, "Nothing would be changed"),
        ({"phases": "xyz"}, 422, "Letters of A, B and C"),
        ({"members_shown": "1"}, 422, "Nobody is left"),
        ({"add": "nowhere-9"}, 422, "nowhere-9"),
        ({"cause": "gremlins"}, 422, "Cause"),
    ],
)
def test_a_senseless_correction_says_why_and_changes_nothing(changed, status, said, rows, haas):
    assert said in text(haas.post(address(rows[0]), **as_it_is(rows[0], **changed)), status)
    assert not Interruption.objects.exclude(superseded_at=None).exists()


def test_all_rows_of_an_outage_are_corrected_alike(rows, haas):
    page = f"/reliability/outages/{rows[0].outage_id}/correct/"
    assert "2 rows chosen" in text(haas.get(page))
    chosen = {
        "whole": "1",
        "rows": [str(one.pk) for one in rows],
        "reason": "storm desk",
        "began_at": "2026-03-10T07:50:00",
    }
    shown = text(haas.submit(page, action="preview", **chosen))
    assert "nothing is saved yet" in shown
    assert "<b>33.500</b>" in shown  # (4 * 70 + 3 * 130) / 20
    answer = haas.submit(page, action="correct", **chosen)
    assert (answer.status_code, answer["Location"]) == (302, "/reliability/restated/?month=2026-03")
    assert saidi(reliability.RESTATED) == 33.5
    news = Interruption.objects.exclude(replaces=None)
    assert {one.began_at for one in news} == {MARCH - dt.timedelta(minutes=10)}
    assert {one.ended_at for one in news} == {one.ended_at for one in rows}


def test_only_the_chosen_rows_of_an_outage_are_corrected(rows, haas):
    page = f"/reliability/outages/{rows[0].outage_id}/correct/"
    haas.submit(page, action="correct", whole="1", rows=str(rows[1].pk), reason="not ours", excluded_reason="upstream")
    assert list(Interruption.objects.exclude(replaces=None).values_list("replaces_id", "excluded_reason")) == [
        (rows[1].pk, "upstream")
    ]
    assert saidi(reliability.RESTATED) == 12.0


def test_a_row_moved_to_another_month_moves_the_figures_of_both(rows, haas):
    fields = as_it_is(rows[0], began_at="2026-02-27T08:00:00", ended_at="2026-02-27T09:00:00")
    page = text(haas.post(address(rows[0]), action="preview", **fields))
    assert "February 2026" in page
    assert "March 2026" in page


def test_only_who_may_correct_sees_the_way_to_it(rows):
    page = f"/reliability/outages/{rows[0].outage_id}/correct/"
    assert Person("ENG").get(page).status_code == 403
    for role in ("SOP", "MGR"):
        assert page in text(Person(role).get(f"/outages/{rows[0].outage_id}/"))
    assert page not in text(Person("OPR").get(f"/outages/{rows[0].outage_id}/"))


def freeze(name="March as told"):
    wanted = frozen_reports.Wanted(name, *MONTH, "")
    return frozen_reports.freeze(actor=person("mona", "MGR"), wanted=wanted, at=MONTH[1])


def drafted():
    """The draft that waits, and the address of an answer to it."""
    found = Approval.objects.get(state="waiting", action="draft_correction")
    return found, lambda verb: f"/reliability/drafts/{found.pk}/{verb}/"


def test_a_frozen_period_is_corrected_by_two_persons_and_both_are_kept(rows, haas):
    freeze()
    assert "“March as told” is frozen: another senior operator must agree" in text(haas.fetch(address(rows[0])))
    fields = as_it_is(rows[0], ended_at="2026-03-10T08:30:00", cause="animal")
    assert "another person is asked" in toast(haas.post(address(rows[0]), **fields))["text"]
    assert saidi(reliability.RESTATED) == 30.0
    draft, answer = drafted()
    page = text(haas.get("/reliability/restated/", month="2026-03"))
    assert "Waiting for a second person · 1" in page
    assert answer("withdraw") in page and answer("agree") not in page
    assert haas.post(answer("agree")).status_code == 403
    moreno = Person("SOP", name="moreno")
    page = text(moreno.get("/reliability/restated/", month="2026-03"))
    assert answer("agree") in page and "ended at" in page and "Animal" in page
    dialog = text(moreno.fetch(answer("agree")))
    assert '<td class="number">30.000</td> <td class="number"><b>24.000</b></td>' in dialog
    moreno.post(answer("agree"))
    assert saidi(reliability.RESTATED) == 24.0
    new = Interruption.objects.get(replaces=rows[0])
    assert (new.corrected_by, new.agreed_by, new.cause) == ("haas", "moreno", "animal")
    assert Approval.objects.get(pk=draft.pk).state == "used"
    trail = AuditEntry.objects.get(action="correct_interruption")
    assert (trail.after["drafted_by"], trail.after["agreed_by"], trail.reason) == (
        "haas",
        "moreno",
        "the crew's report",
    )
    page = text(moreno.get("/reliability/restated/", month="2026-03"))
    assert "agreed by moreno" in page and "Waiting for a second person" not in page
    assert moreno.post(answer("agree")).status_code == 404


def test_a_manager_drafts_and_a_senior_operator_agrees_also_where_nothing_is_frozen(rows, haas):
    mona = Person("MGR", name="mona")
    page = f"/reliability/outages/{rows[0].outage_id}/correct/"
    assert "a senior operator of the area must agree" in text(mona.get(page))
    sent = {"whole": "1", "rows": str(rows[1].pk), "reason": "not ours", "excluded_reason": "upstream"}
    mona.submit(page, action="correct", **sent)
    assert saidi(reliability.RESTATED) == 30.0
    _, answer = drafted()
    assert "A senior operator of its area answers" in text(Person("OPR").get("/reliability/restated/"))
    haas.post(answer("decline"), reason="It was ours")
    assert saidi(reliability.RESTATED) == 30.0
    mona.submit(page, action="correct", **sent)
    _, answer = drafted()
    haas.post(answer("agree"))
    assert saidi(reliability.RESTATED) == 12.0


def test_a_draft_whose_row_was_corrected_meanwhile_can_no_longer_be_done(rows, haas):
    mona = Person("MGR", name="mona")
    mona.post(address(rows[0]), **as_it_is(rows[0], ended_at="2026-03-10T08:30:00"))
    _, answer = drafted()
    haas.post(address(rows[0]), **as_it_is(rows[0], ended_at="2026-03-10T08:20:00"))
    assert "Can no longer be done: it was corrected already" in text(haas.get("/reliability/restated/"))
    assert haas.post(answer("agree")).status_code == 409
    assert Approval.objects.get(action="draft_correction").state == "waiting"
    mona.post(answer("withdraw"))
    assert Approval.objects.get(action="draft_correction").state == "withdrawn"
    assert saidi(reliability.RESTATED) == (4 * 20 + 3 * 120) / 20
