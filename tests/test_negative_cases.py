"""Negative cases that belong to no single part; docs/negative_tests.md says which test proves each of the twenty-five."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings

from adms.core.models import AuditEntry
from outages.models import Outage
from tests.core.api import generated
from tests.core.api.test_answers_fit_the_schema import schema
from tests.people import Person
from tests.rest import NORTH, SOUTH, Api, publish

__all__ = ["schema"]
ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "negative_tests.md"
ROW = re.compile(r"^\| (\d+) \|.*\| ([^|]+) \|$", re.MULTILINE)
PROOF = re.compile(r"(tests/[\w/]+\.py)::(\w+)")


def rows() -> dict[int, list[tuple[str, str]]]:
    return {int(number): PROOF.findall(proof) for number, proof in ROW.findall(PAGE.read_text())}


def test_all_twenty_five_are_there_each_with_a_proof() -> None:
    assert list(rows()) == list(range(1, 26))
    assert [number for number, proofs in rows().items() if not proofs] == []


@pytest.mark.parametrize("number", range(1, 26))
def test_the_tests_that_prove_it_are_there(number: int) -> None:
    missing = [
        f"{path}::{name}" for path, name in rows()[number] if not re.search(rf"def {name}\(", (ROOT / path).read_text())
    ]
    assert missing == []


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["X-SSL-Client-S-DN", "X-Client-Cert", "X-Forwarded-Client-Cert", "Remote-User"])
def test_a_header_that_claims_a_certificate_is_nobody(header: str) -> None:
    """Case 14: the account is the token's; what a client says of certificates and users is not looked at."""
    claimed = Client(headers={header: "CN=admin,O=Utility"})
    assert claimed.post("/cim/v1/messages", b"<a/>", content_type="application/xml").status_code == 401
    assert claimed.get("/api/v1/outages").status_code == 401


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("origin", [b"http://evil.example", b"null", b"http://testserver.evil.example"])
def test_a_websocket_of_another_origin_is_refused_at_the_handshake(origin: bytes) -> None:
    publish()
    person = Person("OPR")
    assert async_to_sync(_handshake)(person.client, origin) == ["websocket.close"]
    assert async_to_sync(_handshake)(person.client, b"http://testserver") == ["websocket.accept"]


@pytest.mark.django_db(transaction=True)
def test_a_websocket_ends_within_seconds_of_its_session() -> None:
    """Case 21: closed with 4401 by the next look at the rights, every four seconds."""
    publish()
    person = Person("OPR")

    async def watch() -> dict[str, Any]:
        socket = await _connect(person.client, b"http://testserver")
        assert (await socket.receive_output(timeout=60))["type"] == "websocket.accept"
        await person.client.session.adelete()
        while (frame := await socket.receive_output(timeout=30))["type"] != "websocket.close":
            pass
        return dict(frame)

    assert async_to_sync(watch)()["code"] == 4401


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/ws/", "/ws/ui", "/nowhere/", "/"])
def test_a_websocket_of_an_address_that_is_none_is_refused_at_the_handshake(path: str) -> None:
    person = Person("OPR")
    assert async_to_sync(_handshake)(person.client, b"http://testserver", path) == ["websocket.close"]


async def _connect(client: Client, origin: bytes, path: str = "/ws/ui/") -> ApplicationCommunicator:
    from adms import asgi

    cookie = f"sessionid={client.cookies['sessionid'].value}".encode()
    scope = {
        "type": "websocket", "path": path, "query_string": b"model=twin", "subprotocols": [],
        "headers": [(b"host", b"testserver"), (b"origin", origin), (b"cookie", cookie)],
    }  # fmt: skip
    socket = ApplicationCommunicator(asgi.websockets, scope)
    await socket.send_input({"type": "websocket.connect"})
    return socket


async def _handshake(client: Client, origin: bytes, path: str = "/ws/ui/") -> list[str]:
    socket = await _connect(client, origin, path)
    told = [(await socket.receive_output(timeout=60))["type"]]
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait(timeout=60)
    return told


@pytest.mark.django_db
def test_nothing_of_another_area_is_changed_by_any_operation(schema: dict[str, Any]) -> None:
    """Case 20: an operator of the North, every write of the API, objects of the South; with generated bodies."""
    publish()
    from tests.cast import gasp, meters_at

    gasp(meters_at("TS1"), _now())
    _predict()
    south = Api("SOP", SOUTH)
    operation = south.post("operations", {"device": "CBS", "action": "open", "seen_number": 0}).json()
    known = {
        "mrid": ["CBS", "TS1"],
        "outage_id": [str(Outage.objects.get().pk)],
        "operation_id": [str(operation["id"])],
        "usage_point": [str(_usage_point())],
        "area": [SOUTH],
        "key": [SOUTH],
    }
    north, found = Api("OPR", NORTH), []
    north.client.raise_request_exception = False
    asked = [
        one
        for one in generated.operations(schema)
        if one.method != "get" and any(p["in"] == "path" and p["name"] in known for p in one.told.get("parameters", ()))
    ]
    assert len(asked) > 20
    before = AuditEntry.objects.filter(result="refused").count()
    for one in asked:
        found += _done_by(north, schema, one, known)
    assert found == []
    assert AuditEntry.objects.filter(result="refused").count() == before, "each try is taken back"


def _done_by(
    api: Api, schema: dict[str, Any], operation: generated.Operation, known: dict[str, list[str]]
) -> list[str]:
    """What an operation did, that should have been refused."""
    done: list[str] = []

    @settings(
        max_examples=5,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(generated.cases(schema, operation, known, only_known=True))
    def ask(case: generated.Case) -> None:
        with transaction.atomic():
            answer = api.client.generic(
                operation.method.upper(), case.url, case.body or b"{}", content_type="application/json"
            )
            transaction.set_rollback(True)
        if answer.status_code not in {400, 403, 404, 409, 422}:
            done.append(f"{operation.name} {case.url}: {answer.status_code}")

    ask()
    return done[:1]


def _now() -> Any:
    from adms.core import clock

    return clock.now()


def _predict() -> None:
    import datetime as dt

    from outages.services import prediction
    from tests.cast import deliver

    deliver(_now() + dt.timedelta(seconds=60))
    prediction.run(model="twin", at=_now() + dt.timedelta(seconds=60))


def _usage_point() -> int:
    from metering.models import UsagePoint

    return int(UsagePoint.objects.filter(area__key=SOUTH).order_by("pk").values_list("pk", flat=True)[0])
