"""Planned outages over REST: every verb of theirs."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core import clock
from adms.core.api import schema
from adms.core.api.fields import Input, Output, Text, Time
from adms.core.api.paging import PageQuery
from adms.core.api.views import Endpoint
from network.domain import phases as ph
from outages.domain import planned as life
from outages.models import PlannedEntry, PlannedOutage
from outages.selectors import planned as reading
from outages.selectors import planned_findings, planned_notices, planned_words
from outages.services import planned, planned_announcing, planned_preview

TAG = "planned outages"


class PlannedQuery(PageQuery):
    """Which of them."""

    state = serializers.ChoiceField(life.STATES, required=False, allow_blank=True, default="")
    show = serializers.ChoiceField(list(reading.LISTS), required=False, default=reading.ALL)
    area = Text(60)
    q = Text(80, help_text="Words of number, purpose, device, feeder, switching order.")
    since = Time(required=False, help_text="With until: those whose window touches this time.")
    until = Time(required=False)


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


class Despite(Input):
    """Why it is approved although it collides with another one."""

    despite = Text(200)


class Window(WithReason):
    """Another window, and why."""

    begins_at = Time()
    ends_at = Time()


class How(Input):
    """How customers were told, or who acknowledged."""

    how = serializers.CharField(max_length=200)


class PreviewPlanned(Input):
    """What might be opened, and when."""

    model = serializers.CharField(max_length=60)
    devices = DeviceWanted(many=True, allow_empty=False)
    begins_at = Time()
    ends_at = Time()


class PlannedFinding(Output):
    """What speaks against it, or should be known."""

    level = serializers.ChoiceField(["note", "warning", "error"])
    code = serializers.CharField()
    text = serializers.CharField()
    planned = serializers.IntegerField(allow_null=True)
    outage = serializers.IntegerField(allow_null=True)


class PreviewTold(Output):
    """What it would do."""

    devices = serializers.ListField(child=serializers.CharField())
    customers = serializers.IntegerField()
    critical = serializers.IntegerField()
    kw = serializers.FloatField()
    feeders = serializers.ListField(child=serializers.CharField())
    findings = PlannedFinding(many=True)


class NoticeTold(Output):
    """One round of notices: what it says, and how many customers stand where."""

    id = serializers.IntegerField()
    number = serializers.IntegerField()
    kind = serializers.CharField()
    text = serializers.CharField()
    begins_at = Time()
    ends_at = Time()
    made_by = serializers.CharField()
    made_at = Time()
    is_late = serializers.BooleanField(help_text="Later than the notice period asks.")
    messages = serializers.IntegerField(source="chunks", help_text="To each subscriber.")
    told = serializers.IntegerField()
    waiting = serializers.IntegerField()
    delivered = serializers.IntegerField()
    refused = serializers.IntegerField()
    by_hand = serializers.IntegerField(help_text="Nobody takes the messages: to be told by a person.")
    critical = serializers.IntegerField()
    acknowledged = serializers.IntegerField(help_text="Of the critical ones.")


class NoticeCustomerTold(Output):
    """One customer of a round."""

    id = serializers.IntegerField()
    mrid = serializers.CharField()
    usage_point = serializers.IntegerField(source="usage_point_id")
    verb = serializers.ChoiceField(["created", "changed", "canceled"])
    state = serializers.CharField()
    is_critical = serializers.BooleanField()
    settled_at = Time(allow_null=True)
    detail = serializers.CharField()
    acknowledged_at = Time(allow_null=True)
    acknowledged_by = serializers.CharField()


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
    feeders = serializers.ListField(child=serializers.CharField(), help_text="As built.")
    kw = serializers.FloatField(help_text="Lost with the switches as they are now.")
    notified_at = Time(allow_null=True)
    expired_at = Time(allow_null=True)
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
    text = serializers.SerializerMethodField()
    actor = serializers.CharField()

    def get_text(self, value: PlannedEntry) -> str:
        """In the reader's language."""
        return planned_words.line(value)


class PlannedDetail(PlannedTold):
    """With its timeline, the outages it came to and what it collides with."""

    outages = serializers.SerializerMethodField()
    findings = serializers.SerializerMethodField()
    notices = serializers.SerializerMethodField()
    timeline = EntryTold(source="entries.all", many=True)

    def get_outages(self, row: PlannedOutage) -> list[int]:
        """Ids."""
        return list(row.outages.order_by("pk").values_list("pk", flat=True))

    def get_findings(self, row: PlannedOutage) -> list[dict[str, Any]]:
        """Other planned outages, customers out already, notices; the gravest first."""
        return [dict(PlannedFinding(one).data) for one in planned_findings.findings(row, at=clock.now())]

    def get_notices(self, row: PlannedOutage) -> list[dict[str, Any]]:
        """Rounds of notices, the latest first."""
        return [dict(NoticeTold(one).data) for one in planned_notices.rounds(row)]


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
        since, until = query.get("since"), query.get("until")
        found = reading.listed(
            self.actor,
            state=query["state"],
            area=query["area"],
            show=query["show"],
            text=query["q"],
            window=(since, until) if since and until else None,
        )
        return self.page(found, query, PlannedTold)

    @schema.operation("Request a planned outage", tag=TAG, takes=RequestPlanned, tells=PlannedDetail, status=201)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Who will lose supply is computed at once, on the normal and on the present state of the network."""
        given = self.body(RequestPlanned)
        given["devices"] = _wanted(given)
        row = planned.request(actor=self.actor, at=self.at, **given)
        return Response(PlannedDetail(reading.one(self.actor, row.pk)).data, status=201)


def _wanted(given: dict[str, Any]) -> list[planned.Wanted]:
    return [planned.Wanted(one["device"], ph.parse(one["phases"])) for one in given["devices"]]


class Preview(Endpoint):
    """/planned-outages/preview."""

    reads = ("request_planned_outage",)

    @schema.operation("Look ahead at a planned outage", tag=TAG, takes=PreviewPlanned, tells=PreviewTold)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Who would lose supply and what speaks against it; nothing is written."""
        given = self.body(PreviewPlanned)
        given["devices"] = _wanted(given)
        return Response(PreviewTold(planned_preview.preview(actor=self.actor, at=self.at, **given)).data)


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

    @schema.operation("Approve a planned outage", tag=TAG, takes=Despite, tells=PlannedDetail)
    def post(self, request: Request, planned_id: int) -> Response:  # noqa: ARG002
        """Another person than the requester; with a reason where it collides with another one."""
        given = self.body(Despite)
        return self.told(planned.approve(actor=self.actor, planned_id=planned_id, at=self.at, **given))


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


class ChangeWindow(_Step):
    """/planned-outages/{id}/window."""

    @schema.operation("Move the window of a planned outage", tag=TAG, takes=Window, tells=PlannedDetail)
    def post(self, request: Request, planned_id: int) -> Response:  # noqa: ARG002
        """Before it begins, or its end while it goes on; who was told hears of it once it is approved."""
        given = self.body(Window)
        return self.told(planned.change_window(actor=self.actor, planned_id=planned_id, at=self.at, **given))


class Notices(_Step):
    """/planned-outages/{id}/notices."""

    @schema.operation("Send notices of a planned outage", tag=TAG, tells=PlannedDetail)
    def post(self, request: Request, planned_id: int) -> Response:  # noqa: ARG002
        """Tell its customers what they do not know yet."""
        notice = planned_announcing.announce(actor=self.actor, planned_id=planned_id, at=self.at)
        return self.told(notice.planned_outage)


class NoticeCustomers(Endpoint):
    """/planned-outages/{id}/notices/{number}/customers."""

    reads = ("view_customer",)

    @schema.operation("List the customers of a round", tag=TAG, query=PageQuery, tells=NoticeCustomerTold, is_page=True)
    def get(self, request: Request, planned_id: int, number: int) -> Response:  # noqa: ARG002
        """What each was told and whether it arrived, the critical ones first."""
        row = reading.one(self.actor, planned_id, may="view_customer")
        found = planned_notices.customers_of(planned_notices.round_id(row, number))
        return self.page(found, self.query(PageQuery), NoticeCustomerTold)


class ToldByHand(_Step):
    """/planned-outages/{id}/notices/{number}/told."""

    @schema.operation("Say that customers were told in another way", tag=TAG, takes=How, tells=PlannedDetail)
    def post(self, request: Request, planned_id: int, number: int) -> Response:  # noqa: ARG002
        """Those of a round whom no message reached."""
        row = reading.one(self.actor, planned_id)
        notice_id = planned_notices.round_id(row, number)
        planned_announcing.told_by_hand(actor=self.actor, notice_id=notice_id, at=self.at, **self.body(How))
        return self.told(row)


class Acknowledge(Endpoint):
    """/planned-notices/{id}/acknowledge."""

    @schema.operation("Note that a critical customer acknowledged", tag=TAG, takes=How, tells=NoticeCustomerTold)
    def post(self, request: Request, customer_id: int) -> Response:  # noqa: ARG002
        """`id` is that of the customer in the round."""
        done = planned_announcing.acknowledge(actor=self.actor, customer_id=customer_id, at=self.at, **self.body(How))
        return Response(NoticeCustomerTold(done).data)
