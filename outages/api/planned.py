"""Planned outages over REST: every verb of theirs."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Output, Text, Time
from adms.core.api.paging import PageQuery
from adms.core.api.views import Endpoint
from network.domain import phases as ph
from outages.domain import planned as life
from outages.models import PlannedOutage
from outages.selectors import planned as reading
from outages.services import planned

TAG = "planned outages"


class PlannedQuery(PageQuery):
    """Which of them."""

    state = serializers.ChoiceField(life.STATES, required=False, allow_blank=True, default="")
    area = Text(60)


class DeviceWanted(Input):
    """A switch to be opened."""

    device = serializers.CharField(max_length=120, help_text="mRID, or a name only one device has.")
    phases = serializers.RegexField("^[ABC]*$", required=False, allow_blank=True, default="", help_text="All if empty.")


class RequestPlanned(Input):
    """What is to be opened, when and what for."""

    model = serializers.CharField(max_length=60)
    devices = DeviceWanted(many=True, allow_empty=False)
    begins_at = Time()
    ends_at = Time()
    purpose = serializers.CharField(max_length=200)
    order_reference = Text(60, help_text="Of the switching order that carries it out.")


class WithReason(Input):
    """Why."""

    reason = serializers.CharField(max_length=200)


class PlannedTold(Output):
    """A planned outage and how many customers lose supply."""

    id = serializers.IntegerField()
    mrid = serializers.CharField()
    area = serializers.CharField(source="area.key")
    model = serializers.CharField(source="model_key")
    state = serializers.ChoiceField(life.STATES)
    devices = serializers.SerializerMethodField()
    begins_at = Time()
    ends_at = Time()
    purpose = serializers.CharField()
    order_reference = serializers.CharField()
    requested_by = serializers.CharField()
    requested_at = Time()
    decided_by = serializers.CharField()
    decided_at = Time(allow_null=True)
    reason = serializers.CharField()
    customers = serializers.IntegerField(source="customers_known", help_text="On either state of the network.")
    customers_normal = serializers.IntegerField(help_text="With the switches as they normally are.")
    customers_present = serializers.IntegerField(help_text="With the switches as they are now.")
    critical = serializers.IntegerField()
    executed_at = Time(allow_null=True)
    overrun_at = Time(allow_null=True)
    restored_at = Time(allow_null=True)
    completed_at = Time(allow_null=True)

    def get_devices(self, row: PlannedOutage) -> list[dict[str, str]]:
        """mRID, name and phases as letters."""
        return [one | {"phases": ph.text(one["phases"])} for one in row.devices]


class EntryTold(Output):
    """One line of its timeline."""

    at = Time()
    kind = serializers.CharField()
    text = serializers.CharField()
    actor = serializers.CharField()


class PlannedDetail(PlannedTold):
    """With its timeline, the outages it came to and what it collides with."""

    outages = serializers.SerializerMethodField()
    warnings = serializers.SerializerMethodField()
    timeline = EntryTold(source="entries.all", many=True)

    def get_outages(self, row: PlannedOutage) -> list[int]:
        """Ids."""
        return list(row.outages.order_by("pk").values_list("pk", flat=True))

    def get_warnings(self, row: PlannedOutage) -> list[str]:
        """Other planned outages, and customers who are out already."""
        return reading.warnings(row)


class CustomerTold(Output):
    """A customer who will lose supply."""

    usage_point = serializers.IntegerField(source="id")
    name = serializers.CharField()
    account_number = serializers.CharField()
    phone = serializers.CharField()
    critical = serializers.CharField()
    in_normal = serializers.BooleanField()
    in_present = serializers.BooleanField()


class PlannedOutages(Endpoint):
    """/planned-outages."""

    @schema.operation("List planned outages", tag=TAG, query=PlannedQuery, tells=PlannedTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Those of your areas, by the beginning of their windows."""
        query = self.query(PlannedQuery)
        return self.page(reading.listed(self.actor, state=query["state"], area=query["area"]), query, PlannedTold)

    @schema.operation("Request a planned outage", tag=TAG, takes=RequestPlanned, tells=PlannedDetail, status=201)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Who will lose supply is computed at once, on the normal and on the present state of the network."""
        given = self.body(RequestPlanned)
        given["devices"] = [planned.Wanted(one["device"], ph.parse(one["phases"])) for one in given["devices"]]
        row = planned.request(actor=self.actor, at=self.at, **given)
        return Response(PlannedDetail(reading.one(self.actor, row.pk)).data, status=201)


class OnePlanned(Endpoint):
    """/planned-outages/{id}."""

    @schema.operation("Show a planned outage", tag=TAG, tells=PlannedDetail)
    def get(self, request: Request, planned_id: int) -> Response:  # noqa: ARG002
        """With its timeline."""
        return Response(PlannedDetail(reading.one(self.actor, planned_id)).data)


class Customers(Endpoint):
    """/planned-outages/{id}/customers."""

    reads = ("view_customer",)

    @schema.operation("List its customers", tag=TAG, query=PageQuery, tells=CustomerTold, is_page=True)
    def get(self, request: Request, planned_id: int) -> Response:  # noqa: ARG002
        """Who will lose supply, the critical ones first."""
        found = reading.customers(reading.one(self.actor, planned_id, may="view_customer"))
        return self.page(found, self.query(PageQuery), CustomerTold, describe=reading.described)


class _Step(Endpoint):
    def told(self, row: Any) -> Response:
        """As it is now."""
        return Response(PlannedDetail(reading.one(self.actor, row.pk)).data)


class Approve(_Step):
    """/planned-outages/{id}/approve."""

    @schema.operation("Approve a planned outage", tag=TAG, tells=PlannedDetail)
    def post(self, request: Request, planned_id: int) -> Response:  # noqa: ARG002
        """Another person than the requester."""
        return self.told(planned.approve(actor=self.actor, planned_id=planned_id, at=self.at))


class Reject(_Step):
    """/planned-outages/{id}/reject."""

    @schema.operation("Reject a planned outage", tag=TAG, takes=WithReason, tells=PlannedDetail)
    def post(self, request: Request, planned_id: int) -> Response:  # noqa: ARG002
        """It is not to happen."""
        given = self.body(WithReason)
        return self.told(planned.reject(actor=self.actor, planned_id=planned_id, at=self.at, **given))


class Cancel(_Step):
    """/planned-outages/{id}/cancel."""

    @schema.operation("Cancel a planned outage", tag=TAG, takes=WithReason, tells=PlannedDetail)
    def post(self, request: Request, planned_id: int) -> Response:  # noqa: ARG002
        """It is not wanted any more."""
        given = self.body(WithReason)
        return self.told(planned.cancel(actor=self.actor, planned_id=planned_id, at=self.at, **given))


class Complete(_Step):
    """/planned-outages/{id}/complete."""

    @schema.operation("Complete a planned outage", tag=TAG, tells=PlannedDetail)
    def post(self, request: Request, planned_id: int) -> Response:  # noqa: ARG002
        """The work is done and everybody has supply; its outages are completed with it."""
        return self.told(planned.complete(actor=self.actor, planned_id=planned_id, at=self.at))
