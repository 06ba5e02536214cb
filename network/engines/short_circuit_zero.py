"""The zero-sequence network of a pandapower net, in ohm, and its impedance at every bus.

pandapower's own knows some vector groups only and no neutral impedances of three-winding transformers; this one is built winding
by winding, so any group follows from the same rule:

    earthed star   bus --- z_w + 3 Z_N --- star point
    delta          star point --- z_w --- earth
    isolated star  nothing

A two-winding transformer without delta has its magnetising impedance between star point and earth. Capacitances of lines count where
the net gives them (IEC 60909-0, 5.2, for networks without earthed neutral); a bus nothing earths has no path, and no fault current.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import splu

from network.engines.short_circuit_factors import number, transformer_factor, unit_factor, voltage_factor

_GROUP = re.compile(r"(YN|Y|D|ZN|Z)(yn|y|d|zn|z)(yn|y|d|zn|z)?\d*$", re.IGNORECASE)
_EARTH = -1
_OPEN = 1e6  # times the leakage: what a magnetising impedance is where none is said


class MissingZeroSequence(ValueError):
    """The net does not say what the zero sequence of an element is."""


def zero_impedances(net: Any, case: str, lv_tol_percent: float = 10.0) -> NDArray[np.complex128]:
    """Impedance at every bus in ohm, in the order of `net.bus`; infinite where nothing earths it.

    Raises:
        MissingZeroSequence: an element lacks its zero-sequence data; the message names it.
    """
    builder = _Builder(net, case, lv_tol_percent)
    builder.add_sources()
    builder.add_lines()
    builder.add_transformers()
    builder.add_three_windings()
    return builder.impedances()


class _Builder:
    """Collects admittances between numbered nodes; -1 is earth."""

    def __init__(self, net: Any, case: str, lv_tol_percent: float) -> None:
        self.net, self.case, self.lv_tol_percent = net, case, lv_tol_percent
        self.kv: dict[int, float] = {int(i): float(v) for i, v in net.bus["vn_kv"].items()}
        self.node = {int(bus): place for place, bus in enumerate(net.bus.index)}
        self.size = len(self.node)
        self.entries: list[tuple[int, int, complex]] = []
        self.links: list[tuple[int, int]] = []
        self.opened: set[tuple[str, int, int]] = set()
        self._read_switches()

    def _read_switches(self) -> None:
        for row in self.net.switch.itertuples():
            if row.et == "b":
                if row.closed:
                    self.links.append((self.node[int(row.bus)], self.node[int(row.element)]))
            elif not row.closed:
                self.opened.add((row.et, int(row.element), int(row.bus)))

    def _end(self, kind: str, element: int, bus: int) -> int:
        """The node of an element's end; a node of its own behind an open switch."""
        return self.new() if (kind, element, bus) in self.opened else self.node[bus]

    def new(self) -> int:
        """A node that is no bus."""
        self.size += 1
        return self.size - 1

    def join(self, start: int, end: int, ohm: complex, turns: float = 1.0) -> None:
        """A branch: `ohm` at the end's voltage, `turns` the start's rated voltage over the end's."""
        y = 1.0 / ohm
        if start != _EARTH:
            self.entries.append((start, start, y / turns**2))
        if end != _EARTH:
            self.entries.append((end, end, y))
        if _EARTH not in (start, end):
            self.entries += [(start, end, -y / turns), (end, start, -y / turns)]

    def add_sources(self) -> None:
        """External grids by X0/X and R0/X0 of their short-circuit power."""
        for row in self.net.ext_grid.itertuples():
            if not row.in_service:
                continue
            power, rx = (number(getattr(row, f"{name}_{self.case}{unit}", None), math.nan) for name, unit in _SOURCE)
            x0x = number(getattr(row, f"x0x_{self.case}", None), math.nan)
            r0x0 = number(getattr(row, f"r0x0_{self.case}", None), math.nan)
            if not all(math.isfinite(value) for value in (power, rx, x0x, r0x0)):
                bus = self.net.bus["name"][row.bus]
                raise MissingZeroSequence(f"the external grid at {bus} has no s_sc, rx, x0x or r0x0 ({self.case})")
            kv = self.kv[int(row.bus)]
            x = voltage_factor(kv, self.case, self.lv_tol_percent) * kv**2 / power / math.hypot(1.0, rx)
            self.join(_EARTH, self.node[int(row.bus)], complex(r0x0, 1.0) * x0x * x)

    def add_lines(self) -> None:
        """Lines by r0 and x0; warm ones in the minimum case."""
        for row in self.net.line.itertuples():
            if not row.in_service:
                continue
            r0 = number(getattr(row, "r0_ohm_per_km", None), math.nan)
            x0 = number(getattr(row, "x0_ohm_per_km", None), math.nan)
            if not (math.isfinite(r0) and math.isfinite(x0)):
                raise MissingZeroSequence(f"line {row.name} has no r0_ohm_per_km or x0_ohm_per_km")
            if self.case == "min":
                r0 *= 1.0 + 0.004 * (number(getattr(row, "endtemp_degree", None), 20.0) - 20.0)
            index = int(row.Index)
            start, end = (self._end("l", index, int(bus)) for bus in (row.from_bus, row.to_bus))
            self.join(start, end, complex(r0, x0) * row.length_km / row.parallel)
            c0 = number(getattr(row, "c0_nf_per_km", None)) * row.length_km * row.parallel * 1e-9
            for node in (start, end) if c0 > 0 else ():
                self.join(_EARTH, node, 1.0 / (1j * math.pi * float(self.net.f_hz) * c0))

    def add_transformers(self) -> None:
        """Two-winding transformers."""
        for row in self.net.trafo.itertuples():
            if not row.in_service:
                continue
            high, low, _ = _group(row)
            leakage = _percent(row, "vk0_percent", "vkr0_percent") * row.vn_hv_kv**2 / row.sn_mva / row.parallel
            corrected = leakage * self._factor(row)
            share = number(getattr(row, "si0_hv_partial", None), 0.5)
            neutral = 3.0 * complex(number(getattr(row, "rn_ohm", None)), number(getattr(row, "xn_ohm", None)))
            index, turns = int(row.Index), float(row.vn_hv_kv / row.vn_lv_kv)
            if "Z" in high + low:
                self._add_zigzag(row, high, low, corrected * share, neutral)
                self._add_behind_zigzag(row, high, low, _magnetising(row, leakage) + corrected * (1.0 - share))
                continue
            star = self.new()
            if "D" not in high + low:
                self.join(_EARTH, star, _magnetising(row, leakage))
            if "Y" in (high, low):
                share = 1.0 if high == "YN" else 0.0  # with one side open all of the leakage counts
            at_high = neutral if high == "YN" else 0j
            at_low = 0j if high == "YN" else neutral * turns**2
            self._add_winding(high, "t", index, int(row.hv_bus), star, corrected * share, at_high, 1.0)
            self._add_winding(low, "t", index, int(row.lv_bus), star, corrected * (1.0 - share), at_low, turns)

    def _add_winding(
        self, kind: str, table: str, index: int, bus: int, star: int, leakage: complex, neutral: complex, ratio: float
    ) -> None:
        """One winding at a star point; impedances at the star point's voltage, `ratio` that voltage over the winding's."""
        if kind == "YN":
            node = self._end(table, index, bus)
            self.join(node, star, leakage + neutral, 1.0 / ratio)
        elif kind == "D":
            self.join(_EARTH, star, leakage)

    def _add_zigzag(self, row: Any, high: str, low: str, leakage: complex, neutral: complex) -> None:
        """An earthed zigzag winding is an impedance to earth at its bus and hides the other winding."""
        if high == "ZN":
            self.join(_EARTH, self._end("t", int(row.Index), int(row.hv_bus)), leakage + neutral)
        if low == "ZN":
            share = number(getattr(row, "si0_hv_partial", None), 0.5) or 1.0
            at_low = leakage / share * float(row.vn_lv_kv / row.vn_hv_kv) ** 2
            self.join(_EARTH, self._end("t", int(row.Index), int(row.lv_bus)), at_low + neutral)

    def _add_behind_zigzag(self, row: Any, high: str, low: str, ohm: complex) -> None:
        """An earthed star below a zigzag has only its own way through the core."""
        if high.startswith("Z") and low == "YN":
            at_low = ohm * float(row.vn_lv_kv / row.vn_hv_kv) ** 2
            self.join(_EARTH, self._end("t", int(row.Index), int(row.lv_bus)), at_low)

    def _factor(self, row: Any) -> float:
        """K_T, or K_S where the transformer belongs to a power station unit; one in the minimum case."""
        gen = self._unit_generator(row)
        if gen is not None:
            c_max = voltage_factor(self.kv[int(gen.bus)], "max", self.lv_tol_percent)
            return unit_factor(row, gen, self.kv[int(row.hv_bus)], c_max)
        if self.case == "min":
            return 1.0
        c_max = voltage_factor(self.kv[int(row.lv_bus)], "max", self.lv_tol_percent)
        return transformer_factor(row.vk_percent, row.vkr_percent, c_max)

    def _unit_generator(self, row: Any) -> Any:
        if "power_station_trafo" not in self.net.gen:
            return None
        found = self.net.gen[(self.net.gen["power_station_trafo"] == row.Index) & self.net.gen["in_service"]]
        return next(found.itertuples(), None)

    def add_three_windings(self) -> None:
        """Three-winding transformers as stars of their pairs' impedances."""
        for row in self.net.trafo3w.itertuples():
            if not row.in_service:
                continue
            kinds = _group(row)
            star = self.new()
            leakages = self._star(row)
            for kind, side, leakage in zip(kinds, ("hv", "mv", "lv"), leakages, strict=True):
                ratio = float(row.vn_hv_kv / getattr(row, f"vn_{side}_kv"))
                values = (number(getattr(row, f"{name}_{side}_ohm", None)) for name in ("rn", "xn"))
                neutral = 3.0 * complex(*values) * ratio**2
                bus = int(getattr(row, f"{side}_bus"))
                self._add_winding(kind, "t3", int(row.Index), bus, star, leakage, neutral, ratio)

    def _star(self, row: Any) -> tuple[complex, complex, complex]:
        """Leakage of each winding at the high voltage, corrected pair by pair."""
        rated = (row.sn_hv_mva, row.sn_mv_mva, row.sn_lv_mva)
        pairs = []
        for side, (one, other) in (("hv", (0, 1)), ("mv", (1, 2)), ("lv", (0, 2))):
            z = _percent(row, f"vk0_{side}_percent", f"vkr0_{side}_percent")
            factor = 1.0
            if self.case == "max":
                factor = transformer_factor(
                    getattr(row, f"vk_{side}_percent"), getattr(row, f"vkr_{side}_percent"), 1.1
                )
            pairs.append(z * factor * row.vn_hv_kv**2 / min(rated[one], rated[other]))
        hm, ml, hl = pairs
        return (hm + hl - ml) / 2.0, (hm + ml - hl) / 2.0, (ml + hl - hm) / 2.0

    def impedances(self) -> NDArray[np.complex128]:
        """Diagonal of the inverse, island by island."""
        starts, ends = np.array(self.links, dtype=np.int64).reshape(-1, 2).T
        graph = sparse.coo_matrix((np.ones(len(starts)), (starts, ends)), shape=(self.size, self.size))
        _, parent = csgraph.connected_components(graph, directed=False)
        count = int(parent.max()) + 1
        rows, columns, values = zip(*self.entries, strict=True) if self.entries else ((), (), ())
        at, to = parent[list(rows)], parent[list(columns)]
        matrix = sparse.csc_matrix((np.array(values), (at, to)), shape=(count, count))
        return _diagonal(matrix)[parent[: len(self.node)]]


_SOURCE = (("s_sc", "_mva"), ("rx", ""))


def _diagonal(matrix: Any) -> NDArray[np.complex128]:
    """Of the inverse; infinite in islands without a way to earth, where each row of the matrix sums to zero."""
    _, island = csgraph.connected_components(abs(matrix), directed=False)
    earthed = np.zeros(island.max() + 1, dtype=bool)
    through = np.abs(matrix @ np.ones(matrix.shape[0])) > 1e-12 * np.maximum(
        np.abs(matrix).max(axis=1).toarray()[:, 0], 1e-30
    )
    earthed[island[through]] = True
    places = np.flatnonzero(earthed[island])
    found = np.full(matrix.shape[0], np.inf + 0j)
    if len(places):
        solver = splu(matrix[places][:, places].tocsc())
        for place, bus in enumerate(places):
            unit = np.zeros(len(places), dtype=np.complex128)
            unit[place] = 1.0
            found[bus] = solver.solve(unit)[place]
    return found


def _group(row: Any) -> tuple[str, str, str]:
    text = getattr(row, "vector_group", None)
    match = _GROUP.match(text) if isinstance(text, str) else None
    if match is None:
        raise MissingZeroSequence(f"transformer {row.name or row.Index} has no known vector group ({text})")
    return match[1].upper(), match[2].upper(), (match[3] or "").upper()


def _magnetising(row: Any, leakage: complex) -> complex:
    """The zero-sequence magnetising impedance by its ratio to the leakage and its R/X."""
    ratio = number(getattr(row, "mag0_percent", None), _OPEN * 100.0) / 100.0
    rx = number(getattr(row, "mag0_rx", None))
    return complex(rx, 1.0) / math.hypot(rx, 1.0) * abs(leakage) * (ratio or _OPEN)


def _percent(row: Any, z_column: str, r_column: str) -> complex:
    """A leakage impedance in p.u.; the positive sequence where the zero sequence is given as zero."""
    z = number(getattr(row, z_column, None), math.nan)
    r = number(getattr(row, r_column, None), math.nan)
    if not (math.isfinite(z) and math.isfinite(r)):
        raise MissingZeroSequence(f"transformer {row.name or row.Index} has no {z_column} or {r_column}")
    if z == 0.0:
        z = float(getattr(row, z_column.replace("0", "")))
        r = float(getattr(row, r_column.replace("0", "")))
    return complex(r, math.sqrt(max(z**2 - r**2, 0.0))) / 100.0
