"""Pages of the shift log and of handovers."""

import csv
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser, spreadsheets
from adms.core.errors import Invalid, NotFound
from adms.core.models import ControlArea, Handover, ShiftEntry
from adms.core.selectors import shifts as reading
from adms.core.services import handovers, shift_log
from outages.selectors import handovers as open_things
from outages.views import shift_about, shift_files

SEES = "see_network"
DIALOG = "control/_dialog.html"
SPANS = {"8": 8, "24": 24, "168": 168, "": 0}
COLUMNS = ("occurred_at", "recorded_at", "area", "kind", "author", "text", "about", "version")
MOST_LINES = 20_000
HANDOVERS: dict[str, spreadsheets.Column] = {
    "handover": "pk", "area": "area.key", "state": "state", "outgoing": "outgoing", "signed_at": "signed_at",
    "incoming": "incoming", "ended_at": "ended_at", "ended_by": "ended_by", "with_area": "with_area",
    "note": "note", "reason": "reason",
}  # fmt: skip


@browser.page("GET", "POST", may=SEES)
def shift_log_page(request: browser.Request) -> HttpResponse:
    """The log, and the line to write in it."""
    if request.method == "POST":
        return _write(request)
    chosen = _chosen(request)
    context = {
        "page": browser.paged(request, _found(request), size=100),
        "kinds": [{"key": key, "label": label} for key, label in ShiftEntry.Kind.choices],
        "spans": [("8", _("8 hours")), ("24", _("24 hours")), ("168", _("7 days")), ("", _("always"))],
        "areas": list(ControlArea.objects.order_by("name")),
        "writable": _areas(request, shift_log.WRITE),
        "csv_url": f"{reverse('outages:shift_csv')}?{request.GET.urlencode()}",
        "now": request.at,
    }
    return browser.either(request, "shifts/log.html", "shifts/_rows.html", context | chosen)


def _write(request: browser.Request) -> HttpResponse:
    told = request.POST
    about, link = shift_about.resolve(request.actor, told.get("about", "")[:120])
    new = shift_log.New(
        area=told.get("area", ""),
        text=told.get("text", ""),
        is_for_next=bool(told.get("for_next")),
        about=about,
        link=link,
    )
    shift_log.write(actor=request.actor, new=new, at=request.at)
    response = browser.done(request, _("Written"), back=reverse("outages:shift_log"))
    if request.htmx:  # anew, so that the field is empty and the entry in its place
        response["HX-Refresh"] = "true"
    return response


def _areas(request: browser.Request, action: str) -> list[ControlArea]:
    return [one for one in ControlArea.objects.order_by("name") if request.actor.may(action, one.key)]


def _chosen(request: browser.Request) -> dict[str, str]:
    hours = request.GET.get("hours", "24")
    return {
        "area": request.GET.get("area", "")[:60],
        "kind": request.GET.get("kind", "")[:10],
        "query": request.GET.get("q", "").replace("\0", "")[:80],
        "hours": hours if hours in SPANS else "24",
    }


def _found(request: browser.Request) -> Any:
    chosen = _chosen(request)
    hours = SPANS[chosen["hours"]]
    since = request.at - dt.timedelta(hours=hours) if hours else None
    return reading.entries(request.actor, area=chosen["area"], kind=chosen["kind"], text=chosen["query"], since=since)


@browser.page("GET", may=SEES)
def shift_csv(request: browser.Request) -> HttpResponse:
    """The log as a file."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="shift-log-{request.at:%Y-%m-%d-%H%M}.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for row in _found(request)[:MOST_LINES]:
        told = [row.occurred_at.isoformat(), row.recorded_at.isoformat(), row.area.key, row.kind, row.author, row.text]
        writer.writerow([spreadsheets.cell(one) for one in (*told, row.about, row.version)])
    return response


@browser.page("GET", "POST", may=SEES)
def shift_entry(request: browser.Request, entry: uuid.UUID) -> HttpResponse:
    """All versions of an entry, and the correction of the latest."""
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        shift_log.correct(
            actor=request.actor,
            entry=entry,
            seen=int(seen) if seen.isdecimal() else 0,
            text=request.POST.get("text", ""),
            reason=request.POST.get("reason", ""),
            at=request.at,
        )
        response = browser.done(request, _("Corrected"), back=reverse("outages:shift_log"))
        told = {"toast": {"text": _("Corrected"), "undo": ""}, "tieline:shift": {}, browser.CLOSE_DIALOG: {}}
        return browser.trigger(response, **told) if request.htmx else response
    versions = reading.versions(request.actor, entry)
    may = request.actor.may(shift_log.WRITE, versions[0].area.key) and not versions[0].is_automatic
    context = {"versions": versions, "latest": versions[0], "may_correct": may, "url": request.path}
    return render(request, "shifts/_entry.html", context)


@browser.page("GET", may=SEES)
def handover_list(request: browser.Request) -> HttpResponse:
    """What is open now in each area, what waits to be accepted, and past handovers."""
    rows = reading.handed_over(request.actor)
    if spreadsheets.is_wanted(request):
        return spreadsheets.answer("handovers", HANDOVERS, rows, request.at)
    areas = _areas(request, SEES)
    key = request.GET.get("area", "")[:60]
    chosen = next((one for one in areas if one.key == key), areas[0] if areas else None)
    waiting = list(rows.filter(state=Handover.State.WAITING))
    context = {
        "areas": areas,
        "area": chosen,
        "sections": open_things.contents(request.actor, chosen.key) if chosen else [],
        "cannot_sign": _why_not(request, chosen, waiting) if chosen else "",
        "waiting": [_shown(request, row) for row in waiting],
        "page": browser.paged(request, rows.exclude(state=Handover.State.WAITING), size=50),
        "now": request.at,
    }
    return browser.either(request, "shifts/handovers.html", "shifts/_handovers.html", context)


def _why_not(request: browser.Request, area: ControlArea, waiting: Sequence[Handover]) -> str:
    """Why nothing can be signed there now; empty where it can."""
    if not request.actor.may(handovers.ACTION, area.key):
        return _("Needs a desk in this area")
    return _("Handed over already: withdraw that first") if any(one.area_id == area.pk for one in waiting) else ""


def _shown(request: browser.Request, row: Handover) -> dict[str, Any]:
    is_waiting = row.state == Handover.State.WAITING
    return {
        "row": row,
        "may_accept": is_waiting and row.incoming == request.actor.name,
        "may_withdraw": is_waiting and row.outgoing_person == request.actor.identity,
    }


@browser.page("GET", may=SEES)
def handover_page(request: browser.Request, handover_id: int) -> HttpResponse:
    """One handover as it was signed."""
    row = reading.handover(request.actor, handover_id)
    answers = _shown(request, row)
    context = {"row": row, "answers": answers, "sections": row.contents}
    return browser.either(request, "shifts/handover.html", "shifts/_handover.html", context)


@browser.page("GET", may=SEES)
def handover_print(request: browser.Request, handover_id: int) -> HttpResponse:
    """One handover as a PDF to sign on paper, where that is the custom."""
    row = reading.handover(request.actor, handover_id)
    response = HttpResponse(shift_files.pdf(row, request.at), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="handover-{row.pk}.pdf"'
    return response


@browser.page("GET", "POST", may=handovers.ACTION)
def handover_sign(request: browser.Request, area: str) -> HttpResponse:
    """Sign an area over to another person."""
    if request.method == "POST":
        row = handovers.sign(
            actor=request.actor,
            area=area,
            to=request.POST.get("choice", ""),
            note=request.POST.get("reason", ""),
            contents=open_things.contents(request.actor, area),
            at=request.at,
        )
        words = _("Signed; %(who)s is asked to accept it") % {"who": row.incoming_label or row.incoming}
        return browser.done(request, words, back=reverse("outages:handover_list"))
    found = ControlArea.objects.filter(key=area).first()
    if found is None:
        raise NotFound(_("no control area %(area)s") % {"area": area}, area=area)
    choices = reading.successors(area, request.actor.name)
    if not choices:
        raise Invalid(_("nobody else has a desk in this area"), area=area)
    context = {
        "title": _("Hand over the shift: %(area)s") % {"area": found.name},
        "text": _(
            "You sign what is open as this page shows it. If you hold the area it goes with it, once the other one accepts."
        ),
        "choices": choices,
        "choice_label": _("To"),
        "reason_label": _("A last word (optional)"),
        "verb": _("Sign"),
        "url": request.path,
    }
    return render(request, DIALOG, context)


@browser.page("GET", "POST", may=handovers.ACTION)
def handover_end(request: browser.Request, handover_id: int, verb: str) -> HttpResponse:
    """Accept, decline or withdraw a handover."""
    row = reading.handover(request.actor, handover_id)
    back = reverse("outages:handover_list")
    if request.method == "POST" and verb == "accept":
        handovers.accept(actor=request.actor, handover_id=handover_id, at=request.at)
        return browser.done(request, _("You have taken over"), back=back)
    if request.method == "POST":
        handovers.end(
            actor=request.actor, handover_id=handover_id, reason=request.POST.get("reason", ""), at=request.at
        )
        return browser.done(request, _("It stays as it was"), back=back)
    labels = {"accept": _("Accept"), "decline": _("Decline"), "withdraw": _("Withdraw")}
    goes = _("Authority over %(area)s goes with it: from then on you alone operate there.") % {"area": row.area.name}
    context = {
        "title": f"{labels[verb]}: {row.area.name}",
        "text": goes
        if row.with_area and verb == "accept"
        else _("From %(who)s.") % {"who": row.outgoing_label or row.outgoing},
        "verb": labels[verb],
        "url": request.path,
        "reason_label": "" if verb == "accept" else _("Why"),
        "is_reason_needed": verb == "decline",
    }
    return render(request, DIALOG, context)
