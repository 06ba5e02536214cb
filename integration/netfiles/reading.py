"""One way in for every file a study can be made of: it becomes a pandapower net with the file's own names.

| kind | how it is known |
| --- | --- |
| pandapower | `.json`, or `pandapower:NAME` for a network that ships with it |
| IEC TR 60909-4 | `.json` with its external_grids, lines, transformers_3w |
| SimBench | `simbench:CODE` |
| MATPOWER | `.m` |
| tables | a folder with buses.csv and branches.csv, or two files NAME_buses.csv and NAME_branches.csv |
| CIM | `.xml`, `.xml.gz`, `.zip`, or a folder of them |
| unbalanced feeder | a folder with NAME_Source.csv, NAME_Loads.csv and the other tables of CIMHub |

Normally open branches stay in the net, out of service. Buses and branches bear the names of the file; where it gives none, a bus is
its number and a branch FROM-TO, a second one between the same buses FROM-TO#2.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from integration.cim.models import pandapower_files
from integration.gis import feeder
from integration.netfiles import iec60909, matpower, plain, shipped, tables
from integration.netfiles.refusals import NetFileRefused
from network.domain.physics.balance import why_unbalanced
from network.domain.physics.circuit import Circuit
from network.domain.physics.islands import Closed

_CIM_ENDINGS = (".xml", ".xml.gz", ".rdf", ".zip")
_SMALL = 10_000_000  # bytes
_KINDS = "pandapower JSON, MATPOWER .m, a folder with buses.csv and branches.csv, CIM .xml, .xml.gz or .zip"


def is_cim(paths: Sequence[str | Path]) -> bool:
    """Whether all of them are CIM files by their endings, or the only one the tables of an unbalanced feeder."""
    if len(paths) == 1 and feeder.is_feeder(Path(paths[0])):
        return True
    return bool(paths) and all(str(path).lower().endswith(_CIM_ENDINGS) for path in paths)


def in_folders(paths: Sequence[str | Path]) -> list[str]:
    """The paths, with the CIM files of a folder in place of the folder."""
    found: list[str] = []
    for path in map(str, paths):
        inside = sorted(str(one) for one in Path(path).iterdir()) if Path(path).is_dir() else []
        found += [one for one in inside if is_cim([one])] or [path]
    return found


def read_net(paths: Sequence[str | Path], *, kv: float | None = None, source_pu: float = 1.0) -> Any:
    """The balanced network of files, as a pandapower net.

    Args:
        paths: one file or folder, a name such as "pandapower:mv_oberrhein" or "simbench:CODE", a pair of tables, or CIM files.
        kv: nominal line voltage for tables that do not say it.
        source_pu: voltage held by the sources of tables that do not say it.

    Raises:
        NetFileRefused: the kind is unknown, or the file cannot be a network; pandapower's and CIM's own refusals pass through.
    """
    if not paths:
        raise NetFileRefused("no network file is named")
    if is_cim(paths):
        return _cim_net(paths)
    if len(paths) == 2:
        return plain.to_net(tables.read_tables(*_pair(paths), kv=kv, source_pu=source_pu))
    if len(paths) > 2:
        raise NetFileRefused(f"{len(paths)} files are given, but only CIM comes in several; or tables in two")
    source = str(paths[0])
    if source.startswith((pandapower_files.PREFIX, shipped.SIMBENCH)):
        return shipped.read(source)
    return _one_file(Path(source), kv, source_pu)


def _one_file(path: Path, kv: float | None, source_pu: float) -> Any:
    if path.is_dir():
        if not (path / "buses.csv").exists():
            raise NetFileRefused(f"{path}: a folder without a network; known are {_KINDS}")
        return plain.to_net(
            tables.read_tables(path / "buses.csv", path / "branches.csv", kv=kv, source_pu=source_pu),
        )
    if not path.exists():
        raise NetFileRefused(f"{path}: no such file")
    ending = path.suffix.lower()
    if ending == ".json":
        return _json(path)
    if ending == ".m":
        return matpower.case_to_net(matpower.read_case(path))
    if ending == ".csv":
        raise NetFileRefused(f"{path.name}: tables come in two: NAME_buses.csv and NAME_branches.csv, or their folder")
    raise NetFileRefused(f"{path.name}: a file of an unknown kind {ending or '(no ending)'}; known are {_KINDS}")


def _json(path: Path) -> Any:
    """A pandapower file, or the short-circuit network of IEC TR 60909-4."""
    with path.open("rb") as file:
        is_pandapower = b"pandapowerNet" in file.read(4_096)
    if not is_pandapower and path.stat().st_size < _SMALL:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            content = None
        if iec60909.is_iec(content):
            return iec60909.read_iec(content, path.name)
    return shipped.named(pandapower_files.load(path))


def _pair(paths: Sequence[str | Path]) -> tuple[Path, Path]:
    """The buses first, whichever way round they were given."""
    found = {
        kind: Path(path)
        for path in paths
        for kind in ("buses", "branches")
        if Path(path).name.lower().endswith(f"{kind}.csv")
    }
    if len(found) != 2:
        names = " and ".join(Path(path).name for path in paths)
        raise NetFileRefused(f"{names}: two files are taken as NAME_buses.csv and NAME_branches.csv, or as CIM")
    return found["buses"], found["branches"]


def unbalanced_circuit(paths: Sequence[str | Path]) -> Circuit | None:
    """The circuit of CIM files if its phases differ, so that no balanced net can stand for it.

    Raises:
        NetFileRefused: the files hold no circuit.
    """
    circuit = circuit_of(paths)
    return circuit if why_unbalanced(circuit) else None


def circuit_of(paths: Sequence[str | Path]) -> Circuit:
    """The circuit of CIM files.

    Raises:
        NetFileRefused: the files hold no circuit; the reader's own refusals say the file and the line.
    """
    from integration.cim.models import reader  # noqa: PLC0415 - only CIM needs it

    files: list[Path | tuple[str, bytes]] = [Path(path) for path in paths]
    if len(paths) == 1 and feeder.is_feeder(Path(paths[0])):
        files = [feeder.as_cim(Path(paths[0]))]
    circuit = reader.read_model(files).circuit
    if circuit is None:
        raise NetFileRefused(f"{paths[0]}: no circuit")
    return circuit


def _cim_net(paths: Sequence[str | Path]) -> Any:
    """The balanced net of CIM files: the model's circuit, turned by the engine's own converter."""
    circuit = circuit_of(paths)
    if reason := why_unbalanced(circuit):
        raise NetFileRefused(f"{Path(paths[0]).name}: this study takes balanced networks only, and here {reason}")
    return net_of(circuit, name=Path(paths[0]).name)


def net_of(circuit: Circuit, closed: Closed | None = None, *, name: str = "") -> Any:
    """The pandapower net of a balanced circuit.

    Raises:
        NetFileRefused: it has what a net cannot express.
    """
    from network.engines import from_circuit_pandapower  # noqa: PLC0415 - takes seconds

    try:
        return shipped.named(from_circuit_pandapower.to_net(circuit, closed))
    except ValueError as error:
        raise NetFileRefused(f"{name or circuit.name}: {error}") from None
