"""Every answer of a small story has exactly the shape the schema promises."""

import datetime as dt
import json

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator

from adms.core import clock
from outages.models import Outage
from outages.services import prediction
from tests.cast import deliver, gasp, meters_at
from tests.rest import NORTH, SYSTEM, Api, publish
from workforce.services import crews

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    file = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command("spectacular", "--format", "openapi-json", "--file", str(file))
    return json.loads(file.read_text())


@pytest.fixture
def asker() -> Api:
    """A senior operator, amid a story: an outage with a call and a crew, an operation, a tag, a job."""
    publish()
    at = clock.now() - dt.timedelta(minutes=2)
    gasp(meters_at("TN1"), at)
    deliver(at + dt.timedelta(seconds=60))
    prediction.run(model="twin", at=at + dt.timedelta(seconds=60))
    crews.create_crew(
        actor=SYSTEM, key="t1", name="Crew 1", kind="trouble", area=NORTH, members=[], vehicle="van", at=at
    )
    senior = Api("SOP")
    senior.post("crews/t1/shift", {"shift": "on"})
    senior.post("assignments", {"crew": "t1", "subject": f"outage:{Outage.objects.get().pk}"})
    senior.post("calls", {"account_number": "A0001"})
    senior.post("devices/TIE/tags", {"kind": "note", "text": "look twice"})
    senior.post("operations", {"device": "SWN", "action": "open", "seen_number": 0})
    return senior


def strict(schema: dict, part: object) -> object:
    """The schema with nothing allowed that it does not name."""
    if isinstance(part, list):
        return [strict(schema, one) for one in part]
    if not isinstance(part, dict):
        return part
    told = {key: strict(schema, one) for key, one in part.items()}
    if "properties" in told and "additionalProperties" not in told:
        told["additionalProperties"] = False
    return told


def test_every_answer_has_the_shape_the_schema_promises(schema, asker):
    outage = Outage.objects.get().pk
    job = asker.client.post("/cim/v1/models", b"<x/>", content_type="application/xml").json()["id"]
    customer = asker.get("customers/search", q="A0001").json()["results"][0]["usage_point"]
    operation = asker.get("operations").json()["results"][0]["id"]
    addresses = {
        "/feeders": "feeders",
        "/devices": "devices",
        "/devices/{mrid}": "devices/SWN",
        "/devices/{mrid}/trace": "devices/SWN/trace?direction=down",
        "/operations": "operations",
        "/operations/{operation_id}": f"operations/{operation}",
        "/models": "models",
        "/models/{model}/versions/{number}": "models/twin/versions/1",
        "/customers/search": "customers/search?q=Person",
        "/customers/{usage_point}": f"customers/{customer}",
        "/crews": "crews",
        "/assignments": "assignments",
        "/calls": "calls",
        "/outages": "outages",
        "/outages/{outage_id}": f"outages/{outage}",
        "/interruptions": "interruptions",
        "/indices": "indices?by=feeder",
        "/jobs/{job_id}": f"jobs/{job}",
    }
    components = {"components": strict(schema, schema["components"])}
    for path, address in addresses.items():
        answer = asker.get(address)
        assert answer.status_code == 200, (address, answer.content)
        promised = schema["paths"][f"/api/v1{path}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        validator = Draft202012Validator(components | dict(strict(schema, promised)))
        problems = [f"{'/'.join(map(str, one.path))}: {one.message}" for one in validator.iter_errors(answer.json())]
        assert problems == [], address


def test_every_list_of_the_story_has_something_in_it(asker):
    for address in (
        "feeders",
        "devices",
        "operations",
        "models",
        "crews",
        "assignments",
        "calls",
        "outages",
        "interruptions",
    ):
        assert asker.get(address).json()["count"] > 0, address
