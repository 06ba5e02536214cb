"""Critical customers who are out now."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from adms.core import browser, spreadsheets
from adms.core.models import ControlArea
from outages.domain import urgency
from outages.domain.critical import kind_of
from outages.selectors import critical
from outages.selectors.critical import Out

PAGE_SIZE = 100


#: The list as a file, of the rows as they are shown.
COLUMNS = ("usage_point", "kind", "name", "address", "account", "phone", "since", "backup_until", "is_backup_over", "outage", "device",
           "state", "crew", "etr_at", "is_etr_over", "callback", "note")  # fmt: skip


@browser.page("GET", may="view_customer")
def critical_list(request: browser.Request) -> HttpResponse:
    """Who is out, since when, how long they manage alone, who works on it."""
    kind, area = request.GET.get("kind", "")[:60], request.GET.get("area", "")[:60]
    everybody = critical.out_now(request.actor, area=area)
    known = critical.kinds()
    keys = sorted({*known, *(one.kind.key for one in everybody)}, key=lambda key: kind_of(key, known).rank)
    chips = [
        {
            "key": key,
            "label": kind_of(key, known).label,
            "count": sum(one.kind.key == key for one in everybody),
            "is_current": key == kind,
        }
        for key in keys
    ]
    wanted = [one for one in everybody if not kind or one.kind.key == kind]
    if spreadsheets.is_wanted(request):
        rows = (_row(one, request) for one in wanted)
        return spreadsheets.answer("critical-customers", {name: name for name in COLUMNS}, rows, request.at)
    page = browser.paged(request, wanted, PAGE_SIZE)
    page.object_list = [_row(one, request) for one in page.object_list]
    context = {
        "page": page,
        "filters": [{"key": "", "label": _("All"), "count": len(everybody), "is_current": not kind}, *chips],
        "areas": list(ControlArea.objects.order_by("name")),
        "area": area,
        "now": request.at,
    }
    return browser.either(request, "critical/list.html", "critical/_rows.html", context)


def _row(one: Out, request: browser.Request) -> dict[str, Any]:
    outage = one.outage
    return {
        "usage_point": one.usage_point,
        "kind": one.kind.label,
        "note": one.kind.note,
        "name": one.place["customer"] or one.place["name"],
        "address": one.place["address"],
        "account": one.place["account_number"],
        "phone": one.place["phone"],
        "since": one.since,
        "backup_until": one.backup_until,
        "is_backup_over": one.backup_until is not None and one.backup_until < request.at,
        "outage": outage.pk,
        "outage_url": reverse("outages:outage_page", args=[outage.pk]),
        "priority": urgency.level(outage.priority, outage.kind),
        "is_new": outage.state == "new",
        "device": outage.device_name,
        "state": outage.get_state_display(),
        "crew": one.crew,
        "etr_at": outage.etr_at,
        "is_etr_over": outage.etr_at is not None and outage.etr_at < request.at,
        "is_etr_late": bool(outage.etr_at and one.backup_until and outage.etr_at > one.backup_until),
        "callback": one.callback.get_state_display() if one.callback else "",
        "callback_now_url": reverse("outages:callback_now", args=[one.callback.pk])
        if one.callback and one.callback.state == "waiting"
        else "",
        "callback_url": "" if one.callback else reverse("outages:callback_request", args=[one.usage_point]),
    }
