"""Every index of IEEE 1366 of a period, without and with major event days, each with how it is calculated."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser
from outages.domain.indices import Indices
from outages.selectors import connected_load, customer_figures, reliability, served_days
from outages.selectors.periods import Span
from outages.views import figures, period
from outages.views.period import Asked
from outages.views.reliability import READS, spanning

#: Attribute, name, unit, places, how it is calculated; the page of rows where it has one.
PLAIN = (
    ("saifi", "SAIFI", "", 4, "Σ customers interrupted ÷ customers served", "saifi"),
    ("saidi_min", "SAIDI", "min", 3, "Σ customer-minutes ÷ customers served", "saidi"),
    ("caidi_min", "CAIDI", "min", 2, "Σ customer-minutes ÷ Σ customers interrupted", "caidi"),
    ("ctaidi_min", "CTAIDI", "min", 2, "Σ customer-minutes ÷ customers with an interruption, each once", "saidi"),
    ("caifi", "CAIFI", "", 3, "Σ customers interrupted ÷ customers with an interruption, each once", "saifi"),
    ("asai", "ASAI", "", 6, "1 − Σ customer-minutes ÷ (customers served × minutes of the period)", "saidi"),
    ("asifi", "ASIFI", "", 4, "Σ connected load interrupted ÷ connected load served", ""),
    ("asidi_min", "ASIDI", "min", 3, "Σ connected load × minutes ÷ connected load served", ""),
    ("maifi", "MAIFI", "", 4, "Σ customers interrupted momentarily ÷ customers served", "maifi"),
    ("maifi_e", "MAIFI-E", "", 4, "Σ customers of momentary events ÷ customers served; an event counts once a customer", "maifi"),
)  # fmt: skip
SHARES = (
    ("cemi", "CEMI", ("1", "2", "3", "4", "5"), "customers with more than {} sustained interruptions ÷ customers served"),
    ("cemsmi", "CEMSMI", ("1", "2", "3", "4", "5"),
     "customers with more than {} sustained interruptions and momentary events together ÷ customers served"),
    ("celid_s", "CELID-s", ("1", "4", "8", "12", "24"), "customers with one interruption of {} h or more ÷ customers served"),
    ("celid_t", "CELID-t", ("1", "4", "8", "12", "24"), "customers without supply for {} h or more in all ÷ customers served"),
)  # fmt: skip


@browser.page("GET", may=READS)
def reliability_indices(request: browser.Request) -> HttpResponse:
    """The table, in the dialog."""
    asked = period.read(request.GET, request.at)
    span = spanning(asked)
    first, last = reliability.days_of(asked.begin, asked.end)
    about = asked.narrowed
    load = served_days.load_of(
        first=first, last=last, area=about.area, feeder=about.feeder, substation=about.substation
    )
    found = {
        with_major: _of(span, asked, load, with_major=with_major)
        for with_major in ((False, True) if span.major else (True,))
    }
    context = {
        "period": {"label": asked.label},
        "about": asked.about,
        "is_split": bool(span.major),
        "lines": _lines(found.get(False, found[True]), found[True], asked),
        "rules": [*figures.rule_lines(span, asked.begin, asked.end), _load_line(load)],
    }
    return render(request, "reliability/_indices.html", context)


def _load_line(load: float | None) -> str:
    """What the connected load is, and where it is from."""
    sources = connected_load.sources()
    words = {"transformer": _("rated power of service transformers"), "load": _("loads of the model")}
    told = ", ".join(
        _("%(source)s for %(count)s customers") % {"source": words[name], "count": f"{sources[name]:,}"}
        for name in words
        if sources.get(name)
    )
    if load is None:
        missing = _("of %s customers the model says neither") % f"{sources.get('', 0):,}"
        return _("connected load served: not known") + f" ({', '.join(filter(None, [told, missing]))})"
    return _("connected load served: %s kVA, shared equally by the customers of each") % f"{load:,.0f}" + f" ({told})"


def _of(span: Span, asked: Asked, load: float | None, *, with_major: bool) -> Indices | None:
    return customer_figures.of_rows(
        span.within(asked.begin, asked.end, with_major=with_major),
        customers=span.customers(asked.begin, asked.end),
        begin=reliability.known_from(asked.begin, span.served.since),
        end=asked.end,
        border_min=span.rules.border_min,
        connected_kva=load,
    )


def _lines(ordinary: Indices | None, every: Indices | None, asked: Asked) -> list[dict[str, Any]]:
    """One line an index: its value without major event days and with them."""
    rows = f"{reverse('outages:reliability_rows')}?{asked.query}&index="
    lines = [
        {
            "name": name,
            "unit": unit,
            "places": places,
            "values": [getattr(one, key, None) for one in (ordinary, every)],
            "formula": formula,
            "rows_url": f"{rows}{index}" if index else "",
        }
        for key, name, unit, places, formula, index in PLAIN
    ]
    for key, name, borders, formula in SHARES:
        told = [getattr(one, key, None) or {} for one in (ordinary, every)]
        lines += [
            {
                "name": f"{name} {border}",
                "unit": "%",
                "places": 3,
                "values": [100 * one[border] if border in one else None for one in told],
                "formula": formula.format(border),
                "rows_url": f"{rows}{'saifi' if key.startswith('cem') else 'saidi'}",
            }
            for border in borders
        ]
    return lines
