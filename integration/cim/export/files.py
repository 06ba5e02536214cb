"""What is written for whom: one file of CIM100, a CGMES set, a bus-branch set for load-flow engines, a difference for the GIS."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from adms.core.errors import Refused
from integration.cim.export import balanced, topology
from integration.cim.export.cgmes import write_cgmes
from integration.cim.export.changes import write_difference
from integration.cim.export.cim100 import write_cim100
from integration.cim.export.operated import difference_between
from integration.cim.export.state import with_state
from integration.cim.models.reader import draft_of
from integration.cim.models.store import Store
from network.domain.draft import ModelDraft
from network.domain.physics.circuit import Circuit
from network.domain.physics.results import PowerFlowResult

Solve = Callable[[Circuit], PowerFlowResult]
FORMATS = ("cim100", "cgmes", "bus-branch", "difference")


class NoState(Refused):
    """There are no state variables to be written; the text says why."""

    code = "no_state"


@dataclass(slots=True)
class Exported:
    """The files that were written, and how many objects of each class they hold."""

    files: list[Path]
    classes: dict[str, int] = field(default_factory=dict)


def write_model(
    store: Store, draft: ModelDraft, folder: Path, *, form: str, name: str, at: dt.datetime,
    result: PowerFlowResult | None = None, solve: Solve | None = None,
) -> Exported:  # fmt: skip
    """Write records in one of the model formats; customers and assets go with cim100 only, for load-flow tools refuse their documents.

    Args:
        store: the records, positions included.
        draft: made of them.
        folder: made where it is not there.
        form: cim100, cgmes or bus-branch.
        name: what the files are called.
        at: the time of the export.
        result: of a power flow of this draft, for the state variables of a CGMES set.
        solve: makes that result of the very circuit that is written (balanced, taps where the files have them).

    Raises:
        NoState: the circuit has no solution.
    """
    stem = _stem(name)
    if form == "cim100":
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{stem}.xml"
        with path.open("wb") as stream:
            return Exported([path], write_cim100(store, stream, name=name, at=at))
    records = balanced.with_known_switches(balanced.without_inverters(balanced.cgmes_records(store, draft)))
    if solve is not None:
        result = _solved(records, draft, solve)
    if form == "bus-branch":
        records = topology.bus_branch(records, draft)
    elif result is not None or not has_topology(records, draft):
        records = topology.with_topology(records, draft_of(records, name=draft.name, mrid=draft.mrid))
    if result is not None:
        records = with_state(records, draft, result)
    folder.mkdir(parents=True, exist_ok=True)
    files, classes = write_cgmes(records, folder, name=stem, at=at, with_more=False)
    return Exported(files, classes)


def _solved(records: Store, draft: ModelDraft, solve: Solve) -> PowerFlowResult:
    circuit = draft_of(records, name=draft.name, mrid=draft.mrid).circuit
    if circuit is None or not circuit.sources:
        raise NoState("the set has no source, so it has no power flow")
    result = solve(circuit)
    if not result.converged:
        raise NoState(f"its power flow has no solution: {result.reason}")
    return result


def write_changes(before: Store, after: Store, folder: Path, *, name: str, at: dt.datetime) -> Exported:
    """Write what leads from one set of records to the other as a difference model."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_stem(name)}_difference.xml"
    difference = difference_between(before, after)
    with path.open("wb") as stream:
        count = write_difference(difference, before, stream, name=name, at=at)
    return Exported([path], {"Description": count} if count else {})


def has_topology(store: Store, draft: ModelDraft) -> bool:
    """Whether the topology of the records is that of the draft's switches: every bus has one node of its own."""
    bus_of = topology.buses(draft)
    stated: dict[str, set[str]] = {}
    for _, record in store.of_class("ConnectivityNode"):
        bus = record.refs.get("ConnectivityNode.TopologicalNode", "")
        if not bus or record.id not in bus_of:
            return False
        stated.setdefault(bus_of[record.id], set()).add(bus)
    single = {next(iter(found)) for found in stated.values() if len(found) == 1}
    return len(single) == len(stated)


def _stem(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name).strip("._") or "model"
