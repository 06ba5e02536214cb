"""Folders of a test run, and what is left of runs that were killed: servers nobody uses, and what they stood on."""

import shutil
import tempfile
from pathlib import Path

from adms import servers
from adms.servers import locks

PREFIX = "tieline-test-"
MARK = "in-use.lock"
_ours: list[locks.Lock] = []


def folder() -> Path:
    """A new folder, ours as long as this process lives.

    Not pytest's own: that is closed again to other accounts whenever another pytest starts, while PostgreSQL, where root
    starts it, runs under one of them.
    """
    made = Path(tempfile.mkdtemp(prefix=PREFIX))
    _ours.append(locks.shared(made / MARK))
    return made


def clear() -> None:
    """Stop and remove what killed runs left behind; what another run still uses is left alone."""
    for place in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if (place / MARK).exists() and locks.is_free(place / MARK) and all(map(_stopped, _var_dirs(place))):
            shutil.rmtree(place, ignore_errors=True)


def _var_dirs(place: Path) -> list[Path]:
    return [lock.parent for lock in (*place.glob("servers.lock"), *place.glob("var/servers.lock"))]


def _stopped(var_dir: Path) -> bool:
    try:
        return servers.stop_unused(var_dir)
    except (OSError, servers.NotAvailable):
        return False
