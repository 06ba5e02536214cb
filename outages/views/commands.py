"""The dispatcher's command line: says what it would do while it is typed, does it on Enter."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from adms.core import browser
from adms.core.errors import Invalid, NotFound, Refused
from outages.domain import command_line
from outages.domain.command_line import Command
from outages.selectors import outages
from outages.services import dispatching
from outages.views import board
from workforce.services import work

LONGEST = 80


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
        raise Invalid("a OUTAGE CREW assigns · e, s, d, r CREW: en route, on site, done, released")
    crew = board.crew_called(command.crew)
    if command.outage is None:
        if board.job_of(crew) is None:
            raise NotFound(f"{crew.name} has no job")
        return command, f"{command_line.WORDS[command.verb]} {crew.name}", crew
    found = outages.outage(request.actor, command.outage)
    return command, f"Assign {crew.name} to outage {found.pk} {found.device_name}", crew


def _do(request: browser.Request, text: str) -> HttpResponse:
    command, _, crew = _understand(request, text)
    if command.outage is not None:
        made = dispatching.assign(actor=request.actor, outage_id=command.outage, crew=crew.key, at=request.at)
        undo = reverse("outages:unassign", args=[made.pk])
        return browser.done(request, f"{crew.name} is assigned to outage {command.outage}", undo=undo)
    job = board.job_of(crew)
    moved = work.report_progress(
        actor=request.actor, assignment_id=job.pk if job else 0, state=command.verb, at=request.at
    )
    return browser.done(request, f"{crew.name}: {moved.get_state_display().lower()}")
