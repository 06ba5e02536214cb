"""`manage.py generate_network`: a synthetic utility of any size, published or written as files (contract: docs/subsystems/scale.md)."""

import getpass
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from adms.core import clock
from adms.core.actors import Actor
from adms.core.commands import BadInput, JsonCommand
from network.domain import generation
from network.domain.generation import STYLES, Unfit, Utility


class Command(JsonCommand):
    """With --out it neither needs nor touches a database."""

    help = "Generate a synthetic utility and publish it, or write it as CIM100 files."

    def add_arguments(self, parser: CommandParser) -> None:
        """What the command line takes."""
        parser.add_argument("--customers", type=int, required=True, metavar="N", help="how many customers it supplies")
        parser.add_argument("--seed", type=int, required=True, metavar="S", help="the same seed gives the same bytes")
        parser.add_argument("--out", type=Path, metavar="DIR", help="write CIM100 files there instead of publishing")
        parser.add_argument("--style", default="american", help=f"one of {', '.join(STYLES)}; american if not given")

    def answer(self, **options: Any) -> dict[str, Any]:
        """The counts of what was made."""
        progress = _Progress()
        try:
            progress.say("generating")
            utility = generation.generate(options["customers"], options["seed"], options["style"])
        except Unfit as error:
            raise BadInput(str(error)) from None
        told = _told(utility)
        if options["out"]:
            return told | {"files": _write(utility, options["out"], progress)}
        progress.say("publishing")
        published = _publish(utility)
        progress.say(f"published as version {published.number} of {published.key}")
        return told | {"model": published.name, "version": published.number, "published": True}

    def words(self, document: dict[str, Any]) -> str:
        """The figures on one line."""
        counts = ", ".join(f"{document[key]:,} {key}" for key in ("nodes", "switches", "transformers", "customers"))
        return f"{document['model']}: {counts}"


class _Progress:
    """What is being done, with the seconds since the start, on standard error."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - self._began:6.1f} s  {text}\n")


def _told(utility: Utility) -> dict[str, Any]:
    counts = generation.counts(utility)
    return {
        "model": utility.name,
        "nodes": counts["nodes"],
        "switches": counts["switches"],
        "transformers": utility.transformers,
        "customers": counts["customers"],
        "branches": counts["branches"],
        "substations": len(utility.substations.name),
        "feeders": len(utility.substations.feeder_name),
        "seed": utility.seed,
        "style": utility.style.name,
    }


def _publish(utility: Utility) -> Any:
    """The published version; imported here, so that writing files needs no tables."""
    from integration.services import utilities  # noqa: PLC0415

    actor = Actor(name=getpass.getuser(), way="command line", is_system=True)
    return utilities.publish(actor=actor, utility=utility, at=clock.now())


def _write(utility: Utility, folder: Path, progress: _Progress) -> list[str]:
    from integration.cim.models import generated  # noqa: PLC0415

    try:
        return [str(path) for path in generated.write(utility, folder, progress=progress.say)]
    except OSError as error:
        raise BadInput(f"{folder}: {error.strerror or error}") from None
