"""The shift log and handovers under /api/v1/; one call inward each."""

import uuid

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Key, Output, Text, Time
from adms.core.api.paging import PageQuery
from adms.core.api.views import Endpoint
from adms.core.models import ShiftEntry
from adms.core.selectors import shifts as reading
from adms.core.services import handovers, shift_log
from outages.api.serializers.shared import maybe
from outages.selectors import handovers as open_things

TAG = "shifts"


class LogQuery(PageQuery):
    """Which entries."""

    area = Text(60)
    kind = serializers.ChoiceField([*ShiftEntry.Kind.values, ""], default="")
    text = Text(80)
    since = maybe(Time)


class LogEntryTold(Output):
    """The latest version of an entry."""

    id = serializers.CharField(source="entry")
    version = serializers.IntegerField()
    area = serializers.CharField(source="area.key")
    kind = serializers.CharField()
    text = serializers.CharField()
    about = serializers.CharField()
    link = serializers.CharField()
    author = serializers.CharField(help_text="Empty where Tieline wrote it.")
    reason = serializers.CharField(help_text="Why it was corrected.")
    occurred_at = Time()
    recorded_at = Time()


class WriteEntry(Input):
    """What to write down."""

    area = serializers.CharField(max_length=60)
    text = serializers.CharField(max_length=shift_log.LONGEST)
    is_for_next = serializers.BooleanField(default=False, help_text="It stands on the next handover of the area.")
    about = Text(120)
    link = Text(300, help_text="An address of the console, such as /outages/12/.")
    occurred_at = maybe(Time)


class CorrectEntry(Input):
    """What it should say, and the version that was read."""

    seen = Key()
    text = serializers.CharField(max_length=shift_log.LONGEST)
    reason = serializers.CharField(max_length=300)


class HandoverTold(Output):
    """A handover with what was open when it was signed."""

    id = serializers.IntegerField()
    area = serializers.CharField(source="area.key")
    state = serializers.CharField()
    outgoing = serializers.CharField()
    incoming = serializers.CharField()
    with_area = serializers.BooleanField(help_text="Authority over the area goes with it.")
    note = serializers.CharField()
    contents = serializers.JSONField()
    signed_at = Time()
    ended_at = Time(allow_null=True)
    reason = serializers.CharField()


class SignHandover(Input):
    """To whom."""

    area = serializers.CharField(max_length=60)
    to = serializers.CharField(max_length=150)
    note = Text(2000)


class EndHandover(Input):
    """Why it is declined or withdrawn."""

    reason = Text(300)


class Log(Endpoint):
    """/shift-log."""

    @schema.operation("List entries of the shift log", tag=TAG, query=LogQuery, tells=LogEntryTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Of the areas one may see, the latest first."""
        query = self.query(LogQuery)
        rows = reading.entries(
            self.actor, area=query["area"], kind=query["kind"], text=query["text"], since=query.get("since")
        )
        return self.page(rows, query, LogEntryTold)

    @schema.operation("Write an entry of the shift log", tag=TAG, takes=WriteEntry, tells=LogEntryTold)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """It is never changed; it may be corrected by a new version."""
        row = shift_log.write(actor=self.actor, new=shift_log.New(**self.body(WriteEntry)), at=self.at)
        return Response(LogEntryTold(row).data)


class Corrections(Endpoint):
    """/shift-log/{id}/corrections."""

    @schema.operation("Correct an entry of the shift log", tag=TAG, takes=CorrectEntry, tells=LogEntryTold)
    def post(self, request: Request, entry: uuid.UUID) -> Response:  # noqa: ARG002
        """A new version beside the old one."""
        row = shift_log.correct(actor=self.actor, entry=entry, at=self.at, **self.body(CorrectEntry))
        return Response(LogEntryTold(row).data)


class Handovers(Endpoint):
    """/handovers."""

    @schema.operation("List handovers", tag=TAG, query=PageQuery, tells=HandoverTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Waiting ones first, then the latest."""
        return self.page(reading.handed_over(self.actor), self.query(PageQuery), HandoverTold)

    @schema.operation("Sign a shift over", tag=TAG, takes=SignHandover, tells=HandoverTold)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """With what is open in the area now; the other person accepts it."""
        body = self.body(SignHandover)
        contents = open_things.contents(self.actor, body["area"])
        row = handovers.sign(actor=self.actor, contents=contents, at=self.at, **body)
        return Response(HandoverTold(row).data)


class Accept(Endpoint):
    """/handovers/{id}/accept."""

    @schema.operation("Accept a handover", tag=TAG, tells=HandoverTold)
    def post(self, request: Request, handover_id: int) -> Response:  # noqa: ARG002
        """Authority over the area comes with it, where it was held."""
        row = handovers.accept(actor=self.actor, handover_id=handover_id, at=self.at)
        return Response(HandoverTold(row).data)


class End(Endpoint):
    """/handovers/{id}/end."""

    @schema.operation("Decline or withdraw a handover", tag=TAG, takes=EndHandover, tells=HandoverTold)
    def post(self, request: Request, handover_id: int) -> Response:  # noqa: ARG002
        """The incoming person declines, the outgoing one withdraws."""
        reason = self.body(EndHandover)["reason"]
        return Response(
            HandoverTold(handovers.end(actor=self.actor, handover_id=handover_id, reason=reason, at=self.at)).data
        )
