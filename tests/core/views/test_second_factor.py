"""A first password is changed before anything else; a second factor is set up, asked for, used once, lost and removed."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from adms.core import clock, totp
from adms.core.models import SecondFactor, Setting, User
from adms.core.services import second_factor
from tests.people import PASSWORD, Person, text

pytestmark = pytest.mark.django_db
#: RFC 6238, appendix B: seconds since the epoch, and the eight digits of SHA-1, of which ours are the last six.
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.fixture(autouse=True)
def cheap_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.mark.parametrize(("at", "digits"), VECTORS)
def test_codes_are_those_of_the_standard(at, digits):
    assert totp.code(b"12345678901234567890", at // 30) == digits[-6:]


def test_a_code_counts_one_step_before_and_after_and_never_twice():
    secret, now = b"x" * 20, 1_000_000.0
    for off in (-1, 0, 1):
        step = int(now) // 30 + off
        assert totp.step_of(totp.code(secret, step), secret, now=now, after=0) == step
        assert totp.step_of(totp.code(secret, step), secret, now=now, after=step) is None
    assert totp.step_of(totp.code(secret, int(now) // 30 + 2), secret, now=now, after=0) is None


def sign_in(name, password=PASSWORD, client=None):
    client = client or Client()
    return client, client.post("/login/", {"username": name, "password": password, "next": "/outages/"})


def now_code(secret, off=0):
    return totp.code(secret, int(clock.now().timestamp()) // 30 + off)


@pytest.fixture
def sue():
    """A senior operator with a second factor, its secret and its recovery codes."""
    person = Person("SOP", name="sue", password=PASSWORD)
    assert person.get("/password/second-factor/").status_code == 200
    secret = second_factor.begin(user=person.user)
    page = text(person.submit("/password/second-factor/", code=now_code(secret, -1)))
    codes = re.findall(r"<li>([0-9a-f]{4}-[0-9a-f]{4})</li>", page)
    assert len(set(codes)) == 8
    return secret, codes


def test_signing_in_takes_password_and_code_and_a_code_only_once(sue):
    secret, _ = sue
    client, answer = sign_in("sue")
    assert answer["Location"] == "/login/code/"
    assert client.get("/outages/").status_code == 302  # the password alone opens nothing
    typed = now_code(secret)
    assert "not the code of now" in text(client.post("/login/code/", {"code": "12345"}), 422)
    assert client.post("/login/code/", {"code": typed})["Location"] == "/outages/"
    assert client.get("/outages/").status_code == 200
    other, _ = sign_in("sue")
    assert other.post("/login/code/", {"code": typed}).status_code == 422


def test_a_recovery_code_signs_in_once(sue):
    _, codes = sue
    client, _ = sign_in("sue")
    assert client.post("/login/code/", {"code": codes[3].upper()})["Location"] == "/outages/"
    again, _ = sign_in("sue")
    assert again.post("/login/code/", {"code": codes[3]}).status_code == 422
    assert len(SecondFactor.objects.get().recovery) == 7


def test_after_five_wrong_codes_even_the_right_one_waits(sue):
    secret, _ = sue
    client, _ = sign_in("sue")
    for _ in range(5):
        client.post("/login/code/", {"code": "000000"})
    assert "wait a quarter of an hour" in text(client.post("/login/code/", {"code": now_code(secret)}), 422)


def test_a_password_that_was_right_is_forgotten_after_five_minutes(sue, monkeypatch):
    secret, _ = sue
    client, _ = sign_in("sue")
    later = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert client.post("/login/code/", {"code": now_code(secret)})["Location"] == "/login/"


def test_the_secret_is_not_readable_in_the_database(sue):
    secret, _ = sue
    stored = SecondFactor.objects.get().secret
    assert totp.spelled(secret).replace(" ", "") not in stored
    assert secret.hex() not in stored


def test_an_administrator_removes_a_lost_one_and_the_person_by_a_code(sue):
    secret, _ = sue
    jo = Person("ADM", name="jo")
    assert "Remove second factor" in text(jo.get("/accounts/of/sue/"))
    assert jo.post("/accounts/of/sue/do/second-factor/").status_code == 204
    assert sign_in("sue")[1]["Location"] == "/outages/"
    assert "Remove a second factor" in text(jo.get("/accounts/of/sue/"))
    assert secret


def test_a_role_that_needs_one_sets_it_up_before_anything_else():
    Setting.objects.create(key=second_factor.REQUIRED, value="ADM, SOP", changed_by="jo", changed_at=clock.now())
    Person("SOP", name="sue", password=PASSWORD)
    Person("OPR", name="ben", password=PASSWORD)
    assert sign_in("ben")[0].get("/outages/").status_code == 200
    client, _ = sign_in("sue")
    assert client.get("/outages/")["Location"] == "/password/second-factor/"
    assert client.get("/api/v1/outages").status_code == 403
    assert "Set it up first" in text(client.get("/password/second-factor/"))
    secret = second_factor.begin(user=User.objects.get(username="sue"))
    assert client.post("/password/second-factor/", {"code": now_code(secret)}).status_code == 200
    assert client.get("/outages/").status_code == 200


def test_a_password_made_by_the_administrator_is_changed_before_anything_else():
    jo = Person("ADM", name="jo")
    page = text(jo.submit("/accounts/new/", username="bert", first_name="Bert", last_name="Novak"))
    first = re.search(r'class="big mono">([a-z0-9-]+)<', page)[1]
    jo.post("/accounts/of/bert/roles/", role="OPR", area="")
    client, _ = sign_in("bert", first)
    assert client.get("/outages/")["Location"] == "/password/"
    assert client.get("/outages/", headers={"HX-Request": "true"}).status_code == 204
    assert client.get("/api/v1/outages").json()["error"]["code"] == "own_password_first"
    assert "made by somebody else" in text(client.get("/password/"))
    same = {"old": first, "new": first, "again": first}
    assert "that is the present password" in text(client.post("/password/", same), 422).lower()
    new = "quite-another-one"
    client.post("/password/", {"old": first, "new": new, "again": new})
    assert client.get("/outages/").status_code == 200
