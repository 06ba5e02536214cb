"""What a load-flow engine is given: the bus-branch set in one archive, and the switching state it is of."""

import datetime as dt
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from adms.core.errors import Refused
from integration.services import exports
from network.selectors import state

#: Larger networks go out by `export_model`: writing them would hold a web process for minutes.
MOST_NODES = 50_000
_IN_MEMORY = 8 * 1024**2
_TRIES = 3


class TooLargeToExport(Refused):
    """The network is larger than what is exported while somebody waits."""

    code = "too_large_to_export"


class StateMoves(Refused):
    """Switches moved during every attempt."""

    code = "state_moves"


@dataclass(frozen=True, slots=True)
class BusBranchModel:
    """An open zip at its beginning, and the version and switching state it is of."""

    archive: IO[bytes]
    version: int
    sequence: int


def bus_branch(*, model: str, at: dt.datetime, feeder: str = "", as_operated: bool = True) -> BusBranchModel:
    """Export a model for a load-flow engine.

    Raises:
        NotFound: no such model is published, or it has no such feeder.
        DifferenceRefused: nothing is kept of it that could be written.
        TooLargeToExport: it has more nodes than `MOST_NODES`.
        StateMoves: no state stood long enough to be written.
    """
    for _ in range(_TRIES):
        before = state.present(model)
        if before.fitted.base.node_count > MOST_NODES:
            raise TooLargeToExport(
                f"{model} has more than {MOST_NODES:,} nodes: use manage.py export_model", model=model
            )
        archive = _archive(model, feeder, at, as_operated=as_operated)
        after = state.present(model)
        if (after.version, after.sequence) == (before.version, before.sequence):
            return BusBranchModel(archive, before.version, before.sequence)
        archive.close()
    raise StateMoves("switches moved while the model was written: ask again", model=model)


def _archive(model: str, feeder: str, at: dt.datetime, *, as_operated: bool) -> IO[bytes]:
    # closed by whoever sends it
    archive = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as into:
        wanted = exports.Wanted("bus-branch", feeder=feeder, as_operated=as_operated)
        done = exports.export_model(model=model, folder=Path(folder), wanted=wanted, at=at)
        for path in done.files:
            into.write(path, path.name)
    archive.seek(0)
    return archive
