"""From a read envelope to the items of its payload: shape, schema, size, then the noun's own parser."""

from __future__ import annotations

import datetime as dt
from typing import Any

from integration.cim import namespaces, registry, schemas
from integration.cim.envelope import Envelope
from integration.cim.errors import Case, MessageRefused
from integration.cim.nouns.items import Parsed


def parse(envelope: Envelope, row: registry.Row, *, received_at: dt.datetime) -> Parsed[Any]:
    """The items that can be taken, and an error for each that cannot.

    Raises:
        MessageRefused: where the payload as a whole cannot be taken.
    """
    payload = envelope.payload
    asks_plainly = (
        row.verb == "get" and row.schema == row.noun
    )  # there is no profile of the question: it has no payload
    if envelope.payload_format.upper() not in {"", "XML"}:
        raise MessageRefused(
            Case.PAYLOAD_INVALID, f"Format {envelope.payload_format}: messages carry XML; models go to /cim/v1/models"
        )
    if (payload is None or asks_plainly) and row.reads_envelope and row.parse is not None:
        return row.parse(payload, envelope=envelope, received_at=received_at)
    if payload is None:
        raise MessageRefused(Case.PAYLOAD_MISSING, f"Payload holds no {row.schema}")
    namespace, local = namespaces.split(payload)
    if local != row.schema or namespace != namespaces.PROFILES[row.schema]:
        wanted = f"{{{namespaces.PROFILES[row.schema]}}}{row.schema}"
        raise MessageRefused(Case.PAYLOAD_INVALID, f"Payload holds {{{namespace}}}{local}, not {wanted}")
    schemas.validate_payload(payload, row.schema)
    if len(payload) > row.max_items:
        raise MessageRefused(Case.TOO_MANY_ITEMS, f"{len(payload)} items; {row.max_items} are taken in one message")
    if row.parse is None:
        raise MessageRefused(Case.UNKNOWN_VERB, f"{row.name} is only sent")
    if row.reads_envelope:
        return row.parse(payload, envelope=envelope, received_at=received_at)
    parsed = row.parse(payload, received_at=received_at)
    if not (parsed.items or parsed.errors):
        raise MessageRefused(Case.PAYLOAD_MISSING, f"{row.schema} holds nothing")
    return parsed
