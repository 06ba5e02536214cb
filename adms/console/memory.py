"""Remembers that this code has already prepared the database beside it, so that the web need not wait to be told again.

The database is prepared at every start all the same; what is remembered only lets the web start meanwhile.
"""

import hashlib
from pathlib import Path

from django.conf import settings

from adms.console.supervisor import ROOT

NAME = "prepared"


def code() -> str:
    """A digest of everything that says how the tables must look, and of the database it was said to."""
    digest = hashlib.sha256(str(settings.DATABASES["default"]["NAME"]).encode())
    for path in sorted(
        [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/*/migrations/*.py"), ROOT / "requirements.lock"]
    ):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def is_prepared(var_dir: Path) -> bool:
    """Whether this code has prepared the embedded database before; of another one we remember nothing."""
    note = var_dir / NAME
    return bool(settings.EMBEDDED_POSTGRES) and note.exists() and note.read_text() == code()


def remember(var_dir: Path) -> None:
    """The database is prepared."""
    (var_dir / NAME).write_text(code())
