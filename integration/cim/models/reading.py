"""One way in for every kind of network file: CIM RDF/XML, pandapower JSON, or a network that ships with pandapower."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from integration.cim.models import pandapower, pandapower_files
from integration.cim.models.reader import read_model
from integration.cim.models.store import Progress
from integration.cim.xml import XmlRefused
from network.domain.draft import ModelDraft


def read_files(sources: Sequence[str], *, name: str | None = None, progress: Progress | None = None) -> ModelDraft:
    """One model out of paths and names; an existing path wins over a name.

    Raises:
        XmlRefused: a file cannot be read; says which, where and why.
        PandapowerRefused: the same for pandapower's files and names.
    """
    foreign = [source for source in sources if _is_pandapower(source)]
    if not foreign:
        return read_model([Path(source) for source in sources], name=name, progress=progress)
    if len(sources) > 1:
        raise XmlRefused(
            "mixed_sources", None, "a pandapower network is a model by itself, not a part of one", foreign[0]
        )
    return read_named(foreign[0], name=name, progress=progress)


def read_named(source: str, *, name: str | None = None, progress: Progress | None = None) -> ModelDraft:
    """A network that ships with pandapower ("pandapower:mv_oberrhein"), or the only file of a model."""
    if not _is_pandapower(source):
        return read_model([Path(source)], name=name, progress=progress)
    if progress:
        progress(f"{source}: loading pandapower")
    return pandapower.read_pandapower(source, name=name)


def _is_pandapower(source: str) -> bool:
    path = Path(source)
    if not path.is_file():
        return pandapower_files.is_shipped(source)
    with path.open("rb") as file:
        return file.read(64).lstrip().startswith(b"{")
