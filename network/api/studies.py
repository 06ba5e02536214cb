"""Studies by REST: a private copy of the network on which switches are moved without moving any."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Output, Text, Time
from adms.core.api.paging import PageQuery
from adms.core.api.views import Endpoint
from adms.core.errors import NotFound
from adms.core.services import authority
from network.domain import phases as ph
from network.domain import temporary
from network.models import Study, StudyAction, StudyAnswer
from network.selectors import studies as reads
from network.services import studies, study_answers, study_elements

TAG = "studies"


class Phases(serializers.CharField):
    """Phase bits, told as letters; empty where a switch is open."""

    def to_representation(self, value: Any) -> str:
        """The letters."""
        return ph.text(int(value))


class StudyTold(Output):
    """A study."""

    study = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    model = serializers.CharField(source="model.key")
    version = serializers.IntegerField(source="version.number")
    base = serializers.ChoiceField(Study.Base.choices)
    base_at = Time(help_text="The second it is a copy of, by the field's time.")
    created_at = Time()
    owner = serializers.CharField()
    is_shared = serializers.BooleanField(help_text="Whether others may read it.")


class Trip(Output):
    """A device that cleared a fault of a study."""

    device = serializers.CharField()
    before = Phases(help_text="Phases that were closed.")
    after = Phases(help_text="Phases that are closed then: a fuse opens the faulted ones alone.")


class StudyElement(Output):
    """A temporary element that stands in a study."""

    element = serializers.CharField(source="mrid")
    kind = serializers.ChoiceField(list(temporary.KINDS))
    name = serializers.CharField()
    phases = Phases()
    device = serializers.CharField(source="place.equipment")
    terminal = serializers.IntegerField(source="place.terminal")
    other = serializers.CharField(source="other.equipment")
    other_terminal = serializers.IntegerField(source="other.terminal")


class ActionTold(Output):
    """What was done in a study: a switch moved, a fault placed on an element or repaired, a temporary element placed or removed."""

    number = serializers.IntegerField()
    kind = serializers.ChoiceField(StudyAction.Kind.choices)
    device = serializers.CharField(source="equipment_mrid")
    before = Phases(source="closed_before", help_text="Phases that were closed.")
    after = Phases(source="closed_after", help_text="Phases that are closed then.")
    trips = Trip(source="cleared_by", many=True, help_text="Devices that cleared the fault.")
    phases = Phases(help_text="Of a fault, or of a temporary element.")
    element = serializers.CharField(source="element.mrid", default="", help_text="The temporary element it is about.")
    customers_lost = serializers.IntegerField()
    customers_regained = serializers.IntegerField()
    is_undone = serializers.BooleanField()


class StudyDifference(Output):
    """A switch that stands otherwise in the study than now."""

    device = serializers.CharField(source="mrid")
    in_study = Phases(help_text="Phases that are closed in the study.")
    now = Phases(allow_null=True, help_text="Phases that are closed now; null: not in the model any more.")


class StudyShown(StudyTold):
    """A study, what was tried in it, what came of it, and what differs from now."""

    customers = serializers.IntegerField()
    customers_without_supply = serializers.IntegerField()
    faults = serializers.ListField(child=serializers.CharField(), help_text="Elements that are faulted in it.")
    elements = StudyElement(many=True)
    actions = ActionTold(many=True)
    differences = StudyDifference(many=True)


class NewStudy(Input):
    """A study to be made."""

    model = serializers.CharField(max_length=60)
    name = Text(120)
    base = serializers.ChoiceField(Study.Base.choices)
    at = Time(required=False, allow_null=True, default=None, help_text="The second of a past base.")


class Move(Input):
    """A switch to be moved in a study, a fault to be placed in it, or repaired."""

    device = serializers.CharField(max_length=80)
    action = serializers.ChoiceField(["open", "close", "fault", "repair"])
    phases = serializers.RegexField(
        "^[ABC]*$", required=False, allow_blank=True, default="", help_text="Of a fault; all if empty."
    )


class PlaceElement(Input):
    """A temporary element to be placed in a study."""

    kind = serializers.ChoiceField(list(temporary.KINDS))
    device = serializers.CharField(max_length=80)
    terminal = serializers.IntegerField(min_value=1, max_value=2, required=False, default=1)
    other = Text(80, help_text="Far end of a jumper.")
    other_terminal = serializers.IntegerField(min_value=1, max_value=2, required=False, default=1)
    phases = serializers.RegexField("^[ABC]*$", required=False, allow_blank=True, default="", help_text="All if empty.")


class StudyAnswerTold(Output):
    """What was asked of a study; `told` is empty until it is done.

    A power flow tells `converged`, `reason`, `figures`, `violations`; a restoration `location` and `plans`, best first.
    """

    kind = serializers.ChoiceField(StudyAnswer.Kind.choices)
    state = serializers.ChoiceField(StudyAnswer.State.choices)
    is_current = serializers.BooleanField(help_text="Whether the study is as it was when this was asked.")
    stage = serializers.CharField()
    error = serializers.CharField()
    asked_at = Time()
    ended_at = Time(allow_null=True)
    told = serializers.JSONField()


class Sharing(Input):
    """Whether others may read it."""

    shared = serializers.BooleanField()


class Studies(Endpoint):
    """/studies."""

    @schema.operation("List your studies", tag=TAG, query=PageQuery, tells=StudyTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Your own that are not discarded; nobody sees those of others."""
        authority.require(actor=self.actor, action=studies.ACTION)
        return self.page(reads.owned(self.actor.name), self.query(PageQuery), StudyTold)

    @schema.operation("Make a study", tag=TAG, takes=NewStudy, tells=StudyShown, status=201)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Copy the present, a past or the nominal state of a network. Nothing done in it reaches the operated network."""
        given = self.body(NewStudy)
        new = studies.NewStudy(given["model"], given["name"], given["base"], given["at"])
        return _shown(self, studies.make(actor=self.actor, new=new, at=self.at).pk, status=201)


class StudyOne(Endpoint):
    """/studies/{number}."""

    @schema.operation("Show a study", tag=TAG, tells=StudyShown)
    def get(self, request: Request, number: int) -> Response:  # noqa: ARG002
        """Its actions, the customers without supply in it, and how it differs from now."""
        return _shown(self, number)

    @schema.operation("Discard a study", tag=TAG, tells=StudyTold)
    def delete(self, request: Request, number: int) -> Response:  # noqa: ARG002
        """Throw it away."""
        return Response(StudyTold(studies.discard(actor=self.actor, number=number, at=self.at)).data)


class Actions(Endpoint):
    """/studies/{number}/actions."""

    @schema.operation("Act in a study", tag=TAG, takes=Move, tells=StudyShown, status=201)
    def post(self, request: Request, number: int) -> Response:  # noqa: ARG002
        """Open or close a switch there, or place a fault, which the protective devices clear, or repair it.

        No switch of the field is moved, no tag is asked and no lease is needed.
        """
        given = self.body(Move)
        device = given["device"]
        if given["action"] == "fault":
            phases = ph.parse(given["phases"]) or ph.ABC
            studies.place_fault(actor=self.actor, number=number, equipment_mrid=device, phases=phases, at=self.at)
        elif given["action"] == "repair":
            studies.repair_fault(actor=self.actor, number=number, equipment_mrid=device, at=self.at)
        else:
            close = given["action"] == "close"
            studies.move(actor=self.actor, number=number, equipment_mrid=device, close=close, at=self.at)
        return _shown(self, number, status=201)


class Elements(Endpoint):
    """/studies/{number}/elements."""

    @schema.operation("Place a temporary element in a study", tag=TAG, takes=PlaceElement, tells=StudyShown, status=201)
    def post(self, request: Request, number: int) -> Response:  # noqa: ARG002
        """A cut, jumper, ground or mobile generation; nothing is placed in the field."""
        given = self.body(PlaceElement)
        wanted = study_elements.Wanted(
            kind=given["kind"],
            equipment_mrid=given["device"],
            terminal=given["terminal"],
            other_equipment_mrid=given["other"],
            other_terminal=given["other_terminal"],
            phases=ph.parse(given["phases"]) or ph.ABC,
        )
        study_elements.place(actor=self.actor, number=number, wanted=wanted, at=self.at)
        return _shown(self, number, status=201)


class OneElement(Endpoint):
    """/studies/{number}/elements/{element}."""

    @schema.operation("Remove a temporary element in a study", tag=TAG, tells=StudyShown)
    def delete(self, request: Request, number: int, element: str) -> Response:  # noqa: ARG002
        """One that was placed in it, or that stood in what it is a copy of."""
        study_elements.remove(actor=self.actor, number=number, element_mrid=element, at=self.at)
        return _shown(self, number)


class Answer(Endpoint):
    """/studies/{number}/answers/{kind}."""

    @schema.operation("Show what was asked of a study", tag=TAG, tells=StudyAnswerTold)
    def get(self, request: Request, number: int, kind: str) -> Response:  # noqa: ARG002
        """The newest answer of this kind, done or not."""
        authority.require(actor=self.actor, action=studies.ACTION)
        found = reads.find(self.actor.name, number)
        row = reads.answers(found).get(kind)
        if row is None:
            raise NotFound(f"{kind!r} was not asked of study {number}", known=StudyAnswer.Kind.values)
        return _answer(found, row)

    @schema.operation("Ask something of a study", tag=TAG, tells=StudyAnswerTold, status=202)
    def post(self, request: Request, number: int, kind: str) -> Response:  # noqa: ARG002
        """Its power flow, or plans that restore supply after its last fault: computed by a worker, on the study as it is now."""
        row = study_answers.ask(actor=self.actor, number=number, kind=kind, at=self.at)
        return _answer(row.study, row, status=202)

    @schema.operation("Do without an answer", tag=TAG, tells=StudyAnswerTold)
    def delete(self, request: Request, number: int, kind: str) -> Response:  # noqa: ARG002
        """Cancel what is not computed yet."""
        study_answers.cancel(actor=self.actor, number=number, kind=kind, at=self.at)
        found = reads.find(self.actor.name, number)
        return _answer(found, reads.answers(found)[kind])


class Share(Endpoint):
    """/studies/{number}/share."""

    @schema.operation("Share a study", tag=TAG, takes=Sharing, tells=StudyShown)
    def post(self, request: Request, number: int) -> Response:  # noqa: ARG002
        """Let everybody who may study read it, or nobody else. Only its owner acts in it."""
        studies.share(actor=self.actor, number=number, shared=self.body(Sharing)["shared"], at=self.at)
        return _shown(self, number)


def _answer(study: Study, row: StudyAnswer, *, status: int = 200) -> Response:
    told = {name: getattr(row, name) for name in ("kind", "state", "stage", "error", "asked_at", "ended_at")}
    told["told"] = study_answers.told(row)
    told["is_current"] = row.of_action == reads.last_held(study)
    return Response(StudyAnswerTold(told).data, status=status)


class Undo(Endpoint):
    """/studies/{number}/undo."""

    @schema.operation("Undo in a study", tag=TAG, tells=StudyShown)
    def post(self, request: Request, number: int) -> Response:  # noqa: ARG002
        """Take the last action back."""
        studies.undo(actor=self.actor, number=number, at=self.at)
        return _shown(self, number)


class Redo(Endpoint):
    """/studies/{number}/redo."""

    @schema.operation("Redo in a study", tag=TAG, tells=StudyShown)
    def post(self, request: Request, number: int) -> Response:  # noqa: ARG002
        """Take the action again that was undone last."""
        studies.redo(actor=self.actor, number=number, at=self.at)
        return _shown(self, number)


def _shown(endpoint: Endpoint, number: int, *, status: int = 200) -> Response:
    authority.require(actor=endpoint.actor, action=studies.ACTION)
    found = reads.shown(endpoint.actor.name, number)
    told = {
        **StudyTold(found.study).data,
        "customers": found.customers,
        "customers_without_supply": found.customers_out,
        "faults": found.faults,
        "elements": StudyElement(found.elements, many=True).data,
        "actions": ActionTold(found.actions, many=True).data,
        "differences": StudyDifference(found.differences, many=True).data,
    }
    return Response(told, status=status)
