"""Circuits for tests: the CIM feeders of the reference data, and the IEEE 13 node feeder with its published line data."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from integration.cim.models.reader import read_model
from network.domain.physics.circuit import Circuit, LineCode
from tests.paths import CIM

MILE = 1609.344

#: Ohm and microsiemens per mile, lower triangles. Source: IEEE 13 Node Test Feeder, line configurations 601 to 607.
CONFIGURATIONS = {
    "601": (
        (0.3465, 0.1560, 0.3375, 0.1580, 0.1535, 0.3414),
        (1.0179, 0.5017, 1.0478, 0.4236, 0.3849, 1.0348),
        (6.2998, -1.9958, 5.9597, -1.2595, -0.7417, 5.6386),
    ),
    "602": (
        (0.7526, 0.1580, 0.7475, 0.1560, 0.1535, 0.7436),
        (1.1814, 0.4236, 1.1983, 0.5017, 0.3849, 1.2112),
        (5.6990, -1.0817, 5.1795, -1.6905, -0.6588, 5.4246),
    ),
    "603": ((1.3294, 0.2066, 1.3238), (1.3471, 0.4591, 1.3569), (4.7097, -0.8999, 4.6658)),
    "604": ((1.3238, 0.2066, 1.3294), (1.3569, 0.4591, 1.3471), (4.6658, -0.8999, 4.7097)),
    "605": ((1.3292,), (1.3475,), (4.5193,)),
    "606": (
        (0.7982, 0.3192, 0.7891, 0.2849, 0.3192, 0.7982),
        (0.4463, 0.0328, 0.4041, -0.0143, 0.0328, 0.4463),
        (96.8897, 0.0, 96.8897, 0.0, 0.0, 96.8897),
    ),
    "607": ((1.3425,), (0.5124,), (88.9912,)),
}
_LINES = {
    "650632": "601", "632670": "601", "670671": "601", "671680": "601", "632633": "602", "632645": "603", "645646": "603",
    "671684": "604", "684611": "605", "692675": "606", "684652": "607",
}  # fmt: skip
_ORDER = {"603": ("B", "C"), "604": ("A", "C")}


@cache
def feeder(*names: str) -> Circuit:
    """The circuit of CIM files of the reference data; do not change it."""
    circuit = read_model([Path(CIM / name) for name in names]).circuit
    assert circuit is not None
    return circuit


def published_ieee13() -> Circuit:
    """The CIM feeder made the published one: line data of the document, no inverters and no house, a solidly earthed substation."""
    circuit = replace(feeder("gridappsd/IEEE13.xml"))
    circuit.line_codes = {name: _code(*data) for name, data in CONFIGURATIONS.items()}
    circuit.lines = [
        replace(line, code=_LINES[line.name], phases=_ORDER.get(_LINES[line.name], line.phases))
        for line in circuit.lines
    ]
    circuit.generators = []
    circuit.loads = [load for load in circuit.loads if load.name != "house"]
    circuit.transformers = [
        replace(one, windings=tuple(replace(winding, ground_x_ohm=0.0) for winding in one.windings))
        for one in circuit.transformers
    ]
    return circuit


def _code(r: tuple[float, ...], x: tuple[float, ...], b: tuple[float, ...]) -> LineCode:
    ohm_r, ohm_x = (tuple(value / MILE for value in one) for one in (r, x))
    return LineCode(ohm_r, ohm_x, (0.0,) * len(r), tuple(value * 1e-6 / MILE for value in b))
