"""A handover on paper: what was open when it was signed, by whom to whom, and lines to sign on."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _
from reportlab.platypus import Flowable

from adms.core import printed
from adms.core.models import Handover


def pdf(row: Handover, at: dt.datetime) -> bytes:
    """The file, as of now."""
    title = f"{_('Handover')} {row.pk} · {row.area.name}"
    parts: list[Flowable] = [
        printed.title(title),
        printed.text(f"{_('From')} {row.outgoing_label or row.outgoing}, {_at(row.signed_at)}"),
        printed.text(f"{_('To')} {row.incoming_label or row.incoming}: {row.get_state_display()} {_at(row.ended_at)}"),
        *([printed.text(row.note)] if row.note else []),
    ]
    for section in row.contents:
        parts.append(printed.heading(section["title"]))
        parts += [printed.text(f"• {one['text']}") for one in section["rows"]] or [printed.text(_("none"))]
        if section["more"]:
            parts.append(printed.text(_("and %(count)d more") % {"count": section["more"]}))
    parts.append(printed.signatures([_("Hands over"), _("Takes over")]))
    return printed.build(title, parts, foot=f"{title} · {_('Printed')} {_at(at)}")


def _at(at: dt.datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
