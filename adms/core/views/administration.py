"""Pages of the administrator: accounts, roles, areas and settings. Nobody needs anything else to run a utility's console."""

import json
from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from adms.core import audit_words, browser, permissions, runtime_settings, spreadsheets
from adms.core.errors import Invalid, NotFound
from adms.core.models import ControlArea, Setting
from adms.core.selectors import people as reading
from adms.core.services import people, second_factor, settings_changes
from adms.core.services.people import Details
from adms.core.views import audit_trail

READS = ("manage_accounts", "read_audit")
DIALOG = "control/_dialog.html"


COLUMNS: dict[str, spreadsheets.Column] = {
    "account": "username", "first_name": "first_name", "last_name": "last_name", "email": "email", "person": "person",
    "is_active": "is_active", "last_login": "last_login",
    "roles": lambda user: ", ".join(f"{one.role} {one.area.key if one.area else '*'}" for one in user.grants.all()),
}  # fmt: skip

SETTINGS: dict[str, spreadsheets.Column] = {
    "setting": "declared.key", "value": lambda row: json.dumps(row["value"]),
    "default": lambda row: json.dumps(row["declared"].default), "unit": "declared.unit", "help": "declared.help",
    "changed": lambda row: "; ".join(f"{one.area.key if one.area else '*'} {json.dumps(one.value)}" for one in row["changed"]),
}  # fmt: skip


@browser.page("GET", may=READS)
def account_list(request: browser.Request) -> HttpResponse:
    """Who has an account, and what it may do where."""
    text, show = request.GET.get("q", "").replace("\0", "")[:80], request.GET.get("show", "active")
    found = reading.accounts(text=text, is_active=show != "inactive")
    if spreadsheets.is_wanted(request):
        return spreadsheets.answer("accounts", COLUMNS, found, request.at)
    context = {
        "page": browser.paged(request, found, size=100),
        "query": text,
        "show": show,
        "filters": [
            {"key": "active", "label": _("Active"), "is_current": show != "inactive"},
            {"key": "inactive", "label": _("Deactivated"), "is_current": show == "inactive"},
        ],
        "may": request.actor.may(people.ACTION),
        "may_audit": request.actor.may("read_audit"),
    }
    return browser.either(request, "accounts/list.html", "accounts/_rows.html", context)


@browser.page("GET", "POST", may=people.ACTION)
def account_new(request: browser.Request) -> HttpResponse:
    """Make an account; its first password is shown this once."""
    if request.method != "POST":
        return render(request, "accounts/new.html", {"values": {}})
    try:
        user, password = people.create(
            actor=request.actor, username=request.POST.get("username", ""), details=_details(request), at=request.at
        )
    except Invalid as refused:
        context = {"values": request.POST.dict(), "error": browser.words(request, refused)}
        return render(request, "accounts/new.html", context, status=422)
    return _page(request, user.username, password)


def _details(request: browser.Request) -> Details:
    names = ("first_name", "last_name", "email", "person")
    return Details(**{name: request.POST.get(name, "")[:150] for name in names})


@browser.page("GET", "POST", may=READS)
def account(request: browser.Request, username: str) -> HttpResponse:
    """One account: who uses it, its roles, its sessions, and what was done about it."""
    if request.method == "POST":
        people.describe(actor=request.actor, username=username, details=_details(request), at=request.at)
        return browser.done(request, _("Changed"), back=reverse("account", args=[username]))
    return _page(request, username)


def _page(request: browser.Request, username: str, password: str = "") -> HttpResponse:
    found = reading.account(username)
    context = {
        "account": found,
        "password": password,
        "grants": reading.grants(found),
        "sessions": reading.session_count(found, request.at),
        "has_factor": second_factor.of(found) is not None,
        "trail": [audit_trail.told(row) for row in reading.trail(username)],
        "roles": list(permissions.ROLES.items()),
        "areas": list(ControlArea.objects.order_by("name")),
        "may": request.actor.may(people.ACTION) and found.pk != request.actor.user_id,
        "is_own": found.pk == request.actor.user_id,
    }
    return render(request, "accounts/page.html", context)


@browser.page("POST", may=people.ACTION)
def account_grant(request: browser.Request, username: str) -> HttpResponse:
    """Give a role."""
    role, area = request.POST.get("role", ""), request.POST.get("area", "")
    people.grant(actor=request.actor, username=username, role=role, area=area, at=request.at)
    return _back(request, username)


@browser.page("POST", may=people.ACTION)
def account_revoke(request: browser.Request, username: str, grant: int) -> HttpResponse:
    """Take a role away."""
    people.revoke(actor=request.actor, username=username, grant_id=grant, at=request.at)
    return _back(request, username)


def _back(request: browser.Request, username: str) -> HttpResponse:
    """The page of the account anew."""
    address = reverse("account", args=[username])
    if not request.htmx:
        return redirect(address)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = address
    return response


@browser.page("GET", "POST", may=people.ACTION)
def account_do(request: browser.Request, username: str, verb: str) -> HttpResponse:
    """Deactivate, activate, renew the password, end sessions: the question first."""
    words = _verbs()
    if verb not in words:
        raise NotFound(_("nothing of this name is done to an account"), verb=verb)
    label, text, asks_why = words[verb]
    if request.method != "POST":
        context = {
            "title": f"{label}: {username}",
            "text": text,
            "verb": label,
            "url": request.path,
            "reason_label": _("Why") if asks_why else "",
            "is_reason_needed": asks_why,
        }
        return render(request, DIALOG, context)
    if verb == "password":
        password = people.renew_password(actor=request.actor, username=username, at=request.at)
        return render(request, "accounts/_password.html", {"username": username, "password": password})
    if verb == "deactivate":
        reason = request.POST.get("reason", "")
        people.deactivate(actor=request.actor, username=username, reason=reason, at=request.at)
    elif verb == "activate":
        people.activate(actor=request.actor, username=username, at=request.at)
    elif verb == "second-factor":
        people.remove_second_factor(actor=request.actor, username=username, at=request.at)
    else:
        people.end_sessions(actor=request.actor, username=username, at=request.at)
    return _back(request, username)


def _verbs() -> dict[str, tuple[str, str, bool]]:
    return {
        "deactivate": (
            _("Deactivate"),
            _(
                "Nobody signs in by it any more; its sessions end and the areas it holds become free. What it did stays on record."
            ),
            True,
        ),
        "activate": (_("Activate"), _("It signs in again, with the roles it had."), False),
        "password": (
            _("New password"),
            _("A new one is made and shown once; its sessions end, and a lock after wrong passwords is lifted."),
            False,
        ),
        "second-factor": (
            _("Remove second factor"),
            _("For a lost phone: the password alone signs in again. Its sessions end."),
            False,
        ),
        "sessions": (_("End sessions"), _("It is signed out everywhere, at once."), False),
    }


def _has(role: str) -> spreadsheets.Column:
    return lambda one: role in one[1]


@browser.page("GET", may=READS)
def role_list(request: browser.Request) -> HttpResponse:
    """Which role may do what: the very table that decides."""
    roles = list(permissions.ROLES.items())
    if spreadsheets.is_wanted(request):
        allowed = sorted(permissions.ACTIONS.items())
        columns: dict[str, spreadsheets.Column] = {
            "action": lambda one: one[0],
            "is_of_area": lambda one: one[0] in permissions.AREA_BOUND,
            **{key: _has(key) for key, _label in roles},
        }
        return spreadsheets.answer("roles", columns, allowed, request.at)
    rows = [
        {
            "action": audit_words.action(action),
            "is_of_area": action in permissions.AREA_BOUND,
            "cells": [key in allowed for key, _label in roles],
            "who": [label for key, label in roles if key in allowed],
        }
        for action, allowed in sorted(permissions.ACTIONS.items())
    ]
    return render(request, "accounts/roles.html", {"roles": roles, "rows": rows, "counts": reading.role_counts()})


@browser.page("GET", may=("change_settings", "read_audit"))
def setting_list(request: browser.Request) -> HttpResponse:
    """Every setting: what it is worth now, what it is without anybody's change, and what it does."""
    text = request.GET.get("q", "").casefold()[:80]
    changed: dict[str, list[Setting]] = {}
    for row in Setting.objects.select_related("area").order_by("key", "area__key"):
        changed.setdefault(row.key, []).append(row)
    rows = [
        {"declared": one, "value": runtime_settings.get(one.key), "changed": changed.get(one.key, [])}
        for one in runtime_settings.declared()
        if text in f"{one.key} {_(one.help)}".casefold()
    ]
    if spreadsheets.is_wanted(request):
        return spreadsheets.answer("settings", SETTINGS, rows, request.at)
    context = {"rows": rows, "query": request.GET.get("q", "")[:80], "may": request.actor.may(settings_changes.ACTION)}
    return browser.either(request, "accounts/settings.html", "accounts/_settings.html", context)


@browser.page("GET", "POST", may=settings_changes.ACTION)
def setting(request: browser.Request, key: str) -> HttpResponse:
    """Change one, in general or for an area."""
    declared = next((one for one in runtime_settings.declared() if one.key == key), None)
    if declared is None:
        raise NotFound(_("no setting %(key)s") % {"key": key}, setting=key)
    if request.method == "POST":
        settings_changes.change(
            actor=request.actor,
            key=key,
            area=request.POST.get("area", ""),
            value=_value(request.POST.get("value", ""), declared.default) if "back" not in request.POST else None,
            reason=request.POST.get("reason", ""),
            at=request.at,
        )
        return browser.done(request, _("Changed"), back=reverse("setting_list"))
    context = {
        "declared": declared,
        "value": json.dumps(runtime_settings.get(key)),
        "is_yes": runtime_settings.get(key) is True,
        "is_bool": isinstance(declared.default, bool),
        "areas": list(ControlArea.objects.order_by("name")),
        "url": request.path,
    }
    return render(request, "accounts/_setting.html", context)


def _value(typed: str, default: Any) -> Any:
    """What was typed, as a value of the setting's kind."""
    if isinstance(default, str):
        return typed
    try:
        return json.loads(typed)
    except ValueError:
        raise Invalid(_("“%(typed)s” is no value of this setting") % {"typed": typed[:40]}, field="value") from None


@sensitive_post_parameters("old", "new")
@browser.page("GET", "POST")
def own_password(request: browser.Request) -> HttpResponse:
    """A person's own new password."""
    if request.method != "POST":
        return render(request, "accounts/own_password.html", {})
    if request.POST.get("new") != request.POST.get("again"):
        context = {"error": _("The new password was typed in two ways. Nothing was changed.")}
        return render(request, "accounts/own_password.html", context, status=422)
    try:
        user = people.change_own_password(
            actor=request.actor, old=request.POST.get("old", ""), new=request.POST.get("new", ""), at=request.at
        )
    except Invalid as refused:
        return render(request, "accounts/own_password.html", {"error": browser.words(request, refused)}, status=422)
    update_session_auth_hash(request, user)
    return render(request, "accounts/own_password.html", {"is_done": True})
