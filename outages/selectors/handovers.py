"""What is open in an area when a shift ends: what the outgoing person signs and the incoming one accepts."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.selectors import alarms, shifts
from network.selectors import abnormal, control, state, tags
from outages.selectors import outages, switching

#: Rows of a section; of more it says how many. A paper nobody reads helps nobody.
MOST = 100
_AT_REST = frozenset({"draft", "requested", "rejected"})


def contents(actor: Actor, area: str) -> list[dict[str, Any]]:
    """Sections as they are stored with a handover: `title`, `rows` of `text` and `link`, and how many `more`."""
    return [
        _section(_("For the next shift"), _notes(area)),
        _section(_("Outages"), _outages(actor, area)),
        _section(_("Switching orders in hand"), _orders(actor, area)),
        _section(_("Out of the normal"), _abnormal(area)),
        _section(_("Tags"), _tags(area)),
        _section(_("Alarms not acknowledged"), _alarms(actor, area, is_shelved=False)),
        _section(_("Alarms shelved"), _alarms(actor, area, is_shelved=True)),
        _section(_("Tasks"), _tasks(area)),
    ]


def _section(title: str, rows: Iterable[tuple[str, str]]) -> dict[str, Any]:
    told = [{"text": text, "link": link} for text, link in rows]
    return {"title": title, "rows": told[:MOST], "more": max(0, len(told) - MOST)}


def _notes(area: str) -> Iterable[tuple[str, str]]:
    for row in shifts.for_next(area):
        yield f"{row.text} ({row.author_label or row.author}, {_hour(row.occurred_at)})", row.link


def _outages(actor: Actor, area: str) -> Iterable[tuple[str, str]]:
    for row in outages.outages(actor, going_on=True, area=area).defer("explanation", "parent__explanation"):
        etr = f" · {_('expected')} {_hour(row.etr_at)}" if row.etr_at else ""
        words = f"{row.pk} · {row.device_name} · {row.customers_out} {_('out')} · {row.get_state_display()}{etr}"
        yield words, reverse("outages:outage_page", args=[row.pk])


def _orders(actor: Actor, area: str) -> Iterable[tuple[str, str]]:
    for row in switching.orders(actor, show="open", area=area):
        if row.state not in _AT_REST:
            words = f"{row.reference} · {row.get_state_display()} · {row.purpose}"
            yield words, reverse("outages:order_page", args=[row.pk])


def _abnormal(area: str) -> Iterable[tuple[str, str]]:
    for model in state.models():
        for one in abnormal.listed(state.present(model)):
            if one.area == area:
                since = f" · {_('since')} {_hour(one.since)}" if one.since else ""
                why = f" · {one.reason}" if one.reason else ""
                yield f"{one.name}: {one.now} ({_('normally')} {one.normal}){since}{why}", _on_map(model, one.branch)


def _tags(area: str) -> Iterable[tuple[str, str]]:
    for row in tags.hanging_in(area):
        yield f"{row.equipment_mrid} · {row.get_kind_display()} · {row.text} · {row.placed_by}", ""


def _alarms(actor: Actor, area: str, *, is_shelved: bool) -> Iterable[tuple[str, str]]:
    rows = alarms.opened(actor=actor).filter(area__key=area, is_shelved=is_shelved)
    for row in rows if is_shelved else rows.filter(is_acknowledged=False):
        yield f"{row.priority} · {alarms.words(row)} · {_('since')} {_hour(row.raised_at)}", row.link


def _tasks(area: str) -> Iterable[tuple[str, str]]:
    page = reverse("network:control")
    for row in control.tasks().filter(area__key=area):
        yield f"{row.equipment_name}: {_('the command has no answer')}", page
    for plan in control.plans().filter(area__key=area):
        yield f"{plan.origin.upper()} {plan.feeder}: {_('automation to acknowledge')}", page


def _on_map(model: str, branch: int) -> str:
    on_map = f"{reverse('outages:control_room')}?model={model}"
    return f"{on_map}&branch={branch}" if branch >= 0 else on_map


def _hour(at: dt.datetime) -> str:
    return dateformat.format(timezone.localtime(at), "d M H:i")
