"""What people do with one planned outage: each button, its dialog, its one call inward."""

from collections.abc import Callable
from typing import Any

from django.forms import Form
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from adms.core import browser
from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from adms.core.templatetags.tieline import number
from network.domain import phases as ph
from outages import forms
from outages.domain import planned as life
from outages.models import PlannedNoticeCustomer, PlannedOutage
from outages.selectors import planned as reading
from outages.selectors import planned_findings, planned_notices
from outages.services import planned, planned_announcing
from outages.views import planned_forms

CONFIRM, WINDOW = "components/_confirm.html", "planned/_window.html"
MANAGE, APPROVE, REQUEST = "manage_planned_outage", "approve_planned_outage", "request_planned_outage"


def letters(bits: int) -> str:
    """Phases as letters."""
    return ph.text(bits & ph.ABC)


def offered(actor: Actor, found: PlannedOutage) -> list[dict[str, Any]]:
    """The buttons of a planned outage where it stands; one that may not be pressed says why."""
    state, own = found.state, found.requested_by == actor.name
    mine = REQUEST if own else MANAGE
    buttons = []
    if state == "requested":
        wait = _("You asked for it: another person approves it") if own else ""
        buttons.append(_button(actor, found, "approve", _("Approve"), APPROVE, wait=wait, is_primary=True))
        buttons.append(_button(actor, found, "reject", _("Reject"), APPROVE))
    if state in {"approved", "notified"}:
        is_first = state == "approved"
        label = _("Send notices") if is_first else _("Send notices again")
        buttons.append(_button(actor, found, "notify", label, MANAGE, is_primary=is_first))
    if state in life.WAITING | life.GOING_ON | {"expired"}:
        label = _("Move its end") if state in life.GOING_ON else _("Move window")
        buttons.append(_button(actor, found, "window", label, mine, is_primary=state == "expired"))
    if state == "restored":
        buttons.append(_button(actor, found, "complete", _("Complete"), MANAGE, is_primary=True))
    if "cancelled" in life.TRANSITIONS[state]:
        buttons.append(_button(actor, found, "cancel", _("Cancel it"), mine))
    return buttons


def _button(
    actor: Actor, found: PlannedOutage, name: str, label: str, action: str, *, wait: str = "", is_primary: bool = False
) -> dict[str, Any]:
    refused = "" if actor.may(action, found.area.key) else _("Your role does not cover this in %s") % found.area.name
    reason = refused or wait
    url = reverse(f"outages:planned_{name}", args=[found.pk])
    return {"label": label, "url": url, "is_primary": is_primary, "is_enabled": not reason, "reason": reason}


@browser.page("GET", "POST", may="see_network")
def approve(request: browser.Request, planned_id: int) -> HttpResponse:
    """Let it happen; asks why where it collides with another one."""
    found = reading.one(request.actor, planned_id)
    against = [one.text for one in planned_findings.findings(found, at=request.at) if one.level == "error"]
    context: dict[str, Any] = {
        "title": _("Approve planned outage %s?") % planned_id,
        "text": _told(found),
        "verb": _("Approve"),
    }
    if against:
        context |= {"text": f"{'; '.join(against)}. {_told(found)}", "reason_label": _("Why nevertheless")}

    def act(given: dict[str, Any]) -> str:
        planned.approve(actor=request.actor, planned_id=planned_id, despite=given.get("reason", ""), at=request.at)
        return _("Planned outage %s is approved") % planned_id

    form = forms.Reason(_given(request)) if against else Form(_given(request))
    return _dialog(request, planned_id, CONFIRM, context, form, act)


def _told(found: PlannedOutage) -> str:
    words = _("%(count)s customers lose supply, %(critical)s of them critical.")
    return words % {"count": number(found.customers_known), "critical": number(found.critical)}


@browser.page("GET", "POST", may="see_network")
def reject(request: browser.Request, planned_id: int) -> HttpResponse:
    """It is not to happen."""
    reading.one(request.actor, planned_id)
    context = {
        "title": _("Reject planned outage %s?") % planned_id,
        "verb": _("Reject"),
        "reason_label": _("Reason"),
    }

    def act(given: dict[str, Any]) -> str:
        planned.reject(actor=request.actor, planned_id=planned_id, reason=given["reason"], at=request.at)
        return _("Planned outage %s is rejected") % planned_id

    return _dialog(request, planned_id, CONFIRM, context, forms.Reason(_given(request)), act)


@browser.page("GET", "POST", may="see_network")
def cancel(request: browser.Request, planned_id: int) -> HttpResponse:
    """It does not happen; who was told of it is told so."""
    found = reading.one(request.actor, planned_id)
    told = len(planned_notices.counting_on_it(found)) if found.state != "expired" else 0
    words = _("%s customers who were told of it are told that it does not happen.") % told
    context = {
        "title": _("Cancel planned outage %s?") % planned_id,
        "text": words if told else _("Nobody was told of it yet."),
        "verb": _("Cancel it"),
        "reason_label": _("Reason"),
    }

    def act(given: dict[str, Any]) -> str:
        planned.cancel(actor=request.actor, planned_id=planned_id, reason=given["reason"], at=request.at)
        return _("Planned outage %s is cancelled") % planned_id

    return _dialog(request, planned_id, CONFIRM, context, forms.Reason(_given(request)), act)


@browser.page("GET", "POST", may="see_network")
def notify(request: browser.Request, planned_id: int) -> HttpResponse:
    """Tell its customers."""
    found = reading.one(request.actor, planned_id)
    late = [one.text for one in planned_findings.findings(found, at=request.at) if one.code == "notice_late"]
    words = _("Each is told once, the critical ones first: when supply is off, until when, and what for.")
    context = {
        "title": _("Send notices of planned outage %s?") % planned_id,
        "text": " ".join([*(f"{one}." for one in late), _told(found), words]),
        "verb": _("Send notices"),
    }

    def act(given: dict[str, Any]) -> str:  # noqa: ARG001 - nothing is asked
        notice = planned_announcing.announce(actor=request.actor, planned_id=planned_id, at=request.at)
        return _("%s customers are being told") % notice.customers.count()

    return _dialog(request, planned_id, CONFIRM, context, Form(_given(request)), act)


@browser.page("GET", "POST", may="see_network")
def complete(request: browser.Request, planned_id: int) -> HttpResponse:
    """The work is done."""
    reading.one(request.actor, planned_id)
    context = {
        "title": _("Complete planned outage %s?") % planned_id,
        "text": _("Its outages are completed with it, their cause planned work."),
        "verb": _("Complete"),
    }

    def act(given: dict[str, Any]) -> str:  # noqa: ARG001 - nothing is asked
        planned.complete(actor=request.actor, planned_id=planned_id, at=request.at)
        return _("Planned outage %s is completed") % planned_id

    return _dialog(request, planned_id, CONFIRM, context, Form(_given(request)), act)


@browser.page("GET", "POST", may="see_network")
def window(request: browser.Request, planned_id: int) -> HttpResponse:
    """Another window, or another end while it goes on."""
    found = reading.one(request.actor, planned_id)
    is_begun = found.state in life.GOING_ON
    typed = request.POST or {
        name: timezone.localtime(at).strftime(planned_forms.MINUTE)
        for name, at in (("begins_at", found.begins_at), ("ends_at", found.ends_at))
    }
    may_decide = found.requested_by != request.actor.name and request.actor.may(APPROVE, found.area.key)
    context = {
        "plan": found,
        "typed": typed,
        "is_begun": is_begun,
        "asks_anew": not is_begun and found.state != "requested" and not may_decide,
    }
    form = planned_forms.Window(_given(request))

    def act(given: dict[str, Any]) -> str:
        begins_at = found.begins_at if is_begun else given["begins_at"]
        planned.change_window(
            actor=request.actor,
            planned_id=planned_id,
            begins_at=begins_at,
            ends_at=given["ends_at"],
            reason=given["reason"],
            at=request.at,
        )
        return _("The window of planned outage %s is moved") % planned_id

    return _dialog(request, planned_id, WINDOW, context, form, act)


@browser.page("GET", "POST", may="see_network")
def told_by_hand(request: browser.Request, planned_id: int, number: int) -> HttpResponse:
    """Customers whom no message reached were told in another way."""
    found = reading.one(request.actor, planned_id)
    notice_id = planned_notices.round_id(found, number)
    context = {
        "title": _("Were they told in another way?"),
        "text": _("Everybody of round %s whom no message reached counts as told.") % number,
        "verb": _("They were told"),
        "reason_label": _("How (letter, telephone, door hanger)"),
    }

    def act(given: dict[str, Any]) -> str:
        done = planned_announcing.told_by_hand(
            actor=request.actor, notice_id=notice_id, how=given["reason"], at=request.at
        )
        return _("%s customers count as told") % done

    return _dialog(request, planned_id, CONFIRM, context, forms.Reason(_given(request)), act)


@browser.page("GET", "POST", may="view_customer")
def acknowledge(request: browser.Request, customer_id: int) -> HttpResponse:
    """A critical customer knows and is prepared."""
    told = PlannedNoticeCustomer.objects.select_related("notice").filter(pk=customer_id).first()
    if told is None:
        raise NotFound(_("no notice %(customer_id)s") % {"customer_id": customer_id}, notice=customer_id)
    found = reading.one(request.actor, told.notice.planned_outage_id, may="view_customer")
    context = {
        "title": _("Does this customer know?"),
        "text": _("Note it when the customer said that he knows of the window and is prepared."),
        "verb": _("Acknowledged"),
        "reason_label": _("Who said so, and how"),
    }

    def act(given: dict[str, Any]) -> str:
        planned_announcing.acknowledge(actor=request.actor, customer_id=customer_id, how=given["reason"], at=request.at)
        return _("Noted: the customer knows")

    return _dialog(request, found.pk, CONFIRM, context, forms.Reason(_given(request)), act)


def _given(request: browser.Request) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _dialog(
    request: browser.Request,
    planned_id: int,
    template: str,
    context: dict[str, Any],
    form: Form,
    act: Callable[[dict[str, Any]], str],
) -> HttpResponse:
    """Show the dialog; do what it asks, or show it again with what was wrong."""
    told = {"url": request.path} | context
    if request.method != "POST":
        return render(request, template, told)
    if not form.is_valid():
        return render(request, template, told | {"error": forms.first_error(form)}, status=422)
    try:
        said = act(form.cleaned_data)
    except Refused as refused:
        if refused.status not in browser.SHOWN_IN_PLACE:
            raise
        return render(request, template, told | {"error": browser.words(request, refused)}, status=refused.status)
    return browser.done(request, said, back=reverse("outages:planned_page", args=[planned_id]))
