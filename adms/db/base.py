"""Django's PostgreSQL backend, which first sees to it that the embedded server runs."""

from typing import Any

import psycopg
from django.db import OperationalError
from django.db.backends.postgresql import base

from adms import servers
from adms.db import arrays

arrays.register()


class Unreachable(OperationalError):
    """No connection to the database could be had: nothing was done, the same may be tried again later."""


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL, started at the first connection where it is the embedded one."""

    def get_connection_params(self) -> dict[str, Any]:
        """What to connect with; at the first connection of a process this starts the server."""
        if not servers.is_held():
            self._ensure()
        return super().get_connection_params()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection, from the pool where there is one; without one, a server that was killed is started again."""
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError as error:
            if self.pool is not None or not servers.is_embedded():
                raise Unreachable(str(error)) from error
        self._ensure()
        return super().get_new_connection(conn_params)

    @staticmethod
    def _ensure() -> None:
        try:
            servers.ensure()
        except servers.NotAvailable as error:
            raise Unreachable(str(error)) from error
