"""`manage.py sweeper`: finds in PostgreSQL what no bell has rung for."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from adms.core import clock, sweeping

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Runs every sweep about twice a second, until stopped; a failing one does not stop the others."""

    help = "Deliver what Redis or Celery lost: events, outgoing messages, overdue operations, due predictions."

    def add_arguments(self, parser: CommandParser) -> None:
        """How often, and whether only once."""
        parser.add_argument("--every", type=float, default=0.5, metavar="SECONDS")
        parser.add_argument("--once", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Sweep until told to stop."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            found = sum(self._run(name, sweep) for name, sweep in sweeping.sweeps().items())
            if options["once"]:
                return
            if not found:
                stop.wait(options["every"])

    def _run(self, name: str, sweep: sweeping.Sweep) -> int:
        try:
            close_old_connections()
            return sweep(clock.now())
        except Exception:
            log.exception("sweep %s failed; it is tried again", name)
            close_old_connections()
            threading.Event().wait(1.0)
            return 0
