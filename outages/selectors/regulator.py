"""The tables a regulator is given, of a month, a year or any days: plain values, so that they can be kept as they are.

Every table is {key, title, note, columns, rows}; a number that cannot be known is None. The tables are those of IEEE 1366 by month,
the days beyond the thresholds, feeders, causes, customers with many interruptions, the monthly form of Indian utilities by feeder, the
CI and CML form of British ones, and what was excluded and why.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from django.utils import timezone

from outages.domain.calendar import Month
from outages.domain.codes import CAUSES
from outages.domain.interruptions import minutes_between
from outages.models import Interruption
from outages.selectors import customer_figures, periods, reliability, served_days
from outages.selectors import ledger_columns as columns
from outages.selectors.periods import Narrowed, Span
from outages.selectors.reliability import Figures

COUNTS, HOURS = ("1", "2", "3", "4", "5"), ("1", "4", "8", "12", "24")
Table = dict[str, Any]


def document(*, begin: dt.datetime, end: dt.datetime, area: str = "") -> dict[str, Any]:
    """The tables of [begin, end), with the rules they rest on."""
    narrowed = Narrowed(area=area)
    unplanned = periods.span(begin=begin, end=end, narrowed=narrowed)
    planned = periods.span(begin=begin, end=end, narrowed=narrowed, kind=reliability.PLANNED)
    first, last = reliability.days_of(begin, end)
    limit, since = unplanned.limit, unplanned.served.since
    return {
        "from": str(first),
        "to": str(last),
        "area": area,
        "ledger_begins": since and str(since),
        "preliminary": _unfinished(unplanned, planned, begin, end),
        "rules": unplanned.rules.to_json(),
        "customers_served": unplanned.customers(begin, end),
        "days_of_customers_kept": unplanned.served.known(first, last),
        "t_med_min": limit and limit.t_med_min,
        "t_catastrophic_min": limit and limit.beyond(unplanned.rules.catastrophic_beta),
        "tables": [
            _by_month(unplanned, planned, begin, end),
            _days(unplanned),
            _by_feeder(unplanned, begin, end, area),
            _by_cause(unplanned, begin, end),
            _customers(unplanned, begin, end, area),
            _indian(unplanned, begin, end, area),
            _british(unplanned, planned, begin, end),
            _excluded(reliability.known_from(begin, since), end, area),
        ],
    }


def _unfinished(unplanned: Span, planned: Span, begin: dt.datetime, end: dt.datetime) -> str:
    """Why the figures of a period are not the last word yet; nothing where they are."""
    last = timezone.localdate(end)
    found: list[str] = []
    if end != _midnight(last):
        found.append(f"the day {last} was not over")
    both = [one.figures(begin, end, with_major=True) for one in (unplanned, planned)]
    still_out, unverified = sum(one.open_rows for one in both), sum(one.provisional_rows for one in both)
    if still_out:
        found.append(f"interruptions that were going on: {still_out:,} rows of the ledger")
    if unverified:
        found.append(f"interruptions nobody had verified: {unverified:,} rows of the ledger")
    return "; ".join(found)


def table(document_: dict[str, Any], key: str) -> Table:
    """One table of a document."""
    return next(one for one in document_["tables"] if one["key"] == key)


def _months(begin: dt.datetime, end: dt.datetime) -> list[tuple[str, dt.datetime, dt.datetime]]:
    """The months of a period, the first and the last perhaps in part."""
    found, month = [], Month.of(timezone.localdate(begin))
    while _midnight(month.first) < end:
        found.append((str(month), max(begin, _midnight(month.first)), min(end, _midnight(month.shift(1).first))))
        month = month.shift(1)
    return found


def _by_month(unplanned: Span, planned: Span, begin: dt.datetime, end: dt.datetime) -> Table:
    parts = [*_months(begin, end), ("whole period", begin, end)]
    rows = []
    for label, first, last in parts:
        every = unplanned.figures(first, last, with_major=True)
        ordinary = unplanned.figures(first, last, with_major=False)
        on_purpose = planned.figures(first, last, with_major=True)
        counts = [every.customers_served, every.events, every.ci, every.cmi] if every.is_known else [None] * 4
        rows.append([
            label, *counts, every.saifi, every.saidi_min, every.caidi_min, every.maifi, every.asai, ordinary.saifi,
            ordinary.saidi_min, ordinary.caidi_min, on_purpose.saifi, on_purpose.saidi_min,
        ])  # fmt: skip
    return {
        "key": "months",
        "title": "Indices by month (IEEE 1366)",
        "note": "Unplanned interruptions unless said otherwise; minutes and counts belong to the day an outage began."
        + _not_known(unplanned, begin),
        "columns": [
            "Month", "Customers served", "Outages", "Customers interrupted", "Customer-minutes", "SAIFI", "SAIDI min", "CAIDI min",
            "MAIFI", "ASAI", "SAIFI without MED", "SAIDI min without MED", "CAIDI min without MED", "SAIFI planned",
            "SAIDI min planned",
        ],
        "rows": rows,
    }  # fmt: skip


def _not_known(span: Span, begin: dt.datetime) -> str:
    """The sentence that a dash needs where the ledger begins within the period."""
    since = span.served.since
    if since is None or timezone.localdate(begin) >= since:
        return ""
    return f" The ledger begins on {since}: of what was before nothing is known, and totals are of the days since."


def _days(span: Span) -> Table:
    rows = []
    for day in sorted(span.major):
        begin = _midnight(day)
        found = span.figures(begin, begin + dt.timedelta(days=1), with_major=True)
        kind = "catastrophic" if day in span.catastrophic else "major event day"
        rows.append([str(day), kind, found.saidi_min, found.ci, found.cmi, found.events])
    return {
        "key": "days",
        "title": "Major event and catastrophic days",
        "note": "" if span.limit else "No threshold: the ledger does not reach back a year before the period.",
        "columns": ["Day", "Kind", "SAIDI min", "Customers interrupted", "Customer-minutes", "Outages"],
        "rows": rows,
    }


def _by_feeder(span: Span, begin: dt.datetime, end: dt.datetime, area: str) -> Table:
    substations = served_days.substations()
    rows = [
        [name, substations.get(name, ""), *_own(found)] for name, found in _of_feeders(span, begin, end, area).items()
    ]
    return {
        "key": "feeders",
        "title": "Feeders, related to their own customers",
        "note": "The worst by customer-minutes first.",
        "columns": [
            "Feeder", "Substation", "Customers served", "Outages", "Customers interrupted", "Customer-minutes", "SAIFI", "SAIDI min",
            "CAIDI min", "MAIFI",
        ],
        "rows": sorted(rows, key=lambda row: -row[5]),
    }  # fmt: skip


def _own(found: Figures) -> list[Any]:
    return [
        found.customers_served, found.events, found.ci, found.cmi, found.saifi, found.saidi_min, found.caidi_min, found.maifi
    ]  # fmt: skip


def _of_feeders(span: Span, begin: dt.datetime, end: dt.datetime, area: str) -> dict[str, Figures]:
    """Every feeder that serves customers or was interrupted, related to its own customers."""
    first, last = reliability.days_of(begin, end)
    since = span.served.since
    if area:
        now = {} if since is None or last < since else served_days.now_by_feeder(area)
        customers: dict[str, float] = {name: float(n) for name, n in now.items()}
    else:
        groups = served_days.by_group("feeder", first=first, last=last)
        customers = {name: one.mean(first, last) for name, one in groups.items()}
    rows = dict(reliability.grouped("feeder", span.within(begin, end, with_major=True)))
    nothing = np.zeros(0, columns.ROW)
    return {
        name: reliability.figures_of(rows.get(name, nothing), customers.get(name, 0), begin, end, span.rules.border_min)
        for name in sorted(customers.keys() | rows.keys())
    }


def _by_cause(span: Span, begin: dt.datetime, end: dt.datetime) -> Table:
    rows = span.within(begin, end, with_major=True)
    customers, found, so_far = span.customers(begin, end), [], 0.0
    groups = {
        name: reliability.figures_of(own, customers, begin, end, span.rules.border_min)
        for name, own in reliability.grouped("cause", rows)
    }
    total = sum(one.cmi for one in groups.values())
    for name, one in sorted(groups.items(), key=lambda item: -item[1].cmi):
        so_far += one.cmi
        label = CAUSES.get(name, name) or "not known yet"
        found.append([label, one.events, one.ci, one.cmi, one.saifi, one.saidi_min, so_far / total if total else None])
    return {
        "key": "causes",
        "title": "Causes (Pareto)",
        "note": "Related to all customers served, so that the causes add up; the last column is the share so far.",
        "columns": [
            "Cause",
            "Outages",
            "Customers interrupted",
            "Customer-minutes",
            "SAIFI",
            "SAIDI min",
            "Share so far",
        ],
        "rows": found,
    }


def _customers(span: Span, begin: dt.datetime, end: dt.datetime, area: str) -> Table:
    """Customers with many or long interruptions: the rows are read again with everybody's number."""
    rows = span.within(begin, end, with_major=True)
    customers = span.customers(begin, end)
    shown: list[list[Any]] = []
    first, last = reliability.days_of(begin, end)
    load = served_days.load_of(first=first, last=last, area=area)
    found = customer_figures.of_rows(
        rows,
        customers=customers,
        begin=reliability.known_from(begin, span.served.since),
        end=end,
        border_min=span.rules.border_min,
        connected_kva=load,
    )
    if found is not None and load is not None:
        shown = [["ASIFI", f"of {load:,.0f} kVA connected", found.asifi], ["ASIDI", "minutes", found.asidi_min]]
    if found is not None and found.cemi is not None:
        shown += [["CAIFI", "interruptions a customer interrupted", found.caifi]]
        shown += [["CTAIDI", "minutes a customer interrupted", found.ctaidi_min]]
        for name, at, words, shares in (
            ("CEMI", COUNTS, "more than {} sustained", found.cemi),
            ("CEMSMI", COUNTS, "more than {} sustained and momentary", found.cemsmi),
            ("CELID-s", HOURS, "one of {} h or more", found.celid_s),
            ("CELID-t", HOURS, "{} h or more in all", found.celid_t),
        ):
            shown += [[f"{name}-{n}", words.format(n), (shares or {}).get(n)] for n in at]
    return {
        "key": "customers",
        "title": "Customers with many or long interruptions",
        "note": "Shares of the customers served.",
        "columns": ["Index", "Customers with", "Value"],
        "rows": shown,
    }


def _indian(span: Span, begin: dt.datetime, end: dt.datetime, area: str) -> Table:
    """Monthly, by feeder: Σ Ai Ni, Σ Bi Ni and Σ Ci Ni with the connected consumers Nt."""
    rows = []
    for label, first, last in _months(begin, end):
        for name, found in _of_feeders(span, first, last, area).items():
            if found.customers_served or found.events:
                hours = found.cmi / 60
                saidi = found.saidi_min / 60 if found.saidi_min is not None else None
                rows.append([
                    label, name, found.customers_served, found.ci, hours, found.momentary, found.saifi, saidi, found.maifi
                ])  # fmt: skip
    return {
        "key": "indian",
        "title": "Monthly by feeder (Indian form)",
        "note": f"Sustained: longer than {span.rules.border_min:g} minutes; SAIDI in hours. Nt: consumers of the feeder.",
        "columns": [
            "Month",
            "Feeder",
            "Nt",
            "Σ Ai·Ni",
            "Σ Bi·Ni hours",
            "Σ Ci·Ni momentary",
            "SAIFI",
            "SAIDI h",
            "MAIFI",
        ],
        "rows": rows,
    }


def _british(unplanned: Span, planned: Span, begin: dt.datetime, end: dt.datetime) -> Table:
    rows = []
    found = [one.figures(begin, end, with_major=True) for one in (unplanned, planned)]
    for label, one in zip(("unplanned", "planned"), found, strict=True):
        rows.append([label, one.events, one.ci, one.cmi, _times(one.saifi, 100), one.saidi_min, _times(one.maifi, 100)])
    sums = [_sum(column) for column in list(zip(*rows, strict=True))[1:]]
    return {
        "key": "british",
        "title": "Customer interruptions and customer minutes lost (British form)",
        "note": f"Interruptions longer than {unplanned.rules.border_min:g} minutes; Great Britain counts from 3 minutes on.",
        "columns": [
            "Kind",
            "Outages",
            "Customers",
            "Customer-minutes",
            "CI per 100",
            "CML",
            "Short interruptions per 100",
        ],
        "rows": [*rows, ["all", *sums]],
    }


def _excluded(begin: dt.datetime, end: dt.datetime, area: str) -> Table:
    found = Interruption.objects.filter(superseded_at=None, began_at__gte=begin, began_at__lt=end).exclude(
        excluded_reason=""
    )
    if area:
        found = found.filter(area__key=area)
    rows = []
    for reason, own in sorted(_grouped(found, lambda row: row.excluded_reason).items()):
        minutes = sum(
            row.customers * minutes_between(row.began_at, row.ended_at or max(end, row.began_at)) for row in own
        )
        rows.append([reason, len({row.outage_id for row in own}), sum(row.customers for row in own), minutes])
    return {
        "key": "excluded",
        "title": "Excluded interruptions",
        "note": "They count nowhere else.",
        "columns": ["Reason", "Outages", "Customers", "Customer-minutes"],
        "rows": rows,
    }


def _grouped(rows: Iterable[Interruption], key: Any) -> dict[str, list[Interruption]]:
    found: dict[str, list[Interruption]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return dict(found)


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _sum(values: Sequence[Any]) -> Any:
    return None if any(value is None for value in values) else sum(values)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
