"""The grid: one version of a network model compiled to arrays. Knows what is built, not which switches are closed.

draft -> compile_grid -> Grid -> to_blob (PostgreSQL) -> from_blob -> save (a folder) -> load (memory-mapped, read-only)
"""

from network.domain.grid.arrays import BRANCH_CLASSES, Grid
from network.domain.grid.assembly import Columns, assemble
from network.domain.grid.columns import DanglingReference, compile_grid
from network.domain.grid.files import GridUnreadable, from_blob, load, save, save_pieces, to_blob

__all__ = [
    "BRANCH_CLASSES",
    "Columns",
    "DanglingReference",
    "Grid",
    "GridUnreadable",
    "assemble",
    "compile_grid",
    "from_blob",
    "load",
    "save",
    "save_pieces",
    "to_blob",
]
