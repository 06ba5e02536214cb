"""CIM RDF/XML files to a draft: one streamed pass into a store, then the builders one after the other."""

from __future__ import annotations

import copy
import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from integration.cim import xml
from integration.cim.models import (
    attributes,
    branches,
    circuit,
    classes,
    customers,
    diagrams,
    injections,
    phasing,
    places,
    ratings,
    sources,
    store,
    telemetry,
    topology,
    transformers,
    units,
    voltages,
)
from integration.cim.models.build import Build
from network.domain import identity
from network.domain.draft import ModelDraft
from network.domain.findings import Findings


def read_model(
    files: Sequence[store.Source], *, name: str | None = None, progress: store.Progress | None = None
) -> ModelDraft:
    """All files together as one model; what is wrong with it is in its findings.

    Args:
        files: paths or (name, content) pairs of .xml, .xml.gz or .zip.
        name: of the model; else that of its only feeder, else what the file names have in common.
        progress: is told where the reader stands, now and then.

    Raises:
        XmlRefused: when a file cannot be read as RDF/XML at all; says which, where and why.
    """
    with _without_collector():
        found = store.load(xml.open_model_files(files), Findings(), progress)
        if progress:
            progress(f"building {len(found.objects):,} objects")
        return draft_of(found, name=name)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Inside, Python does not look for cycles: a model has none, and looking for them took a quarter of the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def draft_of(found: store.Store, *, name: str | None = None, mrid: str = "") -> ModelDraft:
    """A draft of records, just read or kept from an earlier version; the records stay with it, as they are."""
    of_files = found.findings
    found.findings = copy.deepcopy(of_files)  # what is wrong with this draft; the store may be read again
    draft = ModelDraft(name or _name(found), source=", ".join(found.files), kept=found)
    draft.mrid = mrid or _mrid(found, draft.name)
    draft.classes = found.classes()
    draft.skipped = {cls: count for cls, count in draft.classes.items() if cls not in classes.TAKEN}
    draft.skipped_attributes = attributes.unused(found)
    for cls, count in draft.skipped.items():
        text = f"{count} objects of this class are not used; kept for the way out"
        found.findings.add("info", "class_skipped", text, cim_class=cls)
    for cls, counts in draft.skipped_attributes.items():
        if cls not in draft.skipped:
            listed = ", ".join(f"{attribute} {count}" for attribute, count in counts.items())
            found.findings.add("info", "attributes_skipped", f"not used, kept for the way out: {listed}", cim_class=cls)
    build = Build(found, draft, units.units_of(found))
    _build(build)
    draft.circuit = circuit.build_circuit(build)
    found.report_no_numbers()
    draft.findings = found.findings.listed()
    found.findings = of_files
    return draft


def _build(build: Build) -> None:
    topology.build_containers(build)
    topology.build_nodes(build)
    topology.build_ends(build)
    topology.collect_phase_parts(build)
    rated = ratings.ratings_by_equipment(build)
    branches.build_branches(build, rated)
    transformers.build_transformers(build, rated)
    injections.build_injections(build)
    phasing.resolve_split_phases(build)
    voltages.set_nominal_voltages(build)
    sources.name_sources(build)
    places.set_places(build)
    customers.build_usage_points(build)
    telemetry.build_telemetry_points(build)
    diagrams.build_diagrams(build)


def _name(found: store.Store) -> str:
    feeders = [record.name for _, record in found.of_class("Feeder")]
    if len(feeders) == 1:
        return feeders[0]
    stems = [Path(file).name.split(".")[0] for file in found.files]
    common = os.path.commonprefix(stems).strip(" _-")  # noqa: RUF071 - letters in common, not folders
    with_network = next((record.file for _, record in found.of_class("Terminal")), 0)
    return common if len(common) > 2 else stems[with_network]


def _mrid(found: store.Store, name: str) -> str:
    """The feeder's own where there is one; a data set's changes with every version, so the name decides elsewhere."""
    feeders = [record.id for _, record in found.of_class("Feeder")]
    return feeders[0] if len(feeders) == 1 else identity.derived_mrid("model", name)
