"""Reliability: figures of a period, each with the ledger rows behind it; months, feeders, causes."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adms.core import browser
from adms.core.models import ControlArea
from outages.domain.calendar import Month
from outages.selectors import figure_rules, periods
from outages.selectors.periods import Span
from outages.selectors.reliability import BOTH, GROUPS, PLANNED, UNPLANNED
from outages.views import feeders, figures, period, trend
from outages.views.period import Asked

READS = "read_reliability"
#: What the worst are listed by.
_GROUPS = {
    "area": gettext_lazy("Area"),
    "substation": gettext_lazy("Substation"),
    "feeder": gettext_lazy("Feeder"),
    "cause": gettext_lazy("Cause"),
    "device": gettext_lazy("Device"),
}
SERVED = gettext_lazy(
    "Customers served are kept every day; a period is related to the mean of its days, or, where none was kept, to"
    " those connected now. "
    "A feeder's share is of all customers, so that the shares add up."
)
MAJOR = gettext_lazy(
    "Major event days: those whose SAIDI is beyond exp(α + %(beta)s β), where α is the mean and β the %(deviation)s of the natural "
    "logarithms of the daily SAIDI of up to %(years)s years before, days without interruption left out. They are told apart once the "
    "ledger "
    "reaches back at least a year before the twelve months shown. Days beyond exp(α + %(catastrophic)s β) are marked catastrophic; the "
    "standard defines none, the figure is a setting."
)


@browser.page("GET", may=READS)
def reliability(request: browser.Request) -> HttpResponse:
    """The page of one period."""
    asked = period.read(request.GET, request.at, latest_month(request))
    span = spanning(asked)
    lost = feeders.sustained(span, asked)
    context = {
        "period": {
            "label": asked.label,
            "month": asked.key,
            "is_month": "-" in asked.key,
            "from_date": asked.from_date,
            "to_date": asked.to_date,
        },
        "months": period.choices(request.at),
        "areas": list(ControlArea.objects.order_by("name").values_list("key", "name")),
        "area": asked.area,
        "med": "with" if asked.with_major else "without",
        "indices": figures.tiles(span, asked),
        "behind": figures.behind(span, asked),
        "upload_url": reverse("outages:reliability_upload"),
        "trend": trend.shown(span, asked, request.GET),
        "feeders": feeders.worst(span, asked, lost),
        "feeder": feeders.detail(asked, lost),
        "csv_url": f"{reverse('outages:reliability_csv')}?{asked.query}",
        "groups_csv_url": f"{reverse('outages:reliability_table_csv', args=['groups'])}?{asked.query}",
        "indices_url": f"{reverse('outages:reliability_indices')}?{asked.query}",
        "by": asked.by,
        "groups": [(name, _GROUPS[name]) for name in GROUPS],
        "kind": asked.kind,
        "kinds": [(UNPLANNED, _("Unplanned")), (PLANNED, _("Planned")), (BOTH, _("Planned and unplanned"))],
        "narrowed": asked.about,
        "hidden": [(name, getattr(asked.narrowed, name)) for name in GROUPS if name != "area"],
        "wider_url": f"?{asked.other(**{name: '' for name in GROUPS if name != 'area'})}",
        "elsewhere": _elsewhere(asked),
        "now": request.at,
    }
    return render(request, "reliability/page.html", context)


@browser.page("GET", may=READS)
def reliability_feeder(request: browser.Request) -> HttpResponse:
    """Outages and causes of one feeder, or of another group the page lists, in the period."""
    asked = period.read(request.GET, request.at)
    group = request.GET.get("group", request.GET.get("feeder", ""))[:120]
    context = {
        "feeder": feeders.detail(asked, feeders.sustained(spanning(asked), asked), group),
        "period": {"label": asked.label},
    }
    return render(request, "reliability/_feeder.html", context)


@browser.page("GET", may=READS)
def reliability_trend(request: browser.Request) -> HttpResponse:
    """The chart of SAIDI, zoomed."""
    asked = period.read(request.GET, request.at)
    return render(request, "reliability/_trend.html", {"trend": trend.shown(spanning(asked), asked, request.GET)})


@browser.page("GET", may=READS)
def reliability_method(request: browser.Request) -> HttpResponse:
    """How it is calculated."""
    rules = figure_rules.rules()
    deviation = (
        _("sample standard deviation (n - 1)") if rules.is_sample else _("standard deviation of the population (n)")
    )
    major = MAJOR % {
        "beta": f"{rules.beta:g}",
        "deviation": deviation,
        "years": rules.years,
        "catastrophic": f"{rules.catastrophic_beta:g}",
    }
    context = {"border_min": f"{rules.border_min:g}", "served_rule": SERVED, "med_rule": major}
    return render(request, "reliability/_method.html", context)


def _elsewhere(asked: Asked) -> list[dict[str, str]]:
    """Pages beside this one."""
    return [
        {"label": _("Reports"), "url": reverse("outages:reports")},
        {"label": _("Corrections"), "url": f"{reverse('outages:restated')}?{asked.query}"},
        {"label": _("Restoration times"), "url": reverse("outages:reliability_estimates")},
        {"label": _("Your own file"), "url": reverse("outages:reliability_upload")},
    ]


def spanning(asked: Asked) -> Span:
    """The ledger from the first of the twelve months, or of the period where that is earlier, to the end of the period."""
    first, _ = period.bounds(asked.month.year_to_here()[0])
    return periods.span(begin=min(first, asked.begin), end=asked.end, narrowed=asked.narrowed, kind=asked.kind)


def latest_month(request: browser.Request) -> Month:
    """The last month that is over; the present one as long as the ledger has nothing before it."""
    this = Month.of(timezone.localdate(request.at))
    begin, end = period.bounds(this.shift(-1))
    return this.shift(-1) if periods.has_rows(begin=begin, end=end) else this
