"""The latest power flow of the operated network by REST."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.views import Endpoint
from adms.core.errors import NotFound
from network.selectors import power_flow, state

TAG = "power flow"
_OF_GROUP = ("name", "computed_at", "took_ms", "engine", "converged", "reason")


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


class Suspect(serializers.Serializer[dict[str, object]]):
    """A reading that does not fit the others and the loads expected."""

    mrid = serializers.CharField()
    name = serializers.CharField()
    value = serializers.FloatField()
    normalised_residual = serializers.FloatField()


class Unused(serializers.Serializer[dict[str, object]]):
    """A reading that could not be weighed in."""

    mrid = serializers.CharField()
    name = serializers.CharField()
    why = serializers.CharField()


class EstimateTold(serializers.Serializer[dict[str, object]]):
    """How telemetry was weighed in (state estimation)."""

    used = serializers.IntegerField(help_text="readings")
    fits = serializers.BooleanField(allow_null=True, help_text="chi-square test at 95 %; null without readings")
    objective = serializers.FloatField(allow_null=True)
    limit = serializers.FloatField(allow_null=True)
    residual_percent = serializers.FloatField(allow_null=True, help_text="the largest difference to a used reading")
    suspects = Suspect(many=True)
    unused = Unused(many=True)
    checked = serializers.IntegerField(help_text="voltages compared with the result")


class GroupFlow(serializers.Serializer[dict[str, object]]):
    """The newest result of one feeder group; its figures are null where it has no solution."""

    name = serializers.CharField()
    head = serializers.CharField(help_text="mRID of the branch it hangs by; empty where it has sources of its own")
    computed_at = serializers.DateTimeField()
    took_ms = serializers.IntegerField()
    engine = serializers.CharField()
    converged = serializers.BooleanField()
    reason = serializers.CharField()
    loss_kw = serializers.FloatField(allow_null=True)
    loss_kvar = serializers.FloatField(allow_null=True)
    source_kw = serializers.FloatField(allow_null=True, help_text="what it takes at its head, or its sources give")
    source_kvar = serializers.FloatField(allow_null=True)
    v_min_pu = serializers.FloatField(allow_null=True)
    v_max_pu = serializers.FloatField(allow_null=True)
    loading_percent = serializers.FloatField(allow_null=True)
    violations = serializers.IntegerField()
    nodes = serializers.IntegerField()
    estimate = EstimateTold(allow_null=True, default=None, help_text="null where the loads are those of the model")


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
    group_count = serializers.IntegerField()
    unsolved = serializers.IntegerField(help_text="feeder groups without a solution")
    waiting = serializers.IntegerField(help_text="feeder groups whose result is still to be computed")
    groups = GroupFlow(many=True, help_text="at most 200, those without a solution first")
    feeders = FeederFlow(many=True)
    violations = Violation(many=True)


class PowerFlow(Endpoint):
    """/network/{model}/power-flow."""

    @schema.operation("Show the latest power flow", tag=TAG, tells=PowerFlowTold)
    def get(self, request: Request, model: str) -> Response:  # noqa: ARG002
        """Losses, voltages, loadings and violations of the network as it is operated; what changes is computed again."""
        found = power_flow.shown(model) if model in state.models() else None
        if found is None:
            raise NotFound(f"no power flow of {model!r} has been computed", model=model)
        row = found.row
        grid = state.present(model).grid
        groups = [
            {
                **one.figures,
                **{name: getattr(one, name) for name in _OF_GROUP},
                "head": grid.branch_mrid_text(one.head) if one.head >= 0 else "",
            }
            for one in found.groups
        ]
        told = {
            "unsolved": 0,
            "waiting": 0,
            **row.figures,
            "group_count": row.figures.get("groups", 0),
            "groups": groups,
            "model": model,
            "version": row.version.number,
            "is_current": found.is_current,
            "feeders": found.feeders,
            "violations": found.violations,
            **{name: getattr(row, name) for name in ("computed_at", "engine", "converged", "reason", "took_ms")},
        }
        return Response(PowerFlowTold(told).data)
