"""Every operation of the OpenAPI description, asked a few dozen ways it promises to take and ways it does not.

Never a fault, never a status that is not described, every refusal in the one shape, every answer in the shape that is promised.
GENERATED_REQUESTS=N asks each operation N ways (CI: 4, about a minute for both roles).
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator

from adms.core import clock
from outages.models import Outage
from tests.core.api import generated
from tests.core.api.generated import Case, Operation
from tests.core.api.test_answers_fit_the_schema import asker, schema
from tests.rest import NORTH, Api

__all__ = ["asker", "schema"]
pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("GENERATED_REQUESTS", "4"))
ROLES = ("SOP", "ADM")


def send(api: Api, operation: Operation, case: Case) -> Any:
    """Ask, and take back whatever came of it."""
    body = {} if case.body is None else {"data": case.body, "content_type": "application/json"}
    with transaction.atomic():
        answer = api.client.generic(operation.method.upper(), case.url, **body)
        transaction.set_rollback(True)
    if answer.streaming:  # read to its end, so that files behind it are closed
        b"".join(answer.streaming_content)
    return answer


def wrong_with(schema: dict[str, Any], operation: Operation, answer: Any) -> str:
    """What the answer breaks of what is promised; empty where nothing."""
    status = answer.status_code
    if answer.streaming:
        return "" if str(status) in operation.told["responses"] else f"{status} is not described"
    if status >= 500:
        return f"fault {status}: {answer.content[:300]!r}"
    if status in {405, 413, 415, 429}:  # of the way to every operation, not of one
        return ""
    promised = operation.told["responses"]
    if str(status) not in promised:
        return f"{status} is not described: {answer.content[:200]!r}"
    if status >= 400:
        told = answer.json()
        is_one = set(told) == {"error"} and set(told["error"]) == {"code", "message", "data", "request_id"}
        return "" if is_one else f"a refusal in another shape: {answer.content[:200]!r}"
    content = promised[str(status)].get("content", {}).get("application/json", {}).get("schema")
    if content is None or not answer.get("Content-Type", "").startswith("application/json"):
        return ""
    validator = Draft202012Validator({"components": schema["components"]} | content)
    return "; ".join(f"{'/'.join(map(str, one.path))}: {one.message}" for one in validator.iter_errors(answer.json()))[
        :300
    ]


@pytest.fixture
def known(asker: Api) -> dict[str, list[str]]:
    """Values that exist, so that more than the first check is reached."""
    job = asker.client.post("/cim/v1/models", b"<x/>", content_type="application/xml").json()["id"]
    return {
        "mrid": ["SWN", "CBN", "TN1"],
        "model": ["twin"],
        "number": ["1"],
        "area": [NORTH],
        "outage_id": [str(Outage.objects.get().pk)],
        "operation_id": [asker.get("operations").json()["results"][0]["id"]],
        "usage_point": [str(asker.get("customers/search", q="A0001").json()["results"][0]["usage_point"])],
        "job_id": [job],
        "key": ["t1", NORTH],
        "day": [str(clock.now().date())],
    }


@pytest.mark.parametrize("role", ROLES)
def test_no_generated_request_finds_a_fault(
    schema: dict[str, Any], known: dict[str, list[str]], asker: Api, role: str
) -> None:
    api = asker if role == "SOP" else Api(role)
    api.client.raise_request_exception = False
    found: dict[str, str] = {}
    for operation in generated.operations(schema):
        problem = first_problem(schema, operation, known, api)
        if problem:
            found[operation.name] = problem
    assert not found, "\n".join(f"{name}: {problem}" for name, problem in found.items())


def first_problem(schema: dict[str, Any], operation: Operation, known: dict[str, list[str]], api: Api) -> str:
    """Ask an operation until something is wrong, then say which request shows it."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],  # the first that is wrong tells enough; making it small takes minutes
        suppress_health_check=list(HealthCheck),
    )
    @given(generated.cases(schema, operation, known))
    def ask(case: Case) -> None:
        problem = wrong_with(schema, operation, send(api, operation, case))
        assert not problem, f"{case.url} {case.body!r}: {problem}"

    try:
        ask()
    except AssertionError as error:
        return str(error).partition("\n")[0][:600]
    return ""


def test_what_is_promised_to_be_taken_is_generated_and_what_is_not(schema: dict[str, Any]) -> None:
    described = {one.name for one in generated.operations(schema)}
    assert len(described) > 100
    assert {"POST /api/v1/calls", "GET /api/v1/outages", "POST /api/v1/meters/readings/requests"} <= described
