"""The table of screens says what is so: every screen opens for whom it says, and the keys are those of the frame."""

import re
from pathlib import Path

import pytest
from django.urls import reverse

from adms.core import permissions, screens
from tests import cast
from tests.people import Person

CONSOLE = Path(__file__).resolve().parents[2] / "templates" / "console.html"


@pytest.mark.django_db
@pytest.mark.parametrize("role", permissions.ROLES)
def test_every_screen_opens_for_whom_it_says_and_for_nobody_else(role):
    """The page of a crew's work is not found by who belongs to no crew; it is not forbidden to them."""
    cast.publish()
    person = Person(role)
    actor = cast.person("somebody", role)
    for one in screens.SCREENS:
        status = person.get(reverse(one.view, args=one.args)).status_code
        assert (status in {200, 404}) is one.is_open_to(actor), f"{one.view}: {status}"


def test_keys_of_the_frame_are_in_the_table():
    links = re.findall(r"""href="{% url '([\w:]+)'[^>]*?data-key="(g \w)\"""", CONSOLE.read_text(), re.DOTALL)
    assert len(links) > 6
    known = {one.view: one.key for one in screens.SCREENS}
    assert {view: known.get(view) for view, _ in links} == dict(links)


def test_no_two_screens_share_a_key():
    keys = [one.key for one in screens.SCREENS if one.key]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("view", "screen"),
    [
        ("outages:outage_page", "outages:outage_list"),
        ("outages:order_page", "outages:order_list"),
        ("network:study", "network:studies"),
        ("outages:planned_calendar", "outages:planned_calendar"),
        ("integration:model_version", "integration:model_list"),
        ("login", None),
    ],
)
def test_a_page_belongs_to_its_screen(view, screen):
    found = screens.of_view(view)
    assert (found.view if found else None) == screen
