"""The power flow of a network file at every moment of a table of load profiles: voltages, losses, currents, the worst moment."""

from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandParser

from adms.core.commands import BadInput, JsonCommand
from adms.core.errors import Refused
from integration.netfiles import arguments, profiles


class Command(JsonCommand):
    """The power flow of a network file at every moment of a table of load profiles."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The network, the profiles, the engine."""
        arguments.add_net(parser)
        parser.add_argument("--profiles", required=True, type=Path, metavar="CSV", help="time, and scale or kW by load")
        parser.add_argument("--engine", choices=("auto", "pandapower", "pgm"), default="auto")

    def answer(self, **options: Any) -> dict[str, Any]:
        """One row per moment, and the worst of them."""
        from network.engines import balanced  # noqa: PLC0415 - takes seconds

        net = arguments.read_net(options)
        try:
            given = profiles.read_profiles(options["profiles"], net)
        except Refused as refusal:
            raise BadInput(refusal.message) from None
        found = balanced.solve_batch(net, given.p_kw, given.q_kvar, options["engine"])
        rows = [_row(found, place, time) for place, time in enumerate(given.times)]
        solved = [row for row in rows if row["converged"]]
        lowest = min(solved, key=lambda row: float(row["v_min_pu"]), default=None)
        return {
            "engine": found.engine,
            "converged": len(solved) == len(rows),
            "unsolved": len(rows) - len(solved),
            "worst": None
            if lowest is None
            else {"time": lowest["time"], "v_min_pu": lowest["v_min_pu"], "bus": lowest["v_min_bus"]},
            "rows": rows,
        }

    def words(self, document: dict[str, Any]) -> str:
        """The worst moment, then a line each."""
        worst = document["worst"]
        head = f"{document['engine']}: {len(document['rows'])} moments, {document['unsolved']} without a solution"
        if worst:
            head += f"; lowest voltage {worst['v_min_pu']:.4f} pu at {worst['bus']}, {worst['time']}"
        return "\n".join([head, *(_line(row) for row in document["rows"])])


def _row(found: Any, place: int, time: str) -> dict[str, Any]:
    if not found.converged[place]:
        return {"time": time, "converged": False} | dict.fromkeys(_FIGURES)
    volts, amperes = found.v_pu[place], found.i_a[place]
    return {
        "time": time,
        "converged": True,
        "v_min_pu": float(np.nanmin(volts)),
        "v_min_bus": found.bus_names[int(np.nanargmin(volts))],
        "v_max_pu": float(np.nanmax(volts)),
        "loss_kw": float(found.loss_kw[place]),
        "source_kw": float(found.source_kw[place]),
        "source_kvar": float(found.source_kvar[place]),
        "i_max_a": float(np.nanmax(amperes)) if np.isfinite(amperes).any() else None,
    }


_FIGURES = ("v_min_pu", "v_min_bus", "v_max_pu", "loss_kw", "source_kw", "source_kvar", "i_max_a")


def _line(row: dict[str, Any]) -> str:
    if not row["converged"]:
        return f"{row['time']}: no solution"
    volts = f"{row['v_min_pu']:.4f} to {row['v_max_pu']:.4f} pu"
    return f"{row['time']}: {row['source_kw']:,.1f} kW, {row['loss_kw']:,.2f} kW lost, {volts}"
