"""The operated network for load-flow engines by REST: node-breaker reduced to bus-branch (P08)."""

from typing import Any, ClassVar

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request

from adms.core.api import schema
from adms.core.api.fields import Input, Text
from adms.core.api.views import Endpoint
from integration.services import engine_models


class BusBranchQuery(Input):
    """Which network."""

    feeder = Text(120, help_text="Name or mRID of the only feeder that is wanted.")
    as_operated = serializers.BooleanField(
        default=True, help_text="With the switches as they stand now; else as the files have them."
    )


class BusBranch(Endpoint):
    """/cim/v1/models/{model}/bus-branch."""

    reads: ClassVar[tuple[str, ...]] = ("see_network",)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: ARG002, FBT001, FBT002
        """Who accepts nothing but a zip is served too; refusals come as JSON."""
        return super().perform_content_negotiation(request, force=True)

    @schema.operation(
        "Export a bus-branch model",
        tag="models",
        query=BusBranchQuery,
        tells=OpenApiTypes.BINARY,
        status=(200, "application/zip"),
    )
    def get(self, request: Request, model: str) -> FileResponse:  # noqa: ARG002
        """A zip with a CGMES set without switches; X-Tieline-Sequence and -Version belong into the result that comes back."""
        query = self.query(BusBranchQuery)
        done = engine_models.bus_branch(
            model=model, feeder=query["feeder"], as_operated=query["as_operated"], at=self.at
        )
        answer = FileResponse(done.archive, as_attachment=True, filename=f"{model}_bus-branch.zip")
        answer["Content-Type"] = "application/zip"
        answer["Cache-Control"] = "no-store"
        if query["as_operated"]:
            answer["X-Tieline-Sequence"] = str(done.sequence)
        answer["X-Tieline-Version"] = str(done.version)
        return answer
