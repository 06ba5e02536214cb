"""The page of load shedding: which feeder is in which group, which is protected, and what each takes now."""

from collections import defaultdict
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser
from adms.core.errors import Invalid, Refused
from network.selectors import state
from outages.selectors import load_shedding as reading
from outages.services.switching import load_shedding as writing
from outages.services.switching.load_shedding import Place


@browser.page("GET", "POST", may="see_network")
def load_shed_page(request: browser.Request) -> HttpResponse:
    """The feeders of a network; posted, one of them is put into a group or protected."""
    known = state.models()
    model = (request.POST.get("model") or request.GET.get("model", ""))[:60] or (known[0] if known else "")
    context: dict[str, Any] = {"models": known, "model": model}
    if request.method == "POST":
        head = request.POST.get("head", "")[:80]
        try:
            writing.put(actor=request.actor, model=model, head_mrid=head, place=_place(request), at=request.at)
        except Refused as refused:
            if refused.status not in browser.SHOWN_IN_PLACE:
                raise
            context |= {"error": browser.words(request, refused), "wrong": head, "status": refused.status}
        else:
            return redirect(f"{reverse('outages:order_load_shed')}?model={model}#feeder-{head}")
    feeders = reading.visible(request.actor, model) if model else []
    context |= {
        "feeders": [
            {"feeder": one, "may_put": request.actor.may(writing.ACTION, one.area), "wants": _wants(one)}
            for one in feeders
        ],
        "groups": _groups(feeders),
        "may_write": request.actor.may("draft_order"),
        "now": request.at,
    }
    return render(request, "switching/load_shed.html", context, status=context.get("status", 200))


def _place(request: browser.Request) -> Place:
    where, reason = request.POST.get("group", "").strip(), request.POST.get("reason", "")[:200]
    if where == "protected":
        return Place(None, is_protected=True, reason=reason)
    if where and not where.isdecimal():
        raise Invalid(_("a group is a number"), field="group")
    return Place(int(where) if where else None, reason=reason)


def _wants(one: reading.ShedFeeder) -> str:
    return "protected" if one.is_protected else str(one.group or "")


def _groups(feeders: list[reading.ShedFeeder]) -> list[dict[str, Any]]:
    """What each group takes together."""
    found: dict[int, list[reading.ShedFeeder]] = defaultdict(list)
    for one in feeders:
        if one.group is not None:
            found[one.group].append(one)
    return [
        {
            "group": group,
            "feeders": len(mine),
            "kw": sum(one.kw for one in mine),
            "customers": sum(one.customers for one in mine),
            "critical": sum(one.critical for one in mine),
            "shed_at": max((one.shed_at for one in mine if one.shed_at), default=None),
        }
        for group, mine in sorted(found.items())
    ]
