"""Find anything from anywhere: outages, crews, devices, customers."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from adms.core import browser
from adms.core.actors import Actor
from network.domain import class_words
from network.selectors import search, versions
from outages.selectors import callers, lists
from outages.views import rows
from workforce.selectors import crews

FOUND_OF_EACH = 6


@browser.page("GET", may="see_network")
def find(request: browser.Request) -> HttpResponse:
    """Outages, devices, customers and crews by what they are called."""
    text = request.GET.get("q", "").strip()[:80]
    found: list[dict[str, Any]] = []
    if text.isdecimal() and len(text) < 10:
        found += [_outage(one) for one in rows.shown(lists.by_number(request.actor, text, 3), request.at)]
    if len(text) > 1:
        shown = _shown_model(request)
        found += [_crew(one) for one in crews.crews() if text.lower() in f"{one.key} {one.name}".lower()][:3]
        found += [_feeder(one, shown) for one in search.feeders(text, limit=FOUND_OF_EACH)]
        found += [_device(one, shown) for one in search.find_equipment(text, FOUND_OF_EACH)]
        found += _customers(request.actor, text)
    return render(request, "components/_find_results.html", {"query": text, "found": found})


def _shown_model(request: browser.Request) -> str:
    """The model on the asker's map: only its devices can be chosen there without loading the page anew."""
    query = parse_qs(urlsplit(request.htmx.current_url or "").query)
    published = [model["key"] for model in versions.operated()]
    return next((key for key in query.get("model", []) if key in published), published[0] if published else "")


def _outage(one: dict[str, Any]) -> dict[str, Any]:
    about = f"{one['confidence']} · {one['state']} · {one['device_name']} · {one['customers_out']} out"
    return {"kind": "Outage", "name": str(one["id"]), "about": about, "url": one["url"], "branch": None, "outage": ""}


def _crew(one: Any) -> dict[str, Any]:
    job = one.live[0].work_order.title if one.live else one.get_shift_display()
    return {"kind": "Crew", "name": one.name, "about": job, "url": reverse("outages:dispatch"), "branch": None}


def _feeder(one: search.Found, shown: str) -> dict[str, Any]:
    on_map = f"{reverse('outages:control_room')}?model={one.model}"
    return {
        "kind": "Feeder",
        "name": one.name,
        "about": one.about,
        "url": on_map if one.branch is None else f"{on_map}&branch={one.branch}",
        "branch": one.branch if one.model == shown else None,
        "outage": "",
    }


def _device(one: Any, shown: str) -> dict[str, Any]:
    model = one.version.model.key
    on_map = f"{reverse('outages:control_room')}?model={model}"
    return {
        "kind": "Device",
        "name": one.name,
        "about": " / ".join(part for part in (one.substation, one.feeder) if part) or class_words.word(one.cim_class),
        "url": f"{on_map}&branch={one.index}" if one.is_branch else on_map,
        "branch": one.index if one.is_branch and model == shown else None,
        "outage": "",
    }


def _customers(actor: Actor, text: str) -> list[dict[str, Any]]:
    if not actor.may("view_customer"):
        return []
    return [
        {
            "kind": "Customer",
            "name": one["customer"] or one["name"],
            "about": f"{one['address']} · {one['account_number']}" + (" · out" if one["is_out"] else ""),
            "url": f"{reverse('outages:call_new')}?usage_point={one['id']}",
            "branch": None,
        }
        for one in callers.search(actor, text, limit=FOUND_OF_EACH)
    ]
