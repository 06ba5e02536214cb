"""What an entry of the shift log is about, from what a person types: 12 or "outage 12", SO-5, "alarm 7", or the name of a device."""

import re

from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid
from adms.core.selectors import alarms
from network.selectors import search
from outages.selectors import outages, switching


def resolve(actor: Actor, typed: str) -> tuple[str, str]:
    """Words and address; both empty where nothing was typed.

    Raises:
        Invalid: nothing is called so.
        NotFound: no outage or order of this number, or not in the actor's areas.
    """
    text = " ".join(typed.split())
    if not text:
        return "", ""
    if match := re.fullmatch(r"(?:outage )?#?(\d{1,9})", text, re.IGNORECASE):
        row = outages.outage(actor, int(match[1]))
        return _("Outage %(number)d") % {"number": row.pk}, reverse("outages:outage_page", args=[row.pk])
    if match := re.fullmatch(r"(?:order |SO-)(\d{1,9})", text, re.IGNORECASE):
        order = switching.order(actor, int(match[1]))
        return order.reference, reverse("outages:order_page", args=[order.pk])
    if match := re.fullmatch(r"alarm (\d{1,9})", text, re.IGNORECASE):
        alarm = alarms.opened(actor=actor).filter(pk=int(match[1])).first()
        if alarm is not None:
            return _("Alarm %(number)d") % {"number": alarm.pk}, alarm.link or reverse("alarms", args=["standing"])
    return _device(text)


def _device(text: str) -> tuple[str, str]:
    for row in search.find_equipment(text, 20):
        if text.casefold() in {row.name.casefold(), row.mrid.casefold()}:
            on_map = f"{reverse('outages:control_room')}?model={row.version.model.key}"
            return row.name, f"{on_map}&branch={row.index}" if row.is_branch else on_map
    raise Invalid(_("no outage, order, alarm or device is called “%(text)s”") % {"text": text}, field="about")
