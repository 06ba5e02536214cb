"""The dispatcher's command line: says what it would do while it is typed, does it on Enter."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adms.core import browser
from adms.core.errors import Invalid, NotFound, Refused
from outages.domain import command_line
from outages.domain.command_line import Command
from outages.selectors import outages
from outages.services import dispatching
from outages.views import board
from workforce.services import work

LONGEST = 80
_WORDS = {
    "en_route": gettext_lazy("En route: %(crew)s"),
    "on_site": gettext_lazy("On site: %(crew)s"),
    "completed": gettext_lazy("Done: %(crew)s"),
    "released": gettext_lazy("Released: %(crew)s"),
}


@browser.page("GET", "POST", may="see_network")
def dispatch_command(request: browser.Request) -> HttpResponse:
    """Understand it, or do it."""
    given = request.POST if request.method == "POST" else request.GET
    text = given.get("command", "").strip()[:LONGEST]
    if request.method == "POST":
        return _do(request, text)
    told: dict[str, Any] = {"text": text, "says": "", "is_understood": False}
    try:
        told |= {"says": _understand(request, text)[1], "is_understood": True}
    except Refused as refused:
        told["says"] = refused.message
    return render(request, "dispatch/_command.html", {"command": told})


def _understand(request: browser.Request, text: str) -> tuple[Command, str, Any]:
    """The command, what it would do, and the crew.

    Raises:
        Refused: it is not complete, or names what is not there.
    """
    command = command_line.parse(text)
    if command is None:
        raise Invalid(_("a OUTAGE CREW assigns · e, s, d, r CREW: en route, on site, done, released"))
    crew = board.crew_called(command.crew)
    if command.outage is None:
        if board.job_of(crew) is None:
            raise NotFound(_("%(crew)s has no job") % {"crew": crew.name})
        return command, str(_WORDS[command.verb]) % {"crew": crew.name}, crew
    found = outages.outage(request.actor, command.outage)
    told = {"crew": crew.name, "outage": found.pk, "device": found.device_name}
    return command, _("Assign %(crew)s to outage %(outage)s %(device)s") % told, crew


def _do(request: browser.Request, text: str) -> HttpResponse:
    command, _words, crew = _understand(request, text)
    if command.outage is not None:
        made = dispatching.assign(actor=request.actor, outage_id=command.outage, crew=crew.key, at=request.at)
        undo = reverse("outages:unassign", args=[made.pk])
        told = {"crew": crew.name, "outage": command.outage}
        return browser.done(request, _("%(crew)s is assigned to outage %(outage)s") % told, undo=undo)
    job = board.job_of(crew)
    moved = work.report_progress(
        actor=request.actor, assignment_id=job.pk if job else 0, state=command.verb, at=request.at
    )
    return browser.done(request, f"{crew.name}: {moved.get_state_display().lower()}")
