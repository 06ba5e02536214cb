"""What may be done with an order and its steps on their page: the buttons, the dialogs behind them, and the doing."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from adms.core import browser
from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from adms.core.selectors import persons
from network.selectors import equipment
from network.selectors import operations as asked
from network.services import operations
from outages.domain.switching import life
from outages.domain.switching import steps as kinds
from outages.models import SafetyDocument, SwitchingOrder, SwitchingStep
from outages.selectors import crew_jobs, order_words
from outages.selectors import switching as reading
from outages.services.switching import approving, drafting, executing, rehearsal_jobs, rehearsing, reporting, safety
from outages.views import order_rehearsal
from workforce.selectors import crews

ASK = "switching/_ask.html"
#: Who releases a safety document does so on the page of its order, or on a crew's page.
HOLDERS = ("execute_order", "see_own_work")


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that is done with an order: its button, the state it leads to, the right it needs, and who does it."""

    label: Any
    following: str
    right: str
    go: Callable[..., Any]
    is_primary: bool = True
    has_reason: bool = False


VERBS = {
    "request": Verb(_("Request"), "requested", "draft_order", drafting.request),
    "prepare": Verb(_("Prepare"), "prepared", "draft_order", approving.prepare),
    "check": Verb(_("Check"), "checked", "check_order", approving.check),
    "approve": Verb(_("Approve"), "approved", "approve_order", approving.approve),
    "schedule": Verb(_("Schedule"), "scheduled", "execute_order", approving.schedule, is_primary=False),
    "issue": Verb(_("Issue"), "issued", "execute_order", approving.issue),
    "complete": Verb(_("Complete"), "completed", "execute_order", executing.complete),
    "reject": Verb(_("Reject"), "rejected", "check_order", approving.reject, is_primary=False, has_reason=True),
    "rework": Verb(_("Rework"), "draft", "draft_order", drafting.rework, is_primary=False, has_reason=True),
    "abort": Verb(
        _("Abort and go back"), "aborting", "execute_order", executing.abort, is_primary=False, has_reason=True
    ),
    "cancel": Verb(_("Cancel order"), "cancelled", "draft_order", approving.cancel, is_primary=False, has_reason=True),
}
#: Buttons of a step: label, and the states it is offered in.
STEP_VERBS = {
    "operate": _("Operate"),
    "do": _("Done"),
    "instruct": _("Instruct"),
    "report": _("Report"),
    "take-back": _("Take back"),
    "resolve": _("What became of it"),
    "leave-out": _("Leave out"),
}
DOCUMENT_VERBS = {"issue": _("Issue"), "release": _("Release"), "cancel": _("Cancel"), "clear": _("Crew is clear")}
_DOCUMENT_GO = {"issue": safety.issue, "release": safety.release, "cancel": safety.cancel}


def order_actions(actor: Actor, row: SwitchingOrder) -> list[dict[str, Any]]:
    """Buttons of an order in its state; what somebody has no right to stays visible, with the reason."""
    return [
        {
            "label": verb.label,
            "url": reverse("outages:order_act", args=[row.pk, name]),
            "is_primary": verb.is_primary,
            "is_enabled": actor.may(verb.right, row.area.key),
            "reason": _("You have no right to that in this area"),
        }
        for name, verb in VERBS.items()
        if life.may_become(row.kind, row.state, verb.following)
    ]


def step_actions(actor: Actor, row: SwitchingOrder, step: SwitchingStep, *, is_ready: bool) -> list[dict[str, Any]]:
    """Buttons of a step."""
    if row.state not in life.EXECUTING or not actor.may("execute_order", row.area.key):
        return []
    return [
        {"label": STEP_VERBS[name], "url": reverse("outages:order_step", args=[row.pk, step.key, name])}
        for name in _offered(row, step, is_ready=is_ready)
    ]


def _offered(row: SwitchingOrder, step: SwitchingStep, *, is_ready: bool) -> list[str]:
    if step.state == "pending":
        return ["resolve"]
    if step.state == "instructed":
        return ["report", "take-back"]
    if step.state in kinds.ENDS:
        return []
    if not is_ready:
        return ["leave-out"]
    if row.kind == "training":
        return ["report" if step.kind in kinds.SWITCHING else "do", "leave-out"]
    return ["operate" if step.kind in kinds.SWITCHING else "do", "instruct", "leave-out"]


@browser.page("GET", "POST", may="see_network")
def order_act(request: browser.Request, order_id: int, verb: str) -> HttpResponse:
    """Ask, then do."""
    row = reading.order(request.actor, order_id)
    known = VERBS.get(verb)
    if known is None:
        raise NotFound(gettext("nothing is called %(verb)s") % {"verb": verb})
    context = {
        "title": f"{known.label}: {row.reference}",
        "text": row.purpose,
        "verb": known.label,
        "url": request.path,
    }
    fields = [_field("reason", _("Reason"))] if known.has_reason else []
    became = f"{row.reference}: {order_words.STATES[known.following]}"

    def go() -> str:
        more = {"reason": request.POST.get("reason", "")[:200]} if known.has_reason else {}
        if verb in approving.REHEARSED:
            if rehearsal_jobs.decide(
                actor=request.actor, order_id=order_id, verb=verb, revision=row.revision, at=request.at
            ):
                return became
            return str(
                _("%(order)s is rehearsed first, then: %(verb)s") % {"order": row.reference, "verb": known.label}
            )
        known.go(actor=request.actor, order_id=order_id, at=request.at, **more)
        return became

    return _ask(request, row.pk, context | {"fields": fields}, go)


@browser.page("GET", "POST", may="see_network")
def order_rehearse(request: browser.Request, order_id: int) -> HttpResponse:
    """Ask for a rehearsal; fetched, how far it is, or what came of the latest."""
    if request.method == "POST":
        basis = request.POST.get("basis", rehearsing.PRESENT)[:10]
        rehearsal_jobs.ask(actor=request.actor, order_id=order_id, basis=basis, at=request.at)
        return browser.done(request, str(_("The rehearsal is asked for")), back=_back(order_id))
    row = reading.order(request.actor, order_id)
    return render(request, "switching/_rehearsal.html", order_rehearsal.context(row, reading.steps(row), request.at))


@browser.page("POST", may="see_network")
def order_rehearsal_cancel(request: browser.Request, order_id: int) -> HttpResponse:
    """Stop the rehearsal that is under way."""
    rehearsal_jobs.cancel(actor=request.actor, order_id=order_id, at=request.at)
    return browser.done(request, str(_("The rehearsal is being cancelled")), back=_back(order_id))


@browser.page("GET", "POST", may="see_network")
def order_step(request: browser.Request, order_id: int, step: str, verb: str) -> HttpResponse:
    """Ask, then do, of one step."""
    row = reading.order(request.actor, order_id)
    found = executing_step(row, step)
    if verb == "operate":
        return _operate(request, row, found)
    if verb not in STEP_VERBS:
        raise NotFound(gettext("nothing is called %(verb)s") % {"verb": verb})
    where = _("%(order)s step %(step)s") % {"order": row.reference, "step": found.position}
    title = f"{STEP_VERBS[verb]}: {where}"
    context = {"title": title, "text": order_words.told_step(found), "verb": STEP_VERBS[verb], "url": request.path}

    def go() -> str:
        _GO[verb](request, order_id, step)
        state = executing_step(row, step).get_state_display()
        said = _("%(order)s step %(step)s: %(state)s")
        return str(said % {"order": row.reference, "step": found.position, "state": state})

    return _ask(request, row.pk, context | {"fields": _fields(verb)}, go)


def executing_step(row: SwitchingOrder, key: str) -> SwitchingStep:
    """A step of an order, to be shown."""
    found = row.steps.filter(key=key).first()
    if found is None:
        raise NotFound(
            gettext("%(reference)s has no step %(key)s") % {"reference": row.reference, "key": key}, step=key
        )
    return found


def _fields(verb: str) -> list[dict[str, Any]]:
    if verb == "instruct":
        return [crew_field()]
    if verb == "report":
        outcomes = [(key, order_words.STEP_STATES[key]) for key in reporting.OUTCOMES]
        return [_field("outcome", _("What the field says"), outcomes), _field("note", _("Note"), is_needed=False)]
    if verb == "resolve":
        became = [("done", _("It stands as wanted")), ("failed", _("It did not move"))]
        return [_field("became", _("What became of it"), became), _field("note", _("How it is known"))]
    if verb == "leave-out":
        return [_field("reason", _("Reason"))]
    return [_field("note", _("Note"), is_needed=False)] if verb == "do" else []


def crew_field() -> dict[str, Any]:
    """Which crew is told, with what each is on."""
    jobs = crew_jobs.elsewhere()
    free = [
        (crew.key, " · ".join((crew.name, crew.get_shift_display(), *jobs.get(crew.key, ())))) for crew in crews.crews()
    ]
    return _field("crew", _("Crew"), free)


def _field(name: str, label: Any, options: Any = (), *, is_needed: bool = True) -> dict[str, Any]:
    return {"name": name, "label": label, "options": list(options), "is_needed": is_needed}


def _given(request: browser.Request, name: str) -> str:
    return request.POST.get(name, "").strip()[:400]


_GO: dict[str, Callable[[browser.Request, int, str], Any]] = {
    "do": lambda r, o, s: executing.do(actor=r.actor, order_id=o, step=s, note=_given(r, "note"), at=r.at),
    "instruct": lambda r, o, s: executing.instruct(actor=r.actor, order_id=o, step=s, crew=_given(r, "crew"), at=r.at),
    "report": lambda r, o, s: reporting.report(
        actor=r.actor, order_id=o, step=s, outcome=_given(r, "outcome"), note=_given(r, "note"), at=r.at
    ),
    "take-back": lambda r, o, s: executing.take_back(actor=r.actor, order_id=o, step=s, at=r.at),
    "resolve": lambda r, o, s: executing.resolve(
        actor=r.actor, order_id=o, step=s, is_done=_given(r, "became") == "done", note=_given(r, "note"), at=r.at
    ),
    "leave-out": lambda r, o, s: executing.leave_out(
        actor=r.actor, order_id=o, step=s, reason=_given(r, "reason"), at=r.at
    ),
}


@browser.page("GET", "POST", may="see_network")
def document_act(request: browser.Request, document_id: int, verb: str) -> HttpResponse:
    """Issue, release or cancel a safety document, or write down that a crew is clear of it."""
    document = safety.find(document_id)
    row = reading.order(request.actor, document.order_id)
    if verb not in DOCUMENT_VERBS:
        raise NotFound(gettext("nothing is called %(verb)s") % {"verb": verb})
    is_clear = verb == "clear"
    context = {
        "title": f"{DOCUMENT_VERBS[verb]}: {document.reference}",
        "text": f"{document.get_kind_display()} · {document.equipment_name}: {document.work}",
        "lacking": _lacking(document, verb),
        "verb": DOCUMENT_VERBS[verb],
        "url": request.path,
        "fields": [_field("crew", _("Has told you: people, tools and own grounds are off"), _working(document))]
        if is_clear
        else [],
    }

    def go() -> str:
        if is_clear:
            crew = _given(request, "crew")
            safety.report_clear(actor=request.actor, document_id=document_id, crew=crew, at=request.at)
        else:
            _DOCUMENT_GO[verb](actor=request.actor, document_id=document_id, at=request.at)
        return f"{document.reference}: {DOCUMENT_VERBS[verb] if is_clear else safety.find(document_id).get_state_display()}"

    return _ask(request, row.pk, context, go)


def _lacking(document: SafetyDocument, verb: str) -> list[str]:
    """What has to be done before it may be issued, or released."""
    if verb == "issue":
        return safety.missing(document)
    crews = reading.at_work(document) if verb == "release" else []
    return [str(_("%(crew)s is not clear of it yet") % {"crew": one["name"]}) for one in crews]


def _working(document: SafetyDocument) -> list[tuple[str, str]]:
    return [(one["key"], one["name"]) for one in reading.at_work(document)]


@browser.page("GET", "POST", may="draft_order")
def document_new(request: browser.Request, order_id: int) -> HttpResponse:
    """Draft a safety document."""
    row = reading.order(request.actor, order_id)
    title = str(_("Safety document for %(order)s") % {"order": row.reference})
    context = {"title": title, "text": "", "verb": _("Draft"), "url": request.path}
    fields = _document_fields(row)

    def go() -> str:
        names = [_mrid(row, one) for one in _several(request, "points")]
        new = safety.NewDocument(
            kind=_given(request, "kind"),
            work=_given(request, "work"),
            equipment_mrid=_mrid(row, _given(request, "equipment")),
            points=names,
            holder=_given(request, "holder"),
            crews=_several(request, "crews"),
        )
        drafted = safety.draft(actor=request.actor, order_id=order_id, new=new, at=request.at)
        return str(_("%(document)s is drafted") % {"document": drafted.reference})

    return _ask(request, row.pk, context | {"fields": fields}, go)


def _document_fields(row: SwitchingOrder) -> list[dict[str, Any]]:
    """What is asked of a document; what the order's steps say already stands there."""
    steps = reading.steps(row)
    worked_on = [one.device_name for one in steps if one.kind in ("ground", "test_dead")]
    points = dict.fromkeys(one.device_name for one in steps if one.kind == "tag")
    people = persons.who_may(HOLDERS, row.area.key)
    return [
        _field("kind", _("Kind"), order_words.DOCUMENT_KINDS.items()),
        _field("equipment", _("Worked on (name or mRID)")) | {"value": worked_on[0] if worked_on else ""},
        _field("work", _("Work")),
        _field("points", _("Points, separated by commas")) | {"value": ", ".join(points)},
        _field("holder", _("Held by, who alone releases it"), people),
        _field("crews", _("Crews that work under it"), [(one.key, one.name) for one in crews.crews()], is_needed=False)
        | {"is_many": True, "value": []},
    ]


def _several(request: browser.Request, name: str) -> list[str]:
    given = ",".join(request.POST.getlist(name))[:400]
    return [one.strip() for one in given.split(",") if one.strip()]


def _mrid(row: SwitchingOrder, device: str) -> str:
    """The mRID of what is named; as it is where nothing or several are called so: the service refuses it."""
    found = list(equipment.published(row.model_key).filter(name=device).values_list("mrid", flat=True)[:2])
    return found[0] if len(found) == 1 else device


def _ask(request: browser.Request, order_id: int, context: dict[str, Any], go: Callable[[], str]) -> HttpResponse:
    """The dialog; then the deed, or the dialog again with what was wrong and what had been typed."""
    if request.method != "POST":
        return render(request, ASK, context)
    try:
        done = go()
    except Refused as refused:
        if refused.status not in browser.SHOWN_IN_PLACE:
            raise
        for field in context["fields"]:
            field["value"] = (
                _several(request, field["name"]) if field.get("is_many") else _given(request, field["name"])
            )
        return render(request, ASK, context | {"error": browser.words(request, refused)}, status=refused.status)
    return browser.done(request, done, back=_back(order_id))


def _back(order_id: int) -> str:
    return reverse("outages:order_page", args=[order_id])


# The two steps of a command, in the dialog of the device


def _operate(request: browser.Request, row: SwitchingOrder, step: SwitchingStep) -> HttpResponse:
    if request.method != "POST":
        return render(request, "network/_operate_select.html", {"operation": _first(request, row, step)})
    seen = request.POST.get("seen_number", "")
    try:
        picked = executing.select(
            actor=request.actor,
            order_id=row.pk,
            step=step.key,
            seen_number=_number(seen),
            at=request.at,
        )
    except Refused as refused:
        context = {"operation": _first(request, row, step), "refusal": refused.message}
        return render(request, "network/_operate_select.html", context)
    return render(request, "network/_operate_execute.html", {"operation": _second(row, step, picked, request.at)})


@browser.page("POST", may="see_network")
def order_execute(request: browser.Request, order_id: int, step: str, operation_id: uuid.UUID) -> HttpResponse:
    """Operate what was selected for a step, or say why not."""
    row = reading.order(request.actor, order_id)
    found = executing_step(row, step)
    reason = request.POST.get("reason", "")[:200]
    try:
        executing.operate(
            actor=request.actor,
            order_id=order_id,
            step=step,
            operation_id=operation_id,
            confirmation=request.POST.get("confirmation", ""),
            reason=reason,
            at=request.at,
        )
    except Refused as refused:
        shown = _second(row, found, asked.operation(operation_id), request.at)
        context = {"operation": shown, "refusal": refused.message, "reason": reason}
        return render(request, "network/_operate_execute.html", context)
    return redirect("network:operation_status", operation_id)


@browser.page("POST", may="operate_switch")
def order_second(request: browser.Request, order_id: int, step: str) -> HttpResponse:
    """A step beyond a guard: the password again, a second person asked; then its first step once more."""
    row = reading.order(request.actor, order_id)
    found = executing_step(row, step)
    told, refusal = "", ""
    try:
        told = operations.pass_guard(
            actor=request.actor,
            request=executing.request_of(row, found, _number(request.POST.get("seen_number", ""))),
            password=request.POST.get("password", ""),
            reason=request.POST.get("reason", ""),
            moves_here="here" in request.POST,
            at=request.at,
        )
    except Refused as refused:
        refusal = refused.message
    context = {"operation": _first(request, row, found), "refusal": refusal, "told": told}
    return render(request, "network/_operate_select.html", context)


def _number(seen: str) -> int:
    return int(seen) if seen.isdecimal() else -1


def _first(request: browser.Request, row: SwitchingOrder, step: SwitchingStep) -> dict[str, Any]:
    operate = reverse("outages:order_step", args=[row.pk, step.key, "operate"])
    told = operations.first_step(actor=request.actor, request=executing.request_of(row, step, -1), at=request.at)
    return told | {
        "operate_url": operate,
        "second_url": reverse("outages:order_second", args=[row.pk, step.key]),
        "select_url": operate,
    }


def _second(row: SwitchingOrder, step: SwitchingStep, picked: Any, at: dt.datetime) -> dict[str, Any]:
    return operations.second_step(picked=picked, at=at) | {
        "execute_url": reverse("outages:order_execute", args=[row.pk, step.key, picked.pk]),
        "release_url": reverse("network:release", args=[picked.pk]),
        "select_again_url": reverse("outages:order_step", args=[row.pk, step.key, "operate"]),
    }
