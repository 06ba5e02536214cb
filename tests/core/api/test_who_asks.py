"""Tokens, sessions and roles: who gets in, and how far."""

import datetime as dt

import pytest
from django.test import Client

from adms.core import clock, permissions
from adms.core.models import ApiToken
from adms.core.services import accounts
from tests.rest import SYSTEM, Api, error, publish

pytestmark = pytest.mark.django_db


def test_without_a_token_nobody_gets_in_and_is_told_how():
    answer = Client().get("/api/v1/feeders")
    assert error(answer, 401)["code"] == "not_authenticated"
    assert answer["WWW-Authenticate"] == 'Bearer realm="tieline"'


@pytest.mark.parametrize("secret", ["", "tl_wrong", "tl_" + "x" * 5000, "tl_\u00e4"])
def test_a_wrong_token_is_refused(secret):
    answer = Client(headers={"Authorization": f"Bearer {secret}".encode().decode("latin-1")}).get("/api/v1/feeders")
    assert error(answer, 401)["code"] == "authentication_failed"


def test_a_token_that_was_switched_off_is_refused_at_once():
    asker = Api("OPR")
    assert asker.get("feeders").status_code == 200
    ApiToken.objects.filter(user=asker.user).update(is_active=False)
    assert error(asker.get("feeders"), 401)["code"] == "authentication_failed"


def test_an_expired_token_is_refused():
    asker = Api("OPR")
    ApiToken.objects.filter(user=asker.user).update(expires_at=clock.now() - dt.timedelta(seconds=1))
    error(asker.get("feeders"), 401)


def test_the_token_of_a_disabled_account_is_refused():
    asker = Api("OPR")
    asker.user.is_active = False
    asker.user.save()
    error(asker.get("feeders"), 401)


def test_a_right_that_was_taken_away_is_gone_at_once():
    asker = Api("OPR")
    asker.user.grants.all().delete()
    assert error(asker.get("feeders"), 403)["code"] == "no_access_authority"


#: Who may read what: by address, the roles that are answered; all others are refused.
READERS = {
    "feeders": {"OPR", "SOP", "DSP", "ENG", "MGR", "AUD", "INT"},
    "devices/CBN": {"OPR", "SOP", "DSP", "ENG", "MGR", "AUD", "INT"},
    "devices/CBN/trace?direction=up": {"OPR", "SOP", "DSP", "ENG", "MGR", "AUD", "INT"},
    "operations": {"OPR", "SOP", "DSP", "ENG", "MGR", "AUD", "INT"},
    "models": {"OPR", "SOP", "DSP", "ENG", "MGR", "AUD", "INT"},
    "outages": {"OPR", "SOP", "DSP", "ENG", "MGR", "AUD", "INT"},
    "crews": {"OPR", "SOP", "DSP", "ENG", "MGR", "AUD", "INT", "CRW"},
    "assignments": {"OPR", "SOP", "DSP", "ENG", "MGR", "AUD", "INT", "CRW"},
    "interruptions": {"OPR", "SOP", "DSP", "ENG", "MGR", "AUD", "INT"},
    "indices": {"OPR", "SOP", "DSP", "ENG", "MGR", "AUD", "INT"},
    "calls": {"OPR", "SOP", "DSP", "INT"},
    "customers/search?q=Person": {"OPR", "SOP", "DSP", "INT"},
}


def test_each_role_reads_what_the_matrix_lets_it_and_nothing_else():
    publish()
    for role in [*permissions.ROLES, ""]:
        asker = Api(role)
        for address, readers in READERS.items():
            status = asker.get(address).status_code
            assert status == (200 if role in readers else 403), (role, address)


def test_an_auditor_changes_nothing():
    publish()
    auditor = Api("AUD")
    answers = [
        auditor.post("operations", {"device": "FN", "action": "open", "seen_number": 0}),
        auditor.post("devices/FN/tags", {"kind": "note", "text": "x"}),
        auditor.post("calls", {"trouble_codes": ["NO_POWER"]}),
        auditor.client.post("/cim/v1/models", b"<x/>", content_type="application/xml"),
    ]
    assert {error(answer, 403)["code"] for answer in answers} == {"no_access_authority"}


def test_a_browser_reads_with_its_session_and_writes_with_its_csrf_token():
    user = accounts.create_user(
        actor=SYSTEM,
        username="anna",
        password="a-long-secret",
        full_name="Anna",
        grants=[("OPR", None)],
        at=clock.now(),
    )
    publish()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    assert browser.get("/api/v1/feeders").status_code == 200
    body = {"device": "FN", "action": "open", "seen_number": 0}
    refused = browser.post("/api/v1/operations", body, content_type="application/json")
    assert error(refused, 403)["code"] == "csrf_failed"
    browser.cookies["csrftoken"] = "a" * 32
    allowed = browser.post(
        "/api/v1/operations", body, content_type="application/json", headers={"X-CSRFToken": "a" * 32}
    )
    assert allowed.status_code == 201
