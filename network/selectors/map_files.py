"""Geometry and names of any stored version for the map: packed once per machine; names of a large network by number."""

import functools
import gzip
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from network.domain import display
from network.models import Equipment
from network.selectors import grids, nameplates

#: Networks of more branches do not send all their names: a million of them are megabytes that nobody reads.
WHOLE = 50_000
#: Names that may be asked for at once.
MOST = 1_000
_LEVEL = 2  # of gzip: a network of a million customers packs in 0.3 s to a size within 6 % of the best


@functools.lru_cache(maxsize=4)
def geometry(checksum: str, *, is_geographic: bool) -> bytes:
    """The geometry file, gzipped; kept beside the grid, so that one process of a machine makes it for all."""
    path = Path(settings.VAR_DIR) / "grids" / f"map-{checksum[:32]}-{display.GEOMETRY_FORMAT}-{int(is_geographic)}.gz"
    if path.exists():
        return path.read_bytes()
    raw = display.encode_geometry(grids.load(checksum), is_geographic=is_geographic)
    packed = gzip.compress(raw, _LEVEL, mtime=0)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(packed)
    Path(draft.name).replace(path)
    return packed


def names(version_id: int, checksum: str, asked: str) -> dict[str, Any]:
    """Names by branch number: all of a small network as `branches`, else `branches` None; those asked for as `names`.

    `asked` is branch numbers with commas between them; what is no number of a branch is left out.
    """
    if asked:
        return {"names": _asked(version_id, checksum, asked.split(",")[:MOST])}
    if grids.load(checksum).branch_count > WHOLE:
        return {"branches": None}
    rows = Equipment.objects.filter(version_id=version_id, is_branch=True).order_by("index")
    listed = list(rows.values_list("name", "mrid", "cim_class"))
    return {"branches": _column(listed, 0), "mrids": _column(listed, 1), "classes": _column(listed, 2)}


def _asked(version_id: int, checksum: str, numbers: Iterable[str]) -> dict[str, str]:
    plates = nameplates.load(version_id, checksum)
    branches = [int(number) for number in numbers if number.isdecimal() and len(number) < 10]
    return {str(branch): plates.name(branch) for branch in branches if branch < plates.branches}


def _column(rows: Sequence[tuple[str, ...]], place: int) -> list[str]:
    return [row[place] for row in rows]
