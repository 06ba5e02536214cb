"""Every list has its file: the link stands on the page, keeps its filters, and what it leads to is CSV of the same rows.

Which lists there are is read from the templates: whoever makes a page of `list.html` has a file to give.
"""

import csv
import html
import io
import re
from pathlib import Path

import pytest
from django.urls import reverse

from adms.core.models import AuditEntry
from outages.models import Outage
from tests.outages.views import scene
from tests.people import Person

pytestmark = pytest.mark.django_db
TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
#: name of the page's address: (role that sees it, filters that hold for every one of them)
LISTS = {
    "outages:outage_list": ("OPR", "show=all&q=F1"),
    "outages:order_list": ("OPR", "show=all"),
    "outages:call_list": ("DSP", "show=all&q=weber"),
    "outages:callback_list": ("DSP", "show=all"),
    "outages:critical_list": ("DSP", "area=story-s"),
    "outages:planned_list": ("OPR", "show=all&q=line"),
    "outages:ping_list": ("OPR", "show=all&hours=24"),
    "outages:flisr_list": ("OPR", ""),
    "outages:flisr_feeder_list": ("OPR", "show=own&q=CB1"),
    "outages:shift_log": ("OPR", ""),
    "network:point_list": ("ENG", "show=all&q=CB1"),
    "network:interlocks": ("ENG", ""),
    "account_list": ("ADM", "show=active&q=adm"),
    "audit_trail": ("AUD", "show=all"),
    "integration:message_list": ("ENG", "show=all"),
    "outages:handover_list": ("OPR", "area=story-s"),
    "outages:replay_list": ("OPR", ""),
    "outages:storm": ("DSP", ""),
    "outages:summary": ("MGR", ""),
    "network:studies": ("ENG", ""),
    "network:areas": ("ADM", ""),
    "integration:model_list": ("ENG", ""),
    "role_list": ("ADM", ""),
    "setting_list": ("ADM", "q=alarms"),
}
TABS = ("standing", "shelved", "stale", "journal", "kinds")


@pytest.fixture
def outage(db):
    from network.selectors import state
    from tests import cast

    state.forget()
    cast.publish(scene.named_feeder())
    scene.crew()
    return scene.outage()


def link(page: str) -> str:
    """Where the page's CSV link leads; there is one."""
    found = re.findall(r'<a[^>]*href="([^"]*)"[^>]*>\s*CSV\s*</a>', page)
    assert len(found) == 1, found
    return html.unescape(found[0])


def table(person: Person, address: str, query: str) -> list[dict[str, str]]:
    """The lines of the file that the page at this address offers."""
    page = person.get(f"{address}?{query}")
    assert page.status_code == 200, address
    to = link(page.content.decode())
    assert not query or all(part in to for part in query.split("&")), f"{to} lost a filter of {query}"
    answer = person.get(f"{address}{to}" if to.startswith("?") else to)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8"), to
    assert re.fullmatch(r'attachment; filename="[\w.-]+\.csv"', answer["Content-Disposition"])
    head, *lines = csv.reader(io.StringIO(answer.content.decode()))
    assert head and len(set(head)) == len(head)
    assert all(len(line) == len(head) for line in lines)
    return [dict(zip(head, line, strict=True)) for line in lines]


@pytest.mark.parametrize("view", LISTS)
def test_a_list_has_its_file_with_the_filters_of_the_page(outage, view):
    role, query = LISTS[view]
    table(Person(role), reverse(view), query)


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_of_the_alarms_has_its_file(outage, tab):
    table(Person("OPR"), reverse("alarms", args=[tab]), "")


def test_no_list_is_forgotten():
    """As many pages as there are templates made of list.html are in the table, each by an address that exists."""
    made = [path for path in TEMPLATES.rglob("*.html") if 'extends "list.html"' in path.read_text()]
    others = {
        "outages:flisr_list",
        "outages:shift_log",
        "network:interlocks",
        "account_list",
        "outages:handover_list",
        "outages:replay_list",
        "outages:storm",
        "outages:summary",
        "network:studies",
        "network:areas",
        "integration:model_list",
        "role_list",
        "setting_list",
    }  # lists of their own making
    assert len(made) == len(LISTS.keys() - others), sorted(str(one.relative_to(TEMPLATES)) for one in made)


def test_the_file_has_the_rows_of_the_page_and_no_other(outage):
    anna = Person("OPR")
    (line,) = table(anna, reverse("outages:outage_list"), "show=open&q=F1")
    found = Outage.objects.get()
    assert (line["outage"], line["device"], line["customers_out"], line["area"]) == (
        str(found.pk),
        "F1",
        "9",
        "story-s",
    )
    assert line["started_at"] == found.started_at.isoformat()
    assert table(anna, reverse("outages:outage_list"), "show=completed") == []


@pytest.mark.parametrize("view", ["outages:storm", "outages:summary"])
def test_the_course_of_customers_out_is_a_file_of_its_own(outage, view):
    answer = Person("MGR").get(f"{reverse(view)}?as=csv&of=course")
    hours = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(hours) in {12, 24}
    assert hours[-1]["customers_out"] == "9"


def test_a_text_that_looks_like_a_formula_stays_text(outage):
    Outage.objects.update(device_name="=cmd|' /C calc'!A0")
    (line,) = table(Person("OPR"), reverse("outages:outage_list"), "show=all")
    assert line["device"] == "'=cmd|' /C calc'!A0"


def test_who_may_not_see_the_list_gets_no_file(outage):
    before = AuditEntry.objects.filter(result="refused").count()
    answer = Person("MGR").get(f"{reverse('outages:call_list')}?as=csv")
    assert answer.status_code == 403
    assert AuditEntry.objects.filter(result="refused").count() == before + 1
