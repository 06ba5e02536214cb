"""Callbacks and critical customers over REST."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Key, Number, Output, Text, Time
from adms.core.api.paging import PageQuery
from adms.core.api.views import Endpoint
from outages.api.serializers.shared import maybe
from outages.models import Callback
from outages.selectors import callback_words, critical
from outages.selectors import callbacks as known
from outages.services import callback_answers, callbacks

TAG = "callbacks"


class CallbackQuery(PageQuery):
    """Which callbacks."""

    show = serializers.ChoiceField(tuple(known.WHICH), default=known.ALL)
    outage = maybe(Key)


class AskCallback(Input):
    """Whom to call when supply is back."""

    usage_point = Key()
    outage = maybe(Key)
    reason = Text(200)


class AnswerCallback(Input):
    """What became of it."""

    outcome = serializers.ChoiceField(callback_answers.OUTCOMES)
    answered_at = maybe(Time)
    comment = Text(200)


class CallbackTold(Output):
    """One promise to one customer."""

    id = serializers.IntegerField()
    mrid = serializers.CharField()
    state = serializers.CharField(help_text="waiting, due, reached, still_out, unreached, withdrawn.")
    area = serializers.CharField(source="area.key")
    usage_point = serializers.IntegerField(source="usage_point_id", allow_null=True)
    outage = serializers.IntegerField(source="outage_id", allow_null=True)
    follows = serializers.IntegerField(source="follows_id", allow_null=True, help_text="The one that was still out.")
    name = serializers.CharField()
    phone = serializers.CharField()
    calls = serializers.IntegerField()
    reason = serializers.SerializerMethodField()
    tries = serializers.IntegerField()
    is_by_hand = serializers.BooleanField(help_text="No partner takes the message: a person calls.")
    requested_at = Time()
    requested_by = serializers.CharField()
    back_at = Time(allow_null=True)
    due_at = Time(allow_null=True)
    next_try_at = Time(allow_null=True)
    ended_at = Time(allow_null=True)
    answer = serializers.SerializerMethodField()
    answered_by = serializers.CharField()

    def get_reason(self, row: Callback) -> str:
        """Why the customer is to be called now, in the reader's language."""
        return callback_words.reason(row)

    def get_answer(self, row: Callback) -> str:
        """What came of it, in the reader's language or as a person put it."""
        return callback_words.answer(row)


class CriticalQuery(Input):
    """Which critical customers."""

    kind = Text(60)
    area = Text(60)


class CriticalTold(Output):
    """One critical customer without supply."""

    usage_point = serializers.IntegerField()
    kind = serializers.CharField()
    kind_label = serializers.CharField()
    name = serializers.CharField()
    address = serializers.CharField()
    account_number = serializers.CharField()
    phone = serializers.CharField()
    since = Time()
    backup_hours = Number(allow_null=True)
    backup_until = Time(allow_null=True, help_text="How long customers of this kind usually manage alone.")
    outage = serializers.IntegerField()
    area = serializers.CharField()
    crew = serializers.CharField()
    etr_at = Time(allow_null=True)
    callback = serializers.IntegerField(allow_null=True)


class Callbacks(Endpoint):
    """/callbacks."""

    reads: ClassVar[tuple[str, ...]] = ("view_customer",)

    @schema.operation("List callbacks", tag=TAG, query=CallbackQuery, tells=CallbackTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Callbacks of your areas, the latest first."""
        query = self.query(CallbackQuery)
        found = known.listed(self.actor, show=query["show"], outage=query["outage"])
        return self.page(found, query, CallbackTold)

    @schema.operation("Promise a callback", tag=TAG, takes=AskCallback, tells=CallbackTold, status=201)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """A customer is to be called when supply is back; while one waits for this customer it is that one."""
        given = self.body(AskCallback)
        made = callbacks.request(
            actor=self.actor,
            usage_point=given["usage_point"],
            outage_id=given["outage"],
            reason=given["reason"],
            at=self.at,
        )
        return Response(CallbackTold(made).data, status=201)


class CallbackNow(Endpoint):
    """/callbacks/{id}/now."""

    @schema.operation("Call a customer now", tag=TAG, tells=CallbackTold)
    def post(self, request: Request, callback_id: int) -> Response:  # noqa: ARG002
        """Whatever the ledger says."""
        return Response(CallbackTold(callbacks.ask_now(actor=self.actor, callback_id=callback_id, at=self.at)).data)


class CallbackAnswer(Endpoint):
    """/callbacks/{id}/answer."""

    @schema.operation("Tell what became of a callback", tag=TAG, takes=AnswerCallback, tells=CallbackTold)
    def post(self, request: Request, callback_id: int) -> Response:  # noqa: ARG002
        """Reached ends it, not_reached has it tried again, still_out is a new call and a new promise."""
        given = self.body(AnswerCallback)
        found = callback_answers.answer(actor=self.actor, callback_id=callback_id, at=self.at, **given)
        return Response(CallbackTold(found).data)


class CriticalList(Output):
    """Critical customers without supply."""

    items = CriticalTold(many=True)


class CriticalCustomers(Endpoint):
    """/critical-customers."""

    reads: ClassVar[tuple[str, ...]] = ("view_customer",)

    @schema.operation("List critical customers out now", tag=TAG, query=CriticalQuery, tells=CriticalList)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Those of your areas without supply, the most urgent kind first; a list."""
        query = self.query(CriticalQuery)
        found = critical.out_now(self.actor, kind=query["kind"], area=query["area"])
        return Response({"items": CriticalTold([_critical(one) for one in found], many=True).data})


def _critical(one: critical.Out) -> dict[str, Any]:
    return {
        "usage_point": one.usage_point,
        "kind": one.kind.key,
        "kind_label": one.kind.label,
        "name": one.place["customer"],
        **{name: one.place[name] for name in ("address", "account_number", "phone")},
        "since": one.since,
        "backup_hours": one.kind.backup_hours,
        "backup_until": one.backup_until,
        "outage": one.outage.pk,
        "area": one.outage.area.key,
        "crew": one.crew,
        "etr_at": one.outage.etr_at,
        "callback": one.callback.pk if one.callback else None,
    }
