"""The impedances of a generated utility, by the column: what its circuit is made of, feeder group by feeder group, without files.

A sheet says of every branch of the grid what it is made of: the conductor of the style and its length, or the rating of a transformer.
All else (ends, phases, loads) is in the grid. A million customers are some megabytes; a circuit of all of them would be gigabytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.domain import phases as ph
from network.domain.generation.styles import KVAR_PER_KW, STYLES, TRANSFORMER_R, TRANSFORMER_X, Style, transformer_base
from network.domain.generation.utility import Utility
from network.domain.grid import BRANCH_CLASSES, Grid
from network.domain.grid.arrays import Int
from network.domain.physics.circuit import Bus, Circuit, Conductors, Line, Load, Source, Switch, Transformer, Winding
from network.domain.physics.line_constants import sequence_code

#: Names of branches and injections by their numbers; injections count on from the branches.
Names = Callable[[int], str]
MAGIC = b"SHEET1 "
_TRANSFORMER = BRANCH_CLASSES.index("PowerTransformer")
_PHASES = [tuple(ph.text(bits)) for bits in range(8)]


class NoSheet(ValueError):
    """The bytes are no sheet."""


@dataclass(frozen=True, eq=False, slots=True)
class Sheet:
    """Per branch of the grid: conductor of the style (-1: none), length in m of lines, rating in kVA of transformers."""

    style: Style
    conductor: NDArray[np.int8]
    length_m: NDArray[np.float32]
    rated_kva: NDArray[np.float32]

    @property
    def frequency_hz(self) -> float:
        """Of the continent."""
        return 60.0 if self.style.name == "american" else 50.0


def sheet_of(utility: Utility, branch: Int) -> Sheet:
    """The sheet of a utility, its branch i being branch[i] of the grid."""
    made = utility.branches
    order = np.argsort(branch)
    return Sheet(
        utility.style,
        made["conductor"][order].astype(np.int8),
        np.nan_to_num(made["length_m"][order]).astype(np.float32),
        np.nan_to_num(made["rated_kva"][order]).astype(np.float32),
    )


def to_bytes(sheet: Sheet) -> bytes:
    """Packed: lengths and ratings only where there are any."""
    is_rated = sheet.rated_kva > 0
    lengths, ratings = sheet.length_m[sheet.conductor >= 0], sheet.rated_kva[is_rated]
    head = f"{sheet.style.name} {sheet.conductor.size} {ratings.size}\n".encode()
    body = b"".join([sheet.conductor.tobytes(), lengths.tobytes(), ratings.tobytes(), np.packbits(is_rated).tobytes()])
    return MAGIC + head + zlib.compress(body, 1)


def from_bytes(packed: bytes) -> Sheet:
    """The sheet again.

    Raises:
        NoSheet: the bytes are none.
    """
    if not packed.startswith(MAGIC):
        raise NoSheet("no sheet of a generated utility")
    head, _, rest = packed[len(MAGIC) :].partition(b"\n")
    name, branches, transformers = head.decode().split(" ")
    body = zlib.decompress(rest)
    size, rated = int(branches), int(transformers)
    conductor = np.frombuffer(body, np.int8, size)
    is_line = conductor >= 0
    lengths = np.frombuffer(body, np.float32, int(is_line.sum()), size)
    kva = np.frombuffer(body, np.float32, rated, size + lengths.nbytes)
    places = np.frombuffer(body, np.uint8, -1, size + lengths.nbytes + kva.nbytes)
    length_m, rated_kva = np.zeros(size, np.float32), np.zeros(size, np.float32)
    length_m[is_line] = lengths
    rated_kva[np.unpackbits(places, count=size).astype(np.bool_)] = kva
    return Sheet(STYLES[name], conductor, length_m, rated_kva)


def circuit(sheet: Sheet, grid: Grid, name: str, nodes: Int, branches: Int, names: Names) -> Circuit:
    """The circuit of some nodes and branches of a generated grid, as it is built; what stands on the nodes comes with them.

    Args:
        sheet: of the utility.
        grid: of the same version.
        name: of the circuit.
        nodes: numbers of the nodes.
        branches: numbers of the branches, whose ends are among the nodes.
        names: of equipment.
    """
    made = _Maker(sheet, grid, Circuit(name, sheet.frequency_hz), names)
    made.buses(nodes)
    for branch in branches.tolist():
        made.branch(branch)
    mine = np.zeros(grid.node_count, np.bool_)
    mine[nodes] = True
    for injection in np.flatnonzero(mine[grid.injection_node]).tolist():
        made.injection(injection)
    return made.circuit


class _Maker:
    """Adds one thing after the other."""

    def __init__(self, sheet: Sheet, grid: Grid, circuit: Circuit, names: Names) -> None:
        self.circuit = circuit
        self._sheet, self._grid, self._names = sheet, grid, names
        self._mrids: dict[int, str] = {}
        self._sources = set(grid.source_injection.tolist())

    def buses(self, nodes: Int) -> None:
        grid = self._grid
        for node in nodes.tolist():
            mrid = self._mrids[node] = grid.node_mrid_text(node)
            nominal = float(grid.node_nominal_v[node]) / 3.0**0.5
            # mRIDs begin with a running number, which is the name the files give the node
            name = f"N{int(mrid[:8], 16) + 1:08d}"
            self.circuit.buses[mrid] = Bus(mrid, name, nominal, _phases(int(grid.node_phases[node])))

    def branch(self, branch: int) -> None:
        grid, sheet = self._grid, self._sheet
        mrid, name = grid.branch_mrid_text(branch), self._names(branch)
        ends = self._mrids[int(grid.branch_from[branch])], self._mrids[int(grid.branch_to[branch])]
        phases = _phases(int(grid.branch_phases[branch]))
        amperes = float(grid.branch_rated_a[branch])
        rated = amperes if np.isfinite(amperes) else None
        if int(grid.branch_class[branch]) == _TRANSFORMER:
            self.circuit.transformers.append(self._transformer(branch, mrid, name, phases))
        elif int(sheet.conductor[branch]) >= 0:
            made_of = sheet.style.conductors[int(sheet.conductor[branch])]
            code = f"{made_of.name} {len(phases)}"
            if code not in self.circuit.line_codes:
                per_m = tuple(v / 1000.0 for v in (made_of.r, made_of.x, 0.0, 0.0, made_of.r0, made_of.x0, 0.0, 0.0))
                self.circuit.line_codes[code] = sequence_code(per_m, len(phases))
            length = float(sheet.length_m[branch])
            self.circuit.lines.append(Line(mrid, name, *ends, phases, code, length, rated))
        else:
            closed = _phases(int(grid.initial_closed[branch]) & int(grid.branch_phases[branch]))
            self.circuit.switches.append(Switch(mrid, name, *ends, phases, closed, rated))

    def _transformer(self, branch: int, mrid: str, name: str, phases: Conductors) -> Transformer:
        grid = self._grid
        ends = int(grid.branch_from[branch]), int(grid.branch_to[branch])
        volts = [float(grid.node_nominal_v[node]) for node in ends]
        rated_va = float(self._sheet.rated_kva[branch]) * 1000.0
        base = transformer_base(volts[0], rated_va, len(phases))
        ohms = TRANSFORMER_R * base, 0.0
        windings = tuple(
            Winding(self._mrids[node], "Y", phases, volt, rated_va, ohm)
            for node, volt, ohm in zip(ends, volts, ohms, strict=True)
        )
        x = TRANSFORMER_X * base
        return Transformer(mrid, name, mrid, windings, ((0, 1, x, x),))

    def injection(self, injection: int) -> None:
        grid = self._grid
        mrid = bytes(grid.injection_mrid[injection]).decode()
        name = self._names(grid.branch_count + injection)
        node = int(grid.injection_node[injection])
        bus, phases = self._mrids[node], _phases(int(grid.injection_phases[injection]))
        if injection in self._sources:
            volts = float(grid.node_nominal_v[node])
            self.circuit.sources.append(Source(mrid, name, bus, phases, volts, 0.0, 0.0, 0.0, 0.0, 0.0))
            return
        watts = float(grid.injection_kw[injection]) * 1000.0 / len(phases)
        share = (watts,) * len(phases)
        self.circuit.loads.append(Load(mrid, name, bus, phases, "Y", share, tuple(w * KVAR_PER_KW for w in share)))


def _phases(bits: int) -> Conductors:
    return _PHASES[bits & ph.ABC]
