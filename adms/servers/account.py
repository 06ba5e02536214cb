"""Whose account PostgreSQL runs under. It refuses to run as root, so root lends it another one.

Nothing is created: the owner of existing data is kept, else the account `postgres` where there is one, else `nobody`.
"""

import errno
import os
import pwd
import struct
import subprocess
from pathlib import Path

from adms.servers.failures import NotAvailable

ACL = "system.posix_acl_access"
OWNER, USER, GROUP, MASK, OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
NO_ID = 0xFFFFFFFF


def choose(data: Path) -> pwd.struct_passwd | None:
    """The account to run under; None is our own, which does unless we are root."""
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid)
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NotAvailable("PostgreSQL refuses to run as root and there is no account nobody: run make run as another user")


def run(command: list[str], account: pwd.struct_passwd | None, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program under the account and keep its output; the folder is entered before the account is changed."""
    return subprocess.run(  # noqa: S603 - our own programs
        command,
        cwd=cwd,
        env={key: value for key, value in os.environ.items() if not key.startswith("PG")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        user=None if account is None else account.pw_uid,
        group=None if account is None else account.pw_gid,
        extra_groups=None if account is None else [],
    )


def let_through(path: Path, account: pwd.struct_passwd) -> None:
    """Let the account pass the folders above a path (never list them), and nobody else."""
    for parent in [*reversed(path.absolute().parents), path.absolute()]:
        if parent.is_dir() and not _passes(parent, account):
            _grant(parent, account.pw_uid)


def make_readable(tree: Path, program: Path, account: pwd.struct_passwd) -> None:
    """Let the account run a program that was installed under a strict umask; programs are no secret."""
    if _passes(program, account):
        return
    for path in [tree, *tree.rglob("*")]:
        path.chmod(path.stat().st_mode | (0o005 if path.is_dir() or os.access(path, os.X_OK) else 0o004))


def _passes(path: Path, account: pwd.struct_passwd) -> bool:
    """Whether the account may enter a folder, or run a program."""
    return run(["/bin/sh", "-c", 'test -x "$0"', str(path)], account, cwd=Path("/")).returncode == 0


def _grant(folder: Path, uid: int) -> None:
    """Add one access-control entry, search for this user; on file systems without them, search for others."""
    mode = folder.stat().st_mode
    try:
        entries = _entries(folder) or {
            (OWNER, NO_ID): mode >> 6 & 7,
            (GROUP, NO_ID): mode >> 3 & 7,
            (OTHER, NO_ID): mode & 7,
        }
        entries[USER, uid] = entries.get((USER, uid), 0) | 1
        entries[MASK, NO_ID] = entries.get((MASK, NO_ID), entries[GROUP, NO_ID]) | 1
        packed = b"".join(struct.pack("<HHI", tag, bits, who) for (tag, who), bits in sorted(entries.items()))
        os.setxattr(folder, ACL, struct.pack("<I", 2) + packed)
    except (OSError, AttributeError):
        folder.chmod(mode | 0o001)


def _entries(folder: Path) -> dict[tuple[int, int], int]:
    try:
        raw = os.getxattr(folder, ACL)
    except OSError as error:
        if error.errno == errno.ENODATA:
            return {}
        raise
    return {(tag, who): bits for tag, bits, who in struct.iter_unpack("<HHI", raw[4:])}
