"""Reports for the regulator: looked at, frozen under a name, fetched as files, restated."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser
from adms.core.errors import Invalid, Refused
from adms.core.models import ControlArea
from outages import forms
from outages.models import FrozenReport
from outages.selectors import frozen, regulator
from outages.services import frozen_reports
from outages.services.frozen_reports import Wanted
from outages.views import period, report_files
from outages.views.reliability import latest_month

READS, FREEZES = "read_reliability", "freeze_report"
SHOWN_ROWS = 200


@browser.page("GET", "POST", may=READS)
def reports(request: browser.Request) -> HttpResponse:
    """What was frozen, and the form that freezes."""
    query = request.POST if request.method == "POST" else request.GET
    asked = period.read(query, request.at, latest_month(request))
    if request.method != "POST":
        return _list(request, asked)
    form = forms.Frozen(request.POST)
    if not form.is_valid():
        return _list(request, asked, forms.first_error(form), 422)
    given = form.cleaned_data
    try:
        if given["restates"]:
            made = frozen_reports.restate(
                actor=request.actor,
                report_id=given["restates"],
                name=given["name"],
                reason=given["reason"],
                at=request.at,
            )
        else:
            wanted = Wanted(given["name"], asked.begin, asked.end, asked.area)
            made = frozen_reports.freeze(actor=request.actor, wanted=wanted, at=request.at)
    except Refused as refused:
        if refused.status not in browser.SHOWN_IN_PLACE:
            raise
        return _list(request, asked, browser.words(request, refused), refused.status)
    return redirect("outages:report", report_id=made.pk)


def _list(request: browser.Request, asked: period.Asked, error: str = "", status: int = 200) -> HttpResponse:
    rows = frozen.reports()
    context = {
        "reports": [_row(row) for row in rows[:SHOWN_ROWS]],
        "months": period.choices(request.at),
        "month": asked.key,
        "areas": list(ControlArea.objects.order_by("name").values_list("key", "name")),
        "area": asked.area,
        "may_freeze": request.actor.may(FREEZES),
        "error": error,
        "name": request.POST.get("name", ""),
        "preview_url": reverse("outages:report_preview"),
        "back_url": reverse("outages:reliability"),
    }
    return render(request, "reliability/reports.html", context, status=status)


def _row(row: FrozenReport) -> dict[str, Any]:
    return {
        "name": row.name,
        "url": reverse("outages:report", args=[row.pk]),
        "begin": row.begin,
        "end": row.end,
        "area": row.area.name if row.area else "",
        "made_by": row.made_by,
        "made_at": row.made_at,
        "restates": row.restates.name if row.restates else "",
        "reason": row.reason,
        "is_restated": bool(row.restated_by.all()),
        "is_preliminary": bool(row.preliminary),
        "files": _files(row),
    }


def _files(row: FrozenReport) -> list[tuple[str, str]]:
    return [(kind.upper(), reverse("outages:report_file", args=[row.pk, kind])) for kind in report_files.FILES]


@browser.page("GET", may=READS)
def preview(request: browser.Request) -> HttpResponse:
    """The tables as they would be frozen now."""
    asked = period.read(request.GET, request.at)
    document = regulator.document(begin=asked.begin, end=asked.end, area=asked.area)
    context = {"title": asked.label, "tables": _tables(document), "rules": document["rules"], "is_frozen": False}
    context |= {"preliminary": document["preliminary"], "begins": report_files.begins_within(document)}
    return render(request, "reliability/report.html", {**context, "back_url": reverse("outages:reports")})


@browser.page("GET", may=READS)
def report(request: browser.Request, report_id: int) -> HttpResponse:
    """One frozen report, and whether the ledger says something else today."""
    found = frozen.report(report_id)
    is_compared = "compare" in request.GET
    now = found.document
    if is_compared:
        now = regulator.document(begin=found.begin, end=found.end, area=found.area.key if found.area else "")
    moved = is_compared and frozen_reports.fingerprint(now) != found.sha256
    context = {
        "title": found.name,
        "head": report_files.head(found),
        "tables": _tables(found.document),
        "rules": found.document["rules"],
        "is_frozen": True,
        "preliminary": found.preliminary,
        "begins": report_files.begins_within(found.document),
        "files": _files(found),
        "moved": _moved(found.document, now) if moved else [],
        "has_moved": moved,
        "is_compared": is_compared,
        "restates_url": reverse("outages:report", args=[found.restates_id]) if found.restates_id else "",
        "restated_by": [
            (one.name, reverse("outages:report", args=[one.pk])) for one in found.restated_by.order_by("pk")
        ],
        "may_freeze": request.actor.may(FREEZES),
        "report": found,
        "new_name": f"{found.name} (restated {request.at:%Y-%m-%d %H:%M})"[:120],
        "back_url": reverse("outages:reports"),
    }
    return render(request, "reliability/report.html", context)


@browser.page("GET", may=READS)
def report_file(request: browser.Request, report_id: int, kind: str) -> HttpResponse:  # noqa: ARG001
    """A report as a file."""
    if kind not in report_files.FILES:
        raise Invalid(
            _("no file of kind %(kind)s") % {"kind": f"{kind!r}"}, field="kind", known=list(report_files.FILES)
        )
    media, write = report_files.FILES[kind]
    response = HttpResponse(write(frozen.report(report_id)), content_type=media)
    response["Content-Disposition"] = f'attachment; filename="report-{report_id}.{kind}"'
    return response


def _tables(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            **{name: table[name] for name in ("key", "title", "note")},
            "columns": [
                {
                    "text": name,
                    "is_number": bool(table["rows"]) and not any(isinstance(row[place], str) for row in table["rows"]),
                }
                for place, name in enumerate(table["columns"])
            ],
            "rows": [[_cell(cell) for cell in row] for row in table["rows"][:SHOWN_ROWS]],
            "more": max(0, len(table["rows"]) - SHOWN_ROWS),
        }
        for table in document["tables"]
    ]


def _cell(value: Any) -> dict[str, Any]:
    is_number = isinstance(value, (int, float))
    text = "—" if value is None else str(value)
    if is_number:
        places = 8 if value != round(value, 4) == 1 else 4 if abs(value) < 1 else 2  # an ASAI of nearly one is not one
        written = f"{value:,.{places}f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
        text = written.replace(",", "\N{NARROW NO-BREAK SPACE}")  # as everywhere on screen
    return {"text": text, "is_number": is_number or value is None}


def _moved(old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    """The figures of the whole period, as frozen and as they would be now."""
    columns = regulator.table(old, "months")["columns"]
    before, after = (regulator.table(one, "months")["rows"][-1] for one in (old, new))
    return [
        {"name": name, "before": _cell(one)["text"], "after": _cell(other)["text"]}
        for name, one, other in zip(columns, before, after, strict=True)
        if one != other
    ]
