"""The page that takes a model out of the house: what of it, in which form; it becomes a job, and a file to fetch."""

import uuid
from typing import Any, cast

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from adms.core import browser
from adms.core.errors import NotFound, Refused
from adms.core.models import ControlArea
from adms.core.services import authority
from integration.selectors import jobs as rows
from integration.services import export_jobs, jobs
from integration.services.exports import Wanted
from integration.views import model_shown as shown
from integration.views.archives import sent
from network.selectors import feeders, state, versions

MAY = "export_model"
FORMS = {
    "cim100": "CIM100: everything in one file, customers too",
    "cgmes": "CGMES 2.4.15: EQ, SSH, TP and more, no customers",
    "bus-branch": "Bus-branch: CGMES without switches, for load-flow engines",
    "difference": "Difference: what the switches changed, for the GIS",
}


@browser.page("GET", "POST", may=MAY)
def model_export(request: browser.Request, model: str) -> HttpResponse:
    """Choose what; it becomes a job."""
    running = versions.running(key=model)
    if running is None:
        raise NotFound(f"no version of {model} is published", model=model)
    context: dict[str, Any] = {"version": shown.version(running), "forms": FORMS, "asked": {"form": "cim100"}}
    context["areas"] = ControlArea.objects.filter(pk__in=set(state.areas_of(running.pk))).order_by("name")
    context["feeders"] = sorted({one.name for one in feeders.feeders(model=model)})
    if request.method == "POST":
        asked = request.POST
        wanted = Wanted(
            asked.get("form", ""),
            feeder=asked.get("feeder", "").strip()[:120],
            area=asked.get("area", "").strip()[:120],
            as_operated=asked.get("as_operated") == "1",
            with_state=asked.get("with_state") == "1",
        )
        try:
            job = jobs.ask_export(actor=request.actor, model=model, wanted=wanted, at=request.at)
        except authority.NotAuthorised:
            raise
        except Refused as refused:
            context |= {"error": browser.words(request, refused), "asked": wanted}
            return render(request, "integration/models/export.html", context, status=refused.status)
        return redirect(reverse("integration:model_job", args=[job.pk]))
    return render(request, "integration/models/export.html", context)


@browser.page("GET", may=MAY)
def model_job_file(request: browser.Request, job_id: uuid.UUID) -> HttpResponse:
    """The archive of a job that is done."""
    job = rows.job(job_id)
    parts = export_jobs.fetched(actor=request.actor, job=job, at=request.at)
    return cast("HttpResponse", sent(job.result, parts))  # a response all the same
