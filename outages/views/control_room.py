"""The operator's home: outages, map, device, journal, incoming evidence. Each part is also a fragment that fetches itself."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from adms.core import browser
from adms.core.services import authority
from network.selectors import equipment, panels, versions
from network.views import devices
from outages.selectors import control_room as selected
from outages.selectors import field_marks as field
from outages.selectors import outages as reading
from outages.selectors import reports, rule_sets, rule_words
from outages.views import planned

SEES = "see_network"
INTAKE = 30
#: Where somebody belongs who may not see the network.
HOMES = (
    ("see_own_work", "outages:crew_page"),
    ("inspect_messages", "integration:message_list"),
    ("read_reliability", "outages:reliability"),
)


@browser.page("GET")
def control_room(request: browser.Request) -> HttpResponse:
    """The whole page for one network model; whoever does not belong here is led to where they do."""
    home = next((address for action, address in HOMES if request.actor.may(action)), "")
    if home and not request.actor.may(SEES):
        return redirect(home)
    authority.require(actor=request.actor, action=SEES)
    models = versions.operated()
    if not models:
        return render(request, "network/no_model.html", status=200)
    model = _chosen(request, models)
    branch = request.GET.get("branch", "")
    context = {
        "model": model,
        "models": models,
        "branch": int(branch) if _is_number(branch) else None,
        "device": _device(request, model["key"], branch),
        "journal": devices.journal_within(request, model["key"]),
        "kpi": reading.kpis(),
        "side": browser.within(request, "side", partial(_side_list, request, model["key"]), model["key"]),
        "intake": browser.within(request, "intake", partial(_intake_list, request)),
        "now": request.at,
    }
    return render(request, "network/control_room.html", context)


@browser.page("GET", may=SEES)
def field_marks(request: browser.Request, model: str) -> HttpResponse:
    """Crews and unexplained calls, as rows that the map draws."""

    def make() -> HttpResponse:
        return render(request, "outages/_field_marks.html", {"marks": field.marks(request.actor, model)})

    return browser.together(request, "field marks", make, model)


@browser.page("GET", may=SEES)
def side_list(request: browser.Request) -> HttpResponse:
    """The going outages of a model."""
    model = request.GET.get("model", "")
    return browser.together(request, "side", partial(_side_list, request, model), model)


@browser.page("GET", may=SEES)
def intake(request: browser.Request) -> HttpResponse:
    """What came in lately."""
    return browser.together(request, "intake", partial(_intake_list, request))


@browser.page("GET")
def kpis(request: browser.Request) -> HttpResponse:
    """The figures of the top bar, for those who may see the network."""
    if not request.actor.may(SEES):
        return HttpResponse(status=204)

    def make() -> HttpResponse:
        return render(request, "components/_kpis.html", {"kpi": reading.kpis()})

    return browser.together(request, "kpis", make)


@browser.page("GET", may=SEES)
def device_outage(request: browser.Request, model: str, mrid: str) -> HttpResponse:
    """The outage a device belongs to, a line for its panel; nothing where it belongs to none."""
    found = selected.of_device(request.actor, model, mrid)
    context = {"outage": found, "model": model, "mrid": mrid}
    return render(request, "outages/_of_device.html", context | _planned(request, model, mrid))


def _planned(request: browser.Request, model: str, mrid: str) -> dict[str, Any]:
    """Planned outages of a switch, and the way to ask for another one."""
    may = request.actor.may("request_planned_outage")
    device = equipment.published(model).filter(mrid=mrid).first() if may else None
    return {
        "plans": planned.of_device(request.actor, model, mrid, request.at),
        "may_plan": device is not None and device.is_switch,
    }


def _chosen(request: browser.Request, models: list[dict[str, Any]]) -> dict[str, Any]:
    """The model that is asked for, else the one this person looked at last, else the one with most customers."""
    asked = request.GET.get("model")
    if asked and any(model["key"] == asked for model in models):
        request.session["model"] = asked
    wanted = asked or request.session.get("model")
    by_customers = max(models, key=lambda model: model["customers"])
    return next((model for model in models if model["key"] == wanted), by_customers)


def _side_list(request: browser.Request, model: str) -> HttpResponse:
    cards = selected.cards(request.actor, model)
    for card in cards:
        card["url"] = reverse("outages:outage_page", args=[card["id"]])
    counts = selected.by_priority(request.actor, model)
    context = {
        "outages": cards,
        "counts": counts,
        "unlisted": max(sum(counts.values()) - len(cards), 0),
        "latest": selected.latest_closed(request.actor, model),
        "now": request.at,
    }
    return render(request, "outages/_side_list.html", context)


def _intake_list(request: browser.Request) -> HttpResponse:
    told = reports.intake(request.actor, at=request.at, limit=INTAKE)
    for item in told["latest"]:
        item["outage_url"] = reverse("outages:outage_page", args=[item["outage"]]) if item["outage"] else ""
    told["rules"] = [{"plan": plan, "why": rule_words.why(plan)} for plan in rule_sets.unusual()]
    return render(request, "outages/_intake.html", {"intake": told, "now": request.at})


def _device(request: browser.Request, model: str, branch: str) -> dict[str, Any] | None:
    """The device selected on arrival; a bad number selects nothing."""
    if not _is_number(branch):
        return None
    found = equipment.by_branch(model, [int(branch)]).get(int(branch))
    if found is None:
        return None
    return panels.with_addresses(request.actor, found)


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 10
