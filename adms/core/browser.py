"""What every page of the browser has in common: who asks, when, and how a refusal is told.

    @browser.page("GET", may="see_network")
    def outage_list(request: browser.Request) -> HttpResponse: ...

A refusal is never a stack trace: a person who follows a link gets a page, a panel that fetches itself a note with "try again", an
action a toast. Each carries the number of the request, under which the log knows it.
"""

import contextlib
import datetime as dt
import functools
import gzip
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.html import strip_tags
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from adms.core import clock, parts
from adms.core.actors import Actor
from adms.core.errors import Refused
from adms.core.models import User
from adms.core.services import audit, authority

PAGE_SIZE = 200
CLOSE_DIALOG = "tieline:close-dialog"
DIALOG = "dialog"
FOREVER = 365 * 24 * 3600
#: Refusals that a dialog shows in itself; others close it with a toast.
SHOWN_IN_PLACE = frozenset({409, 422})
#: What marks the content of a dialog.
_HEAD = b'class="dialog-head"'
_TEMPLATES = {403: "403.html", 404: "404.html"}
View = Callable[..., HttpResponse]


class Request(HttpRequest):
    """A request of somebody signed in; `page` makes it one."""

    user: User
    actor: Actor
    at: dt.datetime
    request_id: str
    htmx: Any


class Part(HttpResponse):
    """An answer that others with the same rights get as well."""

    key: parts.Key


def page(*methods: str, may: str | tuple[str, ...] = ()) -> Callable[[View], View]:
    """Decorator of a page or fragment: only these methods, only somebody signed in who may do one of `may`, refusals told."""
    wanted = (may,) if isinstance(may, str) else may
    allowed = (*methods, "HEAD") if "GET" in methods else methods

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def answer(asked: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            request = cast("Request", asked)
            if request.method not in allowed:
                return _not_allowed(request, allowed)
            if not asked.user.is_authenticated:
                return sign_in(request)
            try:
                _identify(request, wanted)
                response = _with_page_around(request, view(request, *args, **kwargs))
            except Refused as refused:
                _audit(request, refused)
                response = refusal(request, refused)
            patch_cache_control(response, private=True, no_store=True)
            patch_vary_headers(response, ["HX-Request"])
            return response

        answer.methods = allowed  # type: ignore[attr-defined]  # read by `_page_above`
        return answer

    return decorate


def data(*, may: str, is_kept: bool = False) -> Callable[[View], View]:
    """Decorator of what a page fetches for its own use, by GET. `is_kept` says that the browser may keep it for ever.

    A refusal is its status and its words, and is never kept.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def answer(asked: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            request = cast("Request", asked)
            if request.method not in {"GET", "HEAD"}:
                return HttpResponseNotAllowed(["GET", "HEAD"])
            if not asked.user.is_authenticated:
                return redirect(_login(request.get_full_path()))
            try:
                _identify(request, (may,))
                response = view(request, *args, **kwargs)
                kept = {"immutable": True, "max_age": FOREVER} if is_kept else {"no_store": True}
            except Refused as refused:
                _audit(request, refused)
                response = HttpResponse(
                    refused.message, status=refused.status, content_type="text/plain; charset=utf-8"
                )
                kept = {"no_store": True}
            patch_cache_control(response, private=True, **kept)
            return response

        return answer

    return decorate


def _not_allowed(request: Request, allowed: Sequence[str]) -> HttpResponse:
    """405; with words for a person who came by the bare address of what a form is sent to (reload, new tab)."""
    if request.method != "GET" or request.htmx or not request.user.is_authenticated:
        return HttpResponseNotAllowed(allowed)
    context = {"reason": gettext("this address only takes what a form sends"), "request_id": request.request_id}
    response = render(request, "refused.html", context, status=405)
    response["Allow"] = ", ".join(allowed)
    return response


def _with_page_around(request: Request, response: HttpResponse) -> HttpResponse:
    """What is meant for the dialog of a page, in a page of its own where it was asked for by its bare address (reload, new tab)."""
    if request.htmx or response.streaming or b"<!DOCTYPE" in response.content[:2000] or _HEAD not in response.content:
        return response
    inside = response.content.decode()
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", inside, re.DOTALL)
    context = {
        "inside": mark_safe(inside),  # noqa: S308 - rendered by a template just now
        "heading": strip_tags(heading[1]).strip() if heading else "",
        "above": _page_above(request.path),
    }
    return render(request, "dialog_alone.html", context, status=response.status_code)


def _page_above(path: str) -> str:
    """The nearest address above `path` that answers to GET; the first page where there is none."""
    while path := path.rstrip("/").rpartition("/")[0]:
        with contextlib.suppress(Resolver404):
            if "GET" in getattr(resolve(f"{path}/").func, "methods", ()):
                return f"{path}/"
    return "/"


def _identify(request: Request, wanted: Sequence[str]) -> None:
    """The actor of this request, made once, and the one reading of the clock."""
    request.at = clock.now()
    request.actor = actor_of(request)
    if wanted and not any(request.actor.may(action) for action in wanted):
        authority.require(actor=request.actor, action=wanted[0])


def actor_of(request: HttpRequest) -> Actor:
    """Who asks, with the rights of this moment, from which session and console."""
    return authority.actor_for(
        cast("User", request.user),
        way="browser",
        request_id=getattr(request, "request_id", ""),
        session=request.session.session_key or "",
        console=request.META.get("REMOTE_ADDR", "")[:60],
    )


def _audit(request: Request, refused: Refused) -> None:
    """Who asked for what they may not do is on the audit trail, not only who did it."""
    if isinstance(refused, authority.NotAuthorised):
        audit.record(
            actor=request.actor,
            action=str(refused.data.get("action", "")),
            object_=request.path[:200],
            area=str(refused.data.get("area") or ""),
            result="refused",
            reason=refused.message,
            at=request.at,
        )


def sign_in(request: Request) -> HttpResponse:
    """To the login page, and back to where they were; a fragment takes the whole page there."""
    if not request.htmx:
        return redirect(_login(request.get_full_path()))
    response = HttpResponse(status=204)
    response["HX-Redirect"] = _login(request.htmx.current_url_abs_path or "/")
    return response


def _login(back: str) -> str:
    return f"{resolve_url('login')}?{urlencode({'next': back})}"


def refusal(request: Request, refused: Refused) -> HttpResponse:
    """A refusal in the form its asker can see: page, note in the panel, or toast."""
    told = words(request, refused)
    if not request.htmx:
        context = {"reason": refused.message, "request_id": request.request_id}
        return render(request, _TEMPLATES.get(refused.status, "refused.html"), context, status=refused.status)
    response = HttpResponse(status=refused.status)
    if request.method == "GET" and request.htmx.target != DIALOG:
        response["X-Error"] = refused.message.encode("ascii", "replace").decode()
        return response
    response["HX-Reswap"] = "none"
    return trigger(response, toast={"text": told, "tone": "error"})


def words(request: Request, refused: Refused) -> str:
    """What a refusal says, with the number of the request."""
    text = refused.message[:1].upper() + refused.message[1:]
    return f"{text.rstrip('.')}. Nothing was changed. Request {request.request_id}."


def done(request: Request, text: str, *, undo: str = "", back: str = "/") -> HttpResponse:
    """What was asked for is done: a toast that says so and closes the dialog, or, without htmx, the page at `back`."""
    if not request.htmx:
        return redirect(back)
    return trigger(HttpResponse(status=204), toast={"text": text, "undo": undo}, **{CLOSE_DIALOG: {}})


def trigger(response: HttpResponse, **events: Any) -> HttpResponse:
    """Let the page hear of these events (HX-Trigger)."""
    response["HX-Trigger"] = json.dumps(events)
    return response


def either(
    request: Request, full: str, fragment: str, context: dict[str, Any], *, has_chips: bool = False
) -> HttpResponse:
    """The page for a browser, its live part for htmx; with the chips of its list, whose counts change with its rows."""
    if not request.htmx:
        return render(request, full, context)
    response = render(request, fragment, context)
    if has_chips:
        chips = render_to_string("components/_chips.html", context | {"is_renewed": True}, request)
        response.content += chips.encode()
    return response


def gzipped(request: HttpRequest, packed: bytes) -> HttpResponse:
    """Bytes that are kept gzipped, as they are for whoever takes them so."""
    takes = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(packed if takes else gzip.decompress(packed), content_type="application/octet-stream")
    if takes:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def together(request: Request, name: str, make: Callable[[], HttpResponse], *given: str) -> HttpResponse:
    """A fragment that is the same for all with the same rights, made once for all who ask between two changes (`parts`).

    Who asks gets one whose making began after the latest change that was announced (`sharing`), or after he asked: never what is
    older than what he was told of. `given` is what it depends on beside the rights; all of it must come from the address.
    """
    key = parts.Key(name, request.actor.grants, given)
    response = Part(parts.once(key, lambda: make().content))
    response.key = key
    return response


def within(request: Request, name: str, make: Callable[[], HttpResponse], *given: str) -> str:
    """The same fragment for a whole page to stand in."""
    return mark_safe(together(request, name, make, *given).content.decode())  # noqa: S308 - rendered by a template


def paged(request: HttpRequest, rows: "QuerySet[Any] | Sequence[Any]", size: int = PAGE_SIZE) -> Page[Any]:
    """The page of a list that `?page=` names; the nearest one where there is none of that number."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
