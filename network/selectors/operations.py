"""Operations asked for, newest first."""

import datetime as dt
import uuid

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from adms.core.errors import NotFound
from network.models import Operation


def operations(*, state: str = "", device: str = "", area: str = "", requested_by: str = "") -> QuerySet[Operation]:
    """All, or those in a state, of a device, in an area, of somebody."""
    exact = {
        "state": state,
        "equipment_mrid": device,
        "area__key": area,
        "requested_by": requested_by,
    }
    found = Operation.objects.select_related("area", "model").filter(**{k: v for k, v in exact.items() if v})
    return found.order_by("-selected_at", "pk")


def operation(operation_id: uuid.UUID) -> Operation:
    """One operation.

    Raises:
        NotFound: there is none.
    """
    found = operations().filter(pk=operation_id).first()
    if found is None:
        raise NotFound(_("no such operation"), operation=str(operation_id))
    return found


def is_any_completed_since(since: dt.datetime) -> bool:
    """Whether a switch was operated by anybody since then, and moved."""
    return Operation.objects.filter(state=Operation.State.COMPLETED, ended_at__gte=since).exists()
