"""Pings: the list of every one, the panel of an outage, customer or device, and a person's question."""

import csv
import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adms.core import browser, spreadsheets
from adms.core.errors import Refused
from adms.core.models import ControlArea
from adms.core.selectors import persons
from metering.selectors import customers
from metering.selectors import pings as asked
from metering.services.pings import Requested
from network.domain import phases as ph
from network.selectors import equipment
from outages import forms
from outages.models import Outage
from outages.selectors import outages, reports
from outages.services import asking, verifying

ASK, PANEL = "pings/_ask.html", "pings/_panel.html"
LABELS = {
    asked.ALL: gettext_lazy("All"),
    asked.AUTOMATIC: gettext_lazy("By a rule"),
    asked.BY_HAND: gettext_lazy("By hand"),
    asked.WAITING: gettext_lazy("Waiting"),
    asked.DARK: gettext_lazy("Dark or silent"),
    asked.FAILED: gettext_lazy("Not reached"),
}
SPANS = {
    "1": gettext_lazy("last hour"),
    "24": gettext_lazy("last 24 hours"),
    "168": gettext_lazy("last 7 days"),
    "": gettext_lazy("any time"),
}
SHOWN_PINGS = 6
COLUMNS = ("ping", "asked_at", "asked_by", "purpose", "meter", "usage_point_name", "answer", "phases_on", "phases_off", "volts",
           "answered_at", "latency_s", "is_late", "note")  # fmt: skip


@browser.page("GET", may="see_network")
def ping_list(request: browser.Request) -> HttpResponse:
    """Every ping, the latest first."""
    chosen = _chosen(request)
    page = browser.paged(request, asked.listed(request.actor, **chosen), size=100)
    page.object_list = _rows(list(page.object_list))
    counted = asked.counted(request.actor, **{name: chosen[name] for name in ("reference", "area", "since")})
    context = {
        "page": page,
        "filters": [
            {"key": key, "label": label, "count": counted[key], "is_current": key == chosen["show"]}
            for key, label in LABELS.items()
        ],
        "outage": chosen["reference"].removeprefix("outage:"),
        "areas": list(ControlArea.objects.order_by("name")),
        "area": chosen["area"],
        "spans": [{"key": key, "label": label} for key, label in SPANS.items()],
        "hours": request.GET.get("hours", ""),
        "csv_url": f"{reverse('outages:ping_csv')}?{request.GET.urlencode()}",
        "now": request.at,
    }
    return browser.either(request, "pings/list.html", "pings/_rows.html", context, has_chips=True)


def _chosen(request: browser.Request) -> dict[str, Any]:
    show, outage, hours = (request.GET.get(name, "")[:20] for name in ("show", "outage", "hours"))
    return {
        "show": show if show in LABELS else asked.ALL,
        "reference": f"outage:{int(outage)}" if outage.isdecimal() else "",
        "area": request.GET.get("area", "")[:60],
        "since": request.at - dt.timedelta(hours=int(hours)) if hours in SPANS and hours else None,
    }


@browser.page("GET", may="see_network")
def ping_page(request: browser.Request, ping_id: uuid.UUID) -> HttpResponse:
    """One ping: every meter with its answer."""
    (row,) = _rows([asked.one(request.actor, ping_id)])
    context = {"ping": row, "answers": _answers([row["id"]]), "now": request.at}
    return browser.either(request, "pings/page.html", "pings/_page.html", context)


@browser.page("GET", may="see_network")
def ping_csv(request: browser.Request) -> HttpResponse:
    """The pings of the list as a file, one line for each meter asked."""
    found = asked.listed(request.actor, **_chosen(request))[:5000]
    heads = {str(ping.pk): ping for ping in found}
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="pings-{request.at:%Y-%m-%d-%H%M}.csv"'
    writer = csv.writer(response)
    writer.writerow([*COLUMNS, "reference", "rule", "reason"])
    for answer in asked.answers(heads):
        ping = heads[answer["ping"]]
        told = answer | {
            "asked_at": ping.asked_at,
            "phases_on": ph.text(answer["phases_on"]),
            "phases_off": ph.text(answer["phases_off"]),
            "volts": " ".join(f"{phase}={value:g}" for phase, value in answer["volts"].items()),
        }
        writer.writerow(
            [spreadsheets.cell(told[name]) for name in COLUMNS]
            + [spreadsheets.cell(one) for one in (ping.reference, ping.rule, ping.reason)]
        )
    return response


# Panels


@browser.page("GET", may="see_network")
def outage_pings(request: browser.Request, outage_id: int) -> HttpResponse:
    """The pings of one outage, with the answers as they come in."""
    found = outages.outage(request.actor, outage_id)
    calls = [f"call:{call.pk}" for call in outages.calls(found)]
    panel = _panel(request, f"outage:{outage_id}", found.area.key, calls)
    return render(request, PANEL, panel | _of_outage(request, found))


def _of_outage(request: browser.Request, found: Outage) -> dict[str, Any]:
    return {
        "title": _("Meters asked"),
        "ask_url": reverse("outages:ping_outage", args=[found.pk]),
        "all_url": f"{reverse('outages:ping_list')}?outage={found.pk}",
        "crew_url": reverse("outages:verify_crew", args=[found.pk])
        if found.state == Outage.State.VERIFY and request.actor.may("change_outage", found.area.key)
        else "",
        "is_verify": found.state == Outage.State.VERIFY,
        "evidence_url": reverse("outages:outage_evidence", args=[found.pk]),
    }


@browser.page("GET", may="view_customer")
def customer_pings(request: browser.Request, usage_point: int) -> HttpResponse:
    """The pings of one customer's meter."""
    found = customers.customer(usage_point, areas=request.actor.areas_for("view_customer"))
    url = reverse("outages:ping_customer", args=[usage_point])
    return render(
        request, PANEL, _panel(request, f"customer:{usage_point}", found["area"]) | {"ask_url": url, "is_small": True}
    )


@browser.page("GET", may="see_network")
def device_pings(request: browser.Request, model: str, mrid: str) -> HttpResponse:
    """The pings of the meters below a device."""
    found = equipment.find(mrid, model)
    url = reverse("outages:ping_device", args=[model, mrid])
    return render(
        request, PANEL, _panel(request, f"device:{mrid}"[:80], found.area.key) | {"ask_url": url, "is_small": True}
    )


def _panel(request: browser.Request, reference: str, area: str, also: Sequence[str] = ()) -> dict[str, Any]:
    found = list(asked.listed(request.actor, reference=reference, also=also)[:SHOWN_PINGS])
    rows = _rows(found)
    latest = _answers([row["id"] for row in rows])
    for row in rows:
        row["answers"] = [one for one in latest if one["ping"] == row["id"]][:60]
    return {
        "pings": rows,
        "url": request.path,
        "may_ask": request.actor.may("ping_meters", area),
        "now": request.at,
    }


def _rows(found: Sequence[Any]) -> list[dict[str, Any]]:
    return persons.with_names([_row(one) for one in asked.told(found)], "asked_by")


def _row(told: dict[str, Any]) -> dict[str, Any]:
    kind, _colon, number = told["reference"].partition(":")
    is_outage = kind == "outage" and number.isdecimal()
    return told | {
        "url": reverse("outages:ping_page", args=[told["id"]]),
        "about": _("Outage %(number)s") % {"number": number} if is_outage else told["reference"].replace(":", " ", 1),
        "about_url": reverse("outages:outage_page", args=[number]) if is_outage else "",
        "skipped_words": ", ".join(f"{count} {why}" for why, count in sorted(told["skipped"].items())),
        "is_over": told["ended_at"] is not None,
    }


def _answers(pings: list[str]) -> list[dict[str, Any]]:
    found = asked.answers(pings)
    names = reports.names_of({one["equipment_mrid"] for one in found})
    tones = {"off": "p1", "part": "p2", "none": "bad", "on": "earth"}
    return [
        one
        | {
            "place": names.get(one["equipment_mrid"], one["equipment_mrid"]),
            "tone": tones.get(one["answer"], "quiet"),
            "volts_words": ", ".join(f"{phase or 'U'} {value:.0f} V" for phase, value in one["volts"].items()),
            "phases_words": _("dark on %(phases)s") % {"phases": ph.text(one["phases_off"])}
            if one["answer"] == "part"
            else "",
        }
        for one in found
    ]


# Asking


@browser.page("GET", "POST", may="see_network")
def ping_outage(request: browser.Request, outage_id: int) -> HttpResponse:
    """Ask meters of an outage."""
    found = outages.outage(request.actor, outage_id)
    about = _("outage %(outage)s at %(device)s") % {"outage": outage_id, "device": found.device_name}

    def ask(sample: str, reason: str) -> Requested:
        return asking.ask_about_outage(
            actor=request.actor, outage_id=outage_id, sample=sample, reason=reason, at=request.at
        )

    return _ask(request, about, asking.SAMPLES, ask)


@browser.page("GET", "POST", may="view_customer")
def ping_customer(request: browser.Request, usage_point: int) -> HttpResponse:
    """Ask one customer's meter."""
    found = customers.customer(usage_point, areas=request.actor.areas_for("view_customer"))

    def ask(sample: str, reason: str) -> Requested:  # noqa: ARG001 - there is one meter
        return asking.ask_customer(actor=request.actor, usage_point=usage_point, reason=reason, at=request.at)

    told = {"customer": found["customer"] or found["name"], "meter": found["meter_number"]}
    return _ask(request, _("%(customer)s, meter %(meter)s") % told, {}, ask)


@browser.page("GET", "POST", may="see_network")
def ping_device(request: browser.Request, model: str, mrid: str) -> HttpResponse:
    """Ask meters below a device."""
    found = equipment.find(mrid, model)

    def ask(sample: str, reason: str) -> Requested:
        return asking.ask_below_device(
            actor=request.actor, model=model, mrid=mrid, sample=sample, reason=reason, at=request.at
        )

    return _ask(request, _("those supplied through %(device)s") % {"device": found.name}, asking.SAMPLES, ask)


def _ask(
    request: browser.Request, about: str, samples: Mapping[str, str | Promise], ask: Callable[[str, str], Requested]
) -> HttpResponse:
    """The dialog; then the question, or the dialog again with what was wrong."""
    context = {"about": about, "samples": list(samples.items()), "url": request.path}
    if request.method != "POST":
        return render(request, ASK, context)
    form = forms.Ask(request.POST)
    if not form.is_valid():
        return render(request, ASK, context | {"error": forms.first_error(form)}, status=422)
    try:
        asked_now = ask(form.cleaned_data["sample"] or "all", form.cleaned_data["reason"])
    except Refused as refused:
        if refused.status not in browser.SHOWN_IN_PLACE:
            raise
        return render(request, ASK, context | {"error": browser.words(request, refused)}, status=refused.status)
    if asked_now.ping is None:
        return render(request, ASK, context | {"error": f"{asked_now.words}."}, status=409)
    return browser.done(request, asked_now.words, back=reverse("outages:ping_list"))


@browser.page("GET", "POST", may="see_network")
def verify_crew(request: browser.Request, outage_id: int) -> HttpResponse:
    """A crew is wanted for a caller whose meter has supply."""
    found = outages.outage(request.actor, outage_id)
    context = {
        "title": _("Send a crew to outage %(outage)s?") % {"outage": outage_id},
        "text": _("%(device)s: the meter answered that it has supply. The customer counts as out since the call.")
        % {"device": found.device_name},
        "verb": _("A crew is wanted"),
        "reason_label": _("Why a crew all the same"),
        "url": request.path,
    }
    if request.method != "POST":
        return render(request, "components/_confirm.html", context)
    form = forms.Reason(request.POST)
    if not form.is_valid():
        error = {"error": forms.first_error(form)}
        return render(request, "components/_confirm.html", context | error, status=422)
    verifying.send_crew(actor=request.actor, outage_id=outage_id, reason=form.cleaned_data["reason"], at=request.at)
    told = _("Outage %(outage)s waits for a crew") % {"outage": outage_id}
    return browser.done(request, told, back=reverse("outages:outage_page", args=[outage_id]))
