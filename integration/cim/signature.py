"""XML signatures of messages: over the whole of it, in the Header, by a certificate known beforehand.

What a message says is read from what the signature covers, never from the bytes around it; so nothing can be wrapped around a good
signature. Certificates are pinned: no authority vouches for one, and none that a message brings along is looked at.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from integration.cim import forms, xml
from integration.cim.errors import Case, MessageRefused

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_METHODS = frozenset({SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA512, SignatureMethod.ECDSA_SHA256})
_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA512})
_EXPECTED = SignatureConfiguration(expect_references=1, signature_methods=_METHODS, digest_algorithms=_DIGESTS)


#: While a certificate is renewed the old and the new one are pinned.
MOST_PINNED = 2


class CertificateRefused(ValueError):
    """What was given is no certificate, or too many."""


def read_certificate(pem: str) -> x509.Certificate:
    """The certificate in a PEM text.

    Raises:
        CertificateRefused: there is none.
    """
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise CertificateRefused("no X.509 certificate in PEM") from None


def pinned(pem: str) -> list[x509.Certificate]:
    """The certificates in a PEM text, one or, while it is renewed, two.

    Raises:
        CertificateRefused: there is none, or more.
    """
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise CertificateRefused("no X.509 certificate in PEM") from None
    if len(found) > MOST_PINNED:
        raise CertificateRefused(f"{len(found)} certificates; {MOST_PINNED} at most, the old and the new one")
    return found


def fingerprint(pem: str) -> str:
    """SHA-256 of each pinned certificate, by which people compare two; the PEM text holds one or two."""
    return ", ".join(map(_fingerprint, pinned(pem)))


def _fingerprint(one: x509.Certificate) -> str:
    return one.fingerprint(hashes.SHA256()).hex(":")


def describe(pem: str) -> list[str]:
    """Of each pinned certificate: whose it is, until when it is good, and how its fingerprint begins."""
    return [
        f"{one.subject.rfc4514_string()}, {one.not_valid_after_utc:%Y-%m-%d}, {_fingerprint(one)[:23]} …"
        for one in pinned(pem)
    ]


def is_signed(data: bytes) -> bool:
    """Whether a well-formed message carries a signature anywhere."""
    return next(xml.parse_message(data).iter(f"{_DS}Signature"), None) is not None


def verified(data: bytes, *, certificate: str, at: dt.datetime) -> bytes:
    """What the signature of a message covers: the message without it.

    Raises:
        MessageRefused: 7.3 where there is no signature, 7.4 where it is not over the whole message, not by a certificate that is
            pinned, or that is not valid at this time.
    """
    root = xml.parse_message(data)
    _check_place(root)
    known = pinned(certificate)
    good = [one for one in known if one.not_valid_before_utc <= at <= one.not_valid_after_utc]
    if not good:
        latest = max(one.not_valid_after_utc for one in known)
        raise MessageRefused(Case.WRONGLY_SIGNED, f"the certificate is valid until {latest:%Y-%m-%d}")
    for one in good:
        if (covered := _covered(xml.parse_message(data), one, at)) is not None:
            break
    else:
        raise MessageRefused(
            Case.WRONGLY_SIGNED, "the signature is not that of the known certificate over this message"
        )
    if covered.tag != root.tag:
        raise MessageRefused(Case.WRONGLY_SIGNED, "the signature does not cover the whole message")
    return etree.tostring(covered)


def _covered(root: etree._Element, certificate: x509.Certificate, at: dt.datetime) -> etree._Element | None:
    """What a signature by this certificate covers of a message; None where it is not by it."""
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    try:
        expected = dataclasses.replace(_EXPECTED, verification_time=at)
        found = XMLVerifier().verify(root, x509_cert=pem, expect_config=expected)
    except (SignXMLException, ValueError, etree.LxmlError):
        return None
    return (found[0] if isinstance(found, list) else found).signed_xml


def _check_place(root: etree._Element) -> None:
    """One signature, in the Header, with one reference, to the whole document."""
    signatures = list(root.iter(f"{_DS}Signature"))
    if not signatures:
        raise MessageRefused(Case.NOT_SIGNED, "messages of this partner must carry an XML signature in their Header")
    if len(signatures) > 1 or signatures[0].getparent() is not forms.take_apart(root).header:
        raise MessageRefused(Case.WRONGLY_SIGNED, "the signature must stand once, in the Header")
    references = [one.get("URI") for one in signatures[0].iter(f"{_DS}Reference")]
    if references != [""]:
        raise MessageRefused(
            Case.WRONGLY_SIGNED, "the signature must cover the whole message: one Reference, its URI empty"
        )


def signed(data: bytes, *, key: str, certificate: str) -> bytes:
    """A message with our signature in its Header; the same bytes for the same message where the key is RSA."""
    root = xml.parse_message(data)
    header = forms.take_apart(root).header
    if header is None:
        raise ValueError("a message without a header has no place for a signature")
    etree.SubElement(header, f"{_DS}Signature", {"Id": "placeholder"}, nsmap={"ds": _DS.strip("{}")})
    signer = XMLSigner(method=SignatureConstructionMethod.enveloped, signature_algorithm="rsa-sha256")
    return etree.tostring(signer.sign(root, key=key, cert=certificate), xml_declaration=True, encoding="UTF-8")
