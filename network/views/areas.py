"""Control areas for their administrator: what lies in each, who holds it, and its name."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser, spreadsheets
from adms.core.services import areas, leases
from network.selectors import area_contents

COLUMNS: dict[str, spreadsheets.Column] = {
    "area": "area.key", "name": "area.name", "substations": lambda row: ", ".join(row["area"].substations),
    "feeders": "area.feeders", "devices": "area.devices", "switches": "area.switches", "grants": "area.grants",
    "holder": "held.holder", "held_since": "held.since",
}  # fmt: skip


@browser.page("GET", may=(areas.ACTION, "read_audit"))
def page(request: browser.Request) -> HttpResponse:
    """Every area with its equipment, its roles and who holds it now."""
    held = {one.area: one for one in leases.present(at=request.at)}
    rows = [{"area": one, "held": held.get(one.key)} for one in area_contents.contents()]
    if spreadsheets.is_wanted(request):
        return spreadsheets.answer("areas", COLUMNS, rows, request.at)
    context = {"rows": rows, "may": request.actor.may(areas.ACTION)}
    return browser.either(request, "control/areas.html", "control/_areas.html", context)


@browser.page("GET", "POST", may=areas.ACTION)
def rename(request: browser.Request, key: str) -> HttpResponse:
    """Another name; the key, by which other systems know the area, stays."""
    area = areas.of(key)
    if request.method == "POST":
        areas.rename(actor=request.actor, key=key, name=request.POST.get("name", ""), at=request.at)
        return browser.done(request, _("Renamed"), back=reverse("network:areas"))
    return render(request, "control/_area_name.html", {"area": area, "url": request.path})
