"""Write rule sets of prediction, and let areas follow them: by hand, by the clock, by the rate of evidence.

Whoever switches by hand ends the automatic of that area until somebody switches it on again: the machine does not overrule people.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from adms.core import actors
from adms.core.actors import Actor
from adms.core.errors import Invalid, Refused
from adms.core.models import ControlArea
from adms.core.services import areas, audit, authority, events
from network.domain.phrases import Phrase, phrase
from outages.domain import rule_sets
from outages.domain.rule_sets import Plan, Window, Wrong
from outages.events import RuleSetSwitched
from outages.models import Evidence, RulePlan, RuleSetVersion, RuleSwitch
from outages.selectors import rule_sets as reading
from outages.selectors import rule_words

AUTOMATIC = actors.system("rule sets")
RATE_OVER = dt.timedelta(minutes=10)
#: Of evidence, what says that somebody is dark.
DARK = ("call", "gasp", "ping_off", "crew_off")


class RuleSetRefused(Refused):
    """Somebody else changed it meanwhile, or there is nothing to take back."""

    code = "rule_set_refused"
    status = 409


@transaction.atomic
def write(
    *,
    actor: Actor,
    area: str | None,
    name: str,
    values: Mapping[str, Any],
    reason: str | Phrase,
    seen: int | None = None,
    at: dt.datetime,
) -> RuleSetVersion:
    """A new version of a set, in force at once wherever the set is followed. `seen` is the version the writer changed (0: none).

    Raises:
        NotAuthorised: the actor may not edit rules there; general ones need the right everywhere.
        Invalid: a bad name, no reason, or a value that cannot be, with all complaints by field.
        RuleSetRefused: somebody wrote another version meanwhile, or nothing is changed.
    """
    owner = reading.area(area) if area else None
    _require_edit(actor, owner)
    if not name or slugify(name) != name or len(name) > 40:
        raise Invalid(_("a name is small letters, digits and hyphens, at most 40"), field="name")
    words = rule_words.said(reason).strip()
    if not words:
        raise Invalid(_("a reason is needed"), field="reason")
    try:
        wanted = rule_sets.check(values)
    except Wrong as wrong:
        raise rule_words.refused(wrong) from wrong
    latest = reading.versions(owner.pk if owner else None, name).first()
    _require_latest(latest, seen, wanted)
    row = RuleSetVersion(area=owner, name=name, version=latest.version + 1 if latest else 1, values=wanted)
    row.reason, row.reason_told = words[:200], {} if isinstance(reason, str) else reason
    row.changed_by, row.changed_at = actor.label or actor.name, at
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as clash:
        raise RuleSetRefused(
            _("somebody else wrote a version at the same moment: look at it first"), name=name
        ) from clash
    audit.record(
        actor=actor,
        action="edit_rules",
        object_=f"rules:{name}/{row.version}",
        area=area or "",
        before=latest.values if latest else None,
        after=wanted,
        reason=row.reason,
        at=at,
    )
    return row


def _require_edit(actor: Actor, owner: ControlArea | None) -> None:
    authority.require(actor=actor, action="edit_rules", area=owner.key if owner else None)
    if owner is None and actor.areas_for("edit_rules") is not None:
        raise authority.NotAuthorised(
            _("%(name)s may edit rules of single areas only") % {"name": actor.name}, action="edit_rules", area=None
        )


def _require_latest(latest: RuleSetVersion | None, seen: int | None, wanted: dict[str, Any]) -> None:
    number = latest.version if latest else 0
    if seen is not None and seen != number:
        words = _("it was changed meanwhile: version %(latest)s is the latest, you saw %(seen)s")
        raise RuleSetRefused(words % {"latest": number, "seen": seen}, version=number, seen=seen)
    if latest is not None and latest.values == wanted:
        raise RuleSetRefused(_("nothing is changed"), version=number)


@transaction.atomic
def go_back(
    *, actor: Actor, area: str | None, name: str, version: int, seen: int | None = None, at: dt.datetime
) -> RuleSetVersion:
    """An earlier version once more, as a new one: history is never rewritten. 0 is the set as built in.

    Raises:
        Invalid: there is no such version.
    """
    owner = reading.area(area) if area else None
    _require_edit(actor, owner)
    found = reading.versions(owner.pk if owner else None, name).filter(version=version).first()
    if found is None and not (version == 0 and name in rule_sets.BUILT_IN):
        raise Invalid(_("%(name)s has no version %(version)s") % {"name": name, "version": version}, field="version")
    values = found.values if found else rule_sets.BUILT_IN[name]
    reason = phrase("back_to", version=version) if version else phrase("back_to_built_in")
    return write(actor=actor, area=area, name=name, values=values, reason=reason, seen=seen, at=at)


@transaction.atomic
def plan(
    *, actor: Actor, area: str, wanted: Plan, is_automatic: bool, seen: int | None = None, at: dt.datetime
) -> RulePlan:
    """How an area chooses its set by itself. `seen` is the revision of the plan the person saw.

    Raises:
        NotAuthorised: the actor may not edit rules there.
        NotFound: a set nobody has written.
        Invalid: the lower rate is not below the upper one, or a time that cannot be.
        RuleSetRefused: somebody else changed the plan meanwhile.
    """
    owner = reading.area(area)
    authority.require(actor=actor, action="edit_rules", area=area)
    for name in (wanted.normal, wanted.busy, *(window.name for window in wanted.windows)):
        reading.named(owner.pk, name)
    if wanted.on_rate is not None and not 0 <= wanted.off_rate < wanted.on_rate:
        raise Invalid(_("the rate that ends it must be below the one that begins it"), field="off_rate")
    row = _held(owner, seen)
    before = _as_json(row)
    row.normal, row.busy, row.is_automatic = wanted.normal, wanted.busy, is_automatic
    row.windows = [
        {"begin": f"{one.begin:%H:%M}", "end": f"{one.end:%H:%M}", "name": one.name} for one in wanted.windows
    ]
    row.on_rate, row.off_rate, row.calm_after_s = wanted.on_rate, wanted.off_rate, wanted.calm_after_s
    row.revision += 1
    row.save()
    audit.record(
        actor=actor, action="plan_rules", object_=f"rules:{area}", area=area, before=before, after=_as_json(row), at=at
    )
    return row


def _held(owner: ControlArea, seen: int | None) -> RulePlan:
    """The area's plan, locked; made where there is none."""
    areas.lock([owner.pk])
    RulePlan.objects.get_or_create(area=owner)
    row = RulePlan.objects.select_for_update(no_key=True).select_related("area").get(area=owner)
    if seen is not None and seen != row.revision:
        raise RuleSetRefused(
            _("%(name)s was changed meanwhile: it follows %(active)s") % {"name": owner.name, "active": row.active},
            active=row.active,
        )
    return row


def _as_json(row: RulePlan) -> dict[str, Any]:
    names = ("active", "is_automatic", "normal", "busy", "windows", "on_rate", "off_rate", "calm_after_s")
    return {name: getattr(row, name) for name in names}


@transaction.atomic
def switch(
    *, actor: Actor, area: str, name: str, reason: str = "", seen: int | None = None, at: dt.datetime
) -> RuleSwitch | None:
    """Let an area follow a set by hand; the change, or None where it follows it by hand already.

    Raises:
        NotAuthorised: the actor may not switch rules there.
        NotFound: a set nobody has written.
        RuleSetRefused: somebody else switched meanwhile.
    """
    owner = reading.area(area)
    authority.require(actor=actor, action="switch_rules", area=area)
    reading.named(owner.pk, name)
    row = _held(owner, seen)
    if row.active == name and not row.is_automatic:
        return None
    return _switch(row, name, how="hand", why=reason.strip(), actor=actor, at=at)


@transaction.atomic
def undo(*, actor: Actor, switch_id: int, at: dt.datetime) -> RuleSwitch:
    """Back to what an area followed before its latest switch, and to the automatic if that was on before a hand switched it off.

    Of a switch the machine made the undoing is a person's word: the automatic ends, else it would switch again at once.

    Raises:
        RuleSetRefused: it was undone already, or another one came after it.
    """
    found = RuleSwitch.objects.select_related("area").filter(pk=switch_id).first()
    if found is None:
        raise RuleSetRefused(_("no switch %(switch_id)s") % {"switch_id": switch_id})
    authority.require(actor=actor, action="switch_rules", area=found.area.key)
    row = _held(found.area, None)
    if RuleSwitch.objects.filter(area=found.area).order_by("-pk").values_list("pk", flat=True).first() != found.pk:
        raise RuleSetRefused(_("%(name)s was switched again since then") % {"name": found.area.name})
    if not RuleSwitch.objects.filter(pk=switch_id, undone_at=None).update(undone_at=at):
        raise RuleSetRefused(_("it was taken back already"))
    back = _switch(row, found.before, how="undo", why=phrase("switch_taken_back", name=found.after), actor=actor, at=at)
    if found.how == "hand" and found.was_automatic:
        RulePlan.objects.filter(pk=row.pk).update(is_automatic=True)
    return back


def _switch(row: RulePlan, name: str, *, how: str, why: str | Phrase, actor: Actor, at: dt.datetime) -> RuleSwitch:
    who, words = actor.label or actor.name, rule_words.said(why)[:200]
    told = {} if isinstance(why, str) else why
    made = RuleSwitch.objects.create(
        area=row.area,
        before=row.active,
        after=name,
        was_automatic=row.is_automatic,
        how=how,
        why=words,
        why_told=told,
        actor=who,
        at=at,
    )
    row.active, row.how, row.why, row.why_told = name, how, words, told
    row.switched_by, row.switched_at = who, at
    if not actor.is_system:
        row.is_automatic = False
    row.revision += 1
    row.save()
    key = row.area.key
    audit.record(
        actor=actor,
        action="switch_rules",
        object_=f"rules:{key}",
        area=key,
        before=made.before,
        after=name,
        reason=f"{how}: {words}" if words else how,
        at=at,
    )
    fact = RuleSetSwitched(key, made.before, name, how, at)
    events.publish(area_id=row.area_id, facts=[fact], at=at)
    return made


def switch_due(*, at: dt.datetime) -> int:
    """Let every area whose automatic is on follow what its plan asks for; how many changed."""
    found = 0
    for key in RulePlan.objects.filter(is_automatic=True).order_by("area_id").values_list("area__key", flat=True):
        found += _follow_plan(key, at)
    return found


@transaction.atomic
def _follow_plan(key: str, at: dt.datetime) -> bool:
    row = _held(reading.area(key), None)
    if not row.is_automatic:
        return False
    rate = 0
    if row.on_rate is not None:
        recent = Evidence.objects.filter(area_id=row.area_id, kind__in=DARK, recorded_at__gt=at - RATE_OVER)
        rate = recent.filter(recorded_at__lte=at).count()
    wanted = rule_sets.wanted(
        as_plan(row),
        is_busy=row.how == "rate" and row.active == row.busy,
        rate=rate,
        calm_since=row.calm_since,
        at=at,
        time=timezone.localtime(at).time(),
    )
    if row.calm_since != wanted.calm_since:
        row.calm_since = wanted.calm_since
        row.save(update_fields=["calm_since"])
    if row.active == wanted.name:
        if row.how != wanted.how:
            words = rule_words.said(wanted.why)
            RulePlan.objects.filter(pk=row.pk).update(how=wanted.how, why=words, why_told=wanted.why)
        return False
    _switch(row, wanted.name, how=wanted.how, why=wanted.why, actor=AUTOMATIC, at=at)
    return True


def as_plan(row: RulePlan) -> Plan:
    """A plan as arithmetic takes it."""
    windows = [
        Window(dt.time.fromisoformat(one["begin"]), dt.time.fromisoformat(one["end"]), one["name"])
        for one in row.windows
    ]
    return Plan(row.normal, row.busy, tuple(windows), row.on_rate, row.off_rate, row.calm_after_s)
