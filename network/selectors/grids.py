"""Compiled grids by version: read from PostgreSQL once per machine, memory-mapped by every process."""

import functools
import logging
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from adms.core import bulk
from network.domain import grid as grids
from network.models import ModelVersion

log = logging.getLogger(__name__)


@functools.lru_cache(maxsize=16)
def load(checksum: str) -> grids.Grid:
    """The grid whose blob has this checksum."""
    folder = Path(settings.VAR_DIR) / "grids" / checksum
    if not (folder / "complete").exists():
        _unpack(checksum, folder)
    return grids.load(folder)


def keep(checksum: str, blob: bytes) -> None:
    """Write the arrays of a version that this process has just stored, so that nobody on this machine need ask PostgreSQL for them."""
    folder = Path(settings.VAR_DIR) / "grids" / checksum
    if not (folder / "complete").exists():
        _place([blob], folder)


def _unpack(checksum: str, folder: Path) -> None:
    pieces = bulk.read_pieces(ModelVersion, "grid", checksum=checksum)
    if pieces is None:
        raise ModelVersion.DoesNotExist(checksum)
    _place(pieces, folder)


def _place(pieces: Iterable[bytes], folder: Path) -> None:
    """Write the arrays beside, then move them into place: another process may be doing the same."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent))
    grids.save_pieces(pieces, beside)
    (beside / "complete").touch()
    if (folder / "complete").exists():
        shutil.rmtree(beside)
        return
    shutil.rmtree(folder, ignore_errors=True)
    try:
        beside.rename(folder)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)
