"""Trouble calls: the list, the form, and the customer on the line."""

import datetime as dt
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from adms.core import browser, spreadsheets
from adms.core.errors import Refused
from outages import forms
from outages.domain import trouble_codes
from outages.models import Call, Outage
from outages.selectors import callers, stories
from outages.services import calls
from outages.services.calls import CallReport

LABELS = {
    callers.ALL: gettext_lazy("All"),
    callers.WAITING: gettext_lazy("Waiting"),
    callers.CALLBACK: gettext_lazy("Call back"),
    callers.HAZARD: gettext_lazy("Hazards"),
}
FOUND = 8
TYPED = ("caller_name", "phone", "address", "comment", "hazard")
CUSTOMER = "calls/_customer.html"


#: The list as a file, of the rows as they are shown.
COLUMNS = ("id", "reported_at", "caller", "address", "phone", "account", "codes", "hazard", "comment", "source", "taken_by",
           "wants_callback", "is_critical", "outage", "outage_state", "is_evidence")  # fmt: skip


@browser.page("GET", may="view_customer")
def call_list(request: browser.Request) -> HttpResponse:
    """Calls of one's areas, newest first."""
    show = request.GET.get("show", "")
    show = show if show in LABELS else callers.ALL
    text = request.GET.get("q", "").strip()[:80]
    found = callers.listed(request.actor, show=show, text=text)
    if spreadsheets.is_wanted(request):
        rows = (_row(call) for call in found[: spreadsheets.MOST])
        return spreadsheets.answer(f"calls-{show}", {name: name for name in COLUMNS}, rows, request.at)
    page = browser.paged(request, found)
    page.object_list = [_row(call) for call in page.object_list]
    counted = callers.counts(request.actor, text=text)
    context = {
        "page": page,
        "filters": [
            {"key": key, "label": label, "count": counted[key], "is_current": key == show}
            for key, label in LABELS.items()
        ],
        "q": text,
        "can_enter": request.actor.may("enter_call"),
        "now": request.at,
    }
    return browser.either(request, "calls/list.html", "calls/_rows.html", context, has_chips=True)


def _row(call: Any) -> dict[str, Any]:
    customer = call.usage_point.customer if call.usage_point else None
    number = call.going_to or call.outage_id
    return {
        "id": call.pk,
        "reported_at": call.reported_at,
        "caller": call.caller_name,
        "address": call.address,
        "phone": call.phone,
        "account": customer.account_number if customer else "",
        "codes": callers.words(call.trouble_codes),
        "hazard": callers.hazard_words(call.hazard) if call.hazard else "",
        "comment": call.comment,
        "source": "Tieline" if call.source == "tieline" else call.source,
        "taken_by": call.taken_by if call.source == "tieline" else "",
        "wants_callback": call.wants_callback,
        "is_critical": bool(customer and customer.critical),
        "outage": number,
        "outage_url": reverse("outages:outage_page", args=[number]) if number else "",
        "outage_state": str(dict(Outage.State.choices).get(call.going_state, "")).lower(),
        "is_evidence": bool(number) or trouble_codes.assess(call.trouble_codes).weight > 0,
    }


@browser.page("GET", "POST", may="enter_call")
def call_new(request: browser.Request) -> HttpResponse:
    """Take a call. The form carries the identity of the call, so sending it twice makes one."""
    if request.method != "POST":
        return _form(request, QueryDict(), {}, request.GET.get("usage_point", ""))
    form = forms.Call(request.POST)
    if not form.is_valid():
        errors = {name: str(complaints[0]) for name, complaints in form.errors.items()}
        errors["customer"] = errors.get("usage_point", "")
        return _form(request, request.POST, errors, request.POST.get("usage_point", ""), status=422)
    try:
        _record(request, form.cleaned_data)
    except Refused as refused:
        errors = {"form": browser.words(request, refused)}
        return _form(request, request.POST, errors, request.POST.get("usage_point", ""), status=refused.status)
    return redirect("outages:call_list")


def _record(request: browser.Request, given: dict[str, Any]) -> Call:
    areas = request.actor.areas_for("view_customer")
    report = CallReport(
        usage_point_id=given["usage_point"],
        reported_at=request.at,
        trouble_codes=tuple(given["trouble_codes"]),
        mrid=str(given["form_id"]),
        wants_callback=given["wants_callback"],
        area=min(areas) if areas else "",
        **{name: given[name] for name in TYPED},
    )
    return calls.record_call(actor=request.actor, report=report, at=request.at)


def _form(
    request: browser.Request, typed: QueryDict, errors: dict[str, str], usage_point: str, status: int = 200
) -> HttpResponse:
    checked = typed.getlist("trouble_codes") if typed else ["NO_POWER"]
    context = {
        "codes": [
            {
                "code": entry.code,
                "label": gettext(entry.label),
                "priority": entry.priority,
                "is_checked": entry.code in checked,
            }
            for entry in trouble_codes.DEFAULT.values()
        ],
        "hazards": forms.HAZARDS,
        "values": {name: typed.get(name, "") for name in TYPED} | {"wants_callback": "wants_callback" in typed},
        "errors": errors,
        "customer": _card(request, usage_point),
        "form_id": typed.get("form_id") or forms.new_id(),
        "now": request.at,
    }
    return render(request, "calls/form.html", context, status=status)


@browser.page("GET", may="view_customer")
def customer_search(request: browser.Request) -> HttpResponse:
    """Customers by the first letters of whatever they say."""
    text = request.GET.get("q", "").strip()[:80]
    found = callers.search(request.actor, text, limit=FOUND + 1) if len(text) > 1 else []
    shown = [
        {
            "id": one["id"],
            "name": one["customer"] or one["name"],
            "address": one["address"],
            "account": one["account_number"],
            "meter": one["meter_number"],
            "critical": stories.words(one["critical"]),
            "is_out": one["is_out"],
        }
        for one in found[:FOUND]
    ]
    context = {"query": text, "found": shown, "too_many": len(found) > FOUND}
    return render(request, "calls/_customers.html", context)


@browser.page("GET", may="view_customer")
def customer_card(request: browser.Request, usage_point: int) -> HttpResponse:
    """What is known of one customer's supply."""
    context = {"customer": _card(request, str(usage_point)), "now": request.at, "is_fragment": True}
    return render(request, CUSTOMER, context)


def _card(request: browser.Request, usage_point: str) -> dict[str, Any] | None:
    if not (usage_point.isdecimal() and len(usage_point) < 19) or not request.actor.may("view_customer"):
        return None
    found = callers.card(request.actor, int(usage_point), at=request.at)
    return found | {
        "name": found["customer"] or found["name"],
        "account": found["account_number"],
        "meter": found["meter_number"],
        "critical": stories.words(found["critical"]),
        "power": "" if found["power"] == "unknown" else found["power"],
        "outage": _known(found, request.at),
    }


def _known(found: dict[str, Any], at: dt.datetime) -> dict[str, Any] | None:
    """The outage above a customer, as a caller is told of it."""
    outage = found["outage"]
    if outage is None:
        return None
    return {
        "id": outage.pk,
        "url": reverse("outages:outage_page", args=[outage.pk]),
        "state": f"{outage.get_confidence_display()} at {outage.device_name}",
        "etr_at": outage.etr_at if outage.etr_at and outage.etr_at > at else None,
        "crew": found["crew"],
    }
