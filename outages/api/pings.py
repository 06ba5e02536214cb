"""Pings over REST: every one with its answers, and asking by hand."""

import uuid
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Key, Number, Output, Text, Time
from adms.core.api.paging import PageQuery
from adms.core.api.views import Endpoint
from adms.core.errors import Invalid
from metering.selectors import pings as asked
from metering.services.pings import Requested
from network.domain import phases as ph
from outages.api.serializers.shared import maybe
from outages.services import asking

TAG = "pings"
SHOWS = (asked.ALL, asked.AUTOMATIC, asked.BY_HAND, asked.WAITING, asked.DARK, asked.FAILED)


class PingQuery(PageQuery):
    """Which pings."""

    show = serializers.ChoiceField(SHOWS, default=asked.ALL)
    outage = maybe(Key)
    area = Text(60)
    since = maybe(Time)
    until = maybe(Time)


class PingTold(Output):
    """A round of asking meters, with how many answered what."""

    id = serializers.CharField()
    asked_at = Time()
    ended_at = Time(allow_null=True)
    asked_by = serializers.CharField(help_text="A person, or the rule that asked.")
    is_automatic = serializers.BooleanField()
    purpose = serializers.CharField(help_text="verify_call, verify_prediction, verify_restoration, by_hand.")
    rule = serializers.CharField()
    reason = serializers.CharField()
    reference = serializers.CharField(help_text="outage:12, call:7, customer:4, device:MRID.")
    area = serializers.CharField()
    head_ends = serializers.ListField(child=serializers.CharField())
    meters = serializers.IntegerField()
    on = serializers.IntegerField()
    part = serializers.IntegerField(help_text="Supply on some phases.")
    off = serializers.IntegerField()
    none = serializers.IntegerField(help_text="No answer before the deadline.")
    refused = serializers.IntegerField()
    unknown = serializers.IntegerField(help_text="The head-end could not be asked, or gave no word.")
    waiting = serializers.IntegerField()
    skipped = serializers.DictField(child=serializers.IntegerField())
    median_s = Number(allow_null=True)
    slowest_s = Number(allow_null=True)
    errors = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]  # a field, not the property


class AnswerTold(Output):
    """What one meter answered."""

    meter = serializers.CharField()
    usage_point = serializers.IntegerField()
    device = serializers.CharField(source="equipment_mrid")
    answer = serializers.CharField(help_text="on, part, off, none, refused, unknown, waiting.")
    phases_on = serializers.SerializerMethodField()
    phases_off = serializers.SerializerMethodField()
    volts = serializers.DictField(child=Number())
    asked_at = Time()
    answered_at = Time(allow_null=True)
    latency_s = Number(allow_null=True)
    is_late = serializers.BooleanField()
    note = serializers.CharField()

    def get_phases_on(self, row: dict[str, Any]) -> str:
        """As letters."""
        return ph.text(row["phases_on"])

    def get_phases_off(self, row: dict[str, Any]) -> str:
        """As letters."""
        return ph.text(row["phases_off"])


class PingDetail(PingTold):
    """With every answer."""

    answers = AnswerTold(many=True)


class AskMeters(Input):
    """About what: an outage, one customer, or a device."""

    outage = maybe(Key)
    usage_point = maybe(Key)
    model = Text(60)
    device = Text(80, help_text="mRID; with model.")
    sample = serializers.ChoiceField(sorted(asking.SAMPLES), default="transformer")
    reason = serializers.CharField(min_length=3, max_length=200)


class AskedTold(Output):
    """What became of it."""

    ping = serializers.CharField(allow_null=True, help_text="null where nobody was left to ask.")
    asked = serializers.IntegerField()
    skipped = serializers.DictField(child=serializers.IntegerField(), help_text="Why how many were not asked.")


class Pings(Endpoint):
    """/pings."""

    @schema.operation("List pings", tag=TAG, query=PingQuery, tells=PingTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Every question to meters, asked by people and by rules, the latest first."""
        query = self.query(PingQuery)
        found = asked.listed(
            self.actor,
            show=query["show"],
            reference=f"outage:{query['outage']}" if query["outage"] is not None else "",
            area=query["area"],
            since=query["since"],
            until=query["until"],
        )
        return self.page(found, query, PingTold, describe=asked.told)

    @schema.operation("Ask meters", tag=TAG, takes=AskMeters, tells=AskedTold, status=201)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Ask whether meters have supply. Who was asked a moment ago is left out, and told of; 200 where nobody is left."""
        done = self._ask(self.body(AskMeters))
        told = {"ping": str(done.ping.pk) if done.ping else None, "asked": done.asked, "skipped": done.skipped}
        return Response(AskedTold(told).data, status=201 if done.ping else 200)

    def _ask(self, given: dict[str, Any]) -> Requested:
        known: dict[str, Any] = {"actor": self.actor, "reason": given["reason"], "at": self.at}
        if given["outage"] is not None:
            return asking.ask_about_outage(outage_id=given["outage"], sample=given["sample"], **known)
        if given["usage_point"] is not None:
            return asking.ask_customer(usage_point=given["usage_point"], **known)
        if given["device"]:
            return asking.ask_below_device(model=given["model"], mrid=given["device"], sample=given["sample"], **known)
        raise Invalid("an outage, a usage point or a device is needed", field="outage")


class Ping(Endpoint):
    """/pings/{id}."""

    @schema.operation("Show a ping", tag=TAG, tells=PingDetail)
    def get(self, request: Request, ping_id: uuid.UUID) -> Response:  # noqa: ARG002
        """With what each meter answered."""
        (row,) = asked.told([asked.one(self.actor, ping_id)])
        return Response(PingDetail(row | {"answers": asked.answers([ping_id])}).data)
