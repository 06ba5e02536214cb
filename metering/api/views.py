"""Customers: only those of the areas the asker serves; all others are answered as if they did not exist."""

import datetime as dt
from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.views import Endpoint
from adms.core.services import authority
from metering.api import serializers
from metering.selectors import customers, failing, readings
from metering.services import generation, reading_requests

CUSTOMERS = "customers"


class Search(Endpoint):
    """/customers/search."""

    reads: ClassVar[tuple[str, ...]] = ("view_customer",)

    @schema.operation("Search customers", tag=CUSTOMERS, query=serializers.CustomerQuery, tells=serializers.Customers)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """By name, account, phone, address, usage point or meter number."""
        query = self.query(serializers.CustomerQuery)
        areas = self.actor.areas_for("view_customer")
        found = customers.search(query["q"], areas=areas, limit=query["limit"])
        return Response(serializers.Customers({"results": found}).data)


class Customer(Endpoint):
    """/customers/{usage_point}."""

    reads: ClassVar[tuple[str, ...]] = ("view_customer",)

    @schema.operation("Show a customer", tag=CUSTOMERS, tells=serializers.Customer)
    def get(self, request: Request, usage_point: int) -> Response:  # noqa: ARG002
        """Who is supplied at a usage point, with meter and last known power."""
        found = customers.customer(usage_point, areas=self.actor.areas_for("view_customer"))
        return Response(serializers.Customer(found).data)


class Readings(Endpoint):
    """/meters/{number}/readings."""

    reads: ClassVar[tuple[str, ...]] = ("view_customer",)

    @schema.operation(
        "List readings of a meter", tag="meters", query=serializers.ReadingQuery, tells=serializers.Readings
    )
    def get(self, request: Request, number: str) -> Response:  # noqa: ARG002
        """As they were told (MeterReadings), the latest first."""
        query = self.query(serializers.ReadingQuery)
        found = readings.of_meter(
            number,
            areas=self.actor.areas_for("view_customer"),
            code=query["type"],
            first_at=query["first_at"],
            last_at=query["last_at"],
            limit=query["limit"],
        )
        return Response(serializers.Readings({"results": found}).data)


class ReadingDays(Endpoint):
    """/meters/{number}/reading-days."""

    reads: ClassVar[tuple[str, ...]] = ("view_customer",)

    @schema.operation(
        "List days of readings of a meter",
        tag="meters",
        query=serializers.ReadingDayQuery,
        tells=serializers.ReadingDays,
    )
    def get(self, request: Request, number: str) -> Response:  # noqa: ARG002
        """How each day of interval readings was judged, the latest first."""
        query = self.query(serializers.ReadingDayQuery)
        areas = self.actor.areas_for("view_customer")
        found = readings.days(number, areas=areas, code=query["type"], limit=query["limit"])
        return Response(serializers.ReadingDays({"results": found}).data)


class FailingMeters(Endpoint):
    """/meters/failing."""

    reads: ClassVar[tuple[str, ...]] = ("view_customer",)

    @schema.operation(
        "List meters that are not read",
        tag="meters",
        query=serializers.FailingMeterQuery,
        tells=serializers.FailingMeters,
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Never read, or with trouble of communication, clock or reading as their latest word; with their latest reading."""
        query = self.query(serializers.FailingMeterQuery)
        found = failing.meters(
            areas=self.actor.areas_for("view_customer"),
            since=self.at - dt.timedelta(days=query["days"]),
            limit=query["limit"],
            never=query["never"],
        )
        return Response(serializers.FailingMeters({"results": found}).data)


class ReadingRequests(Endpoint):
    """/meters/readings/requests."""

    @schema.operation(
        "Ask meters for readings",
        tag="meters",
        takes=serializers.ReadingsWanted,
        tells=serializers.ReadingsAsked,
        status=202,
    )
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """By get(MeterReadings) to the head-end each meter speaks through; what it answers is among the readings then."""
        body = self.body(serializers.ReadingsWanted)
        authority.require(actor=self.actor, action="ping_meters")
        areas = self.actor.areas_for("ping_meters")
        meters = readings.meter_ids(body["meters"], areas=areas)
        wanted = reading_requests.Wanted(tuple(body["types"]), body["first_at"], body["last_at"], body["reason"])
        rows = reading_requests.request_readings(actor=self.actor, meters=meters, wanted=wanted, at=self.at)
        told = {"meters": len(meters), "requests": [row.pk for row in rows]}
        return Response(serializers.ReadingsAsked(told).data, status=202)


class Generation(Endpoint):
    """/meters/generation."""

    @schema.operation(
        "Mark meters with generation",
        tag="meters",
        takes=serializers.GenerationMarked,
        tells=serializers.GenerationTold,
    )
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Outages and restorations of these meters are told to who subscribes EndDeviceEvents."""
        changed = generation.mark(actor=self.actor, at=self.at, **self.body(serializers.GenerationMarked))
        return Response({"changed": changed})
