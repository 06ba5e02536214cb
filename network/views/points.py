"""Telemetry points: which are stale, which have limits and which are beyond them; an engineer's form for the limits."""

import math
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adms.core import browser, spreadsheets
from adms.core.errors import Invalid, Refused
from adms.core.models import ControlArea
from network.domain.point_limits import LEVELS, RATE, Limits
from network.models import PointLimits
from network.selectors import points as reading
from network.selectors.quality_word import quality_word
from network.services import indicator_resets, telemetry
from network.services import point_limits as writing

SHOWS = {
    reading.STALE: gettext_lazy("Stale"),
    reading.LIMITED: gettext_lazy("With limits"),
    reading.BEYOND: gettext_lazy("Beyond a limit"),
    reading.ALL: gettext_lazy("All"),
}
LEVEL_WORDS = {
    "high_high": gettext_lazy("Very high"),
    "high": gettext_lazy("High"),
    "low": gettext_lazy("Low"),
    "low_low": gettext_lazy("Very low"),
}


def _scaled(name: str) -> spreadsheets.Column:
    """A limit, or the dead band, in the unit people speak in."""

    def value(row: reading.Row) -> float | None:
        kept = getattr(row.limits, name, None)
        return None if kept is None else kept * reading.scale(row.point.kind)[0]

    return value


#: The list as a file: values and limits in the unit of their line.
COLUMNS: dict[str, spreadsheets.Column] = {
    "device": "device.name", "point": "point.name", "mrid": "point.mrid", "kind": "point.kind", "area": "device.area.key",
    "value": lambda row: None if row.point.value is None else row.point.value * reading.scale(row.point.kind)[0],
    "unit": lambda row: reading.scale(row.point.kind)[1],
    "quality": "point.quality", "occurred_at": "point.occurred_at", "source": "point.source",
    "is_stale": "is_stale", "beyond": "beyond",
    **{name: _scaled(name) for name in (*LEVELS, "dead_band")}, "rate_per_min": _scaled(RATE),
    "set_by": "limits.set_by", "set_at": "limits.set_at", "reason": "limits.reason",
}  # fmt: skip


@browser.page("GET", may="see_network")
def point_list(request: browser.Request) -> HttpResponse:
    """Points of the operated models, those heard of longest ago first."""
    show, text, area = _asked(request)
    found = reading.listed(request.actor, show=show, at=request.at, text=text, area=area)
    if spreadsheets.is_wanted(request):
        rows = reading.rows(list(found[: spreadsheets.MOST]), request.at)
        return spreadsheets.answer(f"points-{show}", COLUMNS, rows, request.at)
    counted = reading.counts(request.actor, at=request.at, text=text, area=area)
    page = browser.paged(request, found)
    page.object_list = [_row(request, one) for one in reading.rows(list(page.object_list), request.at)]
    context = {
        "page": page,
        "filters": [
            {"key": key, "label": label, "count": counted[key], "is_current": key == show}
            for key, label in SHOWS.items()
        ],
        "q": text,
        "areas": list(ControlArea.objects.order_by("name")),
        "area": area,
        "may_edit": request.actor.may(writing.EDIT),
        "now": request.at,
    }
    return browser.either(request, "network/points.html", "network/_points.html", context, has_chips=True)


def _asked(request: browser.Request) -> tuple[str, str, str]:
    """What of the list is wanted: one of SHOWS, a text, an area."""
    show = request.GET.get("show", "")
    return (
        show if show in SHOWS else reading.STALE,
        request.GET.get("q", "").strip()[:80],
        request.GET.get("area", "")[:60],
    )


def _row(request: browser.Request, one: reading.Row) -> dict[str, Any]:
    point = one.point
    told = reading.limits_of(one.limits).values if one.limits else {}
    has_limits = point.kind not in reading.DISCRETE and request.actor.may(writing.EDIT)
    may_reset = indicator_resets.has_something(point) and request.actor.may(indicator_resets.RESET)
    return {
        "point": point,
        "kind": "" if point.kind in point.name else point.kind.replace("_", " "),
        "device": one.device,
        "map_url": _on_map(one),
        "value": reading.told(point),
        "quality": quality_word(one.point.quality),
        "is_stale": one.is_stale,
        "beyond": LEVEL_WORDS.get(one.beyond, ""),
        "limits": [(LEVEL_WORDS[level], reading.spoken(point.kind, value)) for level, value in told.items()]
        + _rate(one),
        "kept": one.limits,
        "limits_url": reverse("network:point_limits", args=[point.mrid]) if has_limits else "",
        "reset_url": reverse("network:point_reset", args=[point.mrid]) if may_reset else "",
    }


def _rate(one: reading.Row) -> list[tuple[str, str]]:
    rate = one.limits.rate if one.limits else None
    return (
        [] if rate is None else [(_("Change"), _("%(most)s a minute") % {"most": reading.spoken(one.point.kind, rate)})]
    )


def _on_map(one: reading.Row) -> str:
    if one.device is None or not one.device.is_branch:
        return ""
    return f"{reverse('outages:control_room')}?model={one.point.version.model.key}&branch={one.device.index}"


@browser.page("GET", "POST", may=writing.EDIT)
def point_limits(request: browser.Request, mrid: str) -> HttpResponse:
    """The limits of a point, as they are and as they shall be, in the unit people speak in."""
    point = telemetry.find_point(mrid)
    (row,) = reading.rows([point], request.at)
    factor, unit, _places = reading.scale(point.kind)
    error = ""
    if request.method == "POST":
        try:
            given = _given(request, factor)
            writing.set_limits(
                actor=request.actor,
                point_mrid=mrid,
                limits=given,
                reason=request.POST.get("reason", ""),
                at=request.at,
            )
        except Refused as refused:
            if refused.status not in browser.SHOWN_IN_PLACE:
                raise
            error = browser.words(request, refused)
        else:
            words = _("The limits hold from now on") if given.names else _("It has no limits any more")
            return browser.done(request, words, back=reverse("network:point_list"))
    context = {
        "row": _row(request, row),
        "unit": unit,
        "fields": _fields(request, row.limits, factor),
        "reason": request.POST.get("reason", ""),
        "error": error,
        "url": request.path,
    }
    return render(request, "network/_point_limits.html", context, status=422 if error else 200)


@browser.page("GET", "POST", may=indicator_resets.RESET)
def point_reset(request: browser.Request, mrid: str) -> HttpResponse:
    """What a fault indicator saw counts no longer."""
    point = telemetry.find_point(mrid)
    (row,) = reading.rows([point], request.at)
    reason, error = request.POST.get("reason", ""), ""
    if request.method == "POST":
        try:
            indicator_resets.reset(actor=request.actor, point_mrid=mrid, reason=reason, at=request.at)
        except Refused as refused:
            if refused.status not in browser.SHOWN_IN_PLACE:
                raise
            error = browser.words(request, refused)
        else:
            return browser.done(request, _("What it saw counts no longer"), back=reverse("network:point_list"))
    context = {"row": _row(request, row), "reason": reason, "error": error, "url": request.path}
    return render(request, "network/_point_reset.html", context, status=422 if error else 200)


def _given(request: browser.Request, factor: float) -> Limits:
    """The limits as typed, in the unit of the point; an empty field is no limit.

    Raises:
        Invalid: what is no number.
    """
    band = _number(request.POST.get("dead_band", ""), "dead_band")
    found = {name: _number(request.POST.get(name, ""), name) for name in (*LEVELS, RATE)}
    told = {name: None if value is None else value / factor for name, value in found.items()}
    return Limits(**told, dead_band=(band or 0.0) / factor)


def _number(text: str, name: str) -> float | None:
    words = text.strip().replace(" ", "").replace("\N{NARROW NO-BREAK SPACE}", "").replace(",", ".")
    if not words:
        return None
    try:
        value = float(words)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Invalid(_("%(text)s is no number") % {"text": text.strip()[:40]}, field=name)
    return value


def _fields(request: browser.Request, kept: PointLimits | None, factor: float) -> list[dict[str, Any]]:
    """The form: what was typed where something was, else what holds."""
    labels = LEVEL_WORDS | {
        "dead_band": gettext_lazy("Dead band: how far it must come back"),
        RATE: gettext_lazy("The most it may change within a minute"),
    }
    told = []
    for name, label in labels.items():
        value = getattr(kept, name) if kept else None
        shown = "" if value is None else f"{value * factor:.10g}"
        told.append({"name": name, "label": label, "value": request.POST.get(name, shown)})
    return told
