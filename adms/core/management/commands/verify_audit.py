"""Verify the audit trail: no entry changed, removed, added or moved, no tail cut since a head was published."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from adms.core.commands import BadInput, JsonCommand
from adms.core.selectors import audit_chain
from adms.core.services import audit_heads


class Command(JsonCommand):
    """Verify the audit trail: no entry changed, removed, added or moved, no tail cut since a head was published."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Where heads were published."""
        parser.add_argument(
            "--heads", type=Path, metavar="FILE", help="published heads; without it the file of this installation"
        )

    def answer(self, **options: Any) -> dict[str, Any]:
        """Whether it is sound, and the first thing that is not."""
        path = options["heads"] or Path(settings.AUDIT_HEADS)
        if options["heads"] and not path.exists():
            raise BadInput(f"{path}: no such file")
        try:
            heads = audit_heads.published(path)
        except ValueError as error:
            raise BadInput(str(error)) from None
        verdict = audit_chain.verify(heads)
        bad = verdict.first_bad
        return {
            "ok": bad is None,
            "rows": verdict.rows,
            "first_bad": None if bad is None else {"number": bad.number, "entry": bad.entry, "why": bad.why},
            "published_heads": verdict.heads,
        }

    def words(self, document: dict[str, Any]) -> str:
        """One line."""
        read = f"{document['rows']:,} links read, {document['published_heads']:,} published heads held against them"
        if document["ok"]:
            return f"sound: {read}"
        bad = document["first_bad"]
        return f"NOT SOUND at link {bad['number']} (entry {bad['entry']}): {bad['why']}; {read}"
