"""B02, B09: signed messages, in and out; what is not covered by a signature of the known certificate has no effect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import signxml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import transaction
from lxml import etree

from adms.core import actors
from adms.core.errors import Invalid
from integration.cim import signature
from integration.models import InboxMessage, OutboxMessage, Partner, Quarantine
from integration.services import delivery, outbox, partners
from metering.models import MeterEvent
from tests.faults.listener import Listener
from tests.integration.cim.messages import compose
from tests.integration.services.cast import AT, MillLane, make_partner, post

DS = "{http://www.w3.org/2000/09/xmldsig#}"
NS = "{http://iec.ch/TC57/2011/schema/message}"


def pair(name: str, days: int = 30) -> tuple[str, str]:
    """A key and its certificate of its own making, in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    made = (
        made.serial_number(1).not_valid_before(AT - dt.timedelta(days=9)).not_valid_after(AT + dt.timedelta(days=days))
    )
    certificate = made.sign(key, hashes.SHA256())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form).decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


OWN, OTHER = pair("HES"), pair("somebody")


@pytest.fixture
def hes(mill_lane: MillLane) -> Partner:
    return make_partner("HES", ["created EndDeviceEvents"], certificate=OWN[1], must_sign=True)


def signed(data: bytes = b"", keys: tuple[str, str] = OWN) -> bytes:
    return signature.signed(data or compose.gasps(), key=keys[0], certificate=keys[1])


def codes(answer: Any) -> list[str]:
    return [one.text or "" for one in etree.fromstring(answer.body).iter(f"{NS}code")]


def refused(hes: Partner, data: bytes) -> list[str]:
    answer = post(hes, data)
    assert answer.status in {400, 403}
    assert (InboxMessage.objects.count(), MeterEvent.objects.count()) == (0, 0)
    assert Quarantine.objects.count() == 1
    return codes(answer)


def test_a_signed_message_has_its_effect_once(hes: Partner) -> None:
    answers = [post(hes, signed()) for _ in range(2)]
    assert [(answer.status, codes(answer)) for answer in answers] == [(200, ["0.0"])] * 2
    assert (InboxMessage.objects.count(), MeterEvent.objects.count()) == (1, 1)


def test_a_signed_message_in_soap_has_its_effect(hes: Partner) -> None:
    space = "http://schemas.xmlsoap.org/soap/envelope/"
    data = f'<e:Envelope xmlns:e="{space}"><e:Body>{compose.gasps().decode()}</e:Body></e:Envelope>'.encode()
    assert codes(post(hes, signed(data))) == ["0.0"]


def test_an_unsigned_message_is_refused_where_it_must_be_signed(hes: Partner) -> None:
    assert refused(hes, compose.gasps()) == ["7.3"]


def test_who_may_sign_may_leave_it_but_not_do_it_wrongly(hes: Partner) -> None:
    hes.must_sign = False
    assert codes(post(hes, compose.gasps())) == ["0.0"]
    InboxMessage.objects.all().delete()
    MeterEvent.objects.all().delete()
    assert refused(hes, signed(keys=OTHER)) == ["7.4"]


def test_the_old_and_the_new_certificate_are_good_until_the_old_one_is_taken_away(hes: Partner) -> None:
    new = pair("HES, renewed")
    Partner.objects.update(certificate=OWN[1] + new[1])
    hes.refresh_from_db()
    for number, keys in enumerate((OWN, new)):
        data = compose.gasps(head=compose.header(message_id=f"m-{number}"))
        assert codes(post(hes, signed(data, keys))) == ["0.0"]
    Partner.objects.update(certificate=new[1])
    hes.refresh_from_db()
    data = compose.gasps(head=compose.header(message_id="m-2"))
    assert codes(post(hes, signed(data, OWN))) == ["7.4"]
    assert codes(post(hes, signed(data, new))) == ["0.0"]


def test_of_two_certificates_the_one_that_is_over_signs_nothing(hes: Partner) -> None:
    old = pair("HES, last year", days=-1)
    Partner.objects.update(certificate=old[1] + OWN[1])
    hes.refresh_from_db()
    assert refused(hes, signed(keys=old)) == ["7.4"]
    assert codes(post(hes, signed())) == ["0.0"]


def test_three_certificates_are_not_pinned() -> None:
    assert len(signature.pinned(OWN[1] + OTHER[1])) == 2
    with pytest.raises(signature.CertificateRefused, match="3 certificates; 2 at most"):
        signature.pinned(OWN[1] * 3)


def test_another_key_even_with_its_own_certificate_inside_is_refused(hes: Partner) -> None:
    assert refused(hes, signed(keys=OTHER)) == ["7.4"]


@pytest.mark.parametrize(("old", "new"), [(b">created<", b">deleted<"), (b"MTR-1", b"MTR-2"), (b">m-1<", b">m-2<")])
def test_what_was_changed_after_signing_is_refused(hes: Partner, old: bytes, new: bytes) -> None:
    assert old in signed()
    assert refused(hes, signed().replace(old, new)) == ["7.4"]


def test_a_signature_over_the_payload_alone_is_refused(hes: Partner) -> None:
    """Case 9 of the negative tests: the verb is not covered by it."""
    data = compose.gasps().replace(b"<EndDeviceEvents ", b'<EndDeviceEvents Id="part" ')
    root = etree.fromstring(data)
    etree.SubElement(root[0], f"{DS}Signature", {"Id": "placeholder"})
    signer = signxml.XMLSigner(method=signxml.SignatureConstructionMethod.enveloped)
    partly = etree.tostring(signer.sign(root, key=OWN[0], cert=OWN[1], reference_uri="part"))
    assert refused(hes, partly.replace(b">created<", b">execute<")) == ["7.4"]


def test_a_good_message_wrapped_in_another_one_is_refused(hes: Partner) -> None:
    """Signature wrapping: the signed message is carried along, another one stands where it is read."""
    good = etree.fromstring(signed())
    outer = etree.fromstring(compose.gasps(head=compose.header(message_id="m-9")))
    etree.SubElement(outer[0], "{urn:attacker}kept").append(good)
    assert refused(hes, etree.tostring(outer)) == ["7.4"]


def test_a_signature_that_was_moved_into_another_message_is_refused(hes: Partner) -> None:
    mark = next(etree.fromstring(signed()).iter(f"{DS}Signature"))
    outer = etree.fromstring(compose.gasps(head=compose.header(message_id="m-9")))
    outer[0].append(mark)
    assert refused(hes, etree.tostring(outer)) == ["7.4"]


def test_two_signatures_are_refused(hes: Partner) -> None:
    root = etree.fromstring(signed())
    mark = next(root.iter(f"{DS}Signature"))
    root[0].append(etree.fromstring(etree.tostring(mark)))
    assert refused(hes, etree.tostring(root)) == ["7.4"]


def test_a_shared_secret_is_no_signature(hes: Partner) -> None:
    """The certificate is public: whoever has it could make such a code with it."""
    root = etree.fromstring(compose.gasps())
    etree.SubElement(root[0], f"{DS}Signature", {"Id": "placeholder"})
    signer = signxml.XMLSigner(method=signxml.SignatureConstructionMethod.enveloped, signature_algorithm="hmac-sha256")
    assert refused(hes, etree.tostring(signer.sign(root, key=OWN[1].encode()))) == ["7.4"]


def test_a_comment_put_into_a_signed_value_changes_nothing(hes: Partner) -> None:
    """Case 8 of the negative tests: comments are not signed, so a value is read whole as if there were none."""
    assert codes(post(hes, signed().replace(b"MTR-1", b"MT<!-- -->R-1"))) == ["0.0"]
    assert MeterEvent.objects.get().meter.number == "MTR-1"


def test_a_certificate_that_ran_out_is_refused(hes: Partner) -> None:
    hes.certificate = pair("HES", days=0)[1]
    answer = post(hes, signed(), at=AT + dt.timedelta(days=2))
    assert codes(answer) == ["7.4"]
    assert b"the certificate is valid until" in answer.body


def test_a_partner_that_must_sign_needs_a_certificate_that_is_one(transactional_db: None) -> None:
    for given in ("", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----"):
        new = partners.NewPartner(name="MDM", source="MDM", certificate=given, must_sign=True)
        with pytest.raises(Invalid, match="certificate"):
            partners.create_partner(actor=actors.system("test"), partner=new, at=AT)
    assert not Partner.objects.exists()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener(refuse=0)
    yield made
    made.close()


@pytest.fixture
def key_file(tmp_path: Path, settings: Any) -> Path:
    file = tmp_path / "signing.pem"
    file.write_text("".join(OTHER))
    settings.SIGNING_KEY = str(file)
    return file


def send_one(partner: Partner) -> OutboxMessage:
    with transaction.atomic():
        outbox.enqueue(verb="created", noun="Tests", payload="<t/>", object_key="t", cause="c-1", at=AT)
    delivery.deliver_to(partner_id=partner.pk, clock=lambda: AT)
    return OutboxMessage.objects.get()


def test_what_we_send_is_signed_for_who_wants_it(hes: Partner, key_file: Path, listener: Listener) -> None:
    Partner.objects.filter(pk=hes.pk).update(endpoint_url=listener.url, is_signed_to=True, subscriptions=["Tests"])
    row = send_one(hes)
    assert row.state == "sent"
    (body,) = listener.bodies[str(row.message_id)]
    covered = signature.verified(body, certificate=OTHER[1], at=AT)
    assert etree.fromstring(covered).findtext(f".//{NS}Noun") == "Tests"


def test_without_a_key_nothing_is_sent_unsigned(hes: Partner, settings: Any, listener: Listener) -> None:
    settings.SIGNING_KEY = ""
    Partner.objects.filter(pk=hes.pk).update(endpoint_url=listener.url, is_signed_to=True, subscriptions=["Tests"])
    row = send_one(hes)
    assert (row.state, row.latest_error) == ("pending", "not sent: SIGNING_KEY names no file")
    assert listener.bodies == {}
