"""Alarms in the browser: the list beside the map, the page with its tabs, acknowledging and shelving, kinds and rates."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import alarms, browser, runtime_settings, spreadsheets
from adms.core.errors import Invalid
from adms.core.models import Alarm
from adms.core.selectors import alarms as reading
from adms.core.services import alarms as writing

SEES = "see_network"
TABS = ("standing", "shelved", "stale", "journal", "rates", "kinds")
#: In the column beside the map.
BESIDE = 30
PERIODS = {"day": 1, "week": 7, "month": 30}


@browser.page("GET", may=SEES)
def page(request: browser.Request, tab: str = "standing") -> HttpResponse:
    """One tab of the page of alarms."""
    chosen = tab if tab in TABS else "standing"
    if spreadsheets.is_wanted(request) and chosen in _FILES:
        columns, rows = _FILES[chosen]
        return spreadsheets.answer(f"alarms-{chosen}", columns, rows(request), request.at)
    context = {"tab": chosen, "tabs": _tabs(chosen), "now": request.at} | _CONTENTS[chosen](request)
    return browser.either(request, "alarms/page.html", "alarms/_page.html", context)


def _tabs(chosen: str) -> list[dict[str, Any]]:
    labels = {
        "standing": _("Standing"),
        "shelved": _("Shelved"),
        "stale": _("Stale"),
        "journal": _("Journal"),
        "rates": _("Rates"),
        "kinds": _("Kinds"),
    }
    return [{"label": labels[one], "url": reverse("alarms", args=[one]), "is_chosen": one == chosen} for one in TABS]


@browser.page("GET", may=SEES)
def beside(request: browser.Request) -> HttpResponse:
    """The list in the control room."""

    def make() -> HttpResponse:
        return render(request, "alarms/_beside.html", _standing(request, BESIDE))

    return browser.together(request, "alarms beside", make)


@browser.page("GET", may=SEES)
def bar(request: browser.Request) -> HttpResponse:
    """The top bar's figures: how many nobody has acknowledged, how many came within ten minutes."""
    return browser.together(request, "alarms bar", lambda: _bar(request))


def _bar(request: browser.Request) -> HttpResponse:
    told = reading.summary(actor=request.actor, at=request.at)
    context = {
        "unseen": told.unseen,
        "rate": told.rate,
        "flood_from": runtime_settings.get(alarms.FLOOD_FROM),
        "is_flood": told.flood_since is not None,
        "sounds": told.urgent > 0,
    }
    return render(request, "alarms/_bar.html", context)


def _standing(request: browser.Request, most: int = reading.MOST) -> dict[str, Any]:
    told = reading.standing(actor=request.actor, at=request.at, most=most)
    chatters = writing.chattering(at=request.at)
    return {
        "told": told.summary,
        "more": told.more,
        "groups": [_group(request, one, chatters) for one in told.groups],
        "counts": told.summary.counts,
        "clear_since": None if told.groups else reading.clear_since(actor=request.actor),
        "flood_from": runtime_settings.get(alarms.FLOOD_FROM),
        "now": request.at,
    }


def _group(request: browser.Request, group: reading.Group, chatters: dict[int, int]) -> dict[str, Any]:
    first = group.first
    may = request.actor.may(writing.ACKNOWLEDGE, first.area.key)
    return {
        "id": first.pk,
        "priority": group.priority,
        "is_new": group.unseen > 0,
        "unseen": group.unseen,
        "numbers": ",".join(str(one.pk) for one in group.all if not one.is_acknowledged),
        "seen": group.latest,
        "lines": [_line(request, one, chatters.get(one.pk, 0)) for one in group.all],
        "others": len(group.others),
        "may": may,
        "why_not": "" if may else _("Only the desk of the area acknowledges its alarms."),
    }


def _line(request: browser.Request, row: Alarm, chatters: int) -> dict[str, Any]:
    kind = alarms.kind(row.definition)
    return {
        "id": row.pk,
        "title": kind.title,
        "response": kind.response,
        "text": reading.words(row),
        "area": row.area.name,
        "priority": row.priority,
        "raised_at": row.raised_at,
        "returned_at": None if row.is_active else row.returned_at,
        "acknowledged_by": row.acknowledged_by,
        "acknowledged_at": row.acknowledged_at,
        "occurrences": row.occurrences,
        "chatters": chatters,
        "link": row.link,
        "model": row.model,
        "branch": row.branch,
        "shelve_url": reverse("alarm_shelve", args=[row.pk]) if request.actor.may(writing.SHELVE, row.area.key) else "",
    }


@browser.page("POST", may=writing.ACKNOWLEDGE)
def acknowledge(request: browser.Request) -> HttpResponse:
    """Acknowledge what the page showed: `numbers` of alarms, `seen` the latest transition it knew."""
    numbers = [int(one) for one in request.POST.get("numbers", "").split(",") if one.isdecimal()]
    seen = request.POST.get("seen", "")
    if not numbers or not seen.isdecimal():
        raise Invalid(_("say which alarms, and what was seen of them"))
    done = writing.acknowledge(actor=request.actor, numbers=numbers, seen=int(seen), at=request.at)
    words = _("%(count)d acknowledged") % {"count": done.acknowledged}
    if done.newer:
        words += "; " + _("%(count)d came again meanwhile and are still to be seen") % {"count": done.newer}
    if done.elsewhere:
        words += "; " + _("%(count)d are of other areas") % {"count": done.elsewhere}
    return browser.done(request, words, back=reverse("alarms", args=["standing"]))


@browser.page("GET", "POST", may=writing.SHELVE)
def shelve(request: browser.Request, number: int) -> HttpResponse:
    """Put an alarm aside: for how long, and why."""
    if request.method == "POST":
        hours = request.POST.get("choice", "")
        if hours != "once" and not _is_number(hours):
            raise Invalid(_("say for how many hours"), field="hours")
        shelf = writing.shelve(
            actor=request.actor,
            number=number,
            hours=None if hours == "once" else float(hours),
            reason=request.POST.get("reason", ""),
            at=request.at,
        )
        undo = reverse("alarm_unshelve", args=[shelf.pk])
        return browser.done(request, _("Shelved"), undo=undo, back=reverse("alarms", args=["shelved"]))
    row = Alarm.objects.filter(pk=number).select_related("area").first()
    if row is None:
        raise Invalid(_("no such alarm"), alarm=number)
    most = float(runtime_settings.get(alarms.SHELVED_AT_MOST, row.area.key))
    choices = [("once", _("until it returns to normal, %(most)g h at most") % {"most": most})]
    choices += [(f"{hours:g}", f"{hours:g} h") for hours in (0.25, 1, 2, 4, 8, 12, 24) if hours <= most]
    context = {
        "title": _("Shelve: %(title)s") % {"title": alarms.kind(row.definition).title},
        "text": f"{reading.words(row)} · {row.area.name}",
        "choice_label": _("For how long"),
        "reason_label": _("Why"),
        "is_reason_needed": True,
        "choices": choices,
        "verb": _("Shelve"),
        "url": request.path,
    }
    return render(request, "control/_dialog.html", context)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()


@browser.page("POST", may=writing.SHELVE)
def unshelve(request: browser.Request, shelf: int) -> HttpResponse:
    """Put it back before its time."""
    writing.unshelve(actor=request.actor, shelf_id=shelf, at=request.at)
    return browser.done(request, _("Back in the list"), back=reverse("alarms", args=["standing"]))


@browser.page("GET", "POST", may=writing.EDIT)
def kind(request: browser.Request, definition: str) -> HttpResponse:
    """Another priority for a kind of alarm, or none at all."""
    found = next((one for one in reading.kinds() if one["declared"].key == definition), None)
    if found is None:
        raise Invalid(_("no kind of alarm is called %(definition)s") % {"definition": f"{definition!r}"})
    if request.method == "POST":
        wanted = request.POST.get("choice", "")
        writing.change_kind(
            actor=request.actor,
            definition=definition,
            priority=int(wanted) if wanted.isdecimal() else found["priority"],
            is_enabled=wanted != "off",
            reason=request.POST.get("reason", ""),
            at=request.at,
        )
        return browser.done(request, _("Changed"), back=reverse("alarms", args=["kinds"]))
    choices = [(str(one), _("Priority %(priority)d") % {"priority": one}) for one in alarms.PRIORITIES]
    context = {
        "title": found["declared"].title,
        "text": found["declared"].response,
        "choice_label": _("Priority"),
        "reason_label": _("Why"),
        "is_reason_needed": True,
        "verb": _("Change"),
        "choices": [*choices, ("off", _("Off: nobody is called"))],
        "chosen": str(found["priority"]) if found["is_enabled"] else "off",
        "url": request.path,
    }
    return render(request, "control/_dialog.html", context)


def _shelved(request: browser.Request) -> dict[str, Any]:
    rows = [
        {
            "shelf": shelf,
            "title": alarms.kind(shelf.definition).title,
            "text": reading.words(alarm) if alarm else shelf.source,
            "is_active": bool(alarm and alarm.is_active),
            "url": reverse("alarm_unshelve", args=[shelf.pk])
            if request.actor.may(writing.SHELVE, shelf.area.key)
            else "",
        }
        for shelf, alarm in reading.shelved(actor=request.actor)
    ]
    return {"rows": rows}


def _stale(request: browser.Request) -> dict[str, Any]:
    return {"rows": [_line(request, one, 0) for one in reading.stale(actor=request.actor, at=request.at)]}


def _journal(request: browser.Request) -> dict[str, Any]:
    found = browser.paged(request, reading.journal(actor=request.actor))
    found.object_list = [
        {"event": one, "title": alarms.kind(one.alarm.definition).title, "text": reading.words(one.alarm)}
        for one in found.object_list
    ]
    return {"page": found}


def _rates(request: browser.Request) -> dict[str, Any]:
    chosen = request.GET.get("period", "day")
    days = PERIODS.get(chosen, 1)
    begin = request.at - dt.timedelta(days=days)
    told = reading.performance(actor=request.actor, begin=begin, end=request.at)
    labels = {"day": _("24 hours"), "week": _("7 days"), "month": _("30 days")}
    periods = [{"key": key, "label": labels[key], "is_chosen": PERIODS[key] == days} for key in PERIODS]
    return {
        "performance": told,
        "begin": begin,
        "periods": periods,
        "flood_from": runtime_settings.get(alarms.FLOOD_FROM),
    }


def _kinds(request: browser.Request) -> dict[str, Any]:
    may = request.actor.may(writing.EDIT)
    rows = [one | {"url": reverse("alarm_kind", args=[one["declared"].key]) if may else ""} for one in reading.kinds()]
    return {"rows": rows}


_CONTENTS = {
    "standing": _standing,
    "shelved": _shelved,
    "stale": _stale,
    "journal": _journal,
    "rates": _rates,
    "kinds": _kinds,
}


def _same(*names: str) -> dict[str, spreadsheets.Column]:
    """Columns that are called as what they show."""
    return {name: name for name in names}


_ALARM = _same(
    "definition", "source", "priority", "text", "cause", "raised_at", "returned_at", "is_active", "is_acknowledged",
    "acknowledged_at", "acknowledged_by", "is_shelved", "occurrences",
) | {"area": "area.key"}  # fmt: skip
_SHELF = _same("definition", "source", "until", "is_once", "reason", "shelved_by", "shelved_at") | {"area": "area.key"}
_EVENT: dict[str, spreadsheets.Column] = {
    "at": "at", "transition": "kind", "priority": "priority", "definition": "alarm.definition", "source": "alarm.source",
    "text": "alarm.text", "area": "alarm.area.key", "actor": "actor", "reason": "reason", "is_silent": "is_silent",
}  # fmt: skip
_KIND: dict[str, spreadsheets.Column] = {
    "definition": "declared.key", "title": "declared.title", "response": "declared.response", "priority": "priority",
    "is_enabled": "is_enabled",
}  # fmt: skip
#: What the file of each tab holds.
_FILES: dict[str, tuple[dict[str, spreadsheets.Column], Callable[[browser.Request], Iterable[Any]]]] = {
    "standing": (_ALARM, lambda request: reading.opened(actor=request.actor).order_by("priority", "-raised_at", "-pk")),
    "stale": (_ALARM, lambda request: reading.stale(actor=request.actor, at=request.at)),
    "shelved": (_SHELF, lambda request: [shelf for shelf, _alarm in reading.shelved(actor=request.actor)]),
    "journal": (_EVENT, lambda request: reading.journal(actor=request.actor)),
    "kinds": (_KIND, lambda _request: reading.kinds()),
}
