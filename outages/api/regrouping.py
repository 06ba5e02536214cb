"""What people do over REST where prediction drew the line wrongly: another device, one outage into another, a report opened again."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Key, Text
from adms.core.api.views import Endpoint
from network.domain.phases import parse
from outages.api.serializers import OutageTold
from outages.selectors import outages
from outages.services import lifecycle, regrouping, splitting, undoing

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


class SplitOutage(Input):
    """The devices below it that are open."""

    devices = serializers.ListField(
        child=serializers.CharField(max_length=80),
        min_length=1,
        max_length=splitting.MOST,
        help_text="mRIDs of devices below the present one, none within another.",
    )
    stays = serializers.BooleanField(
        default=True,
        help_text="The outage stays where it is and the new ones are nested in it; false: it moves down to the first device, "
        "the others stand beside it.",
    )
    reason = Text(200, help_text="Kept on the timeline and in the audit.")
    revision = Key(required=False, allow_null=True, default=None, help_text=SEEN)


class OutagePhases(Input):
    """The phases its device is open on."""

    phases = serializers.RegexField("^[ABC]{1,3}$", help_text="Letters, such as AB.")
    reason = Text(200, help_text="Kept on the timeline and in the audit.")
    revision = Key(required=False, allow_null=True, default=None, help_text=SEEN)


class ReassignReports(Input):
    """Reports, and where they belong."""

    reports = serializers.ListField(child=Key(), min_length=1, max_length=1000, help_text="Ids of open evidence of it.")
    to = Key(allow_null=True, help_text="The outage they belong to; null: to none, they are set aside.")
    reason = serializers.CharField(max_length=200)


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


class Split(Endpoint):
    """/outages/{id}/split."""

    @schema.operation(
        "Split an outage, or move it down to several devices", tag=TAG, takes=SplitOutage, tells=OutageTold
    )
    def post(self, request: Request, outage_id: int) -> Response:  # noqa: ARG002
        """Each device becomes an outage of its own with what lies below it; the outage is told, with what is nested in it."""
        given = self.body(SplitOutage)
        splitting.split(
            actor=self.actor,
            outage_id=outage_id,
            device_mrids=given["devices"],
            stays=given["stays"],
            reason=given["reason"],
            seen=given["revision"],
            at=self.at,
        )
        return Response(OutageTold(outages.outage(self.actor, outage_id)).data)


class Phases(Endpoint):
    """/outages/{id}/phases."""

    @schema.operation("Change the phases of an outage", tag=TAG, takes=OutagePhases, tells=OutageTold)
    def post(self, request: Request, outage_id: int) -> Response:  # noqa: ARG002
        """Who hangs on a phase added is counted out; who on one taken away never was."""
        given = self.body(OutagePhases)
        found = regrouping.set_phases(
            actor=self.actor,
            outage_id=outage_id,
            phases=parse(given["phases"]),
            reason=given["reason"],
            seen=given["revision"],
            at=self.at,
        )
        return Response(OutageTold(found).data)


class Reassign(Endpoint):
    """/outages/{id}/reassign."""

    @schema.operation("Give reports of an outage to another", tag=TAG, takes=ReassignReports, tells=OutageTold)
    def post(self, request: Request, outage_id: int) -> Response:  # noqa: ARG002
        """Or to none; whom the device explains stays counted out."""
        given = self.body(ReassignReports)
        found = splitting.reassign(
            actor=self.actor,
            outage_id=outage_id,
            reports=given["reports"],
            to_id=given["to"],
            reason=given["reason"],
            at=self.at,
        )
        return Response(OutageTold(found).data)


class Undo(Endpoint):
    """/outages/{id}/undo."""

    @schema.operation("Take back what was done to an outage by hand last", tag=TAG, tells=OutageTold)
    def post(self, request: Request, outage_id: int) -> Response:  # noqa: ARG002
        """Refused when what it made has changed since."""
        undoing.undo(actor=self.actor, outage_id=outage_id, at=self.at)
        return Response(OutageTold(outages.outage(self.actor, outage_id)).data)


class Reopen(Endpoint):
    """/outages/{id}/reopen."""

    @schema.operation("Reopen the report of an outage", tag=TAG, takes=ReopenOutage, tells=OutageTold)
    def post(self, request: Request, outage_id: int) -> Response:  # noqa: ARG002
        """Of a completed one; what it did to customers stays as it was."""
        reason = self.body(ReopenOutage)["reason"]
        found = lifecycle.reopen(actor=self.actor, outage_id=outage_id, reason=reason, at=self.at)
        return Response(OutageTold(found).data)
