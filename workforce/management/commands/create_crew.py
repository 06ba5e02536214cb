"""`manage.py create_crew KEY --name N --area KEY [--kind trouble] [--on-shift]`."""

import getpass
from typing import Any

from django.core.management.base import CommandParser

from adms.core import actors, clock
from adms.core.commands import BadInput, JsonCommand
from adms.core.models import ControlArea
from workforce.models import Crew
from workforce.services import crews


class Command(JsonCommand):
    """Makes a crew; one of the same key is left as it is."""

    help = "Make a crew."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who and where."""
        super().add_arguments(parser)
        parser.add_argument("key")
        parser.add_argument("--name", default="")
        parser.add_argument("--area", required=True)
        parser.add_argument("--kind", default="trouble", choices=Crew.Kind.values)
        parser.add_argument("--on-shift", action="store_true")

    def answer(self, **options: Any) -> dict[str, Any]:
        """Make it."""
        if not ControlArea.objects.filter(key=options["area"]).exists():
            raise BadInput(f"--area: there is no control area {options['area']}")
        actor, at, key = actors.system(f"command by {getpass.getuser()}"), clock.now(), options["key"]
        crews.create_crew(
            actor=actor,
            key=key,
            name=options["name"] or key,
            kind=options["kind"],
            area=options["area"],
            members=[],
            vehicle="",
            at=at,
        )
        if options["on_shift"]:
            crews.set_shift(actor=actor, key=key, shift=Crew.Shift.ON, at=at)
        return {"crew": key, "area": options["area"]}
