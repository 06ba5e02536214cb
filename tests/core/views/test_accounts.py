"""Signing in and out."""

import pytest
from django.test import Client

from tests.people import PASSWORD, Person, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def cheap_hashes(settings):
    """Hashing a password takes long on purpose; here forty of them are checked."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def sign_in(name: str, password: str = PASSWORD, **more: str):
    return Client().post("/login/", {"username": name, "password": password, **more})


def test_the_login_page_asks_for_name_and_password():
    page = text(Client().get("/login/"))
    assert 'name="username"' in page
    assert 'autocomplete="current-password"' in page
    assert "Demonstration logins" not in page


def test_the_right_password_leads_to_where_one_wanted_to_go():
    anna = Person("OPR", password=PASSWORD)
    assert sign_in(anna.name, next="/outages/")["Location"] == "/outages/"


def test_no_other_site_is_led_to():
    anna = Person("OPR", password=PASSWORD)
    assert sign_in(anna.name, next="https://elsewhere.example/")["Location"] == "/"


def test_a_wrong_password_and_an_unknown_name_are_told_alike():
    anna = Person("OPR", password=PASSWORD)
    told = [text(sign_in(name, "wrong")) for name in (anna.name, "nobody-at-all")]
    assert all("Name and password do not match" in page for page in told)


def test_a_name_is_locked_after_five_failures_even_for_the_right_password():
    anna = Person("OPR", password=PASSWORD)
    for _ in range(5):
        answer = sign_in(anna.name, "wrong")
    assert answer.status_code == 429
    assert "it is locked for 15 minutes" in text(sign_in(anna.name), 429)


def test_an_address_that_fails_under_many_names_has_to_wait():
    anna = Person("OPR", password=PASSWORD)
    for number in range(30):
        sign_in(f"guess-{number}", "wrong")
    assert "Too many attempts from this place" in text(sign_in(anna.name), 429)


def test_logging_out_ends_the_session_and_needs_a_post():
    anna = Person("OPR", password=PASSWORD)
    assert anna.get("/logout/").status_code == 405
    assert anna.submit("/logout/")["Location"] == "/login/"
    assert "_auth_user_id" not in anna.client.session


def test_the_theme_is_kept_with_the_account():
    anna = Person("OPR", password=PASSWORD)
    assert anna.post("/theme/", theme="night").status_code == 204
    anna.user.refresh_from_db()
    assert anna.user.theme == "night"
    assert anna.post("/theme/", theme="pink").status_code == 422


def test_an_action_without_csrf_token_is_refused():
    anna = Person("OPR", password=PASSWORD)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(anna.user)
    assert strict.post("/theme/", {"theme": "night"}).status_code == 403
