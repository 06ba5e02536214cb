"""Messages as we send them: everything a strict partner may demand is there, MessageID and CorrelationID both."""

from __future__ import annotations

import datetime as dt

from integration.cim import namespaces, writer

#: Verbs that ask for something (IEC 61968-100): what bears one is a request; past tenses tell what has happened.
_ASKING = frozenset({"get", "create", "change", "cancel", "close", "delete", "execute"})


def message(
    *, verb: str, noun: str, payload: str, sender: str, message_id: str, at: dt.datetime, context: str = "PRODUCTION"
) -> bytes:
    """A RequestMessage or EventMessage, as its verb is, around a payload written by the module of its noun."""
    head = writer.element(
        "Header",
        writer.text("Verb", verb),
        writer.text("Noun", noun),
        writer.text("Revision", "1.0"),
        writer.text("Context", context),
        writer.time("Timestamp", at),
        writer.text("Source", sender),
        writer.flag("AckRequired", value=True),
        writer.text("MessageID", message_id),
        writer.text("CorrelationID", message_id),
    )
    root = "RequestMessage" if verb in _ASKING else "EventMessage"
    return writer.document(writer.element(root, head, writer.element("Payload", payload), xmlns=namespaces.MESSAGE))


def request_message(
    *,
    verb: str,
    noun: str,
    request: str,
    sender: str,
    message_id: str,
    reply_address: str,
    at: dt.datetime,
    comment: str = "",
) -> bytes:
    """A RequestMessage whose question stands in Request, to be answered later, to `reply_address` where one is given."""
    head = writer.element(
        "Header",
        writer.text("Verb", verb),
        writer.text("Noun", noun),
        writer.text("Revision", "1.0"),
        writer.text("Context", "PRODUCTION"),
        writer.time("Timestamp", at),
        writer.text("Source", sender),
        writer.flag("AsyncReplyFlag", value=True),
        writer.text("ReplyAddress", reply_address),
        writer.flag("AckRequired", value=True),
        writer.text("MessageID", message_id),
        writer.text("CorrelationID", message_id),
        writer.text("Comment", comment),
    )
    return writer.document(
        writer.element("RequestMessage", head, writer.element("Request", request), xmlns=namespaces.MESSAGE)
    )
