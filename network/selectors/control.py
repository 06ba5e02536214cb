"""What waits for a person in control: timed-out commands, plans of automation, who else could take an area."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from adms.core.errors import Invalid
from adms.core.models import AuditEntry
from adms.core.selectors import persons
from network.models import AutomationPlan, ControlFreeze, Interlock, Operation
from network.selectors import equipment

MOST = 200


def tasks() -> QuerySet[Operation]:
    """Commands that timed out and that nobody has settled, the oldest first."""
    found = Operation.objects.select_related("area", "model").filter(state="timed_out", settled_at=None)
    return found.order_by("ended_at", "pk")


def plans() -> QuerySet[AutomationPlan]:
    """Plans by which automation has acted and that nobody has acknowledged."""
    found = AutomationPlan.objects.select_related("area", "model").filter(acknowledged_at=None)
    return found.order_by("started_at", "pk")


def freezes() -> QuerySet[ControlFreeze]:
    """Every freeze, the latest first."""
    return ControlFreeze.objects.order_by("-frozen_at", "-pk")


def interlocks(model: str = "") -> QuerySet[Interlock]:
    """Interlocks of pairs."""
    found = Interlock.objects.select_related("model").order_by("model__key", "equipment_mrid", "pk")
    return found.filter(model__key=model) if model else found


def interlock_changes(limit: int = 20) -> list[dict[str, Any]]:
    """Who made or took away which rule of a pair, the latest first, and who tried without the right."""
    rows = AuditEntry.objects.filter(action="edit_interlocks").order_by("-recorded_at", "-pk")[:limit]
    return [
        {
            "at": row.recorded_at,
            "actor": row.actor,
            "device": row.object,
            "result": row.get_result_display(),
            "is_refused": row.result == "refused",
            "rule": row.after or row.before or {},
            "is_removal": row.after is None and row.result == "ok",
            "reason": row.reason,
        }
        for row in rows
    ]


def switch_names(rules: Iterable[Interlock]) -> dict[tuple[int, str], str]:
    """(row of the model, mRID) -> name, of the devices of these rules."""
    mrids = {mrid for one in rules for mrid in (one.equipment_mrid, one.other_mrid)}
    found = equipment.published().filter(mrid__in=mrids)
    return {(one.version.model_id, one.mrid): one.name for one in found}


def switch_called(model: str, words: str) -> str:
    """The mRID of the switch with this name or mRID.

    Raises:
        Invalid: none, or several of that name.
    """
    found = equipment.published(model).filter(Q(mrid=words) | Q(name__iexact=words), is_switch=True)
    mrids = list(found.order_by("mrid").values_list("mrid", flat=True)[:2])
    if words in mrids:
        return words
    if len(mrids) != 1:
        told = _("several switches are called %(words)s there") if mrids else _("no switch is called %(words)s there")
        raise Invalid(told % {"words": f"{words!r}"}, field="device")
    return str(mrids[0])


def operators_of(area: str, but: str) -> list[tuple[str, str]]:
    """(account, name) of who could take an area over, except one."""
    return [one for one in persons.who_may(("take_area",), area) if one[0] != but]
