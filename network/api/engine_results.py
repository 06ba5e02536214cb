"""Power flows of other engines by REST: taken in, and told beside ours (P08)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Key, Number, Output, Text, Time
from adms.core.api.paging import PageQuery
from adms.core.api.views import Endpoint
from network.domain.agreement import NOTHING
from network.domain.physics.results import BranchFlow, BusVoltage, PowerFlowResult
from network.selectors import engine_results
from network.selectors.engine_results import Compared
from network.services import engine_results as keeping
from network.services.engine_results import EngineResult

TAG = "power flow"
PHASES = ("ABC", "A", "B", "C", "s1", "s2")
MOST = 50_000
_KW: dict[str, Any] = {"required": False, "allow_null": True, "default": None}


class BusGiven(Input):
    """A bus, or one phase of it."""

    mrid = serializers.CharField(max_length=120, help_text="Of a ConnectivityNode or of an exported TopologicalNode.")
    phase = serializers.ChoiceField(PHASES, required=False, default="ABC")
    v_pu = Number(min_value=0, max_value=10, help_text="Of the bus's nominal phase voltage; 0 says that it is dead.")
    angle_deg = Number(min_value=-720, max_value=720, required=False, default=0.0, help_text="Checked, not kept.")


class BranchGiven(Input):
    """A branch, or one phase of it."""

    mrid = serializers.CharField(max_length=120)
    phase = serializers.ChoiceField(PHASES, required=False, default="ABC")
    i_a = Number(min_value=0, max_value=1e9, required=False, default=0.0, help_text="Checked, not kept.")
    loading_percent = Number(min_value=0, max_value=1e6, **_KW)


class EngineResultGiven(Input):
    """A power flow of another engine."""

    engine = serializers.CharField(max_length=30)
    computed_at = Time()
    sequence = Key(help_text="Of the switching state: X-Tieline-Sequence of the model that went out.")
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, **_KW)
    converged = serializers.BooleanField()
    reason = Text(400)
    iterations = serializers.IntegerField(min_value=0, max_value=2**31 - 1, **_KW)
    loss_kw = Number(**_KW)
    loss_kvar = Number(**_KW)
    source_kw = Number(**_KW)
    source_kvar = Number(**_KW)
    buses = serializers.ListField(child=BusGiven(), required=False, default=list, max_length=MOST)
    branches = serializers.ListField(child=BranchGiven(), required=False, default=list, max_length=MOST)


class UnknownTold(Output):
    """What the model does not have."""

    buses = serializers.IntegerField()
    branches = serializers.IntegerField()
    listed = serializers.ListField(child=serializers.CharField(), help_text="The first of them.")


class Comparison(Output):
    """Their result beside ours of the same switching state."""

    verdict = serializers.ChoiceField(["agrees", "differs", "open"], help_text="Open: there is nothing to compare.")
    limit_pu = Number()
    own_computed_at = Time(allow_null=True)
    buses = serializers.IntegerField(help_text="That both have.")
    live_only_there = serializers.IntegerField(help_text="Buses that are dead in our result.")
    v_largest_pu = Number(allow_null=True)
    v_mean_pu = Number(allow_null=True)
    bus = serializers.CharField(help_text="Where the voltages are furthest apart.")
    loading_largest = Number(allow_null=True, help_text="Percent of the rating.")
    branch = serializers.CharField(help_text="Where the loadings are furthest apart.")
    loss_kw = Number(allow_null=True, help_text="Theirs less ours.")


class EngineResultTold(Output):
    """A result as it was kept."""

    model = serializers.CharField()
    version = serializers.IntegerField()
    engine = serializers.CharField()
    computed_at = Time()
    sequence = serializers.IntegerField()
    is_current = serializers.BooleanField(help_text="No switch has moved since.")
    is_balanced = serializers.BooleanField()
    converged = serializers.BooleanField()
    reason = serializers.CharField()
    loss_kw = Number(allow_null=True)
    source_kw = Number(allow_null=True)
    v_min_pu = Number(allow_null=True)
    v_max_pu = Number(allow_null=True)
    unknown = UnknownTold()
    comparison = Comparison()


class EngineResults(Endpoint):
    """/network/{model}/power-flow/results."""

    @schema.operation(
        "Compare results of other engines", tag=TAG, query=PageQuery, tells=EngineResultTold, is_page=True
    )
    def get(self, request: Request, model: str) -> Response:  # noqa: ARG002
        """The newest result of each engine for the published version, beside ours."""
        told = [_told(model, one) for one in engine_results.latest(model)]
        return self.page(told, self.query(PageQuery), EngineResultTold)

    @schema.operation(
        "Take in a power flow of another engine", tag=TAG, takes=EngineResultGiven, tells=EngineResultTold, status=201
    )
    def post(self, request: Request, model: str) -> Response:  # noqa: ARG002
        """All of it or nothing; the same engine, sequence and time again answer 200 with what was kept first."""
        given = self.body(EngineResultGiven)
        row, is_new = keeping.receive(actor=self.actor, sent=_sent(model, given), at=self.at)
        told = _told(model, engine_results.compared(model, row))
        return Response(EngineResultTold(told).data, status=201 if is_new else 200)


def _sent(model: str, given: dict[str, Any]) -> EngineResult:
    names = ("engine", "converged", "reason", "iterations", "loss_kw", "loss_kvar", "source_kw", "source_kvar")
    result = PowerFlowResult(
        **{name: given[name] for name in names},
        buses=[BusVoltage(name="", **bus) for bus in given["buses"]],
        branches=[BranchFlow(name="", **branch) for branch in given["branches"]],
    )
    return EngineResult(model, given["sequence"], given["computed_at"], result, given["version"])


def _told(model: str, one: Compared) -> dict[str, Any]:
    row = one.row
    names = ("engine", "computed_at", "sequence", "converged", "reason")
    return {
        **row.figures,
        **{name: getattr(row, name) for name in names},
        "model": model,
        "version": row.version.number,
        "is_current": one.is_current,
        "comparison": _comparison(one),
    }


def _comparison(one: Compared) -> dict[str, Any]:
    apart = one.apart or NOTHING
    return {
        "verdict": one.verdict,
        "limit_pu": one.limit_pu,
        "own_computed_at": one.own.computed_at if one.own else None,
        "buses": apart.voltage.count,
        "live_only_there": apart.live_only_there,
        "v_largest_pu": apart.voltage.largest,
        "v_mean_pu": apart.voltage.mean,
        "bus": one.bus.mrid if one.bus else "",
        "loading_largest": apart.loading.largest,
        "branch": one.branch.mrid if one.branch else "",
        "loss_kw": one.loss_kw,
    }
