"""`manage.py create_partner SOURCE --name N --allow "created EndDeviceEvents"`: an external system and its token, shown once."""

import getpass
import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from adms.core import actors, clock
from adms.core.commands import BadInput, JsonCommand, read_text
from adms.core.errors import Invalid
from integration.cim import registry
from integration.models import Partner
from integration.services import partners
from integration.services.partners import NewPartner


class Command(JsonCommand):
    """Makes a partner with its machine account and first token."""

    help = "Make an external system: what it may send, what it subscribes to with which filters, where it listens, its dialect."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who it is and what it may."""
        super().add_arguments(parser)
        parser.add_argument("source", help="Header.Source of its messages")
        parser.add_argument("--name", default="")
        parser.add_argument("--allow", action="append", default=[], metavar='"VERB NOUN"')
        parser.add_argument("--subscribe", action="append", default=[], metavar="NOUN")
        parser.add_argument("--endpoint", default="", help="where it takes our messages")
        parser.add_argument("--filters", type=Path, help="JSON file: by noun, what of it the partner is told")
        parser.add_argument("--dialect", type=Path, help="JSON file: how its messages differ from ours")
        parser.add_argument(
            "--certificate", type=Path, help="PEM file: signatures of its messages are by this certificate"
        )
        parser.add_argument("--must-sign", action="store_true", help="refuse what it sends unsigned")
        parser.add_argument("--signed", action="store_true", help="sign what we send to it (SIGNING_KEY)")

    def answer(self, **options: Any) -> dict[str, Any]:
        """Make it."""
        known = {row.name for row in registry.ROWS}
        if wrong := [name for name in options["allow"] if name not in known]:
            raise BadInput(f"--allow: {wrong[0]!r} is no message we know; known are: {', '.join(sorted(known))}")
        if Partner.objects.filter(source=options["source"]).exists():
            raise BadInput(f"source: there is a partner {options['source']} already")
        try:
            made, token = self._make(options)
        except Invalid as refused:
            raise BadInput(refused.message) from None
        return {"partner": made.pk, "source": made.source, "token": token}

    def _make(self, options: dict[str, Any]) -> tuple[Partner, str]:
        return partners.create_partner(
            actor=actors.system(f"command by {getpass.getuser()}"),
            partner=NewPartner(
                name=options["name"] or options["source"],
                source=options["source"],
                allowed=tuple(options["allow"]),
                subscriptions=tuple(options["subscribe"]),
                endpoint_url=options["endpoint"],
                certificate=read_text(options["certificate"]) if options["certificate"] else "",
                must_sign=options["must_sign"],
                is_signed_to=options["signed"],
                filters=_object(options["filters"], "--filters"),
                dialect=_object(options["dialect"], "--dialect"),
            ),
            at=clock.now(),
        )


def _object(file: Path | None, option: str) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        BadInput: it is not there, or holds something else.
    """
    if file is None:
        return {}
    try:
        found = json.loads(read_text(file))
    except ValueError as error:
        raise BadInput(f"{option}: {file} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise BadInput(f"{option}: {file} holds no object")
    return found
