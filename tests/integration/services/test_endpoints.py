"""B09: nobody can have us call this machine or what only its host may see (case 15 of the negative tests)."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from adms.core import actors
from integration.models import OutboxMessage, Partner
from integration.services import delivery, endpoints, partners
from tests.integration.services.cast import AT, make_partner


@pytest.fixture
def production(settings: Any) -> None:
    settings.PRODUCTION, settings.DEMO = True, False


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:6379/",
        "http://localhost/",
        "http://ivr.localhost/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "file:///etc/passwd",
        "gopher://10.0.0.1/",
        "http:///cim",
        "http://user:secret@10.0.0.1/",
        "http://10.0.0.1:99999/",
    ],
)
def test_such_an_endpoint_is_refused(production: None, url: str) -> None:
    with pytest.raises(endpoints.EndpointRefused):
        endpoints.check(url)


@pytest.mark.parametrize("url", ["", "https://10.1.2.3/cim", "https://mdm.example.org:8443/in", "http://[fd00::7]/cim"])
def test_a_partner_in_the_utilitys_network_is_not(production: None, url: str) -> None:
    endpoints.check(url)


def test_loopback_is_for_the_demo_and_developers(settings: Any) -> None:
    for settings.PRODUCTION, settings.DEMO in ((True, True), (False, False)):
        endpoints.check("http://127.0.0.1:8099/cim")


def test_no_partner_is_made_with_such_an_endpoint(transactional_db: None) -> None:
    new = partners.NewPartner(name="MDM", source="MDM", endpoint_url="http://169.254.169.254/")
    with pytest.raises(endpoints.EndpointRefused):
        partners.create_partner(actor=actors.system("test"), partner=new, at=AT)
    assert not Partner.objects.exists()


def test_a_name_that_leads_there_is_not_called(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name was harmless when it was registered; now it means an address of the host."""
    asked: list[str] = []

    def resolve(host: str, *_: object, **__: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 0))]

    partner = make_partner("MDM", [], endpoint_url="http://mdm.example.org/cim")
    row = OutboxMessage.objects.create(
        partner=partner,
        cause="c",
        object_key="o",
        verb="created",
        noun="Tests",
        body=b"<a/>",
        next_attempt_at=AT,
        created_at=AT,
    )
    monkeypatch.setattr(endpoints.socket, "getaddrinfo", resolve)
    assert delivery.deliver_to(partner_id=partner.pk, clock=lambda: AT) == 0
    row.refresh_from_db()
    partner.refresh_from_db()
    assert (row.state, row.attempts, partner.failures) == ("pending", 0, 1)
    assert partner.latest_error == "endpoint: 169.254.169.254 is no address of a partner"
    assert set(asked) == {"mdm.example.org"}
