"""Pages of suggested switching: what is wanted, how far the answer is, and the ways, each ready to be written as an order."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adms.core import browser
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.selectors import persons
from network.selectors import equipment, power_flow, state
from outages.models import SwitchingSuggestion
from outages.selectors import suggestions as reading
from outages.services.switching import staging, suggesting, suggestion_jobs
from outages.services.switching.suggesting import COLD_LOAD, GOALS, RELIEVE, ROTATE, Wanted
from outages.views import order_text

#: Numbers a goal needs: name, label, unit, what stands there first, whether it is needed (the form says what none means).
TERMS: dict[str, tuple[tuple[str, Any, str, Any, bool], ...]] = {
    COLD_LOAD: (
        ("dead_min", gettext_lazy("Without supply for"), "min", "", False),
        ("wait_min", gettext_lazy("Wait between two stages"), "min", staging.WAIT_MIN, True),
    ),
    ROTATE: (
        ("target_kw", gettext_lazy("Relief wanted"), "kW", "", True),
        ("turn_min", gettext_lazy("A turn lasts"), "min", 30, True),
        ("turns", gettext_lazy("Turns"), "", 4, True),
    ),
}
#: Violations that are offered to be relieved.
_LISTED = 30
_LARGEST = 1e7


@browser.page("GET", "POST", may="draft_order")
def order_suggest(request: browser.Request) -> HttpResponse:
    """What is wanted; posted, it is asked."""
    given = request.POST if request.method == "POST" else request.GET
    known = state.models()
    goal = given.get("goal", "") if given.get("goal", "") in GOALS else suggesting.ISOLATE
    model = given.get("model", "")[:60] or (known[0] if known else "")
    asked = given.get("equipment", "")[:120].strip()
    context: dict[str, Any] = {"models": known, "model": model, "equipment": asked, "goal": goal}
    if request.method == "POST":
        try:
            wanted = Wanted(model, goal, _mrid(model, asked) if goal != ROTATE else "", _terms(goal, given))
            row = suggestion_jobs.ask(actor=request.actor, wanted=wanted, at=request.at)
        except Refused as refused:
            if refused.status not in browser.SHOWN_IN_PLACE | {404}:
                raise
            context |= {"error": browser.words(request, refused), "status": refused.status}
        else:
            return redirect("outages:order_suggestion", row.pk)
    context |= {
        "goals": [{"key": key, "label": one.label, "is_current": key == goal} for key, one in GOALS.items()],
        "needs_equipment": goal != ROTATE,
        "terms": [
            {"name": name, "label": label, "unit": unit, "value": given.get(name, first), "is_needed": is_needed}
            for name, label, unit, first, is_needed in TERMS.get(goal, ())
        ],
        "violations": _violations(model) if goal == RELIEVE and model else None,
    }
    return render(request, "switching/suggest.html", context, status=context.get("status", 200))


def _mrid(model: str, asked: str) -> str:
    """The mRID of what is named.

    Raises:
        NotFound: nothing is called so.
        Invalid: several are, or nothing was named.
    """
    if not asked:
        raise Invalid(_("name a piece of equipment"), field="equipment")
    rows = equipment.published(model)
    found = list(rows.filter(mrid=asked)[:1]) or list(rows.filter(name=asked)[:2])
    if not found:
        raise NotFound(_("%(name)s is not in the published network") % {"name": asked})
    if len(found) > 1:
        raise Invalid(_("%(name)s is the name of several: use the mRID") % {"name": asked}, field="equipment")
    return found[0].mrid


def _terms(goal: str, given: Mapping[str, str]) -> dict[str, float]:
    found = {}
    for name, label, _unit, first, is_needed in TERMS.get(goal, ()):
        words = given.get(name, str(first)).strip().replace(",", "")
        if not words and not is_needed:
            continue
        try:
            found[name] = float(words)
        except ValueError:
            raise Invalid(_("%(label)s: a number is needed") % {"label": label}, field=name) from None
        if not 0 <= found[name] < _LARGEST:
            raise Invalid(_("%(label)s: that is out of its bounds") % {"label": label}, field=name)
    return found


def _violations(model: str) -> list[dict[str, Any]]:
    """What is out of its limits now by the latest power flow, one for each branch, with the name by which it is asked about."""
    shown = power_flow.shown(model)
    by_branch = {one["branch"]: one for one in reversed(shown.violations) if one["branch"] is not None} if shown else {}
    rows = equipment.by_branch(model, list(by_branch)[-_LISTED:])
    return [by_branch[branch] | {"equipment": row.mrid} for branch, row in rows.items()]


@browser.page("GET", may="draft_order")
def suggestion_page(request: browser.Request, suggestion: uuid.UUID) -> HttpResponse:
    """One question: how far it is, or its answer."""
    row = reading.one(request.actor, suggestion)
    return browser.either(request, "switching/suggestion.html", "switching/_suggestion.html", _context(row))


def _context(row: SwitchingSuggestion) -> dict[str, Any]:
    goal = GOALS[row.goal]
    labels = {name: (label, unit) for name, label, unit, _first, _needed in TERMS.get(row.goal, ())}
    return {
        "suggestion": row,
        "asked_by": persons.full_name(row.asked_by),
        "label": goal.label,
        "kind": goal.kind,
        "purpose": f"{goal.purpose} {row.equipment_name}".strip(),
        "terms": [f"{labels[name][0]}: {value:g} {labels[name][1]}".strip() for name, value in row.terms.items()],
        "proposals": [one | {"lines": _lines(one["steps"])} for one in row.proposals],
        "url": reverse("outages:order_suggestion", args=[row.pk]),
    }


@browser.page("POST", may="draft_order")
def suggestion_cancel(request: browser.Request, suggestion: uuid.UUID) -> HttpResponse:
    """Do without it."""
    suggestion_jobs.cancel(actor=request.actor, suggestion=suggestion, at=request.at)
    return browser.done(request, _("Cancelled"), back=reverse("outages:order_suggestion", args=[suggestion]))


def _lines(steps: list[dict[str, Any]]) -> str:
    """As text, a line for each step."""
    return "\n".join(order_text.said(step) for step in steps)
