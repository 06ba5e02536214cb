"""Record where switches stand, as the field tells it: telemetry, a crew, a completed command.

What somebody asks to be moved does not come here but to the control gate; that one records what a hand-operated switch did.
"""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import NotFound
from adms.core.services import areas, authority
from network.models import HEAVY, Equipment
from network.services import moving
from network.services.moving import PositionReport, Recorded

__all__ = ["PositionReport", "Recorded", "record_positions"]

#: Only the control gate writes down operations.
OPERATION = "operation"


@transaction.atomic
def record_positions(
    *, actor: Actor, source: str, reports: Sequence[PositionReport], at: dt.datetime
) -> list[Recorded]:
    """Journal the reported positions, in order of their field time.

    Raises:
        NotFound: a device is not a switch of the published model.
        NotAuthorised: the actor may not report positions in the device's area.
        ValueError: the source is "operation", which is the gate's.
    """
    if source == OPERATION:
        raise ValueError("operations pass the control gate")
    found = {}
    for report in reports:
        found[report] = _switch(report.model, report.equipment_mrid)
        authority.require(actor=actor, action="report_position", area=found[report].area.key)
    areas.lock(sorted({equipment.area_id for equipment in found.values()}))
    return moving.apply(actor=actor, source=source, reports=found, at=at)


def _switch(model: str, mrid: str) -> Equipment:
    equipment = (
        Equipment.objects.select_related("area", "version")
        .defer(*HEAVY)
        .filter(version__model__key=model, version__state="published", mrid=mrid, is_switch=True)
        .first()
    )
    if equipment is None:
        raise NotFound(
            _("no switch %(mrid)s in network %(model)s") % {"mrid": mrid, "model": model}, equipment=mrid, model=model
        )
    return equipment
