"""X05: who is told of planned outages, when, and of what; and the windows that move, run over or pass unused."""

import datetime as dt

import pytest

from adms.core.errors import Invalid
from adms.core.models import Setting
from adms.core.services import authority
from metering.models import Customer, UsagePoint
from outages.models import Outage, PlannedNotice, PlannedNoticeCustomer, PlannedOutage
from outages.selectors import callers, planned_findings, planned_notices
from outages.services import planned, planned_announcing, planned_execution, planned_scope
from outages.services import planned_notices as rounds
from outages.services.planned import PlannedOutageRefused, Wanted
from tests.cast import ANNA, TOM, after, person
from tests.outages.services.acting import MODEL, move, outage_at, settle

pytestmark = pytest.mark.django_db
SUE = person("sue", "SOP")
HOUR, DAY = 3600, 86_400


def asked(device: str = "SW1", *, begins: float = 5 * DAY, lasts: float = 2 * HOUR, by=ANNA) -> PlannedOutage:
    return planned.request(
        actor=by, model=MODEL, devices=[Wanted(device)], begins_at=after(begins), ends_at=after(begins + lasts),
        purpose="Replace a pole", at=after(0),
    )  # fmt: skip


def approved(device: str = "SW1", **window: float) -> PlannedOutage:
    return planned.approve(actor=SUE, planned_id=asked(device, **window).pk, at=after(60))


def notified(device: str = "SW1", **window: float) -> PlannedOutage:
    row = approved(device, **window)
    planned_announcing.announce(actor=ANNA, planned_id=row.pk, at=after(120))
    return fresh(row)


def fresh(row: PlannedOutage) -> PlannedOutage:
    return PlannedOutage.objects.get(pk=row.pk)


def moved(row: PlannedOutage, by: float, *, actor=SUE, at: float = 300, reason: str = "The crane comes later"):
    window = {"begins_at": row.begins_at + dt.timedelta(seconds=by), "ends_at": row.ends_at + dt.timedelta(seconds=by)}
    return planned.change_window(actor=actor, planned_id=row.pk, reason=reason, at=after(at), **window)


def told(row: PlannedOutage) -> list[tuple[str, str, int]]:
    """Kind, verb and number of customers of each round."""
    found = PlannedNoticeCustomer.objects.filter(notice__planned_outage=row).order_by("notice__number", "verb")
    pairs = list(found.values_list("notice__number", "notice__kind", "verb"))
    return [(kind, verb, pairs.count((n, kind, verb))) for n, kind, verb in dict.fromkeys(pairs)]


def hospital() -> None:
    customer = Customer.objects.create(account_number="H1", name="St Anna", critical="hospital")
    point = UsagePoint.objects.filter(equipment_mrid="T5").order_by("pk").last()
    UsagePoint.objects.filter(pk=point.pk).update(customer=customer)


def codes(row: PlannedOutage, at: float = 200) -> set[str]:
    return {one.code for one in planned_findings.findings(fresh(row), at=after(at))}


def test_an_approved_one_is_told_to_each_customer_once():
    row = notified()
    assert (row.state, row.notified_at, told(row)) == ("notified", after(120), [("announced", "created", 11)])
    notice = row.notices.get()
    assert "Fri 06 Mar 2026 from 12:00 to 14:00" in notice.text and "Replace a pole" in notice.text
    assert not notice.is_late
    with pytest.raises(PlannedOutageRefused, match="everybody has been told"):
        planned_announcing.announce(actor=ANNA, planned_id=row.pk, at=after(130))


def test_only_an_approved_one_is_told_and_not_by_who_only_drafts():
    row = asked(by=TOM)
    with pytest.raises(PlannedOutageRefused, match="approved"):
        planned_announcing.announce(actor=ANNA, planned_id=row.pk, at=after(1))
    planned.approve(actor=SUE, planned_id=row.pk, at=after(2))
    with pytest.raises(authority.NotAuthorised):
        planned_announcing.announce(actor=TOM, planned_id=row.pk, at=after(3))
    with pytest.raises(authority.NotAuthorised):
        planned.cancel(actor=TOM, planned_id=asked(by=ANNA).pk, reason="mine?", at=after(4))
    assert planned.cancel(actor=TOM, planned_id=row.pk, reason="mine", at=after(5)).state == "cancelled"


def test_critical_customers_come_in_the_first_message_and_acknowledge():
    hospital()
    Setting.objects.create(key="planned.notices_per_message", value=4, changed_by="test", changed_at=after(0))
    row = notified()
    notice = row.notices.get()
    first = notice.customers.get(is_critical=True)
    chunks = sorted(notice.customers.values_list("chunk", flat=True))
    assert (first.chunk, notice.chunks, [chunks.count(n) for n in (1, 2, 3, 4)]) == (1, 4, [1, 4, 4, 2])
    assert "unacknowledged" in codes(row)
    other = notice.customers.filter(is_critical=False).order_by("pk").first()
    with pytest.raises(PlannedOutageRefused, match="critical"):
        planned_announcing.acknowledge(actor=TOM, customer_id=other.pk, how="by telephone", at=after(140))
    with pytest.raises(Invalid):
        planned_announcing.acknowledge(actor=TOM, customer_id=first.pk, how=" ", at=after(140))
    done = planned_announcing.acknowledge(actor=TOM, customer_id=first.pk, how="Dr Lenz by telephone", at=after(150))
    assert (done.acknowledged_at, done.acknowledged_by) == (after(150), "tom")
    assert "unacknowledged" not in codes(row)
    moved(row, HOUR)
    assert "unacknowledged" in codes(row)


def test_the_notice_period_is_warned_of_before_and_noted_after():
    assert codes(approved(begins=5 * DAY)) == set()
    late = approved("F1", begins=DAY)
    assert "notice_late" in codes(late)
    planned_announcing.announce(actor=ANNA, planned_id=late.pk, at=after(200))
    assert late.notices.get().is_late
    assert "told_late" in codes(late)
    assert "later than the notice period" in late.entries.filter(kind="notice").get().text
    Setting.objects.create(key="planned.notice_days", area=late.area, value=0.5, changed_by="test", changed_at=after(0))
    assert "notice_late" not in codes(approved("F2", begins=DAY))


def test_a_window_moved_by_the_second_person_stays_approved_and_all_are_told_at_once():
    row = notified()
    moved(row, HOUR)
    assert (fresh(row).state, told(row)[1:]) == ("notified", [("window", "changed", 11)])
    both = PlannedNoticeCustomer.objects.filter(notice__planned_outage=row)
    assert both.count() == 22 and len(set(both.values_list("mrid", flat=True))) == 11
    assert "now on Fri 06 Mar 2026 from 13:00 to 15:00" in row.notices.get(number=2).text


def test_a_window_moved_by_who_asked_for_it_is_approved_anew_before_anybody_is_told():
    row = notified()
    moved(row, HOUR, actor=ANNA)
    assert (fresh(row).state, len(told(row))) == ("requested", 1)
    assert "told_otherwise" in codes(row)
    planned.approve(actor=SUE, planned_id=row.pk, at=after(400))
    planned_announcing.announce(actor=ANNA, planned_id=row.pk, at=after(410))
    assert told(row)[1:] == [("window", "changed", 11)]
    with pytest.raises(Invalid, match="reason"):
        moved(fresh(row), HOUR, reason=" ")


def test_a_cancelled_one_is_told_to_whom_was_told_of_it():
    row = notified()
    planned.cancel(actor=ANNA, planned_id=row.pk, reason="No pole came", at=after(500))
    assert told(row)[1:] == [("cancelled", "canceled", 11)]
    assert planned_notices.counting_on_it(row) == set()
    silent = approved("F1")
    planned.cancel(actor=ANNA, planned_id=silent.pk, reason="No pole came", at=after(510))
    assert told(silent) == []


def test_other_customers_after_a_change_of_the_network_are_told_when_a_person_asks():
    row = notified("SW1")
    point = UsagePoint.objects.filter(equipment_mrid="T5").order_by("pk").first()
    UsagePoint.objects.filter(pk=point.pk).update(is_connected=False)
    planned_scope.compute(fresh(row), at=after(200))
    assert "told_others" in codes(row)
    planned_announcing.announce(actor=ANNA, planned_id=row.pk, at=after(210))
    assert told(row)[1:] == [("scope", "canceled", 1)]
    assert "told_others" not in codes(row)


def test_what_a_partner_answers_is_kept_for_each_customer():
    row = notified()
    notice = row.notices.get()
    some = notice.customers.order_by("pk").first()
    refused = {some.mrid: "2.12 not known here"}
    rounds.settle(notice_id=notice.pk, chunk=1, verb="created", partner="CIS", refused=refused, at=after(130))
    (shown,) = planned_notices.rounds(row)
    assert (shown.told, shown.delivered, shown.refused, shown.waiting) == (11, 10, 1, 0)
    done = planned_announcing.told_by_hand(actor=ANNA, notice_id=notice.pk, how="by letter", at=after(140))
    assert (done, planned_notices.rounds(row)[0].delivered) == (1, 11)
    assert rounds.fail(notice_id=notice.pk, chunk=1, verb="created", reason="dead", at=after(150)) == 0


def test_it_is_partly_restored_when_some_have_supply_again_and_the_rest_hear_of_another_end():
    row = notified("CB1", begins=HOUR)
    move("CB1", close=False, at=HOUR)
    settle(HOUR + 1)
    assert fresh(row).state == "in_execution"
    move("SW1", close=False, at=HOUR + 60)
    move("TIE", close=True, at=HOUR + 70)
    settle(HOUR + 80)
    assert (fresh(row).state, outage_at("CB1").customers_out) == ("partly_restored", 9)
    end = {"begins_at": row.begins_at, "ends_at": after(4 * HOUR)}
    planned.change_window(actor=ANNA, planned_id=row.pk, reason="Rock in the ground", at=after(2 * HOUR), **end)
    assert told(row)[1:] == [("window", "changed", 9)]
    assert outage_at("CB1").etr_at == after(4 * HOUR)
    with pytest.raises(PlannedOutageRefused, match="only its end"):
        moved(fresh(row), HOUR, at=2 * HOUR + 1)
    assert planned_execution.notice_overruns(at=after(4 * HOUR + 60)) == 1
    assert told(row)[2:] == [("overrun", "changed", 9)]
    assert row.notices.get(kind="overrun").ends_at == after(5 * HOUR + 60)
    move("CB1", close=True, at=4 * HOUR + 90)
    settle(4 * HOUR + 100)
    assert fresh(row).state == "restored"
    planned.complete(actor=ANNA, planned_id=row.pk, at=after(4 * HOUR + 200))
    assert set(Outage.objects.filter(planned_outage=row).values_list("state", flat=True)) == {"completed"}


def test_what_never_began_expires_and_waits_for_a_person():
    row = notified("F1", begins=HOUR, lasts=HOUR)
    assert planned_execution.expire(at=after(2 * HOUR + 60)) == 0
    assert planned_execution.expire(at=after(3 * HOUR + 60)) == 1
    assert planned_execution.expire(at=after(3 * HOUR + 61)) == 0
    assert (fresh(row).state, fresh(row).expired_at) == ("expired", after(3 * HOUR + 60))
    moved(fresh(row), DAY, at=3 * HOUR + 120)
    assert (fresh(row).state, fresh(row).expired_at) == ("requested", None)
    other = approved("F2", begins=HOUR, lasts=HOUR)
    planned_execution.expire(at=after(3 * HOUR + 60))
    planned.cancel(actor=ANNA, planned_id=other.pk, reason="never came", at=after(4 * HOUR))
    assert PlannedNotice.objects.filter(planned_outage=other).count() == 0


def test_a_caller_hears_of_it_before_it_begins_and_in_its_window():
    row = notified("SW1", begins=HOUR)
    point = UsagePoint.objects.filter(equipment_mrid="T3").order_by("pk").first()
    assert callers.card(TOM, point.pk, at=after(200))["advice"].startswith(
        "Planned work on 01 Mar from 13:00 until 15:00"
    )
    assert "may be switched off on purpose" in callers.card(TOM, point.pk, at=after(HOUR + 60))["advice"]
    planned.cancel(actor=ANNA, planned_id=row.pk, reason="not today", at=after(HOUR + 70))
    assert "Planned work" not in callers.card(TOM, point.pk, at=after(HOUR + 80))["advice"]


def allow(key: str, value: object, area: object = None) -> None:
    Setting.objects.create(key=key, area=area, value=value, changed_by="test", changed_at=after(0))


def test_notices_go_out_by_themselves_when_they_are_due_where_the_area_wants_that():
    row = approved(begins=5 * DAY)
    assert planned_announcing.announce_due(at=after(4 * DAY)) == 0
    allow("planned.announce_days", 3, row.area)
    assert planned_notices.announced_at(fresh(row)) == after(2 * DAY)
    assert planned_announcing.announce_due(at=after(2 * DAY - 1)) == 0
    assert planned_announcing.announce_due(at=after(2 * DAY)) == 1
    assert planned_announcing.announce_due(at=after(2 * DAY + 1)) == 0
    assert (fresh(row).state, told(row)) == ("notified", [("announced", "created", 11)])
    assert row.notices.get().made_by == "outages"
    assert planned_notices.announced_at(fresh(row)) is None


def test_one_approved_after_its_notices_were_due_is_told_at_once_and_one_that_has_begun_is_left_to_a_person():
    allow("planned.announce_days", 3)
    late, begun, asked_only = approved("SW1", begins=DAY), approved("F1", begins=HOUR), asked("F2", begins=DAY)
    assert planned_announcing.announce_due(at=after(HOUR)) == 1
    assert [fresh(one).state for one in (late, begun, asked_only)] == ["notified", "approved", "requested"]
    assert late.notices.get().is_late


def test_a_window_moved_and_approved_anew_is_told_by_itself_as_a_change():
    allow("planned.announce_days", 6)
    row = notified()
    moved(row, HOUR, actor=ANNA)
    assert planned_announcing.announce_due(at=after(310)) == 0
    planned.approve(actor=SUE, planned_id=row.pk, at=after(400))
    assert planned_announcing.announce_due(at=after(410)) == 1
    assert told(row)[1:] == [("window", "changed", 11)]
    moved(fresh(row), HOUR, actor=ANNA, at=420)
    moved(fresh(row), -HOUR, actor=ANNA, at=430)
    planned.approve(actor=SUE, planned_id=row.pk, at=after(440))
    assert planned_announcing.announce_due(at=after(450)) == 1
    assert (fresh(row).state, len(told(row))) == ("notified", 2)
