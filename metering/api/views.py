"""Customers: only those of the areas the asker serves; all others are answered as if they did not exist."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.views import Endpoint
from metering.api import serializers
from metering.selectors import customers, readings
from metering.services import generation

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
