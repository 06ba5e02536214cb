"""Rule sets as prediction and their page read them."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import JSONField, Q, QuerySet, Value
from django.utils.translation import gettext

from adms.core.errors import NotFound
from adms.core.models import ControlArea
from outages.domain import rule_sets
from outages.domain.rule_sets import Course, InForce
from outages.models import RulePlan, RuleSetVersion, RuleSwitch
from outages.selectors import rule_words

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
        raise NotFound(gettext("no rule set %(name)s") % {"name": f"{name!r}"}, field="name", known=names(area_id))
    return _find(known, area_id, name)


def numbered(area_id: int | None, name: str, version: int | None) -> InForce:
    """A set in one of its versions, as an area would follow it: None is the latest, 0 the set as built in.

    Raises:
        NotFound: nobody has written one of that name, or it has no such version.
    """
    latest = named(area_id, name)
    if version is None or version == latest.version:
        return latest
    own = area_id if area_id is not None and versions(area_id, name).exists() else None
    found = versions(own, name).filter(version=version).first()
    if found is not None:
        return InForce.of(name, version, found.values)
    if version == 0 and name in rule_sets.BUILT_IN:
        return InForce.of(name, 0, rule_sets.BUILT_IN[name])
    raise NotFound(
        gettext("%(name)s has no version %(version)s") % {"name": name, "version": version},
        field="version",
        latest=latest.version,
    )


def course(area_id: int, begin: dt.datetime, end: dt.datetime) -> Course:
    """Which sets an area followed from one moment to another, by its switches and by the versions written meanwhile."""
    switched = list(
        RuleSwitch.objects.filter(area_id=area_id).order_by("at", "pk").values_list("at", "before", "after")
    )
    present = RulePlan.objects.filter(area_id=area_id).values_list("active", flat=True).first()
    written = RuleSetVersion.objects.filter(Q(area_id=area_id) | Q(area=None)).order_by("version")
    rows = list(written.values_list("area_id", "name", "version", "values", "changed_at"))
    changes = {at for at, *_ in switched} | {at for *_, at in rows}
    turns: list[tuple[dt.datetime, InForce]] = []
    for at in sorted({begin} | {at for at in changes if begin < at <= end}):
        known: dict[tuple[int | None, str], InForce] = {
            (owner, name): InForce.of(name, number, values) for owner, name, number, values, on in rows if on <= at
        }
        found = _find(known, area_id, _followed(switched, at, present or "normal"))
        if not turns or turns[-1][1] != found:
            turns.append((at, found))
    return Course(tuple(turns))


def _followed(switched: Sequence[tuple[dt.datetime, str, str]], at: dt.datetime, present: str) -> str:
    """The name an area followed then: what its latest switch led to, else what its next one led away from."""
    before = [after for moment, _, after in switched if moment <= at]
    later = [name for moment, name, _ in switched if moment > at]
    return before[-1] if before else later[0] if later else present


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
        raise NotFound(gettext("no control area %(key)s") % {"key": f"{key!r}"}, area=key)
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
            "changes": rule_words.changes(rule_sets.defaults() | before, rule_sets.defaults() | row.values),
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


def all_versions() -> list[tuple[ControlArea | None, InForce]]:
    """Every version of every set, general ones first, the newest of each first, the built-in ones last of theirs."""
    rows = RuleSetVersion.objects.select_related("area").order_by("area__name", "name", "-version")
    found = [(row.area, InForce.of(row.name, row.version, row.values)) for row in rows]
    found += [(None, InForce.of(name, 0, values)) for name, values in rule_sets.BUILT_IN.items()]
    return sorted(
        found, key=lambda one: (one[0] is not None, one[0].name if one[0] else "", one[1].name, -one[1].version)
    )


def latest_storm(at: dt.datetime) -> tuple[dt.datetime, dt.datetime] | None:
    """When an area last followed another set than "normal": from then until it followed the normal one again, or until now."""
    began = RuleSwitch.objects.exclude(after="normal").filter(before="normal").order_by("-at", "-pk").first()
    if began is None:
        return None
    over = (
        RuleSwitch.objects.filter(area_id=began.area_id, after="normal", at__gt=began.at).order_by("at", "pk").first()
    )
    return began.at, over.at if over else at


def switches(limit: int = 50) -> list[RuleSwitch]:
    """The latest changes of the set in force, newest first."""
    return list(RuleSwitch.objects.select_related("area").order_by("-at", "-pk")[:limit])


def unusual() -> list[RulePlan]:
    """Areas that follow another set than "normal", for the control room."""
    return list(RulePlan.objects.select_related("area").exclude(active="normal").order_by("area__name"))
