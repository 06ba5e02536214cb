"""The shift log: written, corrected by new versions, never changed; what Tieline writes, once."""

import uuid

import pytest
from django.db import DatabaseError, transaction

from adms.core.errors import Invalid, NotFound
from adms.core.models import AuditEntry, ShiftEntry
from adms.core.selectors import shifts
from adms.core.services import areas, shift_log
from adms.core.services.authority import NotAuthorised
from adms.core.services.shift_log import Automatic, Corrected, New
from tests.cast import ANNA, NOON, RAVI, TOM, after, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places(db):
    return [areas.ensure(key=key, name=key.title()) for key in ("north", "south")]


def entry(text: str = "Crew 4 reports a leaning pole", **more) -> ShiftEntry:
    return shift_log.write(actor=ANNA, new=New("north", text, **more), at=NOON)


def test_an_entry_says_who_wrote_what_when_and_is_on_the_audit_trail():
    row = entry(about="Outage 12", link="/outages/12/")
    assert (row.author, row.area.key, row.occurred_at, row.link) == ("anna", "north", NOON, "/outages/12/")
    assert list(AuditEntry.objects.values_list("actor", "action", "area")) == [("anna", "write_shift_log", "north")]


def test_a_correction_is_a_new_version_and_the_old_one_stays_to_be_read():
    first = entry("Crew 4 reports")
    shift_log.correct(actor=TOM, entry=first.entry, seen=1, text="Crew 5 reports", reason="wrong crew", at=after(60))
    assert [one.text for one in shifts.entries(ANNA)] == ["Crew 5 reports"]
    versions = shifts.versions(ANNA, first.entry)
    assert [(one.version, one.text, one.author) for one in versions] == [
        (2, "Crew 5 reports", "tom"),
        (1, "Crew 4 reports", "anna"),
    ]
    assert versions[0].occurred_at == NOON


def test_two_corrections_of_one_version_do_not_both_stand():
    first = entry()
    shift_log.correct(actor=ANNA, entry=first.entry, seen=1, text="one", reason="better", at=after(1))
    with pytest.raises(Corrected):
        shift_log.correct(actor=TOM, entry=first.entry, seen=1, text="two", reason="better", at=after(2))
    assert ShiftEntry.objects.count() == 2


@pytest.mark.parametrize("change", [lambda rows: rows.update(text="nothing happened"), lambda rows: rows.delete()])
def test_the_database_refuses_to_change_or_delete_an_entry(change):
    entry()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change(ShiftEntry.objects.all())


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (New("north", "   "), "says something"),
        (New("north", "x" * 2001), "2000 letters"),
        (New("north", "x", link="https://elsewhere.example/"), "inside the console"),
        (New("north", "x", link="//elsewhere.example/"), "inside the console"),
        (New("north", "x", link="javascript:alert(1)"), "inside the console"),
        (New("north", "x", occurred_at=after(3600)), "future"),
    ],
)
def test_what_is_no_entry_is_refused(new, words):
    with pytest.raises(Invalid, match=words):
        shift_log.write(actor=ANNA, new=new, at=NOON)
    assert not ShiftEntry.objects.exists()


@pytest.mark.parametrize("actor", [RAVI, person("eve", "CRW"), person("mia", "MGR"), person("ada", "AUD")])
def test_only_the_desk_of_the_area_writes_and_corrects(actor):
    first = entry()
    with pytest.raises(NotAuthorised):
        shift_log.write(actor=actor, new=New("north", "x"), at=NOON)
    with pytest.raises(NotAuthorised):
        shift_log.correct(actor=actor, entry=first.entry, seen=1, text="x", reason="because", at=NOON)


def test_an_area_or_entry_that_is_not_there_is_not_found():
    with pytest.raises(NotFound):
        shift_log.write(actor=ANNA, new=New("west", "x"), at=NOON)
    with pytest.raises(NotFound):
        shift_log.correct(actor=ANNA, entry=uuid.uuid4(), seen=1, text="x", reason="because", at=NOON)


def test_what_tieline_writes_is_written_once_however_often_an_event_is_handled():
    told = Automatic("north", "order", "Issued: new pole", "event:north/7", NOON, "SO-1", "/orders/1/")
    for _ in range(2):
        shift_log.write_automatic(entries=[told, told], at=NOON)
    (row,) = ShiftEntry.objects.all()
    assert row.is_automatic
    with pytest.raises(Invalid, match="wrote this itself"):
        shift_log.correct(actor=ANNA, entry=row.entry, seen=1, text="x", reason="because", at=NOON)


def test_entries_are_filtered_by_area_kind_words_and_time():
    entry("Pole at Weir")
    entry("Fuse", is_for_next=True)
    shift_log.write(actor=ANNA, new=New("south", "Pole at Quay"), at=after(60))
    texts = lambda **which: {one.text for one in shifts.entries(ANNA, **which)}  # noqa: E731 - three questions of one kind
    assert texts(area="north", text="pole") == {"Pole at Weir"}
    assert texts(kind="next") == {"Fuse"}
    assert texts(since=after(30)) == {"Pole at Quay"}
