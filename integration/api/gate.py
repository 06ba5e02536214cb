"""The gate over REST: what is wrong with a version, how it differs, and what a person decides about it."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Output, Text
from adms.core.api.paging import PageQuery
from adms.core.api.views import Endpoint
from integration.api.serializers import JobTold
from integration.selectors import gate
from integration.services import dossiers, jobs
from network.domain import finding_words
from network.domain.comparison import KINDS
from network.selectors import versions
from network.services import versions as releases

TAG = "models"


class FindingQuery(PageQuery):
    """Which findings."""

    severity = serializers.ChoiceField(gate.SEVERITIES, required=False, default="")
    code = Text(60, help_text="Such as dangling_terminal.")


class FindingTold(Output):
    """What is wrong with a version, where."""

    severity = serializers.CharField()
    code = serializers.CharField()
    group = serializers.SerializerMethodField(help_text="Class of findings.")
    cim_class = serializers.CharField()
    object = serializers.CharField()
    mrid = serializers.CharField()
    file = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()
    count = serializers.IntegerField(help_text="Objects it stands for.")

    def get_group(self, row: dict[str, Any]) -> str:
        """The heading of its class."""
        return finding_words.class_of(row["code"])[1].title


class ChangeQuery(PageQuery):
    """Which differences."""

    kind = serializers.ChoiceField(KINDS, required=False, default="")
    cim_class = Text(60)
    q = Text(120, help_text="In name, mRID or values.")


class ChangeTold(Output):
    """One difference to the version that was published when it was compared."""

    kind = serializers.ChoiceField(KINDS)
    cim_class = serializers.CharField()
    mrid = serializers.CharField()
    name = serializers.CharField()
    values = serializers.ListField(child=serializers.ListField(), help_text="[attribute, old, new].")


class ReasonGiven(Input):
    """Why."""

    reason = Text(400)


class PublishGiven(ReasonGiven):
    """Which published version it was compared with, as the person saw it."""

    compared_with = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, allow_null=True, help_text="Null where nothing was published."
    )


class Decided(Output):
    """A version after a decision."""

    model = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.CharField()


class AtTheGate(Endpoint):
    """Of those who publish models."""

    reads: ClassVar[tuple[str, ...]] = ("publish_model", "inspect_messages")


class Findings(AtTheGate):
    """/models/{model}/versions/{number}/findings."""

    @schema.operation("List findings of a version", tag=TAG, query=FindingQuery, tells=FindingTold, is_page=True)
    def get(self, request: Request, model: str, number: int) -> Response:  # noqa: ARG002
        """Errors first."""
        query = self.query(FindingQuery)
        found = [
            {"mrid": "", "file": "", "count": 1} | row
            for row in versions.version(model, number).findings
            if query["severity"] in ("", row["severity"]) and query["code"] in ("", row["code"])
        ]
        return self.page(found, query, FindingTold)


class Difference(AtTheGate):
    """/models/{model}/versions/{number}/difference."""

    @schema.operation("List differences of a version", tag=TAG, query=ChangeQuery, tells=ChangeTold, is_page=True)
    def get(self, request: Request, model: str, number: int) -> Response:  # noqa: ARG002
        """To the version that was published when it was compared; empty where nothing was."""
        query = self.query(ChangeQuery)
        found = dossiers.difference(versions.version(model, number).pk)
        rows = found.changes if found else []
        told = gate.chosen(rows, kind=query["kind"], cim_class=query["cim_class"], text=query["q"])
        return self.page(told, query, ChangeTold)


class Accept(AtTheGate):
    """/models/{model}/versions/{number}/accept."""

    @schema.operation("Accept the warnings of a version", tag=TAG, takes=ReasonGiven, tells=Decided)
    def post(self, request: Request, model: str, number: int) -> Response:  # noqa: ARG002
        """By name, with the reason, on the audit trail."""
        reason = self.body(ReasonGiven)["reason"]
        version = releases.accept_warnings(actor=self.actor, model=model, number=number, reason=reason, at=self.at)
        return _decided(version)


class Publish(AtTheGate):
    """/models/{model}/versions/{number}/publish."""

    @schema.operation("Publish a staged version", tag=TAG, takes=PublishGiven, tells=JobTold, status=202)
    def post(self, request: Request, model: str, number: int) -> Response:  # noqa: ARG002
        """Answers with a job."""
        return _told(jobs.ask_publish(actor=self.actor, wanted=self._wanted(model, number), at=self.at))

    def _wanted(self, model: str, number: int) -> jobs.Change:
        body = self.body(PublishGiven)
        found = versions.version(model, number)
        return jobs.Change(found.model.key, found.number, body["compared_with"], body["reason"])


class Back(Publish):
    """/models/{model}/versions/{number}/back."""

    @schema.operation("Go back to an older version", tag=TAG, takes=PublishGiven, tells=JobTold, status=202)
    def post(self, request: Request, model: str, number: int) -> Response:  # noqa: ARG002
        """Publishes it once more, in the place of `compared_with`; needs a reason. Answers with a job."""
        return _told(jobs.ask_go_back(actor=self.actor, wanted=self._wanted(model, number), at=self.at))


class Discard(AtTheGate):
    """/models/{model}/versions/{number}/discard."""

    @schema.operation("Discard a staged version", tag=TAG, takes=ReasonGiven, tells=Decided)
    def post(self, request: Request, model: str, number: int) -> Response:  # noqa: ARG002
        """Its rows go; that it was there stays."""
        reason = self.body(ReasonGiven)["reason"]
        return _decided(releases.discard(actor=self.actor, model=model, number=number, reason=reason, at=self.at))


def _decided(version: Any) -> Response:
    return Response(Decided({"model": version.model.key, "version": version.number, "state": version.state}).data)


def _told(job: Any) -> Response:
    told = JobTold(job).data
    return Response(told, status=202, headers={"Location": told["address"]})
