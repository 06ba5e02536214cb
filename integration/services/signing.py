"""Signatures of a partner's messages, in and out, as its account asks for them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.conf import settings

from integration.cim import dialects, envelope, signature
from integration.cim.envelope import Envelope
from integration.models import Partner


class NoSigningKey(RuntimeError):
    """We are to sign and have nothing to sign with."""


def is_looked_at(partner: Partner) -> bool:
    """Whether signatures of this partner's messages mean anything."""
    return bool(partner.certificate)


def read(*, partner: Partner, data: bytes, at: dt.datetime) -> Envelope:
    """A message as far as its partner answers for it: where it is signed, what the signature covers and nothing else.

    Raises:
        MessageRefused: it cannot be read, is not signed though it must be, or wrongly signed.
    """
    dialect = dialects.of(partner.dialect)
    found = envelope.read(data, dialect)
    if is_looked_at(partner) and (partner.must_sign or signature.is_signed(data)):
        return envelope.read(signature.verified(data, certificate=partner.certificate, at=at), dialect)
    return found


def signed(data: bytes) -> bytes:
    """A message of ours, signed with the key and certificate of the file SIGNING_KEY.

    Raises:
        NoSigningKey: the file is not named or cannot be read.
    """
    try:
        pem = Path(settings.SIGNING_KEY or "").read_text(encoding="ascii") if settings.SIGNING_KEY else ""
        if not pem:
            raise NoSigningKey("SIGNING_KEY names no file")
        return signature.signed(data, key=pem, certificate=pem[pem.index("-----BEGIN CERTIFICATE") :])
    except (OSError, ValueError) as error:
        raise NoSigningKey(f"SIGNING_KEY: {error}") from None
