"""The server's addresses, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx

from integration.simulators import incoming

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Unreachable(Exception):
    """No answer; whether the message arrived is not known."""


class Refused(Exception):
    """The server answered, but not with what was asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a message."""

    status: int
    result: str = ""  # OK, PARTIAL, FAILED, or nothing where there was no Reply
    codes: tuple[str, ...] = ()
    words: str = ""
    content: bytes = b""  # the whole of it


class Client:
    """One system's connection to the server, with its token. May be used by several threads."""

    def __init__(self, url: str, token: str, *, timeout_s: float = 15.0) -> None:
        base = httpx.URL(url)
        self._http = httpx.Client(
            base_url=base,
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout_s,
            trust_env=base.host not in _LOOPBACK,  # a proxy has no business on the way to ourselves
        )

    def post(self, body: bytes) -> Answer:
        """Post a CIM message.

        Raises:
            Unreachable: no answer came.
        """
        headers = {"Content-Type": "application/xml; charset=utf-8"}
        try:
            response = self._http.post("cim/v1/messages", content=body, headers=headers)
        except httpx.HTTPError as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from None
        return Answer(response.status_code, *incoming.result(response.content), response.content)

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """A JSON document.

        Raises:
            Unreachable: no answer, or 5xx.
            Refused: any other answer than a document.
        """
        try:
            response = self._http.get(path, params=query)
        except httpx.HTTPError as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from None
        if response.status_code >= 500:
            raise Unreachable(f"HTTP {response.status_code}")
        try:
            document = response.json() if response.status_code == 200 else None
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise Refused(f"GET {response.url}: HTTP {response.status_code} {response.text[:200]}")
        return document

    def fetch(self, path: str) -> tuple[bytes, Mapping[str, str]]:
        """A file, with the head of the answer.

        Raises:
            Unreachable: no answer, or 5xx.
            Refused: any other answer than a file.
        """
        response = self._asked("GET", path)
        return response.content, response.headers

    def send(self, path: str, document: dict[str, Any]) -> dict[str, Any]:
        """A JSON document by POST; what is answered.

        Raises:
            Unreachable: no answer, or 5xx.
            Refused: it was not taken.
        """
        answer = self._asked("POST", path, json=document).json()
        return answer if isinstance(answer, dict) else {}

    def _asked(self, verb: str, path: str, **more: Any) -> httpx.Response:
        try:
            response = self._http.request(verb, path, **more)
        except httpx.HTTPError as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from None
        if response.status_code >= 500:
            raise Unreachable(f"HTTP {response.status_code}")
        if not response.is_success:
            raise Refused(f"{verb} {response.url}: HTTP {response.status_code} {response.text[:200]}")
        return response

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
