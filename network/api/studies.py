"""Studies by REST: a private copy of the network on which switches are moved without moving any."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Output, Text, Time
from adms.core.api.paging import PageQuery
from adms.core.api.views import Endpoint
from adms.core.services import authority
from network.domain import phases as ph
from network.models import Study
from network.selectors import studies as reads
from network.services import studies

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


class ActionTold(Output):
    """A switch that was moved in a study."""

    number = serializers.IntegerField()
    device = serializers.CharField(source="equipment_mrid")
    before = Phases(source="closed_before", help_text="Phases that were closed.")
    after = Phases(source="closed_after", help_text="Phases that are closed then.")
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
    actions = ActionTold(many=True)
    differences = StudyDifference(many=True)


class NewStudy(Input):
    """A study to be made."""

    model = serializers.CharField(max_length=60)
    name = Text(120)
    base = serializers.ChoiceField(Study.Base.choices)
    at = Time(required=False, allow_null=True, default=None, help_text="The second of a past base.")


class Move(Input):
    """A switch to be moved in a study."""

    device = serializers.CharField(max_length=80)
    action = serializers.ChoiceField(["open", "close"])


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

    @schema.operation("Move a switch in a study", tag=TAG, takes=Move, tells=StudyShown, status=201)
    def post(self, request: Request, number: int) -> Response:  # noqa: ARG002
        """Open or close it there. No switch of the field is moved, no tag is asked and no lease is needed."""
        given = self.body(Move)
        studies.move(
            actor=self.actor,
            number=number,
            equipment_mrid=given["device"],
            close=given["action"] == "close",
            at=self.at,
        )
        return _shown(self, number, status=201)


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
        "actions": ActionTold(found.actions, many=True).data,
        "differences": StudyDifference(found.differences, many=True).data,
    }
    return Response(told, status=status)
