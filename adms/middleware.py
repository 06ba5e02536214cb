"""What stands around every request: body weight, content security policy, static files."""

import asyncio
import contextlib
import json
import logging
import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, parse_cookie
from django.http.response import HttpResponseBase
from django.template import loader
from django.urls import reverse
from whitenoise.middleware import WhiteNoiseMiddleware

from adms import faults
from adms.core import clock, parts, sharing
from adms.core.api import errors
from adms.core.browser import Part

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]  # ASGI types differ from library to library
View = Callable[[HttpRequest], HttpResponseBase]

SWAGGER = "/api/docs/"
NUMBER = "X-Request-ID"
#: Headers that each answer has of its own.
OWN = frozenset({NUMBER, "Content-Length"})
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
CIM = "/cim/"
API = "/api/"
#: How much of a body that is refused is still let by, in bytes, and for how long, in seconds.
LET_BY = 400 * 1024**2
LET_BY_S = 30
SESSION_STEP_S = 60
#: The first wait may be for what was begun before the change one was told of, the second is for what was begun after it.
MOST_WAITS = 3


class TooLarge(Exception):
    """The body outgrew its limit while it was read; `has_more` where its sender still sends."""

    def __init__(self, *, has_more: bool) -> None:
        super().__init__()
        self.has_more = has_more


class BodyLimit:
    """Counts the bytes of a body before anything of it is kept, and answers 413 when they are too many.

    It stands before Django, which would write 300 MB to disk before a view could refuse them.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on but the body that weighs too much."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = body_limit(scope["path"])
        if announced_length(scope) > limit:
            await refuse(scope, limit, send, receive)
            return
        try:
            await self.app(scope, counted(receive, limit), send)
        except TooLarge as error:
            await refuse(scope, limit, send, receive if error.has_more else None)


def body_limit(path: str) -> int:
    """The limit in bytes of the longest prefix that fits the path."""
    fitting = [prefix for prefix in settings.BODY_LIMITS if path.startswith(prefix)]
    limit: int = settings.BODY_LIMITS[max(fitting, key=len)]
    return limit


def announced_length(scope: Scope) -> int:
    """What Content-Length says; 0 where it is missing or no number (the server counts and refuses those itself)."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def counted(receive: Receive, limit: int) -> Receive:
    """The same messages, until their bodies together outgrow the limit."""
    size = 0

    async def receive_counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise TooLarge(has_more=message.get("more_body", False))
        return message

    return receive_counted


async def refuse(scope: Scope, limit: int, send: Send, receive: Receive | None) -> None:
    """Answer 413 in the words of the way in; `receive` where more is to come.

    A browser reads the answer only after it has sent everything, and would say "connection reset" if it were cut off.
    So what it still sends is let by and thrown away, up to `LET_BY` and for `LET_BY_S`.
    """
    path, number = scope["path"], number_of(header(scope, NUMBER.lower().encode()))
    logger.warning("refused a body of more than %d bytes for %s, request %s", limit, path, number)
    kind, body = too_large(path, limit, number)
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (NUMBER.lower().encode(), number.encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    if receive is not None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LET_BY_S):
                await let_by(receive)
    await send({"type": "http.response.body", "body": b""})


def too_large(path: str, limit: int, number: str) -> tuple[bytes, bytes]:
    """The kind and the bytes of the answer: a FaultMessage, JSON, or a page for people."""
    if path.startswith(CIM):
        return b"application/xml", faults.cim_fault(413, f"Request is larger than {limit} bytes").encode()
    if path.startswith(API):
        told = errors.body("too_large", f"at most {limit} bytes", {"limit": limit}, number)
        return b"application/json", json.dumps(told).encode()
    page = loader.get_template("413.html").render({"megabytes": limit // 1024**2, "request_id": number})
    return b"text/html; charset=utf-8", page.encode()


async def let_by(receive: Receive) -> None:
    """Read on to the end of a body or to `LET_BY`, and keep nothing."""
    size = 0
    while size < LET_BY:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body", False):
            return


class HandOut:
    """Answers with a part that is kept, where session, rights and freshness hold (`parts`); everything else is Django's.

    Of two hundred browsers that are told of a change, one asks Django; the others wait for what he is given, without a thread.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self._asked: dict[parts.Key, asyncio.Future[None]] = {}  # what Django is asked for just now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand it out, or pass on."""
        since, waits = sharing.fresh_since(), 0
        while way := way_of(scope):
            if body := parts.made(way.key, since):
                await hand(way.headers, body, scope, send)
                return
            coming = self._asked.get(way.key)
            if coming is None or waits == MOST_WAITS:
                await self._ask(way.key, scope, receive, send)
                return
            waits += 1
            await asyncio.wait([coming])
        await self.app(scope, receive, send)

    async def _ask(self, key: parts.Key, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask Django, and wake who waits for what it makes."""
        mine = asyncio.get_running_loop().create_future()
        is_first = self._asked.setdefault(key, mine) is mine
        try:
            await self.app(scope, receive, send)
        finally:
            if is_first:
                del self._asked[key]
                mine.set_result(None)


async def hand(headers: parts.Headers, body: bytes, scope: Scope, send: Send) -> None:
    """A part as it was answered before, with a number and a length of its own."""
    number = header(scope, NUMBER.lower().encode())
    own = [(NUMBER.lower().encode(), number_of(number).encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": [*headers, *own]})
    await send({"type": "http.response.body", "body": body})


def way_of(scope: Scope) -> parts.Way | None:
    """Which part is asked for; None where it is none that others get as well."""
    if scope["type"] != "http" or scope["method"] != "GET" or not header(scope, b"hx-request"):
        return None
    session = parse_cookie(header(scope, b"cookie")).get(settings.SESSION_COOKIE_NAME, "")
    return parts.way(session, scope["path"], scope["query_string"].decode("latin-1")) if session else None


def header(scope: Scope, wanted: bytes) -> str:
    """A header of a request; empty where it has none."""
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), "")


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise has no types
    """Static files by WhiteNoise, as whole bodies: under ASGI a file iterator would be read by a thread chunk by chunk."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        """The file, or 304 or a range of it, as the headers ask."""
        found = static_file.get_response(request.method, request.META)
        body = b""
        if found.file is not None:
            with found.file:
                body = found.file.read()
        response = HttpResponse(body, status=int(found.status))
        del response["Content-Type"]
        for name, value in found.headers:
            response[name] = value
        return response


def content_security_policy(get_response: View) -> View:
    """Say in a header what a page may load: our own files, no inline script."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        policy = dict(settings.CONTENT_SECURITY_POLICY)
        if request.path.startswith(SWAGGER):
            policy["style-src"] += " 'unsafe-inline'"  # Swagger UI writes style elements
        response.headers.setdefault(
            "Content-Security-Policy", "; ".join(f"{key} {value}" for key, value in policy.items())
        )
        return response

    return middleware


def request_id(get_response: View) -> View:
    """Number every request, by its sender's own X-Request-ID where that is fit to be logged; the answer carries it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        number = number_of(request.headers.get(NUMBER, ""))
        request.request_id = number  # type: ignore[attr-defined]  # ours, read by name
        response = get_response(request)
        response.headers[NUMBER] = number
        return response

    return middleware


def number_of(given: str) -> str:
    """The number of a request: its sender's own where that is fit to be logged."""
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def handed(get_response: View) -> View:
    """Remember of a part that others are shown too by which way it was reached, so that `HandOut` can give it out the next time."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        if isinstance(response, Part) and session and request.method == "GET" and "HX-Request" in request.headers:
            headers = [(name, value) for name, value in response.items() if name not in OWN]
            parts.reached(request.path, request.META.get("QUERY_STRING", ""), response.key, headers)
        return response

    return middleware


def no_nul(get_response: View) -> View:
    """Refuse NUL in an address: no name has one, and PostgreSQL would answer it with a fault."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return faults.answer(request, 400, "bad_request", "NUL is not a character of any name here")
        return get_response(request)

    return middleware


def unshare(get_response: View) -> View:
    """Whoever may have changed something is shown nothing that was made before."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        try:
            return get_response(request)
        finally:
            if request.method not in {"GET", "HEAD", "OPTIONS"}:
                sharing.changed()

    return middleware


def own_password_first(get_response: View) -> View:
    """Nothing opens before a password somebody else made is changed, or a second factor the role needs is set up."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return get_response(request)
        if request.user.is_password_first:
            first = reverse("own_password")
        elif request.session.get("second_factor_wanted"):
            first = reverse("own_second_factor")
        else:
            response = get_response(request)
            if request.user.is_authenticated:  # and has not signed out by it
                parts.let_in(request.COOKIES[settings.SESSION_COOKIE_NAME])
            return response
        if request.path in {first, reverse("logout"), reverse("theme")}:
            return get_response(request)
        if request.path.startswith("/api/"):
            return faults.answer(request, 403, "own_password_first", f"This account has to visit {first} first")
        # Parts of the frame stay empty: sent on, they would load the very page they stand on without end.
        return HttpResponse(status=204) if request.headers.get("HX-Request") else HttpResponseRedirect(first)

    return middleware


def sliding_session(get_response: View) -> View:
    """A session lasts from its latest use, to within a minute: written at every request, it would be a commit for each."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        now = int(clock.now().timestamp())
        has_one = settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated
        if has_one and now - request.session.get("used_at", 0) >= SESSION_STEP_S:
            request.session["used_at"] = now
        return response

    return middleware
