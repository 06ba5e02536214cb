"""Telemetry points and their limits under /api/v1/."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Number, Output, Text, Time
from adms.core.api.paging import PageQuery
from adms.core.api.views import Endpoint
from network.domain.point_limits import LEVELS, Limits
from network.selectors import points as reading
from network.services import indicator_resets, telemetry
from network.services import point_limits as writing

TAG = "telemetry"
_UNIT = "In the unit the point reports in: A, V, W, var, VA."


class PointQuery(PageQuery):
    """Which points."""

    show = serializers.ChoiceField(reading.SHOWS, default=reading.ALL)
    q = Text(80, help_text="Part of the name of the point or its device, a mRID, or the source.")
    area = Text(60)


class PointLimitsTold(Output):
    """What makes a value an alarm."""

    high_high = Number(allow_null=True, help_text=_UNIT)
    high = Number(allow_null=True, help_text=_UNIT)
    low = Number(allow_null=True, help_text=_UNIT)
    low_low = Number(allow_null=True, help_text=_UNIT)
    dead_band = Number(help_text="How far a value must come back.")
    rate = Number(allow_null=True, help_text="The most it may change within a minute, up or down.")
    reason = serializers.CharField()
    set_by = serializers.CharField()
    set_at = Time()


class PointTold(Output):
    """A telemetry point with its present value."""

    mrid = serializers.CharField(source="point.mrid")
    name = serializers.CharField(source="point.name")
    device = serializers.CharField(source="point.equipment_mrid")
    model = serializers.CharField(source="point.version.model.key")
    kind = serializers.CharField(source="point.kind")
    value = Number(source="point.value", allow_null=True, help_text=_UNIT)
    quality = serializers.CharField(source="point.quality")
    occurred_at = Time(source="point.occurred_at", allow_null=True)
    told_by = serializers.CharField(source="point.source", help_text="The system that told the value.")
    is_stale = serializers.BooleanField()
    beyond = serializers.CharField(help_text=f"The outermost limit it is at or past: {', '.join(LEVELS)}, or empty.")
    limits = PointLimitsTold(allow_null=True)


class SetLimits(Input):
    """Limits that hold from now on; null is none, and without any the point has none."""

    high_high = Number(allow_null=True, required=False, default=None, help_text=_UNIT)
    high = Number(allow_null=True, required=False, default=None, help_text=_UNIT)
    low = Number(allow_null=True, required=False, default=None, help_text=_UNIT)
    low_low = Number(allow_null=True, required=False, default=None, help_text=_UNIT)
    dead_band = Number(default=0.0, min_value=0, help_text="How far a value must come back.")
    rate = Number(
        allow_null=True, required=False, default=None, help_text="The most it may change within a minute, up or down."
    )
    reason = Text(300)


class ResetIndicator(Input):
    """Why what it saw counts no longer."""

    reason = Text(300)


class Points(Endpoint):
    """/telemetry-points."""

    @schema.operation("List telemetry points", tag=TAG, query=PointQuery, tells=PointTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Points of the operated models, those heard of longest ago first."""
        query = self.query(PointQuery)
        found = reading.listed(self.actor, show=query["show"], at=self.at, text=query["q"], area=query["area"])
        return self.page(found, query, PointTold, lambda rows: reading.rows(rows, self.at))


class PointLimitsOne(Endpoint):
    """/telemetry-points/{mrid}/limits."""

    @schema.operation("Set the limits of a telemetry point", tag=TAG, takes=SetLimits, tells=PointTold)
    def put(self, request: Request, mrid: str) -> Response:  # noqa: ARG002
        """Values at or past them are alarms, the present one at once."""
        given = self.body(SetLimits)
        reason = given.pop("reason")
        writing.set_limits(actor=self.actor, point_mrid=mrid, limits=Limits(**given), reason=reason, at=self.at)
        (row,) = reading.rows([telemetry.find_point(mrid)], self.at)
        return Response(PointTold(row).data)


class Reset(Endpoint):
    """/telemetry-points/{mrid}/reset."""

    @schema.operation("Reset a fault indicator", tag=TAG, takes=ResetIndicator, tells=PointTold)
    def post(self, request: Request, mrid: str) -> Response:  # noqa: ARG002
        """What it saw so far counts no longer, for prediction and in replays; its next word is believed again."""
        indicator_resets.reset(
            actor=self.actor, point_mrid=mrid, reason=self.body(ResetIndicator)["reason"], at=self.at
        )
        (row,) = reading.rows([telemetry.find_point(mrid)], self.at)
        return Response(PointTold(row).data)
