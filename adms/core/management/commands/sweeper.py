"""`manage.py sweeper`: finds in PostgreSQL what no bell has rung for."""

import logging
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections, connection

from adms import collecting
from adms.core import clock, runtime_settings, sweeping

log = logging.getLogger(__name__)

PAUSE_AFTER_FAILURE_S = 1.0
#: A sweep that found nothing rests as long as it took, this at most: in a storm looking must not be what the machine does.
LONGEST_PAUSE_S = 3.0


class Command(BaseCommand):
    """Runs every sweep about twice a second until stopped, each in a thread of its own: a slow one holds up no other."""

    help = "Deliver what Redis or Celery lost: events, outgoing messages, overdue operations, due predictions."

    def add_arguments(self, parser: CommandParser) -> None:
        """How often, and whether only once."""
        parser.add_argument("--every", type=float, default=0.5, metavar="SECONDS")
        parser.add_argument("--once", action="store_true", help="run every sweep once, one after the other, and end")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Sweep until told to stop."""
        if options["once"]:
            for function in sweeping.sweeps().values():
                function(clock.now())
            return
        collecting.settle()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        threads = [
            threading.Thread(
                target=_run,
                args=(name, function, max(options["every"], sweeping.pause_s(name)), stop),
                name=name,
                daemon=True,
            )
            for name, function in sweeping.sweeps().items()
        ]
        for thread in threads:
            thread.start()
        while not stop.wait(1.0):
            pass
        for thread in threads:
            thread.join(timeout=5.0)


def _run(name: str, function: sweeping.Sweep, every: float, stop: threading.Event) -> None:
    """One sweep, again and again; a failure is logged and tried again."""
    while not stop.is_set():
        began = time.monotonic()
        try:
            close_old_connections()
            with runtime_settings.held():
                found = function(clock.now())
        except Exception:
            log.exception("sweep %s failed; it is tried again", name)
            connection.close()
            stop.wait(PAUSE_AFTER_FAILURE_S)
            continue
        if not found:
            stop.wait(max(every, min(time.monotonic() - began, LONGEST_PAUSE_S)))
    connection.close()
