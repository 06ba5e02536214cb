"""Other systems and people at the REST door: real accounts, real tokens, Django's client, a network with two control areas."""

import datetime as dt
import itertools
import json
from typing import Any

from django.test import Client

from adms.core import actors, clock
from adms.core.services import accounts
from integration.services import models as door
from network.domain.draft import ModelDraft
from network.selectors import state
from tests.builders.network import NetworkBuilder

SYSTEM = actors.system("test")
NORTH, SOUTH = "twin-north", "twin-south"
_numbers = itertools.count()


class Api:
    """Somebody at the door, with a token of their own."""

    def __init__(self, role: str = "", area: str | None = None, *, name: str = "") -> None:
        self.name = name or f"{role.lower() or 'nobody'}-{next(_numbers)}"
        grants = [(role, area)] if role else []
        at = clock.now()
        self.user = accounts.create_user(
            actor=SYSTEM, username=self.name, password=None, full_name=self.name, grants=grants, at=at
        )
        self.token = accounts.issue_token(actor=SYSTEM, user=self.user, name="test", at=at)
        self.client = Client(headers={"Authorization": f"Bearer {self.token}"})

    def get(self, address: str, **query: Any) -> Any:
        """GET under /api/v1/."""
        return self.client.get(_at(address), query)

    def post(self, address: str, body: Any = None) -> Any:
        """POST JSON under /api/v1/."""
        return self.client.post(_at(address), json.dumps(body or {}), content_type="application/json")

    def patch(self, address: str, body: Any) -> Any:
        """PATCH JSON under /api/v1/."""
        return self.client.patch(_at(address), json.dumps(body), content_type="application/json")

    def delete(self, address: str) -> Any:
        """DELETE under /api/v1/."""
        return self.client.delete(_at(address))


def _at(address: str) -> str:
    return address if address.startswith("/") else f"/api/v1/{address}"


def error(response: Any, status: int) -> dict[str, Any]:
    """The error of an answer that must have this status."""
    assert response.status_code == status, response.content
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "data", "request_id"}
    assert body["error"]["request_id"] == response["X-Request-ID"]
    return dict(body["error"])


def twin() -> ModelDraft:
    """Two substations with a normally open tie; CBN, SWN and CBS are telemetered.

    North --CBN-- LN --+-- FN -- TN1 (5)
                       +-- SWN -- LN2 --+-- TN2 (4)
                                        +-- TIE/open --+
    South --CBS-- LS --+-- TS1 (3, hospital) ----------+
    """
    draft = (
        NetworkBuilder("twin")
        .in_container("North", "Substation").source("N").in_container("Feeder N", parent="North")
        .breaker("CBN").line("LN").mark("tee")
        .fuse("FN").transformer("TN1").customers(5)
        .back_to("tee").switch("SWN").telemetered().line("LN2").mark("end").transformer("TN2").customers(4)
        .in_container("South", "Substation").source("S").in_container("Feeder S", parent="South")
        .breaker("CBS").line("LS").mark("south").transformer("TS1").customers(3, critical="hospital")
        .back_to("end").switch("TIE", closed=False).to("south")
        .draft()
    )  # fmt: skip
    for number, point in enumerate(draft.usage_points.values(), start=1):
        point.customer_name, point.account_number = f"Person {number:02}", f"A{number:04}"
        point.phone, point.address = f"+49 5550 {number:02}", f"{number} Long Street"
        point.meter_number = f"M{number:04}"
    return draft


def publish(draft: ModelDraft | None = None, at: dt.datetime | None = None) -> door.Published:
    """Make it the operated network."""
    state.forget()
    return door.publish_draft(actor=SYSTEM, draft=draft or twin(), source="test", at=at or clock.now())
