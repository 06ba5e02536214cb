"""Short-circuit currents at every bus of a network file or of the running model: IEC 60909, or by phases where they differ."""

import math
from dataclasses import replace
from typing import Any

from django.core.management.base import CommandParser

from adms.core.commands import BadInput, JsonCommand
from adms.core.errors import Refused
from integration.netfiles import arguments, reading
from network.domain.physics.balance import why_unbalanced
from network.domain.physics.circuit import Circuit, Source


class Command(JsonCommand):
    """Short-circuit currents at every bus of a network file or of the running model."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The network, the fault and the case; the source's strength where the file does not say it."""
        arguments.add_net(parser)
        parser.add_argument("--fault", choices=("3ph", "2ph", "1ph"), default="3ph")
        parser.add_argument("--case", choices=("max", "min"), default="max")
        parser.add_argument("--feeder", default="", help="of a running model: only the station this feeder hangs on")
        parser.add_argument("--source-mva", type=float, help="short-circuit power of sources that do not say theirs")
        parser.add_argument("--source-rx", type=float, default=0.1, help="R/X of those sources")
        parser.add_argument("--source-x0x", type=float, default=1.0, help="X0/X of those sources")
        parser.add_argument("--source-r0x0", type=float, default=0.1, help="R0/X0 of those sources")

    def answer(self, **options: Any) -> dict[str, Any]:
        """Every supplied bus with its currents."""
        from network.engines.opendss_master import MasterRefused  # noqa: PLC0415 - takes seconds
        from network.engines.short_circuit import NoShortCircuitData  # noqa: PLC0415

        if options["source_mva"] is not None and options["source_mva"] <= 0:
            raise BadInput("--source-mva must be above zero")
        if not (paths := arguments.paths_of(options)):
            raise BadInput("name a network file or a model")
        try:
            found = _found(paths, options)
        except NoShortCircuitData as error:
            raise BadInput(f"{arguments.in_short(paths)}: {error} (--source-mva says a source's)") from None
        except MasterRefused as refusal:
            raise BadInput(f"{paths[0]}: {refusal}") from None
        except Refused as refusal:
            raise BadInput(str(refusal)) from None
        return {
            "fault": options["fault"],
            "case": options["case"],
            "assumptions": found.assumptions,
            "results": [_row(one) for one in found.results],
        }

    def words(self, document: dict[str, Any]) -> str:
        """A line per bus."""
        lines = [f"{document['fault']} fault, {document['case']} case", *document["assumptions"]]
        for one in document["results"]:
            peak = "" if one["ip_ka"] is None else f", peak {one['ip_ka']:.3f} kA"
            each = ", ".join(f"{phase} {ka:.3f}" for phase, ka in one.get("phases", {}).items())
            lines.append(f"{one['bus']}: {one['ikss_ka']:.3f} kA{peak}{f' ({each})' if each else ''}")
        return "\n".join(lines)


def _row(one: Any) -> dict[str, Any]:
    """A bus; with the current of every choice of phases where they differ."""
    row = {"bus": one.bus, "ikss_ka": one.ikss_ka, "ip_ka": one.ip_ka}
    return row | {"phases": one.phases} if one.phases else row


def _found(paths: list[str], options: dict[str, Any]) -> Any:
    """By phases for masters and circuits whose phases differ, else by IEC 60909."""
    from network.engines import opendss_faults, short_circuit  # noqa: PLC0415 - takes seconds

    wanted = options["fault"], options["case"]
    if master := arguments.master_of(paths):
        return opendss_faults.of_master(master, *wanted)
    circuit = _circuit_of(paths, options["feeder"])
    if circuit is not None and why_unbalanced(circuit):
        return opendss_faults.of_circuit(_strong(circuit, options), *wanted, None)
    net = arguments.read_net(options) if circuit is None else reading.net_of(circuit, None)
    if options["source_mva"] is not None:
        _strengthen(net, options)
    return short_circuit.short_circuits(net, *wanted)


def _circuit_of(paths: list[str], feeder: str) -> Circuit | None:
    """The circuit of CIM files, or of the running model where the only word is no path."""
    if reading.is_cim(paths):
        return reading.circuit_of(paths)
    if len(paths) == 1 and arguments.is_model(paths[0]):
        from integration.services import circuits  # noqa: PLC0415 - a command on files needs no tables

        return circuits.running(paths[0], feeder=feeder)
    return None


def _strong(circuit: Circuit, options: dict[str, Any]) -> Circuit:
    """The circuit whose sources without an impedance have the strength of the command line."""
    if options["source_mva"] is None:
        return circuit
    sources = [one if one.r_ohm or one.x_ohm else _with_strength(one, options) for one in circuit.sources]
    return replace(circuit, sources=sources)


def _with_strength(source: Source, options: dict[str, Any]) -> Source:
    x_ohm = source.voltage_v**2 / (options["source_mva"] * 1e6) / math.hypot(1.0, options["source_rx"])
    x0_ohm = x_ohm * options["source_x0x"]
    return replace(
        source, x_ohm=x_ohm, r_ohm=x_ohm * options["source_rx"], x0_ohm=x0_ohm, r0_ohm=x0_ohm * options["source_r0x0"]
    )


def _strengthen(net: Any, options: dict[str, Any]) -> None:
    """Give the sources that say nothing the strength of the command line."""
    given = {"rx": options["source_rx"], "x0x": options["source_x0x"], "r0x0": options["source_r0x0"]}
    columns = {f"{name}_{case}": value for name, value in given.items() for case in ("max", "min")}
    columns |= {f"s_sc_{case}_mva": options["source_mva"] for case in ("max", "min")}
    for column, value in columns.items():
        if column not in net.ext_grid:
            net.ext_grid[column] = float("nan")
        net.ext_grid[column] = net.ext_grid[column].fillna(value)
