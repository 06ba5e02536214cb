"""What people do with one outage: each button, its dialog, its one call inward."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from adms.core import browser
from adms.core.actors import Actor
from adms.core.errors import Refused
from outages import forms
from outages.domain.codes import CAUSES
from outages.models import Outage
from outages.selectors import outages
from outages.selectors.outages import GOING_ON
from outages.services import lifecycle, undoing
from workforce.services import work

CONFIRM, ETR, RESTORE, COMPLETE = (
    "components/_confirm.html",
    "outages/_etr.html",
    "outages/_restore.html",
    "outages/_complete.html",
)


def offered(actor: Actor, found: Outage, at: dt.datetime) -> list[dict[str, Any]]:
    """The buttons of an outage where it stands; one that may not be pressed says why."""
    is_going, is_restored = found.state in GOING_ON, found.state == Outage.State.RESTORED
    buttons = []
    if found.state == Outage.State.NEW:
        buttons.append(_button(actor, found, "acknowledge", _("Acknowledge"), "A", "change_outage", is_direct=True))
    if is_going and found.confidence != Outage.Confidence.CONFIRMED:
        buttons.append(_button(actor, found, "confirm", _("Confirm"), "", "confirm_outage", is_primary=True))
    if is_going:
        buttons += _regrouping(actor, found)
    if is_going:
        buttons.append(_button(actor, found, "etr", _("ETR"), "E", "change_outage"))
        buttons.append(_button(actor, found, "restore", _("Restore"), "R", "close_outage"))
    if is_going or is_restored:
        wait = "" if is_restored else _("Customers are still out: restore it first")
        buttons.append(
            _button(actor, found, "complete", _("Complete"), "", "close_outage", wait=wait, is_primary=is_restored)
        )
    if is_going:
        buttons.append(_button(actor, found, "cancel", _("Cancel"), "", "change_outage"))
    if found.state == Outage.State.VERIFY:
        buttons.append(_button(actor, found, "complete", _("Complete"), "", "close_outage", is_primary=True))
        buttons.append(_button(actor, found, "cancel", _("Cancel"), "", "change_outage"))
    if found.state == Outage.State.COMPLETED:
        buttons.append(_button(actor, found, "reopen", _("Reopen"), "", "close_outage"))
    if done := undoing.latest(found.pk):
        wait = undoing.obstacle(done, at)
        button = _button(actor, found, "undo", _("Take back"), "Z", "change_outage", wait=wait[:1].upper() + wait[1:])
        buttons.append(button | {"is_line": True})
    return buttons


def _regrouping(actor: Actor, found: Outage) -> list[dict[str, Any]]:
    is_confirmed = found.confidence == Outage.Confidence.CONFIRMED
    wait = _("It is confirmed at %(device)s") % {"device": found.device_name} if is_confirmed else ""
    single = _("It is that of a single service") if found.kind == Outage.Kind.SINGLE else ""
    device = _button(actor, found, "move", _("Change device…"), "H", "change_outage", wait=wait)
    up = device | {"label": _("Move up"), "key": "U", "url": device["url"] + "?to=up"}
    down = _button(actor, found, "split", _("Move down…"), "D", "change_outage", wait=wait or single)
    buttons = [
        up,
        down | {"url": down["url"] + "?to=down"},
        device,
        _button(actor, found, "phases", _("Phases…"), "L", "change_outage", wait=wait or single),
        _button(actor, found, "split", _("Split…"), "S", "change_outage", wait=single),
        _button(actor, found, "merge", _("Merge…"), "J", "change_outage"),
        _button(actor, found, "reassign", _("Re-assign reports…"), "I", "change_outage"),
    ]
    return [one | {"is_line": True} for one in buttons]


def _button(  # noqa: PLR0913 - what a button is made of
    actor: Actor,
    found: Outage,
    name: str,
    label: str | Promise,
    key: str,
    action: str,
    *,
    wait: str | Promise = "",
    is_primary: bool = False,
    is_direct: bool = False,
) -> dict[str, Any]:
    reason = (
        wait
        if actor.may(action, found.area.key)
        else _("Your role does not cover this in %(area)s") % {"area": found.area.name}
    )
    return {
        "label": label,
        "url": reverse(f"outages:{name}", args=[found.pk]),
        "key": key,
        "is_primary": is_primary,
        "is_direct": is_direct,
        "is_enabled": not reason,
        "reason": reason,
    }


@browser.page("POST")
def acknowledge(request: browser.Request, outage_id: int) -> HttpResponse:
    """Somebody has seen it."""
    lifecycle.acknowledge(actor=request.actor, outage_id=outage_id, at=request.at)
    return browser.done(
        request, _("Outage %(number)d is acknowledged") % {"number": outage_id}, back=page_of(outage_id)
    )


@browser.page("GET", "POST", may="see_network")
def confirm(request: browser.Request, outage_id: int) -> HttpResponse:
    """The device is known to be open."""
    found = outages.outage(request.actor, outage_id)
    context = {
        "title": _("Confirm outage %(number)d?") % {"number": outage_id},
        "text": _("%(device)s is known to be open. From now on only people move this outage.")
        % {"device": found.device_name},
        "verb": _("Confirm"),
    }

    def act(given: dict[str, Any]) -> str:  # noqa: ARG001 - nothing is asked
        lifecycle.confirm(actor=request.actor, outage_id=outage_id, at=request.at)
        return _("Outage %(number)d is confirmed at %(device)s") % {"number": outage_id, "device": found.device_name}

    return dialog(request, found, CONFIRM, context, Form(request.POST or None), act)


@browser.page("GET", "POST", may="see_network")
def etr(request: browser.Request, outage_id: int) -> HttpResponse:
    """When supply is expected back."""
    found = outages.outage(request.actor, outage_id)
    form = forms.Etr(request.POST or None, at=request.at)

    def act(given: dict[str, Any]) -> str:
        lifecycle.set_etr(actor=request.actor, outage_id=outage_id, etr_at=given["etr_at"], at=request.at)
        return _("The ETR of outage %(number)d is set") % {"number": outage_id}

    context = {"choices": forms.ETR_CHOICES, "at": request.POST.get("at", "")}
    return dialog(request, found, ETR, context, form, act)


@browser.page("GET", "POST", may="see_network")
def restore(request: browser.Request, outage_id: int) -> HttpResponse:
    """Everybody has supply again."""
    found = outages.outage(request.actor, outage_id)
    form = forms.Restore(request.POST or None, at=request.at)

    def act(given: dict[str, Any]) -> str:
        now = lifecycle.restore(
            actor=request.actor, outage_id=outage_id, occurred_at=given["occurred_at"], at=request.at
        )
        told = {"number": outage_id, "state": now.get_state_display().lower()}
        return _("Outage %(number)d is %(state)s") % told

    return dialog(request, found, RESTORE, {"at": request.POST.get("at", "")}, form, act)


@browser.page("GET", "POST", may="see_network")
def complete(request: browser.Request, outage_id: int) -> HttpResponse:
    """The report is filled in."""
    found = outages.outage(request.actor, outage_id)

    def act(given: dict[str, Any]) -> str:
        lifecycle.complete(
            actor=request.actor, outage_id=outage_id, cause=given["cause"], remedy=given["remedy"], at=request.at
        )
        return _("Outage %(number)d is completed") % {"number": outage_id}

    context = {
        "causes": list(CAUSES.items()),
        "remedies": [],
        "cause": request.POST.get("cause", found.cause),
        "remedy": request.POST.get("remedy", found.remedy),
    }
    return dialog(request, found, COMPLETE, context, forms.Complete(request.POST or None), act)


@browser.page("GET", "POST", may="see_network")
def cancel(request: browser.Request, outage_id: int) -> HttpResponse:
    """It was none."""
    found = outages.outage(request.actor, outage_id)
    context = {
        "title": _("Cancel outage %(number)d?") % {"number": outage_id},
        "text": _(
            "%(device)s: it was no outage. Its reports are settled, and what was only predicted leaves the ledger."
        )
        % {"device": found.device_name},
        "verb": _("Cancel the outage"),
        "reason_label": _("Why it was none"),
    }

    def act(given: dict[str, Any]) -> str:
        lifecycle.cancel(actor=request.actor, outage_id=outage_id, reason=given["reason"], at=request.at)
        return _("Outage %(number)d is cancelled") % {"number": outage_id}

    return dialog(request, found, CONFIRM, context, forms.Reason(request.POST or None), act)


@browser.page("GET", "POST", may="see_network")
def reopen(request: browser.Request, outage_id: int) -> HttpResponse:
    """Its report is to be filled in anew."""
    found = outages.outage(request.actor, outage_id)
    context = {
        "title": _("Reopen outage %(number)d?") % {"number": outage_id},
        "text": _("%(device)s: the report is filled in anew. What it did to customers stays as it was.")
        % {"device": found.device_name},
        "verb": _("Reopen"),
        "reason_label": _("Why the report is opened again"),
    }

    def act(given: dict[str, Any]) -> str:
        lifecycle.reopen(actor=request.actor, outage_id=outage_id, reason=given["reason"], at=request.at)
        return _("Outage %(number)d is open for its report") % {"number": outage_id}

    return dialog(request, found, CONFIRM, context, forms.Reason(request.POST or None), act)


@browser.page("POST")
def progress(request: browser.Request, assignment_id: int, state: str) -> HttpResponse:
    """How far a crew is, as it told by radio."""
    moved = work.report_progress(actor=request.actor, assignment_id=assignment_id, state=state, at=request.at)
    return browser.done(request, f"{moved.crew.name}: {moved.get_state_display().lower()}")


def dialog(
    request: browser.Request,
    found: Outage,
    template: str,
    context: dict[str, Any],
    form: Form,
    act: Callable[[dict[str, Any]], str],
) -> HttpResponse:
    """Show the dialog; do what it asks, or show it again with what was wrong."""
    told = {
        "outage": {
            "id": found.pk,
            "device_name": found.device_name,
            "customers_out": found.customers_out,
            "started_at": found.started_at,
        },
        "url": request.path,
    }
    if request.method != "POST":
        return render(request, template, told | context)
    form.is_bound = True  # a form that asks for nothing is sent empty
    if not form.is_valid():
        return render(request, template, told | context | {"error": forms.first_error(form)}, status=422)
    try:
        words = act(form.cleaned_data)
    except Refused as refused:
        if refused.status not in browser.SHOWN_IN_PLACE:
            raise
        error = browser.words(request, refused)
        return render(request, template, told | context | {"error": error}, status=refused.status)
    return browser.done(request, words, back=page_of(found.pk))


def page_of(outage_id: int) -> str:
    """Where an outage is told."""
    return reverse("outages:outage_page", args=[outage_id])
