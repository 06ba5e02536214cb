"""A shift handed over: two persons, what was open as it was signed, and the area's authority with it."""

from dataclasses import replace

import pytest

from adms.core.errors import Invalid, NotFound
from adms.core.models import AuditEntry, Handover, ShiftEntry
from adms.core.selectors import shifts
from adms.core.services import areas, handovers, leases, shift_log
from adms.core.services.authority import NotAuthorised
from adms.core.services.handovers import NotYours
from adms.core.services.leases import AreaHeld
from adms.core.services.shift_log import New
from tests.cast import ANNA, NOON, TOM, after, person
from tests.people import Person

pytestmark = pytest.mark.django_db
BEN, INGRID = person("ben", "OPR"), person("ingrid", "SOP")
OPEN = [{"title": "Outages", "rows": [{"text": "12 · F1", "link": "/outages/12/"}], "more": 0}]


@pytest.fixture(autouse=True)
def places(db):
    for role, name in (("OPR", "anna"), ("OPR", "ben"), ("SOP", "ingrid"), ("DSP", "tom"), ("CRW", "eve")):
        Person(role, name=name)
    Person("OPR", name="ravi", area=areas.ensure(key="south", name="South").key)
    return areas.ensure(key="north", name="North")


def sign(actor=ANNA, to="ben", at=NOON) -> Handover:
    return handovers.sign(actor=actor, area="north", to=to, note="Mind the pole", contents=OPEN, at=at)


def holder(at) -> str:
    return next(one.holder for one in leases.present(at=at) if one.area == "north")


def test_authority_goes_with_it_once_the_other_one_accepts_and_not_before():
    leases.take(actor=ANNA, area="north", at=NOON)
    row = sign()
    assert (row.with_area, holder(after(1))) == (True, "anna")
    done = handovers.accept(actor=BEN, handover_id=row.pk, at=after(60))
    assert (done.state, done.contents, holder(after(61))) == ("accepted", OPEN, "ben")
    assert ShiftEntry.objects.get(kind="handover").link == f"/shift/handovers/{row.pk}/"
    trail = AuditEntry.objects.order_by("pk").values_list("actor", "action")
    assert [one for one in trail if "handover" in one[1]] == [("anna", "sign_handover"), ("ben", "end_handover")]


def test_a_dispatcher_who_holds_no_area_hands_over_too():
    row = sign(actor=TOM, to="ingrid")
    assert not row.with_area
    assert handovers.accept(actor=INGRID, handover_id=row.pk, at=after(60)).state == "accepted"
    assert holder(after(61)) == ""


def test_nobody_hands_over_to_themselves_by_another_account_either():
    deputy = Person("OPR", name="anna-deputy")
    deputy.user.person = "anna"
    deputy.user.save()
    for to in ("anna", "anna-deputy"):
        with pytest.raises(Invalid, match="yourself"):
            sign(to=to)


def test_who_is_not_asked_does_not_accept():
    row = sign()
    for actor in (ANNA, INGRID, replace(BEN, person="anna")):
        with pytest.raises(NotYours):
            handovers.accept(actor=actor, handover_id=row.pk, at=after(1))
    assert Handover.objects.get().state == "waiting"


@pytest.mark.parametrize("to", ["eve", "ravi"])
def test_it_is_not_handed_to_who_has_no_desk_there(to):
    with pytest.raises(Invalid, match="no desk"):
        sign(to=to)


def test_who_has_no_desk_signs_nothing():
    with pytest.raises(NotAuthorised):
        sign(actor=person("eve", "CRW"))
    with pytest.raises(NotFound):
        sign(to="nobody")


def test_one_waits_at_a_time_and_is_accepted_once():
    row = sign()
    with pytest.raises(NotYours, match="withdraw that first"):
        sign(to="ingrid")
    handovers.accept(actor=BEN, handover_id=row.pk, at=after(1))
    with pytest.raises(NotYours, match="over"):
        handovers.accept(actor=BEN, handover_id=row.pk, at=after(2))


def test_declining_needs_a_reason_and_leaves_the_area_where_it_is():
    leases.take(actor=ANNA, area="north", at=NOON)
    row = sign()
    with pytest.raises(Invalid):
        handovers.end(actor=BEN, handover_id=row.pk, reason="", at=after(1))
    handovers.end(actor=BEN, handover_id=row.pk, reason="two feeders are open", at=after(2))
    assert (Handover.objects.get().state, holder(after(3))) == ("declined", "anna")
    assert leases.present(at=after(3))[0].offered_to == ""


def test_withdrawing_takes_the_offer_back_and_others_cannot():
    leases.take(actor=ANNA, area="north", at=NOON)
    row = sign()
    with pytest.raises(NotYours):
        handovers.end(actor=INGRID, handover_id=row.pk, reason="I want it", at=after(1))
    handovers.end(actor=ANNA, handover_id=row.pk, reason="", at=after(2))
    assert Handover.objects.get().state == "withdrawn"
    with pytest.raises(AreaHeld):
        leases.accept(actor=BEN, area="north", at=after(3))


def test_it_is_not_accepted_over_somebody_who_broke_the_glass_meanwhile():
    leases.take(actor=ANNA, area="north", at=NOON)
    row = sign()
    leases.break_glass(actor=INGRID, area="north", reason="storm", at=after(1))
    with pytest.raises(AreaHeld):
        handovers.accept(actor=BEN, handover_id=row.pk, at=after(2))
    assert (Handover.objects.get().state, holder(after(3))) == ("waiting", "ingrid")


def test_notes_for_the_next_shift_stand_until_a_handover_that_had_them_is_accepted():
    shift_log.write(actor=ANNA, new=New("north", "Key of TX4 is with crew 2", is_for_next=True), at=NOON)
    assert [one.text for one in shifts.for_next("north")] == ["Key of TX4 is with crew 2"]
    row = sign(at=after(10))
    shift_log.write(actor=ANNA, new=New("north", "Crew 2 is back", is_for_next=True), at=after(20))
    handovers.accept(actor=BEN, handover_id=row.pk, at=after(30))
    assert [one.text for one in shifts.for_next("north")] == ["Crew 2 is back"]
