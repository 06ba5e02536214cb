"""What the product tells the simulated world, over REST, on a real database."""

from __future__ import annotations

import pytest
from django.test import Client

from adms.core import actors
from adms.core.services import accounts
from integration.services import partners
from integration.services.partners import NewPartner
from integration.simulators import chart as charts
from metering.models import Customer
from network.services import positions
from network.services.positions import PositionReport
from tests import cast

pytestmark = pytest.mark.django_db
WORLD, POSITIONS = "/api/v1/simulation/world", "/api/v1/simulation/positions"


@pytest.fixture
def hes() -> dict[str, str]:
    """The headers of an external system."""
    partner = NewPartner("Head-end", "HES-SIM", ("created EndDeviceEvents",))
    _, token = partners.create_partner(actor=actors.system("test"), partner=partner, at=cast.NOON)
    return {"Authorization": f"Bearer {token}"}


def test_the_world_that_is_told_is_the_network_that_was_published(hes: dict[str, str], client: Client) -> None:
    cast.publish()
    answer = client.get(WORLD, headers=hes)
    assert answer.status_code == 200
    world = charts.read(answer.json()).world
    assert len(world.meters) == 20
    assert world.is_lit.all()
    branch = {one.name: one for one in world.branches}
    assert branch["CB1"].is_protective
    assert branch["CB1"].is_telemetered
    assert branch["CB1"].point_mrid
    assert (branch["F1"].cim_class, branch["F1"].is_telemetered, branch["F1"].point_mrid) == ("Fuse", False, "")
    assert len(world.dark_without(world.branch_at[branch["F1"].mrid])) == 9
    assert len(world.dark_without(world.branch_at[branch["CB1"].mrid])) == 20
    assert not world.closed[world.branch_at[branch["TIE"].mrid]]


def test_the_world_stands_as_the_picture_does_now(hes: dict[str, str], client: Client) -> None:
    model = cast.publish().key
    report = PositionReport(model, "F2", cast.NOON, is_closed=False)
    positions.record_positions(actor=cast.GATEWAY, source="crew", reports=[report], at=cast.NOON)
    cast.gasp(cast.meters_at("T3"), cast.NOON)
    document = client.get(WORLD, {"model": model}, headers=hes).json()
    world = charts.read(document).world
    assert not world.closed[world.branch_at["F2"]]
    assert (~world.is_lit).sum() == 9
    assert len(document["dark"]) == 6
    closed = client.get(POSITIONS, headers=hes).json()["closed"]
    assert closed["F2"] is False
    assert closed["F1"] is True
    assert "L1" not in closed


def test_nobodys_name_number_or_address_is_told(hes: dict[str, str], client: Client) -> None:
    cast.publish()
    text = client.get(WORLD, headers=hes).content.decode()
    for customer in Customer.objects.all():
        assert customer.name not in text
        assert customer.account_number not in text


def test_only_external_systems_are_told(client: Client) -> None:
    cast.publish()
    assert client.get(WORLD).status_code == 401
    user = accounts.create_user(
        actor=actors.system("test"), username="m", password=None, full_name="M", grants=[("MGR", None)], at=cast.NOON
    )
    token = accounts.issue_token(actor=actors.system("test"), user=user, name="t", at=cast.NOON)
    assert client.get(WORLD, headers={"Authorization": f"Bearer {token}"}).status_code == 403


def test_without_a_network_there_is_nothing_to_tell(hes: dict[str, str], client: Client) -> None:
    answer = client.get(WORLD, headers=hes)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
