"""What a map shows: geometry once per model version, one state byte per branch, and what changed since.

Frames are little endian; their layout is the contract with static/js/map (docs/subsystems/live.md).
"""

import functools
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adms.core.models import ControlArea
from network.domain import display, temporary
from network.models import ModelVersion, Tag
from network.selectors import map_files, state
from network.selectors.state import NetworkState

Overlay = Callable[[NetworkState], NDArray[np.integer]]
_overlays: list[Overlay] = []

IN_OUTAGE = 128


def add_overlay(overlay: Overlay) -> None:
    """Let a higher app mark branches as lying in a predicted or probable outage (it gives their numbers)."""
    _overlays.append(overlay)


@dataclass(frozen=True, slots=True)
class Plane:
    """One byte per branch as of `sequence`."""

    model: str
    version: int
    sequence: int
    states: NDArray[np.uint8]


def geometry(present: NetworkState) -> bytes:
    """The geometry file of a version, gzipped."""
    checksum, is_geographic = drawn_version(present.version_id)
    return map_files.geometry(checksum, is_geographic=is_geographic)


def is_geographic(present: NetworkState) -> bool:
    """Whether its places are longitudes and latitudes; else they are metres."""
    return drawn_version(present.version_id)[1]


def names(present: NetworkState, asked: str) -> dict[str, Any]:
    """Names by branch number (see map_files.names), and those of the substations unless some are asked for."""
    checksum, _ = drawn_version(present.version_id)
    told = map_files.names(present.version_id, checksum, asked)
    return told if asked else told | {"version": present.version, "sources": source_names(present)}


@functools.lru_cache(maxsize=16)
def drawn_version(version_id: int) -> tuple[str, bool]:
    """Checksum of a version, and whether its places are longitudes and latitudes."""
    version = ModelVersion.objects.only("checksum", "summary").get(pk=version_id)
    return version.checksum, version.summary.get("crs") == "EPSG:4326"


def source_names(present: NetworkState) -> dict[str, str]:
    """Substation names by the branch number that carries the symbol of a source."""
    grid = present.grid
    names = {}
    for node in grid.source_node.tolist():
        if grid.indptr[node + 1] > grid.indptr[node]:
            branch = int(grid.adj_branch[grid.indptr[node]])
            names[str(branch)] = grid.node_substation_name(node)
    return {branch: name for branch, name in names.items() if name}


def plane(model: str) -> Plane:
    """The present state bytes. The sequence is read first: the bytes may be newer than it, never older."""
    present = state.present(model)
    sequence = event_sequence(present)
    present = state.present(model)
    tags = Tag.objects.filter(model_id=present.model_id, removed_at=None).values_list("equipment_mrid", flat=True)
    states = state_bytes(present, [branch for mrid in tags if (branch := present.grid.branch_index(mrid)) >= 0])
    for overlay in _overlays:
        branches = overlay(present)
        if len(branches):
            states[branches] |= IN_OUTAGE
    return Plane(model, present.version, sequence, states)


def is_current(shown: Plane) -> bool:
    """Whether nothing that a map shows has changed since: two small questions, whatever the size of the network."""
    present = state.present(shown.model)
    return present.version == shown.version and event_sequence(present) == shown.sequence


def state_bytes(shown: NetworkState, tagged: Sequence[int]) -> NDArray[np.uint8]:
    """One byte per branch of the version, of the present state or a past one; what is joined for a while is told beside it."""
    earthed = temporary.earthed(shown.fitted, shown.energisation) if shown.fitted.grounds else None
    states = display.state_bytes(
        shown.grid,
        shown.closed,
        shown.energisation,
        tagged=tagged,
        bad_quality=sorted(shown.quality_bad),
        earthed=earthed,
    )
    return states[: shown.positions.size]


def event_sequence(present: NetworkState) -> int:
    """The sum of the event numbers of the model's areas: grows with every change that a map could show."""
    areas = state.areas_of(present.version_id)
    return sum(ControlArea.objects.filter(pk__in=areas).values_list("event_number", flat=True))


def encode_state(shown: Plane) -> bytes:
    """state.bin: magic, sequence, count, one byte per branch."""
    return struct.pack("<4sII", b"TLS1", shown.sequence & 0xFFFFFFFF, len(shown.states)) + shown.states.tobytes()
