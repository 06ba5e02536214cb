"""What Tieline writes into the shift log by itself, from events: one entry each, however often an event is handled."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from adms.core.control_events import AuthorityChanged, ControlAlarm
from adms.core.events import Recorded
from adms.core.selectors import persons
from adms.core.services import shift_log
from adms.core.services.shift_log import Automatic
from adms.core.templatetags.tieline import number as spoken
from outages.events import FlisrChanged, OutageChanged, SwitchingOrderChanged
from outages.models import FlisrEvent, Outage, SwitchingOrder
from outages.selectors import order_words

States = FlisrEvent.State
#: Turns in the life of an order that a shift is told of; drafts and checks are the desk's own business.
TURNS = frozenset({"approved", "issued", "in_execution", "aborting", "completed", "aborted", "cancelled"})


def follow(*, batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Entries of a batch in one statement; names are looked up once for all."""
    found = [*_outages(batch), *_orders(batch), *_flisr(batch), *_control(batch)]
    if found:
        shift_log.write_automatic(entries=found, at=at)


def _of(batch: Sequence[Recorded], kind: type, test: Callable[[Any], bool]) -> list[Recorded]:
    return [one for one in batch if isinstance(one.event, kind) and test(one.event)]


def _outages(batch: Sequence[Recorded]) -> Iterator[Automatic]:
    told = _of(batch, OutageChanged, lambda event: event.verb != "changed" or event.what == "confirmed")
    rows = Outage.objects.only("pk", "device_name", "customers_out", "customers_affected").in_bulk(
        [one.event.outage_id for one in told]
    )
    for one in told:
        row = rows.get(one.event.outage_id)
        if row is not None:
            words = {"created": _("Outage"), "closed": _("Supply is back"), "canceled": _("Outage cancelled")}
            what = words.get(one.event.verb, _("Outage confirmed"))
            about, link = _("Outage %(number)d") % {"number": row.pk}, f"/outages/{row.pk}/"
            number = row.customers_affected
            customers = ngettext("%(n)s customer", "%(n)s customers", number) % {"n": spoken(number)}
            yield _entry(one, "outage", f"{what}: {row.device_name}, {customers}", about, link)


def _orders(batch: Sequence[Recorded]) -> Iterator[Automatic]:
    told = _of(batch, SwitchingOrderChanged, lambda event: not event.step and event.what in TURNS)
    rows = SwitchingOrder.objects.in_bulk([one.event.order_id for one in told])
    for one in told:
        row = rows.get(one.event.order_id)
        if row is not None:
            state = order_words.STATES.get(one.event.what, one.event.what)
            yield _entry(one, "order", f"{state}: {row.purpose}", row.reference, f"/orders/{row.pk}/")


def _flisr(batch: Sequence[Recorded]) -> Iterator[Automatic]:
    told = _of(batch, FlisrChanged, lambda _event: True)
    rows = FlisrEvent.objects.in_bulk([one.event.event_id for one in told])
    for one in told:
        row = rows.get(one.event.event_id)
        if row is not None:
            what = str(States(one.event.what).label) if one.event.what in States.values else one.event.what
            text = _("FLISR, %(feeder)s: %(what)s") % {"feeder": row.feeder, "what": what}
            entry = _entry(one, "flisr", text, f"FLISR {row.pk}", f"/flisr/{row.pk}/")
            yield replace(entry, reference=f"flisr:{row.pk}/{one.event.what}")  # every state once, not every step in it


def _control(batch: Sequence[Recorded]) -> Iterator[Automatic]:
    words = {
        "take_area": _("took the area"),
        "offer_area": _("offered the area"),
        "give_back_area": _("gave the area back"),
        "move_area": _("took control of the area to another console"),
    }
    told = _of(batch, AuthorityChanged, lambda event: event.action in words)
    names = persons.names(one.event.actor for one in told)
    for one in told:
        yield _entry(one, "authority", f"{names[one.event.actor]} {words[one.event.action]}", "", "/control/")
    for one in _of(batch, ControlAlarm, lambda _event: True):
        yield _entry(one, "control", one.event.words, "", "/control/")


def _entry(one: Recorded, kind: str, text: str, about: str, link: str) -> Automatic:
    return Automatic(one.area, kind, text, one.reference, one.event.at, about, link)
