"""The device panel and the journal, as fragments of the control room."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from adms.core import browser
from adms.core.errors import NotFound
from network.models import Equipment
from network.selectors import equipment, panels


@browser.page("GET", may="see_network")
def device_panel(request: browser.Request, model: str) -> HttpResponse:
    """The panel of the branch (or mRID) asked for; the empty one where nothing is."""
    device = panels.with_addresses(request.actor, _asked(request, model))
    return render(request, "network/_device_panel.html", {"device": device})


@browser.page("GET", may="see_network")
def journal(request: browser.Request, model: str) -> HttpResponse:
    """The latest movements."""
    return browser.together(request, "journal", partial(_journal, request, model), model)


def journal_within(request: browser.Request, model: str) -> str:
    """The same for the page it stands in."""
    return browser.within(request, "journal", partial(_journal, request, model), model)


def _journal(request: browser.Request, model: str) -> HttpResponse:
    return render(request, "network/_journal.html", {"journal": panels.journal(model)})


def _asked(request: HttpRequest, model: str) -> Equipment | None:
    mrid, branch = request.GET.get("mrid", ""), request.GET.get("branch", "")
    if mrid:
        return equipment.find(mrid, model)
    if not branch.isdecimal():
        return None
    found = equipment.by_branch(model, [int(branch)]).get(int(branch))
    if found is None:
        raise NotFound(_("no such element"), branch=branch)
    return found
