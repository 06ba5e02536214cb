"""PlannedOutageNotifications: what customers are to be told of a planned outage, each by his usage point; and who acknowledged.

A notification keeps its mRID from the first message on: changed and canceled say which one they mean. The answer to a message
says that it was taken; a later reply, under the CorrelationID of that message, names in Reply/ID the notifications whose (critical)
customers have said that they know.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cim import namespaces, writer
from integration.cim.errors import Case, MessageRefused, ObjectId
from integration.cim.nouns import items
from integration.cim.nouns.items import Identified, Name, Parsed

if TYPE_CHECKING:
    from lxml import etree

    from integration.cim.envelope import Envelope

NOUN = "PlannedOutageNotifications"
VERBS = frozenset({"created", "changed", "canceled"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What all customers of one message are told."""

    planned_mrid: str
    reason: str
    text: str
    begins_at: dt.datetime
    ends_at: dt.datetime
    made_at: dt.datetime
    order: str = ""


def build(facts: Facts, customers: Sequence[tuple[str, str]]) -> str:
    """The payload for these customers: mRID of the notification and name of the usage point."""
    return writer.element(
        NOUN, *(_notification(facts, mrid, point) for mrid, point in customers), xmlns=namespaces.PROFILES[NOUN]
    )


def _notification(facts: Facts, mrid: str, usage_point: str) -> str:
    period = writer.element("estimatedPeriod", writer.time("end", facts.ends_at), writer.time("start", facts.begins_at))
    plan = Identified("", (Name(facts.order, "SwitchingOrder"),)) if facts.order else Identified()
    point = Identified("", (Name(usage_point, "UsagePointNumber"),))
    return writer.element(
        "PlannedOutageNotification",
        writer.text("mRID", mrid),
        writer.time("createdDateTime", facts.made_at),
        writer.text("subject", facts.text),
        writer.element(
            "PlannedOutage", writer.text("mRID", facts.planned_mrid), writer.text("reason", facts.reason), period
        ),
        items.write_identified("SwitchingPlan", plan) if plan else "",
        items.write_identified("UsagePoint", point),
    )


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A customer has said that he knows what the message of this id told him; `how` is what the sender says of it."""

    correlation_id: str
    mrid: str
    how: str = ""

    @property
    def object_id(self) -> ObjectId:
        """What an error about it names."""
        return ObjectId(self.mrid, "PlannedOutageNotification", kind="uuid")


def parse_reply(
    payload: etree._Element | None,  # noqa: ARG001 - all it says is in the reply
    *,
    envelope: Envelope,
    received_at: dt.datetime,  # noqa: ARG001 - as all parsers
) -> Parsed[Acknowledged]:
    """One for each notification that the reply names.

    Raises:
        MessageRefused: it names none, so it says nothing.
    """
    if not envelope.reply_ids:
        raise MessageRefused(Case.PAYLOAD_MISSING, "Reply/ID names no PlannedOutageNotification")
    how = envelope.comment
    return Parsed([Acknowledged(envelope.correlation_id, one.value, how) for one in envelope.reply_ids])
