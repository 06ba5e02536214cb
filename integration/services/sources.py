"""One way in for every kind of network file: CIM, pandapower, SimBench, MATPOWER, or the tables and GeoJSON of a GIS."""

import tempfile
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path, PurePosixPath

from integration import gis
from integration.cim.models import making, pandapower, read_model, reading
from integration.cim.models.store import Progress
from integration.cim.xml import XmlRefused
from integration.gis import feeder as feeder_tables
from integration.gis.rows import TableRefused
from network.domain.draft import ModelDraft

Files = Sequence[tuple[str, bytes]]
CIM_ENDINGS = (".xml", ".xml.gz", ".rdf", ".zip")
#: What is read from a file on disk, beside CIM.
OTHER_ENDINGS = (".json", ".geojson", ".csv", ".m")
_MOST_MEMBERS = 200
_MOST_BYTES = 500_000_000
_MOST_RATIO = 100
_KNOWN = (
    "CIM files (.xml, .xml.gz or .zip), tables (nodes.csv and others, buses.csv and branches.csv, or those of an unbalanced feeder), "
    "GeoJSON, pandapower JSON, MATPOWER .m"
)


def read_files(paths: Sequence[str], *, name: str | None = None, progress: Progress | None = None) -> ModelDraft:
    """One model out of paths and names; an existing path wins over a name.

    A folder stands for the CIM files in it, or for its tables.

    Raises:
        XmlRefused, PandapowerRefused, TableRefused, NetFileRefused: a file cannot be read; says which, where and why.
    """
    if (only := next((path for path in paths if _is_alone(path)), None)) is not None:
        if len(paths) > 1:
            raise TableRefused(f"{only}: a folder of tables, a GeoJSON file or a MATPOWER case is a model by itself")
        return _tables(Path(only), name)
    try:
        return reading.read_files([one for path in paths for one in _files_of(path)], name=name, progress=progress)
    except XmlRefused as refusal:
        if refusal.code != "unknown_kind":
            raise
        raise XmlRefused(refusal.code, refusal.line, f"{refusal.text}; known are {_KNOWN}", refusal.file) from refusal


def read_uploads(files: Files, *, name: str | None = None, progress: Progress | None = None) -> ModelDraft:
    """One model out of uploaded files; what is not CIM is laid into a folder that lasts as long as the reading.

    Raises:
        XmlRefused, PandapowerRefused, TableRefused, NetFileRefused: as `read_files`.
    """
    others = [file for file in files if _is_other(*file)]
    if not others:
        return read_model(files, name=name, progress=progress)
    with tempfile.TemporaryDirectory() as folder:
        for file, content in files:
            _lay(Path(folder), file, content)
        laid = sorted(path for path in Path(folder).iterdir())
        if not _is_any(Path(folder)):
            raise TableRefused(f"{', '.join(file for file, _ in files)}: no network among them; known are {_KNOWN}")
        paths = [str(laid[0])] if len(laid) == 1 and laid[0].suffix.lower() != ".csv" else [folder]
        return read_files(paths, name=name or Path(files[0][0]).stem, progress=progress)


def _is_any(folder: Path) -> bool:
    """Whether a folder holds a network by its tables, or a single file that is one."""
    single = [one.suffix.lower() for one in folder.iterdir() if one.suffix.lower() != ".csv"]
    return bool(single) or gis.is_tables(folder) or feeder_tables.is_feeder(folder) or (folder / "buses.csv").is_file()


def _is_alone(path: str) -> bool:
    """Whether it is a model by itself that is not XML."""
    place = Path(path)
    if place.is_dir():
        return gis.is_tables(place) or feeder_tables.is_feeder(place) or not _files_of(path)
    return place.suffix.lower() in (".geojson", ".m") and place.is_file()


def _files_of(path: str) -> list[str]:
    """The path itself; of a folder the CIM files in it."""
    if not Path(path).is_dir():
        return [path]
    return sorted(str(one) for one in Path(path).iterdir() if one.name.lower().endswith(CIM_ENDINGS))


def _tables(path: Path, name: str | None) -> ModelDraft:
    if gis.is_tables(path):
        draft = gis.read_tables(path, name=name)
        if not draft.errors:
            draft.kept = making.records_of(draft)
        return draft
    if feeder_tables.is_feeder(path):
        return read_model([feeder_tables.as_cim(path)], name=name)
    if path.is_dir() and not (path / "buses.csv").is_file():
        raise TableRefused(f"{path}: a folder without a network in it; known are {_KNOWN}")
    from integration.netfiles.reading import read_net  # noqa: PLC0415 - pandapower takes seconds

    return pandapower.read_pandapower(read_net([path]), name=name or path.stem)


def _is_other(name: str, content: bytes) -> bool:
    """Whether it is something else than CIM: by its name, by its first letter, or by what a zip holds."""
    if content.startswith(b"PK"):
        return _holds_tables(content)
    return name.lower().endswith(OTHER_ENDINGS) or content[:64].lstrip().startswith(b"{")


def _holds_tables(content: bytes) -> bool:
    try:
        names = zipfile.ZipFile(BytesIO(content)).namelist()
    except zipfile.BadZipFile:
        return False  # the reader of CIM says what is wrong with it
    endings = {PurePosixPath(name).suffix.lower() for name in names if not name.endswith("/")}
    return bool(endings & set(OTHER_ENDINGS)) and not endings & {".xml", ".rdf"}


def _lay(folder: Path, name: str, content: bytes) -> None:
    """Write a file, or the members of a zip, side by side; nothing of a name but its last part counts."""
    if not content.startswith(b"PK"):
        is_json = content[:64].lstrip().startswith(b"{") and not name.lower().endswith(OTHER_ENDINGS)
        (folder / (PurePosixPath(name).name + (".json" if is_json else ""))).write_bytes(content)
        return
    try:
        archive = zipfile.ZipFile(BytesIO(content))
        members = [one for one in archive.infolist() if not one.is_dir()]
        size = sum(one.file_size for one in members)
        if len(members) > _MOST_MEMBERS or size > min(_MOST_BYTES, _MOST_RATIO * len(content) + 1_000_000):
            raise TableRefused(f"{name}: {len(members)} files of {size} bytes in a zip of {len(content)}: too much")
        for one in members:
            (folder / PurePosixPath(one.filename).name).write_bytes(archive.read(one))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise TableRefused(f"{name}: {error}") from None
