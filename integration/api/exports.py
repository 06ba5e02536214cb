"""Network models out by REST: at once where they are small, as a job of any size."""

import uuid
from typing import Any, ClassVar

from django.http import FileResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Text
from adms.core.api.views import Endpoint
from integration.api.serializers import JobTold
from integration.cim.export.files import FORMATS
from integration.selectors import jobs as rows
from integration.services import export_jobs, jobs
from integration.services.exports import Wanted
from integration.views.archives import ZIP, sent


class ExportGiven(Input):
    """What of a model is wanted."""

    format = serializers.ChoiceField(FORMATS, default="cim100")
    feeder = Text(120, help_text="Name or mRID of the only feeder that is wanted.")
    area = Text(120, help_text="Key or name of the only control area that is wanted.")
    as_operated = serializers.BooleanField(default=False, help_text="With the switches as they stand now.")
    power_flow = serializers.BooleanField(
        default=False, help_text="With state variables, computed of what is exported (cgmes, bus-branch)."
    )


class _Zip(Endpoint):
    reads: ClassVar[tuple[str, ...]] = ("export_model",)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: ARG002, FBT001, FBT002
        """Who accepts nothing but a zip is served too; refusals come as JSON."""
        return super().perform_content_negotiation(request, force=True)


class Export(_Zip):
    """/cim/v1/models/{model}/export."""

    @schema.operation(
        "Export a network model", tag="models", query=ExportGiven, tells=OpenApiTypes.BINARY, status=(200, ZIP)
    )
    def get(self, request: Request, model: str) -> FileResponse:  # noqa: ARG002
        """A zip of the files, at once; models of more than 50,000 nodes have to be asked for as a job."""
        wanted = _wanted(self.query(ExportGiven))
        archive = export_jobs.at_once(actor=self.actor, model=model, wanted=wanted, at=self.at)
        name = export_jobs.file_name(
            {"model": model, "area": wanted.area, "feeder": wanted.feeder, "form": wanted.form}
        )
        answer = FileResponse(archive, as_attachment=True, filename=name, content_type=ZIP)
        answer["Cache-Control"] = "no-store"
        return answer

    @schema.operation("Export a network model as a job", tag="models", takes=ExportGiven, tells=JobTold, status=202)
    def post(self, request: Request, model: str) -> Response:  # noqa: ARG002
        """Answers with a job; its file is at /api/v1/jobs/{id}/file when it is done."""
        wanted = _wanted(self.body(ExportGiven))
        told = JobTold(jobs.ask_export(actor=self.actor, model=model, wanted=wanted, at=self.at)).data
        return Response(told, status=202, headers={"Location": told["address"]})


class JobFile(_Zip):
    """/api/v1/jobs/{id}/file."""

    @schema.operation("Fetch the file of a job", tag="models", tells=OpenApiTypes.BINARY, status=(200, ZIP))
    def get(self, request: Request, job_id: uuid.UUID) -> StreamingHttpResponse:  # noqa: ARG002
        """The zip an export has made; kept for the days of `retention.exports_days`."""
        job = rows.job(job_id)
        return sent(job.result, export_jobs.fetched(actor=self.actor, job=job, at=self.at))


def _wanted(given: dict[str, Any]) -> Wanted:
    return Wanted(
        given["format"],
        feeder=given["feeder"],
        area=given["area"],
        as_operated=given["as_operated"],
        with_state=given["power_flow"],
    )
