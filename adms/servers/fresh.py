"""A database that was never used: made and migrated once, without demo data, before the first command sees it."""

import os
import subprocess
import sys
from pathlib import Path

from adms.servers import locks, postgres
from adms.servers.failures import NotAvailable

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
# Set in the process that migrates (and by tests, which make their own database): it must not wait for itself.
BYPASS = "SERVERS_MIGRATE"


def prepare(var_dir: Path, name: str) -> None:
    """Make the database if there is none and migrate it if it never was; a marker in var/ says that this is done."""
    marker = var_dir / f"{name}.migrated"
    if marker.exists() or os.environ.get(BYPASS) == "0":
        return
    with locks.exclusive(var_dir / f"{name}.migrate.lock", seconds=600):
        if not marker.exists():
            postgres.make_database(var_dir, name)
            _migrate()
            marker.touch()


def _migrate() -> None:
    """In a process of its own, for we are inside the opening of a connection."""
    result = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(MANAGE), "migrate", "--verbosity", "0"],
        env=os.environ | {BYPASS: "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise NotAvailable(f"the new database could not be migrated: {result.stderr.strip().rpartition(chr(10))[2]}")
