"""What lies in each control area: for the administrator, who gives roles by area. Every published device is counted each time."""

from dataclasses import dataclass

from django.db.models import Count, Q

from adms.core.models import ControlArea, RoleGrant
from network.models import Equipment

_NONE = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Contents:
    """One control area: its equipment as published, and how many grants name it alone."""

    key: str
    name: str
    devices: int
    switches: int
    substations: tuple[str, ...]
    feeders: int
    grants: int


def contents() -> list[Contents]:
    """Every control area by name; those without equipment too."""
    published = Equipment.objects.filter(version__state="published")
    figures = published.values("area").annotate(
        devices=Count("pk"),
        switches=Count("pk", filter=Q(is_switch=True)),
        feeders=Count("feeder", filter=~Q(feeder=""), distinct=True),
    )
    by_area = {
        area: (devices, switches, feeders)
        for area, devices, switches, feeders in figures.order_by().values_list("area", "devices", "switches", "feeders")
    }
    substations: dict[int, list[str]] = {}
    named = published.exclude(substation="").values_list("area", "substation").distinct().order_by("area", "substation")
    for area, name in named:
        substations.setdefault(area, []).append(name)
    grants = dict(RoleGrant.objects.exclude(area=None).values_list("area").annotate(n=Count("pk")).order_by())
    return [
        Contents(
            key=area.key,
            name=area.name,
            substations=tuple(substations.get(area.pk, ())),
            grants=grants.get(area.pk, 0),
            devices=by_area.get(area.pk, _NONE)[0],
            switches=by_area.get(area.pk, _NONE)[1],
            feeders=by_area.get(area.pk, _NONE)[2],
        )
        for area in ControlArea.objects.order_by("name")
    ]
