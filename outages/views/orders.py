"""Pages of switching orders: the list, one order, writing it, two versions side by side, and its print."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from adms.core import browser, spreadsheets
from adms.core.errors import Refused
from adms.core.models import ControlArea
from adms.core.selectors import persons
from network.domain import phases as ph
from network.selectors import equipment, state, studies
from outages import forms
from outages.domain.switching import life
from outages.domain.switching import steps as kinds
from outages.models import OrderEntry, OrderVersion, SwitchingOrder, SwitchingStep
from outages.selectors import order_words, rehearsal_words
from outages.selectors import planned as planned_outages
from outages.selectors import switching as reading
from outages.services.switching import drafting, of_study
from outages.services.switching.drafting import NewOrder
from outages.views import order_files, order_rehearsal, order_text
from outages.views.order_actions import DOCUMENT_VERBS, order_actions, step_actions
from workforce.selectors import crews

STEP_TONES = {"failed": "p1", "pending": "p2", "instructed": "p2", "completed": "earth", "already_there": "earth"}


#: The list as a file.
COLUMNS: dict[str, spreadsheets.Column] = {
    "order": "reference", "mrid": "mrid", "kind": "kind", "state": "state", "purpose": "purpose", "area": "area.key",
    "model": "model_key", "begins_at": "begins_at", "ends_at": "ends_at", "version": "version", "created_by": "created_by",
    "created_at": "created_at", "approved_by": "approved_by", "approved_at": "approved_at", "issued_at": "issued_at",
    "ended_at": "ended_at", "reason": "reason",
}  # fmt: skip


@browser.page("GET", may="see_network")
def order_list(request: browser.Request) -> HttpResponse:
    """Orders, those that begin next first."""
    show = request.GET.get("show", "open")
    show = show if show in reading.SHOWN else "open"
    area = request.GET.get("area", "")[:60]
    found = reading.orders(request.actor, show=show, area=area)
    if spreadsheets.is_wanted(request):
        return spreadsheets.answer(f"orders-{show}", COLUMNS, found, request.at)
    page = browser.paged(request, found, size=100)
    context = {
        "page": page,
        "filters": [
            {
                "key": key,
                "label": label,
                "is_current": key == show,
                "count": reading.orders(request.actor, show=key, area=area).count(),
            }
            for key, label in reading.SHOWN.items()
        ],
        "areas": list(ControlArea.objects.order_by("name")),
        "area": area,
        "may_write": request.actor.may("draft_order"),
        "now": request.at,
    }
    return browser.either(request, "switching/list.html", "switching/_rows.html", context, has_chips=True)


@browser.page("GET", may="see_network")
def order_page(request: browser.Request, order_id: int) -> HttpResponse:
    """One order: steps on the left, what they do on the right."""
    row = reading.order(request.actor, order_id)
    return browser.either(request, "switching/page.html", "switching/_page.html", _context(request, row))


def _context(request: browser.Request, row: SwitchingOrder) -> dict[str, Any]:
    found = reading.steps(row)
    ready = reading.next_steps(row, found)
    effects = _effects(row, found)
    called = {crew.key: crew.name for crew in crews.crews()} if any(step.crew for step in found) else {}
    entries = list(row.entries.order_by("-recorded_at", "-pk"))
    versions = list(row.versions.order_by("-number"))
    who = _who(row, found, entries, versions)
    return order_rehearsal.context(row, found, request.at) | {
        "steps": [
            _step(request, row, step, effects.get(step.key), is_ready=step.key in ready)
            | {
                "crew": called.get(step.crew, step.crew),
                "instructed_by": who[step.instructed_by],
                "ended_by": who[step.ended_by],
            }
            for step in found
        ],
        "actions": order_actions(request.actor, row),
        "documents": [_document(request, row, one) for one in row.documents.order_by("pk")],
        "may_use_template": (row.kind, row.state) == ("template", "approved")
        and request.actor.may("draft_order", row.area.key),
        "may_draft_document": request.actor.may("draft_order", row.area.key) and row.state not in life.ENDED,
        "versions": [
            {"number": one.number, "saved_by": who[one.saved_by], "saved_at": one.saved_at} for one in versions
        ],
        "entries": [_entry(one, who[one.actor]) for one in entries[:80]],
        "signatures": [
            {"what": _SIGNED[one.kind], "version": one.version, "by": who[one.actor], "at": one.recorded_at}
            for one in reversed(entries)
            if one.kind in _SIGNED
        ],
        "url": reverse("outages:order_page", args=[row.pk]),
        "written_by": who[row.created_by],
        "approved_by": who[row.approved_by],
    }


def _who(
    row: SwitchingOrder, steps: list[SwitchingStep], entries: list[OrderEntry], versions: list[OrderVersion]
) -> dict[str, str]:
    """Names of all who had to do with an order, by what was written down of them."""
    accounts = {row.created_by, row.approved_by, *(one.actor for one in entries), *(one.saved_by for one in versions)}
    return persons.names(accounts | {name for step in steps for name in (step.instructed_by, step.ended_by)})


def _effects(row: SwitchingOrder, found: list[SwitchingStep]) -> dict[str, dict[str, Any]]:
    """What each step does as rehearsed, by its key; of the power flow only what differs from the step before it."""
    told = {one["key"]: one for one in rehearsal_words.rehearsal(row.rehearsal).get("steps", ())}
    shown: dict[str, dict[str, Any]] = {}
    before = None
    for step in found:
        if step.key in told:
            flow = told[step.key].get("flow", {})
            now = _rounded(flow)
            shown[step.key] = told[step.key] | {"flow": {} if now == before else flow}
            before = now
    return shown


def _rounded(flow: dict[str, Any]) -> dict[str, Any]:
    """A power flow as it is read on the page: voltages to 0.001 pu, loading to 1 %."""
    places = {"v_min_pu": 3, "v_max_pu": 3, "loading_percent": 0}
    return {
        key: round(value, places[key]) if key in places and value is not None else value for key, value in flow.items()
    }


_SIGNED = {"written": gettext_lazy("Written")} | {
    state: order_words.STATES[state]
    for state in ("requested", "prepared", "checked", "approved", "scheduled", "issued", "completed")
}


def _entry(one: OrderEntry, actor: str) -> dict[str, Any]:
    tone = {"aborted": "p1", "timed_out": "p1", "completed": "done", "approved": "done"}.get(one.kind, "")
    return {
        "occurred_at": one.occurred_at,
        "recorded_at": one.recorded_at,
        "text": order_words.line(one),
        "actor": actor,
        "tone": tone,
        "is_late": (one.recorded_at - one.occurred_at).total_seconds() > 60,
    }


def _step(
    request: browser.Request, row: SwitchingOrder, step: SwitchingStep, effect: dict[str, Any] | None, *, is_ready: bool
) -> dict[str, Any]:
    return {
        "step": step,
        "note": order_words.note(step),
        "phases": ph.text(step.phases),
        "tone": STEP_TONES.get(step.state, "quiet"),
        "effect": effect,
        "is_ready": is_ready,
        "is_ended": step.state in kinds.ENDS,
        "actions": step_actions(request.actor, row, step, is_ready=is_ready),
    }


def _document(request: browser.Request, row: SwitchingOrder, one: Any) -> dict[str, Any]:
    return {
        "document": one,
        "kind": order_words.DOCUMENT_KINDS[one.kind],
        "actions": [
            {
                "label": DOCUMENT_VERBS[verb],
                "url": reverse("outages:document_act", args=[one.pk, verb]),
            }
            for verb in _offered(request, row, one)
        ],
    }


def _offered(request: browser.Request, row: SwitchingOrder, one: Any) -> list[str]:
    executes = request.actor.may("execute_order", row.area.key)
    if one.state == "draft" and executes:
        return ["issue", "cancel"] if row.state in life.EXECUTING else ["cancel"]
    if one.state != "issued":
        return []
    clear = ["clear"] if executes and reading.at_work(one) else []
    return clear + (["release"] if request.actor.name == one.holder else [])


@browser.page("GET", "POST", may="draft_order")
def order_new(request: browser.Request) -> HttpResponse:
    """Write an order."""
    known = state.models()
    values: dict[str, Any] = {
        "kind": "planned",
        "model": known[0] if known else "",
        "steps": request.GET.get("steps", ""),
    }
    if request.GET.get("study", "").isdecimal():
        values |= _of_study(request, int(request.GET["study"]))
    if request.GET.get("template", "").isdecimal():
        values |= _of_template(int(request.GET["template"]))
    if request.GET.get("planned", "").isdecimal():
        values |= _of_plan(request, int(request.GET["planned"]))
    context = {"models": known, "kinds": list(order_words.KINDS.items()), "url": request.path, "is_new": True}
    if request.method != "POST":
        return render(request, "switching/form.html", context | {"values": values, "help": order_text.HELP})
    try:
        row = drafting.write(actor=request.actor, new=_new(request), at=request.at)
    except Refused as refused:
        return _again(request, context, refused)
    return redirect("outages:order_page", row.pk)


def _of_study(request: browser.Request, number: int) -> dict[str, Any]:
    """What was moved in one of the actor's studies, as the lines of an order; devices by mRID where their name is not theirs alone."""
    shown = studies.shown(request.actor.name, number)
    model = shown.study.model.key
    steps = of_study.steps(shown.actions)
    names = equipment.own_names(model, {mrid for one in steps for mrid in (one.device, one.other) if mrid})
    lines = [
        order_text.said(
            {
                "kind": one.kind, "name": names.get(one.device, one.device), "terminal": one.terminal, "other": one.other,
                "other_terminal": one.other_terminal, "phases": ph.text(one.phases), "crew": "", "text": one.text,
            }
        )
        for one in steps
    ]  # fmt: skip
    return {"model": model, "purpose": shown.study.name, "steps": "\n".join(lines)}


def _of_template(number: int) -> dict[str, Any]:
    """An approved template as the beginning of an order."""
    template = drafting.approved_template(number)
    steps = "\n".join(order_text.line(step) for step in reading.steps(template))
    return {"model": template.model_key, "purpose": template.purpose, "steps": steps}


def _of_plan(request: browser.Request, number: int) -> dict[str, Any]:
    """A planned outage as the beginning of its order: its devices opened, and closed again in the other sequence."""
    plan = planned_outages.one(request.actor, number)
    names = equipment.own_names(plan.model_key, plan.device_mrids)
    told = [f"{names.get(one['mrid'], one['mrid'])}{_bracketed(one['phases'])}" for one in plan.devices]
    lines = [*(f"open {one}" for one in told), f"note : {plan.purpose}", *(f"close {one}" for one in reversed(told))]
    return {
        "model": plan.model_key,
        "purpose": plan.purpose,
        "begins_at": _local(plan.begins_at),
        "ends_at": _local(plan.ends_at),
        "planned_outage": plan.pk,
        "steps": "\n".join(lines),
    }


def _bracketed(phases: int) -> str:
    bits = phases & ph.ABC
    return "" if bits == ph.ABC else f" [{ph.text(bits)}]"


@browser.page("GET", "POST", may="draft_order")
def order_edit(request: browser.Request, order_id: int) -> HttpResponse:
    """Write its content anew; the steps keep who they are where their line stays."""
    row = reading.order(request.actor, order_id)
    found = reading.steps(row)
    context: dict[str, Any] = {"order": row, "url": request.path}
    if request.method != "POST":
        values = {
            "purpose": row.purpose,
            "begins_at": _local(row.begins_at),
            "ends_at": _local(row.ends_at),
            "steps": "\n".join(order_text.line(step) for step in found),
            "revision": row.revision,
        }
        return render(request, "switching/form.html", context | {"values": values, "help": order_text.HELP})
    seen = request.POST.get("revision", "")
    try:
        drafting.rewrite(
            actor=request.actor,
            order_id=order_id,
            new=_new(request, found),
            revision=int(seen) if seen.isdecimal() else None,
            at=request.at,
        )
    except Refused as refused:
        return _again(request, context, refused)
    return redirect("outages:order_page", order_id)


def _again(request: browser.Request, context: dict[str, Any], refused: Refused) -> HttpResponse:
    if refused.status not in browser.SHOWN_IN_PLACE:
        raise refused
    told = {"values": request.POST, "help": order_text.HELP, "error": browser.words(request, refused)}
    return render(request, "switching/form.html", context | told, status=refused.status)


def _new(request: browser.Request, found: list[SwitchingStep] | None = None) -> NewOrder:
    form = forms.Order(request.POST)
    if not form.is_valid():
        raise forms.refused(form)
    given = form.cleaned_data
    return NewOrder(
        model=given["model"],
        kind=given["kind"] or "planned",
        purpose=given["purpose"],
        steps=order_text.read(given["steps"], found or []),
        begins_at=given["begins_at"],
        ends_at=given["ends_at"],
        planned_outage=given["planned_outage"],
    )


def _local(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%dT%H:%M}" if at else ""


@browser.page("GET", may="see_network")
def order_difference(request: browser.Request, order_id: int, before: int, after: int) -> HttpResponse:
    """Two versions side by side; version 0 stands for what the order says now."""
    row = reading.order(request.actor, order_id)
    one, other = (
        reading.version(row, number).content if number else reading.content(row, reading.steps(row))
        for number in (before, after)
    )
    found = reading.differences(one, other)
    context = {
        "order": row,
        "before": before,
        "after": after,
        "heads": found["heads"],
        "lines": [_line(line) for line in found["steps"]],
    }
    return render(request, "switching/difference.html", context)


def _line(line: Any) -> dict[str, Any]:
    marks = {"added": "+", "removed": "−", "changed": "≠", "moved": "↕", "same": ""}
    tones = {"added": "earth", "removed": "p1", "changed": "p2", "moved": "p2", "same": ""}
    return {
        "what": line.what,
        "mark": marks[line.what],
        "tone": tones[line.what],
        "before": order_text.said(line.before) if line.before else "",
        "after": order_text.said(line.after) if line.after else "",
        "fields": ", ".join(line.fields),
    }


@browser.page("GET", may="see_network")
def order_print(request: browser.Request, order_id: int) -> HttpResponse:
    """The order as a PDF, with signatures and every instruction."""
    row = reading.order(request.actor, order_id)
    called = {crew.key: crew.name for crew in crews.crews()}
    printed = order_files.pdf(row, reading.steps(row), called, request.at)
    response = HttpResponse(printed, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{row.reference}-v{row.version}.pdf"'
    return response
