"""A handover on paper: what was open when it was signed, by whom to whom, and lines to sign on."""

import datetime as dt
import io
from html import escape

from django.utils import timezone
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer

from adms.core.models import Handover

_STYLES = getSampleStyleSheet()


def pdf(row: Handover, at: dt.datetime) -> bytes:
    """The file, as of now."""
    buffer, margin = io.BytesIO(), 16 * mm
    title = f"{_('Handover')} {row.pk} · {row.area.name}"
    document = SimpleDocTemplate(
        buffer, pagesize=A4, title=title, leftMargin=margin, rightMargin=margin, topMargin=margin, bottomMargin=margin
    )
    parts: list[Flowable] = [
        Paragraph(escape(title), _STYLES["Title"]),
        _text(f"{_('From')} {row.outgoing_label or row.outgoing}, {_at(row.signed_at)}"),
        _text(f"{_('To')} {row.incoming_label or row.incoming}: {row.get_state_display()} {_at(row.ended_at)}"),
        *([_text(row.note)] if row.note else []),
    ]
    for section in row.contents:
        parts += [Spacer(1, 3 * mm), Paragraph(escape(section["title"]), _STYLES["Heading3"])]
        parts += [_text(f"• {one['text']}") for one in section["rows"]] or [_text(_("none"))]
        if section["more"]:
            parts.append(_text(_("and %(count)d more") % {"count": section["more"]}))
    parts += [Spacer(1, 12 * mm), _text("_" * 30 + "    " + "_" * 30), _text(f"{_('Printed')} {_at(at)}")]
    document.build(parts)
    return buffer.getvalue()


def _text(words: str) -> Paragraph:
    return Paragraph(escape(words), _STYLES["BodyText"])


def _at(at: dt.datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
