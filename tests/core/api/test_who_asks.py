"""Tokens, sessions and roles: who gets in, and how far."""

import datetime as dt

import pytest
from django.test import Client

from adms.core import clock
from adms.core.models import ApiToken
from adms.core.services import accounts
from tests.rest import SYSTEM, Api, error, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network():
    publish()


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


@pytest.mark.parametrize(
    ("role", "address", "status"),
    [
        ("AUD", "feeders", 200),
        ("AUD", "devices/CBN", 200),
        ("AUD", "operations", 200),
        ("AUD", "outages", 200),
        ("AUD", "crews", 200),
        ("AUD", "interruptions", 200),
        ("AUD", "indices", 200),
        ("AUD", "calls", 403),
        ("AUD", "customers/search?q=Person", 403),
        ("ADM", "feeders", 403),
        ("ADM", "interruptions", 403),
        ("CRW", "feeders", 403),
        ("CRW", "crews", 200),
        ("DSP", "calls", 200),
        ("DSP", "interruptions", 403),
        ("MGR", "indices", 200),
        ("ENG", "calls", 403),
        ("INT", "outages", 200),
        ("", "feeders", 403),
    ],
)
def test_roles_read_what_the_matrix_lets_them(role, address, status):
    assert Api(role).get(address).status_code == status


@pytest.mark.parametrize(
    ("method", "address", "body"),
    [
        ("post", "operations", {"device": "FN", "action": "open", "seen_number": 0}),
        ("post", "devices/FN/tags", {"kind": "note", "text": "x"}),
        ("post", "calls", {"trouble_codes": ["NO_POWER"]}),
        ("post", "/cim/v1/models", {}),
    ],
)
def test_an_auditor_changes_nothing(method, address, body):
    auditor = Api("AUD")
    if address.startswith("/cim"):
        answer = auditor.client.post(address, b"<x/>", content_type="application/xml")
    else:
        answer = getattr(auditor, method)(address, body)
    assert error(answer, 403)["code"] == "no_access_authority"


def test_a_browser_reads_with_its_session_and_writes_with_its_csrf_token():
    user = accounts.create_user(
        actor=SYSTEM,
        username="anna",
        password="a-long-secret",
        full_name="Anna",
        grants=[("OPR", None)],
        at=clock.now(),
    )
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
