"""Commands that answer with one JSON document: the rules of the command line in one place.

Standard output carries the document and nothing else; everything for people goes to standard error. Exit 0 means answered,
2 bad input with one line that says what and where, 1 our fault.
"""

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser


class BadInput(CommandError):
    """The input cannot be answered: one line, exit 2."""

    def __init__(self, text: str) -> None:
        super().__init__(" ".join(text.split()), returncode=2)


class JsonCommand(BaseCommand):
    """A command whose answer is a document; a subclass writes `add_arguments` and `answer`, and may say it in `words`."""

    requires_system_checks: list[str] = []  # a command on files looks at nothing else

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """The parser with --json, and with its complaints on one line."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
        parser.error = _complain  # type: ignore[method-assign]
        return parser

    def answer(self, **options: Any) -> dict[str, Any]:
        """The document.

        Raises:
            BadInput: the input cannot be answered.
        """
        raise NotImplementedError

    def words(self, document: dict[str, Any]) -> str:
        """The answer for a person; the document itself unless a command has better words."""
        return json.dumps(document, indent=1, ensure_ascii=False)

    def handle(self, **options: Any) -> None:
        """Print the answer."""
        document = self.answer(**options)
        text = json.dumps(document, allow_nan=False) if options["json"] else self.words(document)
        self.stdout.write(text)


def read_text(path: Path) -> str:
    """The text of a file somebody named.

    Raises:
        BadInput: it is not there, not to be read, or not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{path}: line {line}: not UTF-8 text (byte {error.start})") from None


def _complain(message: str) -> NoReturn:
    sys.stderr.write(f"CommandError: {message}\n")
    raise SystemExit(2)
