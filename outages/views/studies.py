"""Plans of restoration in a study, carried out there and nowhere else."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from adms.core import browser
from network.services.studies import ACTION
from outages.services import study_restoration


@browser.page("POST", may=ACTION)
def study_take(request: browser.Request, number: int, plan: int) -> HttpResponse:
    """Every step of a plan as an action of the study."""
    steps = study_restoration.take(actor=request.actor, number=number, plan=plan, at=request.at)
    if not request.htmx:
        return redirect("network:study", number)
    words = _("In the study only: %(steps)d steps carried out") % {"steps": steps}
    return browser.trigger(HttpResponse(status=204), toast={"text": words}, **{"tieline:study": {}})
