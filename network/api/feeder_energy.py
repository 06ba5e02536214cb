"""Energy of feeders over REST."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core import days
from adms.core.api import schema
from adms.core.api.fields import Input, Output, Text, Time
from adms.core.api.views import Endpoint
from network.selectors import feeder_energy
from network.selectors.feeder_energy import FeederBlocks


class EnergyQuery(Input):
    """Which feeders, which day."""

    day = serializers.DateField(help_text="A local day; today's blocks are told as far as they are.")
    model, area = Text(60), Text(60)
    feeder = Text(help_text="As built.")


class EnergyBlock(Output):
    """A quarter hour."""

    ends_at = Time()
    kwh = serializers.FloatField(allow_null=True, help_text="Net; null where nothing is known.")
    quality = serializers.ListField(child=serializers.CharField(), help_text="Codes system.category.index, e.g. 4.0.0.")


class FeederEnergy(Output):
    """A feeder's energy of a day."""

    model = serializers.CharField()
    feeder = serializers.CharField()
    substation = serializers.CharField()
    area = serializers.CharField()
    kwh = serializers.FloatField(help_text="Of all blocks of which something is known.")
    blocks = EnergyBlock(many=True)


class FeederEnergyList(Output):
    """Feeders that counted anything, by model, substation and name."""

    results = FeederEnergy(many=True)


class FeederEnergies(Endpoint):
    """/feeders/energy."""

    @schema.operation("Show the energy of feeders", tag="network", query=EnergyQuery, tells=FeederEnergyList)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """By the quarter hour, as telemetry of their heads tells it, each block with its qualities."""
        query = self.query(EnergyQuery)
        begins, ends = days.bounds(query["day"])
        found = feeder_energy.of_time(begins, ends, area=query["area"], model=query["model"], feeder=query["feeder"])
        return Response(FeederEnergyList({"results": [_told(one) for one in found]}).data)


def _told(row: FeederBlocks) -> dict[str, object]:
    blocks = [
        {"ends_at": row.ends_at(number), "kwh": one.kwh, "quality": list(one.qualities)}
        for number, one in enumerate(row.blocks)
    ]
    names = ("model", "feeder", "substation", "area", "kwh")
    return {name: getattr(row, name) for name in names} | {"blocks": blocks}
