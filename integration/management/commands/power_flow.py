"""`manage.py power_flow`: solve a network from files, or the running model (contract: docs/subsystems/power_flow.md)."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from adms.core import clock
from adms.core.commands import BadInput, JsonCommand
from adms.core.errors import Refused
from integration.netfiles import arguments
from network.domain.physics.limits import V_HIGH_PU, V_LOW_PU, violations
from network.domain.physics.results import PowerFlowResult

_LISTED = 20
_FIGURES = ("iterations", "loss_kw", "loss_kvar", "source_kw", "source_kvar", "v_min_pu", "v_max_pu")
ENGINES = ("auto", "pandapower", "pgm", "opendss")


class Command(JsonCommand):
    """The voltages, currents and losses of a network in its steady state."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """A network and how to solve it."""
        parser.add_argument("model", nargs="?", metavar="MODEL", help="a model of the running system")
        parser.add_argument(
            "--file", nargs="+", metavar="NET", help="files of one network, or an OpenDSS master (.dss)"
        )
        parser.add_argument("--engine", choices=ENGINES, default="auto")
        parser.add_argument("--fix-taps", action="store_true", help="leave taps and capacitors as they stand")
        arguments.add_voltages(parser)
        parser.add_argument(
            "--v-min", type=float, metavar="PU", help="lowest allowed voltage (0.9; of a model as its settings say)"
        )
        parser.add_argument(
            "--v-max", type=float, metavar="PU", help="highest allowed voltage (1.1; of a model as its settings say)"
        )

    def answer(self, **options: Any) -> dict[str, Any]:
        """The result as a document."""
        if options["model"] and not options["file"] and Path(options["model"]).exists():
            options |= {"file": [options["model"]], "model": None}  # an existing path wins over a name
        if bool(options["file"]) == bool(options["model"]):
            raise BadInput("name either files with --file or a model")
        low, high = _limits(options)
        try:
            if options["model"]:
                return _of_model(options)
            result = _of_files(options)
        except Refused as refusal:
            raise BadInput(str(refusal)) from None
        result.violations = violations(result.buses, result.branches, low=low, high=high)
        return document(result)

    def words(self, document: dict[str, Any]) -> str:
        """The figures that matter first."""
        if not document["converged"]:
            return f"{document['engine']}: not converged: {document['reason']}"
        groups = document.get("groups")
        source = f"{document['source_kw']:,.1f} kW and {document['source_kvar']:,.1f} kvar from the source"
        voltages = f"voltages from {document['v_min_pu']:.4f} to {document['v_max_pu']:.4f} pu"
        counted = f"{len(document['buses'])} bus phases" if document["buses"] is not None else "all buses"
        lines = [
            f"{document['engine']}: {source}, {document['loss_kw']:,.1f} kW lost",
            f"{voltages} on {counted}",
        ]
        if groups:
            lines.append(
                f"{groups['count']} feeder groups, {groups['solved_now']} solved now, {groups['estimated']} by telemetry"
            )
        lines += [
            f"{one['kind']}: {one['name']} {one['phase']} {one['value']:.4g} (limit {one['limit']:g})"
            for one in document["violations"][:_LISTED]
        ]
        return "\n".join(lines)


def document(result: PowerFlowResult) -> dict[str, Any]:
    """The keys of the contract; figures are null where there is no solution."""
    return {
        "engine": result.engine,
        "converged": result.converged,
        "reason": result.reason,
        "iterations": result.iterations,
        "loss_kw": result.loss_kw,
        "loss_kvar": result.loss_kvar,
        "source_kw": result.source_kw,
        "source_kvar": result.source_kvar,
        "v_min_pu": result.v_min_pu,
        "v_max_pu": result.v_max_pu,
        "buses": [
            {"name": bus.name, "phase": bus.phase, "v_pu": bus.v_pu, "angle_deg": bus.angle_deg} for bus in result.buses
        ],
        "branches": [
            {"name": one.name, "phase": one.phase, "i_a": one.i_a, "loading_percent": one.loading_percent}
            for one in result.branches
        ],
        "violations": [
            {"kind": one.kind, "name": one.name, "phase": one.phase, "value": one.value, "limit": one.limit}
            for one in result.violations
        ],
    }


def _of_files(options: dict[str, Any]) -> PowerFlowResult:
    from integration.netfiles import reading  # noqa: PLC0415 - pandapower takes seconds

    paths = reading.in_folders(options["file"])
    if master := arguments.master_of(paths):
        return _of_master(master, options)
    if reading.is_cim(paths):
        return _of_cim(paths, options)
    if options["engine"] == "opendss":
        raise BadInput("--engine opendss takes CIM files and OpenDSS masters; this network is balanced")
    from network.engines import balanced, unbalanced_pandapower  # noqa: PLC0415

    net = reading.read_net(paths, kv=options["kv"], source_pu=options["source_pu"])
    if options["engine"] != "pgm" and unbalanced_pandapower.is_unbalanced(net):
        if not (hindrance := unbalanced_pandapower.why_not(net)):
            return unbalanced_pandapower.solve(net)
        _progress(f"loads differ from phase to phase, but are shared evenly here: {hindrance}")
    return balanced.explained(net, balanced.solve_net(net, options["engine"]))


def _of_cim(paths: list[str], options: dict[str, Any]) -> PowerFlowResult:
    from integration.netfiles import reading  # noqa: PLC0415

    circuit = reading.circuit_of(paths)
    from network.engines import port  # noqa: PLC0415

    for sentence in circuit.findings[:_LISTED]:
        _progress(sentence)
    try:
        return port.solve(circuit, engine=options["engine"], fix_taps=options["fix_taps"])
    except port.Unsuitable as refusal:
        raise BadInput(str(refusal)) from None


def _of_master(path: Path, options: dict[str, Any]) -> PowerFlowResult:
    from network.engines import opendss_master  # noqa: PLC0415

    if options["engine"] not in ("auto", "opendss"):
        raise BadInput(f"an OpenDSS master is solved by OpenDSS, not by {options['engine']}")
    try:
        return opendss_master.solve(path, fix_taps=options["fix_taps"])
    except opendss_master.MasterRefused as refusal:
        raise BadInput(f"{path}: {refusal}") from None


def _limits(options: dict[str, Any]) -> tuple[float, float]:
    low = V_LOW_PU if options["v_min"] is None else options["v_min"]
    high = V_HIGH_PU if options["v_max"] is None else options["v_max"]
    if not 0.0 < low < high:
        raise BadInput("--v-min must be above zero and below --v-max")
    return low, high


def _of_model(options: dict[str, Any]) -> dict[str, Any]:
    """By feeder groups, as the page of the model has it; the same keys as of files, and `groups`."""
    from integration.services import circuits  # noqa: PLC0415 - a command on files needs no tables
    from network.engines.port import Unsuitable  # noqa: PLC0415
    from network.services.power_flow_asked import Wanted  # noqa: PLC0415

    wanted = Wanted(options["engine"], options["fix_taps"], options["v_min"], options["v_max"])
    try:
        found = circuits.solved(options["model"], wanted=wanted, at=clock.now(), progress=_progress)
    except Unsuitable as refusal:
        raise BadInput(str(refusal)) from None
    if found.buses is None:
        _progress("a network of this size: only figures and violations are answered, not every voltage and current")
    lists = PowerFlowResult(
        found.engine, converged=found.converged, reason=found.reason, buses=found.buses or [],
        branches=found.branches or [], violations=found.violations,
    )  # fmt: skip
    told = {key: value for key, value in found.figures.items() if key in _FIGURES}
    groups = {name: found.figures[name] for name in ("unsolved", "solved_now", "estimated")}
    told |= {"groups": {"count": found.figures["groups"]} | groups}
    return document(lists) | told | ({"buses": None, "branches": None} if found.buses is None else {})


def _progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")
