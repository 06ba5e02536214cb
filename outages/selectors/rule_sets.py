"""Rule sets as prediction and their page read them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import JSONField, QuerySet, Value

from adms.core.errors import NotFound
from adms.core.models import ControlArea
from outages.domain import rule_sets
from outages.domain.rule_sets import InForce
from outages.models import RulePlan, RuleSetVersion, RuleSwitch

SHOWN = 200
_Row = tuple[int | None, str, int, dict[str, Any]]  # area, name, version, values


@dataclass(frozen=True, slots=True)
class Sets:
    """The set in force in each control area; "normal" for all where nobody says otherwise."""

    of_area: Mapping[int, InForce]
    general: InForce

    def of(self, area_id: int) -> InForce:
        """The set an area follows."""
        return self.of_area.get(area_id, self.general)

    def is_one(self, area_ids: Collection[int]) -> bool:
        """Whether these areas all follow the same numbers."""
        return len({self.of(area_id) for area_id in area_ids}) <= 1


def in_force() -> Sets:
    """What every area follows now."""
    following = RulePlan.objects.annotate(nobody=Value(-1), nothing=Value({}, JSONField()))
    both: Any = following.values_list("area_id", "active", "nobody", "nothing").union(_latest_rows(), all=True)
    rows: list[_Row] = list(both)
    known = {(owner, name): InForce.of(name, version, values) for owner, name, version, values in rows if version >= 0}
    followed = {owner: "normal" for owner, _ in known if owner is not None}
    followed |= {owner: name for owner, name, version, _ in rows if version < 0 and owner is not None}
    of_area = {owner: _find(known, owner, name) for owner, name in followed.items()}
    return Sets(of_area, _find(known, None, "normal"))


def named(area_id: int | None, name: str) -> InForce:
    """The latest version of a set as an area would follow it.

    Raises:
        NotFound: nobody has written one of that name.
    """
    known = _latest()
    if not any((owner, name) in known for owner in (area_id, None)) and name not in rule_sets.BUILT_IN:
        raise NotFound(f"no rule set {name!r}", field="name", known=names(area_id))
    return _find(known, area_id, name)


def names(area_id: int | None) -> list[str]:
    """Sets an area can follow: its own, the general ones, those built in."""
    rows = RuleSetVersion.objects.filter(area=None) | RuleSetVersion.objects.filter(area_id=area_id)
    found = set(rows.values_list("name", flat=True)) | set(rule_sets.BUILT_IN)
    return sorted(found, key=lambda name: (name not in rule_sets.BUILT_IN, name))


def _latest() -> dict[tuple[int | None, str], InForce]:
    return {(owner, name): InForce.of(name, version, values) for owner, name, version, values in _latest_rows()}


def _latest_rows() -> Any:
    rows = RuleSetVersion.objects.order_by("area_id", "name", "-version").distinct("area_id", "name")
    return rows.values_list("area_id", "name", "version", "values")


def _find(known: Mapping[tuple[int | None, str], InForce], area_id: int | None, name: str) -> InForce:
    """The area's own, else the general one, else as built in; a name nobody knows any more is "normal"."""
    for owner in (area_id, None):
        if (owner, name) in known:
            return known[owner, name]
    return (
        InForce.of(name, 0, rule_sets.BUILT_IN[name]) if name in rule_sets.BUILT_IN else _find(known, area_id, "normal")
    )


# For the page and REST


def plans() -> list[RulePlan]:
    """Every area with what it follows, also those that never chose."""
    held = {plan.area_id: plan for plan in RulePlan.objects.select_related("area")}
    return [held.get(area.pk) or RulePlan(area=area) for area in ControlArea.objects.order_by("name")]


def area(key: str) -> ControlArea:
    """A control area by its key.

    Raises:
        NotFound: there is none.
    """
    found = ControlArea.objects.filter(key=key).first()
    if found is None:
        raise NotFound(f"no control area {key!r}", area=key)
    return found


def versions(area_id: int | None, name: str) -> QuerySet[RuleSetVersion]:
    """Every version an area (None: all areas) has of a set, the newest first."""
    return RuleSetVersion.objects.filter(area_id=area_id, name=name).order_by("-version")


def told(area_id: int | None, name: str) -> list[dict[str, Any]]:
    """The same, with what each changed against the one before."""
    rows = list(versions(area_id, name)[: SHOWN + 1])
    first = rule_sets.BUILT_IN.get(name, rule_sets.defaults())
    earlier = [row.values for row in rows[1:]] + ([first] if len(rows) <= SHOWN else [])
    return [
        {
            "row": row,
            "changes": rule_sets.fields_changed(rule_sets.defaults() | before, rule_sets.defaults() | row.values),
        }
        for row, before in zip(rows, earlier, strict=False)
    ]


def all_latest() -> list[tuple[ControlArea | None, InForce]]:
    """Every set with its latest version, general ones first."""
    known = _latest()
    general = {name for owner, name in known if owner is None} | set(rule_sets.BUILT_IN)
    areas = ControlArea.objects.in_bulk([owner for owner, _ in known if owner is not None])
    found: list[tuple[ControlArea | None, InForce]] = [(None, _find(known, None, name)) for name in sorted(general)]
    return found + [(areas[owner], one) for (owner, _), one in sorted(known.items(), key=str) if owner is not None]


def switches(limit: int = 50) -> list[RuleSwitch]:
    """The latest changes of the set in force, newest first."""
    return list(RuleSwitch.objects.select_related("area").order_by("-at", "-pk")[:limit])


def unusual() -> list[RulePlan]:
    """Areas that follow another set than "normal", for the control room."""
    return list(RulePlan.objects.select_related("area").exclude(active="normal").order_by("area__name"))
