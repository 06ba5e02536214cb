"""Share what feeder heads measure among the loads of a network file, so that a power flow gives the measurements back."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from adms.core.commands import BadInput, JsonCommand
from adms.core.errors import Refused
from integration.netfiles import arguments, branches, heads, reading


class Command(JsonCommand):
    """Share what feeder heads measure among the loads of a network file, so that a power flow gives the measurements back."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The network, the table of heads and, if at hand, the weights of the loads."""
        arguments.add_net(parser)
        parser.add_argument("--head", required=True, type=Path, metavar="CSV", help="branch, phase, p_kw, q_kvar")
        parser.add_argument("--weights", type=Path, metavar="CSV", help="name and kva, kwh or weight")

    def answer(self, **options: Any) -> dict[str, Any]:
        """Every load with what it gets."""
        try:
            rows = heads.read_heads(options["head"])
            weights = heads.read_weights(options["weights"]) if options["weights"] else None
            paths = arguments.paths_of(options)
            if reading.is_cim(paths) and (circuit := reading.unbalanced_circuit(paths)):
                return _by_phase(circuit, rows, weights)
            return _balanced(arguments.read_net(options), rows, weights)
        except Refused as refusal:
            raise BadInput(str(refusal)) from None
        except ValueError as error:
            raise BadInput(f"{options['head'].name}: {error}") from None

    def words(self, document: dict[str, Any]) -> str:
        """The residual, then every load."""
        if not document["converged"]:
            return f"not allocated: {document['reason']}"
        lines = [f"allocated; the heads differ by {document['residual_percent']:.2g} %"]
        return "\n".join(
            lines
            + [
                f"{one['name']} {one['phase']}: {one['p_kw']:.2f} kW, {one['q_kvar']:.2f} kvar"
                for one in document["loads"]
            ]
        )


def _balanced(net: Any, rows: list[heads.Head], weights: dict[str, float] | None) -> dict[str, Any]:
    """All phases of a head together."""
    from network.engines.balanced_allocation import allocate_net  # noqa: PLC0415 - takes seconds

    measured: dict[tuple[str, int], complex] = {}
    for row in rows:
        try:
            head = branches.find_branch(net, row.branch)
        except Refused as refusal:
            raise BadInput(f"{row.where}: {refusal.message}") from None
        measured[head] = measured.get(head, 0j) + complex(row.p_kw, row.q_kvar)
    found = allocate_net(net, measured, weights)
    names = zip(net.load["name"], net.load["bus"], strict=True)
    loads = [(str(name or net.bus["name"][bus]), "ABC") for name, bus in names]
    return _document(found, loads)


def _by_phase(circuit: Any, rows: list[heads.Head], weights: dict[str, float] | None) -> dict[str, Any]:
    from network.engines.unbalanced_allocation import allocate_circuit  # noqa: PLC0415

    measured = {(row.branch, row.phase): complex(row.p_kw, row.q_kvar) for row in rows}
    found, loads = allocate_circuit(circuit, measured, weights)
    return _document(found, loads)


def _document(found: Any, loads: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "converged": found.converged,
        "reason": found.reason,
        "iterations": found.rounds,
        "residual_percent": found.residual_percent,
        "loads": [
            {"name": name, "phase": phase, "p_kw": float(power.real), "q_kvar": float(power.imag)}
            for (name, phase), power in zip(loads, found.loads, strict=True)
        ]
        if found.converged
        else [],
    }
