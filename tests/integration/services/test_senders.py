"""Who sends, by token or by the certificate of its TLS connection (B09)."""

from __future__ import annotations

import datetime as dt
import urllib.parse

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from adms.core import actors
from adms.core.errors import Invalid, NotFound
from adms.core.models import ApiToken, AuditEntry, RoleGrant, User
from adms.core.services import accounts
from adms.core.services.authority import NotAuthorised
from integration.models import Partner
from integration.selectors import senders
from integration.services import partners
from tests.cast import person
from tests.integration.cim.messages import compose
from tests.integration.services.cast import AT, MillLane, make_partner
from tests.integration.services.test_signatures import pair

HEADER = "x-client-certificate"


@pytest.fixture
def token(hes: Partner) -> str:
    return accounts.issue_token(actor=actors.system("test"), user=hes.user, name="t", at=AT)


def by(token: str, at: dt.datetime = AT) -> str:
    found = senders.sender_of(f"Bearer {token}", at=at)
    return found.partner.source if found else ""


def test_a_token_is_its_partners_by_one_statement_and_rights_are_those_of_the_moment(hes: Partner, token: str) -> None:
    assert by(token) == "HES"
    with CaptureQueriesContext(connection) as queries:
        found = senders.sender_of(f"Bearer {token}", at=AT)
    assert len(queries) == 1
    assert found is not None
    assert found.actor.may("post_cim")
    RoleGrant.objects.filter(user=hes.user).delete()
    bare = senders.sender_of(f"Bearer {token}", at=AT)
    assert bare is not None
    assert not bare.actor.may("post_cim")


def test_what_is_changed_of_a_partner_is_seen_at_once(hes: Partner, token: str) -> None:
    assert by(token) == "HES"
    Partner.objects.filter(pk=hes.pk).update(source="HES-2")
    assert by(token) == "HES-2"
    User.objects.filter(pk=hes.user_id).update(username="other")
    found = senders.sender_of(f"Bearer {token}", at=AT)
    assert found is not None
    assert found.actor.name == "other"


@pytest.mark.parametrize("off", ["token", "expired", "account", "partner"])
def test_what_is_switched_off_is_nobodys_at_once(hes: Partner, token: str, off: str) -> None:
    assert by(token) == "HES"
    if off == "account":
        User.objects.filter(pk=hes.user_id).update(is_active=False)
    elif off == "partner":
        Partner.objects.filter(pk=hes.pk).update(is_active=False)
    else:
        ApiToken.objects.update(**({"is_active": False} if off == "token" else {"expires_at": AT}))
    assert by(token) == ""


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Basic aGVzOmhlcw==", "tl_x", "Bearer tl_wrong"])
def test_anything_else_is_nobodys(hes: Partner, token: str, given: str) -> None:
    assert senders.sender_of(given, at=AT) is None


def test_a_pinned_certificate_is_its_partners_as_long_as_it_is_valid(hes: Partner) -> None:
    _key, pem = pair("HES")
    _other, strange = pair("HES")
    Partner.objects.filter(pk=hes.pk).update(certificate=pem)
    now = AT
    found = senders.sender_of("", urllib.parse.quote(pem), at=now)
    assert found is not None
    assert (found.partner.source, found.actor.may("post_cim")) == ("HES", True)
    assert senders.sender_of("", urllib.parse.quote(strange), at=now) is None
    assert senders.sender_of("", urllib.parse.quote(pem), at=now + dt.timedelta(days=40_000)) is None
    assert senders.sender_of("", "%%nonsense", at=now) is None
    assert senders.sender_of("Bearer tl_wrong", urllib.parse.quote(pem), at=now) is None


def test_while_a_certificate_is_renewed_both_are_the_partners(hes: Partner) -> None:
    (_, old), (_, new) = pair("HES"), pair("HES")
    Partner.objects.filter(pk=hes.pk).update(certificate=old + new)
    assert all(senders.sender_of("", urllib.parse.quote(pem), at=AT) for pem in (old, new))
    Partner.objects.filter(pk=hes.pk).update(certificate=new)
    assert senders.sender_of("", urllib.parse.quote(old), at=AT) is None


@pytest.mark.parametrize("overlap_h", [0, 24])
def test_a_renewed_token_is_good_at_once_and_the_one_before_until_the_overlap_is_over(
    hes: Partner, token: str, overlap_h: int
) -> None:
    _, new = partners.renew_token(actor=actors.system("test"), partner_id=hes.pk, overlap_h=overlap_h, at=AT)
    over = AT + dt.timedelta(hours=overlap_h)
    assert by(new) == by(new, over) == "HES"
    assert by(token, over - dt.timedelta(seconds=1)) == "HES"
    assert by(token, over) == ""
    assert (accounts.user_of_token(new, at=over), accounts.user_of_token(token, at=over)) == (hes.user, None)
    entry = AuditEntry.objects.get(action="renew_token")
    assert (entry.object, entry.after) == ("HES", {"overlap_h": overlap_h})


def test_a_second_renewal_lets_no_token_live_longer(hes: Partner, token: str) -> None:
    for overlap_h in (1, 24):
        partners.renew_token(actor=actors.system("test"), partner_id=hes.pk, overlap_h=overlap_h, at=AT)
    assert by(token, AT + dt.timedelta(hours=1)) == ""


def test_a_token_is_renewed_for_at_most_a_month_and_by_administrators(hes: Partner, token: str) -> None:
    with pytest.raises(Invalid, match="overlap_h: 0 to 744"):
        partners.renew_token(actor=actors.system("test"), partner_id=hes.pk, overlap_h=745, at=AT)
    with pytest.raises(NotAuthorised):
        partners.renew_token(actor=person("mei", "ENG"), partner_id=hes.pk, overlap_h=0, at=AT)
    with pytest.raises(NotFound):
        partners.renew_token(actor=actors.system("test"), partner_id=0, overlap_h=0, at=AT)
    assert by(token, AT + dt.timedelta(days=400)) == "HES"


def test_two_partners_with_one_certificate_are_neither(hes: Partner) -> None:
    _key, pem = pair("HES")
    Partner.objects.filter(pk=hes.pk).update(certificate=pem)
    make_partner("CIS", [], certificate=pem)
    assert senders.sender_of("", urllib.parse.quote(pem), at=AT) is None


def test_the_header_counts_only_where_the_proxy_is_said_to_set_it(hes: Partner, mill_lane: MillLane) -> None:
    _key, pem = pair("HES", days=10_000)
    Partner.objects.filter(pk=hes.pk).update(certificate=pem)
    body = compose.gasps(compose.GASP, compose.header(message_id="c-1"))

    def status() -> int:
        head = {HEADER: urllib.parse.quote(pem)}
        return Client().post("/cim/v1/messages", body, content_type="application/xml", headers=head).status_code

    assert status() == 401
    with override_settings(CLIENT_CERTIFICATE_HEADER=HEADER):
        assert status() == 200
