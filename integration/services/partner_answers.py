"""Post one message to a partner, and understand what the answer means for it."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

import httpx

from integration.cim import namespaces, xml

MAX_REPLY_BYTES = 256 * 1024
#: Not now: the partner, or what stands before it, is busy or away.
_AWAY = frozenset({408, 425, 429, 502, 503, 504})
_BUSY_CODES = frozenset({"3.2", "5.1", "7.1"})


class Verdict(enum.Enum):
    """What an attempt means."""

    SENT = "sent"
    REFUSED = "refused"  # for good: a repeat would be refused as well
    FAILED = "failed"  # this message, this time
    UNREACHABLE = "unreachable"  # any message, now


@dataclass(frozen=True, slots=True)
class Outcome:
    """Verdict, words for a person, and the beginning of what the partner said."""

    verdict: Verdict
    text: str = ""
    reply: bytes = b""
    was_sent: bool = True  # else it never left here, and says nothing of the partner


def post(client: httpx.Client, url: str, token: str, body: bytes) -> Outcome:
    """One attempt."""
    headers = {"Content-Type": "application/xml; charset=utf-8"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        with client.stream("POST", url, content=body, headers=headers) as response:
            return understand(response.status_code, _beginning(response))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Outcome(Verdict.UNREACHABLE, away(error)[:500])


#: What went wrong on the way, the more exact kinds first.
_AWAY_SAID: tuple[tuple[type[Exception], str], ...] = (
    (httpx.ConnectTimeout, "no connection in time"),
    (httpx.ConnectError, "cannot be reached"),
    (httpx.TimeoutException, "no answer in time"),
    (httpx.NetworkError, "hung up before it had answered"),
    (httpx.RemoteProtocolError, "hung up, or speaks no HTTP"),
    (httpx.InvalidURL, "its address is none"),
)


def away(error: Exception) -> str:
    """Why a partner was not reached, for a person; what the system says of it in brackets.

    >>> away(httpx.ConnectError("[Errno 111] Connection refused")), away(httpx.ReadTimeout(""))
    ('cannot be reached (Connection refused)', 'no answer in time')
    """
    said = next((words for kind, words in _AWAY_SAID if isinstance(error, kind)), type(error).__name__)
    detail = re.sub(r"^\[Errno -?\d+\] ", "", str(error)).strip()
    return f"{said} ({detail})" if detail else said


def understand(status: int, reply: bytes) -> Outcome:
    """What status and body together say. A partner that answers 200 with Result FAILED has not taken the message."""
    if status in _AWAY:
        return Outcome(Verdict.UNREACHABLE, f"HTTP {status}", reply)
    if 300 <= status < 500:
        return Outcome(Verdict.REFUSED, f"HTTP {status} {_words(reply)}".strip(), reply)
    if status >= 500:
        return Outcome(Verdict.FAILED, f"HTTP {status} {_words(reply)}".strip(), reply)
    result, codes = _result(reply)
    if result != "FAILED":
        return Outcome(Verdict.SENT, "", reply)
    verdict = Verdict.FAILED if codes & _BUSY_CODES else Verdict.REFUSED
    return Outcome(verdict, _words(reply), reply)


def _beginning(response: httpx.Response) -> bytes:
    taken = b""
    for part in response.iter_bytes():
        taken += part
        if len(taken) > MAX_REPLY_BYTES:
            break
    return taken[:MAX_REPLY_BYTES]


def _result(reply: bytes) -> tuple[str, frozenset[str]]:
    """Result and error codes of a reply; empty where it is none."""
    try:
        root = xml.parse_message(reply)
    except xml.XmlRefused:
        return "", frozenset()
    texts = [(namespaces.split(one)[1], (one.text or "").strip()) for one in root.iter()]
    result = next((text for name, text in texts if name == "Result"), "")
    return result, frozenset(text for name, text in texts if name == "code")


def _words(reply: bytes) -> str:
    """Result, codes and reasons of a reply, for a person."""
    try:
        root = xml.parse_message(reply)
    except xml.XmlRefused:
        return ""
    said = {"Result", "code", "reason", "details"}
    return " ".join(
        text for one in root.iter() if namespaces.split(one)[1] in said and (text := (one.text or "").strip())
    )[:500]
