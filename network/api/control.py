"""Authority over areas, second persons, the freeze, tasks, automation and interlocks: one call inward each."""

import uuid

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Output, Text, Time
from adms.core.api.paging import PageQuery
from adms.core.api.views import Endpoint
from adms.core.models import Approval
from adms.core.services import approvals, leases, step_up
from network.api.serializers import OperationTold, SelectDevice
from network.domain import phases as ph
from network.selectors import control, devices
from network.services import operations
from network.services.control import automation, freezing, interlocks

CONTROL = "control"


class ControlAreaTold(Output):
    """A control area and who holds it."""

    area = serializers.CharField()
    name = serializers.CharField()
    holder = serializers.CharField(help_text="Account; empty where nobody holds it.")
    holder_name = serializers.CharField(source="label")
    since = Time(allow_null=True)
    offered_to = serializers.CharField()


class ControlAreas(Output):
    """All of them."""

    results = ControlAreaTold(many=True)


class Why(Input):
    """A reason."""

    reason = Text(400)


class Offer(Input):
    """To whom an area is offered."""

    to = serializers.CharField(max_length=150, help_text="Account of another operator.")


class ApprovalTold(Output):
    """A second person's word: asked, given or not."""

    id = serializers.UUIDField()
    action = serializers.CharField()
    object = serializers.CharField()
    area = serializers.CharField(source="area.key", default="")
    words = serializers.CharField()
    reason = serializers.CharField()
    asked_by = serializers.CharField()
    asked_at = Time()
    expires_at = Time()
    state = serializers.ChoiceField(Approval.State.choices)
    decided_by = serializers.CharField()


class Answer(Input):
    """A second person's answer."""

    agree = serializers.BooleanField()
    reason = Text(400)


class Password(Input):
    """The password again."""

    password = serializers.CharField(max_length=400, trim_whitespace=False)


class Confirmed(Output):
    """When it was confirmed."""

    at = Time()


class FreezeTold(Output):
    """A freeze of remote control."""

    frozen_by = serializers.CharField()
    frozen_at = Time()
    reason = serializers.CharField()
    lifted_by = serializers.CharField()
    lifted_with = serializers.CharField(help_text="The second person.")
    lifted_at = Time(allow_null=True)


class FreezeState(Output):
    """Whether remote control is frozen now."""

    is_frozen = serializers.BooleanField()
    freeze = FreezeTold(allow_null=True)


class TaskTold(OperationTold):
    """A command that timed out and that nobody has settled."""


class Settle(Input):
    """What became of a command that timed out."""

    outcome = serializers.ChoiceField(["done", "failed", "retried"])
    reason = Text(400)


class PlanTold(Output):
    """A plan by which an automation acts on a feeder."""

    id = serializers.IntegerField()
    model = serializers.CharField(source="model.key")
    area = serializers.CharField(source="area.key")
    feeder = serializers.CharField()
    origin = serializers.CharField()
    plan = serializers.CharField()
    started_at = Time()
    acknowledged_by = serializers.CharField()
    acknowledged_at = Time(allow_null=True)


class InterlockTold(Output):
    """A rule of a pair of devices."""

    id = serializers.IntegerField()
    model = serializers.CharField(source="model.key")
    device = serializers.CharField(source="equipment_mrid")
    close = serializers.BooleanField(help_text="The movement that is ruled: closing, or opening.")
    other = serializers.CharField(source="other_mrid")
    other_closed = serializers.BooleanField(help_text="Where the other one must stand.")
    text = serializers.CharField()
    made_by = serializers.CharField()


class MakeInterlock(Input):
    """A rule to be made."""

    model = serializers.CharField(max_length=60)
    device = serializers.CharField(max_length=80)
    close = serializers.BooleanField()
    other = serializers.CharField(max_length=80)
    other_closed = serializers.BooleanField()
    text = Text(200)


class InterlockQuery(PageQuery):
    """Which rules."""

    model = Text(60)


class SecondPersonWanted(SelectDevice):
    """A movement beyond a guard, and why."""

    reason = Text(400, required=True, allow_blank=False, default=serializers.empty)


class ListAreas(Endpoint):
    """/areas."""

    @schema.operation("List control areas", tag=CONTROL, tells=ControlAreas)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Every control area and who has authority over it now."""
        return Response(ControlAreas({"results": leases.present(at=self.at)}).data)


class Lease(Endpoint):
    """/areas/{key}/lease."""

    @schema.operation("Take a control area", tag=CONTROL, takes=Why, tells=ControlAreaTold)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Take an area that nobody holds; who holds another one says why."""
        leases.take(actor=self.actor, area=key, reason=self.body(Why)["reason"], at=self.at)
        return _told(self, key)

    @schema.operation("Give a control area back", tag=CONTROL, tells=ControlAreaTold)
    def delete(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Leave it to nobody."""
        leases.give_back(actor=self.actor, area=key, at=self.at)
        return _told(self, key)


class MoveHere(Endpoint):
    """/areas/{key}/console."""

    @schema.operation("Take control of a control area to this console", tag=CONTROL, tells=ControlAreaTold)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """One operates an area one holds from one console at a time; the other one no longer."""
        leases.move_here(actor=self.actor, area=key, at=self.at)
        return _told(self, key)


class HandOver(Endpoint):
    """/areas/{key}/offer."""

    @schema.operation("Offer a control area", tag=CONTROL, takes=Offer, tells=ControlAreaTold)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Ask another operator to take it over; until they accept it stays where it is."""
        leases.offer(actor=self.actor, area=key, to=self.body(Offer)["to"], at=self.at)
        return _told(self, key)

    @schema.operation("Decline a control area", tag=CONTROL, tells=ControlAreaTold)
    def delete(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Say no to an offer, or take one's own back."""
        leases.decline(actor=self.actor, area=key, at=self.at)
        return _told(self, key)


class Accept(Endpoint):
    """/areas/{key}/accept."""

    @schema.operation("Accept a control area", tag=CONTROL, tells=ControlAreaTold)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Take over an area that was offered."""
        leases.accept(actor=self.actor, area=key, at=self.at)
        return _told(self, key)


class BreakGlass(Endpoint):
    """/areas/{key}/break-glass."""

    @schema.operation("Break the glass of a control area", tag=CONTROL, takes=Why, tells=ControlAreaTold)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Take an area from who holds it, with a reason and an alarm."""
        leases.break_glass(actor=self.actor, area=key, reason=self.body(Why)["reason"], at=self.at)
        return _told(self, key)


def _told(endpoint: Endpoint, key: str) -> Response:
    held = next(one for one in leases.present(at=endpoint.at) if one.area == key)
    return Response(ControlAreaTold(held).data)


class Approvals(Endpoint):
    """/approvals."""

    @schema.operation("List second words", tag=CONTROL, query=PageQuery, tells=ApprovalTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """What waits for one's own word, oldest first."""
        query = self.query(PageQuery)
        return self.page(approvals.waiting(actor=self.actor, at=self.at), query, ApprovalTold)


class ApprovalOne(Endpoint):
    """/approvals/{id}."""

    @schema.operation("Show a second word", tag=CONTROL, tells=ApprovalTold)
    def get(self, request: Request, approval_id: uuid.UUID) -> Response:  # noqa: ARG002
        """How far it has come."""
        return Response(ApprovalTold(approvals.find(approval_id)).data)

    @schema.operation("Answer as second person", tag=CONTROL, takes=Answer, tells=ApprovalTold)
    def post(self, request: Request, approval_id: uuid.UUID) -> Response:  # noqa: ARG002
        """Agree or decline; never to what one has asked for oneself, by whichever account."""
        given = self.body(Answer)
        row = approvals.decide(
            actor=self.actor, approval_id=approval_id, is_yes=given["agree"], reason=given["reason"], at=self.at
        )
        return Response(ApprovalTold(row).data)

    @schema.operation("Withdraw a second word", tag=CONTROL, tells=ApprovalTold)
    def delete(self, request: Request, approval_id: uuid.UUID) -> Response:  # noqa: ARG002
        """What one asked for is not wanted any more."""
        return Response(ApprovalTold(approvals.withdraw(actor=self.actor, approval_id=approval_id, at=self.at)).data)


class StepUp(Endpoint):
    """/step-up."""

    @schema.operation("Confirm the password", tag=CONTROL, takes=Password, tells=Confirmed)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """The password again, good for some minutes in this session: for operations beyond the guard of size and rate."""
        row = step_up.confirm(actor=self.actor, password=self.body(Password)["password"], at=self.at)
        return Response(Confirmed(row).data)


class SecondPerson(Endpoint):
    """/operations/second-person."""

    @schema.operation("Ask for a second person", tag=CONTROL, takes=SecondPersonWanted, tells=ApprovalTold, status=201)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """For one movement beyond a guard; their word is good for just this one."""
        given = self.body(SecondPersonWanted)
        wanted = operations.Request(
            model=devices.device(given["device"], given["model"]).version.model.key,
            equipment_mrid=given["device"],
            close=given["action"] == "close",
            seen_number=given["seen_number"],
            phases=ph.parse(given["phases"]) if given["phases"] else None,
        )
        row = operations.ask_second_person(actor=self.actor, request=wanted, reason=given["reason"], at=self.at)
        return Response(ApprovalTold(row).data, status=201)


class AskToRemoveTag(Endpoint):
    """/tags/{id}/second-person."""

    @schema.operation("Ask to remove a tag of somebody else", tag=CONTROL, takes=Why, tells=ApprovalTold, status=201)
    def post(self, request: Request, tag_id: int) -> Response:  # noqa: ARG002
        """Another's tag comes off by a senior operator with a second person's word."""
        reason = self.body(Why)["reason"]
        row = operations.ask_to_remove(actor=self.actor, tag_id=tag_id, reason=reason, at=self.at)
        return Response(ApprovalTold(row).data, status=201)


class Freeze(Endpoint):
    """/control/freeze."""

    @schema.operation("Show the freeze", tag=CONTROL, tells=FreezeState)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Whether remote control is frozen, by whom and why."""
        return _frozen()

    @schema.operation("Freeze remote control", tag=CONTROL, takes=Why, tells=FreezeState)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Stop all commands and all automation at once, everywhere."""
        freezing.freeze(actor=self.actor, reason=self.body(Why)["reason"], at=self.at)
        return _frozen()

    @schema.operation("Lift the freeze", tag=CONTROL, tells=FreezeState)
    def delete(self, request: Request) -> Response:  # noqa: ARG002
        """With the word of a second person, which is asked for first."""
        freezing.lift(actor=self.actor, at=self.at)
        return _frozen()


class AskToLift(Endpoint):
    """/control/freeze/second-person."""

    @schema.operation("Ask to lift the freeze", tag=CONTROL, takes=Why, tells=ApprovalTold, status=201)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Ask for the second person that lifting needs."""
        row = freezing.ask_to_lift(actor=self.actor, reason=self.body(Why)["reason"], at=self.at)
        return Response(ApprovalTold(row).data, status=201)


def _frozen() -> Response:
    standing = freezing.present()
    return Response(FreezeState({"is_frozen": standing is not None, "freeze": standing}).data)


class Tasks(Endpoint):
    """/control/tasks."""

    @schema.operation("List commands without an answer", tag=CONTROL, query=PageQuery, tells=TaskTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Commands that timed out and that nobody has settled."""
        return self.page(control.tasks(), self.query(PageQuery), TaskTold)


class SettleTask(Endpoint):
    """/operations/{id}/settle."""

    @schema.operation("Settle a command without an answer", tag=CONTROL, takes=Settle, tells=OperationTold)
    def post(self, request: Request, operation_id: uuid.UUID) -> Response:  # noqa: ARG002
        """done: it has moved, and its position is recorded; failed: it has not; retried: it is selected anew."""
        given = self.body(Settle)
        row = operations.settle_operation(
            actor=self.actor, operation_id=operation_id, outcome=given["outcome"], reason=given["reason"], at=self.at
        )
        return Response(OperationTold(row).data)


class Plans(Endpoint):
    """/automation/plans."""

    @schema.operation("List plans of automation", tag=CONTROL, query=PageQuery, tells=PlanTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Plans by which automation has acted and that nobody has acknowledged."""
        return self.page(control.plans(), self.query(PageQuery), PlanTold)


class Acknowledge(Endpoint):
    """/automation/plans/{id}/acknowledge."""

    @schema.operation("Acknowledge a plan of automation", tag=CONTROL, takes=Why, tells=PlanTold)
    def post(self, request: Request, plan_id: int) -> Response:  # noqa: ARG002
        """Until then automation does not act on the feeder by itself again."""
        note = self.body(Why)["reason"]
        return Response(PlanTold(automation.acknowledge(actor=self.actor, plan_id=plan_id, note=note, at=self.at)).data)


class Interlocks(Endpoint):
    """/interlocks."""

    @schema.operation("List interlocks", tag=CONTROL, query=InterlockQuery, tells=InterlockTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Rules of pairs of devices."""
        query = self.query(InterlockQuery)
        return self.page(control.interlocks(query["model"]), query, InterlockTold)

    @schema.operation("Make an interlock", tag=CONTROL, takes=MakeInterlock, tells=InterlockTold, status=201)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """A device makes this movement only while the other one stands so."""
        given = self.body(MakeInterlock)
        row = interlocks.make(
            actor=self.actor,
            model=given["model"],
            equipment_mrid=given["device"],
            close=given["close"],
            other_mrid=given["other"],
            other_closed=given["other_closed"],
            text=given["text"],
            at=self.at,
        )
        return Response(InterlockTold(row).data, status=201)


class InterlockOne(Endpoint):
    """/interlocks/{id}."""

    @schema.operation("Remove an interlock", tag=CONTROL, tells=Why, status=200)
    def delete(self, request: Request, interlock_id: int) -> Response:  # noqa: ARG002
        """Take the rule away."""
        interlocks.remove(actor=self.actor, interlock_id=interlock_id, at=self.at)
        return Response({"reason": ""})
