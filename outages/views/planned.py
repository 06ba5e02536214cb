"""Planned outages: the list, the calendar, the page of one, and its customers as a page to print and as a file."""

import csv
import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adms.core import browser, spreadsheets
from adms.core.actors import Actor
from adms.core.models import ControlArea
from adms.core.selectors import persons
from network.selectors import state
from outages.domain import planned as life
from outages.models import PlannedCustomer, PlannedOutage
from outages.selectors import planned as reading
from outages.selectors import planned_calendar, planned_findings, planned_notices, planned_words, switching
from outages.views import planned_steps

LABELS = {
    reading.TO_DO: gettext_lazy("To do"),
    reading.AHEAD: gettext_lazy("Ahead"),
    reading.NOW: gettext_lazy("Going on"),
    reading.ENDED: gettext_lazy("Ended"),
    reading.ALL: gettext_lazy("All"),
}
#: The tone of a state's tag; its word says it all.
TONES = {"requested": "p2", "expired": "p2", "in_execution": "p1", "partly_restored": "p1", "restored": "earth"}
SHOWN_CUSTOMERS = 20
MOST_LINES = 20_000
IN_MONTH, IN_WEEK = 4, 25
COLUMNS = ("usage_point", "customer", "account", "address", "phone", "critical", "in_normal", "in_present", "told", "notice_state",
           "notice_detail", "acknowledged_at", "acknowledged_by")  # fmt: skip


#: The list as a file, of the rows as they are shown.
LIST_COLUMNS = ("id", "state", "begins_at", "ends_at", "is_late", "devices", "feeders", "area", "customers", "critical", "kw",
                "purpose", "order", "requested_by", "requested_at", "decided_by", "notified_at", "reason")  # fmt: skip


@browser.page("GET", may="see_network")
def planned_list(request: browser.Request) -> HttpResponse:
    """Planned outages, in lists by what is to be done."""
    show, text, area = _chosen(request)
    day = _day(request.GET.get("day", ""))
    window = (planned_calendar.begin_of(day), planned_calendar.begin_of(day + planned_calendar.A_DAY)) if day else None
    found = reading.listed(request.actor, show=show, text=text, area=area, window=window)
    if spreadsheets.is_wanted(request):
        rows = (row(one, request.at) for one in found[: spreadsheets.MOST])
        return spreadsheets.answer(f"planned-{show}", {name: name for name in LIST_COLUMNS}, rows, request.at)
    counted = reading.counts(request.actor, text=text, area=area)
    page = browser.paged(request, found)
    page.object_list = _named([row(one, request.at) for one in page.object_list])
    context = {
        "page": page,
        "filters": [
            {"key": key, "label": label, "count": counted[key], "is_current": key == show}
            for key, label in LABELS.items()
        ],
        "q": text,
        "day": day,
        "areas": list(ControlArea.objects.order_by("name")),
        "area": area,
        "may_request": request.actor.may("request_planned_outage"),
        "now": request.at,
    }
    return browser.either(request, "planned/list.html", "planned/_rows.html", context, has_chips=True)


def _chosen(request: browser.Request) -> tuple[str, str, str]:
    usual = reading.ALL if request.GET.get("day") else reading.AHEAD
    show = request.GET.get("show", "")
    text, area = request.GET.get("q", "").strip()[:80], request.GET.get("area", "")[:60]
    return (show if show in LABELS else usual), text, area


def _day(text: str) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return persons.with_names(rows, "requested_by", "decided_by")


def row(one: PlannedOutage, at: dt.datetime) -> dict[str, Any]:
    """A planned outage as lists and its page show it."""
    begins, ends = timezone.localtime(one.begins_at), timezone.localtime(one.ends_at)
    return {
        "id": one.pk,
        "url": reverse("outages:planned_page", args=[one.pk]),
        "state": one.get_state_display(),
        "key": one.state,
        "tone": TONES.get(one.state, "quiet" if one.state in life.ENDED else ""),
        "begins_at": one.begins_at,
        "ends_at": one.ends_at,
        "is_one_day": begins.date() == ends.date(),
        "is_late": one.state in life.GOING_ON and one.ends_at < at,
        "devices": ", ".join(device["name"] or device["mrid"] for device in one.devices),
        "feeders": ", ".join(one.feeders),
        "area": one.area.name,
        "customers": one.customers_known,
        "customers_normal": one.customers_normal,
        "customers_present": one.customers_present,
        "critical": one.critical,
        "kw": one.kw,
        "purpose": one.purpose,
        "order": one.order_reference,
        "requested_by": one.requested_by,
        "requested_at": one.requested_at,
        "decided_by": one.decided_by,
        "notified_at": one.notified_at,
        "reason": one.reason,
    }


@browser.page("GET", may="see_network")
def planned_calendar_page(request: browser.Request) -> HttpResponse:
    """A month or a week, day by day."""
    at = request.at
    day = _day(request.GET.get("day", "")) or timezone.localtime(at).date()
    is_week = request.GET.get("view") == "week"
    area = request.GET.get("area", "")[:60]
    if is_week:
        weeks = planned_calendar.week(request.actor, day, area=area, most=IN_WEEK, at=at)
        previous, following = day - 7 * planned_calendar.A_DAY, day + 7 * planned_calendar.A_DAY
    else:
        weeks = planned_calendar.month(request.actor, day, area=area, most=IN_MONTH, at=at)
        first = day.replace(day=1)
        previous, following = first - planned_calendar.A_DAY, first + 31 * planned_calendar.A_DAY
    context = {
        "weeks": [[{"day": one, "plans": [row(plan, at) for plan in one.plans]} for one in days] for days in weeks],
        "day": day,
        "first": weeks[0][0].date,
        "last": weeks[-1][-1].date,
        "is_week": is_week,
        "previous": previous,
        "following": following,
        "areas": list(ControlArea.objects.order_by("name")),
        "area": area,
        "may_request": request.actor.may("request_planned_outage"),
    }
    return browser.either(request, "planned/calendar.html", "planned/_calendar.html", context)


@browser.page("GET", may="see_network")
def planned_page(request: browser.Request, planned_id: int) -> HttpResponse:
    """One of them: what is opened when, who loses supply, what speaks against it, who was told, what happened."""
    found = reading.one(request.actor, planned_id)
    return browser.either(request, "planned/page.html", "planned/_page.html", _page(request, found))


def _devices(found: PlannedOutage) -> list[dict[str, Any]]:
    """What is opened, and where on the map it is."""
    grid = state.present(found.model_key).grid if found.model_key in state.models() else None
    return [
        {
            "name": one["name"] or one["mrid"],
            "phases": planned_steps.letters(one["phases"]),
            "mrid": one["mrid"],
            "branch": -1 if grid is None else grid.branch_index(one["mrid"]),
        }
        for one in found.devices
    ]


def _page(request: browser.Request, found: PlannedOutage) -> dict[str, Any]:
    may_name = request.actor.may("view_customer", found.area.key)
    entries = list(found.entries.order_by("-at", "-pk"))
    rounds = list(planned_notices.rounds(found))
    who = persons.names({one.actor for one in entries} | {one.made_by for one in rounds})
    today = timezone.localtime(request.at).date()
    return {
        "plan": _named([row(found, request.at)])[0],
        "devices": _devices(found),
        "model": found.model_key,
        "findings": [finding(one) for one in planned_findings.findings(found, at=request.at)],
        "announced_at": planned_notices.announced_at(found),
        "rounds": rounds,
        "who": who,
        "orders": list(switching.orders(request.actor, plan=found.pk)),
        "may_draft": request.actor.may("draft_order", found.area.key) and found.state not in life.ENDED,
        "outages": list(found.outages.order_by("pk")),
        "customers": customers(found, list(reading.customers(found)[:SHOWN_CUSTOMERS])) if may_name else [],
        "may_name": may_name,
        "entries": [
            {
                "occurred_at": one.at,
                "recorded_at": one.at,
                "text": planned_words.line(one),
                "actor": who[one.actor],
                "kind": one.kind,
                "tone": "p1" if one.kind in {"in_execution", "overrun", "expired"} else "",
                "is_late": False,
                "is_other_day": timezone.localtime(one.at).date() != today,
            }
            for one in entries
        ],
        "actions": planned_steps.offered(request.actor, found),
        "now": request.at,
    }


def finding(one: planned_findings.Finding) -> dict[str, Any]:
    """What speaks against it, with a word, a tone and an address."""
    words = {"error": _("Error"), "warning": _("Warning"), "note": _("Note")}
    url = reverse("outages:planned_page", args=[one.planned]) if one.planned else ""
    if one.outage:
        url = reverse("outages:outage_page", args=[one.outage])
    tones = {"error": "p1", "warning": "p2", "note": ""}
    return {"word": words[one.level], "tone": tones[one.level], "text": one.text, "url": url}


def customers(found: PlannedOutage, members: list[PlannedCustomer]) -> list[dict[str, Any]]:
    """With name, address, and what each was told."""
    told = planned_notices.of_customers(found, [one.usage_point_id for one in members])
    words = {
        "waiting": _("On its way"),
        "delivered": _("Told"),
        "refused": _("Refused"),
        "by_hand": _("To be told by a person"),
    }
    verbs = {
        "created": _("of the interruption"),
        "changed": _("of the change"),
        "canceled": _("that it does not happen"),
    }
    shown = []
    for one in reading.described(members):
        notice = told.get(one["id"])
        shown.append(
            {
                "usage_point": one["name"],
                "customer": one["customer"] or one["name"],
                "account": one["account_number"],
                "address": one["address"],
                "phone": one["phone"],
                "critical": one["critical"].replace("_", " "),
                "in_normal": one["in_normal"],
                "in_present": one["in_present"],
                "notice": notice.pk if notice else None,
                "told": verbs[notice.verb] if notice else "",
                "notice_state": words[notice.state] if notice else "",
                "is_refused": notice is not None and notice.state == "refused",
                "notice_detail": notice.detail if notice else "",
                "waits": notice is not None and notice.is_critical and notice.verb != "canceled",
                "acknowledged_at": notice.acknowledged_at if notice else None,
                "acknowledged_by": notice.acknowledged_by if notice else "",
                "acknowledged_how": notice.acknowledged_how if notice else "",
            }
        )
    return shown


@browser.page("GET", may="view_customer")
def planned_customers(request: browser.Request, planned_id: int) -> HttpResponse:
    """Everybody who will lose supply, part by part; to print."""
    found = reading.one(request.actor, planned_id, may="view_customer")
    page = browser.paged(request, reading.customers(found))
    page.object_list = customers(found, list(page.object_list))
    context = {"page": page, "plan": row(found, request.at), "now": request.at}
    return browser.either(request, "planned/customers.html", "planned/_customers.html", context)


@browser.page("GET", may="view_customer")
def planned_customers_csv(request: browser.Request, planned_id: int) -> HttpResponse:
    """The same as a file."""
    found = reading.one(request.actor, planned_id, may="view_customer")
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"planned-outage-{planned_id}-customers.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for one in customers(found, list(reading.customers(found)[:MOST_LINES])):
        writer.writerow([spreadsheets.cell(one[column]) for column in COLUMNS])
    return response


def of_device(actor: Actor, model: str, mrid: str, at: dt.datetime) -> list[dict[str, Any]]:
    """Lines of a device's panel."""
    seen = reading.of_device(model, mrid, at=at) if actor.may("see_network") else []
    return [row(one, at) for one in seen]


@browser.page("GET", may="view_customer")
def planned_round(request: browser.Request, planned_id: int, number: int) -> HttpResponse:
    """One round of notices: everybody of it, the critical ones first, and whether it arrived."""
    found = reading.one(request.actor, planned_id, may="view_customer")
    notice_id = planned_notices.round_id(found, number)
    told = planned_notices.rounds(found).get(pk=notice_id)
    page = browser.paged(request, planned_notices.customers_of(notice_id))
    names = planned_notices.described([one.usage_point_id for one in page.object_list])
    page.object_list = [{"told": one, "who": names.get(one.usage_point_id, {})} for one in page.object_list]
    context = {
        "plan": row(found, request.at),
        "round": told,
        "made_by": persons.names({told.made_by})[told.made_by],
        "page": page,
        "may_tell": request.actor.may("manage_planned_outage", found.area.key),
        "now": request.at,
    }
    return render(request, "planned/round.html", context)
