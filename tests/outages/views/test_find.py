"""The palette: what it finds, in which order, and that it offers only what the asker may."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adms.core import clock
from adms.core.services import leases
from network.services.control import freezing
from outages.services.switching import drafting
from tests.cast import ANNA
from tests.people import Person, text

pytestmark = pytest.mark.django_db


def found(person: Person, typed: str) -> list[tuple[str, str]]:
    """Kind and name of every line, in order."""
    body = text(person.fetch("/find/", q=typed))
    lines = re.findall(r'<span class="kind">(.*?)</span><b>(.*?)</b>', body)
    return [(kind, name) for kind, name in lines]


@pytest.fixture
def haas(db) -> Person:
    return Person("SOP", name="haas")


def order(purpose: str) -> int:
    """A draft of this purpose."""
    new = drafting.NewOrder(model="story", kind="planned", purpose=purpose)
    return drafting.write(actor=ANNA, new=new, at=clock.now()).pk


def test_nothing_typed_offers_commands_and_pages(outage, haas):
    kinds = {kind for kind, _ in found(haas, "")}
    assert kinds == {"Command", "Page"}


def test_an_outage_is_found_by_its_number_before_everything_else(outage, haas):
    assert found(haas, str(outage.pk))[0] == ("Outage", str(outage.pk))


def test_an_outage_going_on_is_found_by_its_device(outage, haas):
    assert ("Outage", str(outage.pk)) in found(haas, outage.device_name)


def test_a_device_is_found_by_name_and_by_mrid(outage, haas):
    assert ("Device", "F1") in found(haas, "f1")


def test_an_order_is_found_by_number_reference_and_the_beginning_of_a_word_of_its_purpose(outage, haas):
    number = order("Replace the pole at Millbrook")
    line = ("Switching order", f"SO-{number}")
    for typed in (str(number), f"so-{number}", "millb", "pole replace"):
        assert line in found(haas, typed), typed
    assert line not in found(haas, "illbrook")


def test_a_customer_is_shown_to_the_desk_and_to_nobody_else(outage, haas):
    assert [kind for kind, _ in found(haas, "we")].count("Customer") > 0
    assert [kind for kind, _ in found(Person("MGR"), "we")].count("Customer") == 0
    assert [kind for kind, _ in found(Person("ENG"), "we")].count("Customer") == 0


def test_a_command_of_an_area_is_the_one_possible_now(outage, haas):
    area = leases.present(at=clock.now())[0]
    assert ("Command", f"Take control: {area.name}…") in found(haas, "take")
    text(haas.post(f"/control/areas/{area.area}/take/"), 204)
    names = [name for _, name in found(haas, ">")]
    assert f"Give back: {area.name}…" in names
    assert f"Take control: {area.name}…" not in names


def test_a_command_is_a_question_and_changes_nothing(outage, haas):
    body = text(haas.fetch("/find/", q=">freeze"))
    (address,) = re.findall(r'hx-get="([^"]*freeze[^"]*)"', body)
    assert "Freeze remote control" in text(haas.fetch(address, target="dialog"))
    assert freezing.present() is None


def test_who_may_not_see_the_network_finds_their_pages_and_nothing_of_it(outage):
    crew, nobody = Person("CRW"), Person()
    assert ("Page", "My work") in found(crew, "")
    assert {kind for kind, _ in found(crew, "f1") + found(crew, str(outage.pk)) + found(nobody, "f1")} <= {
        "Page",
        "Command",
    }


def test_only_commands_after_the_sign_for_them(outage, haas):
    assert {kind for kind, _ in found(haas, "> f")} <= {"Command", "Page"}


def test_the_number_of_queries_does_not_grow_with_what_is_found(outage, haas):
    """Asked twice: caches of the process are warm then, as they are in operation."""
    counts = []
    for purpose in ("Trim trees at Weir", "Paint the fence at Weir"):
        order(purpose)
        found(haas, "weir")
        with CaptureQueriesContext(connection) as queries:
            found(haas, "weir")
        counts.append(len(queries))
    assert counts[0] == counts[1]
