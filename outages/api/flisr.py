"""FLISR over REST: events with their plans and report, the verbs of people, modes, readiness."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Number, Output, Text, Time
from adms.core.api.paging import PageQuery
from adms.core.api.views import Endpoint
from outages.domain.flisr import modes as domain
from outages.models import FlisrEvent
from outages.selectors import flisr as reading
from outages.selectors import flisr_words
from outages.services.flisr import deciding, instructing, modes, stepping

TAG = "FLISR"
#: What a location keeps for itself: nodes of the faulted section, and what was out of its limits before.
_OWN = ("nodes", "before")


class FlisrWords(serializers.CharField):
    """What is kept as a phrase, in words."""

    def to_representation(self, value: Any) -> str:
        """In the language of the request."""
        return flisr_words.said(value)


class FlisrEventQuery(PageQuery):
    """Which of them."""

    going = serializers.BooleanField(required=False, allow_null=True, default=None)
    model = Text(60)


class FlisrEventTold(Output):
    """One trip that stayed."""

    id = serializers.IntegerField()
    area = serializers.CharField(source="area.key")
    model = serializers.CharField(source="model_key")
    device = serializers.CharField(source="device_mrid")
    device_name = serializers.CharField()
    feeder = serializers.CharField()
    outage = serializers.IntegerField(source="outage_id", allow_null=True)
    mode = serializers.ChoiceField(domain.MODES)
    state = serializers.ChoiceField(FlisrEvent.State.values)
    trigger = serializers.CharField(help_text="trip (it did not reclose), or lockout.")
    tripped_at = Time()
    planned_at = Time(allow_null=True)
    took_ms = serializers.IntegerField()
    revision = serializers.IntegerField(help_text="How often it was planned; goes with a plan that is taken.")
    reason = FlisrWords(help_text="Why it is held, has no plan, or does not go by itself.")
    chosen = serializers.IntegerField(allow_null=True, help_text="Place of the plan that was taken, from 0.")
    taken_by = serializers.CharField()
    ended_at = Time(allow_null=True)
    acknowledged_by = serializers.CharField()
    verdict = serializers.CharField()
    score = serializers.DictField(
        help_text="Customer-minutes: happened, otherwise, saved; empty until everybody is back."
    )


class FlisrStepTold(Output):
    """One switch of the plan that was taken."""

    revision = serializers.IntegerField()
    place = serializers.IntegerField()
    device = serializers.CharField(source="equipment_mrid")
    device_name = serializers.CharField(source="equipment_name")
    close = serializers.BooleanField(source="is_close")
    is_remote = serializers.BooleanField()
    purpose = serializers.CharField()
    state = serializers.CharField()
    operation = serializers.UUIDField(source="operation_id", allow_null=True)
    order_step = serializers.CharField(
        source="order_step.key", default="", help_text="Key of the step of a switching order by which a crew was told."
    )
    actor = serializers.CharField()
    started_at = Time(allow_null=True)
    ended_at = Time(allow_null=True)
    result = FlisrWords()


class FlisrEntryTold(Output):
    """One line of the report."""

    at = Time()
    kind = serializers.CharField()
    text = FlisrWords()
    actor = serializers.CharField()


class FlisrEventDetail(FlisrEventTold):
    """The report of an event: loads before, where the fault is, ranked plans, what was done and when."""

    before = serializers.DictField()
    location = serializers.SerializerMethodField()
    plans = serializers.SerializerMethodField(
        help_text="Best first; `transfer` says which load moves (giver, taker, kw, customers) over which switches (tie, part), or null."
    )
    steps = FlisrStepTold(source="steps.all", many=True)
    entries = FlisrEntryTold(source="entries.all", many=True)
    remark = serializers.CharField()

    def get_location(self, row: FlisrEvent) -> dict[str, Any]:
        """Sections, bounds and reasons."""
        told = flisr_words.location(row.location)
        return {key: value for key, value in told.items() if key not in _OWN}

    def get_plans(self, row: FlisrEvent) -> list[dict[str, Any]]:
        """Ranked, in words."""
        return [flisr_words.plan(one) for one in row.plans]


class TakeFlisrPlan(Input):
    """Which plan, of which planning."""

    plan = serializers.IntegerField(min_value=0, max_value=100)
    revision = serializers.IntegerField(min_value=0, max_value=1000)


class DoFlisrStep(Input):
    """What a step needs that takes supply from customers or makes a loop."""

    confirmation = Text(40, help_text="The digits of the device's name.")
    reason = Text(200)


class TellFlisrCrew(Input):
    """Who is to do a step by hand."""

    crew = serializers.CharField(max_length=30, help_text="Key of the crew.")


class FlisrReason(Input):
    """Why."""

    reason = serializers.CharField(max_length=400)


class FlisrVerdict(Input):
    """What a person says of the best plan."""

    verdict = serializers.ChoiceField(["right", "wrong", ""])
    remark = Text(400)


class FlisrModeWanted(Input):
    """What FLISR may do in a scope."""

    scope = serializers.ChoiceField(domain.SCOPES)
    key = Text(160, help_text="Of the area; of a feeder model/mRID of its head; nothing of the system.")
    mode = serializers.ChoiceField(domain.MODES)
    reason = serializers.CharField(max_length=200)


class FlisrModeTold(Output):
    """A mode that was set."""

    scope = serializers.CharField()
    key = serializers.CharField()
    name = serializers.CharField()
    mode = serializers.CharField()
    reason = serializers.CharField()
    set_by = serializers.CharField()
    set_at = Time()


class FlisrReadyTold(Output):
    """How a feeder's events were judged."""

    model = serializers.CharField(source="model_key")
    feeder_mrid = serializers.CharField()
    feeder = serializers.CharField()
    area = serializers.CharField()
    events = serializers.IntegerField()
    judged = serializers.IntegerField()
    right = serializers.IntegerField()
    share = Number()
    saved = Number(help_text="Customer-minutes.")
    is_ready = serializers.BooleanField()


class FlisrReady(Output):
    """Every feeder with events."""

    feeders = FlisrReadyTold(many=True)


class FlisrModesTold(Output):
    """Every mode that was set, as it holds."""

    modes = FlisrModeTold(many=True)


class Events(Endpoint):
    """/flisr/events."""

    @schema.operation("List events of FLISR", tag=TAG, query=FlisrEventQuery, tells=FlisrEventTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """The newest first."""
        query = self.query(FlisrEventQuery)
        return self.page(reading.listed(self.actor, going=query["going"], model=query["model"]), query, FlisrEventTold)


class Event(Endpoint):
    """/flisr/events/{id}."""

    @schema.operation("The report of an event of FLISR", tag=TAG, tells=FlisrEventDetail)
    def get(self, request: Request, event_id: int) -> Response:  # noqa: ARG002
        """Whole."""
        return Response(FlisrEventDetail(reading.one(self.actor, event_id)).data)


class Take(Endpoint):
    """/flisr/events/{id}/take."""

    @schema.operation("Take a plan of FLISR", tag=TAG, takes=TakeFlisrPlan, tells=FlisrEventDetail)
    def post(self, request: Request, event_id: int) -> Response:  # noqa: ARG002
        """As it was seen; its steps are carried out one by one."""
        body = self.body(TakeFlisrPlan)
        row = deciding.take_plan(
            actor=self.actor, event_id=event_id, place=body["plan"], revision=body["revision"], at=self.at
        )
        return Response(FlisrEventDetail(row).data)


class Step(Endpoint):
    """/flisr/events/{id}/steps/{place}."""

    @schema.operation("Carry out the next step of FLISR", tag=TAG, takes=DoFlisrStep, tells=FlisrStepTold)
    def post(self, request: Request, event_id: int, place: int) -> Response:  # noqa: ARG002
        """Through the control gate; where customers lose supply or a loop is made it needs the digits of the device and a reason."""
        body = self.body(DoFlisrStep)
        step = stepping.do_step(
            actor=self.actor,
            event_id=event_id,
            place=place,
            confirmation=body["confirmation"],
            reason=body["reason"],
            at=self.at,
        )
        return Response(FlisrStepTold(step).data)


class Instruct(Endpoint):
    """/flisr/events/{id}/steps/{place}/instruct."""

    @schema.operation("Tell a crew the next step of FLISR", tag=TAG, takes=TellFlisrCrew, tells=FlisrStepTold)
    def post(self, request: Request, event_id: int, place: int) -> Response:  # noqa: ARG002
        """A step that is done by hand; the crew reports it as a step of a switching order."""
        crew = self.body(TellFlisrCrew)["crew"]
        step = instructing.instruct_step(actor=self.actor, event_id=event_id, place=place, crew=crew, at=self.at)
        return Response(FlisrStepTold(step).data)


class TakeBack(Endpoint):
    """/flisr/events/{id}/steps/{place}/take-back."""

    @schema.operation("Take a step of FLISR back from its crew", tag=TAG, tells=FlisrStepTold)
    def post(self, request: Request, event_id: int, place: int) -> Response:  # noqa: ARG002
        """The crew says that it has not moved it."""
        step = instructing.take_step_back(actor=self.actor, event_id=event_id, place=place, at=self.at)
        return Response(FlisrStepTold(step).data)


class PlanAgain(Endpoint):
    """/flisr/events/{id}/plan."""

    @schema.operation("Plan an event of FLISR anew", tag=TAG, tells=FlisrEventDetail)
    def post(self, request: Request, event_id: int) -> Response:  # noqa: ARG002
        """From the picture as it is now."""
        return Response(FlisrEventDetail(deciding.plan_again(actor=self.actor, event_id=event_id, at=self.at)).data)


class Stop(Endpoint):
    """/flisr/events/{id}/stop."""

    @schema.operation("Stop an event of FLISR", tag=TAG, takes=FlisrReason, tells=FlisrEventDetail)
    def post(self, request: Request, event_id: int) -> Response:  # noqa: ARG002
        """What was switched stays."""
        reason = self.body(FlisrReason)["reason"]
        return Response(
            FlisrEventDetail(deciding.stop(actor=self.actor, event_id=event_id, reason=reason, at=self.at)).data
        )


class Acknowledge(Endpoint):
    """/flisr/events/{id}/acknowledge."""

    @schema.operation("Acknowledge an event of FLISR", tag=TAG, takes=FlisrVerdict, tells=FlisrEventDetail)
    def post(self, request: Request, event_id: int) -> Response:  # noqa: ARG002
        """Automation may act on the feeder again."""
        body = self.body(FlisrVerdict)
        row = deciding.acknowledge(
            actor=self.actor, event_id=event_id, verdict=body["verdict"], remark=body["remark"], at=self.at
        )
        return Response(FlisrEventDetail(row).data)


class Modes(Endpoint):
    """/flisr/modes."""

    @schema.operation("The modes of FLISR", tag=TAG, tells=FlisrModesTold)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Where nobody has set one, the system is in the shadow, and areas and feeders do not hold it back."""
        return Response(FlisrModesTold({"modes": reading.modes()}).data)

    @schema.operation("Set a mode of FLISR", tag=TAG, takes=FlisrModeWanted, tells=FlisrModeTold)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """The lowest of system, area and feeder applies."""
        body = self.body(FlisrModeWanted)
        wanted = modes.Wanted(body["scope"], body["key"], body["mode"], body["reason"])
        return Response(FlisrModeTold(modes.set_mode(actor=self.actor, wanted=wanted, at=self.at)).data)


class Readiness(Endpoint):
    """/flisr/readiness."""

    @schema.operation("Which feeders are ready for the automatic FLISR", tag=TAG, tells=FlisrReady)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """By the verdicts of people on its events."""
        return Response(FlisrReady({"feeders": reading.readiness(self.actor)}).data)
