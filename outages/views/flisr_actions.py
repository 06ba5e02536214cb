"""What people do about an event of FLISR: take a plan, carry out its steps, plan anew, stop, acknowledge, and set what it may do."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adms.core import browser
from adms.core.errors import Invalid, NotFound, Refused
from network.domain.restoration.sequence import ISLAND
from network.selectors import operations as asked
from network.services import operations
from outages.domain.flisr import modes as domain
from outages.models import FlisrEvent, FlisrMode, FlisrStep
from outages.selectors import flisr as reading
from outages.selectors import flisr_words
from outages.services.flisr import deciding, executing, instructing, modes, stepping
from outages.views import order_actions
from outages.views.flisr import SEES

SCOPES = {
    domain.SYSTEM: gettext_lazy("System"),
    domain.AREA: gettext_lazy("Area"),
    domain.FEEDER: gettext_lazy("Feeder"),
}
CONFIRM = "components/_confirm.html"
SELECT, EXECUTE = "network/_operate_select.html", "network/_operate_execute.html"


@browser.page("GET", "POST", may=SEES)
def flisr_take(request: browser.Request, event_id: int, place: int) -> HttpResponse:
    """Take a plan, after its effect was read once more."""
    found = reading.one(request.actor, event_id)
    plan = flisr_words.plan(found.plans[place]) if 0 <= place < len(found.plans) else None
    context = {
        "title": _("Take plan %(number)s of event %(event)s?") % {"number": place + 1, "event": event_id},
        "text": plan["summary"] if plan else "",
        "lines": plan["reasons"] if plan else [],
        "verb": _("Take the plan"),
        "enter_confirms": True,  # it moves nothing yet
        "fields": {"revision": found.revision},
    }
    if request.method != "POST":
        return _ask(request, context)
    revision = request.POST.get("revision", "")
    try:
        if not revision.isdigit():
            raise Invalid(_("which planning was seen?"), field="revision")
        deciding.take_plan(actor=request.actor, event_id=event_id, place=place, revision=int(revision), at=request.at)
    except Refused as refused:
        return _again(request, context, refused)
    return browser.done(request, _("The plan is taken: carry out its steps"), back=_address(event_id))


@browser.page("GET", "POST", may=SEES)
def flisr_step(request: browser.Request, event_id: int, place: int) -> HttpResponse:
    """The next step in the dialog of the device: what it would change, then it is selected."""
    found = reading.one(request.actor, event_id)
    step = _find_step(found, place)
    if step.purpose == ISLAND:
        return _island(request, found, step)
    if request.method != "POST":
        return render(request, SELECT, {"operation": _first(request, found, step)})
    seen = _number(request.POST.get("seen_number", ""))
    try:
        picked = stepping.select_step(
            actor=request.actor, event_id=event_id, place=place, seen_number=seen, at=request.at
        )
    except Refused as refused:
        return render(
            request, SELECT, {"operation": _first(request, found, step), "refusal": browser.words(request, refused)}
        )
    return render(request, EXECUTE, {"operation": _second(request, found, step, picked)})


def _island(request: browser.Request, found: FlisrEvent, step: FlisrStep) -> HttpResponse:
    """Nothing is switched: the picture learns that a machine carries its island, if the machine's readings say so."""
    context = {
        "title": _("Does %(name)s carry its island?") % {"name": step.equipment_name},
        "text": _(
            "Nothing is switched. Its customers count as supplied as long as the readings of the machine say so."
        ),
        "verb": _("It carries the island"),
        "enter_confirms": True,
    }
    if request.method != "POST":
        return _ask(request, context)
    try:
        stepping.do_step(actor=request.actor, event_id=found.pk, place=step.place, at=request.at)
    except Refused as refused:
        return _again(request, context, refused)
    return browser.done(request, _("The island counts as supplied"), back=_address(found.pk))


@browser.page("GET", "POST", may=SEES)
def flisr_instruct(request: browser.Request, event_id: int, place: int) -> HttpResponse:
    """Tell a crew to do the next step, which is done by hand."""
    step = _find_step(reading.one(request.actor, event_id), place)
    verb = _("Close") if step.is_close else _("Open")
    context: dict[str, Any] = {
        "title": _("Tell a crew: step %(step)s") % {"step": place},
        "text": f"{verb} {step.equipment_name}",
        "verb": _("Tell"),
        "url": request.path,
        "fields": [order_actions.crew_field()],
    }
    if request.method != "POST":
        return render(request, order_actions.ASK, context)
    crew = request.POST.get("crew", "")[:60]
    try:
        instructing.instruct_step(actor=request.actor, event_id=event_id, place=place, crew=crew, at=request.at)
    except Refused as refused:
        if refused.status not in browser.SHOWN_IN_PLACE:
            raise
        context["fields"][0]["value"] = crew
        return render(
            request, order_actions.ASK, context | {"error": browser.words(request, refused)}, status=refused.status
        )
    return browser.done(request, _("The crew is told"), back=_address(event_id))


@browser.page("GET", "POST", may=SEES)
def flisr_take_back(request: browser.Request, event_id: int, place: int) -> HttpResponse:
    """The crew is not to do it after all."""
    step = _find_step(reading.one(request.actor, event_id), place)
    context = {
        "title": _("Take step %(step)s back?") % {"step": place},
        "text": _("The crew must say that it has not moved %(name)s.") % {"name": step.equipment_name},
        "verb": _("Take back"),
    }
    if request.method != "POST":
        return _ask(request, context)
    try:
        instructing.take_step_back(actor=request.actor, event_id=event_id, place=place, at=request.at)
    except Refused as refused:
        return _again(request, context, refused)
    return browser.done(request, _("The step is taken back"), back=_address(event_id))


@browser.page("POST", may=SEES)
def flisr_execute(request: browser.Request, event_id: int, place: int, operation_id: uuid.UUID) -> HttpResponse:
    """Operate what was selected for a step, or say why not."""
    found = reading.one(request.actor, event_id)
    step, reason = _find_step(found, place), request.POST.get("reason", "")[:200]
    try:
        stepping.operate_step(
            actor=request.actor,
            event_id=event_id,
            place=place,
            operation_id=operation_id,
            confirmation=request.POST.get("confirmation", ""),
            reason=reason,
            at=request.at,
        )
    except Refused as refused:
        shown = _second(request, found, step, asked.operation(operation_id))
        context = {"operation": shown, "refusal": browser.words(request, refused), "reason": reason}
        return render(request, EXECUTE, context)
    return redirect("network:operation_status", operation_id)


@browser.page("POST", may="operate_switch")
def flisr_second(request: browser.Request, event_id: int, place: int) -> HttpResponse:
    """A step beyond a guard: the password again, a second person asked; then its first step once more."""
    found = reading.one(request.actor, event_id)
    step = _find_step(found, place)
    told, refusal = "", ""
    try:
        told = operations.pass_guard(
            actor=request.actor,
            request=executing.request_of(found, step, _number(request.POST.get("seen_number", ""))),
            password=request.POST.get("password", ""),
            reason=request.POST.get("reason", ""),
            moves_here="here" in request.POST,
            at=request.at,
        )
    except Refused as refused:
        refusal = refused.message
    return render(request, SELECT, {"operation": _first(request, found, step), "refusal": refusal, "told": told})


def _find_step(found: FlisrEvent, place: int) -> FlisrStep:
    step = found.steps.filter(revision=found.revision, place=place).first()
    if step is None:
        raise NotFound(_("no step %(place)s") % {"place": place}, step=place)
    return step


def _number(seen: str) -> int:
    return int(seen) if seen.isdecimal() else -1


def _first(request: browser.Request, found: FlisrEvent, step: FlisrStep) -> dict[str, Any]:
    here = reverse("outages:flisr_step", args=[found.pk, step.place])
    told = operations.first_step(actor=request.actor, request=executing.request_of(found, step, -1), at=request.at)
    second = reverse("outages:flisr_second", args=[found.pk, step.place])
    return told | {"operate_url": here, "second_url": second, "select_url": here}


def _second(request: browser.Request, found: FlisrEvent, step: FlisrStep, picked: Any) -> dict[str, Any]:
    return operations.second_step(picked=picked, at=request.at) | {
        "execute_url": reverse("outages:flisr_execute", args=[found.pk, step.place, picked.pk]),
        "release_url": reverse("network:release", args=[picked.pk]),
        "select_again_url": reverse("outages:flisr_step", args=[found.pk, step.place]),
    }


@browser.page("POST")
def flisr_again(request: browser.Request, event_id: int) -> HttpResponse:
    """Ask for new plans."""
    deciding.plan_again(actor=request.actor, event_id=event_id, at=request.at)
    return browser.done(request, _("It is planned anew"), back=_address(event_id))


@browser.page("GET", "POST", may=SEES)
def flisr_stop(request: browser.Request, event_id: int) -> HttpResponse:
    """Nothing more is planned or done."""
    context = {
        "title": _("Stop event %(event)s?") % {"event": event_id},
        "text": _("Nothing more is planned or switched by FLISR for it. What was switched stays."),
        "verb": _("Stop"),
        "reason_label": _("Why?"),
    }
    if request.method != "POST":
        return _ask(request, context)
    try:
        deciding.stop(actor=request.actor, event_id=event_id, reason=request.POST.get("reason", ""), at=request.at)
    except Refused as refused:
        return _again(request, context, refused)
    return browser.done(request, _("FLISR is stopped here"), back=_address(event_id))


@browser.page("GET", "POST", may=SEES)
def flisr_acknowledge(request: browser.Request, event_id: int) -> HttpResponse:
    """Say whether the plan was right; automation may act on the feeder again."""
    verdict = request.GET.get("verdict", "")
    context = {
        "title": _("Acknowledge event %(event)s?") % {"event": event_id},
        "text": _("The plan was %(verdict)s.") % {"verdict": _(verdict) if verdict else "…"},
        "verb": _("Acknowledge"),
        "reason_label": _("What speaks for it?"),
    }
    if request.method != "POST":
        return _ask(request, context)
    remark = request.POST.get("reason", "")
    try:
        deciding.acknowledge(actor=request.actor, event_id=event_id, verdict=verdict, remark=remark, at=request.at)
    except Refused as refused:
        return _again(request, context, refused)
    return browser.done(request, _("Acknowledged"), back=_address(event_id))


@browser.page("GET", "POST", may=SEES)
def flisr_mode(request: browser.Request) -> HttpResponse:
    """Set what FLISR may do in a scope."""
    scope, key = request.GET.get("scope", domain.SYSTEM), request.GET.get("key", "")
    mode, reason = request.POST.get("mode", ""), request.POST.get("reason", "")
    wanted = modes.Wanted(scope, key, mode, reason)
    name = modes.place_name(wanted)
    context: dict[str, Any] = {
        "place": f"{SCOPES[scope]}: {name}" if name else SCOPES[scope],
        "url": request.get_full_path(),
        "present": mode or (modes.now(scope) if scope == domain.SYSTEM else modes.set_for(scope, key)),
        "reason": reason,
        "choices": FlisrMode.Mode.choices,
    }
    if request.method != "POST":
        return render(request, "flisr/_mode.html", context)
    try:
        modes.set_mode(actor=request.actor, wanted=wanted, at=request.at)
    except Refused as refused:
        if refused.status not in browser.SHOWN_IN_PLACE:
            raise
        return render(request, "flisr/_mode.html", context | {"error": browser.words(request, refused)})
    lists = "outages:flisr_feeder_list" if scope == domain.FEEDER else "outages:flisr_list"
    return browser.done(request, _("The mode is set"), back=reverse(lists))


def _ask(request: browser.Request, context: dict[str, Any]) -> HttpResponse:
    return render(request, CONFIRM, context | {"url": request.get_full_path()})


def _again(request: browser.Request, context: dict[str, Any], refused: Refused) -> HttpResponse:
    """The dialog with why it was refused, where a dialog can show it."""
    if refused.status not in browser.SHOWN_IN_PLACE:
        raise refused
    return _ask(request, context | {"error": browser.words(request, refused)})


def _address(event_id: int) -> str:
    return reverse("outages:flisr_page", args=[event_id])
