"""`manage.py backup [PATH]`: the whole database in one file, while everybody goes on working."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from adms.core import clock
from adms.core.commands import BadInput, JsonCommand
from adms.core.services import backups


class Command(JsonCommand):
    """Backs up the database: models, journal, outages, ledger, messages, accounts."""

    help = "Write the whole database into one file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to."""
        super().add_arguments(parser)
        parser.add_argument("path", nargs="?", type=Path, help="by default tieline-TIME.backup in this folder")

    def answer(self, **options: Any) -> dict[str, Any]:
        """Write it."""
        at = clock.now()
        path = options["path"] or Path(f"tieline-{at:%Y%m%dT%H%M%SZ}.backup")
        try:
            done = backups.backup(path=path, at=at)
        except backups.BackupRefused as refusal:
            raise BadInput(str(refusal)) from None
        return {
            "path": str(path),
            "made_at": done.made_at,
            "tables": done.tables,
            "rows": done.rows,
            "bytes": done.bytes,
        }

    def words(self, document: dict[str, Any]) -> str:
        """One line."""
        return f"{document['path']}: {document['rows']} rows of {document['tables']} tables, {document['bytes']} bytes"
