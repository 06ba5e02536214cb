"""The ledger rows behind a figure: in a dialog, as CSV, and corrected one by one."""

import csv
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from adms.core import browser
from adms.core.errors import Invalid, Refused
from outages import forms
from outages.models import Interruption
from outages.selectors import reliability
from outages.services import corrections
from outages.services.corrections import Corrected
from outages.views import figures, ledger, period
from outages.views.period import Asked
from outages.views.reliability import READS, spanning

SHOWN = 200
COLUMNS = ("id", "outage", "equipment_name", "feeder", "phases", "customers", "began_at", "ended_at")
MORE = ("customer_minutes", "is_sustained", "is_provisional")


@browser.page("GET", may=READS)
def reliability_rows(request: browser.Request) -> HttpResponse:
    """The rows behind one figure, and how it comes from them."""
    key = request.GET.get("index", "")
    if key not in figures.INDICES:
        raise Invalid(f"no index is called {key!r}", field="index", known=list(figures.INDICES))
    asked = period.read(request.GET, request.at)
    feeder = request.GET.get("feeder", "")[:120]
    found = figures.of_period(spanning(asked), asked, feeder)
    name, attribute, unit, places, formula = figures.INDICES[key]
    behind = found.rows[attribute]
    rows = list(reliability.by_ids(behind[:SHOWN]))
    context = {
        "index": {
            "name": f"{name} {feeder}".strip(),
            "value": getattr(found, attribute),
            "unit": unit,
            "places": places,
            "formula": formula,
        },
        "sums": figures.sums(key, found),
        "period": {"label": asked.label},
        "ledger": ledger.shown(request.actor, rows, request.at),
        "ledger_more": len(behind) - len(rows),
        "csv_url": f"{reverse('outages:reliability_csv')}?{request.GET.urlencode()}",
    }
    return render(request, "reliability/_rows.html", context)


@browser.page("GET", may=READS)
def reliability_csv(request: browser.Request) -> HttpResponse:
    """All rows of the period as a file; only those behind a figure where one is named."""
    asked = period.read(request.GET, request.at)
    found = figures.of_period(spanning(asked), asked, request.GET.get("feeder", "")[:120])
    wanted = figures.INDICES.get(request.GET.get("index", ""))
    keys = found.rows[wanted[1]] if wanted else [*found.rows["saidi_min"], *found.rows["maifi"]]
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="interruptions-{_file_name(asked)}.csv"'
    writer = csv.writer(response)
    writer.writerow([*COLUMNS, *MORE])
    for row in ledger.shown(request.actor, list(reliability.by_ids(keys)), request.at):
        writer.writerow([_cell(row[name]) for name in (*COLUMNS, *MORE)])
    return response


def _file_name(asked: Asked) -> str:
    return asked.key or f"{asked.from_date}-{asked.to_date}"


def _cell(value: Any) -> str:
    """Text that a spreadsheet does not take for a formula."""
    text = value.isoformat() if hasattr(value, "isoformat") else "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


@browser.page("GET", "POST", may="correct_interruption")
def correct_row(request: browser.Request, row_id: int) -> HttpResponse:
    """A row as it should have been."""
    row = reliability.row(row_id)
    if request.method != "POST":
        return _correct(request, row, {})
    form = forms.Correction(request.POST)
    if not form.is_valid():
        return _correct(request, row, request.POST.dict(), forms.first_error(form), status=422)
    given = form.cleaned_data
    wanted = Corrected(given["began_at"], given["ended_at"], given["excluded_reason"])
    try:
        corrections.correct_row(
            actor=request.actor, row_id=row_id, corrected=wanted, reason=given["reason"], at=request.at
        )
    except Refused as refused:
        if refused.status not in browser.SHOWN_IN_PLACE:
            raise
        return _correct(request, row, request.POST.dict(), browser.words(request, refused), status=refused.status)
    return browser.done(request, f"Ledger row {row_id} is corrected", back=reverse("outages:reliability"))


def _correct(
    request: browser.Request, row: Interruption, typed: dict[str, Any], error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "row": ledger.shown(request.actor, [row], request.at)[0],
        "url": request.path,
        "error": error,
        "began": typed.get("began_at") or _local(row.began_at),
        "ended": typed.get("ended_at", _local(row.ended_at)),
        "excluded": typed.get("excluded_reason", row.excluded_reason),
        "reason": typed.get("reason", ""),
    }
    return render(request, "reliability/_correct.html", context, status=status)


def _local(at: Any) -> str:
    return timezone.localtime(at).strftime(forms.LOCAL) if at else ""
