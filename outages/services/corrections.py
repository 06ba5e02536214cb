"""Correct rows of the interruption ledger: new rows take their place, both are kept, every figure moves with them."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.services import audit, authority
from adms.core.services.approvals import NoApproval
from metering.selectors import supply
from network.domain.phases import ABC
from network.domain.phrases import Phrase, phrase
from outages.domain.codes import CAUSES
from outages.domain.corrections import TOLD, Change
from outages.models import Interruption
from outages.selectors import frozen
from outages.services import incidents

#: So many rows are corrected at once at most.
MOST_ROWS = 5_000
#: Rows that began so long before are looked through for the same customers.
LOOKED_BACK = dt.timedelta(days=400)


class CorrectionRefused(Refused):
    """The row is not one that can be corrected."""

    code = "correction_refused"


@transaction.atomic
def correct(
    *, actor: Actor, row_ids: Collection[int], change: Change, reason: str, at: dt.datetime
) -> list[Interruption]:
    """Supersede rows of one outage by corrected ones.

    Raises:
        NotFound: no such row.
        NotAuthorised: not in its area.
        NoApproval: a report of its period is frozen; `correction_drafts` is the way.
        CorrectionRefused: it was corrected already, its customers are still out, or would be out twice at a time.
        Invalid: what it should be makes no sense.
    """
    first = Interruption.objects.filter(pk__in=row_ids).order_by("pk").values_list("outage_id", flat=True).first()
    if first is None:
        raise NotFound(_("no ledger row %(min)s") % {"min": min(row_ids, default=0)}, row=min(row_ids, default=0))
    with incidents.begin(models=[incidents.model_of(first)], at=at) as now:
        rows = locked(row_ids)
        require(actor, "correct_interruption", rows)
        made = corrected(rows=rows, change=change, at=at)
        if names := frozen_in(rows, made):
            words = _("%(reports)s is frozen: a correction of its period needs a second person")
            raise NoApproval(words % {"reports": ", ".join(names)}, needs="second_person", reports=names)
        replace(now, Deed(actor, reason, actor.name), rows, made)
    return made


@dataclass(frozen=True, slots=True)
class Deed:
    """Who corrects and why; `by` drafted it, `agreed_by` is the second person where there is one."""

    actor: Actor
    reason: str
    by: str
    agreed_by: str = ""


def require(actor: Actor, action: str, rows: Sequence[Interruption]) -> None:
    """The actor may do this in the areas of all these rows.

    Raises:
        NotAuthorised: as it says.
    """
    for area in sorted({row.area.key for row in rows}):
        authority.require(actor=actor, action=action, area=area)


def frozen_in(rows: Sequence[Interruption], made: Sequence[Interruption]) -> list[str]:
    """Names of the frozen reports whose figures a correction would contradict: from where it takes rows and where it puts them."""
    return list(dict.fromkeys([*frozen.covering(rows), *frozen.covering(made)]))


def replace(now: incidents.Round, deed: Deed, rows: Sequence[Interruption], made: Sequence[Interruption]) -> None:
    """Let the new versions take the place of the rows; whoever calls has asked who may."""
    outage = now.get(rows[0].outage_id)
    for row, new in zip(rows, made, strict=True):
        row.superseded_at, row.superseded_reason = now.at, deed.reason[:200]
        row.save(update_fields=["superseded_at", "superseded_reason"])
        new.corrected_by, new.agreed_by, new.corrected_at = deed.by[:150], deed.agreed_by[:150], now.at
        new.save(force_insert=True)
        _audit(deed, row, new, now.at)
    names: Phrase | list[str] = [str(row.pk) for row in rows[:5]]
    if len(rows) > 5:
        names = phrase("and_more", names=names, more=len(rows) - 5)
    told = phrase("corrected", rows=names, why=deed.reason)
    if deed.agreed_by:
        told |= phrase("corrected_by_two", by=deed.by, agreed_by=deed.agreed_by)
    now.note(outage, "corrected", told, deed.actor)
    now.tell(outage, "corrected")


def corrected(*, rows: Sequence[Interruption], change: Change, at: dt.datetime) -> list[Interruption]:
    """The rows as they would be, saved nowhere: the page shows what that does to the figures.

    Raises:
        CorrectionRefused, Invalid: as `correct`.
    """
    if len({row.outage_id for row in rows}) > 1:
        raise CorrectionRefused(_("rows of one outage are corrected at a time"))
    if len(rows) > MOST_ROWS:
        raise CorrectionRefused(
            _("%(count)s rows are too many at once: %(most_rows)s at most")
            % {"count": len(rows), "most_rows": MOST_ROWS}
        )
    _check_words(change)
    made = [_version(row, change) for row in rows]
    for row, new in zip(rows, made, strict=True):
        _check_row(row, new, at)
    if change.moves_somebody:
        _refuse_twice(rows, made)
    return made


def locked(row_ids: Collection[int]) -> list[Interruption]:
    """These rows of the ledger, held.

    Raises:
        NotFound: one of them is not there.
    """
    rows = (
        Interruption.objects.select_for_update(of=("self",), no_key=True).select_related("area").filter(pk__in=row_ids)
    )
    found = list(rows.order_by("pk"))
    missing = set(row_ids) - {row.pk for row in found}
    if missing:
        raise NotFound(_("no ledger row %(min)s") % {"min": min(missing)}, row=min(missing))
    return found


def _version(row: Interruption, change: Change) -> Interruption:
    values = {column.attname: getattr(row, column.attname) for column in Interruption._meta.concrete_fields}  # noqa: SLF001
    new = Interruption(**{name: value for name, value in values.items() if name != "id"})
    new.area, new.replaces_id = row.area, row.pk
    new.superseded_at, new.superseded_reason, new.agreed_by = None, "", ""
    new.began_at = change.began_at or row.began_at
    new.ended_at = change.ended_at if change.sets_end else row.ended_at
    for name in ("excluded_reason", "cause", "device_name", "phases"):
        if getattr(change, name) is not None:
            setattr(new, name, getattr(change, name))
    if change.usage_points is not None and set(change.usage_points) != set(row.usage_points):
        new.usage_points, new.customers = sorted(set(change.usage_points)), len(set(change.usage_points))
        new.connected_kva = None
    return new


def _check_words(change: Change) -> None:
    if change.cause and change.cause not in CAUSES:
        raise Invalid(_("no cause is called %(cause)s") % {"cause": f"{change.cause!r}"}, field="cause")
    if change.phases is not None and not change.phases & ABC:
        raise Invalid(_("somebody is out on A, B or C at least"), field="phases")
    if change.usage_points is not None:
        if not change.usage_points:
            raise Invalid(_("nobody is left: exclude the row, with a reason"), field="customers")
        unknown = set(change.usage_points) - supply.usage_points(change.usage_points).keys()
        if unknown:
            raise Invalid(_("no customer has the number %(min)s") % {"min": min(unknown)}, field="customers")


def _check_row(row: Interruption, new: Interruption, at: dt.datetime) -> None:
    if row.superseded_at is not None:
        raise CorrectionRefused(_("it was corrected already"), row=row.pk)
    if (row.ended_at is None) != (new.ended_at is None):
        raise CorrectionRefused(
            _("a correction neither ends nor reopens an interruption: restore the outage"), row=row.pk
        )
    if new.began_at > at or (new.ended_at or new.began_at) > at:
        raise Invalid(_("it cannot begin or end in the future"), field="began_at")
    if new.ended_at is not None and new.ended_at < new.began_at:
        raise Invalid(_("it cannot end before it begins"), field="ended_at")
    if all(getattr(row, name) == getattr(new, name) for name in (*TOLD, "usage_points")):
        raise Invalid(_("nothing would be changed"), field="began_at")


def _refuse_twice(rows: Sequence[Interruption], made: Sequence[Interruption]) -> None:
    """Nobody is out twice at a time: neither in the new rows nor in those that stay."""
    last: dict[int, dt.datetime | None] = {}
    for new in sorted(made, key=lambda one: one.began_at):
        for member in new.usage_points:
            if member in last and (last[member] is None or last[member] > new.began_at):  # type: ignore[operator]
                raise CorrectionRefused(_("a customer would be out twice at a time"), usage_point=member)
            last[member] = new.ended_at
    begin = min(new.began_at for new in made)
    ends = [new.ended_at for new in made]
    staying = Interruption.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=begin), superseded_at=None, usage_points__overlap=sorted(last),
        began_at__gte=begin - LOOKED_BACK,
    ).exclude(pk__in=[row.pk for row in rows])  # fmt: skip
    if all(ends):
        staying = staying.filter(began_at__lt=max(end for end in ends if end))
    for other in staying.order_by("pk"):
        for row, new in zip(rows, made, strict=True):
            had_him = not set(other.usage_points).isdisjoint(row.usage_points) and _overlap(other, row)
            has_him = not set(other.usage_points).isdisjoint(new.usage_points) and _overlap(other, new)
            if has_him and not had_him:  # what the ledger says already is not made worse
                raise CorrectionRefused(
                    _("a customer would be out twice at a time: row %(other)s of outage %(outage_id)s has him too")
                    % {"other": other.pk, "outage_id": other.outage_id},
                    row=other.pk,
                )


def _overlap(one: Interruption, other: Interruption) -> bool:
    return (other.ended_at is None or one.began_at < other.ended_at) and (
        one.ended_at is None or other.began_at < one.ended_at
    )


def _audit(deed: Deed, row: Interruption, new: Interruption, at: dt.datetime) -> None:
    before = {name: str(getattr(row, name)) for name in TOLD} | {"usage_points": str(row.usage_points)}
    after: dict[str, Any] = {name: str(getattr(new, name)) for name in TOLD} | {
        "usage_points": str(new.usage_points),
        "row": new.pk,
    }
    if deed.agreed_by:
        after |= {"drafted_by": deed.by, "agreed_by": deed.agreed_by}
    audit.record(
        actor=deed.actor,
        action="correct_interruption",
        object_=f"interruption:{row.pk}",
        area=row.area.key,
        before=before,
        after=after,
        reason=deed.reason,
        at=at,
    )
