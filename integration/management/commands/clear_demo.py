"""`manage.py clear_demo`: the sample data goes, an empty Tieline is left."""

import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandParser

from adms.core import clock
from adms.core.commands import BadInput, JsonCommand
from adms.core.errors import Refused
from integration.services import demo, demo_end
from integration.services.demo_end import Standing


class Command(JsonCommand):
    """Throws the demo's data away after asking; Tieline must not run meanwhile. Refuses where the demo was never loaded."""

    help = "Throw the sample data away and leave an empty Tieline; asks first, refuses where the demo is not loaded."

    def add_arguments(self, parser: CommandParser) -> None:
        """The answer in advance, for scripts."""
        super().add_arguments(parser)
        parser.add_argument("--confirm", default="", metavar="NAME", help=f'"{demo.MODEL_NAME}": do not ask')

    def answer(self, **options: Any) -> dict[str, Any]:
        """Ask, throw away, migrate."""
        try:
            found = demo_end.standing()
            if not self._is_wanted(found, options["confirm"]):
                raise BadInput("nothing was changed")
            demo_end.throw_away(at=clock.now())
        except Refused as refusal:
            raise BadInput(str(refusal)) from None
        call_command("migrate", verbosity=0, interactive=False, stdout=self.stderr)
        return {"models": list(found.models), "accounts": found.accounts, "outages": found.outages}

    def _is_wanted(self, found: Standing, given: str) -> bool:
        """Whether the name of the demo's network was given, or is typed now."""
        if given:
            return given == demo.MODEL_NAME
        self.stderr.write(
            f"This throws away {len(found.models)} models, {found.outages} outages and {found.accounts} accounts, for good."
        )
        for what, names in (("models", found.own_models), ("accounts", found.own_accounts)):
            if names:
                self.stderr.write(
                    f"Among them {what} that are not the demo's: {', '.join(names)}. A backup keeps them."
                )
        self.stderr.write(f"Type {demo.MODEL_NAME} to do it: ", ending="")
        return sys.stdin.readline().strip() == demo.MODEL_NAME

    def words(self, document: dict[str, Any]) -> str:
        """What went, and what comes next."""
        return (
            f"{len(document['models'])} models, {document['outages']} outages and {document['accounts']} accounts are gone."
            " Next: manage.py create_user NAME --role ADM, then DEMO=0 make run."
        )
