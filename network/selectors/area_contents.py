"""What lies in each control area: for the administrator, who gives roles by area. Every published device is counted each time."""

from dataclasses import dataclass

from django.db.models import Count, Q

from adms.core.models import ControlArea, RoleGrant
from network.models import Equipment


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
    by_area = {row["area"]: row for row in figures.order_by()}
    substations: dict[int, list[str]] = {}
    named = published.exclude(substation="").values_list("area", "substation").distinct().order_by("area", "substation")
    for area, name in named:
        substations.setdefault(area, []).append(name)
    grants = dict(RoleGrant.objects.exclude(area=None).values_list("area").annotate(n=Count("pk")).order_by())
    empty = {"devices": 0, "switches": 0, "feeders": 0}
    return [
        Contents(
            key=area.key,
            name=area.name,
            substations=tuple(substations.get(area.pk, ())),
            grants=grants.get(area.pk, 0),
            **{name: by_area.get(area.pk, empty)[name] for name in empty},
        )
        for area in ControlArea.objects.order_by("name")
    ]
