"""What people do over REST where prediction drew the line wrongly: another device, one outage into another, a report opened again."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Key, Text
from adms.core.api.views import Endpoint
from outages.api.serializers import OutageTold
from outages.services import lifecycle, regrouping

TAG = "outages"


SEEN = "The revision of the outage you saw; refused if it has changed since."


class MoveOutage(Input):
    """The device that is open."""

    device = serializers.CharField(max_length=80, help_text="mRID of a device above or below the present one.")
    reason = Text(200, help_text="Kept on the timeline and in the audit.")
    revision = Key(required=False, allow_null=True, default=None, help_text=SEEN)


class MergeOutage(Input):
    """The outage it is part of."""

    into = Key()
    revision = Key(required=False, allow_null=True, default=None, help_text=SEEN)


class ReopenOutage(Input):
    """Why."""

    reason = serializers.CharField(max_length=200)


class Move(Endpoint):
    """/outages/{id}/move."""

    @schema.operation("Move an outage to another device", tag=TAG, takes=MoveOutage, tells=OutageTold)
    def post(self, request: Request, outage_id: int) -> Response:  # noqa: ARG002
        """Above or below the present one; from then on the engine leaves it alone."""
        given = self.body(MoveOutage)
        found = regrouping.move(
            actor=self.actor,
            outage_id=outage_id,
            device_mrid=given["device"],
            reason=given["reason"],
            seen=given["revision"],
            at=self.at,
        )
        return Response(OutageTold(found).data)


class Merge(Endpoint):
    """/outages/{id}/merge."""

    @schema.operation("Merge an outage into another", tag=TAG, takes=MergeOutage, tells=OutageTold)
    def post(self, request: Request, outage_id: int) -> Response:  # noqa: ARG002
        """Its interruptions, reports, calls and crews go over, and it is cancelled; the other one is told."""
        given = self.body(MergeOutage)
        found = regrouping.merge(
            actor=self.actor, outage_id=outage_id, into_id=given["into"], seen=given["revision"], at=self.at
        )
        return Response(OutageTold(found).data)


class Reopen(Endpoint):
    """/outages/{id}/reopen."""

    @schema.operation("Reopen the report of an outage", tag=TAG, takes=ReopenOutage, tells=OutageTold)
    def post(self, request: Request, outage_id: int) -> Response:  # noqa: ARG002
        """Of a completed one; what it did to customers stays as it was."""
        reason = self.body(ReopenOutage)["reason"]
        found = lifecycle.reopen(actor=self.actor, outage_id=outage_id, reason=reason, at=self.at)
        return Response(OutageTold(found).data)
