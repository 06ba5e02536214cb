"""Asking for a planned outage: devices picked on the map or by search, a look ahead, then the request.

What is chosen and typed is kept until it is asked for, so that one may go to the map and come back.
"""

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from adms.core import browser
from adms.core.errors import Refused
from network.selectors import equipment, search, versions
from outages import forms
from outages.selectors import planned as reading
from outages.services import planned, planned_drafts, planned_preview
from outages.views import planned_forms
from outages.views.planned import finding

MAY = "request_planned_outage"
FIELDS = ("begins_at", "ends_at", "purpose", "order_reference")
MOST_DEVICES, MOST_FOUND = 20, 8


@browser.page("GET", "POST", may=MAY)
def planned_new(request: browser.Request) -> HttpResponse:
    """The form. `?model=&device=` adds a device of the map; `go` says which button was pressed."""
    kept = _kept(request)
    if request.method != "POST":
        device, model = request.GET.get("device", "")[:80], request.GET.get("model", "")[:60]
        if device and model:
            _add(kept, model, device)
            _keep(request, kept)
            return redirect("outages:planned_new")
        return _show(request, kept)
    kept |= {name: request.POST.get(name, "").strip()[:200] for name in FIELDS}
    kept["model"] = kept["model"] or _model(request)
    return _act(request, kept, request.POST.get("go", "preview"))


def _act(request: browser.Request, kept: dict[str, Any], go: str) -> HttpResponse:
    what, __, mrid = go.partition(":")
    if what == "clear":
        planned_drafts.drop(actor=request.actor)
        return redirect("outages:planned_new")
    if what == "request":
        return _request(request, kept)
    found: list[dict[str, str]] | None = None
    if what == "add":
        _add(kept, kept["model"], mrid)
    elif what == "remove":
        kept["devices"] = [one for one in kept["devices"] if one != mrid]
    elif what == "find" or (what == "enter" and request.POST.get("device", "").strip()):
        found = _found(kept, request.POST.get("device", "").strip()[:80])
    _keep(request, kept)
    if what == "map":
        return redirect(f"{reverse('outages:control_room')}?model={kept['model']}")
    return _show(request, kept, found=found)


def _request(request: browser.Request, kept: dict[str, Any]) -> HttpResponse:
    form = planned_forms.Wanted(kept)
    if not form.is_valid():
        return _show(request, kept, error=forms.first_error(form), status=422)
    try:
        made = planned.request(
            actor=request.actor,
            model=kept["model"],
            devices=[planned.Wanted(mrid) for mrid in kept["devices"]],
            at=request.at,
            **form.cleaned_data,
        )
    except Refused as refused:
        if refused.status not in {*browser.SHOWN_IN_PLACE, 403, 404}:
            raise
        return _show(request, kept, error=browser.words(request, refused), status=refused.status)
    planned_drafts.drop(actor=request.actor)
    return redirect("outages:planned_page", made.pk)


def _kept(request: browser.Request) -> dict[str, Any]:
    empty: dict[str, Any] = {"model": "", "devices": [], **dict.fromkeys(FIELDS, "")}
    return {**empty, **reading.draft(request.actor)}


def _keep(request: browser.Request, kept: dict[str, Any]) -> None:
    planned_drafts.keep(actor=request.actor, content=kept, at=request.at)


def _model(request: browser.Request) -> str:
    published = [one["key"] for one in versions.operated()]
    typed = request.POST.get("model", "")
    return typed if typed in published else next(iter(published), "")


def _add(kept: dict[str, Any], model: str, mrid: str) -> None:
    """Another device; one of another network begins anew."""
    if kept["model"] != model:
        kept["model"], kept["devices"] = model, []
    if mrid and mrid not in kept["devices"] and len(kept["devices"]) < MOST_DEVICES:
        kept["devices"] = [*kept["devices"], mrid]


def _found(kept: dict[str, Any], text: str) -> list[dict[str, str]] | None:
    """Switches by what they are called; the one that is meant exactly is added at once, and nothing is left to choose."""
    rows = [one for one in search.find_equipment(text, 3 * MOST_FOUND, model=kept["model"]) if one.is_switch]
    exact = [one for one in rows if text.lower() in {one.name.lower(), one.mrid.lower()}]
    if len(exact) == 1:
        _add(kept, kept["model"], exact[0].mrid)
        return None
    return [_device(one) for one in rows[:MOST_FOUND] if one.mrid not in kept["devices"]]


def _device(one: Any) -> dict[str, str]:
    place = " / ".join(part for part in (one.substation, one.feeder) if part)
    return {"mrid": one.mrid, "name": one.name, "place": place}


def _show(
    request: browser.Request,
    kept: dict[str, Any],
    *,
    found: list[dict[str, str]] | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    rows = {one.mrid: one for one in equipment.published(kept["model"]).filter(mrid__in=kept["devices"])}
    devices = [_device(rows[mrid]) for mrid in kept["devices"] if mrid in rows]
    typed = {name: kept[name] for name in FIELDS}
    typed["begins_at"] = typed["begins_at"] or _usual(request.at, 8)
    typed["ends_at"] = typed["ends_at"] or _usual(request.at, 12)
    ahead, complaint = _ahead(request, kept["model"], devices, typed)
    context = {
        "models": versions.operated(),
        "model": kept["model"] or _model(request),
        "devices": devices,
        "found": found,
        "typed": typed,
        "searched": request.POST.get("device", "") if found is not None else "",
        "error": error or complaint,
        "ahead": ahead,
        "findings": [finding(one) for one in ahead.findings] if ahead else [],
        "has_error": any(one.level == "error" for one in ahead.findings) if ahead else False,
        "zone": timezone.get_current_timezone_name(),
    }
    return render(request, "planned/request.html", context, status=status)


def _usual(at: dt.datetime, hour: int) -> str:
    """In a week, in the morning: what is typed most."""
    day = timezone.localtime(at) + dt.timedelta(days=7)
    return day.replace(hour=hour, minute=0).strftime(planned_forms.MINUTE)


def _ahead(
    request: browser.Request, model: str, devices: list[dict[str, str]], typed: dict[str, str]
) -> tuple[planned_preview.Preview | None, str]:
    """What it would do, where enough is known to say so; else why not."""
    window = planned_forms.Wanted(typed).window()
    if not devices or window is None:
        return None, ""
    try:
        return (
            planned_preview.preview(
                actor=request.actor,
                model=model,
                devices=[planned.Wanted(one["mrid"]) for one in devices],
                begins_at=window[0],
                ends_at=window[1],
                at=request.at,
            ),
            "",
        )
    except Refused as refused:
        words = refused.message[:1].upper() + refused.message[1:]
        return None, _("%s.") % words.rstrip(".")
