"""The list of outages, and the page of one."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from adms.core import browser, spreadsheets
from adms.core.models import ControlArea
from network.domain import phases as ph
from outages.models import Interruption, Outage
from outages.selectors import callbacks, callers, critical, lists, outages, reports, stories
from outages.views import actions, ledger, people, rows

LABELS = {
    lists.OPEN: _("Open"),
    lists.VERIFY: _("Verify"),
    lists.RESTORED: _("Restored"),
    lists.COMPLETED: _("Completed"),
    lists.CANCELLED: _("Cancelled"),
    lists.ALL: _("All"),
}


#: The list as a file.
COLUMNS: dict[str, spreadsheets.Column] = {
    "outage": "pk", "mrid": "mrid", "kind": "kind", "state": "state", "confidence": "confidence", "priority": "priority",
    "device": "device_name", "device_mrid": "device_mrid", "model": "model_key", "feeder": "feeder", "area": "area.key",
    "customers_out": "customers_out", "customers_affected": "customers_affected", "critical_out": "critical_out",
    "started_at": "started_at", "etr_at": "etr_at", "etr_source": "etr_source", "restored_at": "restored_at",
    "completed_at": "completed_at", "cause": "cause",
}  # fmt: skip


@browser.page("GET", may="see_network")
def outage_list(request: browser.Request) -> HttpResponse:
    """All outages, in lists by where they stand; the first page of each is the same for everybody with the same rights."""
    show = request.GET.get("show", "")
    show = show if show in LABELS else lists.OPEN
    if request.htmx and request.GET.keys() <= {"show"}:
        return browser.together(request, "outages", lambda: _listed(request, show), show)
    return _listed(request, show)


def _listed(request: browser.Request, show: str) -> HttpResponse:
    text, area = request.GET.get("q", "").strip()[:80], request.GET.get("area", "")[:60]
    found = lists.listed(request.actor, show=show, text=text, area=area)
    if spreadsheets.is_wanted(request):
        return spreadsheets.answer(f"outages-{show}", COLUMNS, found, request.at)
    counted = lists.counts(request.actor, text=text, area=area)
    page = browser.paged(request, found)
    page.object_list = rows.shown(list(page.object_list), request.at)
    context = {
        "page": page,
        "filters": [
            {"key": key, "label": label, "count": counted[key], "is_current": key == show}
            for key, label in LABELS.items()
        ],
        "q": text,
        "areas": list(ControlArea.objects.order_by("name")),
        "area": area,
        "is_quiet": show == lists.OPEN and not (text or area),
        "now": request.at,
    }
    return browser.either(request, "outages/list.html", "outages/_rows.html", context, has_chips=True)


@browser.page("GET", may="see_network")
def outage_page(request: browser.Request, outage_id: int) -> HttpResponse:
    """One outage: why it is where it is, who is out, who works on it, what happened."""
    found = outages.outage(request.actor, outage_id)
    return browser.either(request, "outages/page.html", "outages/_page.html", _page(request, found))


def _page(request: browser.Request, found: Outage) -> dict[str, Any]:
    actor, at = request.actor, request.at
    rows_of = outages.ledger(found)
    affected = stories.members(rows_of)
    crews = outages.assignments(found)
    return {
        "outage": _head(request, found),
        "now": at,
        "steps": people.steps(found, crews),
        "entries": stories.timeline(found),
        "reasons": stories.reasons(actor, found),
        "evidence": reports.latest(actor, found, stories.SHOWN_REPORTS),
        "evidence_total": reports.count(found),
        "conflicts": stories.conflicts(actor, found, affected),
        "crews": people.on_it(actor, found, crews),
        "assign_url": people.assign_url(actor, found),
        "customers": stories.customers(actor, found, affected),
        "customers_total": len(affected),
        "nested": rows.shown(stories.nested(found), at),
        "calls": _calls(request, found),
        "callbacks": callbacks.of_outage(found),
        "raised": critical.reason(found),
        "actions": actions.offered(actor, found, at),
        **_ledger(request, rows_of),
    }


def _head(request: browser.Request, found: Outage) -> dict[str, Any]:
    parent = found.parent
    return rows.head(found, request.at) | {
        "device_branch": lists.branches([found]).get(found.pk),
        "decided_revision": found.decided_revision,
        "phases": ph.text(found.phases & ph.ABC),
        "cancelled_reason": found.cancelled_reason,
        "remedy": found.remedy,
        "tripped_by": reports.tripped_by(found),
        "is_provisional": found.confidence != Outage.Confidence.CONFIRMED,
        "parent": parent
        and {
            "id": parent.pk,
            "device_name": parent.device_name,
            "url": reverse("outages:outage_page", args=[parent.pk]),
        },
    }


def _ledger(request: browser.Request, found: Sequence[Interruption]) -> dict[str, Any]:
    return {
        "ledger": ledger.shown(request.actor, found[: stories.SHOWN_ROWS], request.at),
        "ledger_total": ledger.totals(found, request.at),
        "correct_url": reverse("outages:correct_outage", args=[found[0].outage_id])
        if found and request.actor.may("draft_correction", found[0].area.key)
        else "",
    }


def _calls(request: browser.Request, found: Outage) -> list[dict[str, Any]]:
    may_name = request.actor.may("view_customer", found.area.key)
    return [
        {
            "at": call.reported_at,
            "about": ", ".join(part for part in (call.caller_name, call.address) if part) if may_name else "",
            "codes": ", ".join(callers.words(call.trouble_codes)),
        }
        for call in outages.calls(found)[-stories.SHOWN_ROWS :]
    ]
