"""HTTP as a browser of _storm_people.py speaks it: one connection that is kept, one request after the other.

A client library of a thousand features took three times the processor of the server it measured, and what it measured was itself.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

PATIENCE_S = 60


class Broken(OSError):
    """The server ended a connection before its answer was whole."""


class Line:
    """A kept connection to one server.

    Args:
        url: of the server, http://host:port/.
        cookie: the Cookie header of every request.
    """

    def __init__(self, url: str, cookie: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._head = f"Host: {parts.netloc}\r\nCookie: {cookie}\r\nAccept: text/html\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, more: str = "") -> tuple[int, str]:
        """Status and text of what is at a path; `more` are further headers, each ended by CRLF.

        Raises:
            OSError: no connection, or it broke.
            TimeoutError: no answer within a minute.
        """
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self._ask(path, more)
            except (OSError, asyncio.IncompleteReadError):
                self.close()  # servers end a connection on which nothing was asked for a while: once more on a new one
            try:
                return await self._ask(path, more)
            except asyncio.IncompleteReadError as error:
                self.close()
                raise Broken(path) from error

    async def _ask(self, path: str, more: str) -> tuple[int, str]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port, limit=2**24)
        reader, writer = self._streams
        writer.write(f"GET /{path.lstrip('/')} HTTP/1.1\r\n{self._head}{more}\r\n".encode())
        status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
        body = await self._body(reader, headers)
        if headers.get("connection") == "close":
            self.close()
        return int(status.split(" ")[1]), body.decode()

    @staticmethod
    async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return await reader.readexactly(int(headers.get("content-length", 0)))
        found = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            found += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
        return found

    def close(self) -> None:
        """End the connection; the next request makes a new one."""
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None
