"""Tags that hang, as others than the device panel ask for them."""

from collections.abc import Collection

from django.db.models import QuerySet

from network.models import Tag

BLOCKING = ("inhibit", "clearance")


def hanging(model_id: int, mrids: Collection[str] | None = None) -> QuerySet[Tag]:
    """Tags of a model now, of these devices where some are given, in the order they were placed."""
    found = Tag.objects.filter(model_id=model_id, removed_at=None)
    return (found if mrids is None else found.filter(equipment_mrid__in=mrids)).order_by("placed_at", "pk")


def hanging_in(area: str) -> QuerySet[Tag]:
    """Tags on devices of an area now, whatever the model, in the order they were placed."""
    return Tag.objects.select_related("model").filter(area__key=area, removed_at=None).order_by("placed_at", "pk")


def blocked_devices(model_id: int) -> set[str]:
    """Devices with a tag that blocks operating them."""
    return set(hanging(model_id).filter(kind__in=BLOCKING).values_list("equipment_mrid", flat=True))
