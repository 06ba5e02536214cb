"""The open branches of a network file with the least loss (feeder reconfiguration)."""

import time
from typing import Any

import numpy as np
from django.core.management.base import CommandParser

from adms.core.commands import BadInput, JsonCommand
from integration.netfiles import arguments, switchable


class Command(JsonCommand):
    """The open branches of a network file with the least loss (feeder reconfiguration)."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The network, and how long to look."""
        arguments.add_net(parser)
        parser.add_argument("--time-limit", type=float, default=60.0, metavar="S", help="seconds to look, at most")
        parser.add_argument("--seed", type=int, default=1, help="of the search")

    def answer(self, **options: Any) -> dict[str, Any]:
        """The network as it is, and the best set found."""
        from network.domain.reconfiguration import exchange  # noqa: PLC0415 - numba takes a second
        from network.domain.reconfiguration.flow import Workshop  # noqa: PLC0415

        if not options["time_limit"] > 0.0:
            raise BadInput(f"--time-limit {options['time_limit']:g}: more than no time is needed")
        if options["seed"] < 0:
            raise BadInput(f"--seed {options['seed']}: not below 0")
        study = switchable.study(options)
        end = time.monotonic() + options["time_limit"]
        shop = Workshop(study.case)
        base = shop.flow(study.case.closed)
        found = exchange.reconfigure(study.case, is_over=lambda: time.monotonic() > end, seed=options["seed"])
        document: dict[str, Any] = {"base_loss_kw": _number(base.loss_kw), "base_v_min_pu": _number(base.v_min_pu)}
        if not base.converged:
            document["base_reason"] = base.reason
        if found is None:
            document |= dict.fromkeys(("loss_kw", "v_min_pu", "v_min_bus")) | {"open_branches": [], "converged": False}
            return document | {"reason": "no radial set of branches has a power flow"}
        flow = shop.flow(found.closed)
        return document | {
            "loss_kw": _number(flow.loss_kw),
            "v_min_pu": _number(flow.v_min_pu),
            "v_min_bus": study.buses[flow.v_min_bus],
            "open_branches": study.pairs(np.flatnonzero(~found.closed)),
            "converged": flow.converged,
            "settled": found.is_settled,
            "descents": found.descents,
        }

    def words(self, document: dict[str, Any]) -> str:
        """Before, after, and what is open."""
        if not document["converged"]:
            return str(document["reason"])
        base = document["base_loss_kw"]
        before = document.get("base_reason", "") or f"{base:,.3f} kW lost, lowest {document['base_v_min_pu']:.5f} p.u."
        after = f"{document['loss_kw']:,.3f} kW lost, lowest {document['v_min_pu']:.5f} p.u. at {document['v_min_bus']}"
        names = ", ".join("-".join(pair) for pair in document["open_branches"])
        return f"as it is: {before}\nbest found: {after}\nopen: {names}"


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
