"""Codes of an authenticator app: TOTP (RFC 6238) over HMAC-SHA-1 (RFC 4226), six digits, a new one every 30 s."""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import quote, urlencode

STEP_S = 30
DIGITS = 6
SECRET_BYTES = 20  # as long as the digest (RFC 4226, 4)
#: Clocks differ and typing takes a while: one step before and one after count as well (RFC 6238, 5.2).
TOLERANCE = 1


def new_secret() -> bytes:
    """160 random bits."""
    return secrets.token_bytes(SECRET_BYTES)


def code(secret: bytes, step: int) -> str:
    """The code of a step (seconds since the epoch over 30).

    >>> code(b"12345678901234567890", 59 // 30)  # the last six of the eight digits of RFC 6238, appendix B
    '287082'
    """
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(typed: str, secret: bytes, *, now: float, after: int) -> int | None:
    """The step a typed code belongs to, about `now` (s since the epoch) and later than `after`; None if it is wrong or was used."""
    present = int(now) // STEP_S
    for step in range(max(present - TOLERANCE, after + 1), present + TOLERANCE + 1):
        if hmac.compare_digest(code(secret, step).encode(), typed.encode()):
            return step
    return None


def spelled(secret: bytes) -> str:
    """The secret as apps take it when it is typed: base 32, in groups of four."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def uri(secret: bytes, account: str) -> str:
    """The same as an address an app on this very machine opens."""
    words = {"secret": base64.b32encode(secret).decode().rstrip("="), "issuer": "Tieline"}
    return f"otpauth://totp/{quote(f'Tieline:{account}')}?{urlencode(words)}"
