"""XML signatures of messages: over the whole of it, in the Header, by a certificate known beforehand.

What a message says is read from what the signature covers, never from the bytes around it; so nothing can be wrapped around a good
signature. Certificates are pinned: no authority vouches for one, and none that a message brings along is looked at.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives import hashes
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


class CertificateRefused(ValueError):
    """What was given is no certificate."""


def read_certificate(pem: str) -> x509.Certificate:
    """The certificate in a PEM text.

    Raises:
        CertificateRefused: there is none.
    """
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise CertificateRefused("no X.509 certificate in PEM") from None


def fingerprint(pem: str) -> str:
    """SHA-256 of a certificate, by which people compare two; the PEM text is a certificate."""
    return read_certificate(pem).fingerprint(hashes.SHA256()).hex(":")


def describe(pem: str) -> str:
    """Whose certificate it is, until when it is good, and how its fingerprint begins."""
    found = read_certificate(pem)
    return f"{found.subject.rfc4514_string()}, {found.not_valid_after_utc:%Y-%m-%d}, {fingerprint(pem)[:23]} …"


def is_signed(data: bytes) -> bool:
    """Whether a well-formed message carries a signature anywhere."""
    return next(xml.parse_message(data).iter(f"{_DS}Signature"), None) is not None


def verified(data: bytes, *, certificate: str, at: dt.datetime) -> bytes:
    """What the signature of a message covers: the message without it.

    Raises:
        MessageRefused: 7.3 where there is no signature, 7.4 where it is not over the whole message, not by this certificate, or
            the certificate is not valid at this time.
    """
    root = xml.parse_message(data)
    _check_place(root)
    known = read_certificate(certificate)
    if not known.not_valid_before_utc <= at <= known.not_valid_after_utc:
        raise MessageRefused(
            Case.WRONGLY_SIGNED, f"the certificate is valid until {known.not_valid_after_utc:%Y-%m-%d}"
        )
    try:
        expected = dataclasses.replace(_EXPECTED, verification_time=at)
        found = XMLVerifier().verify(root, x509_cert=certificate, expect_config=expected)
    except (SignXMLException, ValueError, etree.LxmlError):
        raise MessageRefused(
            Case.WRONGLY_SIGNED, "the signature is not that of the known certificate over this message"
        ) from None
    one = found[0] if isinstance(found, list) else found
    if one.signed_xml is None or one.signed_xml.tag != root.tag:
        raise MessageRefused(Case.WRONGLY_SIGNED, "the signature does not cover the whole message")
    return etree.tostring(one.signed_xml)


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
