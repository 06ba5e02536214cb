"""Every file set of data/cim, and what stays equal on the way out and in again."""

import datetime as dt

import numpy as np

from integration.cim.models import read_model
from network.domain.grid import compile_grid
from tests.paths import CIM

NOON = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
GRIDAPPSD = sorted(path.name for path in (CIM / "gridappsd").iterdir()) if CIM.is_dir() else []
SMALL = [name for name in GRIDAPPSD if not name.startswith(("IEEE123", "IEEE8500"))]
FOLDERS = ["cgmes24_minigrid_nb", "cgmes3_minigrid", "telemark120"]


def files_of(name):
    """The paths of a set; without the file of Telemark that is not well-formed."""
    if name in GRIDAPPSD:
        return [CIM / "gridappsd" / name]
    return [path for path in sorted((CIM / name).iterdir()) if "LV1_SSH" not in path.name]


def read_set(name):
    return read_model(files_of(name), name=name)


def said(store):
    """Class, literals and references of every object, by key; headers apart."""
    return {
        key: (record.cls, record.text, record.refs)
        for records in (store.objects, store.undefined)
        for key, record in records.items()
        if record.cls not in ("FullModel", "DifferenceModel")
    }


def assert_same_grid(draft, other):
    """The same arrays, mRID by mRID."""
    one, two = compile_grid(draft), compile_grid(other)
    for name in vars(one):
        mine, theirs = getattr(one, name), getattr(two, name)
        if isinstance(mine, np.ndarray):
            equal_nan = mine.dtype.kind == "f"
            assert np.array_equal(mine, theirs, equal_nan=equal_nan), name
