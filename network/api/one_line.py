"""One-line diagrams by REST: where everything stands, and what is live."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input
from adms.core.api.views import Endpoint
from network.selectors import one_line, state

TAG = "network"


class DiagramQuery(Input):
    """How much of it."""

    whole = serializers.BooleanField(
        default=False, help_text="of a feeder also what lies behind its service transformers"
    )


class DiagramSymbol(serializers.Serializer[dict[str, object]]):
    """A piece of equipment with two terminals, a source, or the load of a node."""

    kind = serializers.CharField(
        help_text="breaker, recloser, fuse, load_break, disconnector, ground, switch, power, service, source, load, other"
    )
    mrid = serializers.CharField(help_text="empty for loads")
    name = serializers.CharField()
    branch = serializers.IntegerField(help_text="-1 for sources and loads")
    node = serializers.IntegerField(help_text="of sources and loads, else -1")
    x = serializers.FloatField()
    y = serializers.FloatField()
    is_upright = serializers.BooleanField(help_text="terminals above and below, else left and right")
    has_room = serializers.BooleanField(help_text="for its name, beside or above it")


class DiagramWire(serializers.Serializer[dict[str, object]]):
    """A line, or the joint of a node."""

    points = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()), help_text="x, y from the upper left corner"
    )
    branch = serializers.IntegerField(help_text="-1 for joints")
    node = serializers.IntegerField(help_text="-1 for lines")
    mrid = serializers.CharField(help_text="empty for joints")
    name = serializers.CharField(help_text="empty for joints")
    is_bus = serializers.BooleanField()


class DiagramMark(serializers.Serializer[dict[str, object]]):
    """Where the network goes on in another diagram, or one end of a ring."""

    x = serializers.FloatField()
    y = serializers.FloatField()
    node = serializers.IntegerField()
    number = serializers.IntegerField(help_text="both ends of a ring have the same; else 0")
    name = serializers.CharField()
    leads_to = serializers.CharField(help_text="mRID of a feeder or substation, or empty")


class DiagramLive(serializers.Serializer[dict[str, object]]):
    """State bytes by branch (as in state.bin), supply by node (0 live, 1 dead, 2 a phase is dead), readings by branch."""

    version = serializers.IntegerField()
    sequence = serializers.IntegerField()
    branches = serializers.DictField(child=serializers.IntegerField())
    nodes = serializers.DictField(child=serializers.IntegerField())
    values = serializers.DictField(child=serializers.ListField(child=serializers.DictField()))


class Diagram(serializers.Serializer[dict[str, object]]):
    """A one-line diagram."""

    kind = serializers.ChoiceField(["feeder", "station"])
    mrid = serializers.CharField()
    name = serializers.CharField()
    width = serializers.FloatField()
    height = serializers.FloatField()
    is_given = serializers.BooleanField(help_text="the positions are those of the model's own diagram")
    symbols = DiagramSymbol(many=True)
    wires = DiagramWire(many=True)
    marks = DiagramMark(many=True)
    live = DiagramLive()


class OneLine(Endpoint):
    """/network/{model}/one-line/{mrid}."""

    @schema.operation("Show a one-line diagram", tag=TAG, query=DiagramQuery, tells=Diagram)
    def get(self, request: Request, model: str, mrid: str) -> Response:  # noqa: ARG002
        """Of a substation, a feeder, or the one a piece of equipment is on; laid out by normal positions, so that nothing moves."""
        query = self.query(DiagramQuery)
        present = state.present(model)
        what = one_line.subject(present, mrid)
        is_whole = what.kind == "feeder" and query["whole"]
        told = one_line.layout(present, what, is_whole=is_whole)
        return Response(Diagram(told | {"live": one_line.live(present, what, is_whole=is_whole)}).data)
