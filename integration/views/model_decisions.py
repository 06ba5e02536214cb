"""What a person decides about a version: accept its warnings, publish it, go back to it, discard it. Publishing takes two steps.

Step 1 shows what will happen. Step 2 is signed by the server for this person, this version and what it was compared with, lapses after
LEASE_S, and is armed by typing the number of the version and a reason.
"""

from collections.abc import Callable
from typing import Any

from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser
from adms.core.services import authority
from integration.models import Job
from integration.selectors import gate
from integration.services import dossiers, jobs
from integration.views import model_shown as shown
from network.selectors import versions
from network.services import versions as releases

MAY = ("publish_model",)
LEASE_S = 120
SALT = "integration.model_decisions"
CONFIRM = "components/_confirm.html"


@browser.page("GET", "POST", may=MAY)
def accept(request: browser.Request, model: str, number: int) -> HttpResponse:
    """Take the warnings upon oneself, with a reason."""
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        releases.accept_warnings(actor=request.actor, model=model, number=number, reason=reason, at=request.at)
        return _back_to(request, model, number)
    warnings = gate.totals(gate.classes(versions.version(model, number)))["warning"]
    context = {
        "title": _("Accept %(count)s warnings of version %(number)s") % {"count": warnings, "number": number},
        "text": _("Your name and the reason go on the audit trail. Errors cannot be accepted."),
        "verb": _("Accept warnings"),
        "url": reverse("integration:model_accept", args=[model, number]),
        "reason_label": _("Why they are acceptable"),
    }
    return render(request, CONFIRM, context)


@browser.page("GET", "POST", may=MAY)
def discard(request: browser.Request, model: str, number: int) -> HttpResponse:
    """Throw a staged version away."""
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        releases.discard(actor=request.actor, model=model, number=number, reason=reason, at=request.at)
        return _back_to(request, model, number)
    context = {
        "title": _("Discard version %(number)s") % {"number": number},
        "text": _("It is not operated, and cannot be published afterwards. The list keeps that it was there."),
        "verb": _("Discard"),
        "url": reverse("integration:model_discard", args=[model, number]),
        "reason_label": _("Why"),
    }
    return render(request, CONFIRM, context)


@browser.page("POST", may=MAY)
def compare(request: browser.Request, model: str, number: int) -> HttpResponse:
    """Compare once more with the version that is operated now."""
    authority.require(actor=request.actor, action="publish_model")
    dossiers.compare_again(versions.version(model, number))
    return _back_to(request, model, number, tab="difference")


@browser.page("GET", "POST", may=MAY)
def publish(request: browser.Request, model: str, number: int) -> HttpResponse:
    """Publish a staged version, in two steps."""
    return _in_two_steps(request, model, number, "publish", jobs.ask_publish)


@browser.page("GET", "POST", may=MAY)
def back(request: browser.Request, model: str, number: int) -> HttpResponse:
    """Go back to a retired version, in two steps."""
    return _in_two_steps(request, model, number, "back", jobs.ask_go_back)


def _in_two_steps(
    request: browser.Request, model: str, number: int, action: str, ask: Callable[..., Job]
) -> HttpResponse:
    found = versions.version(model, number)
    token = request.POST.get("token", "")
    if token:
        held = _held(request, token, model, number, action)
        reason = request.POST.get("reason", "").strip()
        if request.POST.get("confirmation", "").strip() != str(number) or len(reason) < 3:
            raise releases.VersionBlocked(_("type the number of the version and a reason"), field="confirmation")
        job = ask(actor=request.actor, wanted=jobs.Change(model, number, held["compared_with"], reason), at=request.at)
        return _to(request, reverse("integration:model_job", args=[job.pk]))
    running = versions.running(key=model)
    difference = dossiers.difference(found.pk)
    context: dict[str, Any] = {
        "version": shown.version(found),
        "action": action,
        "running": running.number if running else None,
        "counts": {kind: sum(one.values()) for kind, one in difference.counts.items()} if difference else {},
        "is_compared": difference is not None and difference.compared_with == (running.number if running else None),
        "url": reverse(f"integration:model_{action}", args=[model, number]),
        "lease_s": LEASE_S,
    }
    if request.method == "POST":
        if action == "publish":
            releases.require_publishable(found)
        seen = dossiers.compared_with(found.pk) if action == "publish" else context["running"]
        context["token"] = _hold(request, model, number, action, seen)
        return render(request, "integration/models/_publish_execute.html", context)
    return render(request, "integration/models/_publish_select.html", context)


def _hold(request: browser.Request, model: str, number: int, action: str, seen: int | None) -> str:
    """A token for step 2: who, what, and against which published version the person saw it."""
    held = {"user": request.user.pk, "version": [model, number, action], "compared_with": seen}
    return signing.dumps(held, salt=SALT)


def _held(request: browser.Request, token: str, model: str, number: int, action: str) -> dict[str, Any]:
    try:
        held: dict[str, Any] = signing.loads(token, salt=SALT, max_age=LEASE_S + 10)
    except signing.BadSignature:
        held = {}
    if held.get("user") != request.user.pk or held.get("version") != [model, number, action]:
        raise releases.VersionMoved(_("the time to confirm has lapsed: begin again"))
    return held


def _back_to(request: browser.Request, model: str, number: int, tab: str = "findings") -> HttpResponse:
    return _to(request, reverse("integration:model_version", args=[model, number]) + f"?tab={tab}")


def _to(request: browser.Request, url: str) -> HttpResponse:
    """Another page, also for a dialog that htmx fills."""
    if not request.htmx:
        return redirect(url)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response
