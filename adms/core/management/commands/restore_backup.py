"""`manage.py restore_backup PATH`: a backup in the place of the present database, verified before it counts."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandParser

from adms.core import clock
from adms.core.commands import BadInput, JsonCommand
from adms.core.errors import Refused
from adms.core.services import backups


class Command(JsonCommand):
    """Restores a backup; Tieline must not run meanwhile. A backup of an older version is migrated to this one."""

    help = "Restore a backup. What was there is kept as a database of another name."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which one."""
        super().add_arguments(parser)
        parser.add_argument("path", type=Path)

    def answer(self, **options: Any) -> dict[str, Any]:
        """Restore, verify, migrate."""
        try:
            done = backups.restore(path=options["path"], at=clock.now())
        except Refused as refusal:
            raise BadInput(str(refusal)) from None
        call_command("migrate", verbosity=0, interactive=False, stdout=self.stderr)
        return {
            "path": str(done.path),
            "made_at": done.made_at,
            "tables": done.tables,
            "rows": done.rows,
            "former_database": done.former,
        }

    def words(self, document: dict[str, Any]) -> str:
        """What came back, and where the former is."""
        return (
            f"{document['rows']} rows of {document['tables']} tables are back as of {document['made_at']};"
            f" what was there is kept as {document['former_database']}"
        )
