"""Place a cut, jumper, ground or mobile generation from the device panel, and take it away."""

import dataclasses

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from adms.core import browser
from adms.core.errors import Refused
from network.domain import temporary as domain
from network.domain.temporary import CUT, GENERATION, GROUND, JUMPER
from network.models import Equipment, TemporaryElement
from network.selectors import equipment, state, tags
from network.selectors import temporary as placed
from network.services import temporary
from network.services.temporary import NewElement

EFFECTS = {
    CUT: "Opens the line where it is cut.",
    JUMPER: "Joins this end to another place.",
    GROUND: "Earths this end. It must be dead; nothing is energised onto it.",
    GENERATION: "Feeds this end from a source of its own. It must be off the network.",
}


@browser.page("GET", "POST", may="see_network")
def place(request: browser.Request, model: str, mrid: str, kind: str) -> HttpResponse:
    """The form with what it would do, and what is sent with it."""
    found = equipment.find(mrid, model)
    new = _new(request, model, found, kind)
    if request.method == "GET" and kind in (GROUND, GENERATION):
        new = _at_a_fitting_end(new)
    error, ahead = "", None
    try:
        if request.method == "POST" and "place" in request.POST:
            done = temporary.place(actor=request.actor, new=new, at=request.at)
            return _placed(request, f"{done.name} is placed at {found.name}")
        ahead = temporary.look_ahead(new=new) if kind != JUMPER or new.other_equipment_mrid else None
    except Refused as refused:
        error = refused.message
    context = {
        "device": found,
        "kind": kind,
        "label": TemporaryElement.Kind(kind).label if kind in domain.KINDS else kind,
        "effect": EFFECTS.get(kind, ""),
        "ends": _ends(model, found) if kind != CUT else [],
        "new": new,
        "error": error,
        "ahead": ahead,
        "url": reverse("network:place_temporary", args=[model, mrid, kind]),
    }
    return render(request, "network/_temporary_place.html", context)


@browser.page("GET", may="see_network")
def marks(request: browser.Request, model: str) -> HttpResponse:
    """Where they stand and where notes hang, for the map and in words."""

    def make() -> HttpResponse:
        present = state.present(model)
        return render(request, "network/_temporary_marks.html", {"marks": placed.marks(present) + tags.notes(present)})

    return browser.together(request, "temporary marks", make, model)


@browser.page("GET", "POST", may="see_network")
def remove(request: browser.Request, mrid: str) -> HttpResponse:
    """Ask with what it would do and why; then take it away."""
    element, error, ahead = temporary.standing(mrid=mrid), "", None
    try:
        if request.method == "POST":
            reason = request.POST.get("reason", "").strip()[:400]
            gone = temporary.remove(actor=request.actor, mrid=mrid, reason=reason, at=request.at)
            return _placed(request, f"{gone.name} is removed")
        ahead = temporary.look_ahead_without(mrid=mrid)
    except Refused as refused:
        error = refused.message
    context = {"element": element, "ahead": ahead, "error": error, "url": request.path}
    return render(request, "network/_temporary_remove.html", context)


def _at_a_fitting_end(new: NewElement) -> NewElement:
    """The end where it may be placed, if only one of them is; as it was otherwise."""
    for terminal in (new.terminal, 3 - new.terminal):
        turned = dataclasses.replace(new, terminal=terminal)
        try:
            temporary.look_ahead(new=turned)
        except Refused:
            continue
        return turned
    return new


def _placed(request: browser.Request, words: str) -> HttpResponse:
    """A toast; the dialog closes and the panel shows what is true now."""
    response = browser.done(request, words)
    if request.htmx:
        browser.trigger(response, toast={"text": words}, **{browser.CLOSE_DIALOG: {}, "tieline:devices": {}})
    return response


def _new(request: browser.Request, model: str, found: Equipment, kind: str) -> NewElement:
    given = request.POST
    other = (
        equipment.published(model).filter(name__iexact=given.get("other", "").strip()).first()
        if given.get("other")
        else None
    )
    return NewElement(
        model=model,
        kind=kind,
        equipment_mrid=found.mrid,
        terminal=2 if given.get("terminal", "2") == "2" else 1,
        other_equipment_mrid=other.mrid if other else given.get("other", "").strip()[:80],
        other_terminal=2 if given.get("other_terminal") == "2" else 1,
        reason=given.get("reason", "").strip()[:400],
        source="crew" if given.get("source") == "crew" else "operator",
    )


def _ends(model: str, found: Equipment) -> list[tuple[int, str]]:
    """The two ends in words: what else is there, and whether it is live."""
    present = state.present(model)
    told = []
    for terminal in (1, 2):
        node = domain.node_of(present.grid, domain.Place(found.mrid, terminal))
        if node < 0:
            continue
        grid = present.fitted.base
        beside = grid.adj_branch[grid.indptr[node] : grid.indptr[node + 1]].tolist()
        names = [row.name for branch, row in equipment.by_branch(model, beside).items() if branch != found.index]
        supply = "live" if present.energisation.live[node] else "dead"
        told.append((terminal, f"towards {', '.join(sorted(names)[:3]) or 'nothing'}: {supply}"))
    return told
