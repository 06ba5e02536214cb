"""Messages in, out and refused over REST, and having one go its way once more."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Output, Text, Time
from adms.core.api.views import Endpoint
from integration.cim import reading
from integration.selectors import inspector, partners
from integration.services import replaying

MESSAGES = "messages"
_RESULTS = {inspector.IN: "result", inspector.OUT: "state", inspector.REFUSED: "code"}


class MessageQuery(Input):
    """Which messages."""

    show = serializers.ChoiceField(sorted(inspector.WHICH), default="all", help_text="As the chips of the inspector.")
    q = Text(120, help_text="Beginnings of words in them, all of which must be there.")
    partner = Text(80, help_text="Source of its messages.")
    noun = serializers.ChoiceField(
        [*inspector.NOUNS, ""], default="", help_text="Of a refused one: it holds this word."
    )
    verb = serializers.ChoiceField(
        [*inspector.VERBS, ""], default="", help_text="Of a refused one: it holds this word."
    )
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)


class Message(Output):
    """One message."""

    way = serializers.ChoiceField([inspector.IN, inspector.OUT, inspector.REFUSED])
    id = serializers.IntegerField(help_text="Of its way.")
    at = Time(help_text="Received, written, or refused the latest time.")
    partner = serializers.CharField(allow_blank=True)
    message_id = serializers.CharField(allow_blank=True)
    verb = serializers.CharField(allow_blank=True)
    noun = serializers.CharField(allow_blank=True)
    result = serializers.CharField(help_text="OK, PARTIAL; pending, sent, dead; or the code of the refusal.")
    reason = serializers.CharField(allow_blank=True)


class Messages(Output):
    """The latest messages, the newest first."""

    results = Message(many=True)


class Again(Input):
    """Why a person has it go its way once more."""

    reason = serializers.CharField(min_length=3, max_length=200)


class SentAgain(Output):
    """What is sent."""

    id = serializers.IntegerField()
    message_id = serializers.UUIDField(help_text="Another one only where it was refused in another dialect.")


class TakenAgain(Output):
    """What the message was answered now."""

    status = serializers.IntegerField(help_text="200 and 202: it is taken.")
    refusals = serializers.ListField(child=serializers.CharField(), help_text="Codes and reasons of the answer.")


class MessageList(Endpoint):
    """/messages."""

    reads: ClassVar[tuple[str, ...]] = ("inspect_messages",)

    @schema.operation("List messages", tag=MESSAGES, query=MessageQuery, tells=Messages)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """The latest in, out and refused, as the inspector lists them; bodies are not told."""
        query = self.query(MessageQuery)
        partner = partners.by_source(query["partner"]).pk if query["partner"] else None
        wanted = inspector.Wanted(query["q"], partner, query["noun"], query["verb"])
        found = inspector.load(list(inspector.listed(query["show"], wanted)[: query["limit"]]))
        return Response(Messages({"results": [_told(way, row) for way, row in found]}).data)


class SendAgain(Endpoint):
    """/messages/out/{id}/again."""

    @schema.operation("Send a message again", tag=MESSAGES, takes=Again, tells=SentAgain)
    def post(self, request: Request, outbox_id: int) -> Response:  # noqa: ARG002
        """One that was accepted or is dead, under its old MessageID; commands and questions are made anew instead."""
        body = self.body(Again)
        sent = replaying.send_again(actor=self.actor, outbox_id=outbox_id, reason=body["reason"], at=self.at)
        return Response(SentAgain({"id": sent.pk, "message_id": sent.message_id}).data)


class TakeAgain(Endpoint):
    """/messages/quarantine/{id}/again."""

    @schema.operation("Take a refused message after all", tag=MESSAGES, takes=Again, tells=TakenAgain)
    def post(self, request: Request, quarantine_id: int) -> Response:  # noqa: ARG002
        """Through every check, as if its partner had sent it now."""
        body = self.body(Again)
        answer = replaying.take_again(actor=self.actor, quarantine_id=quarantine_id, reason=body["reason"], at=self.at)
        refusals = [f"{one.code} {one.reason}".strip() for one in reading.faults(answer.body)]
        return Response(TakenAgain({"status": answer.status, "refusals": refusals}).data)


def _told(way: str, row: Any) -> dict[str, Any]:
    return {
        "way": way,
        "id": row.pk,
        "at": getattr(row, inspector.TIMES[way]),
        "partner": row.partner.source if row.partner else "",
        "message_id": str(row.message_id),
        "verb": getattr(row, "verb", ""),
        "noun": getattr(row, "noun", ""),
        "result": getattr(row, _RESULTS[way]),
        "reason": getattr(row, "reason", "") or getattr(row, "latest_error", ""),
    }
