"""What waits for a person in control: timed-out commands, plans of automation, who else could take an area."""

from django.db.models import QuerySet

from adms.core import permissions
from adms.core.models import RoleGrant
from network.models import AutomationPlan, ControlFreeze, Interlock, Operation

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


def operators_of(area: str, but: str) -> list[tuple[str, str]]:
    """(account, name) of who could take an area over, except one."""
    roles = permissions.ACTIONS["take_area"]
    grants = RoleGrant.objects.select_related("user", "area").filter(role__in=roles, user__is_active=True)
    rows = [grant.user for grant in grants if grant.area_id is None or (grant.area and grant.area.key == area)]
    names = {user.username: str(user) for user in rows if user.username != but}
    return sorted(names.items(), key=lambda one: (one[1], one[0]))
