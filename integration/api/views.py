"""Network models in, and how far their import is."""

import uuid
from typing import ClassVar

from drf_spectacular.types import OpenApiTypes
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.views import Endpoint
from integration.api import serializers
from integration.api.parsing import Raw, RawText
from integration.selectors import jobs as rows
from integration.services import jobs

MODELS = "models"
_BODY = {
    "application/rdf+xml": OpenApiTypes.BINARY,
    "application/zip": OpenApiTypes.BINARY,
    "application/gzip": OpenApiTypes.BINARY,
    "application/json": OpenApiTypes.BINARY,
    "multipart/form-data": {
        "type": "object",
        "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
    },
}


class Models(Endpoint):
    """/cim/v1/models."""

    parser_classes = [MultiPartParser, Raw, RawText]

    @schema.operation(
        "Import a network model",
        tag=MODELS,
        query=serializers.ImportQuery,
        takes=_BODY,
        tells=serializers.JobTold,
        status=202,
    )
    def post(self, request: Request) -> Response:
        """A model as the body, or its files as multipart: CIM, pandapower, MATPOWER, GeoJSON, tables. Answers with a job."""
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise UnsupportedMediaType("", "send the compressed file itself, not a Content-Encoding")
        query = self.query(serializers.ImportQuery)
        wanted = jobs.Import(
            files=_files(request, query["file"]),
            name=query["name"],
            complete=query["complete"],
            customers=query["customers"],
            is_check=query["check"],
            is_staged=query["stage"],
        )
        job = jobs.ask_import(actor=self.actor, wanted=wanted, at=self.at)
        told = serializers.JobTold(job).data
        return Response(told, status=202, headers={"Location": told["address"]})


class Job(Endpoint):
    """/api/v1/jobs/{id}."""

    reads: ClassVar[tuple[str, ...]] = ("publish_model", "inspect_messages")

    @schema.operation("Show a job", tag=MODELS, tells=serializers.JobTold)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:  # noqa: ARG002
        """How far it is, and what came of it."""
        return Response(serializers.JobTold(rows.job(job_id)).data)


class Cancel(Endpoint):
    """/api/v1/jobs/{id}/cancel."""

    @schema.operation("Cancel a job", tag=MODELS, tells=serializers.JobTold)
    def post(self, request: Request, job_id: uuid.UUID) -> Response:  # noqa: ARG002
        """It stops at its next step, and nothing of it is kept."""
        jobs.cancel(actor=self.actor, job_id=job_id, at=self.at)
        return Response(serializers.JobTold(rows.job(job_id)).data)


def _files(request: Request, name: str) -> list[tuple[str, bytes]]:
    data: object = request.data
    if isinstance(data, bytes):
        return [(name or _name(data), data)] if data else []
    uploads = [file for _, several in request.FILES.lists() for file in several]
    return [(file.name or "model.xml", file.read()) for file in uploads]


def _name(data: bytes) -> str:
    """A name by what the bytes are."""
    if data.startswith(b"PK"):
        return "model.zip"
    if data[:64].lstrip().startswith(b"{"):
        return "model.json"
    return "model.xml.gz" if data.startswith(b"\x1f\x8b") else "model.xml"
