"""Plans that give supply back after a permanent fault on a branch of a network file, best first."""

import math
import time
from typing import Any

from django.core.management.base import CommandParser

from adms.core.commands import BadInput, JsonCommand
from integration.netfiles import arguments, switchable
from integration.netfiles.refusals import NetFileRefused


class Command(JsonCommand):
    """Plans that give supply back after a permanent fault on a branch of a network file, best first."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The network, the fault, and what a plan may do."""
        arguments.add_net(parser)
        parser.add_argument("--fault", required=True, metavar="FROM-TO", help="the faulted branch; a parallel one #2")
        parser.add_argument("--v-min", type=float, default=0.9, help="lowest voltage a plan may leave, p.u.")
        parser.add_argument("--max-ties", type=int, default=2, help="ties to close, at most")
        parser.add_argument("--max-sectionalizers", type=int, default=1, help="branches to open besides, at most")
        parser.add_argument("--single-ties", action="store_true", help="every single tie, in the order of loss")
        parser.add_argument("--time-limit", type=float, default=60.0, metavar="S", help="seconds to look, at most")

    def answer(self, **options: Any) -> dict[str, Any]:
        """The plans, and what the fault cut off."""
        from network.domain.reconfiguration import plans  # noqa: PLC0415 - numba takes a second

        _check(options)
        study = switchable.study(options)
        try:
            fault = study.find(options["fault"])
        except NetFileRefused as refusal:
            raise BadInput(refusal.message) from None
        outlook = plans.look(study.case, fault)
        end = time.monotonic() + options["time_limit"]
        limits = plans.Limits(options["v_min"], options["max_ties"], options["max_sectionalizers"])
        if options["single_ties"]:
            found = plans.Restoration(plans.single_ties(outlook), [], tried_all=True)
        else:
            found = plans.restore(outlook, limits, is_over=lambda: time.monotonic() > end)
        return {
            "fault": list(study.ends[fault]),
            "dead_buses": [name for name, dead in zip(study.buses, outlook.dead, strict=True) if dead],
            "dead_kw": float(study.case.load[outlook.dead].real.sum() * study.case.base_kw),
            "tried_all": found.tried_all,
            "plans": [_document(study, plan) for plan in found.plans],
            "beyond_limits": [_document(study, plan) for plan in found.beyond],
        }

    def words(self, document: dict[str, Any]) -> str:
        """What is dead, then a line a plan."""
        head = f"{len(document['dead_buses'])} buses dead, {document['dead_kw']:,.1f} kW"
        lines = [_line(number, plan) for number, plan in enumerate(document["plans"], 1)]
        if not lines:
            head += "; no plan within the limits"
        return "\n".join([head, *lines, *(f"beyond the limits{_line('', plan)}" for plan in document["beyond_limits"])])


def _check(options: dict[str, Any]) -> None:
    if not 0.0 < options["v_min"] < 1.5:
        raise BadInput(f"--v-min {options['v_min']:g}: a voltage in p.u. between 0 and 1.5")
    for name in ("max_ties", "max_sectionalizers"):
        if options[name] < 0:
            raise BadInput(f"--{name.replace('_', '-')} {options[name]}: not below 0")
    if not options["time_limit"] > 0.0:
        raise BadInput(f"--time-limit {options['time_limit']:g}: more than no time is needed")


def _document(study: switchable.Named, plan: Any) -> dict[str, Any]:
    return {
        "close": study.pairs(plan.close),
        "open": study.pairs(plan.open),
        "loss_kw": _number(plan.loss_kw),
        "v_min_pu": _number(plan.v_min_pu),
        "v_min_bus": study.buses[plan.v_min_bus] if plan.converged else None,
        "served_kw": _number(plan.served_kw),
        "unserved_kw": _number(plan.unserved_kw),
        "operations": plan.operations,
        "converged": plan.converged,
    }


def _line(number: int | str, plan: dict[str, Any]) -> str:
    moves = [f"close {'-'.join(pair)}" for pair in plan["close"]] + [f"open {'-'.join(pair)}" for pair in plan["open"]]
    what = ", ".join(moves) or "nothing to do"
    if not plan["converged"]:
        return f"{number}. {what}: the power flow does not converge"
    shed = f", {plan['unserved_kw']:,.1f} kW not served" if plan["unserved_kw"] else ""
    lowest = f"lowest {plan['v_min_pu']:.5f} p.u. at {plan['v_min_bus']}"
    return f"{number}. {what}: {plan['loss_kw']:,.3f} kW lost, {lowest}{shed}"


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
