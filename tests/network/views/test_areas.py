"""The administrator's page of control areas."""

import pytest

from adms.core.models import AuditEntry, ControlArea
from adms.core.services import areas
from tests import cast
from tests.people import Person, text, toast

pytestmark = pytest.mark.django_db


@pytest.fixture
def jo(db) -> Person:
    cast.publish()
    areas.ensure(key="empty", name="Empty")
    return Person("ADM", name="jo")


def test_areas_say_what_lies_in_them(jo):
    page = text(jo.get("/accounts/areas/"))
    area = ControlArea.objects.get(name="story S")
    devices = area.equipment_set.filter(version__state="published")
    row = page[page.index(f"<b>{area.name}</b>") :]
    row = row[: row.index("</tr>")]
    assert f'<td class="number">{devices.count()}</td>' in row
    assert f'<td class="number">{devices.filter(is_switch=True).count()}</td>' in row
    assert "nobody" in row


def test_an_area_is_renamed_and_publishing_again_leaves_the_name(jo):
    key = ControlArea.objects.get(name="story S").key
    assert jo.post(f"/accounts/areas/{key}/", name="  Upper   valley ").status_code == 204
    cast.publish()
    assert ControlArea.objects.get(key=key).name == "Upper valley"
    assert AuditEntry.objects.get(action="rename_area").after == {"name": "Upper valley"}
    assert "another area is called so" in toast(jo.post(f"/accounts/areas/{key}/", name="empty"), 422)["text"].lower()
    assert "has a name" in toast(jo.post(f"/accounts/areas/{key}/", name=" "), 422)["text"]


def test_only_administrators_rename(jo):
    assert Person("AUD").get("/accounts/areas/").status_code == 200
    assert "disabled" in text(Person("AUD").get("/accounts/areas/"))
    assert Person("AUD").post("/accounts/areas/empty/", name="X").status_code == 403
    assert Person("ENG").get("/accounts/areas/").status_code == 403
    assert ControlArea.objects.get(key="empty").name == "Empty"
