"""What several of them need: values that may be left out, periods, rows of the ledger."""

import datetime as dt
from typing import Any

from rest_framework import serializers

from adms.core.api.fields import Input, Number, Output, Time
from network.domain import phases as ph
from outages.models import Interruption


def maybe(field: type[serializers.Field[Any, Any, Any, Any]], **kwargs: Any) -> Any:
    """A value that may be left out."""
    return field(required=False, allow_null=True, default=None, **kwargs)


class Period(Input):
    """From a moment to a moment; the names are words of Python or hide one, so they cannot be declared below."""

    def get_fields(self) -> dict[str, Any]:
        """`from` is in the period, `to` is not."""
        return {**super().get_fields(), "from": maybe(Time), "to": maybe(Time)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """It must have a length."""
        if attrs["from"] and attrs["to"] and attrs["from"] >= attrs["to"]:
            raise serializers.ValidationError({"to": ["must lie after from"]})
        return attrs


class InterruptionTold(Output):
    """One row of the ledger: so many customers, off from then to then."""

    id = serializers.IntegerField()
    outage = serializers.IntegerField(source="outage_id")
    area = serializers.CharField(source="area.key")
    feeder = serializers.CharField()
    model = serializers.CharField(source="model_key")
    device = serializers.CharField(source="equipment_mrid", help_text="mRID of the service transformer.")
    phases = serializers.SerializerMethodField()
    customers = serializers.IntegerField()
    usage_points = serializers.ListField(child=serializers.IntegerField())
    connected_kva = Number(allow_null=True)
    began_at = Time()
    ended_at = Time(allow_null=True)
    duration_min = serializers.SerializerMethodField(help_text="null while it lasts")
    is_provisional = serializers.BooleanField(help_text="Rests on a prediction that nobody confirmed yet.")
    is_planned = serializers.BooleanField()
    excluded_reason = serializers.CharField()
    superseded_at = Time(allow_null=True)
    superseded_reason = serializers.CharField()

    def get_phases(self, row: Interruption) -> str:
        """As letters."""
        return ph.text(row.phases)

    def get_duration_min(self, row: Interruption) -> float | None:
        """Minutes without supply."""
        return (row.ended_at - row.began_at) / dt.timedelta(minutes=1) if row.ended_at else None
