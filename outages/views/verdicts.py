"""The second verdict on the page of an outage: what the engine that does not act says, and taking its word."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser
from adms.core.errors import Refused
from network.domain import phases as ph
from outages import forms
from outages.domain import rule_sets
from outages.models import Outage
from outages.selectors import outages, prediction_words, stories, verdicts
from outages.selectors.verdicts import Found, Verdict, Verdicts
from outages.services import regrouping
from outages.services.incidents import OutageRefused
from outages.services.regrouping import Preview
from outages.views import actions

ENGINES = dict(rule_sets.FIELDS[0].choices)


@browser.page("GET", may="see_network")
def outage_verdict(request: browser.Request, outage_id: int) -> HttpResponse:
    """Both engines asked anew; the one that does not act is told at length."""
    found = outages.outage(request.actor, outage_id)
    told = verdicts.of(found, request.at)
    other = told.other
    context = {
        "outage": {"id": found.pk, "model": found.model_key, "device_name": found.device_name},
        "nothing": told.nothing,
        "rule_set": told.rules.label,
        "acting": ENGINES[told.rules.engine],
        "asked_at": request.at,
        "others": [_told(told, one, found) for one in told.all if one.acts and not one.agrees],
        "verdict": other and _told(told, other, found),
        "seen": [_seen(one) for one in other.found] if other and not other.agrees else [],
        "seen_more": max(0, other.total - len(other.found)) if other else 0,
        "reasons": stories.reasons(request.actor, found, other.found[0].sentences) if other and other.found else [],
        "take": _take(request, found, other),
    }
    return render(request, "outages/_verdict.html", context)


def _told(told: Verdicts, one: Verdict, found: Outage) -> dict[str, Any]:
    clear = one.found[0].margin if one.found else None
    return {
        "text": verdicts.in_words(told, one, found),
        "agrees": one.agrees,
        "margin": prediction_words.margin(clear) if clear else "",
    }


def _seen(one: Found) -> dict[str, Any]:
    return {
        "kind": _("Single service") if one.believed.kind == "single" else "",
        "device_name": one.device_name,
        "branch": one.branch,
        "phases": ph.text(one.believed.phases),
        "customers": one.believed.customers,
        "shared": one.shared,
        "reports": one.reports,
        "margin": prediction_words.margin(one.margin) if one.margin else "",
    }


def _take(request: browser.Request, found: Outage, other: Verdict | None) -> dict[str, str] | None:
    """The button, and why it may not be pressed; None where there is no other word to take."""
    if other is None or other.agrees or not other.found or other.differences == ["number"]:
        return None
    reason = ""
    if not request.actor.may("change_outage", found.area.key):
        reason = _("Your role does not cover this in %(area)s") % {"area": found.area.name}
    elif other.found[0].believed.kind == "single":
        reason = _("A single service is not moved to by hand: ask its meter, or send a crew")
    else:
        try:
            _preview(found, other.found[0])
        except Refused as refused:
            reason = str(refused)
    return {"url": reverse("outages:take_verdict", args=[found.pk]), "reason": reason[:1].upper() + reason[1:]}


def _preview(found: Outage, wanted: Found) -> Preview:
    believed = wanted.believed
    return regrouping.preview(outage=found, device_mrid=believed.device, phases=believed.phases)


@browser.page("GET", "POST", may="see_network")
def take_verdict(request: browser.Request, outage_id: int) -> HttpResponse:
    """Move the outage to where the other engine sees it, if it still sees it there."""
    found = outages.outage(request.actor, outage_id)
    told = verdicts.of(found, request.at)
    wanted = _wanted(told, found)
    seen = f"{wanted.believed.device}/{wanted.believed.phases}"
    change = _preview(found, wanted)
    engine = ENGINES[told.other.engine] if told.other else ""
    context = {
        "title": f"Take the verdict of {engine.lower()} for outage {outage_id}?",
        "text": f"{_way(found, wanted)}, phases {ph.text(wanted.believed.phases)}. "
        f"{_changes(change)} Reports from elsewhere are free for prediction again, and from now on only people move this outage.",
        "verb": f"Move to {wanted.device_name}",
        "reason_label": "Why the other verdict is right",
        "fields": {"seen": seen},
    }

    def act(given: dict[str, Any]) -> str:
        if request.POST.get("seen") != seen:
            raise OutageRefused(f"the other verdict is {wanted.device_name} by now: look at it first", outage=outage_id)
        why = f"verdict of {engine.lower()} taken, {given['reason']}"
        believed = wanted.believed
        regrouping.move(
            actor=request.actor,
            outage_id=outage_id,
            device_mrid=believed.device,
            phases=believed.phases,
            reason=why,
            at=request.at,
        )
        return f"Outage {outage_id} is moved to {wanted.device_name}"

    return actions.dialog(request, found, actions.CONFIRM, context, forms.Reason(request.POST or None), act)


def _wanted(told: Verdicts, found: Outage) -> Found:
    other = told.other
    if other is None or not other.found:
        raise OutageRefused(told.nothing or "the other engine sees no outage in its reports by now", outage=found.pk)
    if other.agrees:
        raise OutageRefused("both engines agree by now", outage=found.pk)
    if other.found[0].believed.kind == "single":
        raise OutageRefused("the other engine sees single services only", outage=found.pk)
    return other.found[0]


def _way(found: Outage, wanted: Found) -> str:
    if found.device_mrid == wanted.believed.device:
        return (
            f"It becomes all of {wanted.device_name}" if found.kind == "single" else f"It stays at {found.device_name}"
        )
    return f"It moves from {found.device_name} to {wanted.device_name}"


def _changes(change: Preview) -> str:
    """Who is counted out afterwards.

    >>> _changes(Preview(7, 9, 0))
    'Counted out now: 9, of whom 9 stay; 7 more are counted out.'
    """
    now = change.kept + change.lost
    told = [f"Counted out now: {now}, of whom {change.kept} stay"]
    if change.lost:
        told.append(f"{change.lost} are released")
    told.append(f"{change.gained} more are counted out" if change.gained else "nobody else is counted out")
    return "; ".join(told) + "."
