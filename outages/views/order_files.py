"""A switching order on paper: PDF with its steps, its safety documents, who signed it, and who was told what when."""

import datetime as dt
import io
from html import escape
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from network.domain import phases as ph
from outages.models import SwitchingOrder, SwitchingStep

_STYLES = getSampleStyleSheet()
_WIDTHS = [12, 30, 52, 18, 58, 44, 50]


def pdf(order: SwitchingOrder, steps: list[SwitchingStep], at: dt.datetime) -> bytes:
    """The file, as of now."""
    buffer = io.BytesIO()
    title = f"{order.reference} · {_('version')} {order.version}"
    document = SimpleDocTemplate(
        buffer, pagesize=landscape(A4), title=title, leftMargin=14 * mm, rightMargin=14 * mm, topMargin=14 * mm, bottomMargin=14 * mm
    )  # fmt: skip
    parts: list[Flowable] = [
        Paragraph(escape(f"{title} · {order.get_kind_display()} · {order.get_state_display()}"), _STYLES["Title"]),
        _text(f"{order.purpose} · {order.area.name} · {_window(order)}"),
        Spacer(1, 4 * mm),
        _table([_head(), *([_row(step) for step in steps])], _WIDTHS),
        Spacer(1, 4 * mm),
    ]
    held = list(order.documents.order_by("pk"))
    if held:
        head = ["", _("Kind"), _("Work"), _("Points"), _("Held by"), _("Issued"), _("Released")]
        parts += [_table([head, *map(_document, held)], [18, 36, 60, 60, 40, 25, 25]), Spacer(1, 4 * mm)]
    signed = [["", _("Who"), _("When")], *_signatures(order)]
    parts += [_table(signed, [120, 60, 50]), Spacer(1, 4 * mm), _text(f"{_('Printed')} {_at(at)}")]
    document.build(parts)
    return buffer.getvalue()


def _head() -> list[str]:
    return ["", _("Step"), _("Device"), _("Phases"), _("Instruction"), _("Instructed"), _("Done")]


def _row(step: SwitchingStep) -> list[str]:
    told = f"{step.instructed_to}, {_at(step.instructed_at)} ({step.instructed_by})" if step.instructed_at else ""
    done = f"{step.get_state_display()}, {_at(step.occurred_at)} ({step.ended_by})" if step.ended_at else ""
    note = f" · {step.note}" if step.note else ""
    device = step.device_name + (f" / {step.terminal}" if step.device_name and step.terminal != 1 else "")
    return [str(step.position), step.get_kind_display(), device, ph.text(step.phases), step.text, told, done + note]


def _document(one: Any) -> list[str]:
    points = ", ".join(point["name"] for point in one.points)
    return [
        one.reference, one.get_kind_display(), f"{one.equipment_name}: {one.work}", points, one.holder_name,
        _at(one.issued_at), _at(one.released_at),
    ]  # fmt: skip


def _signatures(order: SwitchingOrder) -> list[list[str]]:
    return [[one.text, one.actor, _at(one.recorded_at)] for one in order.entries.exclude(kind="rehearsed")[:200]]


def _table(rows: list[list[str]], widths: list[int]) -> Table:
    cells = [[_text(cell) for cell in row] for row in rows]
    table = Table(cells, colWidths=[width * mm for width in widths], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.25, colors.grey),
                ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return table


def _text(words: str) -> Paragraph:
    return Paragraph(escape(words), _STYLES["BodyText"])


def _window(order: SwitchingOrder) -> str:
    return f"{_at(order.begins_at)} – {_at(order.ends_at)}" if order.begins_at else _("no window")


def _at(at: dt.datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
