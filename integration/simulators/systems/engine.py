"""A load-flow engine: fetches the operated network as a bus-branch model, solves it with pandapower, and sends back what it found.

Once at the beginning, again with every NetworkChanges it is told, and with --rate so many times a second. Which model: the first that
the server describes.
"""

from __future__ import annotations

import io
import logging
import tempfile
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from integration.simulators import messages
from integration.simulators.client import Refused, Unreachable
from integration.simulators.incoming import Incoming
from integration.simulators.systems.base import TAKEN, Answer, System, Tools

log = logging.getLogger(__name__)


class LoadFlowEngine(System):
    """Keeps its last answers."""

    source = "ENGINE-SIM"
    summary_line = "A load-flow engine: fetches the bus-branch model, solves it with pandapower, sends the result back."

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self.answers: list[dict[str, Any]] = []
        self.failures: list[str] = []

    def begin(self) -> None:
        """Solve once, and again at the given rate."""
        self.solve()
        if self.tools.rate:
            self.after(1.0 / self.tools.rate, self.begin)

    def take(self, message: Incoming) -> Answer:
        """Something was switched: what it solved is old."""
        if message.noun == "NetworkChanges":
            self.after(0, self.solve)
            return TAKEN
        return super().take(message)

    def state(self) -> dict[str, Any]:
        """The last answer's comparison, and what went wrong."""
        return {
            "solved": len(self.answers),
            "last": self.answers[-1] if self.answers else None,
            "failures": self.failures,
        }

    def solve(self) -> None:
        """One round; what goes wrong is kept in words."""
        client = self.tools.client
        try:
            model = str(client.get("api/v1/simulation/world")["model"])
            archive, head = client.fetch(f"cim/v1/models/{model}/bus-branch")
            body = self._head(head) | _solved(archive)
            self.answers.append(client.send(f"api/v1/network/{model}/power-flow/results", body))
        except (Unreachable, Refused, KeyError, ArithmeticError) as error:
            self.failures.append(str(error)[:300])
            log.warning("not solved: %s", error)

    def _head(self, head: Mapping[str, str]) -> dict[str, Any]:
        sequence = int(head["X-Tieline-Sequence"])
        return {"engine": "pandapower", "computed_at": messages.time(self.at), "sequence": sequence}


def _solved(archive: bytes) -> dict[str, Any]:
    """By pandapower's own converter and power flow; the largest part of the dependency is loaded only here."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandapower  # noqa: PLC0415
        from pandapower.converter.cim.cim2pp.from_cim import from_cim  # noqa: PLC0415

        zipfile.ZipFile(io.BytesIO(archive)).extractall(folder)
        net = from_cim(file_list=[str(path) for path in sorted(Path(folder).iterdir())])
        try:
            pandapower.runpp(net, calculate_voltage_angles=True)
        except pandapower.LoadflowNotConverged as error:
            return {"converged": False, "reason": str(error)[:200]}
    return {"converged": True, **_results(net)}


def _results(net: Any) -> dict[str, Any]:
    buses = [
        {"mrid": name, "v_pu": v.vm_pu, "angle_deg": v.va_degree}
        for name, v in zip(net.bus.origin_id, net.res_bus.itertuples(), strict=True)
        if v.vm_pu == v.vm_pu  # a dead bus has no voltage
    ]
    branches = [
        {"mrid": name, "i_a": flow.i_from_ka * 1000, "loading_percent": flow.loading_percent}
        for name, flow in zip(net.line.origin_id, net.res_line.itertuples(), strict=True)
        if flow.i_from_ka == flow.i_from_ka
    ]
    loss_kw = float(net.res_line.pl_mw.sum() + net.res_trafo.pl_mw.sum()) * 1000
    return {"loss_kw": loss_kw, "buses": buses, "branches": branches}
