"""`manage.py export_model`: the running model as files (contract: docs/subsystems/model_exchange.md)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from adms.core import clock
from adms.core.commands import BadInput, JsonCommand
from adms.core.errors import Refused
from integration.cim.export.files import FORMATS


class Command(JsonCommand):
    """Writes one model; the folder is made where it is not there."""

    help = "Write a network model as CIM files: CIM100, a CGMES set, a bus-branch set, or what its switches changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command line takes."""
        parser.add_argument("--model", required=True, help="key, name or mRID of the model")
        parser.add_argument("--feeder", default="", help="name or mRID of the only feeder that is wanted")
        parser.add_argument("--area", default="", help="key or name of the only control area that is wanted")
        parser.add_argument("--format", required=True, choices=FORMATS, dest="form", help="what kind of files")
        parser.add_argument("--out", required=True, type=Path, help="folder for the files")
        parser.add_argument("--as-operated", action="store_true", help="with the switches as they stand now")

        parser.add_argument(
            "--power-flow",
            action="store_true",
            help="compute the power flow of what is written, for its state variables",
        )

    def answer(self, **options: Any) -> dict[str, Any]:
        """The files and how many objects of each class they hold."""
        from integration.services import exports  # noqa: PLC0415 - starts no database for --help

        try:
            done = exports.export_model(
                model=options["model"],
                folder=options["out"],
                wanted=exports.Wanted(
                    options["form"],
                    feeder=options["feeder"],
                    area=options["area"],
                    as_operated=options["as_operated"],
                    with_state=options["power_flow"],
                ),
                at=clock.now(),
            )
        except Refused as refusal:
            raise BadInput(str(refusal)) from None
        except OSError as error:
            raise BadInput(f"{error.filename or options['out']}: {error.strerror}") from None
        return {"files": [str(path) for path in done.files], "classes": done.classes}

    def words(self, document: dict[str, Any]) -> str:
        """The files, one per line, and how much they hold."""
        count = sum(document["classes"].values())
        return "\n".join([*document["files"], f"{count:,} objects of {len(document['classes'])} classes"])
