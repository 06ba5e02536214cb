"""Suggested switching, and the places of feeders in load shedding, over REST."""

import uuid
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Output, Text, Time
from adms.core.api.views import Endpoint
from outages.models import SwitchingSuggestion
from outages.selectors import load_shedding as feeders
from outages.selectors import suggestions as reading
from outages.services.switching import load_shedding, suggesting, suggestion_jobs
from outages.services.switching.load_shedding import Place
from outages.services.switching.suggesting import Wanted

TAG = "switching orders"
_TERMS = ("dead_min", "wait_min", "target_kw", "turn_min", "turns")


def _number(help_: str) -> serializers.FloatField:
    return serializers.FloatField(
        min_value=0, max_value=1e7, required=False, allow_null=True, default=None, help_text=help_
    )


class SuggestOrder(Input):
    """What switching is wanted for."""

    model = serializers.CharField(max_length=60)
    goal = serializers.ChoiceField(
        list(suggesting.GOALS), required=False, default=suggesting.ISOLATE,
        help_text="isolate: for work at it. unload: hand what it feeds to neighbours; of a consumer: feed it by another way. "
        "relieve: bring what is out of its limits there back. take_out: hand over what a transformer feeds, and isolate it. "
        "least_loss: move open points of its feeder and the neighbours so that less is lost. "
        "normal: move every switch of its feeder, and of those that has to do with, back to where it stands as built. "
        "cold_load: close an open switch onto what is dead behind it, in stages. rotate: shed load in turns.",
    )  # fmt: skip
    equipment_mrid = Text(80, help_text="Of every goal but rotate.")
    dead_min = _number("Of cold_load: minutes without supply; as the ledger says where it is left out.")
    wait_min = _number("Of cold_load: minutes between two stages.")
    target_kw = _number("Of rotate: the relief wanted.")
    turn_min = _number("Of rotate: minutes a turn lasts.")
    turns = _number("Of rotate: how many.")


class ProposalTold(Output):
    """One way; `steps` may be sent back as the steps of an order."""

    title = serializers.CharField()
    points = serializers.ListField(child=serializers.CharField(), help_text="What is opened.")
    ties = serializers.ListField(child=serializers.CharField(), help_text="What is closed.")
    steps = serializers.SerializerMethodField()
    customers_lost = serializers.IntegerField(help_text="The most who are out after any step.")
    during_work = serializers.IntegerField(help_text="Customers who are out while the work goes on.")
    by_hand = serializers.IntegerField(help_text="Movements of switches that are not telemetered.")
    problems = serializers.ListField(child=serializers.CharField())
    is_checked = serializers.BooleanField(help_text="The power flow was solved after every step.")
    unchecked = serializers.CharField(help_text="Why it was not.")
    relieved = serializers.IntegerField(help_text="Places that are within their limits after it, and were not.")
    watched = serializers.JSONField(help_text="Of relieve: violations at the place, before and after.")
    before = serializers.JSONField(help_text="The power flow before the first step.")
    after = serializers.JSONField(help_text="The power flow after the last.")
    v_min_pu = serializers.FloatField(allow_null=True, help_text="The lowest voltage after any step.")
    v_min_at = serializers.CharField()
    loading_percent = serializers.FloatField(allow_null=True, help_text="The highest loading after any step.")
    loading_at = serializers.CharField()
    moved_kw = serializers.FloatField(required=False, help_text="The load that hangs on others after it.")
    wait_min = serializers.FloatField(required=False, help_text="Minutes its steps wait, in all.")
    back_kw = serializers.FloatField(required=False, help_text="Of cold_load: the load that comes back, by the model.")
    worst_kw = serializers.FloatField(required=False, help_text="Of cold_load: the most at once, cold.")
    room_kw = serializers.FloatField(required=False, allow_null=True, help_text="Of cold_load: free up to the source.")
    factor = serializers.FloatField(required=False, help_text="Of cold_load: the multiple as it comes back.")
    turns = serializers.JSONField(required=False, help_text="Of rotate: the feeders of each turn, and its relief.")
    relief_kw = serializers.FloatField(required=False, help_text="Of rotate: at the least.")
    shortfall_kw = serializers.FloatField(required=False, help_text="Of rotate: less than was wanted.")
    critical = serializers.IntegerField(required=False, help_text="Of rotate: critical customers who have a turn.")
    by_profile = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        allow_null=True,
        help_text="Of rotate: feeders expected by the profile of the day, too few days before being known; null: all as now.",
    )

    def get_steps(self, one: dict[str, Any]) -> list[dict[str, Any]]:
        """As an order takes them."""
        return [{name: value for name, value in step.items() if name != "name"} for step in one["steps"]]


class SuggestionDetail(Output):
    """A question, how far it is, and its answer, the best way first."""

    id = serializers.UUIDField()
    model = serializers.CharField(source="model_key")
    goal = serializers.ChoiceField(list(suggesting.GOALS))
    equipment_mrid = serializers.CharField()
    terms = serializers.JSONField()
    asked_by = serializers.CharField()
    asked_at = Time()
    state = serializers.ChoiceField(SwitchingSuggestion.State.values)
    stage = serializers.CharField(help_text="What is done now.")
    error = serializers.CharField()
    ended_at = Time(allow_null=True)
    is_complete = serializers.BooleanField(help_text="False: the time was over before everything was looked at.")
    suggestions = ProposalTold(source="proposals", many=True)


class FeederQuery(Input):
    """Of which network."""

    model = serializers.CharField(max_length=60)


class SheddingFeederTold(Output):
    """A live feeder as load shedding sees it."""

    head = serializers.CharField(source="mrid", help_text="mRID of its head.")
    name = serializers.CharField()
    area = serializers.CharField()
    kw = serializers.FloatField()
    customers = serializers.IntegerField()
    critical = serializers.IntegerField()
    is_telemetered = serializers.BooleanField()
    group = serializers.IntegerField(allow_null=True)
    is_protected = serializers.BooleanField()
    reason = serializers.CharField()
    shed_at = Time(allow_null=True, help_text="Opened last by an order that sheds load.")


class SheddingFeedersTold(Output):
    """By name."""

    feeders = SheddingFeederTold(many=True)


class PutShedding(Input):
    """Where a feeder stands."""

    model = serializers.CharField(max_length=60)
    head = serializers.CharField(max_length=80, help_text="mRID of its head.")
    group = serializers.IntegerField(min_value=1, max_value=load_shedding.MOST_GROUPS, allow_null=True, default=None)
    is_protected = serializers.BooleanField(required=False, default=False)
    reason = Text(200)


class Suggestions(Endpoint):
    """/switching-orders/suggestions."""

    @schema.operation(
        "Ask for switching to be suggested", tag=TAG, takes=SuggestOrder, tells=SuggestionDetail, status=202
    )
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """A worker finds the ways, as the network stands then; a later question of the same person ends this one."""
        given = self.body(SuggestOrder)
        terms = {name: given[name] for name in _TERMS if given[name] is not None}
        wanted = Wanted(given["model"], given["goal"], given["equipment_mrid"], terms)
        row = suggestion_jobs.ask(actor=self.actor, wanted=wanted, at=self.at)
        return Response(SuggestionDetail(row).data, status=202)


class OneSuggestion(Endpoint):
    """/switching-orders/suggestions/{id}."""

    @schema.operation("What is suggested", tag=TAG, tells=SuggestionDetail)
    def get(self, request: Request, suggestion: uuid.UUID) -> Response:  # noqa: ARG002
        """How far it is, and the ways."""
        return Response(SuggestionDetail(reading.one(self.actor, suggestion)).data)


class CancelSuggestion(Endpoint):
    """/switching-orders/suggestions/{id}/cancel."""

    @schema.operation("Do without a suggestion", tag=TAG, tells=SuggestionDetail)
    def post(self, request: Request, suggestion: uuid.UUID) -> Response:  # noqa: ARG002
        """Nothing of it is kept."""
        row = suggestion_jobs.cancel(actor=self.actor, suggestion=suggestion, at=self.at)
        return Response(SuggestionDetail(row).data)


class SheddingFeeders(Endpoint):
    """/load-shedding/feeders."""

    @schema.operation("Feeders as load shedding sees them", tag=TAG, query=FeederQuery, tells=SheddingFeedersTold)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """With what each takes now, its group, and whether it is protected."""
        model = self.query(FeederQuery)["model"]
        return Response(SheddingFeedersTold({"feeders": feeders.visible(self.actor, model)}).data)

    @schema.operation("Put a feeder into a group, or protect it", tag=TAG, takes=PutShedding, tells=SheddingFeedersTold)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """By a senior operator of its area."""
        given = self.body(PutShedding)
        place = Place(given["group"], given["is_protected"], given["reason"])
        load_shedding.put(actor=self.actor, model=given["model"], head_mrid=given["head"], place=place, at=self.at)
        return Response(SheddingFeedersTold({"feeders": feeders.visible(self.actor, given["model"])}).data)
