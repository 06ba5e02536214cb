"""Corrections of the ledger and frozen reports over REST: who changed what and why, what was handed out, and its files."""

import uuid
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Key, Number, Output, Text, Time
from adms.core.api.paging import PageQuery
from adms.core.api.views import Endpoint
from adms.core.services import approvals
from network.domain import phases as ph
from outages.api.serializers import InterruptionTold
from outages.domain.codes import CAUSES
from outages.domain.corrections import Change
from outages.models import FrozenReport
from outages.selectors import frozen, restatements
from outages.services import correction_drafts, corrections, frozen_reports
from outages.views import report_files

TAG = "reliability"
READS = ("read_reliability",)


class CorrectionQuery(PageQuery):
    """Corrections of rows that began in a period, before or after."""

    begin = Time(help_text="Rows that began from here on,")
    end = Time(help_text="and before this moment.")
    area = Text(60)


class CorrectRows(Input):
    """Rows of one outage as they should have been; what is left out stays as it is."""

    rows = serializers.ListField(child=Key(), allow_empty=False, max_length=corrections.MOST_ROWS)
    began_at = Time(required=False, allow_null=True, default=None)
    ended_at = Time(required=False, allow_null=True, default=None)
    excluded_reason = serializers.CharField(max_length=120, required=False, allow_null=True, allow_blank=True, default=None,
                                            help_text='Why they do not count; "" that they do.')  # fmt: skip
    cause = serializers.ChoiceField([*CAUSES], required=False, allow_null=True, default=None)
    device_name = serializers.CharField(max_length=120, required=False, allow_null=True, default=None)
    phases = serializers.RegexField("^[ABC]{1,3}$", required=False, allow_null=True, default=None)
    usage_points = serializers.ListField(
        child=Key(), required=False, allow_null=True, default=None, max_length=100_000, help_text="Who was out."
    )
    reason = serializers.CharField(min_length=3, max_length=200)


class DeclineWhy(Input):
    """A reason."""

    reason = serializers.CharField(min_length=3, max_length=200)


class DraftTold(Output):
    """A drafted correction."""

    id = serializers.UUIDField()
    state = serializers.CharField(help_text="waiting, used (it is done), declined, withdrawn")
    words = serializers.CharField()
    reason = serializers.CharField()
    rows = serializers.ListField(child=serializers.IntegerField(), source="details.rows")
    change = serializers.DictField(source="details.change", help_text="The columns as they should be.")
    asked_by = serializers.CharField()
    asked_at = Time()
    expires_at = Time()
    decided_by = serializers.CharField()


class CorrectionTold(Output):
    """One row and the version that took its place."""

    old = InterruptionTold()
    new = InterruptionTold()
    reason = serializers.CharField(source="old.superseded_reason")
    corrected_by = serializers.CharField(source="new.corrected_by")
    agreed_by = serializers.CharField(source="new.agreed_by", help_text="The second person, where one was needed.")
    corrected_at = Time(source="new.corrected_at")
    customer_minutes = Number(help_text="How many more or fewer count.")


class Restated(Output):
    """Figures of a period; null where nobody is served, or where it was over before the ledger begins."""

    saifi = Number(allow_null=True)
    saidi_min = Number(allow_null=True)
    caidi_min = Number(allow_null=True)
    maifi = Number(allow_null=True)
    ci = serializers.IntegerField()
    cmi = Number()


class RestatedTold(Output):
    """A period before any correction and now, with major event days."""

    original = Restated(source="before")
    restated = Restated(source="after")


class RestatedQuery(Input):
    """Which period."""

    begin = Time()
    end = Time()


class ReportQuery(PageQuery):
    """Which reports."""

    area = Text(60)


class FreezeReport(Input):
    """What is to be kept; or, with `restates`, which report is frozen anew and why."""

    name = serializers.CharField(min_length=3, max_length=120)
    begin = Time(required=False, allow_null=True, default=None)
    end = Time(required=False, allow_null=True, default=None, help_text="Never later than now.")
    area = Text(60)
    restates = Key(required=False, allow_null=True, default=None)
    reason = Text(200)


class ReportTold(Output):
    """A frozen report without its tables."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    begin = Time()
    end = Time()
    area = serializers.CharField(source="area.key", default="")
    sha256 = serializers.CharField(help_text="Of its document as canonical JSON.")
    restates = serializers.IntegerField(source="restates_id", allow_null=True)
    reason = serializers.CharField()
    preliminary = serializers.CharField(help_text="Why its figures were not the last word when it was frozen.")
    made_by = serializers.CharField()
    made_at = Time()


class ReportDetail(ReportTold):
    """With its tables, as they were frozen."""

    document = serializers.DictField()


class Corrections(Endpoint):
    """/corrections."""

    reads: ClassVar[tuple[str, ...]] = READS

    @schema.operation("List corrections", tag=TAG, query=CorrectionQuery, tells=CorrectionTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """The latest first; both versions of each row are kept."""
        query = self.query(CorrectionQuery)
        found = restatements.restated(begin=query["begin"], end=query["end"], area=query["area"])
        return self.page(found, query, CorrectionTold)

    @schema.operation(
        "Correct interruptions", tag=TAG, takes=CorrectRows, tells=InterruptionTold(many=True), status=201
    )
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Rows of one outage get new versions, with the reason; every figure moves with them. Answers with the new rows."""
        given = self.body(CorrectRows)
        made = corrections.correct(
            actor=self.actor, row_ids=given["rows"], change=_change(given), reason=given["reason"], at=self.at
        )
        return Response(InterruptionTold(made, many=True).data, status=201)


def _change(given: dict[str, Any]) -> Change:
    phases = given["phases"]
    return Change(
        **{name: given[name] for name in ("began_at", "ended_at", "excluded_reason", "cause", "device_name")},
        sets_end=given["ended_at"] is not None,
        phases=ph.parse(phases) if phases else None,
        usage_points=None if given["usage_points"] is None else tuple(given["usage_points"]),
    )


class CorrectionDrafts(Endpoint):
    """/corrections/drafts."""

    reads: ClassVar[tuple[str, ...]] = READS

    @schema.operation("List drafted corrections", tag=TAG, query=PageQuery, tells=DraftTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Those that wait for a second person, oldest first."""
        found = approvals.waiting_for(action=correction_drafts.ACTION, at=self.at)
        return self.page(found, self.query(PageQuery), DraftTold)

    @schema.operation("Draft a correction", tag=TAG, takes=CorrectRows, tells=DraftTold, status=201)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """What is corrected once another person has agreed: always where a report of the period is frozen."""
        given = self.body(CorrectRows)
        made = correction_drafts.draft(
            actor=self.actor, row_ids=given["rows"], change=_change(given), reason=given["reason"], at=self.at
        )
        return Response(DraftTold(made).data, status=201)


class AgreeToCorrection(Endpoint):
    """/corrections/drafts/{id}/agree."""

    @schema.operation("Agree to a drafted correction", tag=TAG, tells=InterruptionTold(many=True))
    def post(self, request: Request, draft_id: uuid.UUID) -> Response:  # noqa: ARG002
        """As its second person; the rows are corrected with that. Answers with the new rows."""
        made = correction_drafts.agree(actor=self.actor, draft_id=draft_id, at=self.at)
        return Response(InterruptionTold(made, many=True).data)


class DeclineCorrection(Endpoint):
    """/corrections/drafts/{id}/decline."""

    @schema.operation("Decline a drafted correction", tag=TAG, takes=DeclineWhy, tells=DraftTold)
    def post(self, request: Request, draft_id: uuid.UUID) -> Response:  # noqa: ARG002
        """Nothing is corrected."""
        reason = self.body(DeclineWhy)["reason"]
        row = correction_drafts.decline(actor=self.actor, draft_id=draft_id, reason=reason, at=self.at)
        return Response(DraftTold(row).data)


class WithdrawCorrection(Endpoint):
    """/corrections/drafts/{id}/withdraw."""

    @schema.operation("Withdraw a drafted correction", tag=TAG, tells=DraftTold)
    def post(self, request: Request, draft_id: uuid.UUID) -> Response:  # noqa: ARG002
        """By who drafted it."""
        row = correction_drafts.withdraw(actor=self.actor, draft_id=draft_id, at=self.at)
        return Response(DraftTold(row).data)


class RestatedFigures(Endpoint):
    """/corrections/figures."""

    reads: ClassVar[tuple[str, ...]] = READS

    @schema.operation("Show original and restated figures", tag=TAG, query=RestatedQuery, tells=RestatedTold)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """A period as it was before anybody corrected a row, and as it is."""
        query = self.query(RestatedQuery)
        end = min(query["end"], self.at)
        return Response(RestatedTold(restatements.compared(begin=min(query["begin"], end), end=end)).data)


class Reports(Endpoint):
    """/reports."""

    reads: ClassVar[tuple[str, ...]] = READS

    @schema.operation("List frozen reports", tag=TAG, query=ReportQuery, tells=ReportTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """The latest first."""
        query = self.query(ReportQuery)
        return self.page(frozen.reports(area=query["area"]), query, ReportTold)

    @schema.operation("Freeze a report", tag=TAG, takes=FreezeReport, tells=ReportTold, status=201)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """The tables of a period as the ledger says now; they never change again. A restatement is a report of its own."""
        given = self.body(FreezeReport)
        made = _restated(self, given) if given["restates"] is not None else _frozen(self, given)
        return Response(ReportTold(made).data, status=201)


def _restated(asked: Endpoint, given: dict[str, Any]) -> FrozenReport:
    return frozen_reports.restate(
        actor=asked.actor, report_id=given["restates"], name=given["name"], reason=given["reason"], at=asked.at
    )


def _frozen(asked: Endpoint, given: dict[str, Any]) -> FrozenReport:
    for name in ("begin", "end"):
        if given[name] is None:
            raise serializers.ValidationError({name: "Of which period?"})
    wanted = frozen_reports.Wanted(given["name"], given["begin"], min(given["end"], asked.at), given["area"])
    return frozen_reports.freeze(actor=asked.actor, wanted=wanted, at=asked.at)


class Report(Endpoint):
    """/reports/{id}."""

    reads: ClassVar[tuple[str, ...]] = READS

    @schema.operation("Show a frozen report", tag=TAG, tells=ReportDetail)
    def get(self, request: Request, report_id: int) -> Response:  # noqa: ARG002
        """With its tables."""
        return Response(ReportDetail(frozen.report(report_id)).data)


class _File(Endpoint):
    """A report as a file."""

    reads: ClassVar[tuple[str, ...]] = READS
    kind: ClassVar[str]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: ARG002, FBT001, FBT002
        """Who accepts nothing but such a file is served too; refusals come as JSON."""
        return super().perform_content_negotiation(request, force=True)

    def sent(self, report_id: int) -> HttpResponse:
        """The file."""
        media, write = report_files.FILES[self.kind]
        answer = HttpResponse(write(frozen.report(report_id)), content_type=media)
        answer["Content-Disposition"] = f'attachment; filename="report-{report_id}.{self.kind}"'
        return answer


class Csv(_File):
    """/reports/{id}/csv."""

    kind = "csv"

    @schema.operation("Fetch a report as CSV", tag=TAG, tells=OpenApiTypes.BINARY, status=(200, "text/csv"))
    def get(self, request: Request, report_id: int) -> HttpResponse:  # noqa: ARG002
        """Its tables one below the other."""
        return self.sent(report_id)


class Xlsx(_File):
    """/reports/{id}/xlsx."""

    kind = "xlsx"

    @schema.operation(
        "Fetch a report as XLSX", tag=TAG, tells=OpenApiTypes.BINARY, status=(200, report_files.FILES["xlsx"][0])
    )
    def get(self, request: Request, report_id: int) -> HttpResponse:  # noqa: ARG002
        """A sheet a table."""
        return self.sent(report_id)


class Pdf(_File):
    """/reports/{id}/pdf."""

    kind = "pdf"

    @schema.operation("Fetch a report as PDF", tag=TAG, tells=OpenApiTypes.BINARY, status=(200, "application/pdf"))
    def get(self, request: Request, report_id: int) -> HttpResponse:  # noqa: ARG002
        """Printed pages."""
        return self.sent(report_id)
