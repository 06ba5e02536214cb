"""The power flow of the operated network: its page, and its colours for the map."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from adms.core import browser
from adms.core.errors import NotFound
from network.selectors import engine_results, power_flow, state

READS = "see_network"
KINDS = ("loading", "voltage")


@browser.page("GET", may=READS)
def overview(request: browser.Request, model: str) -> HttpResponse:
    """Figures, violations and feeders of the latest result."""
    if model not in state.models():
        raise NotFound(_("no network model %(model)s is published") % {"model": f"{model!r}"}, model=model)
    context = {
        "model": model,
        "shown": power_flow.shown(model),
        "has_circuit": power_flow.has_circuit(model),
        "others": engine_results.latest(model),
        "history": power_flow.history(model, limit=24),
        "now": request.at,
    }
    return render(request, "network/_power_flow.html" if request.htmx else "network/power_flow.html", context)


@browser.page("GET", may=READS)
def heat(request: browser.Request, model: str, kind: str) -> HttpResponse:  # noqa: ARG001 - `page` has used it
    """One byte per branch; the headers say of when it is and whether there is one."""
    if kind not in KINDS:
        raise NotFound(_("%(kind)s: there is loading and voltage") % {"kind": kind})
    row, data = power_flow.heat(model, kind)
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Cache-Control"] = "no-store"
    if row:
        response["X-Tieline-Computed"] = f"{timezone.localtime(row.computed_at):%H:%M:%S}"
        response["X-Tieline-Version"] = str(row.version.number)
    return response
