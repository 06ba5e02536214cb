"""Prepares the database before the processes start: migrations, on the first run the demo, and the logins to print.

A program of its own, so that the console stays small. What it found goes to standard output as one JSON document; progress
goes to standard error.
"""

import json
import os
import sys
from typing import Any

import django
from django.conf import settings
from django.core import management

from adms.core import demo


def main() -> None:
    """Migrate, load, report."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adms.settings")
    django.setup()
    from adms.db.base import Unreachable  # noqa: PLC0415 - after the settings

    try:
        report = prepare()
    except Unreachable as error:
        sys.exit(f"tieline: the database cannot be reached: {error}")
    except management.CommandError as error:
        sys.exit(f"tieline: {error}")
    sys.stdout.write(json.dumps(report))


def prepare() -> dict[str, Any]:
    """Bring the database up to date; `load_demo` knows by a row in it whether there is anything to load."""
    management.call_command("migrate", verbosity=0, interactive=False, stdout=sys.stderr)
    if settings.PRODUCTION:
        management.call_command("collectstatic", verbosity=0, interactive=False, stdout=sys.stderr)
    commands = set(management.get_commands())
    if settings.DEMO and "load_demo" in commands:
        management.call_command("load_demo", stdout=sys.stderr)
    return {"commands": sorted(commands), "logins": logins()}


def logins() -> list[list[str]]:
    """User name, password and role of each demo account, where there are any."""
    return [[*row] for row in demo.demo_logins()] if settings.DEMO else []


if __name__ == "__main__":
    main()
