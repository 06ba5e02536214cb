#!/usr/bin/env python
"""Django's command line for Tieline."""

import os
import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command named on the command line; a wrong setting or an unreachable database is one line, exit 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adms.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from adms.db.base import Unreachable
    from adms.servers import NotAvailable

    signal.signal(signal.SIGTERM, end)
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, NotAvailable, Unreachable) as error:
        sys.exit(f"tieline: {str(error).partition(chr(10))[0]}")
    except KeyboardInterrupt:
        sys.exit(130)


def end(number: int, _frame: FrameType | None) -> None:
    """Leave in order when told to, so that the embedded servers are let go."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
