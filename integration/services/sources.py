"""One way in for every kind of network file: CIM, pandapower, SimBench, or the tables and GeoJSON of a GIS."""

from collections.abc import Sequence

from integration import gis
from integration.cim.models import making, reading
from integration.cim.models.store import Progress
from integration.gis.rows import TableRefused
from network.domain.draft import ModelDraft


def read_files(paths: Sequence[str], *, name: str | None = None, progress: Progress | None = None) -> ModelDraft:
    """One model out of paths and names; an existing path wins over a name.

    Raises:
        XmlRefused, PandapowerRefused, TableRefused: a file cannot be read; says which, where and why.
    """
    if not any(gis.is_tables(path) for path in paths):
        return reading.read_files(paths, name=name, progress=progress)
    if len(paths) > 1:
        raise TableRefused(f"{paths[0]}: a folder of tables or a GeoJSON file is a model by itself")
    draft = gis.read_tables(paths[0], name=name)
    if not draft.errors:
        draft.kept = making.records_of(draft)
    return draft
