"""Rule sets of prediction: what each area follows, every version of every set, and how to change both."""

from collections.abc import Callable
from typing import Any

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adms.core import browser
from adms.core.errors import Invalid, Refused
from adms.core.models import ControlArea
from outages import forms
from outages.domain import rule_sets as domain
from outages.models import RulePlan
from outages.selectors import rule_sets as reading
from outages.selectors import rule_words
from outages.services import rule_sets
from outages.views import rule_forms

MAY = ("see_network", "edit_rules")
ALL = rule_forms.ALL
HOW = {
    "hand": gettext_lazy("by hand"),
    "undo": gettext_lazy("taken back"),
    "rate": gettext_lazy("by the rate of evidence"),
    "clock": gettext_lazy("by the clock"),
    "plan": gettext_lazy("by plan"),
}


@browser.page("GET", may=MAY)
def rules(request: browser.Request) -> HttpResponse:
    """What is in force where, all sets, the latest switches."""
    return browser.either(request, "rules/page.html", "rules/_page.html", _context(request))


def _context(request: browser.Request) -> dict[str, Any]:
    actor, sets = request.actor, reading.in_force()
    latest: dict[int, int] = {}
    switches = reading.switches()
    for one in switches:
        latest.setdefault(one.area_id, one.pk)
    return {
        "areas": [
            {
                "plan": plan,
                "label": sets.of(plan.area_id).label,
                "engine": sets.of(plan.area_id).engine,
                "how": HOW[plan.how] if plan.switched_at else "",
                "why": rule_words.why(plan),
                "may_switch": actor.may("switch_rules", plan.area.key),
                "may_plan": actor.may("edit_rules", plan.area.key),
            }
            for plan in reading.plans()
        ],
        "sets": [
            {"area": area, "set": one, "url": reverse("outages:rule_set", args=[area.key if area else ALL, one.name])}
            for area, one in reading.all_latest()
        ],
        "switches": [
            {
                "switch": one,
                "how": HOW[one.how],
                "why": rule_words.why(one),
                "may_undo": latest[one.area_id] == one.pk and actor.may("switch_rules", one.area.key),
            }
            for one in switches
        ],
        "may_write": actor.may("edit_rules"),
        "now": request.at,
    }


@browser.page("GET", "POST", may=MAY)
def switch(request: browser.Request, area: str) -> HttpResponse:
    """Let an area follow another set."""
    plan = _plan(area)
    context = {"plan": plan, "names": reading.names(plan.area_id), "chosen": request.POST.get("name", plan.active)}

    def act(given: dict[str, Any]) -> HttpResponse:
        made = rule_sets.switch(actor=request.actor, area=area, at=request.at, **given)
        if made is None:
            return browser.done(
                request,
                _("%(area)s follows %(set)s already") % {"area": plan.area.name, "set": plan.active},
                back=_home(),
            )
        undo = reverse("outages:rules_undo", args=[made.pk])
        return browser.done(
            request,
            _("%(area)s follows %(set)s") % {"area": plan.area.name, "set": made.after},
            undo=undo,
            back=_home(),
        )

    return _dialog(request, "rules/_switch.html", context, rule_forms.Switch(request.POST or None), act)


@browser.page("POST")
def undo(request: browser.Request, switch_id: int) -> HttpResponse:
    """Back to the set before."""
    made = rule_sets.undo(actor=request.actor, switch_id=switch_id, at=request.at)
    return browser.done(
        request, _("%(area)s follows %(set)s again") % {"area": made.area.name, "set": made.after}, back=_home()
    )


@browser.page("GET", "POST", may=MAY)
def plan(request: browser.Request, area: str) -> HttpResponse:
    """How an area chooses by itself."""
    held = _plan(area)
    values = request.POST or {
        "normal": held.normal,
        "busy": held.busy,
        "windows": rule_forms.windows_text(held),
        "on_rate": held.on_rate,
        "off_rate": held.off_rate,
        "calm_minutes": f"{held.calm_after_s / 60:g}",
        "is_automatic": held.is_automatic,
    }
    context = {"plan": held, "names": reading.names(held.area_id), "values": values}
    form = rule_forms.Planned(request.POST or None)

    def act(given: dict[str, Any]) -> HttpResponse:
        rule_sets.plan(
            actor=request.actor,
            area=area,
            wanted=form.plan(),
            is_automatic=given["is_automatic"],
            seen=given["seen"],
            at=request.at,
        )
        words = _("%(area)s chooses by itself") if given["is_automatic"] else _("%(area)s is switched by hand only")
        return browser.done(request, words % {"area": held.area.name}, back=_home())

    return _dialog(request, "rules/_plan.html", context, form, act)


def _plan(area: str) -> RulePlan:
    found = reading.area(area)
    return RulePlan.objects.select_related("area").filter(area=found).first() or RulePlan(area=found)


@browser.page("POST", may="edit_rules")
def new_set(request: browser.Request) -> HttpResponse:
    """To the page of a set that is not written yet."""
    form = rule_forms.NewSet(request.POST)
    if not form.is_valid():
        raise Invalid(forms.first_error(form), field="name")
    return redirect("outages:rule_set", form.cleaned_data["area"] or ALL, form.cleaned_data["name"])


@browser.page("GET", "POST", may=MAY)
def rule_set(request: browser.Request, scope: str, name: str) -> HttpResponse:
    """One set: every field in words, its history, and a form for whoever may change it."""
    area = None if scope == ALL else reading.area(scope)
    if request.method != "POST":
        return render(request, "rules/set.html", _set(request, area, name))
    given = rule_forms.typed(request.POST, list(domain.BY_NAME))
    form = rule_forms.Written(request.POST)
    complaints: dict[str, Any] = {}
    try:
        complaints = {name: words[0] for name, words in form.errors.items()}
        domain.check(given)
        if form.is_valid():
            rule_sets.write(
                actor=request.actor,
                area=area.key if area else None,
                name=name,
                values=given,
                at=request.at,
                **form.cleaned_data,
            )
            return redirect(request.path)
    except domain.Wrong as wrong:
        complaints |= rule_words.complaints(wrong)
    except Refused as refused:
        if refused.status not in browser.SHOWN_IN_PLACE:
            raise
        complaints["__all__"] = browser.words(request, refused)
    context = _set(request, area, name, given, complaints) | {"reason": request.POST.get("reason", "")}
    return render(request, "rules/set.html", context, status=422)


def _set(
    request: browser.Request,
    area: ControlArea | None,
    name: str,
    given: dict[str, Any] | None = None,
    complaints: dict[str, Any] | None = None,
) -> dict[str, Any]:
    area_id = area.pk if area else None
    history = reading.told(area_id, name)
    latest = history[0]["row"].version if history else 0
    values, looked_at = _looked_at(request, area_id, name, history)
    typed, wrong = given or {}, complaints or {}
    return {
        "area": area,
        "scope": area.key if area else ALL,
        "name": name,
        "version": latest,
        "looked_at": looked_at,
        "may_replay": request.actor.may("replay_predictions"),
        "fields": rule_forms.shown(values, typed, wrong),
        "error": wrong.get("__all__", ""),
        "reason_error": wrong.get("reason", "") or wrong.get("seen", ""),
        "history": [one | {"reason": rule_words.reason(one["row"])} for one in history],
        "is_built_in": name in domain.BUILT_IN,
        "may_write": request.actor.may("edit_rules", area.key if area else None),
        "now": request.at,
    }


def _looked_at(
    request: browser.Request, area_id: int | None, name: str, history: list[dict[str, Any]]
) -> tuple[dict[str, Any], int]:
    """The numbers to begin from: of the version `?version=` names, else of the latest."""
    wanted = request.GET.get("version", "")
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 10 and (history or name in domain.BUILT_IN):
        found = reading.numbered(area_id, name, int(wanted))
        return dict(found.values), found.version
    latest = history[0]["row"] if history else None
    return (
        domain.defaults() | dict(latest.values if latest else domain.BUILT_IN.get(name, {})),
        latest.version if latest else 0,
    )


@browser.page("GET", "POST", may=MAY)
def go_back(request: browser.Request, scope: str, name: str, version: int) -> HttpResponse:
    """An earlier version once more."""
    area = None if scope == ALL else reading.area(scope)
    latest = reading.versions(area.pk if area else None, name).first()
    context = {
        "title": (_("Back to version %(version)s of %(name)s?") if version else _("Back to %(name)s as built in?"))
        % {"version": version, "name": name},
        "text": _(
            "It becomes a new version, in force at once wherever the set is followed. Nothing of the history is lost."
        ),
        "verb": _("Go back"),
        "fields": {"seen": request.POST.get("seen", latest.version if latest else 0)},
    }

    def act(given: dict[str, Any]) -> HttpResponse:
        made = rule_sets.go_back(
            actor=request.actor, area=area.key if area else None, name=name, version=version, at=request.at, **given
        )
        here = reverse("outages:rule_set", args=[scope, name])
        answer = browser.done(
            request, _("%(name)s is at version %(version)s") % {"name": name, "version": made.version}, back=here
        )
        if request.htmx:
            answer["HX-Redirect"] = here
        return answer

    return _dialog(request, "components/_confirm.html", context, rule_forms.Back(request.POST or None), act)


def _dialog(
    request: browser.Request,
    template: str,
    context: dict[str, Any],
    form: Form,
    act: Callable[[dict[str, Any]], HttpResponse],
) -> HttpResponse:
    """Show the dialog; do what it asks, or show it again with what was wrong."""
    told = {"url": request.path} | context
    if request.method != "POST":
        return render(request, template, told)
    if not form.is_valid():
        return render(request, template, told | {"error": forms.first_error(form)}, status=422)
    try:
        return act(form.cleaned_data)
    except Refused as refused:
        if refused.status not in browser.SHOWN_IN_PLACE and refused.status != 404:
            raise
        return render(request, template, told | {"error": browser.words(request, refused)}, status=409)


def _home() -> str:
    return reverse("outages:rules")
