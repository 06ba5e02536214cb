"""Where an outage may be moved to, and what it may be merged into."""

import numpy as np
from django.db.models import Q
from django.utils.translation import gettext as _

from adms.core.errors import Invalid
from network.selectors import equipment, state
from outages.models import Outage
from outages.selectors import trees
from outages.selectors.outages import GOING_ON

SHOWN = 300


def devices_of(found: Outage) -> tuple[list[str], list[str]]:
    """Equipment (by mRID) above, the nearest first, and below, at most SHOWN, the topmost first."""
    going = list(Outage.objects.filter(model_key=found.model_key, state__in=GOING_ON).defer("explanation"))
    devices = trees.devices(state.present(found.model_key), going)
    is_single = found.kind == "single"
    device = int(devices.at_nodes(np.array([found.node]))[0]) if is_single else devices.of_outage(found)
    if device < 0:
        return [], []
    parent = devices.tree.parent
    above = [device] if is_single else []
    climbing = int(parent[device])
    while climbing >= 0:
        above.append(climbing)
        climbing = int(parent[climbing])
    inside = np.flatnonzero(devices.tree.below(device))
    below = [] if is_single else inside[inside != device][:SHOWN].tolist()
    return [devices.mrid(one) for one in above], [devices.mrid(one) for one in below]


def offered(found: Outage) -> list[dict[str, str]]:
    """The same by name, for a box to search in."""
    above, below = devices_of(found)
    names = dict(equipment.published(found.model_key).filter(mrid__in=[*above, *below]).values_list("mrid", "name"))
    return [
        {"mrid": mrid, "name": names[mrid], "side": side}
        for side, mrids in (("above", above), ("below", below))
        for mrid in mrids
        if mrid in names
    ]


def named(found: Outage, text: str) -> str:
    """The mRID of the equipment somebody means by its name or mRID.

    Raises:
        Invalid: there is none, or several are called so.
    """
    rows = equipment.published(found.model_key).filter(Q(mrid=text) | Q(name__iexact=text))
    mrids = list(rows.values_list("mrid", flat=True)[:2])
    if not mrids:
        raise Invalid(_("no equipment is called %(text)s") % {"text": f"{text!r}"}, field="device")
    if len(mrids) > 1:
        raise Invalid(_("several are called %(text)s: give the mRID") % {"text": f"{text!r}"}, field="device")
    return str(mrids[0])


def neighbours(found: Outage) -> list[Outage]:
    """Other outages that go on at the same feeder, those with most customers first."""
    rows = Outage.objects.filter(model_key=found.model_key, area=found.area, state__in=GOING_ON)
    rows = rows.filter(feeder=found.feeder).exclude(pk=found.pk).defer("explanation")
    return list(rows.order_by("-customers_out", "pk")[:SHOWN])
