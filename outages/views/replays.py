"""Replays of predictions: ask for one, see how far it is, and what would have been different."""

import csv
import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from adms.core import browser, spreadsheets
from adms.core.errors import Refused
from adms.core.models import ControlArea
from network.selectors import state
from outages import forms
from outages.domain import rule_sets as domain
from outages.domain.rule_sets import InForce
from outages.models import PredictionReplay, ReplayRow
from outages.selectors import replays as rows
from outages.selectors import rule_sets as reading
from outages.selectors import rule_words
from outages.services import replay_jobs
from outages.views import rule_forms

MAY = ("see_network", "edit_rules")
THEN, COPY = "then", "copy"
PAGE_SIZE, LISTED = 100, 50
TONES = {"failed": "p1", "cancelled": "p2", "queued": "quiet"}
COLUMNS = (
    *("number", "differences", "outage", "device_then", "customers_then", "first_predicted_then", "true_device"),
    *("to_right_device_then_s", "device_replayed", "phases_replayed", "customers_replayed", "first_predicted_replayed"),
    *("moves_replayed", "to_right_device_replayed_s", "customer_minutes_then", "customer_minutes_replayed"),
)


def _found(name: str) -> spreadsheets.Column:
    """A figure of the result, where the replay has come to one."""
    return lambda one: one.result.get(name)


LIST: dict[str, spreadsheets.Column] = {
    "replay": "pk", "model": "model_key", "area": "area.key", "begins_at": "begins_at", "ends_at": "ends_at",
    "rules": rows.rules_label, "engine": "engine", "asked_by": "asked_by", "asked_at": "asked_at", "state": "state",
    **{name: _found(name) for name in ("outages", "recorded_outages", "same")},
}  # fmt: skip


@browser.page("GET", may=MAY)
def replay_list(request: browser.Request) -> HttpResponse:
    """Every replay, and the form for another one."""
    if spreadsheets.is_wanted(request):
        return spreadsheets.answer("replays", LIST, rows.latest(), request.at)
    return render(request, "replays/list.html", _listed(request, request.GET, {}))


@browser.page("POST", may=MAY)
def replay_ask(request: browser.Request) -> HttpResponse:
    """Ask for one; to its page."""
    form = rule_forms.Replayed(request.POST)
    complaints = {name: str(words[0]) for name, words in form.errors.items()}
    if not complaints:
        try:
            made = replay_jobs.ask(actor=request.actor, wanted=_wanted(request, form.cleaned_data), at=request.at)
            return redirect("outages:replay", made.pk)
        except Refused as refused:
            if refused.status not in {404, 422}:
                raise
            complaints = dict(refused.data.get("complaints") or {str(refused.data.get("field", "")): refused.message})
            complaints.setdefault("__all__", browser.words(request, refused))
    return render(request, "replays/list.html", _listed(request, request.POST, complaints), status=422)


def _wanted(request: browser.Request, given: Mapping[str, Any]) -> replay_jobs.Wanted:
    spoken = {name: given[name] for name in ("model", "begin", "end", "area")} | {"engine": given["by_engine"]}
    if given["rules"] == THEN:
        return replay_jobs.Wanted(by=PredictionReplay.By.THEN, **spoken)
    scope, name, version = given["rules"].split("/")
    spoken |= {"rules_area": "" if scope == rule_forms.ALL else scope, "rules": name, "version": int(version)}
    if not given["is_copy"]:
        return replay_jobs.Wanted(**spoken)
    values = rule_forms.typed(request.POST, list(domain.BY_NAME))
    return replay_jobs.Wanted(by=PredictionReplay.By.COPY, values=values, **spoken)


def _listed(request: browser.Request, given: Any, complaints: dict[str, str]) -> dict[str, Any]:
    """The page with its form: what was typed, else the last storm by the set that is asked for."""
    storm = reading.latest_storm(request.at)
    begin, end = storm or (request.at - dt.timedelta(days=1), request.at)
    models = state.models()
    chosen = given.get("rules", THEN)
    base = _base(chosen)
    typed = rule_forms.typed(given, list(domain.BY_NAME))
    return {
        "replays": [_line(one, request.at) for one in rows.latest()[:LISTED]],
        "models": models,
        "areas": list(ControlArea.objects.order_by("name")),
        "sets": [_option(area, one, chosen) for area, one in reading.all_versions()],
        "engines": list(rule_words.engines().items()),
        "fields": rule_forms.shown(dict(base.values), typed, complaints),
        "is_copy": bool(given.get("is_copy")),
        "base": base.label,
        "chosen": {
            "model": given.get("model", models[0] if models else ""),
            "area": given.get("area", ""),
            "begin": given.get("begin", _local(begin)),
            "end": given.get("end", _local(end)),
            "rules": chosen,
            "engine": given.get("by_engine", ""),
        },
        "is_storm": storm is not None and "begin" not in given,
        "complaints": complaints,
        "error": complaints.get("__all__", ""),
        "may_ask": request.actor.may(replay_jobs.ACTION),
        "now": request.at,
    }


def _base(chosen: str) -> InForce:
    """The version a copy begins from: the chosen one, else the latest normal set."""
    try:
        scope, name, version = chosen.split("/")
        area = None if scope == rule_forms.ALL else reading.area(scope).pk
        return reading.numbered(area, name, int(version))
    except (ValueError, Refused):
        return reading.numbered(None, "normal", None)


def _option(area: ControlArea | None, one: InForce, chosen: str) -> dict[str, Any]:
    value = f"{area.key if area else rule_forms.ALL}/{one.name}/{one.version}"
    words = f"{one.label} · {area.name}" if area else one.label
    return {"value": value, "label": words, "is_chosen": value == chosen}


@browser.page("GET", may=MAY)
def replay(request: browser.Request, replay_id: uuid.UUID) -> HttpResponse:
    """How far a replay is; when it is done, its figures and outages side by side."""
    found = rows.one(replay_id)
    context = {
        "replay": _line(found, request.at)
        | {
            "stage": found.stage,
            "percent": found.percent,
            "error": found.error,
            "attempts": found.attempts,
            "cancel_url": reverse("outages:replay_cancel", args=[found.pk]),
            "csv_url": f"{reverse('outages:replay_csv', args=[found.pk])}?{request.GET.urlencode()}",
        },
        "result": found.result,
        "changes": _changes(found),
        "may_cancel": request.actor.may(replay_jobs.ACTION),
        "now": request.at,
    }
    if found.state == PredictionReplay.State.DONE:
        show = _show(request)
        page = browser.paged(request, rows.rows(found.pk, show), PAGE_SIZE)
        page.object_list = [_row(one) for one in page.object_list]
        context |= {"page": page, "filters": _filters(found, show)}
    response = browser.either(request, "replays/page.html", "replays/_progress.html", context)
    if request.htmx and not found.is_waiting:
        response["HX-Refresh"] = "true"  # it has ended while somebody looked: the whole page tells how
    return response


def _show(request: browser.Request) -> str:
    wanted = request.GET.get("show", rows.ALL)
    return wanted if wanted in rows.SHOWS else rows.ALL


def _filters(found: PredictionReplay, show: str) -> list[dict[str, Any]]:
    told, same = found.result["differences"], found.result["same"]
    total = found.rows.count()
    counts = {rows.ALL: total, rows.DIFFERENT: total - same, rows.SAME: same, **told}
    return [
        {"key": key, "label": label, "count": counts[key], "is_current": key == show} for key, label in _words().items()
    ]


def _words() -> dict[str, str]:
    return {
        rows.ALL: _("All"),
        rows.DIFFERENT: _("Different"),
        rows.SAME: _("The same"),
        "only_replayed": _("Only in the replay"),
        "only_recorded": _("Only in the record"),
        "kind": _("Other kind"),
        "device": _("Other device"),
        "customers": _("Other customers"),
    }


def _deeds() -> dict[str, str]:
    """What people did to an outage."""
    return {
        "moved": _("moved by hand"),
        "phases": _("phases by hand"),
        "merged": _("merged by hand"),
        "split": _("split by hand"),
        "reassigned": _("reports re-assigned"),
        "cancelled": _("cancelled by hand"),
    }


def _changes(found: PredictionReplay) -> list[tuple[str, Any, Any]]:
    """What a copy has otherwise than what it was copied from."""
    if found.by != PredictionReplay.By.COPY:
        return []
    area = found.rules_area_id
    try:
        base = dict(reading.numbered(area, found.rules_name, found.rules_version).values)
    except Refused:
        return []
    return rule_words.changes(base, domain.defaults() | found.rules_values)


@browser.page("POST", may=MAY)
def replay_cancel(request: browser.Request, replay_id: uuid.UUID) -> HttpResponse:
    """Stop it."""
    replay_jobs.cancel(actor=request.actor, replay_id=replay_id, at=request.at)
    return browser.done(request, _("It is being cancelled"), back=reverse("outages:replay", args=[replay_id]))


@browser.page("GET", may=MAY)
def replay_csv(request: browser.Request, replay_id: uuid.UUID) -> HttpResponse:
    """The outages that are shown, as a file."""
    found = rows.one(replay_id)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="replay-{found.asked_at:%Y%m%d-%H%M%S}.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for one in rows.rows(found.pk, _show(request)):
        then, now = one.recorded or {}, one.replayed or {}
        cells = (
            one.number, " ".join(one.differences), one.outage, then.get("name"), then.get("customers"), then.get("first_at"),
            then.get("truth"), one.recorded_to_right_s, now.get("name"), now.get("phases"), now.get("customers"),
            now.get("first_at"), now.get("moves"), one.to_right_s, then.get("customer_minutes"), now.get("customer_minutes"),
        )  # fmt: skip
        writer.writerow([spreadsheets.cell(cell) for cell in cells])
    return response


def _line(found: PredictionReplay, at: dt.datetime) -> dict[str, Any]:
    """One replay of the list."""
    engines = rule_words.engines()
    return {
        "url": reverse("outages:replay", args=[found.pk]),
        "model": found.model_key,
        "area": found.area.name if found.area else "",
        "begin": found.begins_at,
        "end": found.ends_at,
        "rules": rows.rules_label(found),
        "engine": engines.get(found.engine, ""),
        "asked_by": found.asked_by,
        "asked_at": found.asked_at,
        "started_at": found.started_at,
        "lasted": (found.ended_at or at) - (found.started_at or found.asked_at),
        "state": found.state,
        "state_words": found.get_state_display(),
        "tone": TONES.get(found.state, ""),
        "is_waiting": found.is_waiting,
        "percent": found.percent,
        "result": found.result,
    }


def _row(one: ReplayRow) -> dict[str, Any]:
    words = _words()
    return {
        "number": one.number,
        "outage": one.outage,
        "then": _side(one.recorded),
        "now": _side(one.replayed),
        "then_s": _span(one.recorded_to_right_s),
        "now_s": _span(one.to_right_s),
        "has_truth": bool(one.recorded and one.recorded["truth"]),
        "deeds": [_deeds()[kind] for kind in (one.recorded or {}).get("by_hand", ())],
        "minutes_more": _minutes_more(one),
        "differences": [words[name] for name in one.differences],
    }


def _minutes_more(one: ReplayRow) -> int | None:
    """Customer-minutes of the replay beyond those of the record, none as 0; None where they were not kept yet."""
    if one.recorded and one.recorded.get("is_held"):
        return 0
    then, now = ((side or {"customer_minutes": 0}).get("customer_minutes") for side in (one.recorded, one.replayed))
    return None if then is None or now is None else round(now - then)


def _side(told: dict[str, Any] | None) -> dict[str, Any] | None:
    return told and told | {"first_at": dt.datetime.fromisoformat(told["first_at"])}


def _span(seconds: float | None) -> dt.timedelta | None:
    return None if seconds is None else dt.timedelta(seconds=max(seconds, 0))


def _local(at: dt.datetime) -> str:
    return timezone.localtime(at).strftime(forms.LOCAL)
