"""The indices of a period as tiles, and what is behind them."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from outages.selectors import ledger_begin, reliability
from outages.selectors.figure_rules import Rules
from outages.selectors.periods import Narrowed, Span
from outages.selectors.reliability import Figures
from outages.views import period
from outages.views.period import Asked

#: key: (attribute of Figures, formula)
INDICES = {
    "saidi": ("saidi_min", "Σ customer-minutes of sustained interruptions ÷ customers served"),
    "saifi": ("saifi", "Σ customers interrupted for longer than the border ÷ customers served"),
    "caidi": ("caidi_min", "Σ customer-minutes ÷ Σ customers interrupted"),
    "maifi": ("maifi", "Σ customers interrupted momentarily ÷ customers served"),
}


def value(key: str, found: Figures, rules: Rules) -> float | None:
    """An index in the unit of the utility's wording."""
    plain = getattr(found, INDICES[key][0])
    return None if plain is None else plain * rules.names[key].factor


def rule_lines(span: Span, begin: dt.datetime, end: dt.datetime) -> list[str]:
    """The settings figures rest on, as sentences beside them."""
    rules, (first, last) = span.rules, reliability.days_of(begin, end)
    kept, days = span.served.known(first, last), (last - first).days + 1
    deviation = _("sample standard deviation") if rules.is_sample else _("standard deviation of the population")
    lines = [
        _("momentary: up to %(border)s min, exactly so long included") % {"border": f"{rules.border_min:g}"},
        _("customers served: mean of %(kept)s of %(days)s days kept") % {"kept": kept, "days": days}
        if kept
        else _("customers served: those connected now"),
        *_begin_lines(),
    ]
    if unknown := begin_line(span, begin, end):
        lines.insert(0, unknown)
    if span.limit is None:
        return [*lines, _("days are not told apart: the ledger does not reach back over the calendar year before")]
    beyond = span.limit.beyond(rules.catastrophic_beta)
    return [
        *lines,
        _("major event day: SAIDI over %(limit)s min (%(beta)s β, %(deviation)s, %(days)s days)")
        % {
            "limit": f"{span.limit.t_med_min:.3g}",
            "beta": f"{rules.beta:g}",
            "deviation": deviation,
            "days": span.limit.days,
        },
        _("catastrophic: over %(limit)s min (%(beta)s β)")
        % {"limit": f"{beyond:.3g}", "beta": f"{rules.catastrophic_beta:g}"},
    ]


def begin_line(span: Span, begin: dt.datetime, end: dt.datetime) -> str:
    """That the ledger begins within the period or after it; nothing where it knows all of it."""
    since, (first, last) = span.served.since, reliability.days_of(begin, end)
    if since is None:
        return _("the ledger is empty yet: it begins with the first day of operation")
    day = dateformat.format(since, "j M Y")
    if last < since:
        return _("the ledger begins on %(day)s: nothing is known of this period, which is not nought") % {"day": day}
    if first < since:
        return _("the ledger begins on %(day)s: the figures are of the days since") % {"day": day}
    return ""


def _begin_lines() -> list[str]:
    """Where the ledger begins and how that is known; what is older and counts nowhere."""
    begin = ledger_begin.found()
    if begin is None:
        return []
    how = {
        ledger_begin.STATED: _("the ledger counts from %(day)s on, as was stated"),
        ledger_begin.KEPT: _("the ledger counts from %(day)s on, the first day whose customers were kept"),
        ledger_begin.OLDEST_ROW: _("the ledger counts from %(day)s on, the day of its oldest row"),
    }
    lines = [how[begin.how] % {"day": dateformat.format(begin.day, "j M Y")}]
    if begin.not_taken:
        lines.append(
            _("“%(stated)s” was stated as its first day, which is no day (2026-01-31)") % {"stated": begin.not_taken}
        )
    if old := ledger_begin.earlier(begin):
        told = {
            "rows": f"{old.rows:,}" + ("+" if old.rows == ledger_begin.COUNTED else ""),
            "day": dateformat.format(old.oldest, "j M Y"),
            "setting": ledger_begin.STATED_DAY,
        }
        words = ngettext(
            "%(rows)s row of the ledger is older (of %(day)s) and counts in no figure; %(setting)s states another day",
            "%(rows)s rows of the ledger are older (the oldest of %(day)s) and count in no figure; %(setting)s states another day",
            old.rows,
        )
        lines.append(words % told)
    return lines


def of_period(span: Span, asked: Asked, feeder: str = "") -> Figures:
    """The figures that were asked for."""
    return span.figures(asked.begin, asked.end, with_major=asked.with_major, feeder=feeder)


def tiles(span: Span, asked: Asked) -> list[dict[str, Any]]:
    """Each index with its target and its value over twelve months, or over as many of their days as the ledger knows."""
    found = of_period(span, asked)
    first, _end = period.bounds(asked.month.year_to_here()[0])
    year = span.figures(first, asked.end, with_major=asked.with_major)
    targets = span.rules.targets if "-" in asked.key and asked.narrowed == Narrowed() else {}
    since = span.served.since
    words = _("12 months")
    if since is not None and since > timezone.localdate(first):
        words = _("since %(day)s") % {"day": dateformat.format(since, "j M Y")}
    return [_tile(key, found, (words, year), targets.get(key), span.rules, asked) for key in INDICES]


def _tile(
    key: str, found: Figures, year: tuple[str, Figures], target: float | None, rules: Rules, asked: Asked
) -> dict[str, Any]:
    named, shown = rules.names[key], value(key, found, rules)
    return {
        "key": key,
        "name": named.name,
        "value": shown,
        "unit": named.unit,
        "places": named.places,
        "target": target,
        "over": shown - target if target is not None and shown is not None and shown > target else None,
        "longer": year[0],
        "of_longer": value(key, year[1], rules),
        "rows_url": f"{reverse('outages:reliability_rows')}?{asked.query}&index={key}",
    }


def behind(span: Span, asked: Asked) -> dict[str, Any]:
    """What the figures rest on, in numbers."""
    found = of_period(span, asked)
    begin = begin_line(span, asked.begin, asked.end)
    days = sorted(day for day in span.major if asked.from_date <= day <= asked.to_date)
    marked = {day: f"{day:%d %b}" + (" (catastrophic)" if day in span.catastrophic else "") for day in days}
    return {
        "interruptions": found.events,
        "sustained": found.sustained_events,
        "momentary": found.events - found.sustained_events,
        "customers": found.ci + found.momentary,
        "customer_minutes": found.cmi,
        "provisional": found.provisional_rows,
        "med_days": list(marked.values()),
        "border_min": f"{span.rules.border_min:g}",
        "rules": [line for line in rule_lines(span, asked.begin, asked.end) if line != begin],
        "served": found.customers_served if found.is_known else None,
        "is_known": found.is_known,
        "begin": begin,
    }


def sums(key: str, found: Figures) -> list[dict[str, Any]]:
    """The parts of an index: what is divided by what."""
    minutes = {"label": "customer-minutes", "value": found.cmi, "places": 0}
    interrupted = {"label": "customers interrupted", "value": found.ci, "places": 0}
    momentary = {"label": "momentarily interrupted", "value": found.momentary, "places": 0}
    served = {"label": "customers served", "value": found.customers_served, "places": 0}
    return {
        "saidi": [minutes, served],
        "saifi": [interrupted, served],
        "caidi": [minutes, interrupted],
        "maifi": [momentary, served],
    }[key]
