"""Pages of the administrator, by those who may and those who may not."""

import re

import pytest

from adms.core import runtime_settings
from adms.core.models import AuditEntry, RoleGrant, Setting, User
from adms.core.services import areas, leases
from tests.people import Person, text, toast

pytestmark = pytest.mark.django_db
PAGES = ("/accounts/", "/accounts/roles/", "/settings/", "/accounts/of/ben/")


@pytest.fixture
def jo(db) -> Person:
    areas.ensure(key="north", name="North")
    Person("OPR", name="ben")
    return Person("ADM", name="jo")


def test_an_administrator_makes_an_account_gives_it_a_role_and_it_signs_in(jo):
    answer = jo.submit("/accounts/new/", username="bert", first_name="Bert", last_name="Novak", email="", person="")
    password = re.search(r'class="big mono">([a-z0-9-]+)<', text(answer))[1]
    assert jo.post("/accounts/of/bert/roles/", role="OPR", area="north").status_code == 204
    bert = User.objects.get(username="bert")
    assert bert.check_password(password)
    assert list(RoleGrant.objects.filter(user=bert).values_list("role", "area__key")) == [("OPR", "north")]
    assert password not in text(jo.get("/accounts/of/bert/"))
    assert "Operator" in text(jo.get("/accounts/?q=nov"))


def test_a_refused_account_keeps_what_was_typed(jo):
    body = text(jo.submit("/accounts/new/", username="ben", first_name="Bert", last_name="Novak"), 422)
    assert 'value="Bert"' in body


def test_an_account_is_deactivated_after_a_question_and_a_reason(jo):
    assert "Nobody signs in" in text(jo.fetch("/accounts/of/ben/do/deactivate/", target="dialog"))
    jo.post("/accounts/of/ben/do/deactivate/", reason="has left")
    assert not User.objects.get(username="ben").is_active
    assert "ben" in text(jo.get("/accounts/?show=inactive"))


def test_a_new_password_is_shown_once_in_the_dialog(jo):
    body = text(jo.post("/accounts/of/ben/do/password/"))
    password = re.search(r'class="big mono">([a-z0-9-]+)<', body)[1]
    assert User.objects.get(username="ben").check_password(password)


def test_ones_own_page_offers_no_right_and_posting_anyway_gives_none(jo):
    assert "another administrator changes its rights" in text(jo.get("/accounts/of/jo/"))
    assert "another administrator" in toast(jo.post("/accounts/of/jo/roles/", role="SOP", area=""), 403)["text"]
    assert list(RoleGrant.objects.filter(user__username="jo").values_list("role", flat=True)) == ["ADM"]


@pytest.mark.parametrize("address", PAGES)
def test_pages_open_for_administrators_and_auditors_and_nobody_else(jo, address):
    assert jo.get(address).status_code == 200
    assert Person("AUD").get(address).status_code == 200
    for role in ("OPR", "SOP", "DSP", "CRW", "ENG", "MGR", "INT", ""):
        assert Person(role).get(address).status_code == 403, role


def test_an_auditor_changes_nothing(jo):
    auditor = Person("AUD", name="nadia")
    for address, fields in (
        ("/accounts/of/ben/roles/", {"role": "SOP"}),
        ("/accounts/of/ben/do/deactivate/", {"reason": "because"}),
        ("/accounts/of/ben/", {"first_name": "X", "last_name": "Y"}),
        (f"/settings/{leases.LEASE}/", {"value": "60", "reason": "because"}),
    ):
        assert auditor.post(address, **fields).status_code == 403, address
    assert AuditEntry.objects.filter(actor="nadia", result="refused").count() == 4


def test_a_setting_is_changed_in_general_and_for_an_area_and_put_back(jo):
    address = f"/settings/{leases.LEASE}/"
    assert jo.post(address, value="3600", reason="short shifts").status_code == 204
    assert jo.post(address, value="60", area="north", reason="a test").status_code == 204
    assert (runtime_settings.get(leases.LEASE), runtime_settings.get(leases.LEASE, "north")) == (3600, 60)
    assert "3 600 s" in text(jo.get("/settings/?q=area_lease"))
    jo.post(address, value="", back="1", reason="as it was")
    assert runtime_settings.get(leases.LEASE) == 43_200
    assert [one.reason for one in AuditEntry.objects.filter(action="change_settings").order_by("pk")] == [
        "short shifts", "a test", "as it was",
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["-1", "1.5", "true", '"x"', "NaN", "1e999", "[]", "soon", ""])
def test_what_is_no_value_of_a_setting_is_refused(jo, value):
    assert jo.post(f"/settings/{leases.LEASE}/", value=value, reason="because").status_code == 422
    assert not Setting.objects.filter(key=leases.LEASE).exists()


def test_a_setting_without_a_reason_or_that_nobody_declared_is_refused(jo):
    assert jo.post(f"/settings/{leases.LEASE}/", value="60").status_code == 422
    assert jo.post("/settings/no.such/", value="60", reason="because").status_code == 404


def test_somebody_changes_their_own_password_and_stays_signed_in(db):
    ben = Person("OPR", name="ben", password="correct-horse-battery")
    new = "another-long-one-9"
    body = text(ben.submit("/password/", old="correct-horse-battery", new=new, again="different-one-9"), 422)
    assert "typed in two ways" in body
    assert "It is changed" in text(ben.submit("/password/", old="correct-horse-battery", new=new, again=new))
    assert ben.get("/password/").status_code == 200


def test_the_frame_asks_an_administrator_for_nothing_they_may_not_see(jo):
    body = text(jo.get("/accounts/"))
    for address in ("/alarms/bar/", "/outages/kpis/", "/outages/", "/dispatch/", "/calls/"):
        assert f'"{address}"' not in body, address
    assert '"/alarms/bar/"' in text(Person("OPR").get("/shift/"))
