"""What cannot be read, or should not be: refused in the one shape, never with a fault (reliability-security section 7, rows 20 to 25)."""

import json

import pytest
from django.test import Client

from tests.rest import Api, error

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    return Api("OPR")


def send(asker: Api, body: bytes, content_type: str = "application/json"):
    return asker.client.post("/api/v1/operations", body, content_type=content_type)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"{",
        b"NaN",
        b'{"device": NaN}',
        b'{"device": 1e999}',
        b'{"device": "\\ud800"}',
        b"\xff\xfe{\x00}\x00",
        b"<operation/>",
    ],
)
def test_what_is_not_json_is_refused(operator, body):
    refused = error(send(operator, body), 400)
    assert refused["code"] == "malformed"
    assert "Traceback" not in json.dumps(refused)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"1", b'"text"', b"[{}]"])
def test_json_that_is_no_object_is_refused(operator, body):
    assert error(send(operator, body), 422)["code"] == "invalid"


def test_another_content_type_is_refused(operator):
    assert error(send(operator, b"a=b", "application/x-www-form-urlencoded"), 415)["code"] == "wrong_content_type"


@pytest.mark.parametrize(
    "address", ["devices?name=%00", "devices/a%00b", "feeders?name=x%00", "customers/search?q=%00%00"]
)
def test_nul_is_refused(operator, address):
    assert error(operator.get(address), 400)["code"] == "bad_request"


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("devices?page=0", "page"),
        ("devices?page=-1", "page"),
        ("devices?page=99999999999999999999", "page"),
        ("devices?page_size=many", "page_size"),
        ("devices?is_switch=perhaps", "is_switch"),
        ("devices?nmae=CBN", "nmae"),
        ("outages?state=sleeping", "state"),
        ("indices?from=yesterday", "from"),
        ("indices?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "to"),
        ("indices?border_minutes=NaN", "border_minutes"),
        ("indices?border_minutes=inf", "border_minutes"),
        ("indices?border_minutes=1e400", "border_minutes"),
        ("indices?border_minutes=-5", "border_minutes"),
        ("interruptions?outage=99999999999999999999999", "outage"),
        ("interruptions?from=0000-01-01T00:00:00Z", "from"),
    ],
)
def test_a_wrong_query_is_named_by_its_field(operator, address, field):
    assert error(operator.get(address), 422)["data"]["field"] == field


@pytest.mark.parametrize(
    "address",
    [
        "outages/99999999999999999999999",
        "tags/1",
        "assignments/99999999999999999999",
        "jobs/x",
        "nothing",
        "",
        "outages/-1",
    ],
)
def test_there_is_nothing_at_other_addresses(operator, address):
    asked = operator.delete if address.startswith("tags") else operator.get
    assert error(asked(address), 404)["code"] == "not_found"


def test_dates_at_the_edge_of_time_are_refused(operator):
    for moment in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"):
        assert error(operator.get("interruptions", **{"from": moment}), 422)["data"]["field"] == "from"
        assert error(operator.get("indices", to=moment), 422)["data"]["field"] == "to"
        assert error(operator.get("devices/CBN/trace", direction="up", at=moment), 422)["data"]["field"] == "at"
    assert operator.get("indices", to="1900-01-02T00:00:00Z").status_code == 200


def test_a_method_that_is_not_there_is_refused(operator):
    assert error(operator.client.put("/api/v1/feeders"), 405)["code"] == "method_not_allowed"
    assert error(operator.client.options("/api/v1/feeders"), 405)["code"] == "method_not_allowed"


def test_a_form_of_answer_that_is_not_served_is_refused_with_those_that_are(operator):
    for asked in (
        operator.get("feeders", format="xml"),
        operator.client.get("/api/v1/feeders", headers={"Accept": "text/xml"}),
    ):
        told = error(asked, 406)
        assert (told["code"], told["message"]) == ("not_acceptable", "this is served as application/json only")
    assert operator.get("feeders", format="json").status_code == 200


def test_a_needless_slash_is_taken_away_without_losing_the_method(operator):
    answer = operator.client.post("/api/v1/operations/?a=b", b"{}", content_type="application/json")
    assert (answer.status_code, answer["Location"]) == (308, "/api/v1/operations?a=b")


@pytest.mark.parametrize("address", ["/api/v1/operations/", "/cim/v1/messages/"])
def test_a_program_that_adds_a_slash_is_told_the_way_though_it_has_no_token_of_a_form(address):
    asker = Client(enforce_csrf_checks=True)
    answer = asker.post(address, b"{}", content_type="application/json")
    assert (answer.status_code, answer["Location"]) == (308, address.rstrip("/"))


@pytest.mark.parametrize("address", ["/api/v1/nothing", "/cim/v1/nothing"])
def test_posting_where_there_is_nothing_is_answered_in_the_words_of_the_api(address):
    asker = Client(enforce_csrf_checks=True)
    assert error(asker.post(address, b"{}", content_type="application/json"), 404)["code"] == "not_found"


def test_nobody_keeps_what_the_api_answers(operator):
    for answer in (operator.get("feeders"), operator.get("outages", page="x"), Client().get("/api/v1/feeders")):
        assert answer["Cache-Control"] == "private, no-store"


def test_nobody_learns_from_an_unknown_address_whether_it_exists():
    assert error(Client().get("/api/v1/nothing"), 404)["code"] == "not_found"


def test_a_fault_of_ours_is_told_by_its_incident_and_nothing_more(operator, monkeypatch, caplog):
    def fail(**_):
        raise RuntimeError("the secret reason")

    monkeypatch.setattr("network.selectors.feeders.feeders", fail)
    refused = error(operator.get("feeders"), 500)
    assert refused["code"] == "fault"
    assert "secret" not in json.dumps(refused)
    assert refused["data"]["incident"] in caplog.text


def test_a_request_is_numbered_by_its_sender_or_by_us(operator):
    answer = operator.client.get("/api/v1/feeders", headers={"X-Request-ID": "order-17"})
    assert answer["X-Request-ID"] == "order-17"
    answer = operator.client.get("/api/v1/feeders", headers={"X-Request-ID": "two\twords <b>"})
    assert len(answer["X-Request-ID"]) == 32
