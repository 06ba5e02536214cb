"""Names of a version's equipment: read from PostgreSQL once per machine, memory-mapped by every process, as grids are."""

import functools
import shutil
import tempfile
from pathlib import Path

import numpy as np
from django.conf import settings

from network.domain.grid import Grid
from network.domain.grid import nameplates as plates
from network.domain.grid.nameplates import Nameplates
from network.models import Equipment
from network.selectors import grids


@functools.lru_cache(maxsize=16)
def load(version_id: int, checksum: str) -> Nameplates:
    """The names of a version, in the order of its grid: branches, then injections."""
    folder = Path(settings.VAR_DIR) / "grids" / f"names-{version_id}-{checksum[:16]}"
    if not (folder / "complete").exists():
        _make(version_id, grids.load(checksum), folder)
    return plates.load(folder)


def _make(version_id: int, grid: Grid, folder: Path) -> None:
    """Write them beside, then move them into place: another process may be doing the same."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent))
    plates.save(_read(version_id, grid), beside)
    (beside / "complete").touch()
    try:
        beside.rename(folder)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)


def _read(version_id: int, grid: Grid) -> Nameplates:
    names = [""] * (grid.branch_count + grid.injection_node.size)
    rows = Equipment.objects.filter(version_id=version_id).order_by().values_list("is_branch", "index", "name")
    for is_branch, index, name in rows.iterator(chunk_size=50_000):
        names[index if is_branch else grid.branch_count + index] = name.replace("\n", " ")
    is_first = np.concatenate([grid.is_switch, np.zeros(grid.injection_node.size, np.bool_)])
    return plates.plates(names, is_first, grid.branch_count)
