"""The device panel and the journal, as fragments of the control room."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from adms.core.browser import actor_of
from adms.core.errors import NotFound
from adms.core.services import authority
from network.models import Equipment
from network.selectors import equipment, panels


@login_required
def device_panel(request: HttpRequest, model: str) -> HttpResponse:
    """The panel of the branch (or mRID) asked for; the empty one where nothing is."""
    actor = actor_of(request)
    authority.require(actor=actor, action="see_network")
    return render(
        request, "network/_device_panel.html", {"device": panels.with_addresses(actor, _asked(request, model))}
    )


@login_required
def journal(request: HttpRequest, model: str) -> HttpResponse:
    """The latest movements."""
    authority.require(actor=actor_of(request), action="see_network")
    return render(request, "network/_journal.html", {"journal": panels.journal(model)})


def _asked(request: HttpRequest, model: str) -> Equipment | None:
    mrid, branch = request.GET.get("mrid", ""), request.GET.get("branch", "")
    if mrid:
        return equipment.find(mrid, model)
    if not branch.isdecimal():
        return None
    found = equipment.by_branch(model, [int(branch)]).get(int(branch))
    if found is None:
        raise NotFound("no such element", branch=branch)
    return found
