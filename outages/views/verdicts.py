"""The second verdict on the page of an outage: what the engine that does not act says, and taking its word."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from adms.core import browser
from adms.core.errors import Refused
from network.domain import phases as ph
from outages import forms
from outages.models import Outage
from outages.selectors import outages, prediction_words, rule_words, stories, verdicts
from outages.selectors.verdicts import Found, Verdict, Verdicts
from outages.services import regrouping
from outages.services.incidents import OutageRefused
from outages.services.regrouping import Preview
from outages.views import actions


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
        "acting": rule_words.engines()[told.rules.engine],
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
    engine = rule_words.engines()[told.other.engine] if told.other else ""
    context = {
        "title": _("Take the verdict of %(engine)s for outage %(outage)s?")
        % {"engine": engine.lower(), "outage": outage_id},
        "text": _(
            "%(way)s, phases %(phases)s. %(changes)s Reports from elsewhere are free for prediction again, and from now on only people"
            " move this outage."
        )
        % {"way": _way(found, wanted), "phases": ph.text(wanted.believed.phases), "changes": _changes(change)},
        "verb": _("Move to %(device)s") % {"device": wanted.device_name},
        "reason_label": _("Why the other verdict is right"),
        "fields": {"seen": seen},
    }

    def act(given: dict[str, Any]) -> str:
        if request.POST.get("seen") != seen:
            words = _("the other verdict is %(device)s by now: look at it first") % {"device": wanted.device_name}
            raise OutageRefused(words, outage=outage_id)
        why = _("verdict of %(engine)s taken, %(why)s") % {"engine": engine.lower(), "why": given["reason"]}
        believed = wanted.believed
        regrouping.move(
            actor=request.actor,
            outage_id=outage_id,
            device_mrid=believed.device,
            phases=believed.phases,
            reason=why,
            at=request.at,
        )
        return _("Outage %(outage)s is moved to %(device)s") % {"outage": outage_id, "device": wanted.device_name}

    return actions.dialog(request, found, actions.CONFIRM, context, forms.Reason(request.POST or None), act)


def _wanted(told: Verdicts, found: Outage) -> Found:
    other = told.other
    if other is None or not other.found:
        raise OutageRefused(told.nothing or _("the other engine sees no outage in its reports by now"), outage=found.pk)
    if other.agrees:
        raise OutageRefused(_("both engines agree by now"), outage=found.pk)
    if other.found[0].believed.kind == "single":
        raise OutageRefused(_("the other engine sees single services only"), outage=found.pk)
    return other.found[0]


def _way(found: Outage, wanted: Found) -> str:
    devices = {"before": found.device_name, "device": wanted.device_name}
    if found.device_mrid == wanted.believed.device:
        is_more = found.kind == "single"
        return (_("It becomes all of %(device)s") if is_more else _("It stays at %(before)s")) % devices
    return _("It moves from %(before)s to %(device)s") % devices


def _changes(change: Preview) -> str:
    """Who is counted out afterwards.

    >>> _changes(Preview(7, 9, 0))
    'Counted out now: 9, of whom 9 stay; 7 more are counted out.'
    """
    now = change.kept + change.lost
    told = [_("Counted out now: %(now)s, of whom %(kept)s stay") % {"now": now, "kept": change.kept}]
    if change.lost:
        told.append(ngettext("%(count)s is released", "%(count)s are released", change.lost) % {"count": change.lost})
    more = ngettext("%(count)s more is counted out", "%(count)s more are counted out", change.gained)
    told.append(more % {"count": change.gained} if change.gained else _("nobody else is counted out"))
    return "; ".join(told) + "."
