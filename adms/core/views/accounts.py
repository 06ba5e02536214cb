"""Signing in and out, and what a person chooses for themselves.

django-axes locks one name at one address after some failures; besides, an address that fails under many names has to wait.
"""

import datetime as dt
from typing import Any

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.contrib.auth import views as auth
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from adms.core import browser, clock, demo
from adms.core.models import User
from adms.core.selectors import logins
from adms.core.services import accounts
from adms.core.views.second_factor import LoginView

WINDOW = dt.timedelta(minutes=15)
FAILURES_PER_ADDRESS = 30
LOCKED = (
    "Too many attempts under this name: it is locked for {minutes} minutes. Somebody with another name can sign in."
)
THROTTLED = "Too many attempts from this place. Wait {minutes} minutes."


@never_cache
@sensitive_post_parameters("password")
def login(request: HttpRequest) -> HttpResponseBase:
    """The login page; a wrong password and an unknown name are told alike."""
    if request.method == "POST" and _is_throttled(request):
        return _locked(request, THROTTLED.format(minutes=_minutes(WINDOW)))
    return LoginView.as_view(extra_context=_demo())(request)


def logout(request: HttpRequest) -> HttpResponseBase:
    """End the session."""
    return auth.LogoutView.as_view()(request)


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: Any = None) -> HttpResponse:  # noqa: ARG001
    """What django-axes answers once a name is locked."""
    return _locked(request, LOCKED.format(minutes=round(settings.AXES_COOLOFF_TIME * 60)))


@browser.page("POST")
def theme(request: browser.Request) -> HttpResponse:
    """Night, day or as the system wishes; kept for the next browser."""
    accounts.choose_theme(user=request.user, theme=request.POST.get("theme", ""))
    return HttpResponse(status=204)


def _is_throttled(request: HttpRequest) -> bool:
    address = get_client_ip_address(request)
    return logins.failures_from(address, since=clock.now() - WINDOW) >= FAILURES_PER_ADDRESS


def _locked(request: HttpRequest, words: str) -> HttpResponse:
    context = {"locked": words, "next": request.POST.get("next", ""), **_demo()}
    return render(request, "login.html", context, status=429)


def _demo() -> dict[str, Any]:
    """The demonstration's logins, where it was loaded."""
    names = {name for name, *_ in demo.DEMO_USERS}
    is_demo = not settings.PRODUCTION and User.objects.filter(username__in=names).exists()
    listed = [{"name": name, "role": role} for name, _, role in demo.demo_logins()] if is_demo else []
    return {"is_demo": is_demo, "demo_logins": listed}


def _minutes(length: dt.timedelta) -> int:
    return round(length.total_seconds() / 60)
