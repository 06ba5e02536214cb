"""What the simulated world outside may ask: the network and how it stands. Its systems tell what happens by CIM messages only."""

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Output
from adms.core.api.views import Endpoint
from integration.services import simulation_world

TAG = "simulation"


class Which(Input):
    """Which network."""

    model = serializers.CharField(
        default="", allow_blank=True, max_length=60, help_text="Key; the first one if not given."
    )


class WorldTold(Output):
    """A network."""

    model = serializers.CharField()
    version = serializers.IntegerField()
    nodes = serializers.IntegerField(help_text="How many; they are numbered from 0.")
    branches = serializers.ListField(child=serializers.DictField())
    sources = serializers.ListField(child=serializers.IntegerField(), help_text="Nodes.")
    loads = serializers.ListField(child=serializers.ListField(), help_text="[node, kW].")
    analogs = serializers.ListField(child=serializers.DictField(), help_text="Measured currents.")
    fault_currents = serializers.ListField(
        child=serializers.DictField(), help_text="Points at which protection tells the current of a fault."
    )
    source_z = serializers.ListField(
        child=serializers.ListField(), help_text="[node, r, x] of sources, per unit on 1 MVA; `z` of branches likewise."
    )
    meters = serializers.ListField(child=serializers.DictField())
    dark = serializers.ListField(child=serializers.CharField(), help_text="Meters known to be without power.")


class PositionsTold(Output):
    """How switches stand."""

    model = serializers.CharField()
    version = serializers.IntegerField()
    closed = serializers.DictField(child=serializers.BooleanField(), help_text="By mRID.")


class OfPartners(Endpoint):
    """For external systems; the pictures that people look at are elsewhere."""

    reads = ("post_cim",)

    def model(self) -> dict[str, Any]:
        """The model asked for, as keyword."""
        return {"model": self.query(Which)["model"]}


class World(OfPartners):
    """/simulation/world."""

    @schema.operation("Describe the network for a simulation", tag=TAG, query=Which, tells=WorldTold)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Branches with their switches, sources, loads, meters: enough to compute who has supply, without anybody's name."""
        return Response(simulation_world.world(**self.model()))


class Positions(OfPartners):
    """/simulation/positions."""

    @schema.operation("Tell how the switches stand for a simulation", tag=TAG, query=Which, tells=PositionsTold)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """All switches of a model."""
        return Response(simulation_world.positions(**self.model()))


urlpatterns = [path("world", World.as_view()), path("positions", Positions.as_view())]
