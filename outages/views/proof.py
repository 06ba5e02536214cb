"""The ledger rows behind a figure: in a dialog, and as CSV."""

import csv
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser, spreadsheets
from adms.core.errors import Invalid, NotFound
from outages.selectors import figure_rules, reliability
from outages.selectors.periods import Span
from outages.views import feeders, figures, ledger, period, trend
from outages.views.period import Asked
from outages.views.reliability import READS, spanning

Row = dict[str, Any]
SHOWN = 200


@browser.page("GET", may=READS)
def reliability_rows(request: browser.Request) -> HttpResponse:
    """The rows behind one figure, and how it comes from them."""
    key = request.GET.get("index", "")
    if key not in figures.INDICES:
        raise Invalid(_("no index is called %(key)s") % {"key": f"{key!r}"}, field="index", known=list(figures.INDICES))
    asked = period.read(request.GET, request.at)
    span = spanning(asked)
    found = figures.of_period(span, asked)
    named, (attribute, formula) = span.rules.names[key], figures.INDICES[key]
    behind = found.rows[attribute]
    rows = list(reliability.by_ids(behind[:SHOWN]))
    context = {
        "index": {
            "name": f"{named.name} {asked.about}".strip(),
            "value": figures.value(key, found, span.rules),
            "unit": named.unit,
            "places": named.places,
            "formula": formula,
        },
        "sums": figures.sums(key, found),
        "period": {"label": asked.label},
        "rules": figures.rule_lines(span, asked.begin, asked.end),
        "ledger": ledger.shown(request.actor, rows, request.at, span.rules.border_min),
        "ledger_more": len(behind) - len(rows),
        "csv_url": f"{reverse('outages:reliability_csv')}?{request.GET.urlencode()}",
    }
    return render(request, "reliability/_rows.html", context)


@browser.page("GET", may=READS)
def reliability_csv(request: browser.Request) -> HttpResponse:
    """All rows of the period as a file; only those behind a figure where one is named."""
    asked = period.read(request.GET, request.at)
    found = figures.of_period(spanning(asked), asked)
    wanted = figures.INDICES.get(request.GET.get("index", ""))
    keys = found.rows[wanted[0]] if wanted else [*found.rows["saidi_min"], *found.rows["maifi"]]
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="interruptions-{_file_name(asked)}.csv"'
    writer = csv.writer(response)
    writer.writerow(ledger.COLUMNS)
    rows = ledger.plain(reliability.plain(keys), request.at, figure_rules.rules().border_min)
    writer.writerows([spreadsheets.cell(value) for value in row] for row in rows)
    return response


@browser.page("GET", may=READS)
def reliability_table_csv(request: browser.Request, table: str) -> HttpResponse:
    """What a chart or table of the page shows, as a file, whole: `TABLES` says which."""
    asked = period.read(request.GET, request.at)
    if table not in TABLES:
        raise NotFound(_("no such table"), table=table)
    rows = TABLES[table](spanning(asked), asked, request.GET)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{table}-{_file_name(asked)}.csv"'
    writer = csv.writer(response)
    writer.writerow(rows[0] if rows else [])
    for row in rows:
        writer.writerow([spreadsheets.cell(value) for value in row.values()])
    return response


def _months(span: Span, asked: Asked, query: QueryDict) -> list[Row]:
    """SAIDI of the bars of the chart as it is zoomed, and what major event days add."""
    return [
        {"month": bar["month"], "saidi_min": bar["value"], "major_event_days_min": bar["extra"]}
        for bar in trend.bars(span, asked, trend.part(query, asked))
    ]


def _groups(span: Span, asked: Asked, _query: QueryDict) -> list[Row]:
    """The groups of the page, the worst first."""
    names = ("name", "substation", "saidi", "saifi", "share", "outages", "cause")
    return [{name: one[name] for name in names} for one in feeders.worst(span, asked, feeders.sustained(span, asked))]


def _outages(span: Span, asked: Asked, query: QueryDict) -> list[Row]:
    """The outages of one group or of all, the costliest first."""
    return feeders.outages_of(asked, feeders.sustained(span, asked), query.get("group"))


def _causes(span: Span, asked: Asked, query: QueryDict) -> list[Row]:
    """The causes of one group or of all by customer-minutes, each with the share so far."""
    return feeders.causes_of(asked, feeders.sustained(span, asked), query.get("group"))


TABLES: dict[str, Callable[[Span, Asked, QueryDict], list[Row]]] = {
    "months": _months,
    "groups": _groups,
    "outages": _outages,
    "causes": _causes,
}


def _file_name(asked: Asked) -> str:
    return asked.key or f"{asked.from_date}-{asked.to_date}"
