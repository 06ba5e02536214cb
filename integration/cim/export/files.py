"""What is written for whom: one file of CIM100, a CGMES set, a bus-branch set for load-flow engines, a difference for the GIS."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path

from integration.cim.export import balanced, topology
from integration.cim.export.cgmes import write_cgmes
from integration.cim.export.changes import write_difference
from integration.cim.export.cim100 import write_cim100
from integration.cim.export.operated import difference_between
from integration.cim.export.state import with_state
from integration.cim.models.reader import draft_of
from integration.cim.models.store import Store
from network.domain.draft import ModelDraft
from network.domain.physics.results import PowerFlowResult

FORMATS = ("cim100", "cgmes", "bus-branch", "difference")


@dataclass(slots=True)
class Exported:
    """The files that were written, and how many objects of each class they hold."""

    files: list[Path]
    classes: dict[str, int] = field(default_factory=dict)


def write_model(
    store: Store, draft: ModelDraft, folder: Path, *, form: str, name: str, at: dt.datetime,
    result: PowerFlowResult | None = None,
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
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = _stem(name)
    if form == "cim100":
        path = folder / f"{stem}.xml"
        with path.open("wb") as stream:
            return Exported([path], write_cim100(store, stream, name=name, at=at))
    records = balanced.without_inverters(balanced.cgmes_records(store, draft))
    if form == "bus-branch":
        records = topology.bus_branch(records, draft)
    elif result is not None or not has_topology(records, draft):
        records = topology.with_topology(records, draft_of(records, name=draft.name, mrid=draft.mrid))
    if result is not None:
        records = with_state(records, draft, result)
    files, classes = write_cgmes(records, folder, name=stem, at=at, with_more=False)
    return Exported(files, classes)


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
