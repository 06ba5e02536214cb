"""Find anything by name or mRID: feeders, equipment, and what higher apps add (customers, meters, accounts).

Names of equipment are searched in memory-mapped tables, because they change with a version only; what changes by itself is found by
whoever owns it, through `add_finder`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from adms.core.actors import Actor
from network.domain.grid.nameplates import beginning
from network.models import Equipment, ModelVersion
from network.selectors import equipment, grids, nameplates

EXACT, BEGINS, INSIDE = 0, 1, 2
_SHORTEST = 2
_MRID_FROM = 8  # letters from which on the beginning of an mRID is looked for


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that fits: `rank` 0 it is the text, 1 begins with it, 2 has it somewhere."""

    kind: str  # feeder, device, customer
    mrid: str
    name: str
    about: str
    model: str
    rank: int
    branch: int | None = None
    id: int | None = None  # of a usage point


Finder = Callable[[str, int, Actor | None], Iterable[Found]]
_finders: list[Finder] = []


def add_finder(finder: Finder) -> None:
    """Let a higher app find what it owns; it is given the text, a limit and who asks (None: a process that may see all)."""
    _finders.append(finder)


def find(text: str, limit: int = 20, *, model: str = "", actor: Actor | None = None) -> list[Found]:
    """The best fits: exact ones first, then beginnings, then the rest; feeders and switches before other equipment.

    A text of fewer than two letters finds nothing.
    """
    text = text.strip()
    if len(text) < _SHORTEST:
        return []
    found = [*_feeders(text, model), *_devices(text, limit, model)]
    for finder in _finders:
        found += [one for one in finder(text, limit, actor) if not model or one.model == model]
    return sorted(found, key=lambda one: one.rank)[:limit]


def find_equipment(text: str, limit: int = 20, *, model: str = "") -> list[Equipment]:
    """Equipment of the published models as rows, in the same order."""
    ranked = _ranked(text.strip(), limit, model) if len(text.strip()) >= _SHORTEST else []
    return [row for _, row in ranked]


def feeders(text: str, limit: int = 20, *, model: str = "") -> list[Found]:
    """Feeders alone, the best fits first."""
    return sorted(_feeders(text.strip(), model), key=lambda one: (one.rank, one.name))[:limit]


def _devices(text: str, limit: int, model: str) -> list[Found]:
    return [_device(rank, row) for rank, row in _ranked(text, limit, model)]


def _device(rank: int, row: Equipment) -> Found:
    about = " / ".join(part for part in (row.substation, row.feeder) if part) or row.cim_class
    branch = row.index if row.is_branch else None
    return Found("device", row.mrid, row.name, about, row.version.model.key, rank, branch)


def _ranked(text: str, limit: int, model: str) -> list[tuple[int, Equipment]]:
    """Ranks and rows, model by model merged by rank."""
    ranked = []
    for version_id, checksum in _published(model):
        plates = nameplates.load(version_id, checksum)
        hits = {row: rank for rank, row in plates.search(text, limit)}
        hits |= _by_mrid(text, checksum, limit)
        ranked += _rows(version_id, plates.branches, hits)
    return sorted(ranked, key=lambda one: (one[0], not one[1].is_switch, one[1].name))[:limit]


def _by_mrid(text: str, checksum: str, limit: int) -> dict[int, int]:
    """Row and rank of what has this mRID, or one that begins so."""
    grid = grids.load(checksum)
    exact = {text, text.lower(), text.upper()}
    hits: dict[int, int] = {}
    for first, column, index in (
        (0, grid.branch_mrid, grid.branch_index),
        (grid.branch_count, grid.injection_mrid, grid.injection_index),
    ):
        places = {place for one in exact if (place := index(one)) >= 0}
        hits |= {first + place: EXACT for place in places}
        if not places and len(text) >= _MRID_FROM:
            hits |= {first + place: BEGINS for place in beginning(column, text, limit)}
    return hits


def _rows(version_id: int, branches: int, hits: dict[int, int]) -> list[tuple[int, Equipment]]:
    found = []
    for is_branch in (True, False):
        places = [row if is_branch else row - branches for row in hits if (row < branches) == is_branch]
        if places:
            rows = equipment.published().filter(version_id=version_id, is_branch=is_branch, index__in=places)
            found += [(hits[row.index if is_branch else branches + row.index], row) for row in rows]
    return found


def _published(model: str) -> list[tuple[int, str]]:
    versions = ModelVersion.objects.filter(state="published").order_by("model__key")
    chosen = versions.filter(model__key=model) if model else versions
    return list(chosen.values_list("pk", "checksum"))


def _feeders(text: str, model: str) -> list[Found]:
    """Feeders by name: few enough to look at each. `branch` is the one at the head."""
    found = []
    versions = ModelVersion.objects.filter(state="published").order_by("model__key")
    for key, checksum in versions.values_list("model__key", "checksum"):
        if not model or key == model:
            grid = grids.load(checksum)
            heads = np.flatnonzero(grid.is_feeder_head)
            head_of = dict(zip(grid.branch_feeder_label[heads].tolist(), heads.tolist(), strict=True))
            labels = zip(grid.feeder_label_mrid.tolist(), grid.feeder_label_name.tolist(), strict=True)
            for label, (mrid, name) in enumerate(labels):
                rank = _rank(name.decode(), text)
                if rank is not None:
                    found.append(Found("feeder", mrid.decode(), name.decode(), "Feeder", key, rank, head_of.get(label)))
    return found


def _rank(name: str, text: str) -> int | None:
    place = name.lower().find(text.lower())
    if place < 0:
        return None
    return INSIDE if place else EXACT if len(name) == len(text) else BEGINS
