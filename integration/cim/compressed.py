"""`Payload/Compressed`: gzip, then base64; unpacked by a reader that knows when to stop."""

from __future__ import annotations

import base64
import binascii
import zlib

from integration.cim.errors import Case, MessageRefused

MAX_BYTES = 20_000_000
_GZIP = 31  # zlib's window bits for a gzip header


def unpack(text: str) -> bytes:
    """The bytes in a Compressed element.

    Raises:
        MessageRefused: where it is not one whole gzip member in base64, or expands too far.
    """
    try:
        packed = base64.b64decode("".join(text.split()), validate=True)
        unpacker = zlib.decompressobj(_GZIP)
        data = unpacker.decompress(packed, MAX_BYTES)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise MessageRefused(Case.UNREADABLE, f"Compressed is not gzip in base64: {error}") from None
    if unpacker.unconsumed_tail:
        raise MessageRefused(Case.TOO_MUCH, f"Compressed holds more than {MAX_BYTES} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise MessageRefused(Case.UNREADABLE, "Compressed is not one whole gzip member")
    return data
