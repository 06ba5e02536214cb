"""`manage.py interfaces [--write | --check]`: the page of interfaces, as the registry says it."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from adms.core.commands import BadInput, JsonCommand
from integration.cim import interfaces


class Command(JsonCommand):
    """Tells of every interface and the messages that serve it."""

    help = "Tell every interface with its state and messages; --write renews docs/interfaces.md, --check compares it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the page is, and what to do with it."""
        super().add_arguments(parser)
        parser.add_argument("--page", type=Path, default=Path(settings.BASE_DIR) / "docs" / "interfaces.md")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--write", action="store_true", help="write the page anew")
        what.add_argument("--check", action="store_true", help="fail where the page is not what would be written")

    def answer(self, **options: Any) -> dict[str, Any]:
        """How many interfaces stand in which state."""
        page: Path = options["page"]
        if options["write"]:
            page.write_text(interfaces.page(), encoding="utf-8")
        if options["check"] and (not page.exists() or page.read_text(encoding="utf-8") != interfaces.page()):
            raise BadInput(f"{page.name} is not what the registry says: run `manage.py interfaces --write`")
        found = interfaces.interfaces()
        return {
            "states": {state: sum(one.state == state for one in found) for state in interfaces.STATES},
            "interfaces": [
                {"id": one.id, "use_case": one.use_case, "state": one.state, "messages": list(one.messages)}
                for one in found
            ],
        }

    def words(self, document: dict[str, Any]) -> str:
        """The states alone."""
        return ", ".join(f"{number} {state}" for state, number in document["states"].items())
