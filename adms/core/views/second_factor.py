"""Signing in by a second factor, and a person's own page about it.

Between password and code nobody is signed in: the session remembers for five minutes whose password was right.
"""

import datetime as dt
from typing import Any

from django.contrib.auth import login as sign_in
from django.contrib.auth import views as auth
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from adms.core import browser, clock, qr, totp
from adms.core.errors import Refused
from adms.core.models import User
from adms.core.services import authority, second_factor

PENDING = "password_was_right"
PENDING_FOR = dt.timedelta(minutes=5)
#: Set in sessions of people who have to set up a second factor before anything else.
WANTED = "second_factor_wanted"


class LoginView(auth.LoginView):
    """Name and password; who has a second factor is asked for its code then, and signed in only after it."""

    template_name = "login.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """The password is right."""
        user = form.get_user()
        if second_factor.of(user) is None:
            response = super().form_valid(form)
            self.request.session[WANTED] = second_factor.is_wanted(user)
            return response
        self.request.session.cycle_key()
        self.request.session[PENDING] = {
            "user": user.pk,
            "backend": user.backend,
            "at": clock.now().timestamp(),
            "next": self.get_success_url(),
        }
        return redirect("login_code")


@never_cache
@sensitive_post_parameters("code")
def code(request: HttpRequest) -> HttpResponse:
    """The code after the password."""
    pending: dict[str, Any] = request.session.get(PENDING) or {}
    at = clock.now()
    user = User.objects.filter(pk=pending.get("user", 0), is_active=True).first()
    if user is None or at.timestamp() - pending["at"] > PENDING_FOR.total_seconds():
        request.session.pop(PENDING, None)
        return redirect("login")
    if request.method != "POST":
        return render(request, "accounts/login_code.html", {})
    actor = authority.actor_for(user, way="browser", console=request.META.get("REMOTE_ADDR", "")[:60])
    try:
        second_factor.check(actor=actor, user=user, typed=request.POST.get("code", ""), at=at)
    except Refused as refused:
        return render(request, "accounts/login_code.html", {"error": refused.message}, status=refused.status)
    back = pending["next"]
    sign_in(request, user, backend=pending["backend"])
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    request.session.pop(PENDING, None)
    return redirect(back if is_ours else "/")


@sensitive_post_parameters("code")
@browser.page("GET", "POST")
def own(request: browser.Request) -> HttpResponse:
    """A person's own second factor: set up with an app, or removed by a code of it."""
    told: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            told = _change(request)
        except Refused as refused:
            told, status = {"error": browser.words(request, refused)}, refused.status
    found = second_factor.of(request.user)
    if found is None:
        secret = second_factor.begin(user=request.user)
        uri = totp.uri(secret, request.user.username)
        told |= {"secret": totp.spelled(secret), "uri": uri, "qr": qr.drawn(uri)}
    context = told | {"factor": found, "is_wanted": bool(request.session.get(WANTED))}
    return render(request, "accounts/second_factor.html", context, status=status)


def _change(request: browser.Request) -> dict[str, Any]:
    actor, user, typed = request.actor, request.user, request.POST.get("code", "")
    if "remove" in request.POST:
        second_factor.remove(actor=actor, user=user, typed=typed, at=request.at)
        request.session[WANTED] = second_factor.is_wanted(request.user)
        return {"done": _("It is removed: your password alone signs you in.")}
    codes = second_factor.confirm(actor=actor, user=user, typed=typed, at=request.at)
    request.session[WANTED] = False
    return {"codes": codes}
