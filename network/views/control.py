"""Control: who holds which area, second persons, tasks, automation to acknowledge, and the freeze of remote control."""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser, presence
from adms.core.errors import NotFound
from adms.core.selectors import persons
from adms.core.services import approvals, authority, leases, step_up
from network.selectors import control, gate_words
from network.services.control import automation, following, freezing

DIALOG = "control/_dialog.html"


@browser.page("GET", may=("see_network", "break_glass"))
def page(request: browser.Request) -> HttpResponse:
    """All that is asked of people about control."""
    return browser.either(request, "control/page.html", "control/_page.html", _context(request))


@browser.page("GET", may=("see_network", "break_glass"))
def bar(request: browser.Request) -> HttpResponse:
    """The top bar's part: which areas are mine, what waits for my word, and the banner of a freeze."""
    areas, freeze = leases.present(at=request.at), freezing.present()
    actor = request.actor
    context = {
        "mine": [one for one in areas if one.person == actor.identity],
        "session": actor.session,
        "others": [one for one in areas if one.holder and one.person != actor.identity],
        "offered": [one for one in areas if one.offered_to == actor.name],
        "waiting": approvals.waiting(actor=actor, at=request.at).count(),
        "tasks": control.tasks().count() if actor.may("settle_operation") else 0,
        "freeze": freeze,
        "who": persons.names({freeze.frozen_by}) if freeze else {},
        "may_freeze": actor.may(freezing.FREEZE),
        "may_lift": actor.may(freezing.UNFREEZE),
        "may_take": actor.may(leases.ACTION),
        "elsewhere": presence.elsewhere(
            user_id=request.user.pk, session=request.session.session_key or "", now=request.at.timestamp()
        ),
    }
    return render(request, "control/_bar.html", context)


def _context(request: browser.Request) -> dict[str, Any]:
    shown = _shown(request)
    accounts = {name for row in (*shown["waiting"], *shown["asked"]) for name in (row.asked_by, row.decided_by)}
    accounts |= {one["row"].requested_by for one in shown["tasks"]}
    accounts |= {name for row in shown["freezes"] for name in (row.frozen_by, row.lifted_by, row.lifted_with)}
    return shown | {"who": persons.names(accounts)}


def _shown(request: browser.Request) -> dict[str, Any]:
    actor = request.actor
    return {
        "areas": [_area(request, one) for one in leases.present(at=request.at)],
        "waiting": approvals.waiting(actor=actor, at=request.at)[: control.MOST],
        "asked": approvals.asked(actor=actor, at=request.at)[: control.MOST],
        "tasks": [
            {"row": row, "may": actor.may(following.SETTLE, row.area.key)} for row in control.tasks()[: control.MOST]
        ],
        "plans": [
            {
                "row": row,
                "by": gate_words.automation(row.origin),
                "event": gate_words.event_of(row.plan),
                "may": actor.may(automation.ACKNOWLEDGE, row.area.key),
            }
            for row in control.plans()[: control.MOST]
        ],
        "freezes": control.freezes()[:10],
        "freeze": freezing.present(),
        "may_freeze": actor.may(freezing.FREEZE),
        "may_lift": actor.may(freezing.UNFREEZE),
        "now": request.at,
    }


def _area(request: browser.Request, one: leases.Held) -> dict[str, Any]:
    """An area and what the actor may do about it."""
    labels = leases.verb_words()
    return {
        "held": one,
        "is_mine": one.person == request.actor.identity,
        "verbs": [
            {"label": labels[verb], "url": reverse("network:control_area", args=[one.area, verb])}
            for verb in leases.verbs_of(request.actor, one)
        ],
    }


@browser.page("GET", "POST", may=("take_area", "break_glass"))
def area(request: browser.Request, key: str, verb: str) -> HttpResponse:
    """One thing done about an area; the question first."""
    labels = leases.verb_words()
    present = leases.present(at=request.at)
    held = next((one for one in present if one.area == key), None)
    second = any(one.person == request.actor.identity for one in present if one.area != key)
    if held is None or verb not in labels:
        raise NotFound(_("no such area or action"), area=key)
    if request.method == "POST":
        _AREA_VERBS[verb](request, key)
        said = leases.done_words()[verb] % {"area": held.name}
        return browser.done(request, said, back=reverse("network:control"))
    texts = {
        "take": _("From then on you alone operate there, until you hand it over or give it back."),
        "offer": _("It stays yours until the other one accepts."),
        "accept": _("From then on you alone operate there."),
        "decline": _("The area stays with who holds it."),
        "give-back": _("Nobody holds it then; the next operator takes it."),
        "here": _("You operate from here then, and no longer from %(console)s.") % {"console": held.console or "?"},
        "break": _("You take it from who holds it. Everybody is told, with your reason."),
    }
    context = {
        "title": f"{labels[verb]}: {held.name}",
        "text": texts[verb],
        "verb": labels[verb],
        "tone": "p1" if verb == "break" else "",
        "url": reverse("network:control_area", args=[key, verb]),
        "reason_label": {
            "take": _("Reason, for a second area") if second else _("Reason, if there is one"),
            "break": _("Reason"),
        }.get(verb, ""),
        "is_reason_needed": verb == "break" or (verb == "take" and second),
        "choices": control.operators_of(key, request.actor.name) if verb == "offer" else [],
        "choice_label": _("To"),
    }
    return render(request, DIALOG, context)


_AREA_VERBS: dict[str, Callable[[browser.Request, str], object]] = {
    "take": lambda request, key: leases.take(
        actor=request.actor, area=key, reason=request.POST.get("reason", ""), at=request.at
    ),
    "offer": lambda request, key: leases.offer(
        actor=request.actor, area=key, to=request.POST.get("choice", ""), at=request.at
    ),
    "accept": lambda request, key: leases.accept(actor=request.actor, area=key, at=request.at),
    "decline": lambda request, key: leases.decline(actor=request.actor, area=key, at=request.at),
    "give-back": lambda request, key: leases.give_back(actor=request.actor, area=key, at=request.at),
    "here": lambda request, key: leases.move_here(actor=request.actor, area=key, at=request.at),
    "break": lambda request, key: leases.break_glass(
        actor=request.actor, area=key, reason=request.POST.get("reason", ""), at=request.at
    ),
}


@browser.page("GET", "POST", may="freeze_control")
def freeze(request: browser.Request) -> HttpResponse:
    """Stop all commands and all automation at once."""
    if request.method == "POST":
        freezing.freeze(actor=request.actor, reason=request.POST.get("reason", ""), at=request.at)
        return browser.done(request, _("Remote control is frozen"), back=reverse("network:control"))
    context = {
        "title": _("Freeze remote control"),
        "text": _(
            "At once and everywhere: no command leaves, no automation acts, selections are given back. "
            "A senior operator and a second person lift it again."
        ),
        "verb": _("Freeze"),
        "tone": "p1",
        "url": reverse("network:control_freeze"),
        "reason_label": _("Why, in a word or two"),
        "is_reason_needed": True,
    }
    return render(request, DIALOG, context)


@browser.page("GET", "POST", may="unfreeze_control")
def lift(request: browser.Request) -> HttpResponse:
    """Lift the freeze, or ask for the second person it needs."""
    word = approvals.given(actor=request.actor, action=freezing.UNFREEZE, object_=freezing.EVERYTHING, at=request.at)
    reason = request.POST.get("reason", "")
    if request.method == "POST" and word is None:
        freezing.ask_to_lift(actor=request.actor, reason=reason, at=request.at)
        return browser.done(request, _("A second person is asked"), back=reverse("network:control"))
    if request.method == "POST":
        freezing.lift(actor=request.actor, reason=reason, at=request.at)
        return browser.done(request, _("Remote control is free again"), back=reverse("network:control"))
    asks = _("Lifting needs a second person. Say why; they are asked on their screens.")
    context = {
        "title": _("Lift the freeze"),
        "text": asks
        if word is None
        else _("%(who)s has agreed. Commands and automation go again.")
        % {"who": persons.names({word.decided_by})[word.decided_by]},
        "verb": _("Ask a second person") if word is None else _("Lift"),
        "url": reverse("network:control_lift"),
        "reason_label": _("Reason"),
        "is_reason_needed": word is None,
    }
    return render(request, DIALOG, context)


@browser.page("GET", "POST", may="second_word")
def word(request: browser.Request, approval_id: uuid.UUID, verb: str) -> HttpResponse:
    """Give one's word as a second person, decline, or withdraw what one asked for oneself."""
    if verb not in ("yes", "no", "withdraw"):
        raise NotFound(_("no such answer"), answer=verb)
    reason = request.POST.get("reason", "")
    if request.method == "POST" and verb == "withdraw":
        approvals.withdraw(actor=request.actor, approval_id=approval_id, at=request.at)
        return browser.done(request, _("Withdrawn"), back=reverse("network:control"))
    if request.method == "POST":
        approvals.decide(
            actor=request.actor, approval_id=approval_id, is_yes=verb == "yes", reason=reason, at=request.at
        )
        said = _("You have agreed") if verb == "yes" else _("You have declined")
        return browser.done(request, said, back=reverse("network:control"))
    row = approvals.find(approval_id)
    context = {
        "title": {"yes": _("Agree"), "no": _("Decline"), "withdraw": _("Withdraw")}[verb],
        "text": f"{row.words}. {persons.names({row.asked_by})[row.asked_by]}: {row.reason}",
        "verb": {"yes": _("Agree"), "no": _("Decline"), "withdraw": _("Withdraw")}[verb],
        "url": reverse("network:control_word", args=[approval_id, verb]),
        "reason_label": "" if verb == "withdraw" else _("Remark (optional)"),
    }
    return render(request, DIALOG, context)


@browser.page("GET", "POST", may="operate_beyond_guard")
def password(request: browser.Request) -> HttpResponse:
    """The password again, for what lies beyond the guard of size and rate."""
    if request.method == "POST":
        step_up.confirm(actor=request.actor, password=request.POST.get("password", ""), at=request.at)
        return browser.done(request, _("Your password is confirmed"), back=reverse("network:control"))
    context = {
        "title": _("Your password again"),
        "text": _("For some minutes, in this session, you may ask for operations beyond the guard of size and rate."),
        "verb": _("Confirm"),
        "url": reverse("network:control_password"),
        "asks_password": True,
    }
    return render(request, DIALOG, context)


@browser.page("GET", "POST", may="settle_operation")
def task(request: browser.Request, operation_id: uuid.UUID) -> HttpResponse:
    """What became of a command that timed out."""
    row = control.tasks().filter(pk=operation_id).first()
    if row is None:
        raise NotFound(_("no such task: it is settled already"), operation=str(operation_id))
    authority.require(actor=request.actor, action=following.SETTLE, area=row.area.key)
    verb = "close" if row.closed_wanted else "open"
    operate = reverse("network:operate", args=[row.model.key, row.equipment_mrid, verb])
    if request.method == "POST":
        outcome = request.POST.get("choice", "")
        following.settle_operation(
            actor=request.actor,
            operation_id=operation_id,
            outcome=outcome,
            reason=request.POST.get("reason", ""),
            at=request.at,
        )
        return browser.done(request, _("Settled"), back=operate if outcome == "retried" else reverse("network:control"))
    context = {
        "title": f"{verb.capitalize()} {row.equipment_name}: {row.result}",
        "text": _("It is not known whether it moved. Look at its telemetry or ask a crew, then say what is so."),
        "verb": _("Settle"),
        "url": reverse("network:control_task", args=[operation_id]),
        "choices": [
            ("done", _("It has moved: record the position")),
            ("failed", _("It has not moved")),
            ("retried", _("Try again: select it anew")),
        ],
        "choice_label": _("What is so"),
        "reason_label": _("How you know"),
    }
    return render(request, DIALOG, context)


@browser.page("GET", "POST", may="acknowledge_automation")
def plan(request: browser.Request, plan_id: int) -> HttpResponse:
    """What an automation did is acknowledged: it may act there again."""
    if request.method == "POST":
        note = request.POST.get("reason", "")
        automation.acknowledge(actor=request.actor, plan_id=plan_id, note=note, at=request.at)
        return browser.done(request, _("Acknowledged"), back=reverse("network:control"))
    row = control.plans().filter(pk=plan_id).first()
    if row is None:
        raise NotFound(_("no such plan waits to be acknowledged"), plan=plan_id)
    context = {
        "title": f"{gate_words.automation(row.origin)}: {row.feeder}",
        "text": _("Until you acknowledge it, automation does not act there by itself again."),
        "verb": _("Acknowledge"),
        "url": reverse("network:control_plan", args=[plan_id]),
        "reason_label": _("Remark (optional)"),
    }
    return render(request, DIALOG, context)
