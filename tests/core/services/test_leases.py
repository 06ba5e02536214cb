"""Authority over a control area: one holder, hand-over, broken glass, and what a first operation takes."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from adms.core.errors import Invalid, NotFound
from adms.core.models import AreaLease, AuditEntry, Setting, StoredEvent
from adms.core.services import areas, leases
from adms.core.services.authority import NotAuthorised
from adms.core.services.leases import AreaHeld
from tests.cast import ANNA, NOON, TOM, after, person
from tests.people import Person

pytestmark = pytest.mark.django_db
BEN, INGRID = person("ben", "OPR"), person("ingrid", "SOP")


@pytest.fixture(autouse=True)
def places(db):
    return [areas.ensure(key=key, name=key.title()) for key in ("north", "south")]


def holder(key: str, at=NOON) -> str:
    return next(one.holder for one in leases.present(at=at) if one.area == key)


def test_a_free_area_is_taken_by_one_and_refused_to_the_next_who_is_told_whom_to_ask():
    leases.take(actor=ANNA, area="north", at=NOON)
    with pytest.raises(AreaHeld, match=r"North is held by anna since 12:00") as refusal:
        leases.take(actor=BEN, area="north", at=after(60))
    assert refusal.value.data["cause"] == "no-access-authority"
    assert holder("north") == "anna"
    assert list(AuditEntry.objects.values_list("actor", "action", "area")) == [("anna", "take_area", "north")]
    assert StoredEvent.objects.filter(name="AuthorityChanged").count() == 1


def test_the_table_itself_refuses_a_second_holder(places):
    leases.take(actor=ANNA, area="north", at=NOON)
    row = AreaLease.objects.get()
    row.pk, row.holder = None, "ben"
    with pytest.raises(IntegrityError, match="one_holder_of_a_control_area"), transaction.atomic():
        row.save(force_insert=True)


def test_taking_what_one_holds_changes_nothing_from_another_account_of_the_same_person_either():
    first = leases.take(actor=ANNA, area="north", at=NOON)
    deputy = replace(ANNA, name="anna-deputy", person="anna")
    assert leases.take(actor=deputy, area="north", at=NOON).pk == first.pk


def test_an_area_is_handed_over_only_once_the_other_one_accepts():
    Person("OPR", name="ben")
    leases.take(actor=ANNA, area="north", at=NOON)
    leases.offer(actor=ANNA, area="north", to="ben", at=after(10))
    assert holder("north") == "anna"
    leases.accept(actor=BEN, area="north", at=after(20))
    assert holder("north") == "ben"
    with pytest.raises(AreaHeld):
        leases.give_back(actor=ANNA, area="north", at=after(30))
    assert list(AreaLease.objects.order_by("pk").values_list("holder", "ended")) == [("anna", "handed"), ("ben", "")]


def test_an_offer_is_for_one_operator_of_that_area_and_not_for_oneself():
    for name, role, area in (("ravi", "OPR", "south"), ("tom", "DSP", None), ("anna", "OPR", None)):
        Person(role, area, name=name)
    leases.take(actor=ANNA, area="north", at=NOON)
    for to in ("ravi", "tom", "anna"):
        with pytest.raises(Invalid):
            leases.offer(actor=ANNA, area="north", to=to, at=NOON)
    with pytest.raises(NotFound):
        leases.offer(actor=ANNA, area="north", to="nobody", at=NOON)
    with pytest.raises(AreaHeld):
        leases.accept(actor=BEN, area="north", at=NOON)


def test_an_offer_is_declined_or_taken_back():
    Person("OPR", name="ben")
    leases.take(actor=ANNA, area="north", at=NOON)
    for who in (BEN, ANNA):
        leases.offer(actor=ANNA, area="north", to="ben", at=NOON)
        leases.decline(actor=who, area="north", at=NOON)
        with pytest.raises(AreaHeld):
            leases.accept(actor=BEN, area="north", at=NOON)
    assert holder("north") == "anna"


def test_breaking_the_glass_needs_a_senior_and_a_reason_and_sounds_an_alarm():
    leases.take(actor=ANNA, area="north", at=NOON)
    with pytest.raises(NotAuthorised):
        leases.break_glass(actor=BEN, area="north", reason="she does not answer", at=NOON)
    with pytest.raises(Invalid):
        leases.break_glass(actor=INGRID, area="north", reason=" ", at=NOON)
    leases.break_glass(actor=INGRID, area="north", reason="she does not answer", at=after(5))
    assert holder("north") == "ingrid"
    alarm = StoredEvent.objects.get(name="ControlAlarm").payload
    assert (alarm["kind"], alarm["area"]) == ("glass_broken", "north")
    assert AreaLease.objects.get(holder="anna").ended == "broken"


def test_a_second_area_needs_a_reason_where_nobody_hands_it_over():
    leases.take(actor=ANNA, area="north", at=NOON)
    with pytest.raises(Invalid, match="you hold North"):
        leases.take(actor=ANNA, area="south", at=NOON)
    leases.take(actor=ANNA, area="south", reason="alone on the night shift", at=NOON)
    assert {one.holder for one in leases.present(at=NOON)} == {"anna"}


def test_a_first_operation_takes_a_free_area_but_never_a_second_one(places):
    north, south = places
    assert leases.hold(actor=ANNA, area=north, at=NOON).taken == "first"
    with pytest.raises(AreaHeld, match=r"nobody holds South.*you hold North"):
        leases.hold(actor=ANNA, area=south, at=NOON)
    with pytest.raises(AreaHeld, match="held by anna"):
        leases.hold(actor=BEN, area=north, at=NOON)


def test_where_the_setting_says_so_an_area_is_taken_by_itself_first(places):
    Setting.objects.create(key=leases.FIRST_TAKES, value=False, changed_by="test", changed_at=NOON)
    with pytest.raises(AreaHeld, match="take control of it first"):
        leases.hold(actor=ANNA, area=places[0], at=NOON)


def test_a_lease_that_nobody_uses_runs_out_and_one_that_is_used_does_not(places):
    leases.take(actor=ANNA, area="north", at=NOON)
    leases.hold(actor=ANNA, area=places[0], at=after(40_000))
    assert holder("north", after(50_000)) == "anna"
    assert holder("north", after(40_000 + 43_200)) == ""
    assert leases.take(actor=BEN, area="north", at=after(90_000)).holder == "ben"
    assert AreaLease.objects.get(holder="anna").ended == "expired"


def test_another_console_of_the_holder_is_on_record(places):
    leases.take(actor=replace(ANNA, session="a" * 16, console="10.0.0.1"), area="north", at=NOON)
    leases.hold(actor=replace(ANNA, session="b" * 16, console="10.0.0.2"), area=places[0], at=after(1))
    moved = AuditEntry.objects.get(action="move_area")
    assert moved.after == {"session": "b" * 16, "console": "10.0.0.2"}


@pytest.mark.parametrize("actor", [TOM, person("mei", "ENG"), person("ravi", "OPR", "south")])
def test_who_is_no_operator_of_the_area_does_not_take_it(actor):
    with pytest.raises(NotAuthorised):
        leases.take(actor=actor, area="north", at=NOON)


def test_an_unknown_area_is_not_found():
    with pytest.raises(NotFound):
        leases.take(actor=ANNA, area="west", at=NOON)
