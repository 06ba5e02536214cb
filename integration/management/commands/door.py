"""`manage.py door`: takes the CIM messages that the web passes on."""

import asyncio
from typing import Any

from django.core.management.base import BaseCommand

from adms import collecting
from adms.servers import sockets
from integration import door


class Command(BaseCommand):
    """Listens on a socket in var/ until stopped."""

    help = "Take CIM messages beside the web, so that a flood of them does not slow the pages down."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Serve until told to stop."""
        path = door.socket_path()
        sockets.prepare(path.parent)
        path.unlink(missing_ok=True)  # of one that was killed
        collecting.settle()
        asyncio.run(door.serve(path))
