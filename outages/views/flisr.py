"""FLISR in the browser: events, the page of one with its plans and steps, modes, and how ready feeders are for the automatic one."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adms.core import browser, spreadsheets
from adms.core.actors import Actor
from adms.core.models import ControlArea
from network.domain.restoration import islands
from network.domain.restoration.sequence import ISLAND, ISOLATE, JOIN, RESTORE, SEPARATE, TRANSFER, UNDO
from network.selectors import equipment, gate_words
from outages.domain.flisr import modes as domain
from outages.models import FlisrEvent, FlisrMode, FlisrStep
from outages.selectors import flisr as reading
from outages.selectors import flisr_words, outages
from outages.services.flisr import executing, modes
from outages.services.switching import suggesting

SEES = "see_network"
#: The tone of a state's tag; its word says it all.
TONES = {"proposed": "p2", "held": "p1", "executing": "p2", "declined": "p1", "done": "earth"}


#: What becomes of generation in the dead area, in a word, and the tone of its tag.
VERDICTS = {
    islands.SUFFICIENT: (gettext_lazy("self-sustaining"), "earth"),
    islands.INSUFFICIENT: (gettext_lazy("insufficient"), "p2"),
    islands.PARTED: (gettext_lazy("on the faulted section"), "p2"),
    islands.FEEDING: (gettext_lazy("feeds the fault"), "p1"),
}

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
    newest = reading.newest_modes()
    context = {
        "page": page,
        "ready": [_feeder(request.actor, one, newest) for one in reading.readiness(request.actor)],
        "system": mode_label(modes.now(domain.SYSTEM)),
        "areas": [
            {
                "name": area.name,
                "mode": _of_area(newest, area.key),
                "url": mode_url(domain.AREA, area.key),
            }
            for area in ControlArea.objects.order_by("name")
            if request.actor.may(modes.SET, area.key)
        ],
        "system_url": mode_url(domain.SYSTEM) if request.actor.may(modes.SET) else "",
        "now": request.at,
    }
    return browser.either(request, "flisr/list.html", "flisr/_rows.html", context)


def _feeder(actor: Actor, told: dict[str, Any], newest: dict[tuple[str, str], FlisrMode]) -> dict[str, Any]:
    key = domain.feeder_key(told["model_key"], told["feeder_mrid"])
    applies, _held_by = reading.applying(newest, area=told["area"], key=key)
    return told | {
        "percent": round(told["share"] * 100),
        "mode": mode_label(applies),
        "url": mode_url(domain.FEEDER, key) if actor.may(modes.SET, told["area"]) else "",
    }


def mode_label(mode: str) -> str:
    """What a mode is called."""
    return str(FlisrMode.Mode(mode).label)


def _of_area(newest: dict[tuple[str, str], FlisrMode], key: str) -> str:
    """An area in which nobody has set a mode does not hold the system back."""
    row = newest.get((domain.AREA, key))
    return mode_label(row.mode) if row else _("as the system")


def mode_url(scope: str, key: str = "") -> str:
    """The dialog that sets the mode of a scope."""
    return f"{reverse('outages:flisr_mode')}?{urlencode({'scope': scope, 'key': key})}"


def _row(one: FlisrEvent) -> dict[str, Any]:
    best = one.plans[one.chosen or 0] if one.plans else None  # the one that was taken, if one was
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
        "summary": flisr_words.said(best["summary"] if best else one.reason),
        "saved": one.score.get("saved"),
        "verdict": one.verdict,
        "is_to_acknowledge": one.ended_at is not None and one.acknowledged_at is None and bool(one.plans),
    }


@browser.page("GET", may=SEES)
def flisr_page(request: browser.Request, event_id: int) -> HttpResponse:
    """One event: where the fault is, the plans with their reasons, what was done."""
    found = reading.one(request.actor, event_id)
    return browser.either(request, "flisr/page.html", "flisr/_page.html", _page(request, found))


def _tripped_by(found: FlisrEvent) -> str:
    """The protection that tripped, as its relay named it; nothing where none did."""
    moment = (found.device_mrid, found.tripped_at)
    return equipment.movements({moment}).get(moment, equipment.Movement()).reason


def _page(request: browser.Request, found: FlisrEvent) -> dict[str, Any]:
    steps = list(found.steps.filter(revision=found.revision).select_related("order_step__order").order_by("place"))
    coming = executing.next_step(found) if found.state == "executing" else None
    may = request.actor.may(executing.TAKE, found.area.key)
    return {
        "event": _row(found)
        | {
            "before": found.before,
            "location": _location(found.location),
            "reason": flisr_words.said(found.reason),
            "planned_at": found.planned_at,
            "took_s": found.took_ms / 1000.0,
            "revision": found.revision,
            "trigger": found.trigger,
            "tripped_by": _tripped_by(found),
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
        "entries": [
            {
                "at": one.at,
                "actor": gate_words.automation("flisr") if one.actor == "flisr" else one.actor,
                "text": flisr_words.said(one.text),
            }
            for one in found.entries.order_by("-at", "-pk")
        ],
        "actions": _actions(found, may=may),
        "normal_url": _normal_url(request, found, steps),
        "now": request.at,
    }


def _normal_url(request: browser.Request, found: FlisrEvent, steps: Sequence[FlisrStep]) -> str:
    """Where an order is suggested that takes back what the event has switched; nothing while it goes on, or where it moved nothing."""
    moved = any(one.state == FlisrStep.State.COMPLETED for one in steps)
    if found.ended_at is None or not moved or not request.actor.may("draft_order", found.area.key):
        return ""
    asked = {"goal": suggesting.NORMAL, "model": found.model_key, "equipment": found.device_mrid}
    return f"{reverse('outages:order_suggest')}?{urlencode(asked)}"


def _location(told: dict[str, Any]) -> dict[str, Any]:
    """Where the fault is, with the hours of islands as moments."""
    told = flisr_words.location(told)
    shown = {key: value for key, value in told.items() if key not in ("nodes", "before")}
    shown["islands"] = [_island(island) for island in told.get("islands", ())]
    return shown


def _island(told: dict[str, Any]) -> dict[str, Any]:
    """An island of generation: its verdict in a word, and its hours as moments with what is left over in each."""
    hours = [
        hour | {"at": dt.datetime.fromisoformat(hour["at"]), "left_kw": hour["generation_kw"] - hour["load_kw"]}
        for hour in told["hours"]
    ]
    word, tone = VERDICTS.get(told["verdict"], ("", ""))
    return told | {"hours": hours, "word": word, "tone": tone}


def _plan(found: FlisrEvent, place: int, one: dict[str, Any], *, may: bool) -> dict[str, Any]:
    is_offered = found.state == "proposed" and one["is_safe"] and may
    return flisr_words.plan(one) | {
        "number": place + 1,
        "steps": [
            step | {"verb": _verb(step["purpose"], closes=step["close"]), "purpose": _purpose(step["purpose"])}
            for step in one["steps"]
        ],
        "is_taken": found.chosen == place,
        "url": reverse("outages:flisr_take", args=[found.pk, place]) if is_offered else "",
    }


def _step(found: FlisrEvent, step: FlisrStep, coming: FlisrStep | None, *, may: bool) -> dict[str, Any]:
    is_coming = coming is not None and coming.pk == step.pk
    is_next = is_coming and step.state == FlisrStep.State.NOT_STARTED
    told = step.order_step
    verb = _verb(step.purpose, closes=step.is_close)
    return {
        "place": step.place,
        "verb": verb,
        "name": step.equipment_name,
        "purpose": _purpose(step.purpose),
        "is_remote": step.is_remote,
        "state": step.get_state_display(),
        "key": step.state,
        "result": flisr_words.said(step.result),
        "actor": step.actor,
        "started_at": step.started_at,
        "ended_at": step.ended_at,
        "label": verb if step.is_remote else _("Reported as moved"),
        "url": reverse("outages:flisr_step", args=[found.pk, step.place]) if is_next and may else "",
        "crew": told.instructed_to if told else "",
        "order": {"name": told.order.reference, "url": reverse("outages:order_page", args=[told.order_id])}
        if told
        else None,
        "crew_acts": _crew_acts(found, step, is_coming=is_coming and may),
    }


def _crew_acts(found: FlisrEvent, step: FlisrStep, *, is_coming: bool) -> list[dict[str, str]]:
    """What a person may do about the crew of a step that is done by hand."""
    if not is_coming or step.is_remote:
        return []
    if step.state == FlisrStep.State.INSTRUCTED:
        return [{"label": _("Take back"), "url": reverse("outages:flisr_take_back", args=[found.pk, step.place])}]
    return [{"label": _("Tell a crew"), "url": reverse("outages:flisr_instruct", args=[found.pk, step.place])}]


def _purpose(purpose: str) -> str:
    """What a step is for."""
    words = {
        ISOLATE: _("hold the fault off"),
        ISLAND: _("keep the island"),
        SEPARATE: _("separate"),
        JOIN: _("join"),
        RESTORE: _("restore"),
        TRANSFER: _("hand load over"),
        UNDO: _("open the ring again"),
    }
    return words.get(purpose, purpose)


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
    model = request.GET.get("model", "")
    return browser.together(request, "flisr waiting", lambda: _waiting(request, model), model)


def _waiting(request: browser.Request, model: str) -> HttpResponse:
    rows = reading.waiting(request.actor, model)
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
    return flisr_words.plan(found.plans[found.chosen or 0]) if found and found.plans else None
