"""Pages of network models: the list of versions, the upload, a job and how far it is."""

import uuid
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser, spreadsheets
from adms.core.errors import Refused
from adms.core.services import authority
from integration.selectors import jobs as rows
from integration.services import jobs
from integration.views import model_shown as shown
from network.selectors import versions

READS = ("publish_model", "inspect_messages")
PAGE_SIZE = 50
COLUMNS: dict[str, spreadsheets.Column] = {
    "model": "key", "name": "model", "version": "number", "state": "state", "source": "source", "created_by": "created_by",
    "created_at": "created_at", "published_by": "published_by", "published_at": "published_at", "nodes": "nodes",
    "branches": "branches", "switches": "switches", "customers": "customers",
}  # fmt: skip


@browser.page("GET", may=READS)
def model_list(request: browser.Request) -> HttpResponse:
    """Models with their versions, and the latest jobs."""
    found = versions.versions().defer("grid", "findings")
    if spreadsheets.is_wanted(request):
        return spreadsheets.answer("models", COLUMNS, map(shown.version, found), request.at)
    page = browser.paged(request, found, PAGE_SIZE)
    page.object_list = [shown.version(one) for one in page.object_list]
    context = {
        "page": page,
        "jobs": [shown.job(one, request.at) for one in rows.latest()[:8]],
        "now": request.at,
        "may_publish": request.actor.may("publish_model"),
    }
    return browser.either(request, "integration/models/list.html", "integration/models/_list.html", context)


@browser.page("GET", "POST", may=READS)
def model_upload(request: browser.Request) -> HttpResponse:
    """Choose files; they become a job, and a staged version that nobody operates yet."""
    if request.method != "POST":
        return render(request, "integration/models/upload.html", {"may_publish": request.actor.may("publish_model")})
    try:
        job = jobs.ask_import(actor=request.actor, wanted=_wanted(request), at=request.at)
    except authority.NotAuthorised:
        raise
    except Refused as refused:
        return _refused(request, refused)
    return _there(request, reverse("integration:model_job", args=[job.pk]))


@browser.page("GET", may=READS)
def model_job(request: browser.Request, job_id: uuid.UUID) -> HttpResponse:
    """How far a job is, and what came of it."""
    context = shown.job_page(rows.job(job_id), request.actor, request.at)
    return browser.either(request, "integration/models/job.html", "integration/models/_job.html", context)


@browser.page("POST", may=READS)
def model_job_cancel(request: browser.Request, job_id: uuid.UUID) -> HttpResponse:
    """Stop it."""
    jobs.cancel(actor=request.actor, job_id=job_id, at=request.at)
    return browser.done(request, _("It is being cancelled"), back=reverse("integration:model_job", args=[job_id]))


def _wanted(request: browser.Request) -> jobs.Import:
    complete = request.POST.get("complete", "").strip()
    if complete and not (complete.isascii() and complete.isdecimal() and int(complete) < 2**31):
        raise jobs.UploadRefused(_("the seed must be a whole number"), field="complete")
    return jobs.Import(
        files=[((file.name or "model.xml")[:200], file.read()) for file in request.FILES.getlist("file")],
        name=request.POST.get("name", "").strip()[:120],
        complete=int(complete) if complete else None,
        is_staged=True,
    )


def _there(request: browser.Request, url: str) -> HttpResponse:
    """To the job; a script that shows the progress of the upload goes there by itself."""
    return JsonResponse({"url": url}) if _is_script(request) else redirect(url)


def _refused(request: browser.Request, refused: Refused) -> HttpResponse:
    told = browser.words(request, refused)
    if _is_script(request):
        return JsonResponse({"error": told}, status=refused.status)
    context: dict[str, Any] = {"error": told, "may_publish": True, "name": request.POST.get("name", "")}
    return render(request, "integration/models/upload.html", context, status=refused.status)


def _is_script(request: browser.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")
