"""Another device, or one outage into another: choose, look at what it would change, then do it.

Two steps held by the server: the second carries the revision that was looked at, and an outage that has changed since is refused.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from adms.core import browser
from adms.core.errors import Invalid, Refused
from network.selectors import equipment
from outages import forms
from outages.models import Outage
from outages.selectors import candidates, outages
from outages.services import regrouping
from outages.services.regrouping import Preview
from outages.views import actions


@browser.page("GET", "POST", may="see_network")
def move(request: browser.Request, outage_id: int) -> HttpResponse:
    """Choose a device (`?to=up`: the next one above), look, confirm."""
    found = outages.outage(request.actor, outage_id)
    try:
        device = _device(request, found)
        if not device:
            return _choose_device(request, found)
        change = regrouping.preview(outage=found, device_mrid=device, seen=seen_of(request))
    except Refused as refused:
        return _choose_device(request, found, refused)
    name = equipment.find(device, found.model_key).name
    context = {
        "title": _("Move outage %(outage)s to %(device)s?") % {"outage": outage_id, "device": name},
        "text": _("From %(before)s to %(device)s. %(effect)s From now on only people move this outage.")
        % {"before": found.device_name, "device": name, "effect": effect(change)},
        "verb": _("Move to %(device)s") % {"device": name},
        "reason_label": _("Why it is this device"),
        "fields": {"device": device, "seen": request.POST.get("seen") or found.revision},
    }

    def act(given: dict[str, Any]) -> str:
        regrouping.move(
            actor=request.actor,
            outage_id=outage_id,
            device_mrid=device,
            reason=given["reason"],
            seen=seen_of(request),
            at=request.at,
        )
        return _("Outage %(outage)s is moved to %(device)s") % {"outage": outage_id, "device": name}

    return second(request, found, context, act)


def _device(request: browser.Request, found: Outage) -> str:
    if request.GET.get("to") == "up" and request.method == "GET":
        above = candidates.devices_of(found)[0]
        if not above:
            words = _("nothing protects %(device)s from above") % {"device": found.device_name}
            raise Invalid(words, field="device")
        return above[0]
    text = request.POST.get("device", "").strip()[:80]
    return candidates.named(found, text) if text else ""


def _choose_device(request: browser.Request, found: Outage, refused: Refused | None = None) -> HttpResponse:
    context = {"devices": candidates.offered(found), "device": request.POST.get("device", "")}
    return first(request, found, "outages/_move.html", context, refused)


@browser.page("GET", "POST", may="see_network")
def merge(request: browser.Request, outage_id: int) -> HttpResponse:
    """Choose another outage of the feeder, look, confirm."""
    found = outages.outage(request.actor, outage_id)
    wanted = request.POST.get("into", "")
    if not wanted.isdecimal():
        return _choose_outage(request, found)
    try:
        into = outages.outage(request.actor, int(wanted[:9]))
        regrouping.preview_merge(outage=found, into=into, seen=seen_of(request))
    except Refused as refused:
        return _choose_outage(request, found, refused)
    context = {
        "title": _("Merge outage %(outage)s into outage %(into)s?") % {"outage": outage_id, "into": into.pk},
        "text": _(
            "Customers of %(device)s: %(customers)s. They, its reports, calls and crews go over to %(into)s, which has %(out)s "
            "customers out. Outage %(outage)s is cancelled."
        )
        % {
            "device": found.device_name,
            "customers": found.customers_out,
            "into": into.device_name,
            "out": into.customers_out,
            "outage": outage_id,
        },
        "verb": _("Merge into %(into)s") % {"into": into.pk},
        "fields": {"into": into.pk, "seen": request.POST.get("seen") or found.revision, "reason": "merged by hand"},
    }

    def act(given: dict[str, Any]) -> str:  # noqa: ARG001 - nothing is asked
        regrouping.merge(
            actor=request.actor, outage_id=outage_id, into_id=into.pk, seen=seen_of(request), at=request.at
        )
        return _("Outage %(outage)s is merged into outage %(into)s") % {"outage": outage_id, "into": into.pk}

    return second(request, found, context, act)


def _choose_outage(request: browser.Request, found: Outage, refused: Refused | None = None) -> HttpResponse:
    return first(request, found, "outages/_merge.html", {"others": candidates.neighbours(found)}, refused)


# Steps


def first(
    request: browser.Request, found: Outage, template: str, context: dict[str, Any], refused: Refused | None
) -> HttpResponse:
    """The choice, with why the last one was refused."""
    if refused is not None and refused.status not in browser.SHOWN_IN_PLACE:
        raise refused
    told = {"outage": found, "url": request.path, **context}
    told["error"] = browser.words(request, refused) if refused else ""
    return render(request, template, told, status=refused.status if refused else 200)


def second(request: browser.Request, found: Outage, context: dict[str, Any], act: Any) -> HttpResponse:
    """The look before the act; only what was looked at is done."""
    if "seen" not in request.POST:
        outage = {"id": found.pk, "device_name": found.device_name}
        return render(request, actions.CONFIRM, {"outage": outage, "url": request.path, **context})
    return actions.dialog(request, found, actions.CONFIRM, context, forms.Reason(request.POST), act)


def seen_of(request: browser.Request) -> int | None:
    """The revision that was looked at; None in the first step."""
    text = request.POST.get("seen")
    if text is not None and not text.isdecimal():
        raise Invalid(_("the revision that was looked at is no number"), field="seen")
    return None if text is None else int(text[:9])


def effect(change: Preview) -> str:
    """Customers and reports afterwards.

    >>> effect(Preview(4, 5, 0, 2))
    'Counted out now: 5, of whom 5 stay and 0 are released; 4 more are counted out. Reports set free for prediction: 2.'
    """
    return _(
        "Counted out now: %(now)s, of whom %(kept)s stay and %(lost)s are released; %(gained)s more are counted out. "
        "Reports set free for prediction: %(freed)s."
    ) % {
        "now": change.kept + change.lost,
        "kept": change.kept,
        "lost": change.lost,
        "gained": change.gained,
        "freed": change.freed,
    }
