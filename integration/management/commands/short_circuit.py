"""Short-circuit currents by IEC 60909 at every bus of a network file."""

from typing import Any

from django.core.management.base import CommandParser

from adms.core.commands import BadInput, JsonCommand
from integration.netfiles import arguments


class Command(JsonCommand):
    """Short-circuit currents by IEC 60909 at every bus of a network file."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The network, the fault and the case; the source's strength where the file does not say it."""
        arguments.add_net(parser)
        parser.add_argument("--fault", choices=("3ph", "2ph", "1ph"), default="3ph")
        parser.add_argument("--case", choices=("max", "min"), default="max")
        parser.add_argument("--source-mva", type=float, help="short-circuit power of sources that do not say theirs")
        parser.add_argument("--source-rx", type=float, default=0.1, help="R/X of those sources")
        parser.add_argument("--source-x0x", type=float, default=1.0, help="X0/X of those sources")
        parser.add_argument("--source-r0x0", type=float, default=0.1, help="R0/X0 of those sources")

    def answer(self, **options: Any) -> dict[str, Any]:
        """Every supplied bus with its currents."""
        from network.engines import short_circuit  # noqa: PLC0415 - takes seconds

        net = arguments.read_net(options)
        if options["source_mva"] is not None:
            _strengthen(net, options)
        try:
            found = short_circuit.short_circuits(net, options["fault"], options["case"])
        except short_circuit.NoShortCircuitData as error:
            raise BadInput(
                f"{', '.join(arguments.paths_of(options))}: {error} (--source-mva says a source's)"
            ) from None
        return {
            "fault": options["fault"],
            "case": options["case"],
            "assumptions": found.assumptions,
            "results": [{"bus": one.bus, "ikss_ka": one.ikss_ka, "ip_ka": one.ip_ka} for one in found.results],
        }

    def words(self, document: dict[str, Any]) -> str:
        """A line per bus."""
        lines = [f"{document['fault']} fault, {document['case']} case", *document["assumptions"]]
        for one in document["results"]:
            peak = "" if one["ip_ka"] is None else f", peak {one['ip_ka']:.3f} kA"
            lines.append(f"{one['bus']}: {one['ikss_ka']:.3f} kA{peak}")
        return "\n".join(lines)


def _strengthen(net: Any, options: dict[str, Any]) -> None:
    """Give the sources that say nothing the strength of the command line."""
    if options["source_mva"] <= 0:
        raise BadInput("--source-mva must be above zero")
    given = {"rx": options["source_rx"], "x0x": options["source_x0x"], "r0x0": options["source_r0x0"]}
    columns = {f"{name}_{case}": value for name, value in given.items() for case in ("max", "min")}
    columns |= {f"s_sc_{case}_mva": options["source_mva"] for case in ("max", "min")}
    for column, value in columns.items():
        if column not in net.ext_grid:
            net.ext_grid[column] = float("nan")
        net.ext_grid[column] = net.ext_grid[column].fillna(value)
