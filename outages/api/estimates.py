"""Restoration times over REST: how an event will go on, how good estimates were, one time for a whole area."""

import dataclasses
import datetime as dt
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Number, Output, Text, Time
from adms.core.api.views import Endpoint
from outages.api.serializers.shared import Period
from outages.selectors import restoration_times
from outages.services import estimation

TAG = "restoration times"
A_QUARTER = dt.timedelta(days=92)


class OutlookQuery(Input):
    """Of which area; without one, of all."""

    area = Text(60)


class Point(Output):
    """What is still out so many hours from now, means of the simulated cases."""

    hours = Number()
    outages = Number()
    customers = Number()


class OutlookTold(Output):
    """How the event will go on."""

    points = Point(many=True)
    last_hours = Number(allow_null=True, help_text="Until the last customer is back, in half of the cases.")
    last_hours_80 = Number(allow_null=True, help_text="The same in eight of ten; null where no crew will come.")
    without_crew = serializers.IntegerField(help_text="Outages in areas that no crew on shift serves.")


class AccuracyTold(Output):
    """How good estimates were; an error is positive when supply came later than promised."""

    count = serializers.IntegerField()
    within = Number(allow_null=True, help_text="Share at most half an hour off.")
    kept = Number(allow_null=True, help_text="Share restored by the time promised.")
    bias_min = Number(allow_null=True, help_text="Median error.")
    mean_error_min = Number(allow_null=True)
    off_min = Number(allow_null=True, help_text="Median of the absolute errors.")
    off_80_min = Number(allow_null=True, help_text="What four in five stay within.")


class SourceTold(Output):
    """One source: the first and the latest estimate it gave for each outage."""

    given_by = serializers.CharField(help_text="machine, crew, operator; all: whatever was told, whoever gave it.")
    first = AccuracyTold()
    latest = AccuracyTold()


class AccuracyQuery(Period):
    """Outages restored in a period, by default the latest 92 days."""

    area = Text(60)


class AccuracyAnswer(Output):
    """Accuracy by source."""

    sources = SourceTold(many=True)


class AreaEtr(Input):
    """One time for the outages of an area."""

    area = Text(60)
    etr_at = Time()
    replace = serializers.BooleanField(default=False, help_text="Also where a crew or an operator gave another one.")


class AreaEtrTold(Output):
    """Which outages it was told for."""

    outages = serializers.ListField(child=serializers.IntegerField())


class Outlook(Endpoint):
    """/restoration-times/outlook."""

    @schema.operation("Show how restoration will go on", tag=TAG, query=OutlookQuery, tells=OutlookTold)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Outages and customers left over the coming hours, by simulating the crews at work through the queue."""
        found = restoration_times.outlook(self.at, area=self.query(OutlookQuery)["area"])
        points = [{"hours": h, "outages": o, "customers": c} for h, o, c in found.at]
        last, last_80 = found.last_hours
        told = {"points": points, "last_hours": last, "last_hours_80": last_80, "without_crew": found.without_crew}
        return Response(OutlookTold(told).data)


class Accuracy(Endpoint):
    """/restoration-times/accuracy."""

    @schema.operation("Score estimates of restoration", tag=TAG, query=AccuracyQuery, tells=AccuracyAnswer)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Every estimate is kept when it is given, and held against what happened."""
        query = self.query(AccuracyQuery)
        end = min(query["to"] or self.at, self.at)
        start = min(query["from"] or end - A_QUARTER, end)
        scores = restoration_times.accuracy_of(self.actor, start, end, area=query["area"])
        told: list[dict[str, Any]] = [
            {"given_by": name, "first": dataclasses.asdict(first), "latest": dataclasses.asdict(latest)}
            for name, (first, latest) in scores.items()
        ]
        return Response(AccuracyAnswer({"sources": told}).data)


class ForArea(Endpoint):
    """/restoration-times/area."""

    reads: ClassVar[tuple[str, ...]] = ("see_network",)

    @schema.operation("Tell one restoration time for an area", tag=TAG, takes=AreaEtr, tells=AreaEtrTold)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """A storm's zone estimate: every outage that goes on in the area, but for those a person gave a time for."""
        given = self.body(AreaEtr)
        told = estimation.tell_area(
            actor=self.actor, area=given["area"], etr_at=given["etr_at"], replace=given["replace"], at=self.at
        )
        return Response(AreaEtrTold({"outages": told}).data)
