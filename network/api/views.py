"""Feeders, devices, traces, operations, tags and model versions: one call inward each."""

import uuid
from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.views import Endpoint
from network.api import serializers
from network.domain import phases as ph
from network.selectors import devices, feeders, search, traces, versions
from network.selectors import operations as asked
from network.services import operations

NETWORK, OPERATIONS, MODELS = "network", "operations", "models"


class Search(Endpoint):
    """/search."""

    @schema.operation("Search anything", tag=NETWORK, query=serializers.SearchQuery, tells=serializers.Hits)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Feeders, equipment and customers by name or mRID: exact ones first, then beginnings, then names that have it somewhere."""
        query = self.query(serializers.SearchQuery)
        found = search.find(query["q"], query["limit"], model=query["model"], actor=self.actor)
        return Response(serializers.Hits({"results": found}).data)


class Feeders(Endpoint):
    """/feeders."""

    @schema.operation(
        "List feeders", tag=NETWORK, query=serializers.FeederQuery, tells=serializers.Feeder, is_page=True
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Feeders as built, with their customers and who of them has no supply now."""
        query = self.query(serializers.FeederQuery)
        found = feeders.feeders(model=query["model"], area=query["area"], name=query["name"])
        return self.page(found, query, serializers.Feeder)


class Devices(Endpoint):
    """/devices."""

    @schema.operation(
        "List devices", tag=NETWORK, query=serializers.DeviceQuery, tells=serializers.Device, is_page=True
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Equipment of the published models, with its present position."""
        query = self.query(serializers.DeviceQuery)
        found = devices.devices(
            name=query["name"],
            cim_class=query["class"],
            feeder=query["feeder"],
            area=query["area"],
            model=query["model"],
            is_switch=query["is_switch"],
            is_telemetered=query["is_telemetered"],
        )
        return self.page(found, query, serializers.Device, devices.describe)


class Device(Endpoint):
    """/devices/{mrid}."""

    @schema.operation("Show a device", tag=NETWORK, query=serializers.ModelQuery, tells=serializers.DeviceDetail)
    def get(self, request: Request, mrid: str) -> Response:  # noqa: ARG002
        """Position and its quality, tags, telemetry points, the feeder it hangs on, who holds it."""
        query = self.query(serializers.ModelQuery)
        found = devices.detail(devices.device(mrid, query["model"]))
        return Response(serializers.DeviceDetail(found).data)


class Trace(Endpoint):
    """/devices/{mrid}/trace."""

    @schema.operation("Trace from a device", tag=NETWORK, query=serializers.TraceQuery, tells=serializers.Trace)
    def get(self, request: Request, mrid: str) -> Response:  # noqa: ARG002
        """Up to the source, down to all it feeds, its feeder, all connected, or the loops it lies in: now, or at a past time."""
        query = self.query(serializers.TraceQuery)
        phases = ph.parse(query["phases"]) if query["phases"] else None
        start = devices.device(mrid, query["model"])
        found = traces.trace(
            start, direction=query["direction"], phases=phases, at=query["at"], by_field_time=not query["as_known"]
        )
        return Response(serializers.Trace(found).data)


class Tags(Endpoint):
    """/devices/{mrid}/tags."""

    @schema.operation("Place a tag", tag=OPERATIONS, takes=serializers.PlaceTag, tells=serializers.Tag, status=201)
    def post(self, request: Request, mrid: str) -> Response:  # noqa: ARG002
        """Hang a tag on a switch. inhibit and clearance block every operation, whichever way it is asked for."""
        given = self.body(serializers.PlaceTag)
        model = devices.device(mrid, given["model"]).version.model.key
        placed = operations.place_tag(
            actor=self.actor, model=model, equipment_mrid=mrid, kind=given["kind"], text=given["text"], at=self.at
        )
        return Response(serializers.Tag(placed).data, status=201)


class Tag(Endpoint):
    """/tags/{id}."""

    @schema.operation("Remove a tag", tag=OPERATIONS, tells=serializers.Tag)
    def delete(self, request: Request, tag_id: int) -> Response:  # noqa: ARG002
        """Take one's own tag off."""
        removed = operations.remove_tag(actor=self.actor, tag_id=tag_id, at=self.at)
        return Response(serializers.Tag(removed).data)


class Operations(Endpoint):
    """/operations."""

    audits_refusals: ClassVar[bool] = False

    @schema.operation(
        "List operations",
        tag=OPERATIONS,
        query=serializers.OperationQuery,
        tells=serializers.OperationTold,
        is_page=True,
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Operations, newest first."""
        query = self.query(serializers.OperationQuery)
        found = asked.operations(
            state=query["state"], device=query["device"], area=query["area"], requested_by=query["requested_by"]
        )
        return self.page(found, query, serializers.OperationTold)

    @schema.operation(
        "Select a device", tag=OPERATIONS, takes=serializers.SelectDevice, tells=serializers.OperationTold, status=201
    )
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """The first of two steps: every check, and what the movement would do. Reserved for you until expires_at."""
        given = self.body(serializers.SelectDevice)
        wanted = operations.Request(
            model=devices.device(given["device"], given["model"]).version.model.key,
            equipment_mrid=given["device"],
            close=given["action"] == "close",
            seen_number=given["seen_number"],
            phases=ph.parse(given["phases"]) if given["phases"] else None,
            reason=given["reason"],
        )
        selected = operations.request_operation(actor=self.actor, request=wanted, at=self.at)
        return Response(serializers.OperationTold(selected).data, status=201)


class Operation(Endpoint):
    """/operations/{id}."""

    @schema.operation("Show an operation", tag=OPERATIONS, tells=serializers.OperationTold)
    def get(self, request: Request, operation_id: uuid.UUID) -> Response:  # noqa: ARG002
        """How far it has come."""
        return Response(serializers.OperationTold(asked.operation(operation_id)).data)


class Execute(Endpoint):
    """/operations/{id}/execute."""

    audits_refusals: ClassVar[bool] = False

    @schema.operation(
        "Execute an operation", tag=OPERATIONS, takes=serializers.Execute, tells=serializers.OperationTold
    )
    def post(self, request: Request, operation_id: uuid.UUID) -> Response:  # noqa: ARG002
        """The second step. A telemetered switch is commanded (state executing until it reports), another one is recorded."""
        given = self.body(serializers.Execute)
        executed = operations.execute_operation(
            actor=self.actor,
            operation_id=operation_id,
            confirmation=given["confirmation"],
            reason=given["reason"],
            at=self.at,
        )
        return Response(serializers.OperationTold(executed).data)


class Cancel(Endpoint):
    """/operations/{id}/cancel."""

    @schema.operation("Cancel an operation", tag=OPERATIONS, tells=serializers.OperationTold)
    def post(self, request: Request, operation_id: uuid.UUID) -> Response:  # noqa: ARG002
        """Give a selection back. What is being executed is not stopped by this: read its state."""
        cancelled = operations.cancel_operation(actor=self.actor, operation_id=operation_id, at=self.at)
        return Response(serializers.OperationTold(cancelled).data)


class Versions(Endpoint):
    """/models."""

    @schema.operation(
        "List model versions", tag=MODELS, query=serializers.VersionQuery, tells=serializers.Version, is_page=True
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Versions of the network models, the newest of each first."""
        query = self.query(serializers.VersionQuery)
        return self.page(versions.versions(model=query["model"], state=query["state"]), query, serializers.Version)


class Version(Endpoint):
    """/models/{model}/versions/{number}."""

    @schema.operation("Show a model version", tag=MODELS, tells=serializers.VersionDetail)
    def get(self, request: Request, model: str, number: int) -> Response:  # noqa: ARG002
        """What was taken, what was skipped, what is wrong with it."""
        return Response(serializers.VersionDetail(versions.version(model, number)).data)
