"""The most likely state of a network file from noisy measurements, and the measurements that do not fit."""

from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandParser

from adms.core.commands import BadInput, JsonCommand
from adms.core.errors import Refused
from integration.netfiles import arguments, measurements


class Command(JsonCommand):
    """The most likely state of a network file from noisy measurements, and the measurements that do not fit."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The network, the table of measurements, and whether suspects are left out."""
        arguments.add_net(parser)
        parser.add_argument("--measurements", required=True, type=Path, metavar="CSV")
        parser.add_argument("--remove-bad", action="store_true", help="answer with the state without the suspects")

    def answer(self, **options: Any) -> dict[str, Any]:
        """The state of every bus in service and the quality of the measurements."""
        from network.engines import balanced_estimation  # noqa: PLC0415 - takes seconds

        try:
            readings = measurements.read_measurements(options["measurements"])
        except Refused as refusal:
            raise BadInput(str(refusal)) from None
        net = arguments.read_net(options)
        try:
            found = balanced_estimation.estimate_net(net, readings, remove_bad=options["remove_bad"])
        except ValueError as error:
            raise BadInput(f"{options['measurements'].name}: {error}") from None
        return _document(net, found)

    def words(self, document: dict[str, Any]) -> str:
        """What was found, then every bus."""
        if not document["converged"]:
            where = ", ".join(document["unobservable"])
            return f"{document['reason']}: {where}" if where else str(document["reason"])
        verdict = {True: "the measurements fit", False: "the measurements do not fit", None: "nothing is surplus"}
        lines = [f"{verdict[document['chi_square_ok']]}; weighted squares {document['objective']:.3f}"]
        lines += [f"suspect: {one['type']} {one['element']} {one['number']}" for one in document["suspects"]]
        lines += [f"{bus['name']}: {bus['v_pu']:.4f} p.u. {bus['angle_deg']:.3f}°" for bus in document["buses"]]
        return "\n".join(lines)


def _document(net: Any, found: Any) -> dict[str, Any]:
    estimate = found.estimate
    names = dict(zip(found.form.bus_row[net.bus.index.to_numpy()], net.bus["name"], strict=True))
    return {
        "converged": estimate.converged,
        "reason": estimate.reason,
        "iterations": estimate.iterations,
        "objective": estimate.objective,
        "degrees_of_freedom": estimate.degrees_of_freedom,
        "chi_square_limit": estimate.chi_square_limit,
        "chi_square_ok": estimate.chi_square_ok,
        "suspects": [suspect for one in estimate.suspects for suspect in _suspects(found, one)],
        "unobservable": [str(names.get(row, row)) for row in estimate.unobservable],
        "pseudo_measurements": found.pseudo,
        "zero_injections": found.zero_injections,
        "ignored": found.ignored,
        "buses": _buses(net, found) if estimate.converged else [],
    }


def _suspects(found: Any, one: Any) -> list[dict[str, Any]]:
    """The suspect, and those as likely: they say `instead_of` which."""
    first = _suspect(found, one.row, one.normalised_residual)
    others = [_suspect(found, row, size) for row, size in one.alike]
    return [
        first,
        *({**other, "instead_of": f"{first['type']} {first['element']} {first['number']}"} for other in others),
    ]


def _suspect(found: Any, row: int, size: float) -> dict[str, Any]:
    is_pseudo = row >= len(found.readings)
    reading = None if is_pseudo else found.readings[row]
    number = reading.number if reading else None
    return {
        "type": reading.type if reading else "load assumed",
        "element": reading.element if reading else "bus",
        "number": int(number) if number and number.isdecimal() else number,
        "side": reading.side if reading and reading.element != "bus" else None,
        "normalised_residual": size,
    }


def _buses(net: Any, found: Any) -> list[dict[str, Any]]:
    """Every bus in service; powers are what it draws."""
    estimate, network = found.estimate, found.form.network
    v = estimate.magnitude * np.exp(1j * estimate.angle)
    drawn = -v * np.conj(network.bus_admittance() @ v) * network.base_mva
    return [
        {
            "name": str(name),
            "v_pu": float(estimate.magnitude[row]),
            "angle_deg": float(np.degrees(estimate.angle[row])),
            "p_mw": float(drawn[row].real),
            "q_mvar": float(drawn[row].imag),
        }
        for row, name in zip(found.form.bus_row[net.bus.index.to_numpy()], net.bus["name"], strict=True)
        if row >= 0
    ]
