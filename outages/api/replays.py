"""Replays of predictions over REST: ask for one, see how far it is, stop it, read what it found."""

import uuid
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Key, Number, Output, Text, Time
from adms.core.api.paging import PageQuery
from adms.core.api.views import Endpoint
from outages.domain import rule_sets
from outages.models import PredictionReplay
from outages.selectors import replays as reading
from outages.services import replay_jobs
from outages.services.replay_jobs import Wanted

TAG = "replays"
READS = ("see_network", "edit_rules")


class ReplayWanted(Input):
    """What is to be replayed, by what."""

    model = serializers.CharField(max_length=60)
    begin = Time(help_text="By when evidence was recorded.")
    end = Time()
    step_s = Number(required=False, default=1.0, min_value=0.001, max_value=3600, help_text="Predicted together.")
    area = Text(60, help_text="Key of the only control area; all if empty.")
    by = serializers.ChoiceField(
        PredictionReplay.By.choices,
        required=False,
        default=PredictionReplay.By.VERSION,
        help_text="then: the sets each area followed; version: one set in a version; copy: that one with other `values`.",
    )
    rules_area = Text(60, help_text="Key of the control area whose own set is meant; the general one if empty.")
    rules = serializers.SlugField(max_length=40, required=False, default="normal")
    version = Key(required=False, allow_null=True, default=None, help_text="The latest if null; 0 is as built in.")
    values = serializers.DictField(required=False, allow_null=True, default=None)
    engine = serializers.ChoiceField(
        sorted(rule_sets.ENGINES), required=False, allow_blank=True, default="", help_text="That of the rules if empty."
    )


class ReplayTold(Output):
    """How far a replay is, and what came of it."""

    id = serializers.UUIDField()
    address = serializers.SerializerMethodField()
    model = serializers.CharField(source="model_key")
    area = serializers.CharField(source="area.key", allow_null=True, default=None)
    begin = Time(source="begins_at")
    end = Time(source="ends_at")
    step_s = Number()
    by = serializers.CharField()
    rules = serializers.SerializerMethodField()
    values = serializers.DictField(source="rules_values")
    engine = serializers.CharField()
    asked_by = serializers.CharField()
    state = serializers.ChoiceField(PredictionReplay.State.choices)
    percent = serializers.IntegerField()
    error = serializers.CharField()
    result = serializers.DictField(help_text="Figures of the comparison; empty until it is done.")
    created_at = Time(source="asked_at")
    started_at = Time(allow_null=True)
    ended_at = Time(allow_null=True)

    def get_address(self, row: PredictionReplay) -> str:
        """Where to ask again."""
        return f"/api/v1/replays/{row.pk}"

    def get_rules(self, row: PredictionReplay) -> str:
        """By what, in words."""
        return reading.rules_label(row)


class RowsQuery(PageQuery):
    """Which outages."""

    show = serializers.ChoiceField(reading.SHOWS, required=False, default=reading.ALL)


class RowTold(Output):
    """An outage of the replay beside that of the record; null where one side has none."""

    number = serializers.IntegerField()
    differences = serializers.ListField(child=serializers.CharField())
    outage = serializers.IntegerField(allow_null=True)
    recorded = serializers.DictField(allow_null=True)
    replayed = serializers.DictField(allow_null=True)
    recorded_to_right_device_s = Number(source="recorded_to_right_s", allow_null=True)
    to_right_device_s = Number(source="to_right_s", allow_null=True)


class Replays(Endpoint):
    """/replays."""

    reads: ClassVar[tuple[str, ...]] = READS

    @schema.operation("List replays", tag=TAG, query=PageQuery, tells=ReplayTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """The newest first."""
        return self.page(reading.latest(), self.query(PageQuery), ReplayTold)

    @schema.operation("Replay a period", tag=TAG, takes=ReplayWanted, tells=ReplayTold, status=202)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """A job: a recorded period is predicted once more, by other rules or the other engine. Nothing of the record changes."""
        made = replay_jobs.ask(actor=self.actor, wanted=Wanted(**self.body(ReplayWanted)), at=self.at)
        told = ReplayTold(made).data
        return Response(told, status=202, headers={"Location": told["address"]})


class Replay(Endpoint):
    """/replays/{id}."""

    reads: ClassVar[tuple[str, ...]] = READS

    @schema.operation("Show a replay", tag=TAG, tells=ReplayTold)
    def get(self, request: Request, replay_id: uuid.UUID) -> Response:  # noqa: ARG002
        """How far it is, and its figures."""
        return Response(ReplayTold(reading.one(replay_id)).data)


class Cancel(Endpoint):
    """/replays/{id}/cancel."""

    @schema.operation("Cancel a replay", tag=TAG, tells=ReplayTold)
    def post(self, request: Request, replay_id: uuid.UUID) -> Response:  # noqa: ARG002
        """It stops at its next step, and nothing of it is kept."""
        replay_jobs.cancel(actor=self.actor, replay_id=replay_id, at=self.at)
        return Response(ReplayTold(reading.one(replay_id)).data)


class Outages(Endpoint):
    """/replays/{id}/outages."""

    reads: ClassVar[tuple[str, ...]] = READS

    @schema.operation("List the outages of a replay", tag=TAG, query=RowsQuery, tells=RowTold, is_page=True)
    def get(self, request: Request, replay_id: uuid.UUID) -> Response:  # noqa: ARG002
        """As they were and as they would have been, those with most customers first."""
        query: dict[str, Any] = self.query(RowsQuery)
        return self.page(reading.rows(reading.one(replay_id).pk, query["show"]), query, RowTold)
