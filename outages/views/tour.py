"""The guided tour: a card beside the work, never over it, whose steps are done when they have really happened."""

from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from adms.core import browser, permissions
from adms.core.models import Tour
from adms.core.services import tours
from outages.selectors import tours as reading

#: Tells the frame of the pages that the card is wanted, without a query on each page of those who do not want it.
COOKIE = "tieline_tour"
KEPT_S = 30 * 86_400


@browser.page("GET", "POST", may="see_network")
def tour(request: browser.Request) -> HttpResponse:
    """The card; by POST it is opened (`do` is begin or again) or put away (close)."""
    if request.method == "POST":
        return _do(request, request.POST.get("do", ""))
    path = urlsplit(request.htmx.current_url or "").path
    if path == reverse("outages:reliability"):
        tours.note_index_read(user_id=request.user.pk, at=request.at)
    row = Tour.objects.filter(user_id=request.user.pk, closed_at=None).first()
    if row is None:
        return HttpResponse("")
    steps = reading.steps(since=row.started_at, index_read_at=row.index_read_at)
    now = next((number for number, one in enumerate(steps) if not one.is_done), None)
    done = sum(one.is_done for one in steps)
    context = {
        "steps": steps,
        "now": now,
        "done": done,
        "others": _others(request, steps[now]) if now is not None else "",
    }
    return render(request, "tour/_card.html", context)


def _others(request: browser.Request, step: reading.Step) -> str:
    """Whose step it is where one's own roles do not cover it anywhere; "" where they do."""
    if request.actor.may(step.action):
        return ""
    roles = sorted(permissions.ACTIONS[step.action] - {permissions.INTEGRATION})
    return ", ".join(str(permissions.ROLES[role]) for role in roles)


def _do(request: browser.Request, verb: str) -> HttpResponse:
    if verb == "close":
        tours.close(user_id=request.user.pk, at=request.at)
    else:
        tours.begin(user_id=request.user.pk, anew=verb == "again", at=request.at)
    back = urlsplit(request.META.get("HTTP_REFERER", "")).path or "/"
    response = redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "/")
    if verb == "close":
        response.delete_cookie(COOKIE, samesite="Lax")
    else:
        response.set_cookie(COOKIE, "on", max_age=KEPT_S, samesite="Lax", httponly=True, secure=request.is_secure())
    return response
