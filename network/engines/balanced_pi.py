"""A pandapower net as pi circuits: pandapower's own models of transformers, taps, switches and wards, as arrays."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from network.domain.physics.pi_network import PiNetwork

_REFERENCE, _GENERATOR = 3, 2  # bus types of the PYPOWER format


@dataclass(slots=True)
class PiForm:
    """The arrays of a net and where its elements are in them.

    `bus_row` is the row of each pandapower bus number, `branch_rows` the branch of each row of an element table; -1 is none.
    Loads are per row in MW and Mvar, positive into the load; `held` are the rows of voltage-holding generators.
    """

    network: PiNetwork
    bus_row: NDArray[np.int64]
    branch_rows: dict[str, NDArray[np.int64]]
    load: NDArray[np.complex128]
    sources: NDArray[np.int64]
    source_v: NDArray[np.complex128]
    held: NDArray[np.int64]
    is_symmetric: bool


class NoSource(ValueError):
    """No source in service: nothing is energised."""


def to_pi(net: Any) -> PiForm:
    """The pi form of a net in its present state.

    Raises:
        NoSource: no external grid or slack generator is in service.
    """
    from pandapower.converter.pypower.to_ppc import to_ppc  # noqa: PLC0415 - takes seconds

    if not has_source(net):
        raise NoSource("no source is in service")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        to_ppc(net, init="flat", calculate_voltage_angles=True, mode="pf")
        case = to_ppc(net, init="flat", calculate_voltage_angles=True, mode="pf")
    bus, lookups = case["bus"].real, net["_pd2ppc_lookups"]
    kinds = bus[:, 1]
    reference = np.flatnonzero(kinds == _REFERENCE)
    held = {int(row[0]): row[5] for row in case["gen"].real if row[7] > 0}
    rows = np.asarray(lookups["bus"], dtype=np.int64)
    return PiForm(
        network=_network(case),
        bus_row=np.where(rows < len(bus), rows, -1),
        branch_rows=_branch_rows(case["internal"]["branch_is"], lookups["branch"]),
        load=bus[:, 2] + 1j * bus[:, 3],
        sources=reference,
        source_v=np.array([held.get(int(i), bus[i, 7]) * np.exp(1j * np.radians(bus[i, 8])) for i in reference]),
        held=np.flatnonzero(kinds == _GENERATOR),
        is_symmetric=not any(name in case for name in ("branch_r_asym", "branch_g_asym", "branch_b_asym")),
    )


def _branch_rows(in_service: NDArray[np.bool_], spans: dict[str, tuple[int, int]]) -> dict[str, NDArray[np.int64]]:
    """Of every row of a table its branch among those in service, -1 where it is not."""
    rows = np.where(in_service, np.cumsum(in_service) - 1, -1)
    return {table: rows[start:end] for table, (start, end) in spans.items()}


def has_source(net: Any) -> bool:
    """Whether an external grid or a slack generator is in service."""
    slack = bool(len(net.gen)) and bool(
        (net.gen["slack"].fillna(value=False).astype(bool) & net.gen["in_service"]).any()
    )
    return slack or (bool(len(net.ext_grid)) and bool(net.ext_grid["in_service"].any()))


def _network(case: Any) -> PiNetwork:
    base_mva, bus, values = float(case["baseMVA"]), case["bus"].real, case["branch"].real
    count = len(values)
    return PiNetwork(
        base_mva=base_mva,
        base_kv=bus[:, 9].copy(),
        from_bus=values[:, 0].astype(np.int64),
        to_bus=values[:, 1].astype(np.int64),
        r=values[:, 2].copy(),
        x=values[:, 3].copy(),
        g=np.asarray(case.get("branch_g", np.zeros(count))).real.copy(),
        b=values[:, 4].copy(),
        ratio=np.where(values[:, 8] == 0.0, 1.0, values[:, 8]),
        shift_deg=values[:, 9].copy(),
        closed=np.ones(count, dtype=bool),
        shunt=np.asarray((bus[:, 4] + 1j * bus[:, 5]) / base_mva, dtype=np.complex128),
        live=np.ones(len(bus), dtype=bool),
    )
