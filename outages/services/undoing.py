"""Taking back what was done by hand: a manual action is kept as the difference it made, and undone while that still stands.

It is refused when any of it has changed since (a crew was sent, somebody got supply back, somebody else moved it): then what
is so now was decided on what was done, and going back would be a new decision. Reports that merely joined are no obstacle.

    with keeping.kept(now, "moved", [outage], actor) as act:
        ...
        act.text = "Moved from F1 to T1"
    undoing.undo(actor=actor, outage_id=outage.pk, at=at)
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop

from adms.core import runtime_settings
from adms.core.actors import Actor
from network.domain.phrases import phrase
from outages.domain import lifecycle as states
from outages.models import Evidence, Interruption, ManualAction, Outage
from outages.selectors import timeline_words
from outages.services import evidence, ledger
from outages.services.incidents import OutageRefused, Round
from outages.services.keeping import ROW, Told, as_json, as_python, columns, values
from outages.services.lifecycle import move_device, tell, work_on

UNDO_MINUTES = runtime_settings.declare(
    "outage.undo_minutes",
    60,
    unit="min",
    help_=gettext_noop("How long a manual action on an outage can be taken back."),
)
#: A row that began before what would come back, and yet overlaps it, did not begin longer before.
RECENT = dt.timedelta(days=1)
_CREWED = frozenset({"assigned", "en_route", "on_site", "made_safe"})


def latest(outage_id: int) -> ManualAction | None:
    """The last thing done by hand that touched an outage and was not taken back."""
    return ManualAction.objects.filter(touched__contains=[outage_id], undone_at=None).order_by("-pk").first()


def obstacle(action: ManualAction, at: dt.datetime) -> str:
    """Why an action can not be taken back now; empty: it can."""
    if at - action.at > dt.timedelta(minutes=runtime_settings.get(UNDO_MINUTES)):
        return gettext("it was done more than %(minutes)s min ago") % {
            "minutes": f"{runtime_settings.get(UNDO_MINUTES):g}"
        }
    outages = {one.pk: one for one in Outage.objects.filter(pk__in=action.touched)}
    return _obstacle(action, outages)


@transaction.atomic
def undo(*, actor: Actor, outage_id: int, at: dt.datetime) -> ManualAction:
    """Take back the last thing done to an outage by hand: device, phases, reports, ledger, nesting and work are as they were.

    Raises:
        OutageRefused: nothing was done by hand, it was too long ago, or what it made has changed since.
    """
    with work_on(actor, "change_outage", outage_id, at) as (now, outage):
        action = latest(outage_id)
        if action is None:
            raise OutageRefused(gettext("nothing was done to it by hand that could be taken back"), outage=outage_id)
        reason = obstacle(action, at)
        if reason:
            words = gettext("%(what)s cannot be taken back: %(why)s")
            raise OutageRefused(words % {"what": _said(action), "why": reason}, outage=outage_id, action=action.pk)
        held = {one.pk: one for one in now.get_all(action.touched)}
        _rows_back(action.change["rows"], held, at)
        _reports_back(action.change["reports"])
        for pk, (before, _) in _numbered(action.change["outages"]):
            if before is None:
                _unmake(now, held[pk], held[action.outage_id], action, actor)
            else:
                _columns_back(now, held[pk], before)
        told = phrase("undone", actor=actor.label or actor.name, what=action.text)
        tell(now, outage, "undone", told, actor)
        for pk in sorted(_concerned(action).intersection(held) - {outage_id}):
            now.note(held[pk], "undone", told, actor)
            now.tell(held[pk], "undone")
        action.undone_by, action.undone_at = actor.label or actor.name, at
        action.save(update_fields=["undone_by", "undone_at"])
    for one in _confirmed_again(action, held):
        move_device(one, actor, is_closed=False, occurred_at=at, at=at)
    return action


def _concerned(action: ManualAction) -> set[int]:
    """The outages an action changed, or whose customers or reports it changed; without those it made."""
    owners = {
        told["outage_id"]
        for part in ("rows", "reports")
        for _, pair in _numbered(action.change[part])
        for told in pair
        if told
    }
    outages = dict(_numbered(action.change["outages"]))
    return (owners | outages.keys()) - {None} - {pk for pk, (before, _) in outages.items() if before is None}


def _confirmed_again(action: ManualAction, held: dict[int, Outage]) -> list[Outage]:
    """Outages known to be open that were cancelled: the network showed their device closed since."""
    told = _numbered(action.change["outages"])
    back = [held[pk] for pk, (before, after) in told if before and after["state"] == "cancelled" != before["state"]]
    is_shown = action.kind == ManualAction.Kind.CANCELLED
    return [one for one in back if is_shown and one.confidence == "confirmed" and one.kind != "single"]


def _said(action: ManualAction) -> str:
    return f"“{action.text}”"


def _numbered(part: dict[str, list[Any]]) -> list[tuple[int, tuple[Told | None, Told]]]:
    return sorted((int(pk), (pair[0], pair[1])) for pk, pair in part.items())


def _obstacle(action: ManualAction, outages: dict[int, Outage]) -> str:
    for pk, (before, after) in _numbered(action.change["outages"]):
        if before is not None and after["state"] == "cancelled" and before["state"] in _CREWED:
            return gettext("the crews of outage %(outage)s were told") % {"outage": pk}
        if pk not in outages or as_json(columns(outages[pk])) != after:
            told = {"outage": pk, "last": timeline_words.latest(pk)}
            return gettext("outage %(outage)s has changed since (last: %(last)s)") % told
    for pk in sorted(_concerned(action) - {int(pk) for pk in action.change["outages"]}):
        if pk not in outages or outages[pk].state not in states.RUNNING:
            return gettext("outage %(outage)s is over since") % {"outage": pk}
    rows = values(Interruption.objects.filter(pk__in=[int(pk) for pk in action.change["rows"]]), ROW)
    if any(rows.get(pk) != after for pk, (_, after) in _numbered(action.change["rows"])):
        return gettext("customers it counted have been restored or corrected since")
    return _taken(action, outages)


def _taken(action: ManualAction, outages: dict[int, Outage]) -> str:
    """Who holds by now what would come back: a device at which there is another outage, customers whom another one counts out."""
    coming = [
        before for _, (before, _) in _numbered(action.change["outages"]) if before and before["state"] in states.RUNNING
    ]
    devices = [before["device_mrid"] for before in coming if before["kind"] != "single"]
    others = Outage.objects.filter(model_key__in={one.model_key for one in outages.values()}, state__in=states.RUNNING)
    there = others.filter(device_mrid__in=devices).exclude(kind="single").exclude(pk__in=action.touched).first()
    if there is not None:
        return gettext("outage %(outage)s is at %(device)s since") % {"outage": there.pk, "device": there.device_name}
    told = {
        pk: before for pk, (before, _) in _numbered(action.change["rows"]) if before and not before["superseded_at"]
    }
    for row, own in _beside(told, [int(pk) for pk in action.change["rows"]]):
        if any(_overlap(row, told_) for told_ in own):
            return gettext("outage %(outage)s counts customers of it out since") % {"outage": row.outage_id}
    return ""


def _beside(told: dict[int, Told], own: list[int]) -> list[tuple[Interruption, list[Told]]]:
    """The rows of the ledger beside the action's own ones, each with what would come back of the same customers."""
    back = {pk: as_python(Interruption, before) for pk, before in told.items()}
    if not back:
        return []
    nodes = set(Interruption.objects.filter(pk__in=back).values_list("node", flat=True))
    first = min(before["began_at"] for before in back.values())
    recent = Q(ended_at=None) | Q(began_at__gte=first - RECENT, ended_at__gt=first)
    rows = ledger.live().filter(recent, node__in=nodes).exclude(pk__in=own)
    return [
        (row, [before for before in back.values() if set(row.usage_points).intersection(before["usage_points"])])
        for row in rows.order_by("pk")
    ]


def _overlap(row: Interruption, told: Told) -> bool:
    """Whether a row and one that would come back share time."""
    return (told["ended_at"] is None or row.began_at < told["ended_at"]) and (
        row.ended_at is None or told["began_at"] < row.ended_at
    )


# Back


def _unmake(now: Round, made: Outage, origin: Outage, action: ManualAction, actor: Actor) -> None:
    """What it made was none: reports and customers that came to it since go to where it came from."""
    ledger.live().filter(outage=made).update(**ledger.given_to(origin))
    joined = Evidence.objects.filter(outage=made).values_list("pk", flat=True)
    evidence.join(outage_of=dict.fromkeys(joined, origin.pk))
    now.cancel(made, reason=phrase("was_undone", what=action.text), actor=actor)


def _columns_back(now: Round, outage: Outage, before: Told) -> None:
    """An outage is what it was; who was cancelled goes on, with its work."""
    was_cancelled = outage.state == "cancelled"
    now.change(outage, **as_python(Outage, before))
    if was_cancelled and outage.state in states.RUNNING and outage.kind != "planned":
        now.want_work(outage)


def _rows_back(part: dict[str, list[Any]], held: dict[int, Outage], at: dt.datetime) -> None:
    """Rows are as they were; those it made never were."""
    changed = [Interruption(pk=pk, **as_python(Interruption, before)) for pk, (before, _) in _numbered(part) if before]
    made = [pk for pk, (before, _) in _numbered(part) if before is None]
    Interruption.objects.filter(pk__in=made, outage__in=list(held)).update(
        superseded_at=at, superseded_reason="taken back"
    )
    if changed:
        names = [name.removesuffix("_id") for name in ROW]
        Interruption.objects.bulk_update(changed, names, batch_size=500)


def _reports_back(part: dict[str, list[Any]]) -> None:
    """Reports are where they were, unless they have gone elsewhere since."""
    pairs = _numbered(part)
    owners = dict(Evidence.objects.filter(pk__in=[pk for pk, _ in pairs]).values_list("pk", "outage_id"))
    still = [
        (pk, before) for pk, (before, after) in pairs if before is not None and owners.get(pk) == after["outage_id"]
    ]
    evidence.join(outage_of={pk: before["outage_id"] for pk, before in still})
    rows = [Evidence(pk=pk, **as_python(Evidence, before)) for pk, before in still]
    if rows:
        Evidence.objects.bulk_update(rows, ["settled_at", "settled_reason"], batch_size=500)
