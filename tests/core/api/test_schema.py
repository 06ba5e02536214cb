"""The description of the API: complete, valid, and shown without the internet."""

import json

import pytest
from django.core.management import call_command
from django.test import Client

PATHS = {
    "/api/v1/feeders",
    "/api/v1/devices",
    "/api/v1/devices/{mrid}",
    "/api/v1/devices/{mrid}/trace",
    "/api/v1/operations",
    "/api/v1/operations/{operation_id}/execute",
    "/api/v1/calls",
    "/api/v1/outages",
    "/api/v1/outages/{outage_id}",
    "/api/v1/crews",
    "/api/v1/assignments",
    "/api/v1/interruptions",
    "/api/v1/indices",
    "/api/v1/customers/search",
    "/api/v1/models",
    "/api/v1/jobs/{job_id}",
    "/cim/v1/models",
}


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    file = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(file))
    return json.loads(file.read_text())


def test_the_schema_is_valid_and_builds_without_a_warning(schema):
    assert schema["paths"].keys() >= PATHS


def test_every_operation_names_what_it_refuses_with(schema):
    operations = [one for path in schema["paths"].values() for one in path.values()]
    assert all(one["responses"].keys() >= {"400", "401", "403", "404", "409", "422"} for one in operations)


def test_a_token_and_a_session_are_the_ways_in(schema):
    assert schema["components"]["securitySchemes"].keys() == {"token", "session"}
    assert all({"token": []} in one["security"] for path in schema["paths"].values() for one in path.values())


def test_the_documentation_loads_only_our_own_files():
    page = Client().get("/api/docs/").content.decode()
    assert "http://" not in page
    assert "https://" not in page
    assert "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js" in page
    assert Client().get("/api/schema/").status_code == 200
