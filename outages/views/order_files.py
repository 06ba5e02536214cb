"""A switching order on paper: PDF with its steps, its safety documents, who signed it, and who was told what when."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from reportlab.platypus import Flowable

from adms.core import printed
from adms.core.selectors import persons
from network.domain import phases as ph
from outages.domain.switching import life
from outages.models import OrderEntry, SwitchingOrder, SwitchingStep
from outages.selectors import order_words

_WIDTHS = (10, 27, 46, 15, 27, 56, 42, 46)


def pdf(order: SwitchingOrder, steps: list[SwitchingStep], crews: Mapping[str, str], at: dt.datetime) -> bytes:
    """The file, as of now. `crews` are names by key."""
    title = f"{order.reference} · {_('version')} {order.version}"
    state = order.get_state_display()
    entries = list(order.entries.exclude(kind="rehearsed")[:200])
    accounts = {name for step in steps for name in (step.instructed_by, step.ended_by)}
    who = persons.names(accounts | {one.actor for one in entries})
    parts: list[Flowable] = [
        printed.title(f"{title} · {order.get_kind_display()} · {state}"),
        printed.text(f"{order.purpose} · {order.area.name} · {_window(order)}"),
        *([printed.text(_("Not issued: nobody switches by it."))] if _is_at_the_desk(order) else []),
        printed.heading(_("Steps")),
        printed.table(_head(), [_row(step, crews, who) for step in steps], widths=_WIDTHS, is_wide=True),
    ]
    held = list(order.documents.order_by("pk"))
    if held:
        head = ["", _("Kind"), _("State"), _("Work"), _("Points"), _("Held by"), _("Crews"), _("Issued"), _("Released")]
        parts += [
            printed.heading(_("Safety documents")),
            printed.table(head, [_document(one) for one in held], is_wide=True),
        ]
    parts += [
        printed.heading(_("Signatures and timeline")),
        printed.table(
            ["", _("Who"), _("When")], [_signature(one, who) for one in entries], widths=(169, 55, 45), is_wide=True
        ),
    ]
    foot = f"{title} · {state} · {_('Printed')} {_at(at)} {timezone.get_current_timezone_name()}"
    return printed.build(title, parts, is_wide=True, foot=foot)


def _is_at_the_desk(order: SwitchingOrder) -> bool:
    return order.state not in life.EXECUTING and order.state not in life.ENDED


def _head() -> list[str]:
    return [
        "", _("Step"), _("Device"), _("Phases"), _("Crew"), _("Instruction"), _("Instructed"), _("Done"),
    ]  # fmt: skip


def _row(step: SwitchingStep, crews: Mapping[str, str], who: Mapping[str, str]) -> list[str]:
    told = f"{step.instructed_to}, {_at(step.instructed_at)} ({who[step.instructed_by]})" if step.instructed_at else ""
    done = (
        f"{step.get_state_display()}, {_at(step.occurred_at or step.ended_at)} ({who[step.ended_by]})"
        if step.ended_at
        else ""
    )
    noted = order_words.note(step)
    note = f" · {noted}" if noted else ""
    marks = [_("back")] if step.is_go_back else []
    marks += [_("any sequence")] if step.group else []
    return [
        str(step.position), ", ".join([step.get_kind_display(), *marks]), _device(step), ph.text(step.phases),
        crews.get(step.crew, step.crew), step.text, told, done + note,
    ]  # fmt: skip


def _device(step: SwitchingStep) -> str:
    end = f" / {step.terminal}" if step.device_name and step.terminal != 1 else ""
    other = f" > {step.other_mrid} / {step.other_terminal}" if step.other_mrid else ""
    return f"{step.device_name}{end}{other}"


def _document(one: Any) -> list[str]:
    points = ", ".join(point["name"] for point in one.points)
    crews = ", ".join(f"{crew['name']}{' · ' + _('clear') if crew['clear_at'] else ''}" for crew in one.crews)
    return [
        one.reference, one.get_kind_display(), one.get_state_display(), f"{one.equipment_name}: {one.work}", points,
        one.holder_name, crews, _at(one.issued_at), _at(one.released_at),
    ]  # fmt: skip


def _signature(one: OrderEntry, who: Mapping[str, str]) -> list[str]:
    return [order_words.line(one), who[one.actor], _at(one.recorded_at)]


def _window(order: SwitchingOrder) -> str:
    return f"{_at(order.begins_at)} – {_at(order.ends_at)}" if order.begins_at else _("no window")


def _at(at: dt.datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else ""
