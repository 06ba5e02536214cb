"""FLISR in the browser: events, the page of one with its plans and steps, modes, and how ready feeders are for the automatic one."""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser, runtime_settings, spreadsheets
from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.models import ControlArea
from network.domain.restoration.sequence import ISLAND
from network.selectors import operations as asked
from network.selectors import panels
from network.services import operations
from outages.domain.flisr import modes as domain
from outages.models import FlisrEvent, FlisrMode, FlisrStep
from outages.selectors import flisr as reading
from outages.selectors import outages
from outages.services.flisr import deciding, executing, modes, stepping

SEES = "see_network"
CONFIRM = "components/_confirm.html"
SELECT, EXECUTE = "network/_operate_select.html", "network/_operate_execute.html"
#: The tone of a state's tag; its word says it all.
TONES = {"proposed": "p2", "held": "p1", "executing": "p2", "declined": "p1", "done": "earth"}


#: The events as a file, of the rows as they are shown.
COLUMNS = ("id", "state", "device", "feeder", "area", "mode", "tripped_at", "customers", "summary", "saved", "verdict",
           "is_to_acknowledge")  # fmt: skip


@browser.page("GET", may=SEES)
def flisr_list(request: browser.Request) -> HttpResponse:
    """Events, modes, readiness."""
    found = reading.listed(request.actor)
    if spreadsheets.is_wanted(request):
        rows = (_row(one) for one in found[: spreadsheets.MOST])
        return spreadsheets.answer("flisr", {name: name for name in COLUMNS}, rows, request.at)
    page = browser.paged(request, found)
    page.object_list = [_row(one) for one in page.object_list]
    context = {
        "page": page,
        "ready": [_feeder(request.actor, one) for one in reading.readiness(request.actor)],
        "modes": reading.modes(),
        "system": _mode_label(modes.now(domain.SYSTEM)),
        "areas": [
            {
                "name": area.name,
                "mode": _mode_label(modes.now(domain.AREA, area.key)),
                "url": _mode_url(domain.AREA, area.key),
            }
            for area in ControlArea.objects.order_by("name")
            if request.actor.may(modes.SET, area.key)
        ],
        "system_url": _mode_url(domain.SYSTEM) if request.actor.may(modes.SET) else "",
        "now": request.at,
    }
    return browser.either(request, "flisr/list.html", "flisr/_rows.html", context)


def _feeder(actor: Actor, told: dict[str, Any]) -> dict[str, Any]:
    key = domain.feeder_key(told["model_key"], told["feeder_mrid"])
    may_set = actor.may(modes.SET, told["area"])
    return told | {
        "percent": round(told["share"] * 100),
        "mode": _mode_label(
            modes.effective(model=told["model_key"], area=told["area"], feeder_mrid=told["feeder_mrid"])
        ),
        "url": _mode_url(domain.FEEDER, key) if may_set else "",
    }


def _mode_label(mode: str) -> str:
    return str(FlisrMode.Mode(mode).label)


def _mode_url(scope: str, key: str = "") -> str:
    return f"{reverse('outages:flisr_mode')}?scope={scope}&key={key}"


def _row(one: FlisrEvent) -> dict[str, Any]:
    best = one.plans[0] if one.plans else None
    return {
        "id": one.pk,
        "url": reverse("outages:flisr_page", args=[one.pk]),
        "state": one.get_state_display(),
        "key": one.state,
        "tone": TONES.get(one.state, "quiet" if one.ended_at else ""),
        "device": one.device_name,
        "feeder": one.feeder,
        "area": one.area.name,
        "mode": one.get_mode_display(),
        "tripped_at": one.tripped_at,
        "customers": one.before.get("customers", 0),
        "summary": best["summary"] if best else one.reason,
        "saved": one.score.get("saved"),
        "verdict": one.verdict,
        "is_to_acknowledge": one.ended_at is not None and one.acknowledged_at is None and bool(one.plans),
    }


@browser.page("GET", may=SEES)
def flisr_page(request: browser.Request, event_id: int) -> HttpResponse:
    """One event: where the fault is, the plans with their reasons, what was done."""
    found = reading.one(request.actor, event_id)
    return browser.either(request, "flisr/page.html", "flisr/_page.html", _page(request, found))


def _page(request: browser.Request, found: FlisrEvent) -> dict[str, Any]:
    steps = list(found.steps.filter(revision=found.revision).order_by("place"))
    coming = executing.next_step(found) if found.state == "executing" else None
    may = request.actor.may(executing.TAKE, found.area.key)
    return {
        "event": _row(found)
        | {
            "before": found.before,
            "location": _location(found.location),
            "reason": found.reason,
            "planned_at": found.planned_at,
            "took_ms": found.took_ms,
            "revision": found.revision,
            "trigger": found.trigger,
            "outage_id": found.outage_id,
            "score": found.score,
            "acknowledged_by": found.acknowledged_by,
            "acknowledged_at": found.acknowledged_at,
            "remark": found.remark,
            "is_going": found.ended_at is None,
            "model": found.model_key,
        },
        "plans": [_plan(found, place, one, may=may) for place, one in enumerate(found.plans)],
        "steps": [_step(found, one, coming, may=may) for one in steps],
        "entries": list(found.entries.order_by("-at", "-pk")),
        "actions": _actions(found, may=may),
        "now": request.at,
    }


def _location(told: dict[str, Any]) -> dict[str, Any]:
    """Where the fault is, with the hours of islands as moments."""
    shown = {key: value for key, value in told.items() if key not in ("nodes", "before")}
    shown["islands"] = [
        island | {"hours": [hour | {"at": dt.datetime.fromisoformat(hour["at"])} for hour in island["hours"]]}
        for island in told.get("islands", ())
    ]
    return shown


def _plan(found: FlisrEvent, place: int, one: dict[str, Any], *, may: bool) -> dict[str, Any]:
    is_offered = found.state == "proposed" and one["is_safe"] and may
    return one | {
        "number": place + 1,
        "steps": [step | {"verb": _verb(step["purpose"], closes=step["close"])} for step in one["steps"]],
        "is_taken": found.chosen == place,
        "url": reverse("outages:flisr_take", args=[found.pk, place]) if is_offered else "",
    }


def _step(found: FlisrEvent, step: FlisrStep, coming: FlisrStep | None, *, may: bool) -> dict[str, Any]:
    is_next = coming is not None and coming.pk == step.pk and step.state == FlisrStep.State.NOT_STARTED
    verb = _verb(step.purpose, closes=step.is_close)
    return {
        "place": step.place,
        "verb": verb,
        "name": step.equipment_name,
        "purpose": step.purpose,
        "is_remote": step.is_remote,
        "state": step.get_state_display(),
        "key": step.state,
        "result": step.result,
        "actor": step.actor,
        "started_at": step.started_at,
        "ended_at": step.ended_at,
        "label": verb if step.is_remote else _("Reported as moved"),
        "url": reverse("outages:flisr_step", args=[found.pk, step.place]) if is_next and may else "",
    }


def _verb(purpose: str, *, closes: bool) -> str:
    """What a step does to what it names."""
    if purpose == ISLAND:
        return _("Island carried by")
    return _("Close") if closes else _("Open")


def _actions(found: FlisrEvent, *, may: bool) -> list[dict[str, str]]:
    if not may:
        return []
    buttons = []
    if found.state in ("proposed", "held", "executing"):
        buttons.append({"label": _("Plan anew"), "url": reverse("outages:flisr_again", args=[found.pk])})
    if found.ended_at is None:
        buttons.append({"label": _("Stop"), "url": reverse("outages:flisr_stop", args=[found.pk])})
    elif found.acknowledged_at is None:
        for verdict, label in (
            ("right", _("Acknowledge: plan was right")),
            ("wrong", _("Acknowledge: plan was wrong")),
        ):
            url = reverse("outages:flisr_acknowledge", args=[found.pk])
            buttons.append({"label": label, "url": f"{url}?verdict={verdict}"})
    return buttons


@browser.page("GET", may=SEES)
def flisr_of_outage(request: browser.Request, outage_id: int) -> HttpResponse:
    """The card on an outage's page; empty where FLISR has nothing to say."""
    outage = outages.outage(request.actor, outage_id)
    found = reading.of_outage(request.actor, outage.model_key, outage.device_mrid, outage_id)
    return render(request, "flisr/_card.html", {"event": _row(found) if found else None, "plan": _best(found)})


@browser.page("GET", may=SEES)
def flisr_waiting(request: browser.Request) -> HttpResponse:
    """What wants a person, above the outages of the control room."""
    rows = reading.waiting(request.actor, request.GET.get("model", ""))
    shown = [_row(one) | {"act": _next_act(request.actor, one)} for one in rows]
    first = next((one for one in shown if one["act"]), None)
    return render(request, "flisr/_waiting.html", {"events": shown, "first": first["id"] if first else None})


def _next_act(actor: Actor, found: FlisrEvent) -> dict[str, str] | None:
    """What a person may do next about an event: take its best safe plan, then step after step of it."""
    if not actor.may(executing.TAKE, found.area.key):
        return None
    if found.state == "proposed":
        place = next((number for number, one in enumerate(found.plans) if one["is_safe"]), None)
        url = "" if place is None else reverse("outages:flisr_take", args=[found.pk, place])
        return {"url": url, "label": _("Take the plan")} if url else None
    step = executing.next_step(found) if found.state == "executing" else None
    shown = _step(found, step, step, may=True) if step is not None else {"url": ""}
    return {"url": shown["url"], "label": f"{shown['label']} {shown['name']}"} if shown["url"] else None


def _best(found: FlisrEvent | None) -> dict[str, Any] | None:
    return found.plans[found.chosen or 0] if found and found.plans else None


# What people do


@browser.page("GET", "POST", may=SEES)
def flisr_take(request: browser.Request, event_id: int, place: int) -> HttpResponse:
    """Take a plan, after its effect was read once more."""
    found = reading.one(request.actor, event_id)
    plan = found.plans[place] if 0 <= place < len(found.plans) else None
    text = plan["summary"] + ". " + "; ".join(plan["reasons"]) if plan else ""
    context = {
        "title": _("Take plan %(number)s of event %(event)s?") % {"number": place + 1, "event": event_id},
        "text": text,
        "verb": _("Take the plan"),
        "enter_confirms": True,  # it moves nothing yet
        "fields": {"revision": found.revision},
    }
    if request.method != "POST":
        return _ask(request, context)
    revision = request.POST.get("revision", "")
    try:
        if not revision.isdigit():
            raise Invalid("which planning was seen?", field="revision")
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
        raise NotFound(f"no step {place}", step=place)
    return step


def _number(seen: str) -> int:
    return int(seen) if seen.isdecimal() else -1


def _first(request: browser.Request, found: FlisrEvent, step: FlisrStep) -> dict[str, Any]:
    here = reverse("outages:flisr_step", args=[found.pk, step.place])
    told = operations.first_step(actor=request.actor, request=executing.request_of(found, step, -1), at=request.at)
    second = reverse("outages:flisr_second", args=[found.pk, step.place])
    return told | {"operate_url": here, "second_url": second, "select_url": here}


def _second(request: browser.Request, found: FlisrEvent, step: FlisrStep, picked: Any) -> dict[str, Any]:
    digits = operations.digits_to_type(picked.equipment_name)
    device = operations.find_switch(found.model_key, step.equipment_mrid)
    return panels.asked(picked, device, request.at) | {
        "timeout_s": runtime_settings.get(operations.COMMAND_TIMEOUT),
        "digits": digits,
        "digits_prefix": picked.equipment_name[: picked.equipment_name.rfind(digits)],
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
    context: dict[str, Any] = {
        "scope": scope,
        "key": key,
        "url": request.get_full_path(),
        "present": modes.now(scope, key) if scope in domain.SCOPES else "",
        "choices": FlisrMode.Mode.choices,
    }
    if request.method != "POST":
        return render(request, "flisr/_mode.html", context)
    wanted = modes.Wanted(scope, key, request.POST.get("mode", ""), request.POST.get("reason", ""))
    try:
        modes.set_mode(actor=request.actor, wanted=wanted, at=request.at)
    except Refused as refused:
        if refused.status not in browser.SHOWN_IN_PLACE:
            raise
        return render(request, "flisr/_mode.html", context | {"error": browser.words(request, refused)})
    return browser.done(request, _("The mode is set"), back=reverse("outages:flisr_list"))


def _ask(request: browser.Request, context: dict[str, Any]) -> HttpResponse:
    return render(request, CONFIRM, context | {"url": request.get_full_path()})


def _again(request: browser.Request, context: dict[str, Any], refused: Refused) -> HttpResponse:
    """The dialog with why it was refused, where a dialog can show it."""
    if refused.status not in browser.SHOWN_IN_PLACE:
        raise refused
    return _ask(request, context | {"error": browser.words(request, refused)})


def _address(event_id: int) -> str:
    return reverse("outages:flisr_page", args=[event_id])
