"""`manage.py load_demo`: the demo utility, once per database."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand

from adms.core import clock
from integration.services import demo


class Command(BaseCommand):
    """Loads the demo network, customers, crews and accounts unless the database has them."""

    help = "Load the demo utility (a real network with synthetic customers), unless it is loaded already."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Load with a progress bar on standard error."""
        if demo.is_loaded():
            self.stderr.write("The demo network is loaded.")
            return
        port = os.environ.get("SIM_PORT", "8099")
        demo.load(at=clock.now(), progress=self._bar, endpoint=f"http://127.0.0.1:{port}/cim")

    def _bar(self, stage: str, done: float) -> None:
        width = 30
        full = round(done * width)
        end = "\n" if done >= 1 or not sys.stderr.isatty() else "\r"
        sys.stderr.write(f"[{'#' * full}{'.' * (width - full)}] {done:4.0%} {stage:<60}{end}")
        sys.stderr.flush()
