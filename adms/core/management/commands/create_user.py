"""`manage.py create_user NAME --role OPR [--area KEY]`: an account; its password is asked for or comes from the environment."""

import getpass
import os
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser

from adms.core import actors, clock, permissions
from adms.core.commands import BadInput, JsonCommand
from adms.core.models import ControlArea
from adms.core.services import accounts


class Command(JsonCommand):
    """Makes an account; one of the same name is left as it is."""

    help = "Make an account with roles. The password comes from TIELINE_PASSWORD, else it is asked for."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, and which roles where."""
        super().add_arguments(parser)
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="full name")
        parser.add_argument("--role", action="append", required=True, choices=sorted(permissions.ROLES))
        parser.add_argument("--area", default="", help="key of a control area; everywhere if left out")

    def answer(self, **options: Any) -> dict[str, Any]:
        """Make it."""
        area = options["area"] or None
        if area and not ControlArea.objects.filter(key=area).exists():
            raise BadInput(f"--area: there is no control area {area}")
        password = os.environ.get("TIELINE_PASSWORD") or getpass.getpass("Password: ")
        try:
            validate_password(password)
        except ValidationError as error:
            raise BadInput(f"password: {' '.join(error.messages)}") from None
        user = accounts.create_user(
            actor=actors.system(f"command by {getpass.getuser()}"),
            username=options["username"],
            password=password,
            full_name=options["name"] or options["username"],
            grants=[(role, area) for role in options["role"]],
            at=clock.now(),
        )
        return {"username": user.username, "roles": options["role"], "area": area}
