"""The latest power flow of the operated network by REST."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.views import Endpoint
from adms.core.errors import NotFound
from network.selectors import power_flow, state

TAG = "power flow"


class Violation(serializers.Serializer[dict[str, object]]):
    """What is out of its limits."""

    kind = serializers.ChoiceField(["voltage_low", "voltage_high", "overload"])
    name = serializers.CharField()
    mrid = serializers.CharField()
    phase = serializers.CharField()
    value = serializers.FloatField()
    limit = serializers.FloatField()
    feeder = serializers.CharField()


class FeederFlow(serializers.Serializer[dict[str, object]]):
    """The extremes of a feeder as it is switched now."""

    name = serializers.CharField()
    v_min_pu = serializers.FloatField()
    loading_percent = serializers.FloatField(allow_null=True)


class PowerFlowTold(serializers.Serializer[dict[str, object]]):
    """A result; without convergence the figures are null and `reason` says why."""

    model = serializers.CharField()
    version = serializers.IntegerField()
    computed_at = serializers.DateTimeField()
    is_current = serializers.BooleanField(help_text="no switch has moved since it was computed")
    engine = serializers.CharField()
    converged = serializers.BooleanField()
    reason = serializers.CharField()
    took_ms = serializers.IntegerField()
    loss_kw = serializers.FloatField(allow_null=True)
    loss_kvar = serializers.FloatField(allow_null=True)
    source_kw = serializers.FloatField(allow_null=True)
    source_kvar = serializers.FloatField(allow_null=True)
    v_min_pu = serializers.FloatField(allow_null=True)
    v_max_pu = serializers.FloatField(allow_null=True)
    feeders = FeederFlow(many=True)
    violations = Violation(many=True)


class PowerFlow(Endpoint):
    """/network/{model}/power-flow."""

    @schema.operation("Show the latest power flow", tag=TAG, tells=PowerFlowTold)
    def get(self, request: Request, model: str) -> Response:  # noqa: ARG002
        """Losses, voltages, loadings and violations of the network as it is operated; computed after every change."""
        found = power_flow.shown(model) if model in state.models() else None
        if found is None:
            raise NotFound(f"no power flow of {model!r} has been computed", model=model)
        row = found.row
        told = {
            **row.figures,
            "model": model,
            "version": row.version.number,
            "is_current": found.is_current,
            "feeders": found.feeders,
            "violations": found.violations,
            **{name: getattr(row, name) for name in ("computed_at", "engine", "converged", "reason", "took_ms")},
        }
        return Response(PowerFlowTold(told).data)
