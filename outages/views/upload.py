"""Any utility's own file of interruptions, without a network: the code of the command, bounded, errors by line; nothing is kept."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from adms.core import browser, runtime_settings
from outages import forms
from outages.domain import file_report, interruption_csv
from outages.domain.file_report import Asked
from outages.domain.interruption_csv import COLUMNS, GROUPS, Complaint, Unreadable
from outages.domain.major_events import MAJOR
from outages.selectors import figure_rules

MEGABYTES = runtime_settings.declare(
    "reliability.upload_megabytes",
    40,
    unit="MB",
    help_=gettext_noop("The largest file of interruptions the page of uploads takes."),
)
COMPLAINTS, SHOWN_GROUPS = 50, 500
#: key: (name, unit, decimal places), in the order of the page.
SHOWN = {
    "ci": ("Customers interrupted", "", 0),
    "cmi": ("Customer-minutes", "min", 1),
    "saifi": ("SAIFI", "", 6),
    "saidi_min": ("SAIDI", "min", 4),
    "caidi_min": ("CAIDI", "min", 4),
    "ctaidi_min": ("CTAIDI", "min", 4),
    "caifi": ("CAIFI", "", 6),
    "asai": ("ASAI", "", 8),
    "asifi": ("ASIFI", "", 6),
    "asidi_min": ("ASIDI", "min", 4),
    "maifi": ("MAIFI", "", 6),
    "maifi_e": ("MAIFI-E", "", 6),
}
SHARES = {
    "cemi": "CEMI",
    "cemi_or_more": "CEMI, n or more",
    "cemsmi": "CEMSMI",
    "celid_s": "CELID-s",
    "celid_t": "CELID-t",
}
SAMPLE = (
    "id,off,on,customers,feeder,cause\n"
    "1,2026-03-17T12:12:20,2026-03-17T12:20:30,200,F1,tree\n"
    "2,2026-04-15T18:23:56,2026-04-15T18:24:26,400,F1,animal\n"
    "3,2026-05-05T00:23:10,2026-05-05T01:34:29,600,F2,equipment\n"
)


@browser.page("GET", "POST", may="read_reliability")
def reliability_upload(request: browser.Request) -> HttpResponse:
    """The form, and what a file gives."""
    if request.method != "POST":
        return _show(request, {})
    form = forms.OwnFile(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, {"complaints": [forms.first_error(form)]}, 422)
    try:
        document = _report(form.cleaned_data)
    except Unreadable as error:
        return _show(request, {"complaints": [str(one) for one in error.complaints], "most": COMPLAINTS}, 422)
    except ValueError as error:
        return _show(request, {"complaints": [str(error)]}, 422)
    return _show(request, {"found": _shown(document)})


def _report(given: dict[str, Any]) -> dict[str, Any]:
    table = interruption_csv.read(_text(given["interruptions"]), timezone.get_default_timezone(), most=COMPLAINTS)
    chosen = figure_rules.rules()
    asked = Asked(
        zone=timezone.get_default_timezone(),
        customers_served=given["customers_served"],
        connected_kva=given["connected_kva"],
        customers_affected=given["customers_affected"],
        momentary_min=chosen.border_min if given["momentary_minutes"] is None else given["momentary_minutes"],
        since=given["since"].strip(),
        until=given["until"].strip(),
        by=tuple(given["by"]),
        med_years=given["med_years"] or chosen.years,
        beta=given["beta"] or MAJOR,
        catastrophic_beta=chosen.catastrophic_beta,
        is_sample=given["std"] != "population",
    )
    daily = None
    if given["daily"]:
        daily = asked.record(*interruption_csv.read_daily(_text(given["daily"]), most=COMPLAINTS))
    return file_report.of_table(table, asked, daily)


def _text(upload: Any) -> str:
    """The text of a file, of a size that can be worked on while somebody waits."""
    most = int(runtime_settings.get(MEGABYTES))
    if upload.size > most * 1_000_000:
        size = upload.size / 1e6
        raise Unreadable(
            [Complaint(0, f"{upload.name}: {size:.0f} MB are more than {most}: use manage.py reliability")]
        )
    try:
        return str(upload.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise Unreadable([Complaint(line, f"{upload.name}: not UTF-8 text (byte {error.start})")]) from None


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    columns = [("all days", document), ("without MED", document["without_med"]), ("planned", document["planned"])]
    columns = [(label, one) for label, one in columns if one is not None]
    return {
        "columns": [label for label, _ in columns],
        "lines": [
            {"name": name, "unit": unit, "places": places, "values": [one[key] for _, one in columns]}
            for key, (name, unit, places) in SHOWN.items()
        ],
        "shares": [
            {"name": name, "parts": list(document[key].items())[:12]} for key, name in SHARES.items() if document[key]
        ],
        "groups": [
            {"key": group["key"] or "—", "values": [(group[key], SHOWN[key][2]) for key in SHOWN]}
            for group in document.get("groups", [])[:SHOWN_GROUPS]
        ],
        "group_columns": [name for name, _, _ in SHOWN.values()],
        "excluded": document["excluded"],
        "document": document,
        "med": document["med"],
    }


def _show(request: browser.Request, found: dict[str, Any], status: int = 200) -> HttpResponse:
    context = {
        "columns": COLUMNS,
        "groups": GROUPS,
        "sample": SAMPLE,
        "typed": request.POST,
        "by": request.POST.getlist("by"),
        "border_min": f"{figure_rules.rules().border_min:g}",
        "megabytes": runtime_settings.get(MEGABYTES),
        "zone": str(timezone.get_default_timezone()),
        "back_url": reverse("outages:reliability"),
        **found,
    }
    return render(request, "reliability/upload.html", context, status=status)
