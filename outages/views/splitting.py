"""Split an outage, move it down to several devices, give its reports to another, change its phases, take all that back.

As with moves: choose, look at what it would change, then do it; what has changed since the look is refused.
"""

from typing import Any

from django.forms import Form
from django.http import HttpResponse
from django.utils.translation import gettext as _

from adms.core import browser
from adms.core.errors import Invalid, Refused
from network.domain.phases import parse
from outages.models import Outage
from outages.selectors import candidates, outages, reports
from outages.services import regrouping, splitting, undoing
from outages.services.incidents import OutageRefused
from outages.services.splitting import Part
from outages.views import actions
from outages.views.regrouping import effect, first, second, seen_of


@browser.page("GET", "POST", may="see_network")
def split(request: browser.Request, outage_id: int) -> HttpResponse:
    """Choose devices below (`?to=down`: the outage moves down to them), look, confirm."""
    found = outages.outage(request.actor, outage_id)
    stays = request.POST.get("how", request.GET.get("to", "stay")) != "down"
    chosen = [one for one in request.POST.get("devices", "\n".join(request.POST.getlist("device"))).splitlines() if one]
    try:
        if request.method == "GET":
            return _choose_devices(request, found, chosen, stays=stays)
        parts = splitting.preview_split(outage=found, device_mrids=chosen, stays=stays, seen=seen_of(request))
    except Refused as refused:
        return _choose_devices(request, found, chosen, refused, stays=stays)
    names = ", ".join(part.name for part in parts)
    verb = "Split off" if stays else "Move down to"
    context = {
        "title": f"{verb} {names}?",
        "text": would(found, parts, stays=stays),
        "verb": f"{verb} {names}",
        "reason_label": "Why it is so",
        "fields": {
            "devices": "\n".join(chosen),
            "how": "stay" if stays else "down",
            "seen": request.POST.get("seen") or found.revision,
        },
    }

    def act(given: dict[str, Any]) -> str:
        made = splitting.split(
            actor=request.actor,
            outage_id=outage_id,
            device_mrids=chosen,
            stays=stays,
            reason=given["reason"],
            seen=seen_of(request),
            at=request.at,
        )
        new = ", ".join(str(one.pk) for one in made)
        said = f"Outage {outage_id} is split: {new}" if stays else f"Outage {outage_id} is moved down to {names}"
        return said if stays or not made else f"{said} (new: {new})"

    return second(request, found, context, act)


def _choose_devices(
    request: browser.Request, found: Outage, chosen: list[str], refused: Refused | None = None, *, stays: bool
) -> HttpResponse:
    below = [one for one in candidates.offered(found) if one["side"] == "below"]
    context = {"devices": below, "chosen": chosen, "stays": stays}
    return first(request, found, "outages/_split.html", context, refused)


def would(found: Outage, parts: list[Part], *, stays: bool) -> str:
    """What each device would take, in a sentence each."""
    told = [
        f"{part.name}: {part.kept} customers counted out now"
        + (f", {part.gained} more" if part.gained else "")
        + f", {part.reports} reports."
        for part in parts
    ]
    if stays:
        last = f"They become outages of their own, nested in {found.pk}: restoring {found.device_name} does not restore them."
    else:
        last = "Customers of no device named are released; reports from elsewhere are free for prediction again."
    return " ".join([*told, last, "From now on only people move these outages."])


@browser.page("GET", "POST", may="see_network")
def phases(request: browser.Request, outage_id: int) -> HttpResponse:
    """Choose the phases that are open, look, confirm."""
    found = outages.outage(request.actor, outage_id)
    wanted = parse("".join(request.POST.getlist("phase")))
    try:
        if request.method == "GET":
            return _choose_phases(request, found)
        change = regrouping.preview_phases(outage=found, phases=wanted, seen=seen_of(request))
    except Refused as refused:
        return _choose_phases(request, found, refused)
    words = regrouping.spoken(wanted)
    context = {
        "title": f"Outage {outage_id}: phases {words}?",
        "text": f"{found.device_name} is open on {words}. {effect(change)}",
        "verb": f"Phases {words}",
        "reason_label": "How that is known",
        "fields": {"phase": words, "seen": request.POST.get("seen") or found.revision},
    }

    def act(given: dict[str, Any]) -> str:
        regrouping.set_phases(
            actor=request.actor,
            outage_id=outage_id,
            phases=wanted,
            reason=given["reason"],
            seen=seen_of(request),
            at=request.at,
        )
        return f"Outage {outage_id} is open on {words}"

    return second(request, found, context, act)


def _choose_phases(request: browser.Request, found: Outage, refused: Refused | None = None) -> HttpResponse:
    carried = regrouping.spoken(regrouping.carried(outage=found)) if refused is None else "ABC"
    context = {"carried": list(carried), "now": list(regrouping.spoken(found.phases))}
    return first(request, found, "outages/_phases.html", context, refused)


@browser.page("GET", "POST", may="see_network")
def reassign(request: browser.Request, outage_id: int) -> HttpResponse:
    """Choose reports and where they belong, and say why."""
    found = outages.outage(request.actor, outage_id)
    to, reason = request.POST.get("to", ""), request.POST.get("reason", "")
    chosen = [int(one) for one in request.POST.getlist("report") if one.isdecimal()]
    context: dict[str, Any] = {
        "reports": [one for one in reports.latest(request.actor, found, 200) if not one["settled"]],
        "others": candidates.neighbours(found),
        "chosen": chosen,
        "to": to,
        "reason": reason,
    }
    if request.method == "GET":
        return first(request, found, "outages/_reassign.html", context, None)
    try:
        if to != "none" and not to.isdecimal():
            raise Invalid(_("say where they belong"), field="to")
        splitting.reassign(
            actor=request.actor,
            outage_id=outage_id,
            reports=chosen,
            to_id=None if to == "none" else int(to[:9]),
            reason=reason,
            at=request.at,
        )
    except Refused as refused:
        return first(request, found, "outages/_reassign.html", context, refused)
    goal = "no outage" if to == "none" else f"outage {to}"
    return browser.done(request, f"{len(chosen)} reports belong to {goal} now", back=actions.page_of(outage_id))


@browser.page("GET", "POST", may="see_network")
def undo(request: browser.Request, outage_id: int) -> HttpResponse:
    """Take back what was done by hand last."""
    found = outages.outage(request.actor, outage_id)
    action = undoing.latest(outage_id)
    if action is None:
        raise OutageRefused(_("nothing was done to it by hand that could be taken back"), outage=outage_id)
    context = {
        "title": f"Take back what was done to outage {outage_id}?",
        "text": f"{action.text} ({action.actor}). Device, phases, reports and customers are as they were before.",
        "verb": "Take it back",
    }

    def act(given: dict[str, Any]) -> str:  # noqa: ARG001 - nothing is asked
        undoing.undo(actor=request.actor, outage_id=outage_id, at=request.at)
        return f"Taken back: {action.text}"

    return actions.dialog(request, found, actions.CONFIRM, context, Form(request.POST or None), act)
