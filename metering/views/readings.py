"""What a meter read: one day as a chart and a table, how its days were judged, a file, and the question for what is missing."""

import csv
import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adms.core import browser, days, spreadsheets
from adms.core.errors import Invalid
from metering.domain import validation
from metering.domain.reading_types import ReadingKind
from metering.models import Meter
from metering.selectors import readings
from metering.services import reading_requests

MAY = "view_customer"
SHOWN_DAYS = 14
COLUMNS = ("type", "read_at", "value", "quality", "reason", "mark", "is_estimated", "recorded_at")
#: What is asked for where the meter has told nothing yet: energy delivered by the quarter hour, in kWh.
FIRST_KIND = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
QUANTITIES = {
    4: gettext_lazy("Current"),
    8: gettext_lazy("Demand"),
    12: gettext_lazy("Energy"),
    15: gettext_lazy("Frequency"),
    37: gettext_lazy("Power"),
    38: gettext_lazy("Power factor"),
    54: gettext_lazy("Voltage"),
    158: gettext_lazy("Voltage"),
}
DIRECTIONS = {
    1: gettext_lazy("delivered"),
    4: gettext_lazy("net"),
    19: gettext_lazy("received"),
    20: gettext_lazy("total"),
}
FOUND = {
    validation.MISSING: gettext_lazy("missing"),
    validation.NEGATIVE: gettext_lazy("below nothing"),
    validation.NO_USE: gettext_lazy("no use all day"),
    validation.DISCONNECTED: gettext_lazy("use while disconnected"),
    validation.ABOVE: gettext_lazy("far above the days before"),
    validation.SUM: gettext_lazy("intervals and register differ"),
}


@browser.page("GET", may=MAY)
def readings_page(request: browser.Request, number: str) -> HttpResponse:
    """One day of one kind; without a day the latest that was told."""
    meter = readings.find_meter(number, areas=request.actor.areas_for(MAY))
    kinds = readings.kinds_of(meter)
    kind = next((one for one in kinds if one.code == request.GET.get("type", "")), kinds[0] if kinds else None)
    context = _meter(meter) | {
        "kinds": [{"code": one.code, "label": label(one), "is_current": one == kind} for one in kinds],
        "may_ask": request.actor.may("ping_meters", area=meter.usage_point.area.key),
        "requests": readings.requests_of(meter),
        "ask_url": reverse("metering:readings_ask", args=[number]),
    }
    if kind is not None:
        context |= _shown(request, meter, kind)
    else:
        context |= {"kind": None, "day": timezone.localdate(request.at) - dt.timedelta(days=1)}
    return render(request, "readings/page.html", context)


@browser.page("GET", may=MAY)
def readings_csv(request: browser.Request, number: str) -> HttpResponse:
    """The readings of one kind from a day to a day, as a file."""
    first, last = _day(request, "first"), _day(request, "last")
    rows = readings.of_meter(
        number,
        areas=request.actor.areas_for(MAY),
        code=request.GET.get("type", "")[:120],
        first_at=days.bounds(first)[0],
        last_at=days.bounds(last)[1],
    )
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="readings-{first}-{last}.csv"'
    writer = csv.writer(response)
    writer.writerow(["meter", *COLUMNS])
    for row in reversed(rows):
        told = row | {"quality": " ".join(row["quality"])}
        writer.writerow([spreadsheets.cell(one) for one in (number, *(told[name] for name in COLUMNS))])
    return response


@browser.page("POST", may="ping_meters")
def ask(request: browser.Request, number: str) -> HttpResponse:
    """Ask the meter for the readings of a day."""
    meter = readings.find_meter(number, areas=request.actor.areas_for("ping_meters"))
    first, last = days.bounds(_day(request, "day"))
    wanted = reading_requests.Wanted((request.POST.get("type", "") or FIRST_KIND,), first, min(last, request.at))
    reading_requests.request_readings(actor=request.actor, meters=[meter.pk], wanted=wanted, at=request.at)
    back = f"{reverse('metering:readings', args=[number])}?day={_day(request, 'day')}"
    return browser.done(request, _("The meter is asked; its readings appear here when they come"), back=back)


def label(kind: ReadingKind) -> str:
    """A kind in words: "Energy delivered, every 15 min, kWh"."""
    quantity = QUANTITIES.get(kind.quantity)
    if quantity is None:
        return kind.code
    first = " ".join(str(one) for one in (quantity, DIRECTIONS.get(kind.direction)) if one)
    every = _("every %(minutes)s min") % {"minutes": kind.interval_s // 60} if kind.interval_s else ""
    return ", ".join(one for one in (first, every, kind.unit) if one)


def _meter(meter: Meter) -> dict[str, Any]:
    point = meter.usage_point
    return {
        "meter": meter.number,
        "usage_point": point.name,
        "address": point.address,
        "customer": point.customer.name if point.customer else "",
        "area": point.area.name,
        "is_connected": point.is_connected,
    }


def _shown(request: browser.Request, meter: Meter, kind: ReadingKind) -> dict[str, Any]:
    areas = request.actor.areas_for(MAY)
    judged = readings.days(meter.number, areas=areas, code=kind.code, limit=SHOWN_DAYS)
    latest = next(iter(readings.of_meter(meter.number, areas=areas, code=kind.code, limit=1)))
    day = _day(request, "day", default=days.of_interval(latest["read_at"]))
    begins, ends = days.bounds(day)
    rows = readings.of_meter(meter.number, areas=areas, code=kind.code, first_at=begins, last_at=ends)[::-1]
    if kind.is_interval:
        rows = [one for one in rows if one["read_at"] > begins]
    for one in rows:
        one["mark_words"] = FOUND.get(one["mark"], one["mark"])
    for one in judged:
        one["words"] = [f"{FOUND.get(code, code)} {count}" for code, count in one["found"].items()]
        one["is_current"] = one["day"] == day
    file = f"{reverse('metering:readings_csv', args=[meter.number])}?type={kind.code}&first={day}&last={day}"
    return {
        "kind": {"code": kind.code, "label": label(kind), "unit": kind.unit},
        "day": day,
        "before": day - dt.timedelta(days=1),
        "after": day + dt.timedelta(days=1),
        "rows": rows,
        "judged": next((one for one in judged if one["is_current"]), None),
        "days": judged,
        "chart": _chart(rows, begins, ends, kind) if kind.is_interval else [],
        "total": sum(one["value"] for one in rows) if kind.is_interval and rows else None,
        "csv_url": file,
    }


def _chart(
    rows: list[dict[str, Any]], begins: dt.datetime, ends: dt.datetime, kind: ReadingKind
) -> list[dict[str, Any]]:
    """A slot for every interval of the day, in its order; one without a reading stays empty."""
    known = {one["read_at"]: one for one in rows}
    step = dt.timedelta(seconds=kind.interval_s)
    slots = []
    for number in range(round((ends - begins) / step)):
        start, row = begins + number * step, known.get(begins + (number + 1) * step)
        clock = f"{timezone.localtime(start):%H:%M}"
        slots.append(
            {
                "label": clock,
                "value": row["value"] if row and not row["is_estimated"] else 0.0,
                "extra": row["value"] if row and row["is_estimated"] else 0.0,
                "is_now": bool(row and row["mark"]),
                "words": _slot_words(row),
            }
        )
    return slots


def _slot_words(row: dict[str, Any] | None) -> str:
    if row is None:
        return _("no reading")
    if row["is_estimated"]:
        return _("estimated")
    return str(row["mark_words"])


def _day(request: browser.Request, name: str, *, default: dt.date | None = None) -> dt.date:
    text = (request.POST if request.method == "POST" else request.GET).get(name, "")
    if not text and default is not None:
        return default
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Invalid(_("%(name)s: %(text)s is no day") % {"name": name, "text": text[:20]}, field=name) from None
