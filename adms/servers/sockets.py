"""Where the servers' sockets lie, and whether somebody answers there."""

import hashlib
import os
import shutil
import socket
from pathlib import Path

from adms.servers.failures import NotAvailable

# A socket address holds 107 characters on Linux and 103 elsewhere; PostgreSQL's file name takes 18 of them.
LONGEST_DIRECTORY = 80
SHORT_ROOT = Path("/tmp")  # noqa: S108 - only for paths too long for a socket, in a folder checked by `prepare`


def directory(var_dir: Path, server: str) -> Path:
    """The folder of a server's socket: in var/, or a short one named after it where that is too long for a socket."""
    place = var_dir.absolute() / server
    if len(os.fsencode(place)) <= LONGEST_DIRECTORY:
        return place
    digest = hashlib.sha256(os.fsencode(place)).hexdigest()[:16]
    return SHORT_ROOT / f"tieline-{digest}"


def prepare(place: Path, owner: int | None = None, group: int = -1) -> None:
    """Make the folder for its owner alone, and refuse one that somebody else has put there."""
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if owner is not None and place.stat().st_uid == os.geteuid():
            os.chown(place, owner, group)
    except OSError as error:
        raise NotAvailable(f"{place} cannot be made: {error.strerror}") from None
    found = place.lstat()
    if found.st_uid not in {os.geteuid(), owner} or found.st_mode & 0o022:
        raise NotAvailable(f"{place} belongs to somebody else or is open to others: remove it")


def tidy(place: Path) -> None:
    """Remove a short folder when its server has stopped; one in var/ stays."""
    if place.parent == SHORT_ROOT:
        shutil.rmtree(place, ignore_errors=True)


def ask(path: Path, question: bytes = b"") -> bytes | None:
    """What the server behind a socket answers; None when nobody listens there."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(2)
        try:
            line.connect(str(path))
            if not question:
                return b""
            line.sendall(question)
            return line.recv(256)
        except OSError:
            return None
